//! The administrator's password, the login ladder's one-time tokens and the sessions behind `webui-sid` (fact sheet 2.1). No HTTP.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const HASH_ROUNDS: u32 = 10_000;
/// Most ladders being climbed and most sessions; the oldest gives way.
const CAPACITY: usize = 256;
const TOKEN_LIFE: Duration = Duration::from_mins(5);
const SESSION_LIFE: Duration = Duration::from_mins(30);

/// An administrator; the password is only kept salted and hashed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Admin {
    username: String,
    salt: String,
    hash: String,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admin").field("username", &self.username).finish_non_exhaustive()
    }
}

impl Admin {
    pub(crate) fn new(username: &str, password: &str) -> Self {
        let salt = random_text();
        Self { username: username.to_owned(), hash: stretch(&salt, password), salt }
    }

    fn accepts(&self, username: &str, password: &str) -> bool {
        // The hash is always worked out, so that the time taken does not tell which of the two was wrong.
        let hash = stretch(&self.salt, password);
        let same =
            hash.bytes().zip(self.hash.bytes()).fold(hash.len() ^ self.hash.len(), |d, (a, b)| d | usize::from(a ^ b));
        same == 0 && username == self.username
    }
}

fn stretch(salt: &str, password: &str) -> String {
    let mut digest = Sha256::digest(format!("{salt}:{password}"));
    for _ in 0..HASH_ROUNDS {
        digest = Sha256::digest(digest);
    }
    hex(&digest)
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// 244 random bits as text.
fn random_text() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

/// Where a climber stands: each token is good for one step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rung {
    /// Given by the login page: fetch a challenge.
    Start,
    /// Given by the first challenge: answer it.
    Challenged,
    /// Given by a right answer: fetch the next challenge.
    Answered,
    /// Given when nothing is left to ask: exchange it for a session.
    Complete,
}

struct Ticket {
    token: String,
    state: String,
    rung: Rung,
    /// Who answered rightly; empty before.
    user: String,
    until: Duration,
}

struct Session {
    id: String,
    user: String,
    csrf: String,
    until: Duration,
}

/// Answer to `next-challenge`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Challenge {
    pub(crate) token: String,
    pub(crate) complete: bool,
}

/// Answer to `submit-challenge/basic`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Answer {
    pub(crate) token: String,
    pub(crate) success: bool,
}

/// Everybody who is logged in or about to be. Times are durations since the gateway's start.
#[derive(Default)]
pub(crate) struct Logins {
    tickets: VecDeque<Ticket>,
    sessions: VecDeque<Session>,
}

impl Logins {
    /// Step 1: a token and the state that must come back with the last one.
    pub(crate) fn begin(&mut self, now: Duration) -> (String, String) {
        let state = random_text();
        let token = self.issue(Rung::Start, state.clone(), String::new(), now);
        (token, state)
    }

    /// Steps 2 and 4.
    pub(crate) fn next_challenge(&mut self, token: &str, now: Duration) -> Option<Challenge> {
        let ticket = self.redeem(token, &[Rung::Start, Rung::Answered], now)?;
        let complete = ticket.rung == Rung::Answered;
        let rung = if complete { Rung::Complete } else { Rung::Challenged };
        Some(Challenge { token: self.issue(rung, ticket.state, ticket.user, now), complete })
    }

    /// Step 3. After a wrong answer the climber is back at the start.
    pub(crate) fn submit(
        &mut self,
        token: &str,
        username: &str,
        password: &str,
        admin: Option<&Admin>,
        now: Duration,
    ) -> Option<Answer> {
        let ticket = self.redeem(token, &[Rung::Challenged], now)?;
        let success = admin.is_some_and(|admin| admin.accepts(username, password));
        let rung = if success { Rung::Answered } else { Rung::Start };
        let user = if success { username.to_owned() } else { String::new() };
        Some(Answer { token: self.issue(rung, ticket.state, user, now), success })
    }

    /// Step 5: the value of the session cookie. The state of step 1 must come back, so the whole query has to be kept.
    pub(crate) fn finish(&mut self, token: &str, state: &str, now: Duration) -> Option<String> {
        let ticket = self.redeem(token, &[Rung::Complete], now)?;
        if ticket.state != state {
            return None;
        }
        let id = random_text();
        if self.sessions.len() >= CAPACITY {
            self.sessions.pop_front();
        }
        let csrf = random_text();
        self.sessions.push_back(Session { id: id.clone(), user: ticket.user, csrf, until: now + SESSION_LIFE });
        Some(id)
    }

