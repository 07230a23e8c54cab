//! Takes secrets out of text: each value wherever it stands, as it is and as it is written in base64, hexadecimal digits, a URL, a form,
//! JSON, XML, or made harmless for a terminal. Pure.

use std::fmt::Write as _;

use aho_corasick::{AhoCorasick, BuildError};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::foreign::harmless;

/// What stands in a secret's place.
const MASK: &str = "***";

/// Encoded forms shorter than this would be found where no secret is.
const SHORTEST_FORM: usize = 6;

/// What the encoders of URLs and forms leave as it is: all of them letters and digits, and each some more.
const PLAIN_IN_URLS: [&AsciiSet; 4] = [
    NON_ALPHANUMERIC,
    // RFC 3986.
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~'),
    // Forms: java.net.URLEncoder.
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*'),
    // encodeURIComponent.
    &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b'!')
        .remove(b'*')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')'),
];

/// The secrets that are to be taken out.
pub struct Mask {
    forms: AhoCorasick,
}

impl Mask {
    /// Of these values: passwords, key files.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, BuildError> {
        let mut forms: Vec<String> = values.into_iter().flat_map(forms).collect();
        forms.sort();
        forms.dedup();
        Ok(Self { forms: AhoCorasick::new(forms)? })
    }

    /// The text without them. Where two of them overlap, both are taken out.
    pub fn clean(&self, text: &str) -> String {
        let mut found: Vec<_> = self.forms.find_overlapping_iter(text).map(|found| found.range()).collect();
        found.sort_by_key(|range| range.start);
        let mut clean = String::with_capacity(text.len());
        let mut from = 0;
        let mut found = found.into_iter().peekable();
        while let Some(mut range) = found.next() {
            while let Some(next) = found.next_if(|next| next.start < range.end) {
                range.end = range.end.max(next.end);
            }
            clean.push_str(&text[from..range.start]);
            clean.push_str(MASK);
            from = range.end;
        }
        clean + &text[from..]
    }
}

fn forms(value: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    if let Ok(text) = std::str::from_utf8(value) {
        // Of a file of many lines, as a key is, each line by itself: it may be indented elsewhere.
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("-----"));
        lines.for_each(|line| of_line(line, &mut forms));
    }
    forms.extend(in_base64(value));
    forms.extend(in_hexadecimal(value));
    forms.retain(|form| !form.is_empty());
    forms
}

fn of_line(line: &str, forms: &mut Vec<String>) {
    forms.push(line.to_owned());
    forms.push(harmless(line).into_owned());
    let json = in_json(line);
    // A text of JSON is a string in another one where a log line is told.
    forms.push(in_json(&json));
    forms.extend(in_escaped_json(line));
    forms.push(json);
    forms.push(quick_xml::escape::escape(line).into_owned());
    forms.push(quick_xml::escape::partial_escape(line).into_owned());
    for plain in PLAIN_IN_URLS {
        let url = percent_encode(line.as_bytes(), plain).to_string();
        let lower = lower_digits(&url);
        // As forms are encoded.
        forms.extend([url.replace("%20", "+"), lower.replace("%20", "+"), url, lower]);
    }
    forms.extend(in_base64(line.as_bytes()));
    forms.extend(in_hexadecimal(line.as_bytes()));
}

fn in_json(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json[1..json.len() - 1].to_owned()
}

/// What other writers of JSON escape beyond what they have to: all but ASCII, what HTML reads, the slash.
fn in_escaped_json(line: &str) -> [String; 3] {
    let escaped = |also: fn(char) -> bool| {
        let mut text = String::new();
        for c in line.chars() {
            if also(c) {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(text, "\\u{unit:04x}");
                }
            } else {
                text.push_str(&in_json(&c.to_string()));
            }
        }
        text
    };
    let html = |c| matches!(c, '<' | '>' | '&' | '=' | '\'');
    [escaped(html), escaped(|c| !c.is_ascii()), in_json(line).replace('/', "\\/")]
}

/// `%2F` as `%2f`.
fn lower_digits(url: &str) -> String {
    let mut parts = url.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (digits, rest) = part.split_at(2.min(part.len()));
        text + "%" + &digits.to_lowercase() + rest
    })
}

