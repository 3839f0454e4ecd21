//! Between a store and its sink: lines before a time are left out, and of what is there already only the last are given.

use super::decode::Format;
use super::line::{Item, Line, Ruler};
use super::{Pipeline, Sink};
use crate::host::Bell;
use jiff::Timestamp;
use std::collections::VecDeque;

/// What of a log is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Only lines of this time and later. Those without a time are given.
    pub since: Option<Timestamp>,
    /// Of those that are there already only the last.
    pub tail: Option<usize>,
    /// Go on with those that come, over restarts and re-creations.
    pub follow: bool,
    /// A container that does not exist is waited for; without, it is a Problem.
    pub wait: bool,
}

/// The lines of one store on their way.
pub struct Feed<'a> {
    pipeline: Pipeline,
    since: Option<Timestamp>,
    tail: Option<usize>,
    /// The last lines of those that are there already, until all have been seen.
    last: VecDeque<Line>,
    sink: &'a mut dyn Sink,
    /// The lines given or left out by `tail` so far.
    pub lines: u64,
    /// The time of the newest line.
    pub newest: Option<Timestamp>,
    /// How many lines have just that time.
    at_newest: u64,
    /// Lines before this time came already, and so many of just this time.
    known: Option<(Timestamp, u64)>,
}

impl<'a> Feed<'a> {
    /// From a store of this format to a sink.
    pub fn new(format: Format, options: &Options, sink: &'a mut dyn Sink) -> Self {
        Self {
            pipeline: Pipeline::new(format),
            since: options.since,
            tail: options.tail,
            last: VecDeque::new(),
            sink,
            lines: 0,
            newest: None,
            at_newest: 0,
            known: None,
        }
    }

    /// Another store from here on; what is to come is given as it comes.
    pub fn turn_to(&mut self, format: Format) {
        self.pipeline = Pipeline::new(format);
    }

    /// Lets the clock of the lines' prefixes be set by what the log's beginning says.
    pub fn set_clock(&mut self, head: &[u8]) {
        self.pipeline.set_clock(head);
    }

    /// Takes bytes of the store.
    pub fn bytes(&mut self, chunk: &[u8]) {
        self.through(|pipeline, out| pipeline.feed(chunk, out));
    }

    /// The store has nothing more for the moment.
    pub fn idle(&mut self) {
        self.through(|pipeline, out| pipeline.idle(out));
        self.sink.idle();
    }

    /// The store has nothing more.
    pub fn end(&mut self) {
        self.through(|pipeline, out| pipeline.end(out));
    }

    /// What was there already has been seen. The line that waited for its second half is one of it.
    pub fn all_seen(&mut self) {
        self.through(|pipeline, out| pipeline.idle(out));
        self.tail = None;
        for line in std::mem::take(&mut self.last) {
            self.sink.item(Item::Line(line));
        }
    }

    /// Forgets the lines that wait for the end of what is there, to read them again from further up.
    pub fn again(&mut self, format: Format) {
        self.last.clear();
        self.lines = 0;
        self.turn_to(format);
    }

    /// Returns whether all the lines that are wanted wait.
    pub fn is_full(&self) -> bool {
        self.tail.is_none_or(|tail| self.last.len() >= tail)
    }

    /// What came so far can be shown.
    pub fn shown(&mut self) {
        self.sink.idle();
    }

    /// A new stream of the same store begins, behind the journal's cursor: half an entry of the old one is forgotten.
    pub fn restart(&mut self) {
        self.pipeline.restart();
    }

    /// A new stream of the same store begins at the time of the newest line: what came already is left out.
    pub fn skip_known(&mut self) {
        self.end();
        self.known = self.newest.map(|newest| (newest, self.at_newest));
    }

    /// That stream has ended.
    pub fn skip_nothing(&mut self) {
        self.end();
        self.known = None;
    }

    /// Returns the journal's cursor.
    pub fn cursor(&self) -> String {
        self.pipeline.cursor().to_owned()
    }

    /// A word of ours.
    pub fn ruler(&mut self, time: Option<Timestamp>, text: impl Into<String>) {
        self.sink.item(Item::Ruler(Ruler { time, text: text.into() }));
        self.sink.idle();
    }

    /// Returns whether nobody wants any more.
    pub fn stopped(&self) -> bool {
        self.sink.stopped()
    }

    /// Returns what rings when nobody wants any more.
    pub fn bells(&self) -> Vec<Bell> {
        self.sink.bells()
    }

    fn through(&mut self, run: impl FnOnce(&mut Pipeline, &mut dyn FnMut(Line))) {
        let Self { pipeline, since, tail, last, sink, lines, newest, at_newest, known } = self;
        run(pipeline, &mut |line| {
            if let (Some(time), Some((until, left))) = (line.time, known.as_mut()) {
                if time < *until || time == *until && *left > 0 {
                    *left -= u64::from(time == *until);
                    return;
                }
                *known = None;
            }
            if line.time.is_some() {
                *at_newest = if line.time == *newest { *at_newest + 1 } else { 1 };
                *newest = line.time;
            }
            if line.time.zip(*since).is_some_and(|(time, since)| time < since) {
                return;
            }
            *lines += 1;
            match tail {
                None => sink.item(Item::Line(line)),
                Some(0) => {}
                Some(tail) => {
                    if last.len() == *tail {
                        last.pop_front();
                    }
                    last.push_back(line);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(log: &[u8], tail: usize) -> Vec<String> {
        let mut items: Vec<Item> = vec![];
        let mut feed = Feed::new(Format::K8sFile, &Options { tail: Some(tail), ..Options::default() }, &mut items);
        feed.bytes(log);
        feed.end();
        feed.all_seen();
        items.iter().map(|item| item.text().to_owned()).collect()
    }

    /// gitlab-runner's last line may be waiting for its second half, and a last line may have no end: both count.
    #[test]
    fn the_tail_counts_the_line_that_is_still_waited_for() {
        let record = |tag: &str, text: &str| format!("2026-11-24T08:42:06Z stdout {tag} {text}\n");
        let log = ["a", "b", "c"].map(|text| record("F", text)).concat();
        assert_eq!(shown((log.clone() + &record("P", "no end")).as_bytes(), 2), ["c", "no end"]);
        let runner = record("F", "[1.0] gitlab-runner[4]: WARNING: Job failed: exit code 3");
        assert_eq!(shown((log + &runner).as_bytes(), 1), ["WARNING: Job failed: exit code 3"]);
    }
}