    /// User and CSRF token of a live session, whose life starts anew. Step 6, and the check of every other route.
    pub(crate) fn session(&mut self, id: &str, now: Duration) -> Option<(String, String)> {
        self.sessions.retain(|s| s.until > now);
        let session = self.sessions.iter_mut().find(|s| s.id == id)?;
        session.until = now + SESSION_LIFE;
        Some((session.user.clone(), session.csrf.clone()))
    }

    fn issue(&mut self, rung: Rung, state: String, user: String, now: Duration) -> String {
        if self.tickets.len() >= CAPACITY {
            self.tickets.pop_front();
        }
        let token = random_text();
        self.tickets.push_back(Ticket { token: token.clone(), state, rung, user, until: now + TOKEN_LIFE });
        token
    }

    /// A token is gone once it was shown, even at the wrong step.
    fn redeem(&mut self, token: &str, rungs: &[Rung], now: Duration) -> Option<Ticket> {
        self.tickets.retain(|t| t.until > now);
        let at = self.tickets.iter().position(|t| t.token == token)?;
        self.tickets.remove(at).filter(|t| rungs.contains(&t.rung))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1);

    #[test]
    fn the_ladder_leads_to_a_session() {
        let admin = Admin::new("admin", "right");
        let mut l = Logins::default();
        let (t0, state) = l.begin(NOW);
        let t1 = l.next_challenge(&t0, NOW).unwrap();
        assert!(!t1.complete);
        let t2 = l.submit(&t1.token, "admin", "right", Some(&admin), NOW).unwrap();
        assert!(t2.success);
        let t3 = l.next_challenge(&t2.token, NOW).unwrap();
        assert!(t3.complete);
        let id = l.finish(&t3.token, &state, NOW).unwrap();
        assert_eq!(l.session(&id, NOW).unwrap().0, "admin");
        assert_eq!(l.session("other", NOW), None);
        assert_eq!(l.finish(&t3.token, &state, NOW), None);
        assert!(l.session(&id, NOW + SESSION_LIFE).is_none());
    }

    #[test]
    fn a_wrong_password_leads_back_to_the_start() {
        let admin = Admin::new("admin", "right");
        let mut l = Logins::default();
        for (user, password, known) in [("admin", "wrong", true), ("root", "right", true), ("admin", "right", false)] {
            let (t0, state) = l.begin(NOW);
            let t1 = l.next_challenge(&t0, NOW).unwrap();
            let t2 = l.submit(&t1.token, user, password, known.then_some(&admin), NOW).unwrap();
            assert!(!t2.success);
            let next = l.next_challenge(&t2.token, NOW).unwrap();
            assert!(!next.complete);
            assert_eq!(l.finish(&next.token, &state, NOW), None);
        }
    }

    #[test]
    fn tokens_are_one_time_in_order_and_expire() {
        let mut l = Logins::default();
        let (t0, state) = l.begin(NOW);
        assert_eq!(l.submit(&t0, "a", "b", None, NOW), None);
        assert_eq!(l.next_challenge(&t0, NOW), None);
        let (t0, _) = l.begin(NOW);
        assert_eq!(l.finish(&t0, &state, NOW), None);
        let (t0, _) = l.begin(NOW);
        assert_eq!(l.next_challenge(&t0, NOW + TOKEN_LIFE), None);
        assert_eq!(l.next_challenge("", NOW), None);
    }

    #[test]
    fn a_session_needs_the_state_of_its_own_ladder() {
        let admin = Admin::new("admin", "");
        let mut l = Logins::default();
        let (t0, _) = l.begin(NOW);
        let t1 = l.next_challenge(&t0, NOW).unwrap();
        let t2 = l.submit(&t1.token, "admin", "", Some(&admin), NOW).unwrap();
        let t3 = l.next_challenge(&t2.token, NOW).unwrap();
        assert_eq!(l.finish(&t3.token, "forged", NOW), None);
    }

    #[test]
    fn the_stores_are_bounded() {
        let mut l = Logins::default();
        let (first, _) = l.begin(NOW);
        for _ in 0..CAPACITY {
            l.begin(NOW);
        }
        assert_eq!(l.tickets.len(), CAPACITY);
        assert_eq!(l.next_challenge(&first, NOW), None);
    }

    #[test]
    fn the_password_is_neither_stored_nor_shown() {
        let admin = Admin::new("admin", "hunter2-canary");
        let stored = serde_json::to_string(&admin).unwrap();
        assert!(!stored.contains("canary") && !format!("{admin:?}").contains("canary"));
        assert_ne!(Admin::new("admin", "x"), Admin::new("admin", "x"));
        let back: Admin = serde_json::from_str(&stored).unwrap();
        assert!(back.accepts("admin", "hunter2-canary"));
    }
}
