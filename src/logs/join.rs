//! One message on one line: gitlab-runner ends some messages with a line feed, and their fields stand alone on the next
//! console line (`WARNING: Job failed: exit code 3`, then `   duration_s=1.36 job=1003`).

use super::fields::fields_at;
use super::level::Level;
use super::line::{Line, Paint};
use crate::source::Source;

/// Holds back the one line that may go on.
#[derive(Debug, Default)]
pub struct Joiner {
    held: Option<Line>,
}

impl Joiner {
    /// Takes a line; gives what is whole.
    pub fn push(&mut self, line: Line, out: &mut dyn FnMut(Line)) {
        let line = match self.held.take() {
            None => line,
            Some(first) if goes_on(&first, &line) => {
                out(joined(first, &line));
                return;
            }
            Some(first) => {
                out(first);
                line
            }
        };
        if may_go_on(&line) { self.held = Some(line) } else { out(line) }
    }

    /// Nothing more comes for now: gives what was held back.
    pub fn flush(&mut self, out: &mut dyn FnMut(Line)) {
        if let Some(line) = self.held.take() {
            out(line);
        }
    }
}

fn may_go_on(line: &Line) -> bool {
    line.source == Source::Runner
        && line.level >= Level::Warning
        && line.job.is_none()
        && !line.text().starts_with(['{', ' '])
        && !line.text().starts_with("time=\"")
        && fields_at(line.text()).is_none()
}

/// Only blanks before the fields, and of the same process.
fn goes_on(first: &Line, next: &Line) -> bool {
    next.source == Source::Runner
        && next.text().starts_with("  ")
        && fields_at(next.text()) == Some(0)
        && first.program() == next.program()
        && !first.masked()
        && !next.masked()
}

fn joined(first: Line, next: &Line) -> Line {
    let tail = next.text().trim_start();
    let skipped = next.whole().len() - tail.len();
    let head = first.whole().trim_end();
    let at = head.len() + 2;
    let mut paint = first.paint.to_vec();
    if paint.last().is_some_and(|last| last.colour.is_some() || last.bold) {
        paint.push(Paint { at: head.len() as u32, colour: None, bold: false });
    }
    let moved = next.paint.iter().filter(|paint| paint.at as usize >= skipped);
    paint.extend(moved.map(|paint| Paint { at: (paint.at as usize - skipped + at) as u32, ..*paint }));
    Line {
        level: first.level.max(next.level),
        job: next.job,
        whole: format!("{head}  {tail}").into_boxed_str(),
        paint: paint.into_boxed_slice(),
        ..first
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::parse;
    use super::*;

    fn join(lines: &[&str]) -> Vec<Line> {
        let (mut joiner, mut out) = (Joiner::default(), vec![]);
        for line in lines {
            joiner.push(parse(line), &mut |line| out.push(line));
        }
        joiner.flush(&mut |line| out.push(line));
        out
    }

    #[test]
    fn a_message_on_two_lines_is_one() {
        let lines = join(&[
            "[1.0] gitlab-runner[46]: \u{1b}[0;33mWARNING: Job failed: exit code 3\r",
            "[1.1] gitlab-runner[46]:         \u{1b}[0;m  \u{1b}[0;33mduration_s\u{1b}[0;m=1.36 \u{1b}[0;33mjob\u{1b}[0;m=1003\r",
            "[1.2] gitlab-runner[46]: Updating job...",
        ]);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].text(), "WARNING: Job failed: exit code 3  duration_s=1.36 job=1003");
        assert_eq!(lines[0].job.unwrap().get(), 1003);
        let painted: Vec<_> = lines[0].paint().map(|p| (&lines[0].text()[p.at as usize..][..3], p.colour)).collect();
        assert_eq!(painted[..3], [("WAR", Some(3)), ("  d", None), ("dur", Some(3))]);
    }

    #[test]
    fn what_does_not_belong_together_stays_apart() {
        let first = "[1.0] gitlab-runner[46]: WARNING: Job failed: exit code 3";
        for next in [
            "[1.1] gitlab-runner[47]:     duration_s=1 job=1003",
            "[1.1] podman[46]:     duration_s=1 job=1003",
            "[1.1] gitlab-runner[46]: duration_s=1 job=1003",
            "[1.1] gitlab-runner[46]:     token: x",
        ] {
            assert_eq!(join(&[first, next]).len(), 2, "{next}");
        }
        assert_eq!(join(&["[1.0] gitlab-runner[46]: Job succeeded", "[1.1] gitlab-runner[46]:    a=1"]).len(), 2);
    }
}
