//! x
pub mod dns;
pub mod kubelet;
pub mod pod_columns;
pub mod workload;
