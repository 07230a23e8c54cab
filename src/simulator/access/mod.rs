//! Who may do what: users, the login ladder, sessions, tokens, levels and permissions. What a request asks for is the web's
//! business.

pub(crate) mod caller;
pub(crate) mod commissioning;
pub(crate) mod levels;
pub(crate) mod login;
pub(crate) mod password;
pub(crate) mod policy;
pub(crate) mod token;
pub(crate) mod users;
