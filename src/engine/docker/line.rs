//! Lines out of the chunks that an engine sends of a log. Pure.

/// Longest line that is kept, in bytes; the rest of a longer one is dropped.
pub(super) const MAX_LINE: usize = 64 * 1024;

/// Said at the end of a line that was cut.
const CUT: &str = " [line cut]";

/// Splits one stream of chunks into lines. Chunks end anywhere, in the middle of a character too.
#[derive(Default, Debug)]
pub(super) struct Splitter {
    line: Vec<u8>,
    cut: bool,
}

impl Splitter {
    /// Takes a chunk; returns the lines that it completes.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut rest = chunk;
        while let Some(end) = rest.iter().position(|b| *b == b'\n') {
            self.keep(&rest[..end]);
            lines.push(self.take());
            rest = &rest[end + 1..];
        }
        self.keep(rest);
        lines
    }

    /// The last line, when it has no line end.
    pub(super) fn finish(mut self) -> Option<String> {
        (!self.line.is_empty()).then(|| self.take())
    }

    fn keep(&mut self, part: &[u8]) {
        let room = MAX_LINE - self.line.len();
        self.cut |= part.len() > room;
        self.line.extend_from_slice(&part[..part.len().min(room)]);
    }

    fn take(&mut self) -> String {
        let mut bytes = std::mem::take(&mut self.line);
        // A terminal in the container ends its lines with both.
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        let mut text = String::from_utf8_lossy(&bytes).into_owned();
        if std::mem::take(&mut self.cut) {
            text.push_str(CUT);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn chunks_are_not_lines() {
        let mut s = Splitter::default();
        assert!(s.push(b"on").is_empty());
        assert_eq!(s.push(b"e\r\ntwo\n\nthr"), ["one", "two", ""]);
        assert_eq!(s.push("\u{e4}".as_bytes().split_at(1).0), Vec::<String>::new());
        assert_eq!(s.push("\u{e4}".as_bytes().split_at(1).1), Vec::<String>::new());
        assert_eq!(s.finish().as_deref(), Some("thr\u{e4}"));
        assert_eq!(Splitter::default().finish(), None);
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_is_whole() {
        let mut s = Splitter::default();
        for _ in 0..200 {
            assert!(s.push(&[b'x'; 1024]).is_empty());
        }
        let lines = s.push(b"\nnext\n");
        assert_eq!(lines[0].len(), MAX_LINE + CUT.len());
        assert_eq!(lines[1], "next");
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(Splitter::default().push(b"a\xff\xfeb\n"), ["a\u{fffd}\u{fffd}b"]);
    }

    proptest! {
        #[test]
        fn where_chunks_end_does_not_matter(text in "[a-z\n\u{e4}]{0,80}", cuts in proptest::collection::vec(0usize..80, 0..6)) {
            let bytes = text.as_bytes();
            let mut whole = Splitter::default();
            let mut expected = whole.push(bytes);
            expected.extend(whole.finish());
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut pieces = Splitter::default();
            let (mut got, mut from) = (Vec::new(), 0);
            for cut in cuts.into_iter().chain([bytes.len()]) {
                got.extend(pieces.push(&bytes[from..cut]));
                from = cut;
            }
            got.extend(pieces.finish());
            prop_assert_eq!(got, expected);
        }
    }
}
