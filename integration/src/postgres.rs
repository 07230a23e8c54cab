//! An image with a real PostgreSQL and an entrypoint that takes the official image's variables and init folder.

use crate::debian::{Files, Image, Recipe};

const ENTRYPOINT: &[u8] = include_bytes!("../images/postgres/entrypoint.sh");
/// What this server does not need: it compiles no queries.
const SUPERFLUOUS: [&str; 3] = ["./var/lib/postgresql/*", "./usr/lib/*/libLLVM*", "./usr/lib/*/libz3*"];

/// The image on this machine's engine.
#[derive(Debug)]
pub struct Postgres {
    /// Its reference.
    pub image: String,
    _image: Image,
}

impl Postgres {
    /// Builds the image; says why it cannot where debootstrap is missing or has no right to work.
    pub fn build() -> Result<Self, String> {
        let config = [
            "ENTRYPOINT [\"/usr/local/bin/entrypoint.sh\"]",
            "ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "VOLUME /var/lib/postgresql",
            "EXPOSE 5432",
        ];
        let recipe = Recipe {
            name: "ist-postgres",
            packages: "postgresql",
            without: &SUPERFLUOUS,
            config: config.map(str::to_owned).to_vec(),
        };
        let mut own = Files::new();
        own.file("usr/local/bin/entrypoint.sh", 0o755, (0, 0), ENTRYPOINT);
        let image = Image::make(&recipe, &std::process::id().to_string(), own)?;
        Ok(Self { image: image.reference.clone(), _image: image })
    }
}
