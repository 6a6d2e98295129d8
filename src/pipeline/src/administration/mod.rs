//! What those who run the service look at and do: people of the branch, the history, the queue, the machine, models. Reading needs `org_admin` or
//! `auditor`; nobody here has power over verdicts.
//!
//! - `audit`: the append-only history by filter, and whether its chain holds
//! - `machine`: queue, volumes, room on the disk, which parts work
//! - `models`: what is installed, with card and calibration
//! - `people`: users with what belongs to them

mod audit;
mod machine;
mod models;
mod people;

pub(crate) use audit::ChainMark;
pub use audit::{AuditPage, ChainState};
pub use machine::{Machine, Part, PartState, QueueState};
pub use models::{InstalledModel, MeasuredBucket, ModelCalibration};
pub use people::{PersonEntry, PersonFile};

use podlinnik_domain::people::Role;

/// Who looks at how the service runs.
pub(crate) const MAY_LOOK: &[Role] = &[Role::OrgAdmin, Role::Auditor];
