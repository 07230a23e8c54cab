//! Problems of a file, drawn with the line that they are in. Pure: text in, text out.

use std::fmt::Write as _;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};

use super::foreign::harmless;
use super::paint::Paint;
use crate::spec::{Excerpt, Problem};

/// How many problems are drawn with their line; the others are told in one line each.
const DRAWN: usize = 3;
/// How many are shown at all, so that they fit a screen; the others are counted.
const SHOWN: usize = 20;

/// The problems of a file, one after the other.
pub(super) fn problems(file: &str, problems: &[Problem], paint: Paint) -> String {
    let mut text = String::new();
    for (i, problem) in problems.iter().take(SHOWN).enumerate() {
        match problem.place.as_ref().and_then(|place| place.excerpt.as_ref()).filter(|e| i < DRAWN && !e.is_blank()) {
            Some(excerpt) => text.push_str(&drawn(file, problem, excerpt, paint)),
            None => line(&mut text, problem, paint),
        }
    }
    if problems.len() > SHOWN {
        let _ = writeln!(text, "  and {} more", problems.len() - SHOWN);
    }
    text
}

fn line(text: &mut String, problem: &Problem, paint: Paint) {
    let place = problem.place.as_ref().map(|at| format!("line {}, column {}: ", at.line, at.column));
    let said = problem.to_string();
    let _ = writeln!(text, "  {} {}{}", paint.bad("\u{d7}"), place.unwrap_or_default(), harmless(&said));
}

fn drawn(file: &str, problem: &Problem, excerpt: &Excerpt, paint: Paint) -> String {
    let theme = if paint.on { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    // Nothing is wrapped or cut to the width of a terminal.
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_wrap_lines(false)
        .with_width(usize::from(u16::MAX))
        .with_context_lines(0);
    let mut text = String::new();
    // Writing to a String does not fail; if drawing does, the plain line says the same.
    if handler.render_report(&mut text, &Drawing::new(file, problem, excerpt)).is_err() {
        text.clear();
        line(&mut text, problem, paint);
    }
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines.join("\n") + "\n"
}

/// One problem as miette takes it.
#[derive(Debug)]
struct Drawing {
    message: String,
    source: Line,
    mark: SourceSpan,
}

/// The one line that is shown, which knows its number in the file.
#[derive(Debug)]
struct Line {
    file: String,
    text: String,
    number: usize,
    column: usize,
}

impl Drawing {
    fn new(file: &str, problem: &Problem, excerpt: &Excerpt) -> Self {
        let before = harmless(&excerpt.before);
        let marked = harmless(&excerpt.marked);
        let place = problem.place.as_ref();
        let text = format!("{before}{marked}{}", harmless(&excerpt.after));
        Self {
            message: harmless(&problem.to_string()).into_owned(),
            mark: (before.len(), marked.len()).into(),
            source: Line {
                file: harmless(file).into_owned(),
                text,
                number: place.map_or(1, |at| at.line),
                column: place.map_or(1, |at| at.column),
            },
        }
    }
}

impl std::error::Error for Drawing {}

impl std::fmt::Display for Drawing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl Diagnostic for Drawing {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, self.mark))))
    }
}

impl SourceCode for Line {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let whole = (0, self.text.len()).into();
        let (line, column) = (self.number.saturating_sub(1), self.column.saturating_sub(1));
        let bytes = self.text.as_bytes();
        Ok(Box::new(MietteSpanContents::new_named(self.file.clone(), bytes, whole, line, column, 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::load;

    const PLAIN: Paint = Paint { on: false };

    fn told(text: &str) -> String {
        let Err(found) = load(text) else { panic!("{text:?} was read") };
        problems("stack.yaml", &found.0, PLAIN)
    }

    #[test]
    fn a_problem_is_drawn_with_its_line_its_number_and_a_mark() {
        let text = "version: 1\nname: demo\narchitecture: star\ngateways:\n  - name: a\n    role: gateway\n    http_port: many\n";
        insta::assert_snapshot!(told(text));
    }

    #[test]
    fn foreign_text_is_harmless_and_lines_are_bounded() {
        let text = format!("version: 1\n\"\u{1b}]52;c;aGk=\u{202e}{}\": {}\n", "k".repeat(500), "v".repeat(5_000));
        let text = text.replace('\u{1b}', "\\e");
        let told = told(&text);
        assert!(told.lines().all(|line| line.chars().count() < 250), "{told}");
        assert!(!told.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{told}");
    }

    #[test]
    fn many_problems_fit_a_screen() {
        let told = told(&format!("version: 1\nname: demo\narchitecture: basic\ngateways: [{}]\n", "1,".repeat(5_000)));
        assert!(told.lines().count() <= 40, "{told}");
        assert!(told.ends_with("and 981 more\n"), "{told}");
    }
}
