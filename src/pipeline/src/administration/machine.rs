//! Queue, volumes and parts of the running process.

use podlinnik_blobs::Room;
use podlinnik_domain::coded_enum;
use podlinnik_domain::people::Actor;
use podlinnik_storage::record::{JobCount, JobRecord, OldestJob, Volumes};

use super::MAY_LOOK;
use crate::access::require;
use crate::service::{Answer, Service};

coded_enum! {
    /// A part of the service.
    pub enum Part {
        /// The database answers and has the schema of this version.
        Database = "database",
        /// Media can be written.
        Blobs = "blobs",
        /// This process examines media.
        Analyser = "analyser",
        /// This process keeps the archive of originals.
        Archive = "archive",
        /// This process looks for originals.
        Tracer = "tracer",
        /// This process signs the transparency log.
        Log = "log",
        /// Letters go out.
        Mail = "mail",
        /// Posts go out.
        Telegram = "telegram",
    }
}

coded_enum! {
    /// How a part does.
    pub enum PartState {
        Works = "works",
        /// It is not set up in this process; another may do its work.
        Absent = "absent",
        Fails = "fails",
    }
}

/// The queue at a glance.
#[derive(Debug, Clone)]
pub struct QueueState {
    /// Numbers of jobs by kind and state, sorted.
    pub counts: Vec<JobCount>,
    /// Since when the oldest due job of each kind waits.
    pub oldest: Vec<OldestJob>,
    /// Jobs that were given up, newest first.
    pub dead: Vec<JobRecord>,
}

/// The machine at a glance.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Each part and how it does.
    pub parts: Vec<(Part, PartState)>,
    /// How much there is.
    pub volumes: Volumes,
    /// Room where media are kept; none where it cannot be told.
    pub room: Option<Room>,
    /// Entries of the transparency log.
    pub log_entries: u64,
    /// Events of the history.
    pub events: u64,
}

impl Service {
    /// Jobs by kind and state, what waits longest, what was given up.
    ///
    /// # Errors
    /// `forbidden`, and what the store answers.
    pub async fn queue_state(&self, actor: &Actor) -> Answer<QueueState> {
        require(actor, MAY_LOOK)?;
        Ok(QueueState {
            counts: self.store.job_counts().await?,
            oldest: self.store.job_oldest(self.clock.now()).await?,
            dead: self.dead_jobs(Some(actor)).await?,
        })
    }

    /// What is kept, how much room is left, which parts work.
    ///
    /// # Errors
    /// `forbidden`, and what the store answers.
    pub async fn machine(&self, actor: &Actor) -> Answer<Machine> {
        require(actor, MAY_LOOK)?;
        let answers = |holds: bool| if holds { PartState::Works } else { PartState::Fails };
        let present = |there: bool| if there { PartState::Works } else { PartState::Absent };
        let parts = vec![
            (Part::Database, answers(self.store.ping().await.is_ok())),
            (Part::Blobs, answers(self.blobs.ready().await.is_ok())),
            (Part::Analyser, present(self.analyser.is_some())),
            (Part::Archive, present(self.archive.is_some())),
            (Part::Tracer, present(self.tracing.is_some())),
            (Part::Log, present(self.log.is_some())),
            (Part::Mail, present(self.mailer.is_some())),
            (Part::Telegram, present(self.telegram.is_some())),
        ];
        Ok(Machine {
            parts,
            volumes: self.store.volumes().await?,
            room: self.blobs.room().await.ok(),
            log_entries: self.store.log_size().await?,
            events: self.store.event_last().await?,
        })
    }
}
