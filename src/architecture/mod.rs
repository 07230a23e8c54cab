//! A few words -> a spec: the three architectures (product reference, section 3). Pure.

mod basic;
mod change;
mod choice;
mod gateway;
mod hub_and_spoke;
mod proxy_words;
mod redundant;
mod scale_out;
#[cfg(test)]
mod tests;

pub use change::change;
pub use choice::{Choice, Database};
pub use proxy_words::{ProxyWord, ProxyWords};
pub use redundant::make_redundant;

use crate::catalog::{image, service};
use crate::spec::{AttachmentSpec, DATABASE_ROLE, Problems, ServiceSpec, Spec, VERSION};
use crate::stack::{Architecture, Edition};

/// Id of the database that an architecture brings.
const DATABASE_ID: &str = "db";

/// Ports above this one are left for backups and people's own use.
const MAX_PORT: u32 = 65_535;

/// The spec of a choice, or every reason why it cannot be.
pub fn build(choice: &Choice) -> Result<Spec, Problems> {
    let shape = choice.check()?;
    let gateways = match choice.architecture {
        Architecture::Basic => basic::gateways(choice, &shape),
        Architecture::ScaleOut => scale_out::gateways(choice, &shape),
        Architecture::HubAndSpoke => hub_and_spoke::gateways(choice, &shape),
    };
    let mut spec = Spec {
        version: VERSION,
        name: choice.name.clone(),
        stack_id: choice.stack_id,
        architecture: choice.architecture,
        ignition_image: Some(choice.image.clone().unwrap_or_else(|| image::official(image::DEFAULT_VERSION))),
        timezone: choice.timezone.clone(),
        admin_username: choice.admin_username.clone(),
        gateway_network: choice.gateway_network.unwrap_or_default(),
        network_split: choice.network_split,
        bind_address: choice.bind_address.clone(),
        reverse_proxy: shape.proxy,
        gateways,
        service_instances: Vec::new(),
    };
    attach_database(&mut spec, choice.database.unwrap_or_default());
    Ok(spec)
}

/// The database goes to every gateway that may hold one; when none may, there is none.
fn attach_database(spec: &mut Spec, database: Database) {
    let Some(manifest) = database.slug().and_then(service::find) else { return };
    for gateway in spec.gateways.iter_mut().filter(|g| g.ignition_edition != Edition::Edge) {
        gateway.services.push(AttachmentSpec { instance: DATABASE_ID.to_owned(), role: DATABASE_ROLE.to_owned() });
    }
    if spec.gateways.iter().any(|g| !g.services.is_empty()) {
        spec.service_instances.push(ServiceSpec {
            id: DATABASE_ID.to_owned(),
            service: manifest.slug.clone(),
            image: None,
            env: indexmap::IndexMap::new(),
        });
    }
}
