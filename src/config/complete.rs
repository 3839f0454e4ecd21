//! What may stand at the cursor, and what stands there.

use super::keys::{self, Flag, Key, Kind, Version};
use super::source::boundary;
use super::toml_places::{self, What};
use crate::names::PODMAN_SOCKET;
use std::ops::Range;

/// What the cursor's place may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The bytes that an item takes the place of.
    pub replace: Range<usize>,
    /// Best first.
    pub items: Vec<Item>,
}

/// One possibility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What to insert.
    pub text: String,
    /// A word about it.
    pub detail: String,
}

/// The help for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHelp {
    /// `runners[].docker.image`.
    pub path: &'static str,
    /// What it means, in our words; may be empty.
    pub meaning: &'static str,
    /// What the value is, in words.
    pub kind: String,
    /// The values that are understood; may be empty.
    pub values: Vec<&'static str>,
    /// What it is where it is missing; may be empty.
    pub default: &'static str,
    /// The first version that knows it; `None` for 10.0 and before.
    pub since: Option<Version>,
    /// The executors it is for; empty for all.
    pub executors: &'static str,
    /// What to use instead; empty where it is not deprecated.
    pub deprecated: &'static str,
}

impl KeyHelp {
    /// Returns the help of a key.
    pub fn of(key: &Key) -> Self {
        Self {
            path: key.path,
            meaning: key.description,
            kind: key.kind.to_string(),
            values: key.values.clone(),
            default: key.default,
            since: key.since,
            executors: key.executors,
            deprecated: key.deprecated,
        }
    }

    fn of_flag(flag: &'static Flag) -> Self {
        Self {
            path: flag.name,
            meaning: flag.description,
            kind: Kind::Bool.to_string(),
            values: vec!["true", "false"],
            default: if flag.default { "true" } else { "false" },
            since: None,
            executors: "",
            deprecated: if flag.deprecated { "it will be removed" } else { "" },
        }
    }
}

/// Returns what may be typed at a byte of the text: keys, sections, values. Empty where nothing is known.
pub fn complete(text: &str, at: usize) -> Completion {
    let at = boundary(text, at);
    let open = toml_places::open_at(text, at);
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let typed = &text[line..at];
    let none = Completion { replace: at..at, items: Vec::new() };
    if open.text || in_comment(typed) {
        return none;
    }
    let start = at - typed.trim_start_matches(['\u{feff}', ' ', '\t']).len();
    let (mut section, key, from) = match open.value.clone() {
        Some(path) => (path, None, start),
        None if text[start..at].starts_with('[') => return sections(text, start..at),
        None => (open.section.clone(), None::<String>, start),
    };
    let entry = Entry { key, from, at };
    let entry = entry.descend(text, &mut section, open.value.is_some());
    match entry.key {
        Some(_) => values(text, &section, entry.from..at),
        None => keys(text, &open, &section, entry.from..at),
    }
}

/// What is being typed on the line.
struct Entry {
    key: Option<String>,
    from: usize,
    at: usize,
}

impl Entry {
    /// Goes over what stands on the line before the cursor: `key =`, `[`, `{`, commas. The section becomes the one a
    /// key would be of, or the path of the key whose value is being typed.
    fn descend(mut self, text: &str, section: &mut Vec<String>, in_value: bool) -> Self {
        if in_value {
            self.key = section.last().cloned();
        }
        let mut quote = None;
        let mut braces: Vec<usize> = Vec::new();
        for (index, c) in text[self.from..self.at].char_indices().map(|(i, c)| (i + self.from, c)).collect::<Vec<_>>() {
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (Some(_), _) => continue,
                (None, '"' | '\'') => quote = Some(c),
                (None, '=') if self.key.is_none() => {
                    let key = &text[self.from..index];
                    section.extend(key.split('.').map(|part| toml_places::bare(part).to_owned()));
                    self.key = Some(key.to_owned());
                    self.from = index + 1;
                }
                (None, '{') => {
                    braces.push(section.len());
                    self.key = None;
                    self.from = index + 1;
                }
                (None, '}') => {
                    if let Some(length) = braces.pop() {
                        section.truncate(length);
                        self.key = section.last().cloned();
                    }
                }
                (None, '[') => self.from = index + 1,
                (None, ',') => {
                    // In braces the next thing is a key again.
                    if let Some(length) = braces.last() {
                        section.truncate(*length);
                        self.key = None;
                    }
                    self.from = index + 1;
                }
                _ => {}
            }
        }
        let rest = &text[self.from..self.at];
        self.from += rest.len() - rest.trim_start().len();
        self
    }
}

