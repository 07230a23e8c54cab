//! Logs of containers, line by line.

use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::query_parameters::{LogsOptions, LogsOptionsBuilder};
use futures_util::stream::{self, Stream, StreamExt, select_all};

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
    fn options(self) -> LogsOptions {
        let since = self.since.map_or(0, |s| i32::try_from(s.max(0)).unwrap_or(i32::MAX));
        let tail = self.tail.map_or_else(|| "all".to_owned(), |n| n.to_string());
        LogsOptionsBuilder::default().follow(self.follow).stdout(true).stderr(true).since(since).tail(&tail).build()
    }
}

impl Docker {
    /// The logs of several containers, merged as they come. `containers`: each member and the name of its container. The
    /// stream ends with the last container's log; an error ends one container's part and names it.
    pub fn logs<'a>(
        &'a self,
        containers: &[(Name, String)],
        range: LogRange,
    ) -> impl Stream<Item = Result<LogLine, EngineError>> + Unpin + use<'a> {
        select_all(containers.iter().map(|(member, container)| {
            let member = member.clone();
            let lines = self.lines(container, range);
            lines.map(move |line| line.map(|text| LogLine { member: member.clone(), text })).boxed_local()
        }))
    }

    pub(super) async fn last_lines(&self, container: &str, lines: u32) -> Result<Vec<String>, EngineError> {
        let lines = lines.min(MOST_LINES);
        let range = LogRange { follow: false, since: None, tail: Some(lines) };
        let mut all = Vec::new();
        let mut stream = std::pin::pin!(self.lines(container, range));
        while let Some(line) = stream.next().await {
            all.push(line?);
        }
        // Standard output and error have `lines` together on the engine, yet a line may come in pieces.
        let surplus = all.len().saturating_sub(lines as usize);
        Ok(all.split_off(surplus))
    }

    fn lines<'a>(
        &'a self,
        container: &str,
        range: LogRange,
    ) -> impl Stream<Item = Result<String, EngineError>> + use<'a> {
        let action = format!("read the log of {container}");
        let chunks = self.client.logs(container, Some(range.options()));
        split(chunks).map(move |line| line.map_err(|e| self.fault(&action, &e)))
    }
}

/// Lines of both streams of a container. Each has its own splitter: a line of one may be cut by a line of the other.
fn split(chunks: impl Stream<Item = Result<LogOutput, Error>>) -> impl Stream<Item = Result<String, Error>> {
    let state = (Box::pin(chunks), Some((Splitter::default(), Splitter::default())));
    stream::unfold(state, |(mut chunks, mut splitters)| async move {
        let (out, err) = splitters.as_mut()?;
        let lines: Vec<Result<String, Error>> = match chunks.next().await {
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
        let lines: Vec<String> = split(chunks).map(Result::unwrap).collect().await;
        assert_eq!(lines, ["ab", "XY", "ctty"]);
    }

    #[tokio::test]
    async fn an_error_comes_after_the_lines_before_it_and_ends_the_stream() {
        let chunks = stream::iter([Ok(out("a\nb")), Err(Error::RequestTimeoutError), Ok(out("never\n"))]);
        let lines: Vec<_> = split(chunks).collect().await;
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0].as_deref().unwrap(), "a");
        assert_eq!(lines[1].as_deref().unwrap(), "b");
        assert!(lines[2].is_err());
    }

    #[test]
    fn a_range_becomes_options() {
        let range = LogRange { follow: true, since: Some(-5), tail: Some(7) };
        let options = range.options();
        assert_eq!((options.follow, options.since, options.tail.as_str()), (true, 0, "7"));
        assert_eq!(LogRange::default().options().tail, "all");
    }
}
