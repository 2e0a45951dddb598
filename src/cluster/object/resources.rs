//! What a pod asks of a node, and what a node has to give.
//!
//! Mirrors `resource.PodRequests` of component-helpers; other resources than these three are not simulated.

use std::ops::{Add, AddAssign, SubAssign};

use serde_json::Value;

use crate::api::Quantity;

/// Amounts of the resources that every node has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Thousandths of a core.
    pub cpu: i64,
    /// Bytes.
    pub memory: i64,
    /// Bytes of `ephemeral-storage`.
    pub storage: i64,
}

impl Resources {
    /// Reads a list of quantities by resource name; what is missing or no quantity is none.
    pub fn of(list: &Value) -> Resources {
        let amount = |name: &str| list[name].as_str().and_then(|text| Quantity::parse(text).ok());
        Resources {
            cpu: amount("cpu").map_or(0, |amount| amount.milli_value()),
            memory: amount("memory").map_or(0, |amount| amount.value()),
            storage: amount("ephemeral-storage").map_or(0, |amount| amount.value()),
        }
    }

    /// What a node gives to pods, by its `allocatable`, and to how many if it says so.
    pub(crate) fn room(allocatable: &Value) -> (Resources, Option<i64>) {
        let pods = allocatable["pods"].as_str().and_then(|text| Quantity::parse(text).ok());
        (Resources::of(allocatable), pods.map(|pods| pods.value()))
    }

    /// What a pod asks for at most at one moment: its containers together with the sidecars, or an init container
    /// with the sidecars that started before it.
    pub(crate) fn of_pod(spec: &Value) -> Resources {
        let list = |field: &str| spec[field].as_array().map_or(&[][..], Vec::as_slice);
        let request = |container: &Value| Resources::of(&container["resources"]["requests"]);
        let mut total = list("containers").iter().map(request).fold(Resources::default(), Add::add);
        let (mut sidecars, mut peak) = (Resources::default(), Resources::default());
        for container in list("initContainers") {
            let own = request(container);
            if container["restartPolicy"] == "Always" {
                sidecars += own;
                peak = peak.most(sidecars);
            } else {
                peak = peak.most(sidecars + own);
            }
        }
        total = (total + sidecars).most(peak);
        let (of_pod, stated) =
            (Resources::of(&spec["resources"]["requests"]), &spec["resources"]["requests"]);
        if stated["cpu"].is_string() {
            total.cpu = of_pod.cpu;
        }
        if stated["memory"].is_string() {
            total.memory = of_pod.memory;
        }
        total + Resources::of(&spec["overhead"])
    }

    fn most(self, other: Resources) -> Resources {
        Resources {
            cpu: self.cpu.max(other.cpu),
            memory: self.memory.max(other.memory),
            storage: self.storage.max(other.storage),
        }
    }

    /// Names, amounts, in the order in which the scheduler looks at them.
    pub(crate) fn amounts(self) -> [(&'static str, i64); 3] {
        [("cpu", self.cpu), ("memory", self.memory), ("ephemeral-storage", self.storage)]
    }
}

impl Add for Resources {
    type Output = Resources;

    fn add(mut self, other: Resources) -> Resources {
        self += other;
        self
    }
}

impl AddAssign for Resources {
    fn add_assign(&mut self, other: Resources) {
        self.cpu = self.cpu.saturating_add(other.cpu);
        self.memory = self.memory.saturating_add(other.memory);
        self.storage = self.storage.saturating_add(other.storage);
    }
}

impl SubAssign for Resources {
    fn sub_assign(&mut self, other: Resources) {
        self.cpu = self.cpu.saturating_sub(other.cpu);
        self.memory = self.memory.saturating_sub(other.memory);
        self.storage = self.storage.saturating_sub(other.storage);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(spec: Value, cpu: i64) {
        assert_eq!(Resources::of_pod(&spec).cpu, cpu, "{spec}");
    }

    #[test]
    fn the_dearest_moment_counts() {
        let container = |cpu: &str| json!({"resources": {"requests": {"cpu": cpu}}});
        let sidecar = |cpu: &str| json!({"restartPolicy": "Always", "resources": {"requests": {"cpu": cpu}}});
        check(json!({"containers": [container("100m"), container("0.2")]}), 300);
        check(
            json!({"containers": [container("1")], "initContainers": [container("3"), container("2")]}),
            3000,
        );
        check(
            json!({"containers": [container("1")], "initContainers": [sidecar("1"), container("2")]}),
            3000,
        );
        check(
            json!({"containers": [container("4")], "initContainers": [sidecar("1"), container("2")]}),
            5000,
        );
        check(json!({"containers": [{}], "overhead": {"cpu": "50m"}}), 50);
        check(json!({"containers": [container("1")], "resources": {"requests": {"cpu": "2"}}}), 2000);
    }
}
