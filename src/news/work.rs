//! The jobs that run, as they come, go on and end, and what they take.

use super::Ear;
use crate::container::work::{self, Look};
use crate::host::{Go, Host};

/// Tells what runs, again and again, until nothing does or the ear wants no more.
pub fn watch(host: &dyn Host, name: &str, ear: &dyn Ear) {
    let mut busy = true;
    while busy && !ear.stopped() {
        busy = false;
        let bells = ear.bells();
        let may_sleep = !bells.is_empty();
        let mut text = String::new();
        let done = host.stream(&work::cmd(name), &bells, &mut |bytes| {
            text.push_str(&String::from_utf8_lossy(bytes.unwrap_or_default()));
            while let Some((said, rest)) = text.split_once("\n.\n") {
                if let Some(look) = Look::read(said, host.now()) {
                    busy = !look.jobs.is_empty();
                    ear.look(look);
                }
                text = rest.to_owned();
            }
            match ear.stopped() {
                true => Go::Stop,
                false if may_sleep => Go::Sleep,
                false => Go::On,
            }
        });
        // A container that lets nobody in is told by its own events.
        busy &= done.is_ok_and(|done| done.ok());
    }
}
