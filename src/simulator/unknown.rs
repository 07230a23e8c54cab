//! The simulator's choices where the fact sheet says that something is unknown (its section 10): one documented constant each,
//! so that a later finding changes one line. Whoever judges gateways must accept the other reading as well.

/// 10.1: the keys of gwinfo and their order. Taken: the eleven that are certain, in the order of fact sheet 1.4. Whoever reads them
/// goes by the key.
pub(crate) const GWINFO_KEYS: [&str; 11] = [
    "ContextStatus",
    "PlatformName",
    "Version",
    "PlatformEdition",
    "OS",
    "RuntimeVersion",
    "RedundancyStatus",
    "RedundantState",
    "RedundantNodeActiveStatus",
    "RedundantBackupAddresses",
    "RequireSsl",
];

/// 10.13: version of the gateway network's wire. That of 8.3 is not known, so this one is the simulated gateways' own; another
/// version is refused.
pub(crate) const GATEWAY_NETWORK_PROTOCOL: u32 = 1;

/// 10.15: group of the image's user and of what the image brings, 0 or 2003. Taken: 2003. Whoever puts files into a container goes by
/// the image's `User`.
pub(crate) const IMAGE_GROUP: u64 = 2003;

/// 10.16: whether a connection over TLS comes up only after a restart once its certificate was approved. Taken: no, on the next
/// attempt.
pub(crate) const CERTIFICATE_APPROVAL_NEEDS_RESTART: bool = false;

/// 10.17: whether a gateway that was never given a role writes a `redundancy.xml` that says `Independent`. Taken: no.
pub(crate) const WRITES_INDEPENDENT_REDUNDANCY_XML: bool = false;

/// 10.21: exit code of a gateway that cannot start or go on. No code of the real one is known. Taken: 1.
pub(crate) const FAILED_EXIT_CODE: u8 = 1;

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

/// 10.25: whether modules of other versions make another `moduleHash`. Taken: yes, beside other modules.
pub(crate) const MODULE_HASH_COVERS_VERSIONS: bool = true;

/// 10.25: `activeMode` of the peer in `/overview`, of which only the name is known. Taken: nothing.
pub(crate) const PEER_ACTIVE_MODE: &str = "";

/// 10.25: whether a backup may change configuration while it has no master. Taken: no, since the routes that refuse on a backup name
/// its role alone.
pub(crate) const LONELY_BACKUP_HAS_CONFIG_ACCESS: bool = false;

/// 10.14: which files in a trust folder count is decided in `network/tls/certificate.rs`: every one, whatever it is called, that holds
/// a certificate in PEM or DER. And the name that the gateway gives to a rejected certificate. Taken: the form of 8.1, `<first 7 hex of SHA-256> [<CN with
/// %3A for colon>] x1.crt.pem`; every other character that a file name or a terminal could take amiss is encoded in the same way.
pub(crate) fn rejected_file_name(sha256: &str, common_name: &str) -> String {
    let mut name = format!("{} [", &sha256[..sha256.len().min(7)]);
    for byte in common_name.bytes().take(60) {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            name.push(char::from(byte));
        } else {
            name.push('%');
            name.push_str(&crate::simulator::access::password::hex(&[byte]).to_uppercase());
        }
    }
    name + "] x1.crt.pem"
}
/// 10.5: whether a token that carries `Authenticated/Roles/Administrator` has that level. Taken: it has not, as two of three
/// sources say; whoever uses a level of its own is right under both readings.
pub(crate) const TOKENS_CAN_BE_ADMINISTRATOR: bool = false;

/// Not in section 10: whether a token holds a level that `security-levels` does not define. Taken: no, because every documented
/// way defines its level first (3.3).
pub(crate) const ONLY_DEFINED_LEVELS_COUNT: bool = true;

/// 10.6: whether `security-properties` in `external` alone counts as seeded before commissioning. Taken: no, commissioning writes
/// `core`, which overrides it.
pub(crate) const EXTERNAL_SECURITY_IS_SEEDED: bool = false;

/// 10.7: whether `security-properties` survives commissioning when it was seeded together with the user source that it names.
/// Taken: yes, and the administrator is put into that source.
pub(crate) const SEEDED_SECURITY_IS_KEPT: bool = true;

/// 10.26: whether `/openapi.json` needs read permission. Taken: yes, as every client treats it.
pub(crate) const OPENAPI_NEEDS_READ: bool = true;

/// 1.3: whether an independent gateway's gwinfo has the keys of redundancy; both were met. Taken: it has, `Independent/Good/Active`.
pub(crate) const INDEPENDENT_SHOWS_REDUNDANCY: bool = true;

/// 10.2: whether gwinfo tells modules and editions that differ from versions that do. Taken: no, since vendor scripts know only
/// `Incompatible`.
pub(crate) const GWINFO_SPELLS_OUT_INCOMPATIBILITY: bool = false;

/// 10.3: `StatusPing` of a faulted gateway. Taken: as the known bodies, with the name of the state.
pub(crate) const FAULTED_PING: &str = r#"{"state":"FAULTED"}"#;

/// 10.3: `StatusPing` of a gateway that stops. Taken: what one secondary source shows.
pub(crate) const STOPPING_PING: &str = r#"{"state":"STOPPING"}"#;

/// 10.8: the key of the sync's limit in `/redundancy/config`. Taken: that of the 8.3.8 document.
pub(crate) const SYNC_TIMEOUT_KEY: &str = "syncTimeoutSecs";

