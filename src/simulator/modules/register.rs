//! `data/modules.json`: which third-party modules were accepted, and whether they start (fact sheet 6.1).

use std::io;

use serde_json::{Map, Value, json};

use super::file::Content;
use crate::simulator::data::DataDir;

/// Path below the data directory.
pub(crate) const FILE: &str = "modules.json";
const ENABLED: &str = "enabled";
const FILENAME: &str = "filename";
const ON_STARTUP: &str = "onStartup";
const FINGERPRINT: &str = "certFingerprint";
const LICENSE: &str = "licenseAgreementHash";

/// The file's content: identifier to entry. What is not understood stays in it.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Register(Map<String, Value>);

impl Register {
    /// Reads the file; none is an empty one.
    pub(crate) fn load(data: &DataDir) -> io::Result<Self> {
        let bytes = data.read(FILE)?;
        bytes.map_or_else(|| Ok(Self::default()), |bytes| Self::parse(&bytes))
    }

    /// Reads the content of a file.
    pub(crate) fn parse(bytes: &[u8]) -> io::Result<Self> {
        serde_json::from_slice(bytes).map(Self).map_err(|e| io::Error::other(format!("{FILE}: {e}")))
    }

    /// The content as it is written.
    pub(crate) fn to_bytes(&self) -> io::Result<Vec<u8>> {
        serde_json::to_vec_pretty(&self.0).map_err(io::Error::other)
    }

    /// Writes the file.
    pub(crate) fn save(&self, data: &DataDir) -> io::Result<()> {
        data.write(FILE, &self.to_bytes()?)
    }

    fn text(&self, id: &str, key: &str) -> Option<&str> {
        self.0.get(id)?.get(key)?.as_str()
    }

    /// Whether a module starts with the gateway; one that has no entry does.
    pub(crate) fn starts(&self, id: &str) -> bool {
        self.text(id, ON_STARTUP).is_none_or(|word| word.eq_ignore_ascii_case(ENABLED))
    }

    /// Whether exactly this certificate of the module was accepted. None needs no acceptance.
    pub(crate) fn trusts(&self, module: &Content) -> bool {
        accepted(module.certificate.as_deref(), self.text(&module.id, FINGERPRINT))
    }

    /// Whether exactly this licence agreement of the module was accepted. None needs no acceptance.
    pub(crate) fn licenses(&self, module: &Content) -> bool {
        accepted(module.license.as_deref(), self.text(&module.id, LICENSE))
    }

    /// Notes that the module's certificate is accepted.
    pub(crate) fn trust(&mut self, module: &Content, filename: &str) {
        self.note(module, filename, FINGERPRINT, module.certificate.as_deref());
    }

    /// Notes that the module's licence agreement is accepted.
    pub(crate) fn license(&mut self, module: &Content, filename: &str) {
        self.note(module, filename, LICENSE, module.license.as_deref());
    }

    fn note(&mut self, module: &Content, filename: &str, key: &str, value: Option<&str>) {
        let entry = self.0.entry(module.id.clone()).or_insert_with(|| json!({}));
        if !entry.is_object() {
            *entry = json!({});
        }
        entry[FILENAME] = json!(filename);
        if entry.get(ON_STARTUP).is_none() {
            entry[ON_STARTUP] = json!(ENABLED);
        }
        if let Some(value) = value {
            entry[key] = json!(value);
        }
    }
}

fn accepted(has: Option<&str>, noted: Option<&str>) -> bool {
    has.is_none_or(|has| noted.is_some_and(|noted| noted.eq_ignore_ascii_case(has)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content {
        Content {
            id: "com.x".to_owned(),
            name: "X".to_owned(),
            version: "1.0.0".to_owned(),
            requires: "8.3.0".to_owned(),
            certificate: Some("aa".to_owned()),
            license: Some("bb".to_owned()),
        }
    }

    #[test]
    fn what_is_accepted_is_written_in_the_documented_form_and_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        let mut register = Register::load(&data).unwrap();
        assert_eq!(register, Register::default());
        register.trust(&content(), "x.modl");
        assert!(register.trusts(&content()) && !register.licenses(&content()) && register.starts("com.x"));
        register.license(&content(), "x.modl");
        register.save(&data).unwrap();
        let written: Value = serde_json::from_slice(&fs_err::read(dir.path().join(FILE)).unwrap()).unwrap();
        let entry = json!({"filename": "x.modl", "onStartup": "enabled", "certFingerprint": "aa", "licenseAgreementHash": "bb"});
        assert_eq!(written, json!({"com.x": entry}));
        let again = Register::load(&data).unwrap();
        assert_eq!(again, register);
        assert!(again.trusts(&content()) && again.licenses(&content()));
        for other in [
            Content { certificate: Some("ac".to_owned()), ..content() },
            Content { license: Some("bc".to_owned()), ..content() },
        ] {
            assert!(
                !(again.trusts(&other) && again.licenses(&other)),
                "another certificate or licence is a new question"
            );
        }
        let nothing = Content { certificate: None, license: None, ..content() };
        assert!(Register::default().trusts(&nothing) && Register::default().licenses(&nothing));
    }

    #[test]
    fn foreign_entries_stay_and_nonsense_accepts_nothing() {
        let text = r#"{"com.other":{"a":1},"com.x":[],"com.y":{"onStartup":"disabled","certFingerprint":7}}"#;
        let mut register = Register::parse(text.as_bytes()).unwrap();
        assert!(!register.trusts(&content()) && register.starts("com.x") && !register.starts("com.y"));
        register.trust(&content(), "x.modl");
        let bytes = register.to_bytes().unwrap();
        assert!(String::from_utf8(bytes).unwrap().contains("com.other"));
        for text in ["", "[]", "{", "null"] {
            assert!(Register::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_file_makes_it_panic(value in "\\{\"com[.]x\":(\\{\"(onStartup|certFingerprint|filename)\":(\"aa\"|7|null|\\[\\])\\}|7|\"\"|null)\\}") {
            let mut register = Register::parse(value.as_bytes()).unwrap();
            let _ = (register.starts("com.x"), register.trusts(&content()));
            register.trust(&content(), "x.modl");
            register.license(&content(), "x.modl");
            proptest::prop_assert!(register.trusts(&content()) && register.licenses(&content()));
        }
    }
}
