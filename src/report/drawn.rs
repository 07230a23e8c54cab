//! Events drawn on a terminal: one line per member, redrawn in place. Nothing is drawn in the first 250 ms.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::NARROWEST;
use super::event::{Event, MemberLine};
use super::foreign::harmless;
use super::member_table::{Columns, line};
use super::paint::Paint;
use super::wrap::wrap;

/// Before this nothing is drawn, so that what is quick does not flicker.
const QUIET_START: Duration = Duration::from_millis(250);

pub(super) struct Drawn {
    paint: Paint,
    bars: MultiProgress,
    state: Mutex<State>,
}

struct State {
    began: Instant,
    heading: Option<String>,
    working: Option<ProgressBar>,
    members: BTreeMap<String, ProgressBar>,
    columns: Columns,
}

impl Drawn {
    pub(super) fn new(paint: Paint) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        let state = State {
            began: Instant::now(),
            heading: None,
            working: None,
            members: BTreeMap::new(),
            columns: Columns::default(),
        };
        Self { paint, bars, state: Mutex::new(state) }
    }

    pub(super) fn event(&self, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Heading(text) => state.heading = Some(harmless(text).into_owned()),
            Event::Note(text) => self.println(&wrap(&harmless(text), width())),
            Event::Warning(text) => {
                self.println(&wrap(&format!("{} {}", self.paint.warn("warning:"), harmless(text)), width()));
            }
            Event::Working(text) | Event::Doing(text) => {
                if state.began.elapsed() >= QUIET_START {
                    self.heading(&mut state);
                    let bar = state.working.get_or_insert_with(|| self.bars.insert(0, new_bar()));
                    bar.set_message(self.paint.dim(&format!("  {}", cut(&harmless(text)))));
                }
            }
            Event::Members(members) => self.members(&mut state, members),
            Event::Did(_) | Event::Log { .. } => {}
        }
    }

    fn members(&self, state: &mut State, members: &[MemberLine]) {
        if state.began.elapsed() < QUIET_START {
            return;
        }
        self.heading(state);
        if let Some(bar) = state.working.take() {
            bar.finish_and_clear();
        }
        state.columns = state.columns.widened(members);
        for member in members {
            let text = line(member, state.columns, Some(width()), self.paint);
            let bar = state.members.entry(member.member.clone()).or_insert_with(|| self.bars.add(new_bar()));
            bar.set_message(text);
        }
    }

    fn heading(&self, state: &mut State) {
        if let Some(text) = state.heading.take() {
            // Broken now and not before: the window may have another width meanwhile.
            self.println(&self.paint.bold(&wrap(&text, width())));
            self.println("");
        }
    }

    fn println(&self, text: &str) {
        // A bar's println is lost when nothing is drawn yet; suspending writes in every case.
        self.bars.suspend(|| super::stderr_line(text));
    }

    /// Leaves the last state of every line on the screen.
    pub(super) fn finish(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = state.working.take() {
            bar.finish_and_clear();
        }
        let drew = !state.members.is_empty();
        for bar in state.members.values() {
            bar.abandon();
        }
        state.members.clear();
        drop(state);
        if drew {
            super::stderr_line("");
        }
    }
}

fn new_bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{msg}") {
        bar.set_style(style);
    }
    bar
}

/// Width of the terminal in columns; asked each time, because a window can be resized.
fn width() -> usize {
    usize::from(console::Term::stderr().size().1).max(NARROWEST)
}

fn cut(text: &str) -> String {
    console::truncate_str(text, width().saturating_sub(3), "…").into_owned()
}
