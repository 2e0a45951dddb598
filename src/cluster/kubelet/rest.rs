//! Pods at rest: nothing is under way, and every probe goes like the last one.
//!
//! Most pods of a session are ready and stay so; to run each of their probes would be most of the work of letting time
//! pass. A pod at rest is not due at all: how often it was probed follows from the time, when something rouses it.

use super::handler::Handler;
use super::pod_spec::{Millis, millis_of};
use super::prober::ProbeKind;
use super::worker::{PodWorker, Report};
use crate::cluster::workload::Machine;

impl PodWorker {
    /// Lets the pod rest after its turn at `now`, unless one of its probes can change something, or something else is
    /// due before the first of them.
    pub(super) fn rest(&mut self, machine: &Machine, now: Millis, reports: &mut Vec<Report>) {
        if self.probes.is_empty() || !self.probes.iter().all(|it| it.is_steady && !it.is_triggered) {
            return;
        }
        self.is_resting = true;
        let first = self.probes.iter().map(|it| it.next_tick).min();
        if self.next_time(machine, now).is_some_and(|at| Some(at) <= first) {
            self.is_resting = false;
            return;
        }
        for probe in self.probes.iter().filter(|it| it.kind != ProbeKind::Startup) {
            if let Handler::Http { path, .. } = &probe.probe.handler {
                reports.push(Report::Regular {
                    container: probe.container.clone(),
                    path: path.clone(),
                    first: probe.next_tick,
                    period: millis_of(probe.probe.period).max(1),
                });
            }
        }
    }

    /// Ends the pod's rest, if it rests: all probes that were due up to `until` went well.
    pub(super) fn rouse(&mut self, until: Millis) -> Option<Report> {
        if !std::mem::take(&mut self.is_resting) {
            return None;
        }
        for probe in &mut self.probes {
            probe.catch_up(until);
            probe.is_steady = false;
        }
        Some(Report::Roused(until))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::cluster::kubelet::{Container, PodSpec};
    use crate::cluster::network::Target;
    use crate::cluster::workload::{Answer, Fault, Machine, Program, Request, answer_well, default_program};
    use crate::cluster::{Cluster, DeleteOptions, Duration, Kind};

    /// Programs whose answers never count as lasting: every probe is run.
    fn restless(pod: &PodSpec, container: &Container) -> Program {
        let respond = |request: &Request<'_>| Answer { lasts: false, ..answer_well(request) };
        Program { respond, ..default_program(pod, container) }
    }

    fn cluster(machine: Machine) -> Cluster {
        let mut cluster = Cluster::with_nodes(2);
        cluster.automate(machine);
        let probe = |period: u32| json!({"httpGet": {"path": "/", "port": 8000}, "periodSeconds": period});
        let set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": {
            "serviceName": "web", "replicas": 3, "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 4,
                "containers": [{"name": "app", "image": "x/visits/app-go:1", "ports": [{"containerPort": 8000}],
                    "readinessProbe": probe(2), "livenessProbe": probe(3), "startupProbe": probe(1),
                    "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {
                "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]}});
        assert!(cluster.create(&set).is_ok());
        cluster
    }

    #[test]
    fn rest_shows_nowhere() {
        let [mut resting, mut restless] =
            [Machine::believable(), Machine { program: restless, ..Machine::believable() }].map(cluster);
        for step in 0u64..400 {
            let pod = format!("web-{}", step % 3);
            let seen = [&mut resting, &mut restless].map(|cluster| {
                match step * 7 % 23 {
                    0 => _ = cluster.delete(Kind::Pod, "default", &pod, &DeleteOptions::default()),
                    1 => _ = cluster.crash("default", &pod, "app", 1),
                    2 => _ = cluster.set_fault("default", &pod, Some(Fault::NotReady)),
                    3 => _ = cluster.set_fault("default", &pod, Some(Fault::Hang)),
                    4..=7 => _ = cluster.set_fault("default", &pod, None),
                    8 | 9 => _ = cluster.visit("default", &Target::Pod(pod.clone())),
                    10 => _ = cluster.lose_node("minikube-m02"),
                    11..=13 => _ = cluster.return_node("minikube-m02"),
                    _ => {}
                }
                cluster.advance(Duration::millis(step * 311 % 9_000));
                let names = ["web-0", "web-1", "web-2"];
                let counts = names.map(|name| cluster.visits("default", name));
                let claims = names.map(|name| cluster.claim_content("default", &format!("data-{name}")));
                (cluster.resource_version(), counts, claims)
            });
            assert_eq!(seen[0], seen[1], "after step {step}");
        }
        assert!(resting.visits("default", "web-0") > Some(100));
        // Once all is well, only the one that does not rest has anything to do.
        let next = [resting, restless].map(|mut cluster| {
            for pod in ["web-0", "web-1", "web-2"] {
                cluster.set_fault("default", pod, None);
            }
            let _ = cluster.return_node("minikube-m02");
            cluster.advance(Duration::millis(900_000));
            cluster.next_event_time()
        });
        assert!(next[0].is_none() && next[1].is_some(), "{next:?}");
    }
}
