//! What is held, in words, for both faces.

use super::{Chosen, Held, Image};
use crate::names::Names;
use crate::text::plural::count;
use crate::text::size::human;
use jiff::Timestamp;

/// An image or a cache in a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// When it was last used.
    pub last_used: Option<Timestamp>,
    /// A container has it.
    pub in_use: bool,
    /// Bytes on disk.
    pub bytes: u64,
    /// Its name.
    pub name: String,
}

impl Held {
    /// Returns each volume with what it holds, and the room that is left.
    pub fn volumes<'a>(&self, names: &'a Names) -> Vec<(&'a str, String)> {
        let size = |bytes: Option<u64>| bytes.map_or_else(|| "unknown".into(), human);
        let storage = format!(
            "{}: {} {}, {} of jobs {}{}",
            size(self.storage_bytes),
            count(self.images.len(), "image"),
            human(self.images_bytes),
            count(self.caches.len(), "volume"),
            human(self.caches_bytes),
            // Where no job runs nothing has been written.
            match self.containers_bytes {
                0 => String::new(),
                bytes => format!(", containers {}", human(bytes)),
            }
        );
        let state = match self.state_bytes {
            Some(bytes) => format!("{}: renewed tokens and the system ID, which stay", human(bytes)),
            None => "the container has no such volume, or its size is unknown".into(),
        };
        let mut lines = vec![(names.storage.as_str(), storage)];
        if self.unknown_layers > 0 {
            lines
                .push(("", format!("of unknown size, and not in these sums: {}", count(self.unknown_layers, "layer"))));
        }
        lines.extend([(names.cache.as_str(), size(self.cache_bytes)), (names.state.as_str(), state)]);
        lines.extend(self.room.map(|room| (if room.short { "TOO LITTLE ROOM" } else { "room" }, room.words())));
        lines
    }

    /// Returns the images and the volumes of jobs, the last used first.
    pub fn rows(&self) -> Vec<Row> {
        let images = self.images.iter().map(|image| Row {
            last_used: image.last_used,
            in_use: image.in_use,
            bytes: image.bytes,
            name: named(image),
        });
        let caches = self.caches.iter().map(|cache| Row {
            last_used: cache.last_used,
            in_use: cache.in_use,
            bytes: cache.bytes,
            name: format!("volume {}", cache.name),
        });
        let mut rows: Vec<_> = images.chain(caches).collect();
        rows.sort_by(|one, other| other.cmp(one));
        rows
    }
}

impl Chosen {
    /// Says how much goes: `2 images and 1 volume go; that frees 1.4 GB.`
    pub fn words(&self) -> String {
        let (images, caches) = (count(self.images.len(), "image"), count(self.caches.len(), "volume"));
        format!("{images} and {caches} go; that frees {}.", human(self.bytes))
    }
}

/// Returns what an image is called.
pub fn named(image: &Image) -> String {
    let short = image.id.get(..12).unwrap_or(&image.id);
    if image.names.is_empty() { format!("image {short}, without a name") } else { image.names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::super::held::tests::SAID;
    use super::*;
    use crate::names::FIRST;

    #[test]
    fn what_is_held_is_a_line_each_the_last_used_first() {
        let held = Held::read(SAID.lines());
        let names: Vec<_> = held.rows().into_iter().map(|row| row.name).collect();
        let expected = [
            "localhost/base:1",
            "volume cache-b",
            "localhost/used:1, used",
            "image i-old, without a name",
            "volume cache-a",
        ];
        assert_eq!(names, expected);
        assert_eq!(held.volumes(&FIRST)[0].1, "300 B: 3 images 240 B, 2 volumes of jobs 16 B, containers 5 B");
    }
}
