//! x
pub mod container;
pub mod dns;
pub mod kubelet;
pub mod pod_columns;
pub mod workload;
