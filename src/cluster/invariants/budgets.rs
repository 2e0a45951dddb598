//! Evictions in random walks: a budget is never overdrawn.

use std::rc::Rc;

use super::super::controller::disruption::budgets_of;
use super::super::object::{Kind, Object};
use super::super::{Cluster, DeleteOptions};

/// Whether a pod counts for its budget.
fn is_healthy(pod: &Object) -> bool {
    !pod.meta.is_terminating() && pod.as_pod().is_some_and(|pod| pod.is_ready() && !pod.is_finished())
}

/// Evicts a pod. That a healthy one may go is only right if its budget can spare it. What came of it.
pub(super) fn evict(cluster: &mut Cluster, name: &str) -> String {
    let pod = cluster.get(Kind::Pod, "default", name).cloned().ok();
    let budgets = pod.as_deref().map(|pod| budgets_of(cluster, pod)).unwrap_or_default();
    let outcome = cluster.evict("default", name, &DeleteOptions::default());
    let is_pending = |pod: &Rc<Object>| pod.to_value()["status"]["phase"] == "Pending";
    if let (Ok(()), [budget], Some(pod)) = (&outcome, budgets.as_slice(), &pod)
        && is_healthy(pod)
        && !is_pending(pod)
    {
        let left = cluster
            .list(Kind::Pod)
            .filter(|it| it.meta.uid != pod.meta.uid && is_healthy(it))
            .filter(|it| budgets_of(cluster, it).iter().any(|it| it.meta.uid == budget.meta.uid))
            .count() as i64;
        let known = budget.status()["desiredHealthy"].as_i64().unwrap_or(0);
        let wanted = budget.spec()["minAvailable"].as_i64().unwrap_or(known);
        assert!(left >= wanted, "{name} was evicted: {left} of {wanted} are left, {}", budget.to_value());
    }
    format!("evict {name}: {}", outcome.is_ok())
}
