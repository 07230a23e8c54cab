//! The configuration as a person types it and as the record keeps it. What it means is decided in `stack`.

mod document;
mod dump;
mod load;
mod model;
mod place;
mod predecessor;
mod problem;
mod read;
mod reader;
mod schema;

pub use dump::{dump_json, dump_yaml};
pub use load::{Loaded, load, load_and_judge};
pub use model::{
    AttachmentSpec, DATABASE_ROLE, GatewaySpec, PairMode, RedundancySpec, ReverseProxySpec, ServiceSpec, Spec, VERSION,
};
pub use place::{Excerpt, Place};
pub use predecessor::{Password, PasswordOf};
pub use problem::{Problem, Problems};
pub(crate) use reader::unknown;
pub use schema::schema;
