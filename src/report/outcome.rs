//! What a command found or did, as data: printed for people by `human`, as it stands with `--output json`.

use serde::Serialize;

use super::event::MemberLine;
use crate::plan::Amounts;

/// Result of a command that did not fail.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Outcome {
    /// A project was written.
    Create {
        /// The stack.
        stack: String,
        /// Directory of the project.
        directory: String,
        /// Files in it, relative.
        files: Vec<String>,
    },
    /// A project was brought in line with its record.
    Update {
        /// The stack.
        stack: String,
        /// Directory of the project.
        directory: String,
        /// What became of its files.
        #[serde(flatten)]
        files: FilesRow,
    },
    /// Exactly these bytes, in every form of output.
    Raw {
        /// The text.
        text: String,
    },
    /// What `up` would do.
    Plan(PlanReport),
    /// `up` is done.
    Up(UpReport),
    /// `verify` has judged.
    Verify(VerifyReport),
    /// One look.
    Status(StatusReport),
    /// `doctor` has looked.
    Doctor(DoctorReport),
    /// Every stack on the engine.
    List {
        /// The stacks.
        stacks: Vec<ListRow>,
    },
    /// Containers were stopped or started.
    Acted {
        /// What was done: `stopped`, `started`, `restarted`.
        done: String,
        /// The stack.
        stack: String,
        /// The members it was done to.
        members: Vec<String>,
    },
    /// A stack was taken down.
    Down {
        /// The stack.
        stack: String,
        /// Containers removed.
        containers: usize,
        /// Networks removed.
        networks: usize,
        /// Volumes removed.
        volumes: usize,
        /// Volumes that were kept.
        kept_volumes: usize,
        /// The file with the data of the removed volumes.
        #[serde(skip_serializing_if = "Option::is_none")]
        snapshot: Option<String>,
    },
    /// The data of a stack was written to a file.
    Snapshot(SnapshotReport),
    /// The volumes of a stack were made from a snapshot.
    Restore(SnapshotReport),
    /// A stack was released.
    Unlock {
        /// The stack.
        stack: String,
        /// The run that held it, when one did.
        held_by: Option<String>,
    },
    /// A support bundle was written.
    Bundle {
        /// The stack.
        stack: String,
        /// The archive.
        file: String,
        /// Its size.
        bytes: u64,
        /// What is in it.
        files: Vec<String>,
    },
    /// Everything was said as it happened.
    Said,
}

/// What `up` would do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PlanReport {
    /// The stack.
    pub stack: String,
    /// Whether the project would be written first.
    pub creates_project: bool,
    /// Operations in order.
    pub steps: Vec<StepRow>,
    /// What they amount to.
    pub amounts: Amounts,
    /// What is worth knowing of how it is done.
    pub notes: Vec<String>,
}

/// The data of a stack in a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SnapshotReport {
    /// The stack.
    pub stack: String,
    /// The file.
    pub file: String,
    /// When it was taken: UTC, RFC 3339.
    pub taken: String,
    /// What the members did meanwhile: `stopped`, `paused`, `running`.
    pub members: String,
    /// Each volume in it.
    pub volumes: Vec<VolumeRow>,
}

/// A volume in a snapshot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct VolumeRow {
    /// Name on the engine.
    pub volume: String,
    /// Bytes of its tar.
    pub bytes: u64,
    /// SHA-256 of its entry in the file.
    pub sha256: String,
}

/// One operation of a plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StepRow {
    /// Operations of one stage may run side by side; 0 is what comes before the engine's: files and images that are built.
    pub stage: usize,
    /// What kind of operation: `create-container`, `write-file`. Stable.
    pub kind: String,
    /// Name of the object that it is done to.
    pub object: String,
    /// The gateway or service that it is done to, when it is done to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// What, for people.
    pub operation: String,
    /// Why.
    pub cause: String,
}

/// What becomes of a project's files, each by its path in the project.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct FilesRow {
    /// Were not there.
    pub added: Vec<String>,
    /// Have another content.
    pub written: Vec<String>,
    /// Are no longer part of it.
    pub removed: Vec<String>,
    /// Would have another content, and were edited by a person: they stay as they are.
    pub kept: Vec<String>,
}

/// What `up` did and proved.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct UpReport {
    /// The stack.
    pub stack: String,
    /// Directory of the project.
    pub directory: String,
    /// Whether gateways are simulated.
    pub simulated: bool,
    /// Operations that were done; 0 when there was nothing to do.
    pub operations: usize,
    /// Whether everything was proven; false with `--no-wait`.
    pub verified: bool,
    /// Time taken, in seconds.
    pub seconds: f64,
    /// Counts.
    pub summary: SummaryRow,
    /// Addresses of the gateways that people go to, in order.
    pub urls: Vec<String>,
    /// Administrator.
    pub admin_username: String,
    /// File with the administrator's password.
    pub admin_password_file: String,
    /// Where each member stands.
    pub members: Vec<MemberLine>,
    /// What is true and yet worth knowing: a backup that is active.
    pub notes: Vec<String>,
}

