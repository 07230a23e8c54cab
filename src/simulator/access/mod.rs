//! Who may do what: the administrator, the login ladder, sessions. What a request asks for is the web's business.

pub(crate) mod caller;
pub(crate) mod login;
