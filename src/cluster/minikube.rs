//! Clusters as `minikube start` leaves them.

use std::rc::Rc;

use serde_json::json;

use super::nodes::set_ready;
use super::object::{Kind as ObjectKind, Object};
use super::workload::Machine;
use super::{Cluster, Settings, Status};

impl Cluster {
    /// A cluster of one node that runs its pods by itself.
    pub fn minikube() -> Cluster {
        Cluster::with_nodes(1)
    }

    /// A cluster of so many nodes (1 to 100) that runs its pods by itself: `minikube`, `minikube-m02` …, the
    /// StorageClass `standard`, the Services `kubernetes` and `kube-dns`.
    pub fn with_nodes(count: usize) -> Cluster {
        let mut cluster = Cluster::new(Settings::default());
        for number in 1..=count.clamp(1, 100) {
            let name = if number == 1 { "minikube".to_string() } else { format!("minikube-m{number:02}") };
            let added = cluster.add_node(&name, &[("minikube.k8s.io/name", "minikube")]);
            debug_assert!(added.is_ok(), "node names differ");
        }
        for manifest in [
            json!({
                "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
                "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
                "provisioner": "k8s.io/minikube-hostpath", "reclaimPolicy": "Delete", "volumeBindingMode": "Immediate",
            }),
            json!({
                "apiVersion": "v1", "kind": "Service",
                "metadata": {"name": "kubernetes", "namespace": "default",
                    "labels": {"component": "apiserver", "provider": "kubernetes"}},
                "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.1",
                    "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 8443}]},
            }),
            json!({
                "apiVersion": "v1", "kind": "Service",
                "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
                "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.10", "ports": [
                    {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 53},
                    {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": 53},
                    {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153},
                ]},
            }),
        ] {
            let created = cluster.create(&manifest);
            debug_assert!(created.is_ok(), "{created:?}");
        }
        cluster.automate(Machine::believable());
        cluster.settle();
        cluster
    }

    /// Adds a ready node that gives so much cpu and memory to pods, both as quantities, and room for so many pods.
    ///
    /// # Errors
    /// There is one of that name.
    pub fn add_node_with(
        &mut self,
        name: &str,
        cpu: &str,
        memory: &str,
        pods: u32,
    ) -> Result<Rc<Object>, Status> {
        let room = json!({"cpu": cpu, "memory": memory, "pods": pods.to_string()});
        let value = json!({
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}, "spec": {},
            "status": {"capacity": room, "allocatable": room},
        });
        let mut node = Object::from_value(ObjectKind::Node, &value);
        set_ready(&mut node, "True", "KubeletReady", "kubelet is posting ready status", self.now());
        self.create_object(node)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::cluster::pod_columns::pod_columns;
    use crate::cluster::workload::Fault;
    use crate::cluster::{DeleteOptions, Duration, Kind, Target};

    fn lab() -> Cluster {
        lab_with("registry.example/visits/app-python:1.0", 1)
    }

