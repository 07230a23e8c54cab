//! The words that two simulated gateways exchange over the gateway network: JSON text frames. The real wire is not known for
//! 8.3 (fact sheet 10.13), so this one is the simulators' own. Encoding only; no sockets.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::simulator::redundancy::machine::{Level, Recovery, Role, SyncState};
use crate::simulator::redundancy::talk::{self, Word};

/// Version of this protocol; another one is refused.
pub(crate) use crate::simulator::unknown::GATEWAY_NETWORK_PROTOCOL as PROTOCOL;
/// Largest frame of a link, in bytes.
const LINK_FRAME_LIMIT: usize = 16 * 1024;

const PING: &str = r#"{"type":"ping"}"#;
const PONG: &str = r#"{"type":"pong"}"#;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// An outgoing connection of the gateway network.
    Link,
    /// A backup's connection to its master.
    Redundancy,
}

impl Purpose {
    /// Largest frame on such a connection, in bytes.
    pub(crate) fn frame_limit(self) -> usize {
        match self {
            Self::Link => LINK_FRAME_LIMIT,
            Self::Redundancy => talk::FRAME_LIMIT,
        }
    }
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
    /// Milliseconds for which it has been active; zero when it is not.
    #[serde(default)]
    pub(crate) active_ms: u64,
    /// What its replicated configuration amounts to; zero when it does not know.
    #[serde(default)]
    pub(crate) content: u64,
}

/// One frame.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Frame {
    /// The first frame of both sides.
    Hello { protocol: u32, purpose: Purpose, identity: Identity, condition: Condition },
    /// The accepting side says that the connection is Running, and how it fares now that it counts.
    Approved { condition: Condition },
    /// Something about the speaker changed.
    Status { name: String, condition: Condition },
    /// Keep-alive question and answer.
    Ping,
    /// Answer to `Ping`.
    Pong,
    /// What the two nodes of a pair say to each other.
    Redundancy { content: Word },
    /// The speaker will not have this connection.
    Refuse { reason: String },
}

impl Frame {
    /// The frame as text. The two that are sent all the time are not made anew.
    pub(crate) fn encode(&self) -> Cow<'static, str> {
        match self {
            Self::Ping => Cow::Borrowed(PING),
            Self::Pong => Cow::Borrowed(PONG),
            // The types above hold nothing that JSON cannot express.
            other => Cow::Owned(serde_json::to_string(other).unwrap_or_default()),
        }
    }

    /// Reads a frame.
    pub(crate) fn decode(text: &str) -> Result<Self, serde_json::Error> {
        match text {
            PING => Ok(Self::Ping),
            PONG => Ok(Self::Pong),
            other => serde_json::from_str(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn frames_come_back() {
        let condition =
            Condition { level: Level::Warm, sync: SyncState::ModulesIncompatible, active_ms: 1, content: u64::MAX };
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
            Frame::Approved { condition },
            Frame::Status { name: "n".to_owned(), condition },
            Frame::Ping,
            Frame::Pong,
            Frame::Redundancy { content: Word::Pull { from: 0 } },
            Frame::Refuse { reason: "r".to_owned() },
        ] {
            assert_eq!(Frame::decode(&frame.encode()).unwrap(), frame);
        }
        for (frame, text) in [(Frame::Ping, PING), (Frame::Pong, PONG)] {
            assert_eq!(serde_json::to_string(&frame).unwrap(), text);
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
