//! The ID range that makes up the number that pipglr needs: the last of several, without which there would be fewer.

use crate::host::subids::{self, NEEDED};
use crate::host::{Cmd, Host, Privilege, subid_file};
use std::path::Path;

/// A range that can go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    option: &'static str,
    file: &'static str,
    first: u64,
    last: u64,
}

impl Extra {
    /// Returns it in words.
    pub fn words(&self) -> String {
        format!("{}-{} in {}", self.first, self.last, self.file)
    }

    /// Returns what removes it.
    pub fn cmd(&self, user: &str) -> Cmd {
        let range = format!("{}-{}", self.first, self.last);
        Cmd::new("usermod", [self.option, &range, user]).privilege(Privilege::Root)
    }
}

/// Returns the ranges of a user who has as many IDs as pipglr needs, and not one more: the last ones were added for it.
pub fn extra(host: &dyn Host) -> Vec<Extra> {
    let user = host.user();
    let of = |file: &'static str, option: &'static str| {
        let text = String::from_utf8_lossy(&host.read(Path::new(file)).ok()?).into_owned();
        let (ranges, _) = subids::parse(&subid_file::fixed(&text));
        let mine: Vec<_> = subids::mine(&ranges, &user.name, user.uid).collect();
        let last =
            mine.last().filter(|_| mine.len() > 1 && mine.iter().map(|range| range.count).sum::<u64>() == NEEDED)?;
        Some(Extra { option, file, first: last.start, last: last.start + last.count - 1 })
    };
    [of("/etc/subuid", "--del-subuids"), of("/etc/subgid", "--del-subgids")].into_iter().flatten().collect()
}
