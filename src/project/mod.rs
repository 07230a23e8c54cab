//! The folder of a project on disk: finding, reading and writing it. The only room that writes files.

mod bundle;
mod error;
mod find;
mod keys;
mod lock;
mod parted;
mod record;
mod secrets;
mod single;
pub mod snapshot;
mod stale;
mod target;
mod text_file;
mod update;
mod write;

pub use bundle::write_bundle;
pub use error::ProjectError;
pub use find::find;
pub use keys::{Keys, add_keys, read_keys};
pub use lock::{Lock, lock};
pub use parted::{read_parted, write_parted};
pub use record::{MAX_RECORD, read as read_record, read_configuration};
pub use secrets::{SECRETS_DIR, all as all_secrets, exposed, generate, load, random, read_value};
pub use single::{create_private, replace};
pub use update::{Update, plan_update};
pub use write::write;
