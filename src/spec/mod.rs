//! The configuration as a person types it and as the record keeps it. What it means is decided in `stack`.

mod load;
mod model;
mod problem;

pub use load::{LoadError, dump_json, dump_yaml, load};
pub use model::{AttachmentSpec, DATABASE_ROLE, GatewaySpec, PairMode, RedundancySpec, ServiceSpec, Spec, VERSION};
pub use problem::{Problem, Problems};
