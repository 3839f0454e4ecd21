//! From bytes to lines: decoder, parser and joiner in a row.

use super::decode::{Decoder, Format};
use super::join::Joiner;
use super::line::Line;
use super::parse::Parser;

/// The whole way of a line. Feed it chunks of any size.
#[derive(Debug)]
pub struct Pipeline {
    decoder: Decoder,
    parser: Parser,
    joiner: Joiner,
}

impl Pipeline {
    /// For a log of this format.
    pub fn new(format: Format) -> Self {
        Self { decoder: Decoder::new(format), parser: Parser::default(), joiner: Joiner::default() }
    }

    /// Takes more bytes.
    pub fn feed(&mut self, chunk: &[u8], out: &mut dyn FnMut(Line)) {
        let Self { decoder, parser, joiner } = self;
        decoder.feed(chunk, &mut |record| joiner.push(parser.line(record.time, record.text, record.cut), out));
    }

    /// Nothing more comes for the moment: gives the line that was held back to see whether it goes on.
    pub fn idle(&mut self, out: &mut dyn FnMut(Line)) {
        self.joiner.flush(out);
    }

    /// Nothing more will come of this store; a next one may be fed to it.
    pub fn end(&mut self, out: &mut dyn FnMut(Line)) {
        let Self { decoder, parser, joiner } = self;
        decoder.end(&mut |record| joiner.push(parser.line(record.time, record.text, record.cut), out));
        joiner.flush(out);
    }

    /// Returns the journal's cursor of the last entry; empty for other formats.
    pub fn cursor(&self) -> &str {
        self.decoder.cursor()
    }

    /// Forgets what came of a record whose end is missing.
    pub fn restart(&mut self) {
        self.decoder.restart();
    }

    /// Lets the clock of the lines' prefixes be set by the beginning of the log, so that its first lines have times too.
    pub fn set_clock(&mut self, head: &[u8]) {
        let mut ahead = Parser::default();
        Decoder::new(self.decoder.format()).feed(head, &mut |record| {
            if !ahead.clock_is_set() {
                ahead.line(None, record.text, record.cut);
            }
        });
        self.parser.set_clock_by(&ahead);
    }
}
