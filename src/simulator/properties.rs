//! Java properties in their XML form, as the gateway keeps `redundancy.xml` and `gateway.xml` (fact sheet 5.1, 6.1). Knows no key.

use std::collections::BTreeMap;

use quick_xml::events::{BytesDecl, BytesEnd, BytesRef, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer, XmlVersion};
use thiserror::Error;

/// Largest file that is looked at, in bytes.
pub(crate) const SIZE_LIMIT: usize = 1024 * 1024;
const DOCTYPE: &str = "properties SYSTEM \"http://java.sun.com/dtd/properties.dtd\"";

/// Why a file is not read; follows its name.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub(crate) enum PropertiesError {
    #[error("is larger than 1 MiB")]
    TooLarge,
    #[error("is not a Java properties file: {0}")]
    Malformed(String),
}

/// The entries, by key. Entities of a document type are never looked at: a reference to one is an error. Of entries with one key
/// the last counts, as in Java.
pub(crate) fn parse(bytes: &[u8]) -> Result<BTreeMap<String, String>, PropertiesError> {
    if bytes.len() > SIZE_LIMIT {
        return Err(PropertiesError::TooLarge);
    }
    read(bytes).map_err(PropertiesError::Malformed)
}

fn read(bytes: &[u8]) -> Result<BTreeMap<String, String>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8")?;
    if !text.chars().all(is_xml) {
        return Err("characters that XML does not allow".to_owned());
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut found = BTreeMap::new();
    let mut depth = 0_u8;
    let mut key = None;
    let mut value = String::new();
    let mut seen_root = false;
    loop {
        match reader.read_event().map_err(|e| e.to_string())? {
            Event::Eof => break,
            Event::Start(start) => {
                match (depth, start.name().as_ref()) {
                    (0, "properties") if !seen_root => seen_root = true,
                    (1, "comment") => {}
                    (1, "entry") => {
                        let attribute = start.try_get_attribute("key").ok().flatten();
                        let attribute = attribute.ok_or("an entry without a key")?;
                        let text = attribute.normalized_value(XmlVersion::Implicit1_0);
                        key = Some(text.map_err(|e| e.to_string())?.into_owned());
                        value.clear();
                    }
                    _ => return Err("elements must be properties with comment and entry inside".to_owned()),
                }
                depth += 1;
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if let Some(key) = key.take() {
                    found.insert(key, std::mem::take(&mut value));
                }
            }
            Event::Text(text) if key.is_some() => value.push_str(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(text) if key.is_some() => value.push_str(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(reference) => value.push(resolve(&reference)?),
            Event::Text(text) if depth < 2 && !text.trim_ascii().is_empty() => {
                return Err("text outside of an entry".to_owned());
            }
            _ => {}
        }
    }
    if seen_root && depth == 0 { Ok(found) } else { Err("no complete properties element".to_owned()) }
}

/// The entries as a file; [`parse`] gives them back. Characters that XML does not allow are left out.
pub(crate) fn write(comment: &str, entries: &BTreeMap<String, String>) -> std::io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    let line = || Event::Text(BytesText::from_escaped("\n"));
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer.write_event(line())?;
    writer.write_event(Event::DocType(BytesText::from_escaped(DOCTYPE)))?;
    writer.write_event(line())?;
    writer.create_element("properties").write_inner_content(|w| {
        w.write_event(line())?;
        w.create_element("comment").write_text_content(BytesText::from_escaped(escape(comment)))?;
        w.write_event(line())?;
        for (key, value) in entries {
            // The library's own way with attributes leaves line ends and tabs as they are.
            let start = BytesStart::from_content(format!("entry key=\"{}\"", escape(key)), "entry".len());
            w.write_event(Event::Start(start))?;
            w.write_event(Event::Text(BytesText::from_escaped(escape(value))))?;
            w.write_event(Event::End(BytesEnd::new("entry")))?;
            w.write_event(line())?;
        }
        Ok(())
    })?;
    writer.write_event(line())?;
    Ok(writer.into_inner())
}

/// Text for an attribute or an element. Line ends and tabs are references, because a reader would change them.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            other if is_xml(other) => out.push(other),
            _ => {}
        }
    }
    out
}

/// Whether XML 1.0 allows the character in a document.
pub(crate) fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The character that a reference to a predefined entity or a number stands for.
pub(crate) fn resolve(reference: &BytesRef<'_>) -> Result<char, String> {
    let name = reference.xml10_content();
    let known = match name.as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten().filter(|c| is_xml(*c)),
    };
    known.ok_or_else(|| "a reference to an entity that is not predefined".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text() -> impl Strategy<Value = String> {
        proptest::collection::vec(
            prop_oneof![
                any::<char>(),
                proptest::sample::select(vec!['&', '<', '>', '"', '\'', '\r', '\n', '\t', ' ', ']', ';'])
            ],
            0..20,
        )
        .prop_map(|chars| chars.into_iter().filter(|c| is_xml(*c)).collect())
    }

    #[test]
    fn hostile_and_broken_files_are_errors() {
        let bomb = b"<!DOCTYPE properties [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><properties><entry key=\"redundancy.noderole\">&b;</entry></properties>";
        let external = b"<!DOCTYPE properties [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><properties><comment>&x;</comment></properties>";
        let deep = "<properties>".repeat(50_000);
        let files: [&[u8]; 11] = [
            bomb,
            external,
            deep.as_bytes(),
            b"",
            b"noderole=Master",
            b"<properties><entry>x</entry></properties>",
            b"<properties><entry key=\"redundancy.noderole\">Master</properties>",
            b"\xff\xfe",
            b"<properties>",
            b"<properties><entry key=\"a\">\x01</entry></properties>",
            b"<properties><entry key=\"a\">&#1;</entry></properties>",
        ];
        for bytes in files {
            let start = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]);
            assert!(parse(bytes).is_err(), "{start}");
        }
        assert_eq!(parse(&vec![b' '; SIZE_LIMIT + 1]), Err(PropertiesError::TooLarge));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_written_is_read(entries in proptest::collection::btree_map(text(), text(), 0..6), comment in text()) {
            prop_assert_eq!(parse(&write(&comment, &entries).unwrap()).unwrap(), entries);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn no_nearly_right_file_makes_it_panic(parts in proptest::collection::vec(
            proptest::sample::select(vec!["<properties>", "</properties>", "<entry key=\"a\">", "</entry>", "<entry/>", "&#13;", "&x;", "<![CDATA[", "]]>", "<!--", "-->", "<?x", "?>", "<!DOCTYPE", "[", "x", "<comment>", "</comment>"]), 0..20)) {
            let _ = parse(parts.concat().as_bytes());
        }
    }
}
