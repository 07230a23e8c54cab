//! What goes wrong while talking to a gateway. Says what happened, never what to conclude from it.

use thiserror::Error;

/// Why no client could be made for a gateway.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum GatewayError {
    /// The address is not one that HTTP can be spoken to.
    #[error("{url:?} is not the address of a gateway: {reason}")]
    BadAddress {
        /// The address as given.
        url: String,
        /// The rule that it breaks.
        reason: String,
    },
    /// The HTTP client itself cannot be set up.
    #[error("no HTTP client could be made for {url}: {reason}")]
    Client {
        /// The address as given.
        url: String,
        /// What the library said.
        reason: String,
    },
}

/// Why one fact could not be seen.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Fault {
    /// Nothing accepts connections there.
    #[error("connection not accepted: {0}")]
    Refused(String),
    /// No whole answer within the time limit.
    #[error("no answer within 3 s")]
    TimedOut,
    /// The connection broke, or what came was not HTTP.
    #[error("the answer broke off: {0}")]
    Broken(String),
    /// The answer is larger than any that a gateway gives.
    #[error("the answer is larger than 4 MiB")]
    TooLarge,
    /// An HTTP status other than 200.
    #[error("HTTP status {0}")]
    Status(u16),
    /// The route does not exist on this gateway: 8.1 has no REST API (fact sheet 2).
    #[error("not available on this version")]
    NotAvailable,
    /// The answer is not of the documented form.
    #[error("unreadable answer: {0}")]
    Malformed(String),
    /// The route needs a session and there is none.
    #[error("{0}")]
    Login(LoginFault),
}

impl Fault {
    /// Whether somebody answered, however oddly.
    pub(super) fn is_an_answer(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::TimedOut | Self::Broken(_))
    }
}

/// Why there is no session (fact sheet 2.1, login ladder).
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum LoginFault {
    /// No password is known.
    #[error("no admin password is known")]
    NoPassword,
    /// The gateway says that name or password is wrong.
    #[error("the gateway refused the admin name or password")]
    WrongPassword,
    /// The gateway has no such login: its version has no REST API.
    #[error("this version has no login of this kind")]
    NotAvailable,
    /// The login worked, yet the session is not accepted.
    #[error("the session was not accepted after a login")]
    SessionRejected,
    /// A step of the ladder did not go as documented.
    #[error("login step {step} failed: {reason}")]
    Step {
        /// Number in the ladder, from 1.
        step: u8,
        /// What happened.
        reason: String,
    },
}
