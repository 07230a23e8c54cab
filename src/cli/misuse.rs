//! Words that the parser of the command line refuses, as a failure like any other: for those who read JSON. Pure.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::error::{Class, Failure};

/// Whether the words ask for JSON, as far as words that were refused can be understood.
pub fn wants_json(words: impl IntoIterator<Item = OsString>) -> bool {
    let words = words.into_iter().map(|word| word.to_string_lossy().into_owned());
    let ours = words.skip(1).take_while(|word| word != "--" && word != "simulate-gateway");
    let mut before = String::new();
    for word in ours {
        if word == "--output=json" || (before == "--output" && word == "json") {
            return true;
        }
        before = word;
    }
    false
}

/// The error without the tip that a word which begins with a dash can be had as a value: no name of ours does, it is a mistyped option.
#[must_use]
pub fn without_dashes(mut error: clap::Error) -> clap::Error {
    let is_tip = |value: &ContextValue| match value {
        ContextValue::StyledStrs(tips) => tips.iter().all(|tip| tip.to_string().contains(" as a value, ")),
        _ => false,
    };
    if error.get(ContextKind::Suggested).is_some_and(is_tip) {
        error.remove(ContextKind::Suggested);
    }
    error
}

/// What the parser says, taken apart: its first sentence is what is wrong, what follows is seen, a tip is the advice.
pub fn failure(error: &clap::Error) -> Failure {
    if matches!(error.kind(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand) {
        return Failure::new(Class::Usage, "no command is named").advise("ignition-stack --help   (names them all)");
    }
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    let first = paragraphs.next().unwrap_or_default();
    let mut lines = first.strip_prefix("error: ").unwrap_or(first).lines().map(str::trim);
    let mut failure = Failure::new(Class::Usage, lines.next().unwrap_or_default());
    let listed: Vec<&str> = lines.collect();
    if failure.what.ends_with(':') {
        failure.what = format!("{} {}", failure.what, listed.join(", "));
    } else {
        failure.details.extend(listed.into_iter().map(str::to_owned));
    }
    for paragraph in paragraphs {
        match paragraph.strip_prefix("tip: ") {
            Some(tip) if failure.advice.is_none() => {
                failure = failure.advise(tip.replace('\n', "; ").replace("  tip: ", ""));
            }
            _ if paragraph.starts_with("For more information") => {}
            _ => failure.details.extend(paragraph.lines().map(|line| line.trim().to_owned())),
        }
    }
    match failure.advice {
        Some(_) => failure,
        None => failure.advise("the same with --help says what may be given"),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    fn told(words: &str) -> Failure {
        failure(&Cli::try_parse_from(words.split_whitespace()).unwrap_err())
    }

    #[test]
    fn what_the_parser_says_is_taken_apart() {
        let typo = told("ignition-stack ups");
        assert_eq!(typo.what, "unrecognized subcommand 'ups'");
        assert_eq!(typo.advice.as_deref(), Some("a similar subcommand exists: 'up'"));
        let value = told("ignition-stack create x --arch scaleout");
        assert_eq!(value.what, "invalid value 'scaleout' for '--arch <ARCHITECTURE>'");
        assert_eq!(value.details, ["[possible values: basic, scale-out, hub-and-spoke]"]);
        let missing = told("ignition-stack create");
        assert_eq!(missing.what, "the following required arguments were not provided: <NAME>");
        assert!(missing.details[0].starts_with("Usage: ignition-stack create"), "{missing:?}");
        assert!(missing.advice.unwrap().contains("--help"));
        assert_eq!(told("ignition-stack").what, "no command is named");
    }

    #[test]
    fn an_option_that_is_not_there_is_no_value() {
        let told = |words: &str| without_dashes(Cli::try_parse_from(words.split(' ')).unwrap_err()).to_string();
        let unknown = told("ignition-stack verify demo --nope");
        assert!(unknown.contains("unexpected argument '--nope'") && !unknown.contains("-- --nope"), "{unknown}");
        assert!(told("ignition-stack verify demo --wiat 1m").contains("'--wait'"), "other tips stay");
        assert!(told("ignition-stack ups").contains("'up'"), "other tips stay");
    }

    #[test]
    fn json_is_asked_for_by_a_word_of_ours_alone() {
        let wants = |words: &str| wants_json(words.split_whitespace().map(OsString::from));
        for words in ["i --output json ups", "i up --foo --output=json", "i --output json"] {
            assert!(wants(words), "{words}");
        }
        for words in
            ["i ups", "i up --output human", "i logs -- --output json", "i simulate-gateway --output json", "i json"]
        {
            assert!(!wants(words), "{words}");
        }
    }
}
