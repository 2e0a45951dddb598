//! A table of worlds and why things wait in them.

use serde_json::{Value, json};

use super::Reason;
use crate::cluster::{Cluster, DeleteOptions, Duration, Kind, PatchType, PodReport, Propagation, Settings};

/// What happens to a world, one thing after another.
enum Do {
    Ready(&'static str),
    Report(&'static str, PodReport),
    Scale(i64),
    Patch(Kind, &'static str, Value),
    Delete(Kind, &'static str),
    Foreground(Kind, &'static str),
    Create(Value),
    Lose(&'static str),
    Cordon(&'static str),
    Gone(&'static str),
    AllReady,
    Wait(i64),
    ByHand,
}
use Do::*;

/// A set `web` with a claim template `d` and what a scenario adds to its specification.
fn set(spec: Value) -> Do {
    let mut set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": {
        "serviceName": "web", "replicas": 3, "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}},
        "volumeClaimTemplates": [{"metadata": {"name": "d"}, "spec": {"accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}}}}]}});
    for (field, value) in spec.as_object().into_iter().flatten() {
        set["spec"][field] = value.clone();
    }
    Create(set)
}

fn pod(name: &str, spec: Value) -> Do {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"containers": [{"name": "c", "image": "i:1"}]}});
    for (field, value) in spec.as_object().into_iter().flatten() {
        pod["spec"][field] = value.clone();
    }
    Create(pod)
}

fn image(image: &str) -> Do {
    let containers = json!([{"name": "c", "image": image}]);
    Patch(Kind::StatefulSet, "web", json!({"spec": {"template": {"spec": {"containers": containers}}}}))
}

fn play(steps: Vec<Do>) -> Cluster {
    let by_hand = steps.iter().any(|step| matches!(step, ByHand));
    let mut cluster = Cluster::new(Settings { auto_provision: !by_hand, ..Settings::default() });
    cluster.add_node("node-1", &[]).expect("a node");
    for (name, mode) in [("standard", "Immediate"), ("late", "WaitForFirstConsumer")] {
        let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "p",
            "metadata": {"name": name, "annotations":
                {"storageclass.kubernetes.io/is-default-class": (name == "standard").to_string()}},
            "reclaimPolicy": "Delete", "volumeBindingMode": mode, "allowVolumeExpansion": true});
        cluster.create(&class).expect("a class");
    }
    for step in steps {
        match step {
            Ready(pod) => cluster.report("default", pod, PodReport::Ready).expect("the pod exists"),
            Report(pod, report) => cluster.report("default", pod, report).expect("the pod exists"),
            Scale(replicas) => {
                cluster.scale(Kind::StatefulSet, "default", "web", replicas).expect("it scales")
            }
            Patch(kind, name, patch) => {
                cluster.patch(kind, "default", name, PatchType::Merge, &patch).expect("a valid patch");
            }
            Delete(kind, name) => {
                cluster.delete(kind, "default", name, &DeleteOptions::default()).expect("it exists");
            }
            Foreground(kind, name) => {
                let propagation = Some(Propagation::Foreground);
                let options = DeleteOptions { propagation, ..DeleteOptions::default() };
                cluster.delete(kind, "default", name, &options).expect("it exists");
            }
            Create(object) => {
                cluster.create(&object).expect("a valid object");
            }
            Gone(pod) => cluster.finalize_pod("default", pod).expect("the pod exists"),
            AllReady => {
                let pods: Vec<_> = cluster.list(Kind::Pod).map(|pod| pod.meta.name.clone()).collect();
                for pod in pods {
                    cluster.report("default", &pod, PodReport::Ready).expect("the pod exists");
                }
            }
            Cordon(node) => cluster.cordon_node(node, true).expect("the node exists"),
            Lose(node) => cluster.lose_node(node).expect("the node exists"),
            Wait(seconds) => cluster.advance(Duration::seconds(seconds)),
            ByHand => {}
        }
        cluster.settle();
    }
    cluster
}

/// `Kind/name gate`, then ` <- Kind/name` of what it waits for and ` @ Kind/name field` of what sets the gate.
fn line(reason: &Reason) -> String {
    let mut line = format!("{}/{} {}", reason.kind.name(), reason.object.name, reason.gate.name());
    if let Some((kind, key)) = &reason.waits_for {
        line += &format!(" <- {}/{}", kind.name(), key.name);
    }
    if let Some((kind, key, field)) = &reason.field {
        line += &format!(" @ {}/{} {field}", kind.name(), key.name);
    }
    line
}

/// A line with `xxxxx` where the name of a Job's pod or of a ReplicaSet ends at random.
fn plain(line: &str) -> String {
    let words = line.split(' ').map(|word| {
        let made = ["Pod/j-", "Pod/d-", "ReplicaSet/d-"].into_iter().find(|made| word.starts_with(made));
        made.map_or_else(|| word.to_owned(), |made| format!("{made}xxxxx"))
    });
    words.collect::<Vec<_>>().join(" ")
}

fn check(what: &str, steps: Vec<Do>, expected: &[&str]) {
    let cluster = play(steps);
    let reasons = cluster.reasons();
    let lines: Vec<_> = reasons.iter().map(|reason| plain(&line(reason))).collect();
    assert_eq!(lines, expected, "{what}");
    for reason in &reasons {
        assert!(reason.text.starts_with(&*reason.object.name), "{what}: {}", reason.text);
        assert!(!reason.text.ends_with('.'), "{what}: {}", reason.text);
        let own = cluster.reasons_for(reason.kind, &reason.object.namespace, &reason.object.name);
        assert!(own.contains(reason), "{what}: {reason:?} is not among its own: {own:?}");
    }
}

const ORDER: &str = "@ StatefulSet/web spec.podManagementPolicy";

#[test]
fn pods_of_a_set_wait_for_each_other() {
    check("all is well", vec![set(json!({"replicas": 1})), Ready("web-0")], &[]);
    check(
        "order on the way up",
        vec![set(json!({}))],
        &[
            "Pod/web-0 starting <- Node/node-1",
            &format!("Pod/web-1 order <- Pod/web-0 {ORDER}"),
            &format!("Pod/web-2 order <- Pod/web-0 {ORDER}"),
        ],
    );
    check(
        "parallel",
        vec![set(json!({"podManagementPolicy": "Parallel", "replicas": 2})), Ready("web-1")],
        &["Pod/web-0 starting <- Node/node-1"],
    );
    check(
        "ready, but not for long",
        vec![set(json!({"replicas": 2, "minReadySeconds": 30})), Ready("web-0")],
        &[
            "Pod/web-0 min-ready-seconds @ StatefulSet/web spec.minReadySeconds",
            "Pod/web-1 min-ready-seconds <- Pod/web-0 @ StatefulSet/web spec.minReadySeconds",
        ],
    );
    let up = || vec![set(json!({})), Ready("web-0"), Ready("web-1"), Ready("web-2")];
    let mut steps = up();
    steps.extend([Report("web-0", PodReport::NotReady), Scale(1)]);
    check(
        "an unready pod 0 stops a scale-down",
        steps,
        &[
            "Pod/web-0 readiness",
            &format!("Pod/web-1 order <- Pod/web-0 {ORDER}"),
            &format!("Pod/web-2 order <- Pod/web-0 {ORDER}"),
        ],
    );
    let mut steps = up();
    steps.extend([Report("web-1", PodReport::NotReady), Report("web-2", PodReport::NotReady), Scale(0)]);
    check(
        "two unready condemned pods",
        steps,
        &[
            &format!("Pod/web-0 order <- Pod/web-2 {ORDER}"),
            &format!("Pod/web-1 order <- Pod/web-2 {ORDER}"),
            "Pod/web-1 readiness",
            &format!("Pod/web-2 order <- Pod/web-1 {ORDER}"),
            "Pod/web-2 readiness",
        ],
    );
    let mut steps = up();
    steps.extend([Report("web-0", PodReport::NotReady), Report("web-2", PodReport::Failed)]);
    check(
        "a pod that ended above one that is not ready",
        steps,
        &["Pod/web-0 readiness", &format!("Pod/web-2 order <- Pod/web-0 {ORDER}")],
    );
    let foreign = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"},
        "spec": {"containers": [{"name": "c", "image": "i:1"}]}});
    check(
        "a name that is taken",
        vec![Create(foreign), Ready("web-0"), set(json!({"replicas": 1, "podManagementPolicy": "Parallel"}))],
        &["Pod/web-0 name-taken <- Pod/web-0", "StatefulSet/web retry"],
    );
}

#[test]
fn what_cannot_be_made_says_why() {
    let template = json!({"metadata": {"labels": {"app": "web"}},
        "spec": {"serviceAccountName": "nope", "containers": [{"name": "c", "image": "i:1"}]}});
    let steps = || vec![set(json!({"replicas": 1, "template": template.clone()}))];
    check("an account that is not there", steps(), &["Pod/web-0 retry", "StatefulSet/web retry"]);
    let why = "Create Pod web-0 in StatefulSet web failed error: pods \"web-0\" is forbidden: error looking up service \
               account default/nope: serviceaccount \"nope\" not found";
    for reason in play(steps()).reasons() {
        assert!(reason.text.ends_with(why), "{}", reason.text);
    }
    let quota = || {
        Create(json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"},
            "spec": {"hard": {"pods": "0"}}}))
    };
    let held = "quota <- ResourceQuota/small @ ResourceQuota/small spec.hard";
    check(
        "a quota",
        vec![quota(), set(json!({"replicas": 1}))],
        &[&format!("Pod/web-0 {held}"), &format!("StatefulSet/web {held}")],
    );
    let template = json!({"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}});
    let spec = json!({"replicas": 1, "progressDeadlineSeconds": 30, "selector": {"matchLabels": {"app": "d"}},
        "template": template});
    let deployment = |spec: &Value| {
        Create(
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}),
        )
    };
    check(
        "a quota on a Deployment",
        vec![quota(), deployment(&spec)],
        &[
            "Deployment/d quota <- ReplicaSet/d-xxxxx @ ResourceQuota/small spec.hard",
            &format!("ReplicaSet/d-xxxxx {held}"),
        ],
    );
    check(
        "a deadline",
        vec![deployment(&spec), Wait(40)],
        &[
            "Pod/d-xxxxx starting <- Node/node-1",
            "Deployment/d surge <- ReplicaSet/d-xxxxx @ Deployment/d spec.strategy.rollingUpdate",
            "Deployment/d progress-deadline @ Deployment/d spec.progressDeadlineSeconds",
            "ReplicaSet/d-xxxxx starting <- Pod/d-xxxxx",
        ],
    );
    let mut job = json!({"template": template});
    job["template"]["spec"]["restartPolicy"] = "Never".into();
    job["template"]["metadata"] = Value::Null;
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": job});
    check("a quota on a Job", vec![quota(), Create(job), Wait(1)], &[&format!("Job/j {held}")]);
}

#[test]
fn pods_wait_to_be_updated() {
    let up = |strategy: Value| {
        let spec = json!({"replicas": 2, "updateStrategy": strategy, "podManagementPolicy": "Parallel"});
        vec![set(spec), Ready("web-0"), Ready("web-1"), image("i:2")]
    };
    let partition = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 5}});
    check(
        "below the partition",
        up(partition),
        &[
            "Pod/web-0 partition @ StatefulSet/web spec.updateStrategy.rollingUpdate.partition",
            "Pod/web-1 partition @ StatefulSet/web spec.updateStrategy.rollingUpdate.partition",
        ],
    );
    check(
        "on delete",
        up(json!({"type": "OnDelete"})),
        &[
            "Pod/web-0 on-delete @ StatefulSet/web spec.updateStrategy.type",
            "Pod/web-1 on-delete @ StatefulSet/web spec.updateStrategy.type",
        ],
    );
    check(
        "behind the pod that is being replaced",
        up(json!({"type": "RollingUpdate"})),
        &[
            "Pod/web-0 unavailable <- Pod/web-1 @ StatefulSet/web spec.updateStrategy.type",
            "Pod/web-1 grace-period @ Pod/web-1 spec.terminationGracePeriodSeconds",
        ],
    );
    check(
        "under order behind a lower pod",
        vec![
            set(json!({"replicas": 2})),
            Ready("web-0"),
            Ready("web-1"),
            Report("web-0", PodReport::NotReady),
            image("i:2"),
        ],
        &[
            &format!("Pod/web-0 unavailable <- Pod/web-0 {ORDER}"),
            "Pod/web-0 readiness",
            &format!("Pod/web-1 unavailable <- Pod/web-0 {ORDER}"),
        ],
    );
    check(
        "behind a pod that is ready, but not for long",
        vec![
            set(json!({"replicas": 2, "minReadySeconds": 30})),
            Ready("web-0"),
            Wait(31),
            Ready("web-1"),
            Wait(31),
            image("i:2"),
            Gone("web-1"),
            Ready("web-1"),
        ],
        &[
            "Pod/web-0 min-ready-seconds <- Pod/web-1 @ StatefulSet/web spec.minReadySeconds",
            "Pod/web-1 min-ready-seconds @ StatefulSet/web spec.minReadySeconds",
        ],
    );
    check(
        "a broken pod under order is in its own way",
        vec![set(json!({"replicas": 1})), Report("web-0", PodReport::ImagePullBackOff), image("i:2")],
        &[
            "Pod/web-0 unavailable <- Pod/web-0 @ StatefulSet/web spec.podManagementPolicy",
            "Pod/web-0 image @ Pod/web-0 spec.containers[*].image",
        ],
    );
}

