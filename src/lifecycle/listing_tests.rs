//! Lists of an engine that is cut, stands still, refuses or answers, on a clock that is moved by hand.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::*;
use crate::blueprint::Blueprint;
use crate::engine::docker::{Observed, Op};
use crate::engine::{Policy, Refusal, Secrets};
use crate::plan::Plan;
use crate::render::fixture;
use crate::stack::{Name, StackId};

/// What an engine does with one list.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Plays {
    Answers,
    Cuts,
    Refuses,
    IsSilentFor(u64),
}

/// An engine that plays what the test says, then answers.
#[derive(Default)]
struct Played {
    plays: RefCell<VecDeque<Plays>>,
    asked: RefCell<Vec<Instant>>,
}

impl Engine for Played {
    type Op = Op;
    type Observed = Observed;

    fn plan(_: &Blueprint, _: &Observed, _: &Policy) -> Result<Plan<Op>, Refusal> {
        unreachable!("nothing is planned here")
    }

    async fn observe(&self, _: &Blueprint) -> Result<Observed, EngineError> {
        unreachable!("nothing is planned here")
    }

    async fn apply(&self, _: &Op, _: &Secrets) -> Result<(), EngineError> {
        unreachable!("nothing is done here")
    }

    fn address(&self) -> String {
        "unix:///d.sock (default)".to_owned()
    }

    fn members_in(_: &Observed, _: &Blueprint) -> Vec<MemberState> {
        Vec::new()
    }

    async fn members(&self, _: &Name, _: Option<&StackId>) -> Result<Vec<MemberState>, EngineError> {
        self.asked.borrow_mut().push(Instant::now());
        let plays = self.plays.borrow_mut().pop_front().unwrap_or(Plays::Answers);
        match plays {
            Plays::Answers => {}
            Plays::Cuts => {
                let reason = "connection refused".to_owned();
                return Err(EngineError::Unreachable { endpoint: self.address(), reason, denied: false });
            }
            Plays::Refuses => {
                return Err(EngineError::Refused { action: "list".to_owned(), reason: "no".to_owned(), absent: false });
            }
            Plays::IsSilentFor(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
        }
        Ok(Vec::new())
    }

    async fn tail(&self, _: &str, _: u32) -> Result<Vec<String>, EngineError> {
        unreachable!("no log is read here")
    }
}

#[derive(Default, Debug)]
struct Told(RefCell<Vec<String>>);

impl Events for Told {
    fn event(&self, event: Event) {
        self.0.borrow_mut().push(match event {
            Event::Warning(text) | Event::Note(text) => text,
            other => format!("{other:?}"),
        });
    }
}

/// What is heard until `Members` or `Back`, in a word each, and what was told of it.
async fn heard(plays: &[Plays]) -> (Vec<&'static str>, Vec<String>, Played) {
    let played = Played { plays: RefCell::new(plays.iter().copied().collect()), ..Played::default() };
    let (stack, told) = (fixture::stack(), Told::default());
    let mut words = Vec::new();
    let mut listing = Listing::new(&played, &stack, &told);
    loop {
        let word = match listing.next().await {
            Ok(Heard::Members(_)) => "members",
            Ok(Heard::Back(_)) => "back",
            Ok(Heard::Away) => "away",
            Err(_) => "error",
        };
        assert_eq!(listing.unreachable().is_some(), word == "away", "{word}");
        words.push(word);
        if word != "away" {
            break;
        }
    }
    drop(listing);
    (words, told.0.into_inner(), played)
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_cut_is_told_once_and_asked_until_it_answers() {
    let (words, told, played) = heard(&[Plays::Cuts, Plays::Cuts, Plays::Cuts]).await;
    assert_eq!(words, ["away", "away", "away", "back"]);
    assert_eq!(
        told,
        [
            "the Docker engine at unix:///d.sock (default) does not answer: connection refused; waiting for it to come back",
            "the Docker engine at unix:///d.sock (default) answers again, after 1 s"
        ]
    );
    let asked = played.asked.into_inner();
    assert!(asked.windows(2).all(|two| two[1] - two[0] >= LIST_EVERY), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_engine_is_told_waited_for_and_in_the_end_asked_again() {
    let (words, told, played) = heard(&[Plays::IsSilentFor(4)]).await;
    assert_eq!((words, told.len(), played.asked.borrow().len()), (vec!["members"], 0, 1));
    let (words, told, played) = heard(&[Plays::IsSilentFor(20)]).await;
    assert_eq!((words, played.asked.borrow().len()), (vec!["away", "back"], 1));
    assert!(told[0].contains("no answer for 5 s") && told[1].contains("after 15 s"), "{told:?}");
    let (words, _, played) = heard(&[Plays::IsSilentFor(10_000)]).await;
    assert_eq!((words, played.asked.borrow().len()), (vec!["away", "away", "back"], 2));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_no_absence() {
    let (words, told, _) = heard(&[Plays::Refuses]).await;
    assert_eq!((words, told.len()), (vec!["error"], 0));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_dropped_half_way_goes_on() {
    let played = Played { plays: RefCell::new([Plays::IsSilentFor(3)].into()), ..Played::default() };
    let (stack, told) = (fixture::stack(), Told::default());
    let mut listing = Listing::new(&played, &stack, &told);
    for _ in 0..2 {
        assert!(timeout_at(Instant::now() + Duration::from_secs(1), listing.next()).await.is_err());
    }
    assert!(matches!(listing.next().await, Ok(Heard::Members(_))));
    assert_eq!(played.asked.borrow().len(), 1);
    assert!(listing.is_fresh());
    tokio::time::advance(Duration::from_millis(2001)).await;
    assert!(!listing.is_fresh(), "what it says is too old to prove anything");
}

#[tokio::test(start_paused = true)]
async fn what_is_known_stands_for_a_list_until_it_is_judged() {
    let played = Played::default();
    let (stack, told) = (fixture::stack(), Told::default());
    let began = Instant::now();
    let mut listing = Listing::new(&played, &stack, &told).knowing(Some(Vec::new()));
    assert_eq!(listing.now().await.unwrap(), []);
    assert!(timeout_at(began + Duration::from_secs(4), listing.next()).await.is_err());
    assert!(played.asked.borrow().is_empty());
    listing.no_longer_known();
    assert!(matches!(listing.next().await, Ok(Heard::Members(_))));
    assert_eq!(*played.asked.borrow(), [began + Duration::from_secs(4)]);
    listing.no_longer_known();
    listing.next().await.unwrap();
    assert_eq!(played.asked.borrow()[1], began + Duration::from_secs(4) + LIST_EVERY, "not more often for that");
}

#[tokio::test(start_paused = true)]
async fn waiting_for_the_engine_ends_with_the_deadline_and_names_it() {
    let played = Played { plays: RefCell::new([Plays::Cuts; 100].into()), ..Played::default() };
    let (stack, told) = (fixture::stack(), Told::default());
    let deadline = Instant::now() + Duration::from_secs(7);
    let error = Listing::new(&played, &stack, &told)
        .until_it_answers("cut".to_owned(), deadline)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("unix:///d.sock (default)") && error.contains("waited 7 s"), "{error}");
    let deadline = Instant::now() + Duration::from_mins(1);
    Listing::new(&Played::default(), &stack, &told).until_it_answers("cut".to_owned(), deadline).await.unwrap();
    assert!(told.0.borrow().last().unwrap().contains("answers again"), "{told:?}");
}
