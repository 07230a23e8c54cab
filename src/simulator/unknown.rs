//! The simulator's choices where the fact sheet says that something is unknown (its section 10): one documented constant each,
//! so that a later finding changes one line. Whoever judges gateways must accept the other reading as well.

/// 10.12: whether `GATEWAY_NETWORK_*` is applied at every start and not only while the setting is absent. Taken: at every start, the
/// reading under which a changed variable has an effect.
pub(crate) const NETWORK_VARIABLES_AT_EVERY_START: bool = true;

/// Status of a change whose signature is stale. That it is refused is known (fact sheet 2.5), the number is not.
pub(crate) const STALE_SIGNATURE_STATUS: u16 = 409;

/// Status of the attempt to make a resource that exists. Not recorded.
pub(crate) const CONFLICT_STATUS: u16 = 409;

/// 10.9: the text in `force_failover`. Taken: the word of the log line that the real gateway writes then (fact sheet 5.6).
pub(crate) const FORCE_FAILOVER: &str = "force-failover";

/// 10.9: the text in `resync_state`. Taken: what is done.
pub(crate) const RESYNC_STATE: &str = "resync requested";

/// 10.9: the key under which the objects in the items of `/redundancy/providers` hold their value, since nothing is known of them
/// but that they are objects.
pub(crate) const PROVIDER_VALUE: &str = "value";

/// 10.25: `activeMode` of the peer in `/overview`, of which only the name is known. Taken: nothing.
pub(crate) const PEER_ACTIVE_MODE: &str = "";

/// 10.25: whether a backup may change configuration while it has no master. Taken: no, since the routes that refuse on a backup name
/// its role alone.
pub(crate) const LONELY_BACKUP_HAS_CONFIG_ACCESS: bool = false;
