//! The folder of a project on disk: finding, reading and writing it. The only room that writes files.

mod differ;
mod error;
mod find;
mod lock;
mod record;
mod secrets;
mod stale;
mod target;
mod text_file;
mod write;

pub use differ::differing;
pub use error::ProjectError;
pub use find::find;
pub use lock::{Lock, lock};
pub use record::{MAX_RECORD, read as read_record, read_configuration};
pub use secrets::{SECRETS_DIR, generate, load, read_value};
pub use write::write;
