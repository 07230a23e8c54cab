//! The known causes, in the order in which a start can go wrong. What is said about each stands in the table.

/// A known reason why a condition does not hold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cause {
    /// Nobody answers at the engine's endpoint.
    EngineUnreachable,
    /// The engine refused a call.
    EngineRefused,
    /// An object of a planned name is somebody else's.
    ForeignObject,
    /// A published port is in use.
    PortTaken,
    /// An image is not on the engine and cannot be pulled.
    ImageMissing,
    /// A container was made from another configuration than the record's.
    ConfigurationDiffers,
    /// A container belongs to the stack and the record does not name it.
    NotInRecord,
    /// No container of that member exists.
    ContainerMissing,
    /// Its process ended with an error (fact sheet 6).
    ContainerExited,
    /// Its process was stopped in order.
    StoppedByHand,
    /// It ends and is started again (fact sheet 6).
    CrashLoop,
    /// Killed by the kernel for its memory.
    OutOfMemory,
    /// Killed by somebody: exit code 137.
    Killed,
    /// Frozen by `pause`.
    Paused,
    /// No address on a network of the stack.
    Detached,
    /// The process runs, its port does not answer (fact sheet 1.2).
    PortNotReachable,
    /// Something else answers there (fact sheet 1.2).
    NotAGateway,
    /// Commissioning waits for an unknown step (fact sheet 1.5).
    Commissioning,
    /// The EULA was not accepted (fact sheet 1.5).
    CommissioningEula,
    /// There is no administrator (fact sheet 1.5).
    CommissioningPassword,
    /// A module's licence or certificate was not accepted (fact sheet 1.2).
    CommissioningModule,
    /// The context is FAULTED (fact sheet 1.2).
    Faulted,
    /// Still STARTING (fact sheet 1.2).
    StuckStarting,
    /// It is shutting down (fact sheet 1.2).
    Stopping,
    /// Not the planned version (fact sheet 1.3).
    VersionDiffers,
    /// Not the planned edition (fact sheet 6.2).
    EditionDiffers,
    /// Not the planned system name (fact sheet 5.4).
    NameDiffers,
    /// The admin password differs (fact sheet 2.1).
    LoginRefused,
    /// The login did not go as documented (fact sheet 2.1).
    LoginFailed,
    /// The version has no REST API (fact sheet 2).
    RestNotAvailable,
    /// A planned node is Independent (fact sheet 5.1).
    RoleIndependent,
    /// Another role than planned (fact sheet 5.1).
    RoleDiffers,
    /// The role of a pair's node that is planned as a single gateway (fact sheet 5.1).
    RoleLeftOver,
    /// The nodes of a pair do not see each other (fact sheet 2.2).
    PeerNotConnected,
    /// A host name does not resolve (fact sheet 8).
    PeerUnresolvable,
    /// Both nodes are Active (fact sheet 5.2).
    SplitBrain,
    /// No node is Active (fact sheet 5.2).
    NoActiveNode,
    /// The nodes are not in sync (fact sheet 5.2).
    SyncNotGood,
    /// The nodes' versions differ (fact sheet 5.2).
    IncompatibleVersions,
    /// The nodes' editions differ (fact sheet 5.4).
    IncompatibleEditions,
    /// The nodes' module sets differ (fact sheet 5.2).
    IncompatibleModules,
    /// The listening end answers 403 (fact sheet 4.4).
    LinkRefused,
    /// The nodes of a pair do not trust each other's certificates (fact sheet 4.4).
    PairCertificate,
    /// The dialling end does not trust the listening end's certificate (fact sheet 4.4).
    LinkCertificate,
    /// The listening end does not trust the dialling end's certificate (fact sheet 4.4).
    LinkCertificateRefused,
    /// The dialling end trusts nobody (fact sheet 4.4).
    LinkTrustEmpty,
    /// The listening end waits for approval (fact sheet 4.4).
    LinkPendingApproval,
    /// The connection is broken (fact sheet 4.4).
    LinkFaulted,
    /// The connection came back and is of no use (fact sheet 4.4).
    LinkStale,
    /// The connection is not there yet (fact sheet 4.4).
    LinkNotFormed,
    /// There is no such outgoing connection (fact sheet 4.1).
    LinkNotDefined,
    /// Two gateways have one identity (fact sheet 8).
    DuplicateIdentity,
    /// The engine's health check fails.
    ServiceUnhealthy,
    /// The health check has no result yet.
    ServiceStarting,
    /// A database connection is not valid (fact sheet 2.5).
    DatabaseInvalid,
    /// The two hours are over (fact sheet 2.3).
    TrialExpired,
    /// The licence is invalid (fact sheet 2.3).
    LicenseInvalid,
    /// A module is not loaded (fact sheet 2.3).
    ModuleQuarantined,
    /// A change waits for a restart (fact sheet 2.3).
    RestartPending,
    /// Nothing takes requests where the reverse proxy should listen.
    ProxyNotListening,
    /// The proxy knows no such route.
    RouteUnknown,
    /// The proxy has no answering gateway behind a route.
    RouteDead,
    /// A gateway's route ends at another gateway of the stack.
    RouteCrossed,
    /// Something else answers at a route.
    RouteStranger,
    /// The route of a pair reaches the standby node only.
    RouteWithoutActive,
    /// A route gave no usable answer (fact sheet 2).
    AnswerUnreadable,
}
