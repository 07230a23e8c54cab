//! What a command that failed has to say: class, what, where, why, and one thing to try.

use serde::Serialize;

use crate::diagnosis::Cause;
use crate::spec::{Problem, Problems};

/// Kind of a failure; decides the exit code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The stack is not as it should be.
    NotAsItShouldBe,
    /// Wrong usage or invalid configuration.
    Usage,
    /// Refused for safety.
    Refused,
    /// Engine unreachable or refusing.
    Engine,
    /// Timed out.
    TimedOut,
    /// Another run holds the stack.
    Busy,
    /// Interrupted.
    Interrupted,
}

impl Class {
    /// The documented exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::NotAsItShouldBe => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Engine => 4,
            Self::TimedOut => 5,
            Self::Busy => 75,
            Self::Interrupted => 130,
        }
    }
}

/// How many problems of one file are told.
const MAX_PROBLEMS: usize = 100;

/// A failed command. Foreign text in it is made harmless where it is printed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Failure {
    /// Kind.
    pub class: Class,
    /// The gateway or service it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Id of the known cause: its section in `docs/diagnosis.md`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause_id: Option<&'static str>,
    /// What failed, in a few words.
    pub what: String,
    /// What was seen: the unmet condition, the engine's words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// What is wrong with a file, each with its path and place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
    /// The file that the problems are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The last lines of the container's log.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// One thing to try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Failure {
    /// A failure with nothing but its class and a sentence.
    pub fn new(class: Class, what: impl Into<String>) -> Self {
        Self {
            class,
            member: None,
            cause_id: None,
            what: what.into(),
            details: Vec::new(),
            problems: Vec::new(),
            file: None,
            log: Vec::new(),
            advice: None,
        }
    }

    /// A file that is not the `kind` that it should be, with everything that is wrong with it.
    pub fn of_file(file: &str, kind: &str, problems: Problems) -> Self {
        let mut problems = problems.0;
        let count = match problems.len() {
            0 | 1 => String::new(),
            n if n > MAX_PROBLEMS => format!(": {n} problems, the first {MAX_PROBLEMS} of them are told"),
            n => format!(": {n} problems"),
        };
        problems.truncate(MAX_PROBLEMS);
        let mut failure = Self::new(Class::Usage, format!("{file} is not a valid {kind}{count}"));
        failure.problems = problems;
        failure.file = Some(file.to_owned());
        failure
    }

    /// Names the gateway or service.
    #[must_use]
    pub fn of(mut self, member: impl Into<String>) -> Self {
        self.member = Some(member.into());
        self
    }

    /// Names the known cause.
    #[must_use]
    pub fn because(mut self, cause: Cause) -> Self {
        self.cause_id = Some(cause.id());
        self
    }

    /// Adds what was seen.
    #[must_use]
    pub fn seen(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    /// Adds the thing to try.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}
