//! `redundancy.xml`: the only place that sets a node's redundancy role (fact sheet 5.1). Java properties XML.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::stack::{Node, Transport};

/// Path below the data directory (fact sheet 5.1).
pub const REDUNDANCY_PATH: &str = "redundancy.xml";

/// The `redundancy.xml` of a node. Keys that are not written keep the gateway's defaults: partial files are accepted.
///
/// Each node of a pair names the other. Only the backup dials; on the master the gateway ignores `gan.*`, and there
/// it is right once the roles are exchanged.
pub fn redundancy_xml(node: &Node, transport: Transport, gan_port: u16) -> String {
    let peer = match node {
        Node::Independent => None,
        Node::Master { backup } => Some(backup),
        Node::Backup { master } => Some(master),
    };
    let mut entries = vec![("redundancy.noderole", node.role_word().to_owned())];
    if let Some(peer) = peer {
        entries.push(("redundancy.gan.host", peer.to_string()));
        entries.push(("redundancy.gan.port", gan_port.to_string()));
        entries.push(("redundancy.gan.enableSsl", transport.is_tls().to_string()));
    }
    properties("Redundancy Settings", &entries)
}

/// Java properties in their XML form. Characters that XML 1.0 cannot hold must not occur in it; names have none.
fn properties(comment: &str, entries: &[(&str, String)]) -> String {
    let mut bytes = Vec::new();
    // Writing to memory does not fail: a Vec's writer always accepts everything.
    let written = write(&mut bytes, comment, entries);
    debug_assert!(written.is_ok(), "memory refused a write: {written:?}");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn write(bytes: &mut Vec<u8>, comment: &str, entries: &[(&str, String)]) -> io::Result<()> {
    const DOCTYPE: &str = r#"properties SYSTEM "http://java.sun.com/dtd/properties.dtd""#;
    let mut writer = Writer::new_with_indent(&mut *bytes, b' ', 0);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer.write_event(Event::DocType(BytesText::from_escaped(DOCTYPE)))?;
    writer.create_element("properties").write_inner_content(|writer| {
        writer.create_element("comment").write_text_content(BytesText::new(comment))?;
        for (key, value) in entries {
            let entry = writer.create_element("entry").with_attribute(("key", *key));
            entry.write_text_content(BytesText::new(value))?;
        }
        Ok(())
    })?;
    bytes.push(b'\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::Reader;

    use super::*;
    use crate::render::fixture;
    use crate::stack::Name;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    /// The entries of a properties document, by a reader that shares no code with the writer above.
    fn entries(xml: &str) -> Vec<(String, String)> {
        let mut reader = Reader::from_str(xml);
        let (mut found, mut key) = (Vec::new(), None);
        loop {
            match reader.read_event().unwrap() {
                Event::Start(tag) if tag.name().as_ref() == "entry" => {
                    let attribute = tag.try_get_attribute("key").unwrap().unwrap();
                    key = Some((attribute.value.to_string(), String::new()));
                }
                Event::Text(text) => {
                    if let Some((_, value)) = &mut key {
                        value.push_str(&text);
                    }
                }
                Event::GeneralRef(reference) => {
                    let raw = format!("&{};", &*reference);
                    if let Some((_, value)) = &mut key {
                        value.push_str(&quick_xml::escape::unescape(&raw).unwrap());
                    }
                }
                Event::End(tag) if tag.name().as_ref() == "entry" => found.extend(key.take()),
                Event::Eof => return found,
                _ => {}
            }
        }
    }

    #[test]
    fn golden_backup() {
        let node = Node::Backup { master: name("backend") };
        insta::assert_snapshot!(redundancy_xml(&node, Transport::Plain, 8088));
    }

    #[test]
    fn over_tls_it_says_so() {
        let xml = redundancy_xml(&Node::Backup { master: name("backend") }, Transport::Tls, Transport::Tls.port());
        let entries = entries(&xml);
        for expected in [("redundancy.gan.port", "8060"), ("redundancy.gan.enableSsl", "true")] {
            assert!(entries.contains(&(expected.0.to_owned(), expected.1.to_owned())), "{xml}");
        }
    }

    #[test]
    fn each_node_of_a_pair_names_the_other() {
        let master = redundancy_xml(&Node::Master { backup: name("hub-backup") }, Transport::Plain, 8088);
        let expected = [
            ("redundancy.noderole", "Master"),
            ("redundancy.gan.host", "hub-backup"),
            ("redundancy.gan.port", "8088"),
            ("redundancy.gan.enableSsl", "false"),
        ];
        assert_eq!(entries(&master), expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }

    #[test]
    fn a_node_without_a_pair_says_only_that() {
        let xml = redundancy_xml(&Node::Independent, Transport::Plain, 8088);
        assert_eq!(entries(&xml), [("redundancy.noderole".to_owned(), "Independent".to_owned())]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(fixture::CASES))]
        #[test]
        fn text_survives(value in "[ -~\t\nä€\u{1F600}&<>\"']{0,40}") {
            let xml = properties("a -- b", &[("host", value.clone())]);
            prop_assert_eq!(entries(&xml), vec![("host".to_owned(), value)]);
        }

        #[test]
        fn every_node_is_read_back(place in 0..3, peer in "[a-z][a-z0-9-]{0,30}", tls: bool, port: u16) {
            let node = match place {
                0 => Node::Independent,
                1 => Node::Master { backup: name(&peer) },
                _ => Node::Backup { master: name(&peer) },
            };
            let xml = redundancy_xml(&node, if tls { Transport::Tls } else { Transport::Plain }, port);
            let mut expected = vec![("redundancy.noderole", node.role_word().to_owned())];
            if node != Node::Independent {
                expected.extend([
                    ("redundancy.gan.host", peer),
                    ("redundancy.gan.port", port.to_string()),
                    ("redundancy.gan.enableSsl", tls.to_string()),
                ]);
            }
            let expected: Vec<_> = expected.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
            prop_assert_eq!(entries(&xml), expected);
        }
    }
}
