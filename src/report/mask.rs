//! Takes secrets out of text: each value wherever it stands, as it is and as it is written in base64, in a URL, in JSON or XML. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

/// What stands in a secret's place.
const MASK: &str = "***";

/// Forms shorter than this would be found where no secret is.
const SHORTEST_FORM: usize = 6;

/// The secrets that are to be taken out.
#[derive(Default)]
pub struct Mask {
    /// Longest first: a secret may be part of another.
    forms: Vec<String>,
}

impl Mask {
    /// Of these values: passwords, key files.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut forms: Vec<String> = values.into_iter().flat_map(forms).collect();
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self { forms }
    }

    /// The text without them.
    pub fn clean(&self, text: &str) -> String {
        self.forms
            .iter()
            .fold(text.to_owned(), |text, form| if text.contains(form) { text.replace(form, MASK) } else { text })
    }
}

fn forms(value: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    if value.is_empty() {
        return forms;
    }
    if let Ok(text) = std::str::from_utf8(value) {
        // Of a file of many lines, as a key is, each line by itself: it may be indented elsewhere.
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("-----"));
        for line in lines {
            forms.push(line.to_owned());
            let json = serde_json::Value::from(line).to_string();
            forms.push(json[1..json.len() - 1].to_owned());
            forms.push(quick_xml::escape::escape(line).into_owned());
            forms.push(percent_encode(line.as_bytes(), NON_ALPHANUMERIC).to_string());
            // As forms are encoded.
            forms.push(percent_encode(line.as_bytes(), NON_ALPHANUMERIC).to_string().replace("%20", "+"));
            forms.extend(in_base64(line.as_bytes()));
        }
    }
    forms.extend(in_base64(value));
    let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    forms.extend([hex.to_uppercase(), hex].into_iter().filter(|form| form.len() >= SHORTEST_FORM));
    forms.retain(|form| !form.is_empty());
    forms
}

/// A value in base64, wherever it begins in what was encoded (`user:password`): without the characters at both ends that its
/// neighbours have a part in.
fn in_base64(value: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for shift in 0..3_usize {
        let shifted: Vec<u8> = std::iter::repeat_n(0, shift).chain(value.iter().copied()).collect();
        let (from, whole) = ((shift * 8).div_ceil(6), shifted.len() * 8 / 6);
        for text in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            if let Some(form) = text.get(from..whole).filter(|form| form.len() >= SHORTEST_FORM) {
                forms.push(form.to_owned());
            }
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    #[test]
    fn every_form_of_a_secret_is_taken_out_and_nothing_else() {
        let secret = r#"pä ss<wo"rd/1"#;
        let mask = Mask::of([secret.as_bytes()]);
        let basic = STANDARD.encode(format!("admin:{secret}"));
        let percent = percent_encode(secret.as_bytes(), NON_ALPHANUMERIC).to_string();
        let json = serde_json::json!({ "password": secret }).to_string();
        let said = format!("a {secret} b {basic} c {percent} {json} {}", quick_xml::escape::escape(secret));
        let clean = mask.clean(&said);
        assert!(clean.starts_with("a *** b YWRtaW46") && clean.contains(r#"{"password":"***"}"#), "{clean}");
        assert!(!clean.contains("ss<") && !clean.contains("rd/1") && clean.ends_with("***"), "{clean}");
        assert_eq!(mask.clean("nothing of it here"), "nothing of it here");
    }

    #[test]
    fn a_key_is_taken_out_line_by_line_and_a_keystore_as_base64() {
        let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n";
        let keystore = [0x30, 0x82, 0xff, 0x00, 0x9b, 0x41, 0x42];
        let mask = Mask::of([key.as_bytes(), &keystore[..]]);
        let said = format!("  MIIEvQIBADANBgkq\n    hkiG9w0BAQEFAASC {}", STANDARD.encode(keystore));
        assert_eq!(mask.clean(&said).trim_end_matches(['=', '=']).matches("***").count(), 3, "{}", mask.clean(&said));
    }

    proptest! {
        #[test]
        fn no_canary_survives_any_surroundings(
            secret in "[A-Za-z0-9]{12,40}", before in "\\PC{0,20}", after in "\\PC{0,20}",
        ) {
            let mask = Mask::of([secret.as_bytes()]);
            let said = format!("{before}{secret}{after}");
            let encoded = STANDARD.encode(&said);
            prop_assert!(!mask.clean(&said).contains(&secret));
            let seen = mask.clean(&encoded);
            prop_assert!(seen.contains("***"), "{}", seen);
        }
    }
}
