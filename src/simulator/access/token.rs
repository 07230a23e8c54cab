//! API tokens: the rule that ties a secret to its hash, and what the resource says about who bears it (fact sheet 3.1, 3.2).

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::levels::{self, Level};
use super::password::same;

/// Type of the resource.
pub(crate) const API_TOKEN: &str = "api-token";
/// The only type of token.
const BASIC: &str = "basic-token";
/// Longest secret that is looked at, in characters.
const SECRET_LIMIT: usize = 1024;

/// Writes without padding, reads with and without.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What a token's resource says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Token {
    /// Only usable over TLS.
    pub(crate) secure_channel_required: bool,
    /// What its bearer is granted.
    pub(crate) levels: Vec<Level>,
    hash: String,
}

impl Token {
    /// Reads the settings of a token; the error names what is missing.
    pub(crate) fn parse(config: &Value) -> Result<Self, String> {
        let profile = config.get("profile").ok_or("profile is missing")?;
        if profile.get("type").and_then(Value::as_str) != Some(BASIC) {
            return Err(format!("profile.type must be {BASIC}"));
        }
        if profile.get("timestamp").and_then(Value::as_i64).is_none() {
            return Err("profile.timestamp must be a number of milliseconds".to_owned());
        }
        let secure = profile.get("secureChannelRequired").and_then(Value::as_bool);
        let levels = profile.get("securityLevels").ok_or("profile.securityLevels is missing")?;
        let hash = config.get("settings").and_then(|s| s.get("tokenHash")).and_then(Value::as_str);
        Ok(Self {
            secure_channel_required: secure.ok_or("profile.secureChannelRequired must be true or false")?,
            levels: levels::parse(levels).map_err(|e| format!("profile.securityLevels: {e}"))?,
            hash: hash.filter(|h| !h.is_empty()).ok_or("settings.tokenHash is missing")?.to_owned(),
        })
    }

    /// Whether that is the token's secret.
    pub(crate) fn accepts(&self, secret: &str) -> bool {
        hash(secret).is_some_and(|hash| same(hash.as_bytes(), self.hash.as_bytes()))
    }
}

/// The hash of a secret: over the bytes that it stands for, not over its text. `None` when it stands for none.
pub(crate) fn hash(secret: &str) -> Option<String> {
    if secret.is_empty() || secret.len() > SECRET_LIMIT {
        return None;
    }
    Some(BASE64URL.encode(Sha256::digest(BASE64URL.decode(secret).ok()?)))
}

/// A new secret and its hash, as `POST /api-token/generate` answers.
pub(crate) fn generate() -> Result<Value, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(json!({"key": BASE64URL.encode(bytes), "hash": BASE64URL.encode(Sha256::digest(bytes))}))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "p3wRdNxufWgMbovC14yPkr9o_GKJlno-K7c99LKexSo";
    const HASH: &str = "c4cNxcsHexJ5mlGPoinRgppto_nEj8mSnacF-ppNCjM";

    fn config() -> Value {
        json!({
            "profile": {"type": "basic-token", "secureChannelRequired": false, "timestamp": 1_754_429_526_000_u64,
                "securityLevels": [{"name": "Authenticated", "children": [{"name": "APIKEY", "children": []}]}]},
            "settings": {"tokenHash": HASH},
        })
    }

    #[test]
    fn the_vendors_test_vector_holds() {
        assert_eq!(hash(KEY).as_deref(), Some(HASH));
        let token = Token::parse(&config()).unwrap();
        assert!(token.accepts(KEY) && !token.secure_channel_required);
        assert_eq!(token.levels, Level::path(&["Authenticated", "APIKEY"]));
        // Over the text instead of the bytes it would be another one.
        assert_ne!(BASE64URL.encode(Sha256::digest(KEY)), HASH);
    }

    #[test]
    fn other_secrets_are_refused() {
        let token = Token::parse(&config()).unwrap();
        for wrong in ["", "x", HASH, &KEY[..42], &format!("{KEY}AAAA"), "\u{e4}\u{f6}", "a b", &"A".repeat(100_000)] {
            assert!(!token.accepts(wrong), "{wrong}");
        }
    }

    #[test]
    fn every_required_key_is_missed() {
        for (part, key) in [
            ("profile", "type"),
            ("profile", "secureChannelRequired"),
            ("profile", "securityLevels"),
            ("profile", "timestamp"),
            ("settings", "tokenHash"),
        ] {
            let mut config = config();
            config[part].as_object_mut().unwrap().remove(key);
            assert!(Token::parse(&config).unwrap_err().contains(key), "{key}");
        }
        assert!(Token::parse(&json!({})).is_err() && Token::parse(&json!([])).is_err());
    }

    #[test]
    fn a_generated_secret_fits_its_hash_and_is_new_each_time() {
        let (one, other) = (generate().unwrap(), generate().unwrap());
        assert_ne!(one["key"], other["key"]);
        let key = one["key"].as_str().unwrap();
        assert_eq!((key.len(), hash(key).as_deref()), (43, one["hash"].as_str()));
    }

    proptest! {
        #[test]
        fn any_text_is_hashed_or_refused(text in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = hash(&text);
            let encoded = BASE64URL.encode(&bytes);
            prop_assert_eq!(hash(&encoded).is_some(), !bytes.is_empty());
        }
    }
}
