//! The trust folders of one side (fact sheet 4.5): whose certificates are good, and where a rejected one is left for approval. Read
//! anew for each handshake, so that a file that was moved counts at once.

use std::time::SystemTime;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::simulator::data::DataDir;
use crate::simulator::network::tls::certificate::{facts, is_valid_at, read, thumbprint, to_pem};
use crate::simulator::unknown::rejected_file_name;

/// Most files looked at in one folder.
const FILES: usize = 256;
/// Most rejected certificates kept for approval.
const REJECTED: usize = 256;
/// Longest chain looked at.
const CHAIN: usize = 8;

/// Whose certificates are judged: the two sides have folders of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    /// Certificates of gateways that this one dials.
    Client,
    /// Certificates of gateways that dial this one.
    Server,
}

/// Why a certificate is not trusted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Distrust {
    /// The trust folder is empty (fact sheet 4.4).
    NoAnchors,
    /// Nobody who is trusted vouches for it; its subject.
    Unknown(String),
    /// Its time has not come or is over; its subject.
    Expired(String),
    /// No certificate at all.
    Unreadable,
}

/// The folders of one side.
pub(crate) struct Trust {
    data: DataDir,
    side: Side,
}

impl Trust {
    pub(crate) fn new(data: DataDir, side: Side) -> Self {
        Self { data, side }
    }

    fn folder(&self, below: &str) -> String {
        let side = match self.side {
            Side::Client => "client",
            Side::Server => "server",
        };
        format!("config/local/ignition/gateway-network/{side}/security/pki/{below}")
    }

    /// Judges a chain, its own certificate first. What is not trusted is left in `rejected`.
    pub(crate) fn judge(&self, chain: &[&[u8]], now: SystemTime) -> Result<(), Distrust> {
        let verdict = self.look(chain, now);
        if let (Err(_), Some(leaf)) = (&verdict, chain.first()) {
            self.reject(leaf);
        }
        verdict
    }

    fn look(&self, chain: &[&[u8]], now: SystemTime) -> Result<(), Distrust> {
        let leaf = *chain.first().ok_or(Distrust::Unreadable)?;
        let subject = facts(leaf).ok_or(Distrust::Unreadable)?.subject;
        let trusted = self.certificates("trusted/certs");
        if trusted.is_empty() {
            return Err(Distrust::NoAnchors);
        }
        if trusted.iter().any(|t| t.as_ref() == leaf) {
            return if is_valid_at(leaf, now) { Ok(()) } else { Err(Distrust::Expired(subject)) };
        }
        let leaf = CertificateDer::from(leaf);
        let mut between: Vec<_> = chain[1..].iter().take(CHAIN).map(|c| CertificateDer::from(*c)).collect();
        between.extend(self.certificates("issuers/certs"));
        let anchors: Vec<_> = trusted.iter().filter_map(|t| anchor_from_trusted_cert(t).ok()).collect();
        let usage = match self.side {
            Side::Client => KeyUsage::server_auth(),
            Side::Server => KeyUsage::client_auth(),
        };
        let now = UnixTime::since_unix_epoch(now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default());
        let algorithms = default_provider().signature_verification_algorithms.all;
        let judged = EndEntityCert::try_from(&leaf)
            .and_then(|l| l.verify_for_usage(algorithms, &anchors, &between, now, usage, None, None).map(|_| ()));
        match judged {
            Ok(()) => Ok(()),
            Err(webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. }) => {
                Err(Distrust::Expired(subject))
            }
            Err(_) => Err(Distrust::Unknown(subject)),
        }
    }

    /// The certificates in a folder, whatever its files are called.
    fn certificates(&self, below: &str) -> Vec<CertificateDer<'static>> {
        let folder = self.folder(below);
        let names = self.data.names(&folder).unwrap_or_default();
        let files = names.into_iter().take(FILES);
        files
            .filter_map(|name| self.data.read(&format!("{folder}/{name}")).ok().flatten())
            .flat_map(|b| read(&b))
            .collect()
    }

    /// Leaves the certificate for whoever wants to approve it.
    fn reject(&self, leaf: &[u8]) {
        let Some(facts) = facts(leaf) else { return };
        let folder = self.folder("rejected");
        let name = rejected_file_name(&thumbprint(leaf), facts.common_name.as_deref().unwrap_or("unknown"));
        let there = self.data.names(&folder).unwrap_or_default();
        if there.contains(&name) || there.len() >= REJECTED {
            return;
        }
        // A folder that cannot be written keeps nobody out who would be let in otherwise.
        let _ = self.data.write(&format!("{folder}/{name}"), to_pem(leaf).as_bytes());
    }
}

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;
