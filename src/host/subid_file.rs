//! What is wrong with the text of /etc/subuid or /etc/subgid, and the one way it is fixed.
//! FACTS.md has what each of these does to the IDs of whom.

use super::{Cmd, Privilege, subids};

/// Something that takes IDs away without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// The line ends in CR LF: its count is no number.
    CarriageReturn,
    /// A blank before or behind: it becomes part of the name, or of the number.
    Blank,
    /// Not `name:start:count`; only a user knows what was meant.
    Malformed,
    /// The last line does not end: newer shadow (Debian sid) then takes the whole file for no text, for everybody.
    NoLastNewline,
}

impl Defect {
    /// In words, behind "line N".
    pub fn words(self) -> &'static str {
        match self {
            Self::CarriageReturn => "ends in CR LF (a Windows line end)",
            Self::Blank => "has a blank around it",
            Self::Malformed => "is not name:start:count",
            Self::NoLastNewline => "has no line end (newer systems then ignore the whole file)",
        }
    }

    /// Returns whether [`repair`] fixes it.
    pub fn fixes(self) -> bool {
        self != Self::Malformed
    }
}

/// Returns the defects, with the numbers of their lines (from 1).
pub fn defects(text: &str) -> Vec<(usize, Defect)> {
    let mut found = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let defect = if line.ends_with('\r') {
            Defect::CarriageReturn
        } else if line.trim_matches([' ', '\t']) != line {
            Defect::Blank
        } else if !subids::parse(line).1.is_empty() {
            Defect::Malformed
        } else {
            continue;
        };
        found.push((index + 1, defect));
    }
    if !text.is_empty() && !text.ends_with('\n') {
        found.push((text.split('\n').count(), Defect::NoLastNewline));
    }
    found
}

/// Returns the text as [`repair`] leaves it.
pub fn fixed(text: &str) -> String {
    let text = text.strip_suffix('\n').unwrap_or(text);
    if text.is_empty() {
        return String::new();
    }
    text.split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line).trim_matches([' ', '\t']).to_owned() + "\n")
        .collect()
}

/// Takes shadow's own lock, keeps a copy beside the file, writes a new file with the owner, mode and SELinux label of
/// the old one, and puts it in its place in one step. Whatever stops it, the file is the old one or the new one.
const REPAIR: &str = r#"set -eu; f=$(readlink -f "$1"); l=$1.lock; n=$f.pipglr-new; (set -C; printf %s $$ >"$l") || { echo "$l: another program is changing $f" >&2; exit 1; }; trap 'rm -f "$l" "$n"' EXIT; cp -a "$f" "$f.before-pipglr"; cp -a "$f" "$n"; awk '{ sub(/\r$/, ""); gsub(/^[ \t]+|[ \t]+$/, ""); print }' "$f" >"$n"; test -s "$n"; sync; mv -f "$n" "$f""#;

/// Root's command that fixes what can be fixed without knowing what was meant: line ends and blanks around lines.
pub fn repair(file: &str) -> Cmd {
    Cmd::new("sh", ["-c", REPAIR, "repair", file]).privilege(Privilege::Root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const BROKEN: &str = "# c\r\njohndoe:100000:65536\r\n\n jane:1:2\nbad line\njim:5:6 \njoe:7:8";

    #[test]
    fn every_defect_is_named_by_its_line() {
        use Defect::*;
        let found = [(2, CarriageReturn), (4, Blank), (5, Malformed), (6, Blank), (7, NoLastNewline)];
        assert_eq!(defects(BROKEN), found);
        assert_eq!(defects("johndoe:100000:65536\n"), []);
        assert_eq!(defects(""), []);
        assert_eq!(defects(&fixed(BROKEN)), [(5, Malformed)]);
        assert_eq!(fixed(""), "");
    }

    /// The shell does what [`fixed`] says; owner and mode stay, a copy is kept, a held lock stops it.
    #[test]
    fn the_command_mends_and_never_breaks() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("subuid");
        std::fs::write(&file, BROKEN).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
        let run = || {
            let cmd = repair(file.to_str().unwrap());
            std::process::Command::new(&cmd.program).args(&cmd.args).output().unwrap().status.success()
        };
        let lock = folder.path().join("subuid.lock");
        std::fs::write(&lock, "1").unwrap();
        assert!(!run() && std::fs::read_to_string(&file).unwrap() == BROKEN, "another's lock is respected");
        assert!(lock.exists());
        std::fs::remove_file(&lock).unwrap();
        assert!(run());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), fixed(BROKEN));
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        let names: std::collections::BTreeSet<_> =
            folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["subuid", "subuid.before-pipglr"]);
        std::fs::write(&file, "").unwrap();
        assert!(!run(), "an empty file is not written");
    }
}