/// Whether the line's beginning has a `#` outside quotes.
fn in_comment(typed: &str) -> bool {
    let mut quote = None;
    typed.chars().any(|c| {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            _ => {}
        }
        quote.is_none() && c == '#'
    })
}

fn lookup(path: &[String]) -> Option<&'static Key> {
    path.iter().try_fold(keys::root(), |key, part| key.child(part))
}

/// How well a name fits what was typed; `None` where it does not.
fn rank(name: &str, typed: &str) -> Option<u8> {
    let (name, typed) = (name.to_ascii_lowercase(), typed.to_ascii_lowercase());
    if name.starts_with(&typed) {
        Some(0)
    } else if name.contains(&typed) {
        Some(1)
    } else {
        None
    }
}

/// Sorts by fitness; the order of equals stays.
fn ranked(mut items: Vec<((u8, bool), Item)>, replace: Range<usize>) -> Completion {
    items.sort_by_key(|(rank, _)| *rank);
    Completion { replace, items: items.into_iter().map(|(_, item)| item).collect() }
}

fn detail(key: &Key) -> String {
    if key.description.is_empty() { key.kind.to_string() } else { key.description.into() }
}

/// Whether pipglr's executor has no use for it.
fn foreign(key: &Key) -> bool {
    !key.executors.is_empty() && !key.executors.split(',').any(|executor| executor == "docker")
}

/// `[runners.docker]` and its kin, in place of what was typed from the first bracket on.
fn sections(text: &str, typed: Range<usize>) -> Completion {
    let name = text[typed.clone()].trim_start_matches('[');
    if name.contains(']') {
        return Completion { replace: typed.end..typed.end, items: Vec::new() };
    }
    let behind = &text[typed.end..];
    let close = behind.len()
        - behind.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')).len();
    let close = close + behind[close..].bytes().take_while(|b| *b == b']').count();
    let items = keys::all().iter().filter(|key| key.is_section()).filter_map(|key| {
        let path = key.path.replace("[]", "");
        let fit = rank(&path, name).or_else(|| rank(key.name, name.rsplit('.').next().unwrap_or(name)).map(|_| 2))?;
        Some(((fit, foreign(key)), Item { text: key.header(), detail: detail(key) }))
    });
    ranked(items.collect(), typed.start..typed.end + close)
}

