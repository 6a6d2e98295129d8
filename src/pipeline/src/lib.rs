//! Use cases and jobs. Handlers and commands call these and nothing below them.
//!
//! - [`analyser`]: a file → report and pictures, without any database (what `podlinnik check` does)
//! - [`service`]: the service's state: store, blobs, analyser, clock, identifiers
//! - [`error`]: what a use case can answer instead
//! - `people`, `intake`, `desk`, `decisions`, `inquiries`, `publication`, `notice_desk`, `outward`, `corrections`, `receivers`, `inbox`: use cases, as methods of [`Service`]; `access`: who may see and do what
//! - `accounts`: how people and programs prove who they are: passwords, second factors, sessions, links that work once, keys
//! - [`board`]: what the desk looks at all day; `notes`: what it says among itself
//! - [`uploads`]: bytes that come piece by piece and become a submission once they are complete
//! - [`recall`]: what rests on a withdrawn model is listed and examined again
//! - [`archive`]: genuine official footage, with a signed register
//! - [`preview`]: something a browser can play, made of the decoded media
//! - [`trace`]: a suspect file → the original that it was made from, and what differs
//! - [`recognition`]: media seen before, and what people decided about them
//! - `worker`: claims jobs and does them; `lease`: keeps a job while it is worked on; `analysis_job`, [`delivery`], [`fetch`]: the three kinds of job
//! - [`log`]: the transparency log: checkpoints, tiles, proofs, bundles
//! - [`moving`]: all of an installation into a folder and out of one; blobs from one store to another
//! - [`fetch`]: the only outbound HTTP, and links that are fetched; [`address`]: where it may go
//! - [`public`]: what everybody may ask
//! - [`administration`]: what those who run the service look at: people, history, queue, machine, models
//! - [`canonical`]: one text for one value, for hashing; `secret`: tokens and webhook keys; `listing`: merged pages

mod access;
mod accounts;
pub mod address;
pub mod administration;
mod agreed_clock;
pub mod analyser;
mod analysis_job;
pub mod archive;
pub mod board;
pub mod canonical;
mod changes;
mod corrections;
mod decisions;
pub mod delivery;
mod desk;
pub mod error;
mod extension;
pub mod fetch;
mod inbox;
mod inquiries;
mod intake;
mod lease;
mod listing;
pub mod log;
pub mod moving;
mod notes;
mod notice_desk;
mod outward;
mod people;
pub mod preview;
pub mod public;
mod publication;
pub mod recall;
mod receivers;
pub mod recognition;
pub mod retention;
mod secret;
pub mod service;
pub mod trace;
pub mod uploads;
mod worker;

pub use accounts::{KeyWish, NewSession, SecondFactorSetup, SignIn, SignInLink, SignedIn, UserChange};
pub use agreed_clock::AgreedClock;
pub use analyser::{Analyser, AnalyserSettings, CheckError, CheckOptions, Checked, MediaAnalyser};
pub use archive::{Archive, RegisterKey};
pub use changes::Changes;
pub use delivery::{MailError, Mailer, TelegramBot};
pub use error::ServiceError;
pub use fetch::{FetchSettings, LinkWish};
pub use inbox::Inbox;
pub use inquiries::{AskedInquiry, Question};
pub use log::{LogKey, TransparencyLog};
pub use notice_desk::{DeskNotice, NoticeAudience, NoticeDelivery};
pub use preview::{Preview, PreviewState};
pub use receivers::ReceiverWish;
pub use service::Service;

// What appears in the signatures above, so that callers need none of the crates below.
pub use podlinnik_blobs::{BlobError, Blobs, Condition, Copied, Listed, Room, S3Settings, Shelf, Upload};
pub use podlinnik_detectors::registry::DESCRIPTORS;
pub use podlinnik_detectors::{Descriptor, ExamineError, Picture};
pub use podlinnik_media::{MediaError, MediaLimits, MediaReader};
pub use podlinnik_onnx::{ModelInfo, OnnxError, TELEMETRY_OFF, TELEMETRY_VARIABLE};
pub use podlinnik_provenance as provenance;
pub use podlinnik_storage::record::{KeyRecord, SessionRecord};
pub use podlinnik_storage::{Store, StoreError, record};
