//! Names of the labels on networks, volumes, containers and images: the only state outside the project directory.

/// Name of the stack.
pub const STACK: &str = "ignition-stack.stack";
/// Random identity of the stack (UUID).
pub const STACK_ID: &str = "ignition-stack.stack-id";
/// Gateway or service that the object belongs to.
pub const MEMBER: &str = "ignition-stack.member";
/// `gateway`, `service`.
pub const KIND: &str = "ignition-stack.kind";
/// Role of a gateway: `frontend`, `hub` ...
pub const ROLE: &str = "ignition-stack.role";
/// On the backup of a pair: its master.
pub const BACKUP_OF: &str = "ignition-stack.backup-of";
/// Hash over the container's configuration.
pub const CONFIG_HASH: &str = "ignition-stack.config-hash";
/// On the data volume of a gateway: what it began with, of all that only a first start takes over (JSON).
pub const FIRST_START: &str = "ignition-stack.first-start";
/// On the data volume of a gateway: the Ignition version that it was made for (engine path only).
pub const IGNITION_VERSION: &str = "ignition-stack.ignition-version";
/// Present with value `true` on simulated gateways and their image.
pub const SIMULATED: &str = "ignition-stack.simulated";
/// Directory of the project on the machine that ran `up` (engine path only).
pub const PROJECT_DIR: &str = "ignition-stack.project-dir";
/// On the simulated gateway's image: SHA-256 of the executable in it.
pub const EXECUTABLE: &str = "ignition-stack.executable";
/// On a container that never runs and only holds the stack's volumes: `snapshot`, `restore`. On its image: `volumes`. On the volume that marks
/// a restore that is not done: `restore`.
pub const HOLDS: &str = "ignition-stack.holds";
/// On the volume that marks a restore that is not done: names of the volumes that it fills (JSON).
pub const FILLS: &str = "ignition-stack.fills";

/// Version of the program that made the object (engine path only).
pub const VERSION: &str = "ignition-stack.version";

/// On the volume that is a lease: name of the stack that is held. It stands in place of [`STACK`], because a lease is none of its data.
pub const LEASE: &str = "ignition-stack.lease";
/// On the volume that is a lease: the run that holds it, as JSON.
pub const HOLDER: &str = "ignition-stack.holder";

/// Compose's project label, set so that compose commands see the stack.
pub const COMPOSE_PROJECT: &str = "com.docker.compose.project";
/// Compose's service label.
pub const COMPOSE_SERVICE: &str = "com.docker.compose.service";
