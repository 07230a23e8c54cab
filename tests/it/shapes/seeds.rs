//! The seeds of every gateway: the list, the files beside it, and what those files say.

use std::collections::{BTreeMap, BTreeSet};

use ignition_stack::stack::{Gateway, Node};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::compose::{read, texts};
use super::{Project, each, variables};

/// A line of a list: when, what, path.
type Line<'a> = (&'a str, &'a str, &'a str);

/// The list of a gateway.
pub(super) fn list<'a>(project: &'a Project, gateway: &str) -> Vec<Line<'a>> {
    let lines = project.text(&format!("services/{gateway}/seeds")).lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let words: Vec<_> = line.split(' ').collect();
            let [when, what, path] = words[..] else { panic!("{line:?} has not three words") };
            (when, what, path)
        })
        .collect()
}

#[test]
fn every_line_has_its_file_its_secret_or_its_key_and_every_file_its_line() {
    each(|project| {
        let file = read(project);
        let known = variables(&project.dotenv);
        for gateway in &project.stack.gateways {
            let folder = format!("services/{}/data/", gateway.name);
            let files: BTreeSet<_> = project.tree.files.keys().filter_map(|path| path.strip_prefix(&folder)).collect();
            let seeding = &file["services"][format!("seed-{}", gateway.name)];
            let mut listed = BTreeSet::new();
            for (when, what, path) in list(project, gateway.name.as_str()) {
                assert!(matches!(when, "first" | "always"));
                if let Some(key) = what.strip_prefix("secret:") {
                    assert!(known.contains_key(key) && seeding["environment"].get(key).is_some(), "{key}");
                } else if let Some(key) = what.strip_prefix("key:") {
                    let mount = format!("./secrets/{key}:/seed/keys/{key}:ro");
                    assert!(texts(&seeding["volumes"]).contains(&mount.as_str()), "{mount}");
                } else {
                    assert_eq!(what, "file");
                    assert!(listed.insert(path), "{path} is there twice");
                }
            }
            assert_eq!(listed, files);
        }
    });
}

/// The entries of a properties file in XML. A tag that is not closed is an error of the reader.
fn entries(xml: &str) -> BTreeMap<String, String> {
    let mut reader = Reader::from_str(xml);
    let (mut entries, mut open) = (BTreeMap::new(), None);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == "entry" => {
                open = tag.try_get_attribute("key").unwrap().map(|key| key.value.to_string());
            }
            Event::Text(text) => {
                if let Some(key) = open.take() {
                    entries.insert(key, text.to_string());
                }
            }
            Event::Eof => return entries,
            _ => {}
        }
    }
}

fn check_redundancy(project: &Project, gateway: &Gateway) {
    let path = format!("services/{}/data/redundancy.xml", gateway.name);
    let (role, peer) = match &gateway.node {
        Node::Independent => {
            let role = ("redundancy.noderole".to_owned(), "Independent".to_owned());
            return assert_eq!(entries(project.text(&path)), BTreeMap::from([role]));
        }
        Node::Master { backup } => ("Master", backup),
        Node::Backup { master } => ("Backup", master),
    };
    let tls = project.stack.transport.is_tls();
    let expected = [
        ("redundancy.noderole", role),
        ("redundancy.gan.host", peer.as_str()),
        ("redundancy.gan.port", if tls { "8060" } else { "8088" }),
        ("redundancy.gan.enableSsl", if tls { "true" } else { "false" }),
    ];
    let expected: BTreeMap<_, _> =
        expected.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    assert_eq!(entries(project.text(&path)), expected);
}

#[test]
fn json_and_xml_are_what_they_seem_and_say_what_the_stack_says() {
    each(|project| {
        for path in project.tree.files.keys().filter(|path| path.split('.').next_back() == Some("json")) {
            let value: Value = serde_json::from_str(project.text(path)).unwrap();
            assert!(value.is_object(), "{path}");
        }
        let mut identities = BTreeSet::new();
        for gateway in &project.stack.gateways {
            check_redundancy(project, gateway);
            let folder = format!("services/{}/data/config", gateway.name);
            let identity = project.text(&format!("{folder}/local/ignition/gateway-network/uuid.txt"));
            assert!(identities.insert(identity.parse::<uuid::Uuid>().unwrap()), "two gateways of one identity");
            let connection = format!("{folder}/resources/core/ignition/database-connection/db/config.json");
            let has = project.tree.files.contains_key(&connection);
            assert_eq!(has, !gateway.attachments.is_empty());
            if has {
                let value: Value = serde_json::from_str(project.text(&connection)).unwrap();
                assert_eq!(value["connectURL"], "jdbc:postgresql://db:5432/ignition");
            }
        }
    });
}