    fn lab_with(image: &str, nodes: usize) -> Cluster {
        let mut cluster = Cluster::with_nodes(nodes);
        for manifest in [
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
                "spec": {"clusterIP": "None", "selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]}}),
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web", "namespace": "default"},
                "spec": {"serviceName": "web", "replicas": 3, "selector": {"matchLabels": {"app": "web"}},
                    "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{
                        "name": "app", "image": image, "ports": [{"name": "http", "containerPort": 8000}],
                        "readinessProbe": {"httpGet": {"path": "/", "port": "http"}},
                        "volumeMounts": [{"name": "data", "mountPath": "/app/data"}]}]}},
                    "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
                        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]}}),
        ] {
            cluster.create(&manifest).expect("the manifest is valid");
        }
        cluster
    }

    fn pods(cluster: &Cluster) -> Vec<String> {
        let pods = cluster.list(Kind::Pod);
        pods.map(|it| {
            let columns = pod_columns(&it.to_value());
            format!("{} {} {} {}", it.meta.name, columns.ready_text(), columns.status, columns.restarts)
        })
        .collect()
    }

    fn pod(cluster: &Cluster, name: &str) -> Value {
        cluster.get(Kind::Pod, "default", name).expect("the pod exists").to_value()
    }

    #[test]
    fn a_set_comes_alive_and_a_deleted_pod_comes_back_with_its_data() {
        let mut cluster = lab();
        cluster.advance(Duration::seconds(60));
        assert_eq!(pods(&cluster), ["web-0 1/1 Running 0", "web-1 1/1 Running 0", "web-2 1/1 Running 0"]);
        for name in ["web-0.web.default.svc.cluster.local", "web-2.web.default.svc.cluster.local"] {
            let found = cluster.dns_names("default").into_iter().find(|it| it.name == name).expect("a name");
            assert!(found.resolves(), "{found:?}");
        }
        for _ in 0..5 {
            cluster.visit("default", &Target::Pod("web-0".into())).expect("the app answers");
        }
        let before = cluster.visits("default", "web-0").expect("the app counts");
        assert!(before > 5, "probes are visits too: {before}");
        let uid = pod(&cluster, "web-0")["metadata"]["uid"].clone();
        cluster.delete(Kind::Pod, "default", "web-0", &DeleteOptions::default()).expect("deleted");
        cluster.advance(Duration::millis(150));
        assert_eq!(pods(&cluster)[0], "web-0 1/1 Terminating 0");
        let dark = cluster.dns_names("default").into_iter().find(|it| it.pod.as_deref() == Some("web-0"));
        assert_eq!(dark.and_then(|it| it.why_not), Some(crate::cluster::dns::Dark::Terminating));
        cluster.advance(Duration::seconds(30));
        assert_eq!(pods(&cluster)[0], "web-0 1/1 Running 0");
        assert_ne!(pod(&cluster, "web-0")["metadata"]["uid"], uid);
        assert!(cluster.visits("default", "web-0").expect("the app counts") > before);
        let content = cluster.claim_content("default", "data-web-0");
        assert_eq!(content[0].0, "visits.txt");
        assert_eq!(cluster.overruns(), 0);
    }

    #[test]
    fn a_bad_image_and_a_crash_loop_show_their_words() {
        let mut cluster = lab_with("web:does-not-exist", 1);
        cluster.advance(Duration::seconds(20));
        assert_eq!(pods(&cluster), ["web-0 0/1 ImagePullBackOff 0"]);
        let mut cluster = lab();
        cluster.advance(Duration::seconds(60));
        cluster.set_fault("default", "web-1", Some(Fault::CrashLoop));
        assert!(cluster.crash("default", "web-1", "app", 1));
        cluster.advance(Duration::seconds(60));
        let web_1 = pods(&cluster)[1].clone();
        assert!(web_1.contains("CrashLoopBackOff") || web_1.contains("Error"), "{web_1}");
        cluster.set_fault("default", "web-1", None);
        cluster.advance(Duration::seconds(300));
        assert!(pods(&cluster)[1].starts_with("web-1 1/1 Running"), "{:?}", pods(&cluster));
    }

    #[test]
    fn force_deletion_on_a_lost_node_makes_two_writers() {
        let mut cluster = lab_with("registry.example/visits/app-python:1.0", 2);
        cluster.advance(Duration::seconds(60));
        let node = pod(&cluster, "web-0")["spec"]["nodeName"].as_str().expect("a node").to_string();
        cluster.lose_node(&node).expect("a node");
        cluster.advance(Duration::seconds(400));
        assert_eq!(pods(&cluster)[0], "web-0 1/1 Terminating 0");
        assert!(cluster.second_writers().is_empty());
        let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
        cluster.delete(Kind::Pod, "default", "web-0", &options).expect("deleted");
        cluster.advance(Duration::seconds(30));
        assert_eq!(pods(&cluster)[0], "web-0 1/1 Running 0");
        assert_eq!(cluster.second_writers().len(), 1);
        cluster.return_node(&node).expect("a node");
        cluster.advance(Duration::seconds(60));
        assert!(cluster.second_writers().is_empty());
    }
}
