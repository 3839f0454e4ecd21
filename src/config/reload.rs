//! Which changes gitlab-runner takes while it runs, and which need a restart: a table (container/FACTS.md has its versions and
//! sources), read for the settings in which two texts differ.

use super::document::parse;
use super::keys::{self, Kind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use toml_edit::{Item, Table, Value};

/// How a setting is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reloads {
    /// With the next reload.
    Yes,
    /// With the next reload, where it was set before.
    Kept,
    /// When gitlab-runner starts.
    No,
}

/// A row of the table: a setting and all below it, unless one below it has a row of its own.
#[derive(Debug)]
pub struct Row {
    /// Its path, as in the table of keys.
    pub path: &'static str,
    /// How it is taken.
    pub reloads: Reloads,
    /// Why it is not, where it is not.
    pub why: &'static str,
}

/// Returns the table.
pub fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    let lines = || include_str!("../../assets/config-reload.tsv").lines().filter(|line| !line.starts_with('#'));
    ROWS.get_or_init(|| lines().skip(1).filter_map(row).collect())
}

fn row(line: &'static str) -> Option<Row> {
    let mut columns = line.split('\t');
    let (path, how, _seen, why) = (columns.next()?, columns.next()?, columns.next()?, columns.next()?);
    let reloads = match how {
        "yes" => Reloads::Yes,
        "kept" => Reloads::Kept,
        _ => Reloads::No,
    };
    Some(Row { path, reloads, why })
}

/// The row of a setting, the nearest above it; `None` for one that gitlab-runner does not know.
fn row_of(path: &str) -> Option<&'static Row> {
    let below =
        |row: &&Row| path.strip_prefix(row.path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    rows().iter().filter(below).max_by_key(|row| row.path.len())
}

/// What a change of the text asks of gitlab-runner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The settings that only a restart takes, each with the reason, in words.
    pub restart: Vec<String>,
    /// Whether a runner asks GitLab in another way than before, so that GitLab's answer has to be seen.
    pub asks_anew: bool,
}

/// What of a runner decides how GitLab is asked.
const CONNECTION: [&str; 5] = ["url", "token", "tls-ca-file", "tls-cert-file", "tls-key-file"];

/// Compares two texts; `None` where one of them is not TOML, so that nobody can tell.
pub fn needs(old: &str, new: &str) -> Option<Needs> {
    let (old, new) = (settings(old)?, settings(new)?);
    let (mut restart, mut asks_anew) = (BTreeSet::new(), false);
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for path in paths.into_iter().filter(|path| old.get(*path) != new.get(*path)) {
        let general = general(path);
        asks_anew |= general.strip_prefix("runners[].").is_some_and(|key| CONNECTION.contains(&key));
        let why = match row_of(&general) {
            Some(Row { reloads: Reloads::Yes, .. }) => continue,
            Some(Row { reloads: Reloads::Kept, .. }) if old.contains_key(path) => continue,
            Some(row) => row.why,
            None => "gitlab-runner does not know it",
        };
        restart.insert(format!("{general}: {why}"));
    }
    Some(Needs { restart: restart.into_iter().collect(), asks_anew })
}

/// Returns the settings that gitlab-runner's own file contradicts, which it writes anew when it renews a token: what one
/// of the two lacks may be a default, a duration is written in another way, and a variable with its value.
pub fn contradictions(agreed: &str, works: &str) -> Vec<String> {
    let (Some(agreed), Some(works)) = (settings(agreed), settings(works)) else { return vec![] };
    let comparable = |path: &str, value: &str| {
        let kind = keys::lookup(path).map(|key| &key.kind);
        matches!(kind, Some(Kind::String | Kind::Bool | Kind::Int)) && !value.contains('$')
    };
    let differ = |(path, value): &(&String, &String)| {
        works.get(*path).is_some_and(|there| there != *value) && comparable(path, value)
    };
    agreed.iter().filter(differ).map(|(path, _)| path.clone()).collect()
}

/// `runners[1].docker.image` as `runners[].docker.image`.
fn general(path: &str) -> String {
    let mut general = String::new();
    let mut inside = false;
    for c in path.chars() {
        inside = (inside && c != ']') || c == '[';
        if !inside || c == '[' {
            general.push(c);
        }
    }
    general
}

/// Every setting by its path, in small letters, as gitlab-runner reads keys.
fn settings(text: &str) -> Option<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    table("", parse(text).ok()?.as_table(), &mut found);
    Some(found)
}

fn table(above: &str, table: &Table, found: &mut BTreeMap<String, String>) {
    for (key, item) in table.iter() {
        let path = join(above, key);
        match item {
            Item::Table(below) => self::table(&path, below, found),
            Item::ArrayOfTables(tables) => {
                for (n, below) in tables.iter().enumerate() {
                    let path = format!("{path}[{n}]");
                    // An entry with nothing in it is one, too.
                    found.insert(path.clone(), String::new());
                    self::table(&path, below, found);
                }
            }
            Item::Value(value) => self::value(path, value, found),
            Item::None => {}
        }
    }
}

fn value(path: String, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::InlineTable(below) => {
            below.iter().for_each(|(key, value)| self::value(join(&path, key), value, found));
        }
        Value::String(text) => drop(found.insert(path, text.value().clone())),
        Value::Array(all) => {
            let words: Vec<String> = all.iter().map(|value| plain(value.clone())).collect();
            found.insert(path, words.join(", "));
        }
        other => drop(found.insert(path, plain(other.clone()))),
    }
}

