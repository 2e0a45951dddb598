//! x
pub mod kubelet;
pub mod pod_columns;
pub mod workload;
