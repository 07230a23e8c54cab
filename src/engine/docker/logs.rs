//! Logs of containers, line by line.

use std::pin::Pin;

use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::query_parameters::{LogsOptions, LogsOptionsBuilder};
use futures_util::stream::{self, LocalBoxStream, Stream, StreamExt, select_all};

use super::Docker;
use super::line::Splitter;
use crate::engine::{EngineError, LogLine};
use crate::stack::Name;

/// Lines asked for at once; more than anybody reads, and bounded.
const MOST_LINES: u32 = 100_000;

/// Which part of the logs is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LogRange {
    /// Go on with what is still to come.
    pub follow: bool,
    /// Only from this time on, in seconds since 1970.
    pub since: Option<i64>,
    /// Only the last lines of each container.
    pub tail: Option<u32>,
}

impl LogRange {
    /// What the engine is asked for; with `stamped` each message begins with its time.
    fn options(self, stamped: bool) -> LogsOptions {
        let since = self.since.map_or(0, |s| i32::try_from(s.max(0)).unwrap_or(i32::MAX));
        let tail = self.tail.map_or_else(|| "all".to_owned(), |n| n.to_string());
        let options = LogsOptionsBuilder::default().follow(self.follow).stdout(true).stderr(true);
        options.since(since).tail(&tail).timestamps(stamped).build()
    }
}

impl Docker {
    /// The logs of several containers: in the order of their times, or, when they are followed, as they come. `containers`: each
    /// member and the name of its container. The stream ends with the last container's log; an error ends one container's part and
    /// names it.
    pub fn logs<'a>(
        &'a self,
        containers: &[(Name, String)],
        range: LogRange,
    ) -> LocalBoxStream<'a, Result<LogLine, EngineError>> {
        let stamped = !range.follow && containers.len() > 1;
        let each = containers.iter().map(|(member, container)| {
            let member = member.clone();
            let of = move |line: Line| (line.at, LogLine { member: member.clone(), text: line.text });
            self.lines(container, range, stamped).map(move |line| line.map(&of)).boxed_local()
        });
        if stamped {
            in_order(each.collect()).boxed_local()
        } else {
            select_all(each).map(|line| line.map(|(_, line)| line)).boxed_local()
        }
    }

    pub(super) async fn last_lines(&self, container: &str, lines: u32) -> Result<Vec<String>, EngineError> {
        let lines = lines.min(MOST_LINES);
        let range = LogRange { follow: false, since: None, tail: Some(lines) };
        let mut all = Vec::new();
        let mut stream = std::pin::pin!(self.lines(container, range, false));
        while let Some(line) = stream.next().await {
            all.push(line?.text);
        }
        // Standard output and error have `lines` together on the engine, yet a line may come in pieces.
        let surplus = all.len().saturating_sub(lines as usize);
        Ok(all.split_off(surplus))
    }

    fn lines<'a>(
        &'a self,
        container: &str,
        range: LogRange,
        stamped: bool,
    ) -> impl Stream<Item = Result<Line, EngineError>> + use<'a> {
        let action = format!("read the log of {container}");
        let chunks = self.client.logs(container, Some(range.options(stamped)));
        split(chunks, stamped).map(move |line| line.map_err(|e| self.fault(&action, &e)))
    }
}

/// A line of a container's log.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Line {
    /// When it was begun, as the engine says it: comparable as text with any other of the same engine. Empty when it was not asked for.
    at: String,
    text: String,
}

/// The lines of several streams in the order of their times. Each stream is in order by itself; an error comes at once.
fn in_order<S, T, E>(streams: Vec<S>) -> impl Stream<Item = Result<T, E>>
where
    S: Stream<Item = Result<(String, T), E>> + Unpin,
{
    let streams: Vec<_> = streams.into_iter().map(StreamExt::peekable).collect();
    stream::unfold(streams, |mut streams| async move {
        let mut first: Option<(usize, String)> = None;
        for (i, stream) in streams.iter_mut().enumerate() {
            let at = match Pin::new(stream).peek().await {
                None => continue,
                Some(Err(_)) => "",
                Some(Ok((at, _))) => at,
            };
            if first.as_ref().is_none_or(|(_, least)| at < least.as_str()) {
                first = Some((i, at.to_owned()));
            }
        }
        let line = streams[first?.0].next().await?;
        Some((line.map(|(_, line)| line), streams))
    })
}

/// The time that a message begins with, and the rest of it.
fn stamp(message: &[u8]) -> Option<(&str, &[u8])> {
    // 2026-11-24T17:01:02.123456789Z, or with an offset: the engine always writes nine digits.
    const WITHOUT_ZONE: usize = 29;
    let length = WITHOUT_ZONE + if *message.get(WITHOUT_ZONE)? == b'Z' { 1 } else { 6 };
    let at = std::str::from_utf8(message.get(..length)?).ok()?;
    let shape = |(i, c): (usize, char)| match i {
        4 | 7 => c == '-',
        10 => c == 'T',
        13 | 16 | 32 => c == ':',
        19 => c == '.',
        29 => matches!(c, 'Z' | '+' | '-'),
        _ => c.is_ascii_digit(),
    };
    (at.char_indices().all(shape) && message.get(length) == Some(&b' ')).then(|| (at, &message[length + 1..]))
}

/// One stream of a container, out of which lines are made.
#[derive(Default)]
struct Half {
    splitter: Splitter,
    stamped: bool,
    /// When the line was begun that is not complete.
    at: String,
    /// Whether there is such a line.
    within: bool,
}

