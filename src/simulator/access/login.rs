//! The login ladder's one-time tokens and the sessions behind `webui-sid` (fact sheet 2.1). Passwords are checked elsewhere.

use std::collections::VecDeque;
use std::time::Duration;

use super::password::random_text;
use super::users::Person;

/// Most ladders being climbed and most sessions; the oldest gives way.
const CAPACITY: usize = 256;
const TOKEN_LIFE: Duration = Duration::from_mins(5);
const SESSION_LIFE: Duration = Duration::from_mins(30);

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
    /// Who answered rightly.
    person: Option<Person>,
    until: Duration,
}

struct Session {
    id: String,
    person: Person,
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
        let token = self.issue(Rung::Start, state.clone(), None, now);
        (token, state)
    }

    /// Steps 2 and 4.
    pub(crate) fn next_challenge(&mut self, token: &str, now: Duration) -> Option<Challenge> {
        let ticket = self.redeem(token, &[Rung::Start, Rung::Answered], now)?;
        let complete = ticket.rung == Rung::Answered;
        let rung = if complete { Rung::Complete } else { Rung::Challenged };
        Some(Challenge { token: self.issue(rung, ticket.state, ticket.person, now), complete })
    }

    /// Step 3. `check` tells who the answer shows; after a wrong one the climber is back at the start.
    pub(crate) fn submit(
        &mut self,
        token: &str,
        check: impl FnOnce() -> Option<Person>,
        now: Duration,
    ) -> Option<Answer> {
        let ticket = self.redeem(token, &[Rung::Challenged], now)?;
        let person = check();
        let success = person.is_some();
        let rung = if success { Rung::Answered } else { Rung::Start };
        Some(Answer { token: self.issue(rung, ticket.state, person, now), success })
    }

    /// Step 5: the value of the session cookie. The state of step 1 must come back, so the whole query has to be kept.
    pub(crate) fn finish(&mut self, token: &str, state: &str, now: Duration) -> Option<String> {
        let ticket = self.redeem(token, &[Rung::Complete], now)?;
        if ticket.state != state {
            return None;
        }
        let person = ticket.person?;
        let id = random_text();
        if self.sessions.len() >= CAPACITY {
            self.sessions.pop_front();
        }
        let csrf = random_text();
        self.sessions.push_back(Session { id: id.clone(), person, csrf, until: now + SESSION_LIFE });
        Some(id)
    }

    /// Person and CSRF token of a live session, whose life starts anew. Step 6, and the check of every other route.
    pub(crate) fn session(&mut self, id: &str, now: Duration) -> Option<(Person, String)> {
        self.sessions.retain(|s| s.until > now);
        let session = self.sessions.iter_mut().find(|s| s.id == id)?;
        session.until = now + SESSION_LIFE;
        Some((session.person.clone(), session.csrf.clone()))
    }

    fn issue(&mut self, rung: Rung, state: String, person: Option<Person>, now: Duration) -> String {
        if self.tickets.len() >= CAPACITY {
            self.tickets.pop_front();
        }
        let token = random_text();
        self.tickets.push_back(Ticket { token: token.clone(), state, rung, person, until: now + TOKEN_LIFE });
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

    #[allow(clippy::unnecessary_wraps, reason = "it stands for a check that may fail")]
    fn admin() -> Option<Person> {
        Some(Person { name: "admin".to_owned(), roles: Vec::new() })
    }

    #[test]
    fn the_ladder_leads_to_a_session() {
        let mut l = Logins::default();
        let (t0, state) = l.begin(NOW);
        let t1 = l.next_challenge(&t0, NOW).unwrap();
        assert!(!t1.complete);
        let t2 = l.submit(&t1.token, admin, NOW).unwrap();
        assert!(t2.success);
        let t3 = l.next_challenge(&t2.token, NOW).unwrap();
        assert!(t3.complete);
        let id = l.finish(&t3.token, &state, NOW).unwrap();
        assert_eq!(l.session(&id, NOW).unwrap().0, admin().unwrap());
        assert_eq!(l.session("other", NOW), None);
        assert_eq!(l.finish(&t3.token, &state, NOW), None);
        assert!(l.session(&id, NOW + SESSION_LIFE).is_none());
    }

    #[test]
    fn a_wrong_password_leads_back_to_the_start() {
        let mut l = Logins::default();
        let (t0, state) = l.begin(NOW);
        let t1 = l.next_challenge(&t0, NOW).unwrap();
        let t2 = l.submit(&t1.token, || None, NOW).unwrap();
        assert!(!t2.success);
        let next = l.next_challenge(&t2.token, NOW).unwrap();
        assert!(!next.complete);
        assert_eq!(l.finish(&next.token, &state, NOW), None);
    }

    #[test]
    fn tokens_are_one_time_in_order_and_expire() {
        let mut l = Logins::default();
        let (t0, state) = l.begin(NOW);
        assert_eq!(l.submit(&t0, admin, NOW), None);
        assert_eq!(l.next_challenge(&t0, NOW), None);
        let (t0, _) = l.begin(NOW);
        assert_eq!(l.finish(&t0, &state, NOW), None);
        let (t0, _) = l.begin(NOW);
        assert_eq!(l.next_challenge(&t0, NOW + TOKEN_LIFE), None);
        assert_eq!(l.next_challenge("", NOW), None);
    }

    #[test]
    fn a_session_needs_the_state_of_its_own_ladder() {
        let mut l = Logins::default();
        let (t0, _) = l.begin(NOW);
        let t1 = l.next_challenge(&t0, NOW).unwrap();
        let t2 = l.submit(&t1.token, admin, NOW).unwrap();
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
}
