//! The two images of these scenarios: made by the first that needs them, gone with the last one that holds them.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use ignition_stack_integration::debian::Image;
use ignition_stack_integration::postgres::Postgres;
use ignition_stack_integration::{gateway_image, target, telling, world};

/// Both, on the engine.
pub(crate) struct Images {
    gateway: Option<Image>,
    postgres: Postgres,
}

impl Images {
    /// Makes them, or takes part in those that are there; says why it cannot.
    pub(crate) fn hold() -> Result<Arc<Self>, String> {
        static SHARED: Mutex<Weak<Images>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(images) = shared.upgrade() {
            return Ok(images);
        }
        let began = Instant::now();
        let gateway = match target::real_image() {
            Some(_) => None,
            None => Some(gateway_image::build(&world::TIMES)?),
        };
        let images = Arc::new(Self { gateway, postgres: Postgres::build()? });
        *shared = Arc::downgrade(&images);
        telling::time("compose", "both images", began.elapsed());
        Ok(images)
    }

    /// Reference of the gateways' image: real ones where the suite is told to.
    pub(crate) fn gateway(&self) -> String {
        let made = self.gateway.as_ref().map(|image| image.reference.clone());
        made.or_else(target::real_image).unwrap_or_default()
    }

    /// Reference of the database's image.
    pub(crate) fn postgres(&self) -> &str {
        &self.postgres.image
    }
}