/// Without blanks and comments around it.
fn plain(mut value: Value) -> String {
    value.decor_mut().clear();
    value.to_string().trim().to_owned()
}

fn join(above: &str, key: &str) -> String {
    let key = key.to_ascii_lowercase();
    if above.is_empty() { key } else { format!("{above}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys::Key;

    const BOTH: &str = "concurrent = 1\nlog_level = \"info\"\n\n[[runners]]\n  url = \"https://g/\"\n";

    /// A text with one setting in it, which says this.
    fn with(path: &str, word: &str) -> String {
        match path.strip_prefix("runners[].") {
            Some(key) => format!("[[runners]]\n{key} = \"{word}\"\n"),
            None => format!("{path} = \"{word}\"\n"),
        }
    }

    #[test]
    fn each_setting_of_the_global_section_and_of_runners_has_a_decision_of_its_own_with_its_source() {
        for key in leaves() {
            let own = row_of(key.path).is_some_and(|row| row.path != "runners" || key.path == "runners");
            assert!(own, "{} has no row in assets/config-reload.tsv", key.path);
        }
        let table = include_str!("../../assets/config-reload.tsv").lines().filter(|line| !line.starts_with('#'));
        for line in table.skip(1) {
            let columns: Vec<_> = line.split('\t').collect();
            let known = ["yes", "kept", "no"].contains(&columns[1]) && ["tried", "read"].contains(&columns[2]);
            assert!(columns.len() == 4 && known && keys::lookup(columns[0]).is_some(), "{line}");
        }
    }

    /// The settings of the global section and of `[[runners]]`: each that has no table of its own.
    fn leaves() -> Vec<&'static Key> {
        let tables = ["docker", "kubernetes", "ssh", "parallels", "virtualbox", "cache", "custom", "custom_build_dir"];
        let docker = |key: &&Key| tables.iter().any(|table| key.path.starts_with(&format!("runners[].{table}.")));
        keys::all()
            .iter()
            .filter(|key| (!key.is_section() || matches!(key.kind, Kind::Map(_))) && !docker(key))
            .collect()
    }

    #[test]
    fn each_setting_is_taken_as_the_table_says_when_it_comes_changes_and_goes() {
        let mut seen = BTreeSet::from(["runners"]); // what is below it and has tables of its own
        for key in leaves() {
            // Of a table within a table one entry stands for all.
            let path = format!(
                "{}{}",
                &key.path[..key.path.len().min(10)],
                key.path[key.path.len().min(10)..].replace("[]", "")
            );
            let (one, other) = (with(&path, "1"), with(&path, "2"));
            let none = if key.path.starts_with("runners[]") { "[[runners]]\n" } else { "" };
            let row = row_of(key.path).unwrap_or_else(|| panic!("{} has no row", key.path));
            let restarts = |old: &str, new: &str| !needs(old, new).unwrap().restart.is_empty();
            let expected = match row.reloads {
                Reloads::Yes => [false, false, false],
                Reloads::Kept => [true, false, false],
                Reloads::No => [true, true, true],
            };
            assert_eq!([restarts(none, &one), restarts(&one, &other), restarts(&one, none)], expected, "{}", key.path);
            assert!(!restarts(&one, &one), "{}", key.path);
            seen.insert(row.path);
        }
        let unused: Vec<_> = rows().iter().map(|row| row.path).filter(|path| !seen.contains(path)).collect();
        assert!(unused.is_empty(), "rows of no setting: {unused:?}");
    }

    #[test]
    fn a_row_that_needs_a_restart_says_why() {
        assert!(rows().iter().all(|row| (row.reloads == Reloads::Yes) == row.why.is_empty()));
        let new = format!(
            "listen_address = \":9252\"\n{}",
            BOTH.replace("[[runners]]", "[session_server]\nsession_timeout = 5\n[[runners]]")
        );
        assert_eq!(
            needs(BOTH, &new).unwrap().restart,
            [
                "listen_address: gitlab-runner opens it when it starts",
                "session_server.session_timeout: gitlab-runner opens it when it starts"
            ]
        );
    }

    #[test]
    fn runners_come_change_and_go_by_a_reload_and_gitlab_is_asked_where_the_way_to_it_is_another() {
        let more = format!("{BOTH}[[runners]]\n  url = \"https://g/\"\n  token = \"t\"\n");
        let limit = BOTH.replace("url", "limit = 4\n  url");
        for (old, new, asks_anew) in [
            (BOTH, more.as_str(), true),
            (&more, BOTH, true),
            (BOTH, &limit, false),
            (BOTH, &BOTH.replace("= 1", "= 7 # more"), false),
            (BOTH, &BOTH.replace("https://g/", "https://h/"), true),
            (BOTH, &BOTH.replace("concurrent = 1", "CONCURRENT=1"), false),
        ] {
            assert_eq!(needs(old, new), Some(Needs { restart: vec![], asks_anew }), "{new}");
        }
        assert_eq!(needs(BOTH, "[[runners]\n"), None);
    }

    #[test]
    fn only_what_both_say_contradicts() {
        let written = "concurrent = 3\ncheck_interval = 0\nshutdown_timeout = 0\n[[runners]]\nurl = \"https://g/\"\n[runners.cache]\n";
        assert_eq!(contradictions(BOTH, written), ["concurrent"]);
        assert!(contradictions(BOTH, BOTH).is_empty());
    }
}
