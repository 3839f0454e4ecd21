//! The ID range that makes up the number that pipglr needs: the last of several, without which there would be fewer.
//!
//! `usermod --del-subuids` refuses while a process of the user runs ("user johndoe is currently used by process 93", shadow
//! 4.17), and always one does: so the line is taken out of the file.

use crate::host::subids::{self, NEEDED};
use crate::host::{Cmd, Host, Privilege, subid_file};
use std::path::Path;

/// A range that can go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    line: String,
    file: &'static str,
}

impl Extra {
    /// Returns it in words.
    pub fn words(&self) -> String {
        format!("{} in {}", self.line, self.file)
    }

    /// Returns what removes it.
    pub fn cmd(&self) -> Cmd {
        let line = format!("/^{}$/d", self.line.replace('.', "\\."));
        Cmd::new("sed", ["-i", &line, self.file]).privilege(Privilege::Root)
    }
}

/// Returns the ranges of a user who has as many IDs as pipglr needs, and not one more: the last ones were added for it.
pub fn extra(host: &dyn Host) -> Vec<Extra> {
    let user = host.user();
    let of = |file: &'static str| {
        let text = String::from_utf8_lossy(&host.read(Path::new(file)).ok()?).into_owned();
        let (ranges, _) = subids::parse(&subid_file::fixed(&text));
        let mine: Vec<_> = subids::mine(&ranges, &user.name, user.uid).collect();
        let exact = mine.len() > 1 && mine.iter().map(|range| range.count).sum::<u64>() == NEEDED;
        let last = mine.last().filter(|_| exact)?;
        Some(Extra { line: format!("{}:{}:{}", last.owner, last.start, last.count), file })
    };
    ["/etc/subuid", "/etc/subgid"].into_iter().filter_map(of).collect()
}
