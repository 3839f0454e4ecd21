//! How much room a file system has, by its own figures.

use crate::text::size::human;
use std::path::Path;

/// A file system, as this user may use it: what is reserved for root does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// Bytes there are, used and free.
    pub bytes: u64,
    /// Bytes free.
    pub free: u64,
    /// Inodes there are: each file takes one. 0 where the file system does not count them (btrfs).
    pub inodes: u64,
    /// Inodes free.
    pub inodes_free: u64,
    /// It lies in memory (tmpfs).
    pub in_memory: bool,
}

/// Less free than this, in bytes, and a disk is short: a pull of the jobs' images may take as much.
const LEAST: u64 = 1 << 30;
/// At this much in use, in percent, it is short where less than [`AMPLE`] is free.
const MOST: u64 = 95;
/// So many bytes free are enough on any disk, however little of a large one they are.
const AMPLE: u64 = 10 << 30;

impl Disk {
    /// Asks the system about the file system that holds this path.
    ///
    /// # Errors
    /// As the file system says.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        use nix::sys::statfs::{TMPFS_MAGIC, statfs};
        let found = nix::sys::statvfs::statvfs(path)?;
        let in_memory = statfs(path).is_ok_and(|found| found.filesystem_type() == TMPFS_MAGIC);
        #[allow(clippy::useless_conversion, reason = "32 bits wide on some machines")]
        let [blocks, free, available, inodes, inodes_free, size] = [
            u64::from(found.blocks()),
            u64::from(found.blocks_free()),
            u64::from(found.blocks_available()),
            u64::from(found.files()),
            u64::from(found.files_available()),
            u64::from(found.fragment_size()),
        ];
        let usable = blocks.saturating_sub(free).saturating_add(available);
        let [bytes, free] = [usable, available].map(|blocks| blocks.saturating_mul(size));
        Ok(Self { bytes, free, inodes, inodes_free, in_memory })
    }

    /// Returns whether it has too little room: less than 1 GiB free, or 95 % in use and less than 10 GiB free; in
    /// memory, where all is smaller, 95 % in use; or 95 % of its inodes in use.
    pub fn is_short(&self) -> bool {
        let most = |free: u64, all: u64| all > 0 && percent(all - free.min(all), all) >= MOST;
        let full = most(self.free, self.bytes);
        let bytes = if self.in_memory { full } else { self.free < LEAST || (full && self.free < AMPLE) };
        bytes || most(self.inodes_free, self.inodes)
    }

    /// In words: how much is free, of how much; of inodes where they are what is short.
    pub fn words(&self) -> String {
        let used = percent(self.bytes.saturating_sub(self.free), self.bytes);
        let bytes = format!("{} free of {} ({used} % used)", human(self.free), human(self.bytes));
        match percent(self.inodes.saturating_sub(self.inodes_free), self.inodes) {
            MOST.. => format!("{bytes}, {} of {} inodes free", self.inodes_free, self.inodes),
            _ => bytes,
        }
    }
}

/// Rounded up, as `df` does.
fn percent(part: u64, all: u64) -> u64 {
    if all == 0 { 0 } else { u64::try_from((u128::from(part) * 100).div_ceil(u128::from(all))).unwrap_or(100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn disk(free: u64, of: u64) -> Disk {
        Disk { bytes: of, free, inodes: 1000, inodes_free: 900, in_memory: false }
    }

    #[test]
    fn what_is_short_is_said_openly() {
        for (free, of, short) in [
            (500, 1000, false),
            (11, 1000, false), // much, however little of it
            (9, 1000, true),
            (9, 100, false),
            (2, 30, false),
            (1, 30, true),
            (0, 30, true),
        ] {
            assert_eq!(disk(free * GIB, of * GIB).is_short(), short, "{free} of {of} GiB");
        }
        assert!(disk(GIB - 1, 4 * GIB).is_short());
        let memory = |free| Disk { in_memory: true, ..disk(free, 400 << 20) };
        assert!(!memory(300 << 20).is_short() && memory(20 << 20).is_short());
        let few = Disk { inodes_free: 50, ..disk(20 * GIB, 40 * GIB) };
        assert!(few.is_short() && few.words().ends_with("50 of 1000 inodes free"), "{}", few.words());
        // btrfs counts none.
        assert!(!Disk { inodes: 0, inodes_free: 0, ..disk(20 * GIB, 40 * GIB) }.is_short());
    }

    #[test]
    fn the_system_is_asked() {
        let found = Disk::of(Path::new("/")).unwrap();
        assert!(found.bytes >= found.free && found.bytes > 0 && !found.in_memory, "{found:?}");
        assert!(!found.words().is_empty());
    }
}
