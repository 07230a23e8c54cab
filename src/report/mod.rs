//! Everything a person or a script reads: the only room that prints. stdout is the answer, stderr is talk.

mod drawn;
pub mod event;
pub mod foreign;
mod human;
pub mod junit;
mod lines;
pub mod mask;
mod member_table;
mod ndjson;
pub mod outcome;
mod paint;
mod plan;
mod source;
mod table;
mod wrap;

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

pub use event::{Event, Events, MemberLine};
pub use foreign::is_plain;
pub use outcome::Outcome;

use crate::error::Failure;
use crate::settings::{ProgressStyle, Settings};
use foreign::{harmless, harmless_json};
use paint::Paint;

/// Columns of the narrowest terminal that anything is made to fit.
const NARROWEST: usize = 20;

/// Prints events, outcomes and failures in the form that the settings ask for.
pub struct Reporter {
    json: bool,
    out: Paint,
    err: Paint,
    style: Style,
    /// A question stands on the terminal, and its line has not ended.
    asking: AtomicBool,
}

enum Style {
    Drawn(Box<drawn::Drawn>),
    Lines(lines::Lines),
    Json(ndjson::Ndjson),
    Quiet,
}

impl Reporter {
    /// A reporter for these settings.
    pub fn new(settings: &Settings) -> Self {
        let err = Paint { on: settings.color_err };
        let style = match settings.progress {
            ProgressStyle::Drawn => Style::Drawn(Box::new(drawn::Drawn::new(err))),
            ProgressStyle::Lines => Style::Lines(lines::Lines::new(err)),
            ProgressStyle::Json => Style::Json(ndjson::Ndjson::default()),
            ProgressStyle::Quiet => Style::Quiet,
        };
        Self { json: settings.json, out: Paint { on: settings.color_out }, err, style, asking: AtomicBool::new(false) }
    }

    /// Prints what a command found. An answer that cannot be written (a full disk) is an error: nobody has it.
    pub fn outcome(&self, outcome: &Outcome) -> std::io::Result<()> {
        self.settle();
        match outcome {
            Outcome::Said => Ok(()),
            Outcome::Raw { text } => stdout(text),
            _ if self.json => stdout(&json(outcome)),
            _ => {
                let width = width_of(&console::Term::stdout());
                stdout(&wrap::fitting(human::outcome(outcome, self.out, width), width))
            }
        }
    }

    /// Prints why a command failed; as JSON on stdout as well when that was asked for.
    pub fn failure(&self, failure: &Failure) {
        self.settle();
        if !self.json || !failure_as_json(failure) {
            let width = width_of(&console::Term::stderr());
            stderr(&human::failure(failure, self.err, width));
        }
    }

    /// Ends the drawing, so that what follows stands below it.
    fn settle(&self) {
        if let Style::Drawn(drawn) = &self.style {
            drawn.finish();
        }
        if self.asking.swap(false, Ordering::SeqCst) {
            stderr("\n");
        }
    }

    /// Asks a question on the terminal and reads one line. Blocks until there is one.
    pub fn ask(&self, question: &str) -> std::io::Result<String> {
        self.settle();
        stderr(&format!("{} ", harmless(question)));
        self.asking.store(true, Ordering::SeqCst);
        let mut line = String::new();
        let read = std::io::stdin().read_line(&mut line);
        self.asking.store(false, Ordering::SeqCst);
        read?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

impl Events for Reporter {
    fn event(&self, event: Event) {
        if let Event::Log { member, text } = &event {
            let line = if self.json {
                harmless_json(&serde_json::json!({ "member": member, "text": text }).to_string()).into_owned()
            } else {
                format!("{}  {}", self.out.bold(&harmless(member)), harmless(text))
            };
            // A log that cannot be written ends with the answer of the command.
            let _ = stdout(&format!("{line}\n"));
            return;
        }
        match &self.style {
            Style::Drawn(drawn) => drawn.event(&event),
            Style::Lines(lines) => lines.of(&event).iter().for_each(|line| stderr_line(line)),
            Style::Json(lines) => lines.of(&event, SystemTime::now()).iter().for_each(|line| stderr_line(line)),
            Style::Quiet => {}
        }
    }
}

fn json(value: &impl serde::Serialize) -> String {
    match serde_json::to_string_pretty(value) {
        Ok(text) => harmless_json(&text).into_owned() + "\n",
        Err(error) => format!("{}\n", serde_json::json!({ "error": error.to_string() })),
    }
}

/// Columns of a terminal; nothing where it is a pipe or a file.
fn width_of(stream: &console::Term) -> Option<usize> {
    stream.size_checked().map(|(_, columns)| usize::from(columns).max(NARROWEST))
}

/// A reader that went away (`| head`) is no failure: it has what it wanted.
fn stdout(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Prints why a command failed as the JSON document on stdout. False when that could not be written.
pub fn failure_as_json(failure: &Failure) -> bool {
    stdout(&json(&serde_json::json!({ "error": failure, "exit_code": failure.class.exit_code() }))).is_ok()
}

/// Says what is wrong with the words of a command; they are in it as they were typed.
pub fn misuse(text: &str) {
    text.lines().for_each(|line| stderr_line(&harmless(line)));
}

fn stderr(text: &str) {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

fn stderr_line(text: &str) {
    stderr(&format!("{text}\n"));
}
