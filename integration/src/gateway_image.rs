//! An image of simulated gateways in the layout of the official one: Debian with a shell, entrypoint, health script, user (fact
//! sheet 6.1). The image that `up --simulate` builds has none of these.

use crate::debian::{Files, Image, Recipe};
use crate::program;

/// Installation directory (fact sheet 6.1).
const INSTALLED: &str = "usr/local/bin/ignition";
/// User and group of the data directory, as one account of the image has them (fact sheet 6.1; the other image is 2003:2003).
const OWNER: (u64, u64) = (2003, 0);
/// The version that is played, and the image's tag with it.
const VERSION: &str = "8.3.9";
/// Directories below the data directory, parents first.
const DIRECTORIES: [&str; 6] = [
    "config",
    "config/local",
    "config/local/ignition",
    "config/local/ignition/gateway-network",
    "config/local/ignition/gateway-network/keystore",
    "config/resources",
];
const ENTRYPOINT: &[u8] = include_bytes!("../images/gateway/docker-entrypoint.sh");
const HEALTH_CHECK: &[u8] = include_bytes!("../images/gateway/health-check.sh");
const CLEAN_SETTINGS: &[u8] = include_bytes!("../images/gateway/gateway.xml_clean");
const PASSWD: &str =
    "root:x:0:0:root:/root:/bin/bash\nignition:x:2003:0:ignition:/usr/local/bin/ignition:/usr/sbin/nologin\n";

/// Builds the image with these variables in it; says why it cannot. Every process has an image of its own.
///
/// The program in it is linked statically, so that it runs whatever this machine's C library is.
pub fn build(variables: &[(&str, &str)]) -> Result<Image, String> {
    let program = program::statically_linked();
    let program = std::fs::read(program).map_err(|e| format!("{}: {e}", program.display()))?;
    let mut own = Files::new();
    own.directory(INSTALLED, 0o775, OWNER);
    own.file(&format!("{INSTALLED}/ignition-stack"), 0o755, OWNER, &program);
    for directory in ["data", "user-lib", "user-lib/jdbc", "user-lib/modules"] {
        own.directory(&format!("{INSTALLED}/{directory}"), 0o775, OWNER);
    }
    for directory in DIRECTORIES {
        own.directory(&format!("{INSTALLED}/data/{directory}"), 0o775, OWNER);
    }
    own.file(&format!("{INSTALLED}/data/gateway.xml_clean"), 0o664, OWNER, CLEAN_SETTINGS);
    own.file("usr/local/bin/docker-entrypoint.sh", 0o755, (0, 0), ENTRYPOINT);
    own.file("usr/local/bin/health-check.sh", 0o755, (0, 0), HEALTH_CHECK);
    own.file("etc/passwd", 0o644, (0, 0), PASSWD.as_bytes());
    let mut config = vec![
        "ENTRYPOINT [\"/usr/local/bin/docker-entrypoint.sh\"]".to_owned(),
        "USER 2003:0".to_owned(),
        format!("ENV IGNITION_INSTALL_LOCATION=/{INSTALLED} SIMULATED_VERSION={VERSION}"),
        "HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD health-check.sh -t 3".to_owned(),
        "EXPOSE 8088 8043 8060".to_owned(),
    ];
    config.extend(variables.iter().map(|(key, value)| format!("ENV {key}={value}")));
    let recipe = Recipe { name: "ist-gateway", packages: "", without: &["./etc/passwd", "./etc/passwd-"], config };
    Image::make(&recipe, &format!("{VERSION}-{}", std::process::id()), own)
}
