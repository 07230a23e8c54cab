//! `module.xml`, in which a module says what it is. Its form is that of the maker's development kit; the fact sheet has none.

use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};

use crate::simulator::properties;

/// Largest `module.xml`, in bytes.
pub(super) const SIZE_LIMIT: u64 = 1024 * 1024;
/// Longest text of one of its elements, in characters.
const TEXT_LIMIT: usize = 255;
/// Deepest element.
const DEPTH_LIMIT: usize = 64;

/// What it says; what is missing is empty.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Descriptor {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    /// The oldest Ignition that it runs on.
    pub(super) requires: String,
    /// Name of the entry with the licence agreement.
    pub(super) license: String,
}

impl Descriptor {
    /// Reads one. Of several modules, and of several elements of one name, the first counts. Entities of a document type are an
    /// error.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "has a module.xml that is not UTF-8")?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut found = Self::default();
        let mut path: Vec<String> = Vec::new();
        let mut value = String::new();
        let mut complete = false;
        loop {
            match reader.read_event().map_err(|e| format!("has a module.xml that is not XML: {e}"))? {
                Event::Eof => break,
                Event::Start(start) => {
                    if path.len() >= DEPTH_LIMIT {
                        return Err("has a module.xml that is nested too deeply".to_owned());
                    }
                    path.push(start.name().as_ref().to_ascii_lowercase());
                    value.clear();
                }
                Event::End(_) => {
                    if !complete && let Some(field) = found.field(&path) {
                        keep(field, &value);
                    }
                    complete |= is_module(&path);
                    path.pop();
                    value.clear();
                }
                Event::Text(text) => value.push_str(&text.xml_content(XmlVersion::Implicit1_0)),
                Event::CData(text) => value.push_str(&text.xml_content(XmlVersion::Implicit1_0)),
                Event::GeneralRef(reference) => {
                    value.push(properties::resolve(&reference).map_err(|e| format!("has a module.xml with {e}"))?);
                }
                _ => {}
            }
        }
        if complete { Ok(found) } else { Err("has a module.xml without a complete module".to_owned()) }
    }

    fn field(&mut self, path: &[String]) -> Option<&mut String> {
        let (element, parents) = path.split_last()?;
        if !is_module(parents) {
            return None;
        }
        match element.as_str() {
            "id" => Some(&mut self.id),
            "name" => Some(&mut self.name),
            "version" => Some(&mut self.version),
            "requiredignitionversion" => Some(&mut self.requires),
            "license" => Some(&mut self.license),
            _ => None,
        }
    }
}

/// Whether a path of elements is that of a module: the root, or in the list that is the root.
fn is_module(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(path.as_slice(), ["module"] | ["modules", "module"])
}

/// Keeps the first text, on one line and bounded.
fn keep(field: &mut String, value: &str) {
    if field.is_empty() {
        let one_line = value.trim().chars().take(TEXT_LIMIT).map(|c| if c.is_control() { ' ' } else { c });
        *field = one_line.collect();
    }
}

/// Whether a text can be a module's identifier.
pub(crate) fn is_identifier(text: &str) -> bool {
    let proper = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (1..=200).contains(&text.len()) && text.chars().all(proper) && !text.starts_with('.') && !text.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_module_is_read_in_both_forms() {
        let module = "<module><id>com.x.y</id><name>X &amp; Y</name><description>d<b>id</b></description>\
             <version> 1.2.3 </version><requiredIgnitionVersion>8.3.0</requiredIgnitionVersion>\
             <requiredframeworkversion>8</requiredframeworkversion><license>license.html</license>\
             <depends scope=\"G\">com.z</depends><jar scope=\"G\"><id>no</id></jar></module>";
        let expected = Descriptor {
            id: "com.x.y".to_owned(),
            name: "X & Y".to_owned(),
            version: "1.2.3".to_owned(),
            requires: "8.3.0".to_owned(),
            license: "license.html".to_owned(),
        };
        let other = "<module><id>com.other</id></module>";
        for text in [
            module.to_owned(),
            format!("\u{feff}<?xml version=\"1.0\"?><modules>{module}{other}</modules>"),
            module.replace("requiredIgnitionVersion", "requiredignitionversion"),
        ] {
            assert_eq!(Descriptor::parse(text.as_bytes()).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_descriptor_is_an_error() {
        let deep = "<module>".repeat(100);
        for text in [
            "",
            "text",
            "<module>",
            "<modules></modules>",
            "<other><module/></other>",
            "<module><id>&evil;</id></module>",
            &deep,
        ] {
            assert!(Descriptor::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Descriptor::parse(b"<module>\xff</module>").is_err());
        assert_eq!(Descriptor::parse(b"<module/>").unwrap(), Descriptor::default());
    }

    #[test]
    fn identifiers_lead_nowhere() {
        assert!(is_identifier("com.cirruslink.mqtt.engine.gateway") && is_identifier("a-B_9"));
        for bad in ["", "..", "a/b", "a..b", ".a", "a b", "a\u{e4}", &"a".repeat(201)] {
            assert!(!is_identifier(bad), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(<[/]?(modules?|id|name|license)( [a-z]=\"x\")?>|[a-z&;<>!\\[\\]-]{0,6}|\\PC{0,3}){0,24}") {
            let _ = Descriptor::parse(text.as_bytes());
        }
    }
}