/// The keys of a section that it does not have yet, and the sections below it.
fn keys(text: &str, open: &toml_places::Open, section: &[String], typed: Range<usize>) -> Completion {
    // Its end stays: what is replaced is counted back from there.
    let word = text[typed.clone()].trim_start();
    let (dotted, name) = match word.rsplit_once('.') {
        Some((dotted, name)) => (dotted.split('.').map(|part| toml_places::bare(part).to_owned()).collect(), name),
        None => (Vec::new(), word),
    };
    let path: Vec<String> = section.iter().cloned().chain(dotted).collect();
    let from = typed.end - name.len();
    let Some(parent) = lookup(&path) else {
        return Completion { replace: from..typed.end, items: Vec::new() };
    };
    let end = toml_places::section_end(text, typed.end);
    let there: Vec<Vec<String>> = toml_places::places(&text[open.start..end])
        .into_iter()
        .filter(|place| {
            place.what == What::Key && !(open.start..end).is_empty() && open.start + place.span.end != typed.end
        })
        .map(|place| place.path)
        .collect();
    let has = |name: &str| {
        let same = |there: &[String]| {
            there.len() == path.len() + 1
                && there
                    .iter()
                    .zip(path.iter().map(String::as_str).chain([name]))
                    .all(|(a, b)| a.eq_ignore_ascii_case(b))
        };
        there.iter().any(|there| same(there))
    };
    let mut items: Vec<((u8, bool), Item)> = Vec::new();
    for key in parent.children().filter(|key| !has(key.name)) {
        let Some(fit) = rank(key.name, name) else { continue };
        let header = key.is_section() && path.len() == open.section.len();
        let insert = if header { key.header() } else { format!("{} = ", key.name) };
        items.push(((fit + u8::from(header), foreign(key)), Item { text: insert, detail: detail(key) }));
    }
    if parent.path == "runners[].feature_flags" {
        for flag in keys::flags().iter().filter(|flag| !has(flag.name)) {
            let Some(fit) = rank(flag.name, name) else { continue };
            items.push((
                (fit, flag.deprecated),
                Item { text: format!("{} = ", flag.name), detail: flag.description.into() },
            ));
        }
    }
    if items.is_empty()
        && let Some(key) = parent.nearest(name)
        && !has(key.name)
    {
        items.push(((0, false), Item { text: format!("{} = ", key.name), detail: detail(key) }));
    }
    ranked(items, from..typed.end)
}

/// What the key at a path may be.
fn values(text: &str, path: &[String], typed: Range<usize>) -> Completion {
    let word = &text[typed.clone()];
    let quoted = word.starts_with(['"', '\'']);
    let name = word.trim_matches(['"', '\'', ' ']);
    // A quote behind the cursor belongs to what is replaced.
    let after = usize::from(quoted && text[typed.end..].starts_with(['"', '\'']));
    let replace = typed.start..typed.end + after;
    let flag = path.len() == 3 && lookup(&path[..2]).is_some_and(|key| key.path == "runners[].feature_flags");
    let key = if flag { None } else { lookup(path) };
    let kind = key.map(|key| key.kind);
    let mut choices: Vec<(String, String)> = Vec::new();
    if flag || kind == Some(Kind::Bool) {
        let meaning = match key {
            Some(key) => key.default.to_owned(),
            None => path
                .last()
                .and_then(|name| keys::flags().iter().find(|flag| flag.name == name))
                .map_or(String::new(), |flag| flag.default.to_string()),
        };
        for value in ["true", "false"] {
            let detail = if meaning == value { "the default" } else { "" };
            choices.push((value.into(), detail.into()));
        }
    } else if let Some(key) = key {
        for value in key.values.iter().filter(|value| !value.is_empty()) {
            let detail = if *value == key.default { "the default" } else { "" };
            choices.push((format!("\"{value}\""), detail.into()));
        }
        if key.path == "runners[].executor" {
            choices.sort_by_key(|(value, _)| value != "\"docker\"");
        }
        if key.path == "runners[].docker.host" {
            choices.push((format!("\"{PODMAN_SOCKET}\""), "the nested podman".into()));
        }
        let plain = !key.default.is_empty() && !key.default.contains([' ', '"']);
        match key.kind {
            Kind::Int | Kind::Float if key.default.parse::<f64>().is_ok() => {
                choices.push((key.default.into(), "the default".into()))
            }
            Kind::Duration if plain => choices.push((format!("\"{}\"", key.default), "the default".into())),
            _ => {}
        }
    }
    let items = choices.into_iter().filter_map(|(value, detail)| {
        let fit = rank(value.trim_matches('"'), name)?;
        Some(((fit, false), Item { text: value, detail }))
    });
    ranked(items.collect(), replace)
}

