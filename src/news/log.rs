//! The container's log, as far as it tells of the rungs of the ladder.

use super::{Ear, said};
use crate::host::{Bell, Host};
use crate::logs::{Item, Sink, stream};
use crate::status::Ask;
use std::time::{Duration, Instant};

/// An end sooner than this behind the beginning is none: podman calls a container running whose process is gone where
/// its conmon was killed, and each look would be a reason for the next.
const LEAST: Duration = Duration::from_secs(2);

/// Tells what the log of a running container says from now on, and its end.
pub fn read(host: &dyn Host, name: &str, ear: &dyn Ear) {
    let begun = Instant::now();
    let ended = stream::life(host, name, &mut Reader(ear)).is_ok();
    if ended && begun.elapsed() > LEAST && !ear.stopped() {
        ear.news(Ask::Old);
    }
}

struct Reader<'a>(&'a dyn Ear);

impl Sink for Reader<'_> {
    fn item(&mut self, item: Item) {
        if let Item::Line(line) = item
            && let Some(ask) = said(&line)
        {
            self.0.news(ask);
        }
    }

    fn stopped(&self) -> bool {
        self.0.stopped()
    }

    fn bells(&self) -> Vec<Bell> {
        self.0.bells()
    }
}
