//! Member lines in columns, cut to the width of the terminal. Pure.

use console::{Alignment, measure_text_width, pad_str, truncate_str};

use super::event::MemberLine;
use super::foreign::harmless;
use super::paint::Paint;

/// Between two columns.
const GAP: &str = "  ";
/// The least that is left of a name.
const SHORTEST_NAME: usize = 5;
/// What the seconds take of a line, with the blanks around it: the same for all lines, so that their columns are.
const SECONDS: usize = 11;

/// Widths of the columns, so that redrawn lines do not dance.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Columns {
    member: usize,
    place: usize,
    node: usize,
    state: usize,
    detail: usize,
}

impl Columns {
    /// At least as wide as these, and as every line needs.
    #[must_use]
    pub(super) fn widened(self, lines: &[MemberLine]) -> Self {
        let widest = |old: usize, of: fn(&MemberLine) -> &str| {
            lines.iter().map(|l| measure_text_width(&harmless(of(l)))).max().unwrap_or(0).max(old)
        };
        Self {
            member: widest(self.member, |l| &l.member),
            place: widest(self.place, |l| &l.place),
            node: widest(self.node, |l| &l.node),
            state: widest(self.state, |l| &l.state),
            detail: widest(self.detail, |l| &l.detail),
        }
    }

    /// The same where only `room` is there for a line: whose it is and its state stay, so the place gives way first, then the node, then
    /// the end of the names.
    fn within(mut self, room: usize) -> Self {
        let left = |columns: &Self| {
            let first = [columns.member, columns.place, columns.node];
            room.saturating_sub(first.iter().filter(|width| **width > 0).map(|width| width + GAP.len()).sum())
        };
        if left(&self) < self.state {
            self.place = 0;
        }
        if left(&self) < self.state {
            self.node = 0;
        }
        if left(&self) < self.state {
            self.member =
                room.saturating_sub(self.state + GAP.len()).clamp(self.member.min(SHORTEST_NAME), self.member);
        }
        self
    }
}

/// One line: member, place, node, state, detail, what is missing, seconds. `width` is in columns of the terminal: some characters take two.
pub(super) fn line(line: &MemberLine, columns: Columns, width: Option<usize>, paint: Paint) -> String {
    let columns = width.map_or(columns, |width| columns.within(width.saturating_sub(SECONDS)));
    let pad = |text: &str, to: usize| pad_str(&harmless(text), to, Alignment::Left, Some("…")).into_owned();
    let seconds = format!("{} s", line.elapsed.as_secs());
    let lead = [
        pad(&line.member, columns.member),
        pad(&line.place, columns.place),
        pad(&line.node, columns.node),
        pad(&line.state, columns.state),
        pad(&line.detail, columns.detail),
        harmless(&line.unmet).into_owned(),
    ];
    let widths = [columns.member, columns.place, columns.node, columns.state, columns.detail, usize::MAX];
    let shown: Vec<(usize, &String)> =
        lead.iter().enumerate().filter(|(i, t)| widths[*i] > 0 && !t.is_empty()).collect();
    let room = width.map_or(usize::MAX, |w| w.saturating_sub(seconds.chars().count() + 5));
    let mut used = 0;
    let mut out = String::from("  ");
    for (i, text) in shown {
        let gap = if used == 0 { "" } else { GAP };
        let left = room.saturating_sub(used + gap.len());
        if left == 0 {
            break;
        }
        let cut = if measure_text_width(text.trim_end()) > left {
            truncate_str(text, left, "…").into_owned()
        } else {
            // Blanks alone are cut off.
            truncate_str(text, left, "").into_owned()
        };
        used += gap.len() + measure_text_width(&cut);
        let painted = match i {
            0 => paint.bold(&cut),
            3 if line.done => paint.good(&cut),
            5 => paint.warn(&cut),
            _ => cut,
        };
        out.push_str(gap);
        out.push_str(&painted);
    }
    format!("{}  {}", out, paint.dim(&seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn sample() -> Vec<MemberLine> {
        let base = MemberLine {
            member: "backend".into(),
            place: ":9090".into(),
            node: "master".into(),
            state: "RUNNING".into(),
            detail: "Active, Good".into(),
            unmet: String::new(),
            done: true,
            elapsed: Duration::from_secs(71),
        };
        let frontend = MemberLine {
            member: "frontend-2".into(),
            place: ":9089".into(),
            node: String::new(),
            detail: "1 of 2 links".into(),
            unmet: "backend-backup: Connecting".into(),
            done: false,
            ..base.clone()
        };
        vec![base, frontend]
    }

    #[test]
    fn columns_line_up_and_what_is_missing_comes_last() {
        let lines = sample();
        let columns = Columns::default().widened(&lines);
        let plain = Paint { on: false };
        assert_eq!(line(&lines[0], columns, None, plain), "  backend     :9090  master  RUNNING  Active, Good  71 s");
        assert_eq!(
            line(&lines[1], columns, None, plain),
            "  frontend-2  :9089          RUNNING  1 of 2 links  backend-backup: Connecting  71 s"
        );
    }

    #[test]
    fn characters_that_take_two_columns_are_counted_as_two() {
        let mut lines = sample();
        lines[1].unmet = "名前が違います: 別のゲートウェイ".into();
        lines[0].detail = "通信".into();
        let columns = Columns::default().widened(&lines);
        for width in 20..120 {
            for one in &lines {
                let text = line(one, columns, Some(width), Paint { on: false });
                assert!(measure_text_width(&text) <= width, "{width}: {text:?}");
            }
        }
        let plain = Paint { on: false };
        assert_eq!(line(&lines[0], columns, None, plain), "  backend     :9090  master  RUNNING  通信          71 s");
    }

    #[test]
    fn the_state_stays_where_there_is_little_room() {
        let mut lines = sample();
        lines[0].member = "backend-backup".into();
        let show = |lines: &[MemberLine], width| {
            let columns = Columns::default().widened(lines);
            lines.iter().map(|one| line(one, columns, Some(width), Paint { on: false }) + "\n").collect::<String>()
        };
        insta::assert_snapshot!(show(&lines, 50), @r"
          backend-backup  :9090  master  RUNNING  …  71 s
          frontend-2      :9089          RUNNING  …  71 s
        ");
        insta::assert_snapshot!(show(&lines, 40), @r"
          backend-backup  RUNNING  Activ…  71 s
          frontend-2      RUNNING  1 of …  71 s
        ");
        lines[0].member = "the-backend-of-them-all-backup".into();
        insta::assert_snapshot!(show(&lines, 40), @r"
          the-backend-of-them…  RUNNING  71 s
          frontend-2            RUNNING  71 s
        ");
        for width in 26..120 {
            assert_eq!(show(&lines, width).matches("RUNNING").count(), 2, "{width}");
        }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_the_name_survives() {
        let lines = sample();
        let columns = Columns::default().widened(&lines);
        for width in 20..120 {
            for one in &lines {
                let text = line(one, columns, Some(width), Paint { on: false });
                assert!(text.chars().count() <= width, "{width}: {text:?}");
                assert!(text.trim_start().starts_with(&one.member[..4]), "{text:?}");
            }
        }
    }
}
