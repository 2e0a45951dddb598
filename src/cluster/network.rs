//! The cluster's network: names, and clients' traffic to the sample app.

use std::rc::Rc;

use serde_json::Value;

use super::container::FileError;
use super::dns::{self, DnsName, Zone};
use super::workload::fingerprint;
use super::{Cluster, Key, Kind, Uid};

/// Whom a client calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A Service: one of its ready pods answers, chosen at random as kube-proxy does.
    Service(String),
    /// A pod.
    Pod(String),
}

/// A client's visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The pod that answered.
    pub pod: Key,
    /// The count that the app showed.
    pub count: Option<u64>,
}

impl Cluster {
    /// All that DNS depends on, as of now.
    pub fn dns_zone(&self) -> Zone {
        let mut zone = Zone::new();
        for namespace in self.list(Kind::Namespace) {
            zone.add_namespace(&namespace.meta.name);
        }
        for service in self.list(Kind::Service) {
            zone.add_service(&service.meta.namespace, &service.meta.name, service.spec());
        }
        for slice in self.endpoint_slices() {
            let value = slice.to_value("");
            zone.add_slice(
                &slice.service.namespace,
                &slice.service.name,
                &value["ports"],
                &value["endpoints"],
            );
        }
        for slice in self.list(Kind::EndpointSlice) {
            let labels = &slice.meta.labels;
            if let Some(service) = labels.get("kubernetes.io/service-name") {
                zone.add_slice(
                    &slice.meta.namespace,
                    service,
                    slice.field("ports"),
                    slice.field("endpoints"),
                );
            }
        }
        zone
    }

    /// The names of a namespace's Services and of its StatefulSets' pods, and whether they resolve.
    pub fn dns_names(&self, namespace: &str) -> Vec<DnsName> {
        let values = |kind: Kind| -> Vec<Value> {
            self.store.list_in(kind, namespace).map(|it| it.to_value()).collect()
        };
        dns::names(&self.dns_zone(), &values(Kind::StatefulSet), &values(Kind::Service), &values(Kind::Pod))
    }

    /// A client gets `/` of a Service or a pod. `None` if nobody answers: no such target, no ready endpoint, no
    /// running container.
    pub fn visit(&mut self, namespace: &str, target: &Target) -> Option<Visit> {
        let automatic = self.automatic.as_mut()?;
        let number = Rc::make_mut(automatic).visits;
        Rc::make_mut(automatic).visits += 1;
        let pod = match target {
            Target::Pod(name) => name.clone(),
            Target::Service(name) => {
                let slices = self.endpoint_slices_of(namespace, name);
                let ready: Vec<_> =
                    slices.iter().flat_map(|it| &it.endpoints).filter(|it| it.ready).collect();
                // As good as random, and the same in every replay.
                let choice =
                    fingerprint(&format!("{namespace}/{name}/{number}")) as usize % ready.len().max(1);
                ready.get(choice)?.pod.to_string()
            }
        };
        let key = Key::new(namespace, &pod);
        let object = self.store.get(Kind::Pod, &key)?;
        let uid = object.meta.uid;
        let container = self.first_running(uid)?;
        let mut automatic = self.automatic.take()?;
        let count = Rc::make_mut(&mut automatic).visit(uid, &container, &self.store, self.now.0);
        self.automatic = Some(automatic);
        Some(Visit { pod: key, count })
    }

    /// The count of a pod's app; `None` if it does not run the sample app.
    pub fn visits(&self, namespace: &str, pod: &str) -> Option<u64> {
        let automatic = self.automatic.as_ref()?;
        let uid = self.store.find(Kind::Pod, namespace, pod)?.meta.uid;
        let containers = automatic.kubelets.containers_of(uid);
        containers.iter().find_map(|(name, ..)| {
            let site = automatic.kubelets.site(uid, name, &self.store)?;
            automatic.storage.count(&site, self.now.0)
        })
    }

    fn first_running(&self, uid: Uid) -> Option<String> {
        let automatic = self.automatic.as_ref()?;
        let mut running =
            automatic.kubelets.containers_of(uid).into_iter().filter(|(_, _, is_running)| *is_running);
        running.next().map(|(name, ..)| name)
    }

    /// A file in a pod's container; without a container's name, in the first.
    ///
    /// # Errors
    /// If the container never ran, or there is no such file.
    pub fn read_file(
        &self,
        namespace: &str,
        pod: &str,
        container: Option<&str>,
        path: &str,
    ) -> Result<String, FileError> {
        self.inside(namespace, pod, container, |storage, site| storage.read_file(site, path, self.now.0))
    }

    /// The names in a directory of a pod's container.
    ///
    /// # Errors
    /// If the container never ran, or there is no such directory.
    pub fn list_directory(
        &self,
        namespace: &str,
        pod: &str,
        container: Option<&str>,
        path: &str,
    ) -> Result<Vec<String>, FileError> {
        self.inside(namespace, pod, container, |storage, site| storage.list_directory(site, path))
    }

    fn inside<T>(
        &self,
        namespace: &str,
        pod: &str,
        container: Option<&str>,
        act: impl FnOnce(&super::container::Storage, &super::container::Site<'_>) -> Result<T, FileError>,
    ) -> Result<T, FileError> {
        let automatic = self.automatic.as_ref().ok_or(FileError::NotFound)?;
        let object = self.store.find(Kind::Pod, namespace, pod).ok_or(FileError::NotFound)?;
        let first =
            object.as_pod().and_then(|it| it.spec.containers().first()).and_then(|it| it["name"].as_str());
        let container = container.or(first).ok_or(FileError::NotFound)?;
        let uid = object.meta.uid;
        let site = automatic.kubelets.site(uid, container, &self.store).ok_or(FileError::NotFound)?;
        act(&automatic.storage, &site)
    }

    /// The files on the volume of a claim: path and text. Empty if it is not bound or holds nothing.
    pub fn claim_content(&self, namespace: &str, claim: &str) -> Vec<(String, String)> {
        let Some(automatic) = &self.automatic else { return Vec::new() };
        let object = self.store.find(Kind::PersistentVolumeClaim, namespace, claim);
        let volume = object.and_then(|it| it.as_claim()?.volume.clone());
        volume.map(|it| automatic.storage.volume(&it, self.now.0)).unwrap_or_default()
    }
}
