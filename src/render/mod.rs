//! Blueprint and stack -> bytes: every file of a project as text. Pure; writing them is the project room's work.

mod compose;
mod dotenv;
mod error;
#[cfg(test)]
pub(crate) mod fixture;
mod generated;
mod guide;
mod makefile;
mod proxy;
mod redundancy_xml;
pub mod resources;
mod secret_key;
mod seed_list;
mod seed_script;
mod tree;

pub use compose::{SEED_KIND, compose};
pub use dotenv::{dotenv, secret_rule};
pub use error::RenderError;
pub use generated::{GENERATED_PATH, Generated};
pub use guide::{post_setup, readme};
pub use redundancy_xml::{REDUNDANCY_PATH, redundancy_xml};
pub use secret_key::{is_secret_name, key_files, secret_names};
pub use seed_script::SEED_SCRIPT;
pub use tree::{GITIGNORE, RECORD_PATH, Tree, TreeFile, tree};