#[test]
fn pods_wait_for_nodes_and_containers() {
    let on_its_way = vec![pod("p", json!({})), Delete(Kind::Pod, "p")];
    check("grace", on_its_way, &["Pod/p grace-period @ Pod/p spec.terminationGracePeriodSeconds"]);
    check(
        "a lost node",
        vec![pod("p", json!({})), Ready("p"), Lose("node-1"), Wait(400)],
        &["Pod/p node-lost <- Node/node-1", "Node/node-1 node-lost <- Node/node-1"],
    );
    let requests =
        json!({"containers": [{"name": "c", "image": "i:1", "resources": {"requests": {"cpu": "64"}}}]});
    check(
        "no room",
        vec![pod("p", requests.clone())],
        &["Pod/p unschedulable @ Pod/p spec.containers[*].resources.requests"],
    );
    let text = &play(vec![pod("p", requests)]).reasons()[0].text;
    assert_eq!(text, "p waits for a node: 0/1 nodes are available: 1 Insufficient cpu");
    for (what, spec, expected) in [
        ("selector", json!({"nodeSelector": {"disk": "ssd"}}), "spec.affinity.nodeAffinity"),
        (
            "apart",
            json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"a": "b"}}}]}}}),
            "spec.affinity.podAffinity",
        ),
    ] {
        check(what, vec![pod("p", spec)], &[&format!("Pod/p unschedulable @ Pod/p {expected}")]);
    }
    let volume = json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]});
    check(
        "a claim that nobody made",
        vec![pod("p", volume.clone())],
        &["Pod/p claim-unbound <- PersistentVolumeClaim/c @ Pod/p spec.volumes"],
    );
    let elsewhere = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "v"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "storageClassName": "none",
        "hostPath": {"path": "/v"}, "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
            {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["far"]}]}]}}}});
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "storageClassName": "none", "resources": {"requests": {"storage": "1Gi"}}}});
    check(
        "a volume in another zone",
        vec![Create(elsewhere), Create(claim), pod("p", volume)],
        &["Pod/p unschedulable <- PersistentVolume/v @ PersistentVolume/v spec.nodeAffinity"],
    );
    check(
        "a cordon",
        vec![Cordon("node-1"), pod("p", json!({}))],
        &["Pod/p unschedulable <- Node/node-1 @ Node/node-1 spec.unschedulable"],
    );
    for (what, spec, expected) in [
        ("a scheduler", json!({"schedulerName": "mine"}), "unschedulable @ Pod/p spec.schedulerName"),
        ("a gate", json!({"schedulingGates": [{"name": "g"}]}), "unschedulable @ Pod/p spec.schedulingGates"),
        (
            "a volume",
            json!({"volumes": [{"name": "v", "configMap": {"name": "nope"}}]}),
            "configuration <- ConfigMap/nope @ Pod/p spec.volumes",
        ),
        (
            "a variable",
            json!({"containers": [{"name": "c", "image": "i:1", "env": [
                {"name": "A", "valueFrom": {"secretKeyRef": {"name": "nope", "key": "k", "optional": true}}},
                {"name": "B", "valueFrom": {"secretKeyRef": {"name": "nil", "key": "k"}}}]}]}),
            "configuration <- Secret/nil @ Pod/p spec.containers[*].env",
        ),
    ] {
        check(what, vec![pod("p", spec)], &[&format!("Pod/p {expected}")]);
    }
    for (report, expected) in [
        (PodReport::NotReady, "Pod/p readiness"),
        (PodReport::CrashLoop, "Pod/p back-off @ Pod/p spec.containers[*].command"),
        (PodReport::ImagePullBackOff, "Pod/p image @ Pod/p spec.containers[*].image"),
    ] {
        check("a container", vec![pod("p", json!({})), Report("p", report)], &[expected]);
    }
    check("ended", vec![pod("p", json!({})), Report("p", PodReport::Succeeded)], &[]);
}

