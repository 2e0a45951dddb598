//! What containers have on their file systems, and the sample app that counts visits in a file.
//!
//! Data lives where it is mounted: on a claim's volume (which outlives the pod), in an emptyDir (which dies with
//! the pod), or in the container's own layer (which dies with the container). ConfigMaps and Secrets are read as
//! they are; they cannot be written.
//!
//! Invariants: only [`Storage`] holds data; two containers that mount one place see one data; nothing is kept of a
//! pod or a volume that is gone.

mod mounts;
mod storage;
mod visits;

pub use mounts::Site;
pub use storage::{FileError, Place, Storage};
pub use visits::{counts_in, visits_file, working_directory};
