//! What the server looks up and hands out while it judges an object.

use serde_json::Value;

/// The objects that exist and the addresses that are free.
pub trait Surroundings {
    /// An object by kind, namespace (empty for kinds without) and name.
    fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Value>;
    /// Every object of a kind in a namespace, by name.
    fn list(&self, kind: &str, namespace: &str) -> Vec<Value>;
    /// A free cluster address.
    fn cluster_ip(&mut self) -> String;
    /// A free port of the nodes.
    fn node_port(&mut self) -> Value;
    /// The identity that the next new object will have.
    fn next_uid(&self) -> String {
        "00000000-0000-0000-0000-000000000000".to_owned()
    }
    /// Five random characters for a generated name.
    fn suffix(&mut self) -> String;
    /// Whether the request only asks what would be.
    fn is_dry_run(&self) -> bool {
        false
    }
}

/// A cluster with nothing in it but a default ServiceAccount in every namespace.
#[derive(Clone, Debug, Default)]
pub struct Bare {
    addresses: u32,
}

impl Surroundings for Bare {
    fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        (kind == "ServiceAccount" && name == "default").then(|| {
            serde_json::json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}})
        })
    }

    fn list(&self, _kind: &str, _namespace: &str) -> Vec<Value> {
        Vec::new()
    }

    fn cluster_ip(&mut self) -> String {
        self.addresses += 1;
        format!("10.96.{}.{}", self.addresses / 250 % 256, self.addresses % 250 + 1)
    }

    fn node_port(&mut self) -> Value {
        self.addresses += 1;
        (30_000 + self.addresses % 2768).into()
    }

    fn suffix(&mut self) -> String {
        "xxxxx".to_owned()
    }
}