#[test]
fn claims_wait_for_volumes_and_users() {
    let claim = |class: &str| {
        Create(
            json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "storageClassName": class,
            "resources": {"requests": {"storage": "1Gi"}}}}),
        )
    };
    let user = || pod("p", json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]}));
    check(
        "no consumer",
        vec![claim("late")],
        &["PersistentVolumeClaim/c first-consumer @ StorageClass/late volumeBindingMode"],
    );
    check(
        "no provisioner, and its pod",
        vec![ByHand, claim("standard"), user()],
        &[
            "Pod/p claim-unbound <- PersistentVolumeClaim/c @ Pod/p spec.volumes",
            "PersistentVolumeClaim/c provisioning <- StorageClass/standard @ PersistentVolumeClaim/c \
             spec.storageClassName",
        ],
    );
    check(
        "no class",
        vec![claim("nope")],
        &["PersistentVolumeClaim/c provisioning @ PersistentVolumeClaim/c spec.storageClassName"],
    );
    let by_name = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "storageClassName": "", "volumeName": "mine",
        "resources": {"requests": {"storage": "1Gi"}}}});
    check(
        "a volume by name",
        vec![Create(by_name)],
        &[
            "PersistentVolumeClaim/c provisioning <- PersistentVolume/mine @ PersistentVolumeClaim/c spec.volumeName",
        ],
    );
    check(
        "in use",
        vec![claim("standard"), user(), Ready("p"), Delete(Kind::PersistentVolumeClaim, "c")],
        &["PersistentVolumeClaim/c in-use <- Pod/p @ PersistentVolumeClaim/c metadata.finalizers"],
    );
    let more = json!({"spec": {"resources": {"requests": {"storage": "2Gi"}}}});
    check(
        "resizing",
        vec![claim("standard"), Patch(Kind::PersistentVolumeClaim, "c", more)],
        &["PersistentVolumeClaim/c resizing @ PersistentVolumeClaim/c spec.resources.requests.storage"],
    );
}