/// 10.8: the other spelling, of the vendor's sample; read as well.
pub(crate) const OTHER_SYNC_TIMEOUT_KEY: &str = "syncTimoutSecs";

/// 10.10: `status` of a connection that never was, is being made, runs, is broken. Taken: the words of the pages.
pub(crate) const LINK_STATUS: [&str; 4] = ["Defined_NeverConnected", "Connecting", "Running", "Faulted"];

/// 10.10: `direction` of a connection that this gateway opened, and of one that another opened. Taken: the presumed words.
pub(crate) const DIRECTION: [&str; 2] = ["Outgoing", "Incoming"];

/// 10.11: milliseconds in one unit of `lastSyncTimestamp`. Taken: one.
pub(crate) const LAST_SYNC_UNIT_MS: u64 = 1;

/// Not in section 10: what `DISABLE_QUICKSTART=true` leaves. Taken: the resource, written at the first start, with `finished` true;
/// `steps` is empty either way. Else it would be absent.
pub(crate) const DISABLED_QUICKSTART_IS_FINISHED: bool = true;

/// 10.19: where files of third-party modules go, below the install directory or below the data directory.
pub(crate) const MODULE_FOLDER: &str = "user-lib/modules";

/// 10.19: whether the folder below the data directory counts as well. Taken: yes, both do, the one in the data directory first.
pub(crate) const MODULE_FOLDER_IN_DATA_COUNTS: bool = true;

/// 10.18: whether white space around the identifiers in `ACCEPT_MODULE_*` is passed over. Taken: no, so that a list that works here
/// works under both readings.
pub(crate) const MODULE_LISTS_ARE_TRIMMED: bool = false;

/// 6.4: whether a later start looks at `ACCEPT_MODULE_*`. Taken: no, as for every variable of commissioning.
pub(crate) const MODULE_VARIABLES_AT_EVERY_START: bool = false;

/// 1.2: whether a third-party module that comes to a commissioned gateway, and that nobody accepted, keeps it in commissioning. Taken:
/// yes, because 1.2 makes no difference between starts; otherwise it would be in quarantine.
pub(crate) const LATER_MODULES_NEED_COMMISSIONING: bool = true;

/// 1.5: name of the wizard's step for third-party modules, and of its page. Not recorded.
pub(crate) const MODULES_STEP: (&str, &str) = ("modules", "modules");

/// Not on record: whether a module that requires an older line of Ignition (8.1 on 8.3) runs. Taken: no; one that requires an older
/// version of the same line does.
pub(crate) const MODULES_OF_OLDER_LINES_RUN: bool = false;

/// Not on record: whether a module without a certificate runs though `-Dignition.allowunsignedmodules=true` is not given. Taken: no.
pub(crate) const UNSIGNED_MODULES_RUN: bool = false;

/// Not on record: `certFingerprint` of a module's `certificates.p7b`, and `licenseAgreementHash` of its licence agreement. Taken:
/// SHA-256 in hexadecimal digits.
pub(crate) fn module_digest(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    crate::simulator::access::password::hex(&sha2::Sha256::digest(bytes))
}

/// Not on record: `state` and `onStartup` in `/modules/healthy` of a module that `modules.json` switches off.
pub(crate) const DISABLED_MODULE: (&str, &str) = ("DISABLED", "disabled");

/// Not on record: `trialState` once the trial is over. Taken: as before, because every module still is one of the trial; `expired` tells.
pub(crate) const EXPIRED_TRIAL_STATE: &str = "AllInDemo";

/// 2.3: what makes a running gateway notice a module for which it must be restarted. Taken: a scan of the configuration.
pub(crate) const CONFIG_SCAN_FINDS_MODULES: bool = true;

/// 7.5: Edge loads 22 modules; which is not on record. Taken: all that 8.3.6 has but these, which need a database connection or belong
/// to a larger plant, and none of those that came later.
pub(crate) const EDGE_LACKS: [&str; 10] = [
    "jdbc.mariadb",
    "jdbc.mssql",
    "jdbc.postgresql",
    "opcua.drivers.dnp3v2",
    "opcua.drivers.iec61850",
    "phone-notification",
    "reporting",
    "sfc",
    "sms-notification",
    "sqlbridge",
];

/// Not in section 10: which resources a restore with connections disabled disables. Taken: those of the fact sheet that connect to
/// something (7.3, 10.20), by module and type.
pub(crate) const CONNECTION_KINDS: [(&str, &str); 4] = [
    ("ignition", "gateway-network-outgoing"),
    ("ignition", "database-connection"),
    ("ignition", "opc-connection"),
    ("com.inductiveautomation.opcua", "connection"),
];

/// 4.5: whether a restore replaces the trusted certificates, also when the rest of the peer-local part stays. Taken: yes, because who
/// restores at the first start must put them into the archive as well.
pub(crate) const RESTORE_REPLACES_TRUST: bool = true;

/// Status of the attempt to restore what is no backup, or one that cannot be restored. Not recorded.
pub(crate) const BAD_BACKUP_STATUS: u16 = 422;

/// 2.3: whether a master whose backup is down also refuses a backup without the peer-local part. Taken: yes, as section 8 says it
/// of the route.
pub(crate) const LONELY_MASTER_MAKES_NO_BACKUP: bool = true;

/// 10.21, 6.4: whether the administrator of the variables is made on a gateway whose first start restores a backup. Taken: no, as on
/// one that has data; only when the backup brings nobody.
pub(crate) const RESTORED_USERS_COUNT: bool = true;
