//! The jobs that run, as they come, go on and end, and what they take.

use super::Ear;
use crate::container::work;
use crate::host::Host;

/// Tells what runs, again and again, until nothing does or the ear wants no more.
pub(crate) fn watch(host: &dyn Host, name: &str, ear: &dyn Ear) {
    let tell = &mut |look| {
        if let Some(look) = look {
            ear.look(look);
        }
        !ear.stopped()
    };
    while !ear.stopped() && work::watch(host, name, &ear.bells(), tell) {}
}
