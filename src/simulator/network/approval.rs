//! Decisions about who is let in, with what follows from them: the entry in the configuration, the line in the log.

use crate::simulator::network::incoming;
use crate::simulator::network::policy::{Approval, Refused, admit};
use crate::simulator::node::Node;

/// Most different refusals that are logged.
const REFUSED_LIMIT: usize = 256;
const LOGGER: &str = "gateway-network";

impl Node {
    /// Decides about a caller. Whoever is not let in for the sake of the policy gets an entry that says so (fact sheet 4.4).
    pub(crate) fn admit(&self, secure: bool, name: &str, uuid: &str) -> Result<(), Refused> {
        let decision = self.would_admit(secure, name, uuid);
        let left = match decision {
            Err(Refused::NotApproved) => incoming::note(&self.store, name, uuid, Approval::Pending),
            Err(Refused::NotOnWhiteList) => incoming::note(&self.store, name, uuid, Approval::NotOnWhiteList),
            Ok(()) | Err(Refused::RequiresSsl | Refused::IncomingNotAllowed) => Ok(()),
        };
        self.saved(left);
        decision
    }

    /// Whether a caller would be let in now. Leaves nothing behind.
    pub(crate) fn would_admit(&self, secure: bool, name: &str, uuid: &str) -> Result<(), Refused> {
        let known = incoming::find(&self.store, &format!("{name}|{uuid}")).map(|k| k.approval);
        admit(&self.network_settings(), secure, name, known)
    }

    /// Somebody was let in: the entry says so, whoever or whatever approved it.
    pub(crate) fn admitted(&self, name: &str, uuid: &str) {
        self.saved(incoming::note(&self.store, name, uuid, Approval::Approved));
    }

    fn saved(&self, result: std::io::Result<()>) {
        if let Err(e) = result {
            self.setup.log.error(LOGGER, &format!("incoming connection could not be saved: {e}"));
        }
    }

    /// Logs a refusal, but not again and again: a dialler that is refused comes back.
    pub(crate) fn refused_once(&self, who: &str, why: &str) {
        let mut state = self.state();
        let news = state.refused.len() < REFUSED_LIMIT && state.refused.insert((who.to_owned(), why.to_owned()));
        drop(state);
        if news {
            self.setup.log.warn(LOGGER, &format!("Refused the gateway network connection of {who}: {why}"));
        }
    }
}
