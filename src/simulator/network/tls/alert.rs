//! The words in which the gateway tells that TLS failed: those of Java, as far as they are known (fact sheet 4.4). Pure.

use std::io;

use rustls::{AlertDescription, Error};

use crate::simulator::network::tls::trust::{Distrust, Side};

/// What the other side's alert reads like.
fn alert(description: AlertDescription) -> String {
    let words = format!("{description:?}");
    let mut text = String::from("SSLHandshakeException: Received fatal alert: ");
    for (n, c) in words.char_indices() {
        if c.is_ascii_uppercase() && n > 0 && !words[..n].ends_with(|b: char| b.is_ascii_uppercase()) {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

/// A TLS error as the gateway words it.
pub(crate) fn words(error: &Error) -> String {
    match error {
        Error::AlertReceived(description) => alert(*description),
        Error::InvalidMessage(_) => "SSLException: Unsupported or unrecognized SSL message".to_owned(),
        other => format!("SSLHandshakeException: {other}"),
    }
}

/// The TLS error within an I/O error, as the gateway words it.
pub(crate) fn within(error: &io::Error) -> Option<String> {
    let inner = error.get_ref()?;
    let tls = inner.downcast_ref::<Error>().or_else(|| inner.source()?.downcast_ref::<Error>())?;
    Some(words(tls))
}

/// Why a certificate is not trusted, in the gateway's words. What the documentation leaves out of the long one is ours.
pub(crate) fn distrust(why: &Distrust, side: Side) -> String {
    let (whose, folder) = match side {
        Side::Client => ("server", "client"),
        Side::Server => ("client", "server"),
    };
    match why {
        Distrust::NoAnchors => {
            "InvalidAlgorithmParameterException: the trustAnchors parameter must be non-empty".to_owned()
        }
        Distrust::Unknown(subject) => format!(
            "No approved certificate could be found in the certificates folder! Before this connection can be made, the {whose} \
             certificate '{subject}' must be moved from gateway-network/{folder}/security/pki/rejected to trusted/certs"
        ),
        Distrust::Expired(subject) => {
            format!("CertificateExpiredException: the {whose} certificate '{subject}' is not valid at this time")
        }
        Distrust::Unreadable => format!("CertificateException: the {whose} certificate cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_read_as_in_java() {
        for (description, word) in [
            (AlertDescription::CertificateUnknown, "certificate_unknown"),
            (AlertDescription::CertificateRequired, "certificate_required"),
            (AlertDescription::UnknownCA, "unknown_ca"),
            (AlertDescription::HandshakeFailure, "handshake_failure"),
        ] {
            let text = words(&Error::AlertReceived(description));
            assert_eq!(text, format!("SSLHandshakeException: Received fatal alert: {word}"));
            let wrapped = io::Error::new(io::ErrorKind::InvalidData, Error::AlertReceived(description));
            assert_eq!(within(&wrapped).as_deref(), Some(text.as_str()));
        }
        assert_eq!(within(&io::Error::other("x")), None);
    }

    #[test]
    fn the_documented_words_are_there() {
        let text = distrust(&Distrust::Unknown("CN=master:8060, OU=GatewayNetwork".to_owned()), Side::Client);
        assert!(text.starts_with("No approved certificate could be found in the certificates folder!"));
        assert!(text.contains("the server certificate 'CN=master:8060, OU=GatewayNetwork"));
        assert!(distrust(&Distrust::NoAnchors, Side::Client).contains("the trustAnchors parameter must be non-empty"));
    }
}
