//! Below the picture: the selected object, the cluster's events, and what is wrong in the texts.

mod details;
mod events;
mod fix;
mod problems;
mod upgrade;

pub(super) use details::Details;
pub(super) use events::Events;
pub(super) use problems::Problems;
pub(super) use upgrade::UpgradePreview;