/// Counts over a stack.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct SummaryRow {
    /// Gateways that run, and in all.
    pub gateways_running: usize,
    /// Gateways in all.
    pub gateways: usize,
    /// Pairs whose nodes are connected and in sync.
    pub pairs_connected: usize,
    /// Pairs in all.
    pub pairs: usize,
    /// Links that run at both ends.
    pub links_running: usize,
    /// Links in all.
    pub links: usize,
}

/// One check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CheckRow {
    /// Gateway, pair, link or service.
    pub subject: String,
    /// The gateway or service whose condition it is.
    pub member: String,
    /// Which condition.
    pub condition: String,
    /// `pass`, `fail`, `skip`, `unknown`.
    pub state: String,
    /// In a few words.
    pub text: String,
    /// What was seen, and where.
    pub seen: String,
    /// Id of the known cause: its section in `docs/diagnosis.md`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause_id: Option<String>,
    /// What is behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// One thing to try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// Whether it only follows from another check that is open too.
    pub follows: bool,
}

/// What `verify` found.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct VerifyReport {
    /// The stack.
    pub stack: String,
    /// Whether gateways are simulated.
    pub simulated: bool,
    /// Whether nothing failed and nothing is unknown.
    pub holds: bool,
    /// Number of passed checks.
    pub passed: usize,
    /// Number of failed checks.
    pub failed: usize,
    /// Number of checks that could not be made.
    pub unknown: usize,
    /// Number of checks that do not apply.
    pub skipped: usize,
    /// Counts.
    pub summary: SummaryRow,
    /// Every check.
    pub checks: Vec<CheckRow>,
    /// What is no fault and yet worth knowing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Whether what was seen is shown of passed checks too.
    #[serde(skip)]
    pub verbose: bool,
}

/// What `status` saw.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct StatusReport {
    /// The stack.
    pub stack: String,
    /// Whether gateways are simulated.
    pub simulated: bool,
    /// Gateways and services.
    pub members: Vec<StatusRow>,
    /// What is true of the stack as a whole and worth knowing: that a restore did not end.
    pub notes: Vec<String>,
}

/// One member in `status`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct StatusRow {
    /// Its name.
    pub member: String,
    /// `RUNNING`, `STARTING`, `exited (1)`, `missing`.
    pub state: String,
    /// `Master`, `Backup`, `Independent`, or nothing for a service.
    pub role: String,
    /// Activity level.
    pub level: String,
    /// Sync status.
    pub sync: String,
    /// `yes`, `no`, or nothing when it has no peer.
    pub peer: String,
    /// Running of planned links.
    pub links: String,
    /// Address for people.
    pub address: String,
    /// Trial time left.
    pub trial: String,
}

/// What `doctor` found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DoctorReport {
    /// The stack that was asked about; none when it was the engine alone.
    pub stack: Option<String>,
    /// Where the engine is, and how that was chosen.
    pub endpoint: String,
    /// Number of warnings.
    pub warnings: usize,
    /// Number of problems.
    pub problems: usize,
    /// Number of things that could not be seen.
    pub unknown: usize,
    /// The code that `up` would end with.
    pub exit_code: u8,
    /// Everything that was looked at.
    pub findings: Vec<FindingRow>,
}

/// One thing that `doctor` looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FindingRow {
    /// What: `ports`, `memory`.
    pub topic: String,
    /// `ok`, `warning`, `problem`, `unknown`.
    pub state: String,
    /// The gateway or service that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// What was seen.
    pub seen: String,
    /// One thing to try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// One stack in `list`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ListRow {
    /// The stack.
    pub stack: String,
    /// Running containers.
    pub running: usize,
    /// Containers that it should have, or has, whichever is more.
    pub containers: usize,
    /// Volumes.
    pub volumes: usize,
    /// Whether a restore of them was begun and did not end, so that they are not whole.
    pub restore_unfinished: bool,
    /// Whether a deletion of all of them was begun and did not end, so that some are gone.
    pub deletion_unfinished: bool,
    /// Whether gateways are simulated.
    pub simulated: bool,
    /// Directory of its project, when known.
    pub directory: Option<String>,
    /// Whether that directory is still there.
    pub directory_exists: bool,
}

impl Outcome {
    /// 0 when what was asked for is true, 1 when it is not; of `doctor`, the code that `up` would end with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Verify(report) => u8::from(!report.holds),
            Self::Doctor(report) => report.exit_code,
            _ => 0,
        }
    }
}