/// Returns the key, or section, that stands at a byte of the text, or whose value does.
pub fn help_at(text: &str, at: usize) -> Option<KeyHelp> {
    let at = boundary(text, at);
    let start = toml_places::section_start(text, at);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let places = toml_places::places(&text[start..end]);
    let covers = |place: &&toml_places::Place| start + place.span.start <= at && at <= start + place.span.end;
    let on_line = |place: &&toml_places::Place| start + place.span.end >= line;
    let place = places.iter().rev().find(covers).or_else(|| places.iter().find(on_line)).or(
        // In an open list, or below a header.
        places.last().filter(|place| place.what == What::Value),
    )?;
    let mut path = place.path.as_slice();
    loop {
        match lookup(path) {
            Some(key) if !key.path.is_empty() => return Some(KeyHelp::of(key)),
            _ if path.len() == 3 && lookup(&path[..2]).is_some_and(|key| key.path == "runners[].feature_flags") => {
                return keys::flags().iter().find(|flag| flag.name == path[2]).map(KeyHelp::of_flag);
            }
            // The name of a label, a variable, a plug-in's own key.
            _ if lookup(&path[..path.len().saturating_sub(1)]).is_some_and(|key| matches!(key.kind, Kind::Map(_))) => {
                path = &path[..path.len() - 1];
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The items at the `|`, and the text with the first one in place.
    fn at(text: &str) -> (Vec<String>, String) {
        let cursor = text.find('|').unwrap();
        let text = text.replacen('|', "", 1);
        let completion = complete(&text, cursor);
        let mut done = text.clone();
        if let Some(first) = completion.items.first() {
            done.replace_range(completion.replace, &first.text);
        }
        (completion.items.into_iter().map(|item| item.text).collect(), done)
    }

    fn first(text: &str) -> String {
        at(text).1
    }

    const RUNNER: &str = "concurrent = 1\n[[runners]]\n  name = \"x\"\n";

    #[test]
    fn keys_where_they_belong() {
        assert_eq!(first("conc|"), "concurrent = ");
        assert_eq!(first(&format!("{RUNNER}  lim|")), format!("{RUNNER}  limit = "));
        assert_eq!(
            first(&format!("{RUNNER}  [runners.docker]\n    pull|\n[session_server]")),
            format!("{RUNNER}  [runners.docker]\n    pull_policy = \n[session_server]")
        );
        assert_eq!(first(&format!("{RUNNER}  docker.ima|")), format!("{RUNNER}  docker.image = "));
        assert_eq!(first(&format!("{RUNNER}  docker = {{ ima|")), format!("{RUNNER}  docker = {{ image = "));
        assert_eq!(
            first(&format!("{RUNNER}  docker = {{ image = \"x\", hos|")),
            format!("{RUNNER}  docker = {{ image = \"x\", host = ")
        );
        assert_eq!(
            first(&format!("{RUNNER}  exekutor|")),
            format!("{RUNNER}  executor = "),
            "the nearest, where none fits"
        );
        let keys = at(&format!("{RUNNER}  |")).0;
        assert!(keys.contains(&"url = ".to_owned()) && keys.contains(&"[runners.docker]".to_owned()));
        assert!(!keys.contains(&"name = ".to_owned()), "what is there is not offered again");
        assert!(at(&format!("{RUNNER}  frobnicate_everything|")).0.is_empty());
    }

    #[test]
    fn sections() {
        assert_eq!(first(&format!("{RUNNER}[runners.dock|")), format!("{RUNNER}[runners.docker]"));
        assert_eq!(first(&format!("{RUNNER}  [runners.cache.s|]")), format!("{RUNNER}  [runners.cache.s3]"));
        assert_eq!(first("[runn|"), "[[runners]]");
        assert_eq!(first("[[runn|]]"), "[[runners]]");
        assert_eq!(first(&format!("{RUNNER}[s3|")), format!("{RUNNER}[runners.cache.s3]"));
        assert_eq!(first(&format!("{RUNNER}feature|")), format!("{RUNNER}[runners.feature_flags]"));
        assert!(at("[runners]|").0.is_empty());
    }

    #[test]
    fn values() {
        let docker = format!("{RUNNER}  [runners.docker]\n    ");
        assert_eq!(first(&format!("{RUNNER}  executor = |")), format!("{RUNNER}  executor = \"docker\""));
        assert_eq!(first(&format!("{RUNNER}  shell = \"pw|\"")), format!("{RUNNER}  shell = \"pwsh\""));
        assert_eq!(at(&format!("{docker}privileged = |")).0, ["true", "false"]);
        assert_eq!(first(&format!("{docker}host = |")), format!("{docker}host = \"{PODMAN_SOCKET}\""));
        assert_eq!(
            first(&format!("{docker}pull_policy = [\"always\", \"if|")),
            format!("{docker}pull_policy = [\"always\", \"if-not-present\"")
        );
        assert_eq!(
            first(&format!("{docker}pull_policy = [\n  \"always\",\n  \"ne|\n]")),
            format!("{docker}pull_policy = [\n  \"always\",\n  \"never\"\n]")
        );
        assert_eq!(
            first("check_interval = |"),
            "check_interval = 3 (0 or below = 3)".split(" (").next().unwrap().replace(" = 3", " = ")
        );
        assert_eq!(first("connection_max_age = |"), "connection_max_age = \"15m\"");
        assert_eq!(
            first(&format!("{RUNNER}  [runners.feature_flags]\n  FF_NETW|")),
            format!("{RUNNER}  [runners.feature_flags]\n  FF_NETWORK_PER_BUILD = ")
        );
        assert_eq!(at(&format!("{RUNNER}  [runners.feature_flags]\n  FF_NETWORK_PER_BUILD = t|")).0, ["true"]);
    }

    #[test]
    fn nothing_in_comments_and_texts() {
        assert!(at("# conc|").0.is_empty());
        assert!(at("concurrent = 1 # con|").0.is_empty());
        assert!(at(&format!("{RUNNER}pre_build_script = \"\"\"\nlim|")).0.is_empty());
        assert!(!at(&format!("{RUNNER}pre_build_script = \"\"\"\nx\n\"\"\"\nlim|")).0.is_empty());
    }

    #[test]
    fn help_for_what_stands_there() {
        let path = |text: &str| {
            let cursor = text.find('|').unwrap();
            help_at(&text.replacen('|', "", 1), cursor).map(|help| help.path)
        };
        assert_eq!(path("conc|urrent = 1"), Some("concurrent"));
        assert_eq!(path("concurrent = 1|"), Some("concurrent"));
        assert_eq!(path("concurrent = 1 # x|"), Some("concurrent"));
        assert_eq!(path("[[run|ners]]"), Some("runners"));
        assert_eq!(path(&format!("{RUNNER}  [runners.docker]\n    IMAGE = \"|x\"")), Some("runners[].docker.image"));
        assert_eq!(path(&format!("{RUNNER}  [|runners.docker]\n    image = \"x\"")), Some("runners[].docker"));
        assert_eq!(
            path(&format!("{RUNNER}  environment = [\n    \"A=b\",\n    \"|B=c\"\n  ]")),
            Some("runners[].environment")
        );
        assert_eq!(path(&format!("{RUNNER}  [runners.feature_flags]\n  FF_TIMEST|AMPS = true")), Some("FF_TIMESTAMPS"));
        assert_eq!(path(&format!("{RUNNER}  [runners.labels]\n  zo|ne = \"a\"")), Some("runners[].labels"));
        assert_eq!(path("# no|thing"), None);
        assert_eq!(path("frobni|cate = 1"), None);
        let help = help_at("log_level = ", 3).unwrap();
        assert_eq!((help.default, help.values.len(), help.meaning.is_empty()), ("info", 8, false));
    }
}
