//! The incoming connections as resources (fact sheet 4.2): who is known, who waits, who is approved. Decides nothing, opens nothing.

use std::io;

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::simulator::config::collections::{CORE, LOCAL};
use crate::simulator::config::store::{Found, Store};
use crate::simulator::config::tree::{Kind, Place};
use crate::simulator::network::policy::{Approval, connection_id};

/// The resource's type.
pub(crate) const INCOMING: &str = "gateway-network-incoming";
/// Most entries that the gateway makes by itself for those who are not let in.
const WAITING_LIMIT: usize = 64;
/// Most entries at all that it makes by itself.
const LIMIT: usize = 512;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IncomingConfig {
    connection_id: String,
    security_status: Approval,
}

/// One incoming connection that is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Known {
    /// Name of the resource.
    pub(crate) name: String,
    pub(crate) collection: String,
    /// `lower(name)|uuid`.
    pub(crate) id: String,
    pub(crate) approval: Approval,
}

impl Known {
    /// A disabled entry is as good as one that waits: the simulator's choice.
    fn of((name, found): (String, Found)) -> Option<Self> {
        let config = IncomingConfig::deserialize(found.config.as_ref()).ok()?;
        let (remote, uuid) = config.connection_id.rsplit_once('|')?;
        let approval = if found.enabled { config.security_status } else { Approval::Pending };
        Some(Self { name, collection: found.collection, id: connection_id(remote, uuid), approval })
    }
}

/// Everybody who is known.
pub(crate) fn all(store: &Store) -> Vec<Known> {
    store.named("ignition", INCOMING).into_iter().filter_map(Known::of).collect()
}

/// Who is known by that id, or whose resource has that name.
pub(crate) fn find(store: &Store, id: &str) -> Option<Known> {
    let wanted = id.rsplit_once('|').map(|(name, uuid)| connection_id(name, uuid));
    all(store).into_iter().find(|k| Some(&k.id) == wanted.as_ref() || k.name == id)
}

/// Notes what has become of somebody who knocked; a new resource appears when needed. Those who are not let in find room up to a
/// limit only, because anybody can knock.
pub(crate) fn note(store: &Store, name: &str, uuid: &str, approval: Approval) -> io::Result<()> {
    let id = connection_id(name, uuid);
    let known = all(store);
    let place = match known.iter().find(|k| k.id == id) {
        Some(entry) if entry.approval == approval => return Ok(()),
        Some(entry) => place(&entry.collection, &entry.name),
        None => {
            let waiting = known.iter().filter(|k| k.approval != Approval::Approved).count();
            if known.len() >= LIMIT || (approval != Approval::Approved && waiting >= WAITING_LIMIT) {
                return Ok(());
            }
            // A backup's `core` is its master's.
            place(if store.is_backup() { LOCAL } else { CORE }, &resource_name(name, uuid))
        }
    };
    set(store, &place, &id, approval)
}

/// Approves somebody, or takes the approval back.
pub(crate) fn decide(store: &Store, known: &Known, approve: bool) -> io::Result<()> {
    let approval = if approve { Approval::Approved } else { Approval::Pending };
    set(store, &place(&known.collection, &known.name), &known.id, approval)
}

fn place(collection: &str, name: &str) -> Place {
    Place { collection: collection.to_owned(), kind: Kind::new("ignition", INCOMING), name: Some(name.to_owned()) }
}

fn set(store: &Store, place: &Place, id: &str, approval: Approval) -> io::Result<()> {
    let config = json!({"connectionId": id, "securityStatus": approval.as_str()});
    store.put(place, config, None, "gateway-network")
}

/// `<name>_<uuid>`, the name in lower case. It is foreign text and becomes a directory.
fn resource_name(name: &str, uuid: &str) -> String {
    let lower = name.to_lowercase();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    let safe: String = lower.chars().take(100).map(|c| if fits(c) { c } else { '_' }).collect();
    let uuid = Uuid::parse_str(uuid).unwrap_or_default();
    format!("{}_{uuid}", safe.trim_start_matches(['.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::config::names::is_name;
    use crate::simulator::data::DataDir;
    use crate::simulator::log::Log;
    use proptest::prelude::*;

    const UUID: &str = "6b1f6d0e-5f0e-4f0e-9f57-2f3e5b0c1a11";

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        Store::make_manifests(&data, None).unwrap();
        let store = Store::load(&data, None, false, Log::new(std::io::sink()));
        (dir, store)
    }

    #[test]
    fn one_who_knocks_appears_as_documented_and_is_approved_by_either_name() {
        let (dir, store) = store();
        note(&store, "Edge1", UUID, Approval::Pending).unwrap();
        let file = format!("config/resources/core/ignition/{INCOMING}/edge1_{UUID}/config.json");
        let text = fs_err::read_to_string(dir.path().join(file)).unwrap();
        let config: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(config, json!({"connectionId": format!("edge1|{UUID}"), "securityStatus": "PendingApproval"}));
        for id in [format!("EDGE1|{}", UUID.to_uppercase()), format!("edge1_{UUID}")] {
            let known = find(&store, &id).unwrap();
            decide(&store, &known, true).unwrap();
            assert_eq!(find(&store, &id).unwrap().approval, Approval::Approved);
            decide(&store, &known, false).unwrap();
        }
        assert_eq!(find(&store, "edge2|u"), None);
    }

    #[test]
    fn the_uninvited_find_room_up_to_a_limit() {
        let (_dir, store) = store();
        for _ in 0..WAITING_LIMIT + 5 {
            note(&store, "x", &Uuid::new_v4().to_string(), Approval::Pending).unwrap();
        }
        assert_eq!(all(&store).len(), WAITING_LIMIT);
        note(&store, "friend", UUID, Approval::Approved).unwrap();
        assert_eq!(all(&store).len(), WAITING_LIMIT + 1);
    }

    proptest! {
        #[test]
        fn any_name_makes_a_directory(name in ".{0,300}") {
            let made = resource_name(&name, UUID);
            prop_assert!(is_name(&made), "{made:?}");
        }
    }
}