#[test]
fn other_objects_wait() {
    check(
        "foreground deletion",
        vec![set(json!({"replicas": 1})), Ready("web-0"), Foreground(Kind::StatefulSet, "web")],
        &[
            "Pod/web-0 grace-period @ Pod/web-0 spec.terminationGracePeriodSeconds",
            "StatefulSet/web dependents <- Pod/web-0 @ StatefulSet/web metadata.finalizers",
        ],
    );
    let template = json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i:1"}]}});
    let job = |spec: Value| {
        let mut job =
            json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": spec});
        job["spec"]["template"] = template.clone();
        Create(job)
    };
    check("suspended", vec![job(json!({"suspend": true}))], &["Job/j suspended @ Job/j spec.suspend"]);
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}});
    check(
        "a budget",
        vec![set(json!({"replicas": 1})), Ready("web-0"), Create(budget)],
        &["PodDisruptionBudget/b budget @ PodDisruptionBudget/b spec.minAvailable"],
    );
    let wide = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"batch.kubernetes.io/job-name": "j"}}}});
    check(
        "a budget over pods that nothing scales",
        vec![job(json!({})), Create(wide), Wait(2), AllReady, Wait(2)],
        &[
            "Job/j completions <- Pod/j-xxxxx @ Job/j spec.completions",
            "PodDisruptionBudget/b budget @ PodDisruptionBudget/b spec.selector",
        ],
    );
    let service = |spec: Value| {
        Create(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec}))
    };
    let ports = json!([{"port": 80}]);
    for (what, selector, kind, ready, expected) in [
        ("nothing is selected", "wed", "ClusterIP", true, "Service/s endpoints @ Service/s spec.selector"),
        (
            "nobody is ready",
            "web",
            "ClusterIP",
            false,
            "Service/s endpoints <- Pod/web-0 @ Service/s spec.publishNotReadyAddresses",
        ),
        ("no address", "web", "LoadBalancer", true, "Service/s load-balancer @ Service/s spec.type"),
    ] {
        let spec = json!({"selector": {"app": selector}, "type": kind, "ports": ports});
        let report = if ready { Ready("web-0") } else { Report("web-0", PodReport::NotReady) };
        let steps = vec![set(json!({"replicas": 1})), report, service(spec)];
        let pod = (!ready).then_some("Pod/web-0 readiness");
        check(what, steps, &pod.into_iter().chain([expected]).collect::<Vec<_>>());
    }
    let idle = json!({"selector": {"app": "web"}, "ports": ports});
    check("nobody is wanted", vec![set(json!({"replicas": 0})), service(idle)], &[]);
    let scaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"},
        "spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet",
            "name": "web"}}});
    check(
        "an autoscaler without load",
        vec![set(json!({"replicas": 1})), Ready("web-0"), Create(scaler), Wait(20)],
        &["HorizontalPodAutoscaler/h metrics @ HorizontalPodAutoscaler/h spec.metrics"],
    );
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {
        "replicas": 1, "paused": true, "selector": {"matchLabels": {"app": "d"}},
        "template": {"metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}}}});
    let mut young = deployment.clone();
    young["spec"]["paused"] = false.into();
    young["spec"]["minReadySeconds"] = 30.into();
    check(
        "pods that are ready, but not for long",
        vec![Create(young), AllReady],
        &[
            "Deployment/d min-ready-seconds <- ReplicaSet/d-xxxxx @ Deployment/d spec.minReadySeconds",
            "ReplicaSet/d-xxxxx min-ready-seconds @ ReplicaSet/d-xxxxx spec.minReadySeconds",
        ],
    );
    check("paused", vec![Create(deployment)], &["Deployment/d paused @ Deployment/d spec.paused"]);
}

#[test]
fn gates_have_names_of_their_own() {
    let cluster = play(vec![set(json!({}))]);
    assert!(
        cluster.reasons().iter().all(|reason| reason
            .gate
            .name()
            .chars()
            .all(|c| c.is_ascii_lowercase() || c == '-'))
    );
}