fn in_hexadecimal(value: &[u8]) -> impl Iterator<Item = String> {
    let lower = value.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    [lower.to_uppercase(), lower].into_iter().filter(|form| form.len() >= SHORTEST_FORM)
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
        let mask = Mask::of([secret.as_bytes()]).unwrap();
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
    fn each_encoder_of_the_world_is_known() {
        let secret = "a-b_c.d~e*f g/h<i&j=k'ö(1)\u{202e}";
        let mask = Mask::of([secret.as_bytes()]).unwrap();
        for written in [
            secret,
            // RFC 3986, forms of Java, encodeURIComponent, and all that is not a letter or a digit; in both cases of digits.
            "a-b_c.d~e%2Af%20g%2Fh%3Ci%26j%3Dk%27%C3%B6%281%29%E2%80%AE",
            "a-b_c.d%7ee*f+g%2fh%3ci%26j%3dk%27%c3%b6%281%29%e2%80%ae",
            "a-b_c.d~e*f%20g%2Fh%3Ci%26j%3Dk'%C3%B6(1)%E2%80%AE",
            "a%2Db%5Fc%2Ed%7Ee%2Af%20g%2Fh%3Ci%26j%3Dk%27%C3%B6%281%29%E2%80%AE",
            // JSON: for HTML, in ASCII, with slashes escaped.
            "a-b_c.d~e*f g/h\\u003ci\\u0026j\\u003dk\\u0027ö(1)\u{202e}",
            "a-b_c.d~e*f g/h<i&j=k'\\u00f6(1)\\u202e",
            "a-b_c.d~e*f g\\/h<i&j=k'ö(1)\u{202e}",
            // XML, and what a terminal is shown.
            "a-b_c.d~e*f g/h&lt;i&amp;j=k&apos;ö(1)\u{202e}",
            "a-b_c.d~e*f g/h<i&j=k'ö(1)\\u{202e}",
        ] {
            assert_eq!(mask.clean(&format!("<{written}>")), "<***>", "{written}");
        }
    }

    #[test]
    fn json_in_json_is_still_masked_and_overlapping_secrets_leave_nothing() {
        let secret = r#"qu"o\te/9"#;
        let mask = Mask::of([secret.as_bytes()]).unwrap();
        let inner = serde_json::json!({ "p": secret }).to_string();
        let outer = serde_json::json!({ "line": inner }).to_string();
        assert_eq!(mask.clean(&outer), r#"{"line":"{\"p\":\"***\"}"}"#);
        let two = Mask::of([b"abcdef".as_slice(), b"defghi", b"e"]).unwrap();
        assert_eq!(two.clean("x abcdefghi y abcdefabcdef z"), "x *** y ****** z");
        assert_eq!(Mask::of([]).unwrap().clean("as it is"), "as it is");
    }

    #[test]
    fn a_key_is_taken_out_line_by_line_and_a_keystore_as_base64() {
        let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n";
        let keystore = [0x30, 0x82, 0xff, 0x00, 0x9b, 0x41, 0x42];
        let mask = Mask::of([key.as_bytes(), &keystore[..]]).unwrap();
        let said = format!("  MIIEvQIBADANBgkq\n    hkiG9w0BAQEFAASC {}", STANDARD.encode(keystore));
        assert_eq!(mask.clean(&said).trim_end_matches(['=', '=']).matches("***").count(), 3, "{}", mask.clean(&said));
    }

    proptest! {
        #[test]
        fn no_canary_survives_any_surroundings(
            secret in "[A-Za-z0-9]{12,40}", before in "\\PC{0,20}", after in "\\PC{0,20}",
        ) {
            let mask = Mask::of([secret.as_bytes()]).unwrap();
            let said = format!("{before}{secret}{after}");
            let encoded = STANDARD.encode(&said);
            prop_assert!(!mask.clean(&said).contains(&secret));
            let seen = mask.clean(&encoded);
            prop_assert!(seen.contains("***"), "{}", seen);
        }
    }
}
