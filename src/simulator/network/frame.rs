//! The words that two simulated gateways exchange over the gateway network: JSON text frames. The real wire is not known for
//! 8.3 (fact sheet 10.13), so this one is the simulators' own. Encoding only; no sockets.

use serde::{Deserialize, Serialize};

use crate::simulator::access::login::Admin;
use crate::simulator::redundancy::machine::{Level, Recovery, Role, SyncState};

/// Version of this protocol; another one is refused.
pub(crate) const PROTOCOL: u32 = 1;
/// Largest frame, in bytes.
pub(crate) const FRAME_LIMIT: usize = 16 * 1024;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// An outgoing connection of the gateway network.
    Link,
    /// A backup's connection to its master.
    Redundancy,
}

/// Who speaks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) uuid: String,
    pub(crate) role: Role,
    pub(crate) version: String,
    pub(crate) edition: String,
    pub(crate) module_hash: String,
    /// Address that the speaker goes by.
    pub(crate) address: String,
    pub(crate) recovery: Recovery,
}

/// How the speaker fares.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Condition {
    pub(crate) level: Level,
    pub(crate) sync: SyncState,
}

/// One frame.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Frame {
    /// The first frame of both sides.
    Hello { protocol: u32, purpose: Purpose, identity: Identity, condition: Condition },
    /// The accepting side says that the connection is Running.
    Approved,
    /// Something about the speaker changed.
    Status { name: String, condition: Condition },
    /// Keep-alive question and answer.
    Ping,
    /// Answer to `Ping`.
    Pong,
    /// A backup asks for its master's configuration.
    Pull,
    /// The master's answer: what replicates (fact sheet 5.5), as far as it is simulated.
    Content { name: String, admin: Option<Admin> },
    /// The speaker will not have this connection.
    Refuse { reason: String },
}

impl Frame {
    /// The frame as text.
    pub(crate) fn encode(&self) -> String {
        // The types above hold nothing that JSON cannot express.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a frame.
    pub(crate) fn decode(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn frames_come_back() {
        let condition = Condition { level: Level::Warm, sync: SyncState::ModulesIncompatible };
        let identity = Identity {
            name: "a \"b\"".to_owned(),
            uuid: "u".to_owned(),
            role: Role::Backup,
            version: "8.3.9".to_owned(),
            edition: String::new(),
            module_hash: "h".to_owned(),
            address: "10.0.0.1".to_owned(),
            recovery: Recovery::Manual,
        };
        for frame in [
            Frame::Hello { protocol: PROTOCOL, purpose: Purpose::Redundancy, identity, condition },
            Frame::Approved,
            Frame::Status { name: "n".to_owned(), condition },
            Frame::Ping,
            Frame::Content { name: "n".to_owned(), admin: Some(Admin::new("a", "b")) },
            Frame::Refuse { reason: "r".to_owned() },
        ] {
            assert_eq!(Frame::decode(&frame.encode()).unwrap(), frame);
        }
        assert!(Frame::Status { name: String::new(), condition }.encode().contains("Modules_Incompatible"));
    }

    proptest! {
        #[test]
        fn foreign_text_is_an_error_at_most(text in ".{0,200}") {
            let _ = Frame::decode(&text);
        }
    }
}
