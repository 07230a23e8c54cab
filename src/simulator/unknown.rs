//! The simulator's choices where the fact sheet says that something is unknown (its section 10): one documented constant each,
//! so that a later finding changes one line. Whoever judges gateways must accept the other reading as well.

/// 10.12: whether `GATEWAY_NETWORK_*` is applied at every start and not only while the setting is absent. Taken: at every start, the
/// reading under which a changed variable has an effect.
pub(crate) const NETWORK_VARIABLES_AT_EVERY_START: bool = true;

/// Status of a change whose signature is stale. That it is refused is known (fact sheet 2.5), the number is not.
pub(crate) const STALE_SIGNATURE_STATUS: u16 = 409;

/// Status of the attempt to make a resource that exists. Not recorded.
pub(crate) const CONFLICT_STATUS: u16 = 409;