impl Half {
    /// Each message has a time of its own, also a further piece of a long line: that one's is dropped.
    fn push(&mut self, message: &[u8]) -> Vec<Line> {
        let (at, rest) = match stamp(message).filter(|_| self.stamped) {
            Some((at, rest)) => (Some(at), rest),
            None => (None, message),
        };
        if let Some(at) = at.filter(|_| !self.within) {
            at.clone_into(&mut self.at);
        }
        self.within = rest.last().is_some_and(|last| *last != b'\n');
        let lines = self.splitter.push(rest);
        lines.into_iter().map(|text| Line { at: self.at.clone(), text }).collect()
    }

    fn finish(self) -> Option<Line> {
        self.splitter.finish().map(|text| Line { at: self.at, text })
    }
}

/// Lines of both streams of a container. Each has its own splitter: a line of one may be cut by a line of the other.
fn split(
    chunks: impl Stream<Item = Result<LogOutput, Error>>,
    stamped: bool,
) -> impl Stream<Item = Result<Line, Error>> {
    let half = || Half { stamped, ..Half::default() };
    let state = (Box::pin(chunks), Some((half(), half())));
    stream::unfold(state, |(mut chunks, mut splitters)| async move {
        let (out, err) = splitters.as_mut()?;
        let lines: Vec<Result<Line, Error>> = match chunks.next().await {
            Some(Ok(LogOutput::StdErr { message })) => err.push(&message).into_iter().map(Ok).collect(),
            Some(Ok(other)) => out.push(&other.into_bytes()).into_iter().map(Ok).collect(),
            ended => {
                let rest = splitters.take().into_iter().flat_map(|(out, err)| [out.finish(), err.finish()]);
                rest.flatten().map(Ok).chain(ended.and_then(Result::err).map(Err)).collect()
            }
        };
        Some((stream::iter(lines), (chunks, splitters)))
    })
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(text: &'static str) -> LogOutput {
        LogOutput::StdOut { message: text.into() }
    }

    fn err(text: &'static str) -> LogOutput {
        LogOutput::StdErr { message: text.into() }
    }

    #[tokio::test]
    async fn streams_do_not_mix_within_a_line() {
        let console = LogOutput::Console { message: "tty\r\n".into() };
        let chunks = stream::iter([out("a"), err("X"), out("b\nc"), err("Y\n"), console]).map(Ok);
        let lines: Vec<String> = split(chunks, false).map(|line| line.unwrap().text).collect().await;
        assert_eq!(lines, ["ab", "XY", "ctty"]);
    }

    #[tokio::test]
    async fn an_error_comes_after_the_lines_before_it_and_ends_the_stream() {
        let chunks = stream::iter([Ok(out("a\nb")), Err(Error::RequestTimeoutError), Ok(out("never\n"))]);
        let lines: Vec<_> = split(chunks, false).map(|line| line.map(|line| line.text)).collect().await;
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0].as_deref().unwrap(), "a");
        assert_eq!(lines[1].as_deref().unwrap(), "b");
        assert!(lines[2].is_err());
    }

    #[test]
    fn a_range_becomes_options() {
        let range = LogRange { follow: true, since: Some(-5), tail: Some(7) };
        let options = range.options(false);
        assert_eq!((options.follow, options.since, options.tail.as_str()), (true, 0, "7"));
        assert!(!options.timestamps);
        let options = LogRange::default().options(true);
        assert!(options.timestamps && options.tail == "all");
    }

    #[tokio::test]
    async fn the_time_of_a_line_is_the_one_it_was_begun_at() {
        let chunks = [
            out("2026-11-24T17:00:00.000000001Z one\n"),
            out("2026-11-24T17:00:00.000000002Z a long "),
            err("2026-11-24T17:00:00.000000003+01:00 other\n"),
            out("2026-11-24T17:00:00.000000004Z line\n"),
            out("2026-11-24T17:00:00.000000005Z \n"),
            out("no time\n2026-11-24T17:00:00.000000006Z said\n"),
        ];
        let lines: Vec<_> = split(stream::iter(chunks).map(Ok), true).map(Result::unwrap).collect().await;
        let told: Vec<_> = lines.iter().map(|line| (&line.at[28..], line.text.as_str())).collect();
        let expected = [
            ("1Z", "one"),
            ("3+01:00", "other"),
            ("2Z", "a long line"),
            ("5Z", ""),
            ("5Z", "no time"),
            ("5Z", "2026-11-24T17:00:00.000000006Z said"),
        ];
        assert_eq!(told, expected);
    }

    #[tokio::test]
    async fn lines_of_several_come_in_the_order_of_their_times() {
        let of = |lines: &[(&str, &'static str)]| {
            let lines: Vec<_> = lines.iter().map(|(at, text)| Ok(((*at).to_owned(), *text))).collect();
            stream::iter(lines)
        };
        let a = of(&[("1", "a1"), ("4", "a4"), ("4", "a4 too")]);
        let b = of(&[("2", "b2"), ("4", "b4"), ("5", "b5")]);
        let gone = stream::iter(vec![Ok(("3".to_owned(), "c3")), Err("the engine went away")]);
        let streams = vec![a.boxed_local(), b.boxed_local(), of(&[]).boxed_local(), gone.boxed_local()];
        let told: Vec<Result<&str, &str>> = in_order(streams).collect().await;
        let expected = ["a1", "b2", "c3"].map(Ok).into_iter().chain([Err("the engine went away")]);
        assert_eq!(told, expected.chain(["a4", "a4 too", "b4", "b5"].map(Ok)).collect::<Vec<_>>());
    }
}
