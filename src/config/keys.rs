//! Every key of gitlab-runner's config.toml, and every feature flag: one table for checking, completion and help.
//!
//! The data is `assets/config-keys.tsv` and `assets/feature-flags.tsv`, drawn from the source of gitlab-runner 19.4; a
//! path is written `runners[].docker.image`. The descriptions are ours.

use super::here::Here;
use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

/// A version of gitlab-runner: major and minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

impl Version {
    /// Reads `17.5`, `17.5.5`, `v18.9.0~pre` or a line of `gitlab-runner --version` (`Version: 17.5.5`).
    pub fn parse(text: &str) -> Option<Self> {
        let word = text
            .split_whitespace()
            .find(|word| word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()))?;
        let mut parts = word.trim_start_matches('v').split(|c: char| !c.is_ascii_digit());
        Some(Self(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// A whole number; `2.0` is none.
    Int,
    /// A number.
    Float,
    /// `true` or `false`.
    Bool,
    /// Text such as `"1h30m"`, or whole nanoseconds.
    Duration,
    /// A TOML date, or RFC 3339 text.
    Datetime,
    /// A `[section]` with known keys.
    Table,
    /// `[[sections]]` with known keys.
    Tables,
    /// An array of text.
    Strings,
    /// An array of whole numbers.
    Ints,
    /// An array of numbers.
    Floats,
    /// Text, or an array of it.
    StringOrStrings,
    /// A `[section]` whose keys are the user's own.
    Map(Inner),
}

/// What the values of a [`Kind::Map`] are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inner {
    /// Anything, also tables.
    Any,
    /// Text.
    String,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int,
    /// An array of text.
    Strings,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "text",
            Self::Int => "a whole number",
            Self::Float => "a number",
            Self::Bool => "true or false",
            Self::Duration => "a duration such as \"1h30m\"",
            Self::Datetime => "a date and time",
            Self::Table => "a section",
            Self::Tables => "a list of sections",
            Self::Strings => "a list of text",
            Self::Ints => "a list of whole numbers",
            Self::Floats => "a list of numbers",
            Self::StringOrStrings => "text, or a list of text",
            Self::Map(Inner::Any) => "a section of your own keys",
            Self::Map(Inner::String) => "a section, name = text",
            Self::Map(Inner::Bool) => "a section, name = true or false",
            Self::Map(Inner::Int) => "a section, name = whole number",
            Self::Map(Inner::Strings) => "a section, name = list of text",
        })
    }
}

/// Who looks at a value that is not one of [`Key::values`], and what comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// `gitlab-runner lint` rejects it.
    Lint,
    /// The process does not start.
    Start,
    /// Each job fails.
    Job,
    /// It is ignored, with a line in the log.
    Ignored,
    /// Nobody; the values are the documented ones.
    Documented,
}

/// How secret a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// Not at all.
    No,
    /// It may hold a password among other things.
    Maybe,
    /// It is one.
    Yes,
}

/// One key, or section.
#[derive(Debug)]
pub struct Key {
    /// `runners[].docker.image`.
    pub path: &'static str,
    /// The last part of it, without `[]`.
    pub name: &'static str,
    /// What the value is.
    pub kind: Kind,
    /// Whether `gitlab-runner lint` rejects a section without it.
    pub required: bool,
    /// The values that are understood; empty where there is no such list.
    pub values: Vec<&'static str>,
    /// Who looks at them.
    pub checked: Checked,
    /// Whether capitals matter in them.
    pub exact_values: bool,
    /// Whether `values` are the names in a map instead.
    pub values_are_names: bool,
    /// A rule that values follow, for `lint`; empty where there is none.
    pub rule: &'static str,
    /// Whether capitals matter in the key itself.
    pub exact: bool,
    /// What it is where it is missing, in the runner's own terms; empty where that is not known or nothing.
    pub default: &'static str,
    /// The executors it is for, comma separated; empty for all.
    pub executors: &'static str,
    /// How secret it is.
    pub secret: Secrecy,
    /// The first version that knows it; `None` for 10.0 and before.
    pub since: Option<Version>,
    /// What to use instead, or why not to; empty where it is not deprecated.
    pub deprecated: &'static str,
    /// What it means, in our words; empty for executors that pipglr does not use.
    pub description: &'static str,
    /// What it does on the nested podman of pipglr's image; empty where that was not tried, or is nothing of podman's.
    pub here: Vec<Here>,
    children: Vec<usize>,
    names: HashMap<String, usize>,
}

impl Key {
    /// Returns the keys of this section, in the order of gitlab-runner's source.
    pub fn children(&self) -> impl Iterator<Item = &'static Key> + '_ {
        self.children.iter().map(|index| &table().keys[*index])
    }

    /// Returns a key of this section, matched as gitlab-runner does: without regard to case.
    pub fn child(&self, name: &str) -> Option<&'static Key> {
        let index = match self.names.get(name) {
            Some(index) => index,
            None => self.names.get(&name.to_ascii_lowercase())?,
        };
        let key = &table().keys[*index];
        (!key.exact || key.name == name).then_some(key)
    }

    /// Returns the key of this section that was most likely meant, at a small edit distance.
    pub fn nearest(&self, name: &str) -> Option<&'static Key> {
        let index = nearest(name, self.children.iter().map(|index| table().keys[*index].name))?;
        Some(&table().keys[self.children[index]])
    }

    /// Returns whether it is a section rather than a value.
    pub fn is_section(&self) -> bool {
        matches!(self.kind, Kind::Table | Kind::Tables | Kind::Map(_))
    }

    /// As it is written in a header: `[runners.docker]`, `[[runners]]`.
    pub fn header(&self) -> String {
        let path = self.path.replace("[]", "");
        if self.kind == Kind::Tables { format!("[[{path}]]") } else { format!("[{path}]") }
    }
}

/// A feature flag, for `[runners.feature_flags]`.
#[derive(Debug)]
pub struct Flag {
    /// `FF_…`.
    pub name: &'static str,
    /// What it is where it is not set.
    pub default: bool,
    /// Whether it is going away.
    pub deprecated: bool,
    /// What it does when true, in our words.
    pub description: &'static str,
}

/// Returns the index of the name at the smallest edit distance (a swap of neighbours counts one), where that is small
/// for its length: one in three.
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<usize> {
    let wanted = plain(name);
    let allowed = (wanted.len() / 3).clamp(1, 3);
    names
        .enumerate()
        .map(|(index, known)| (strsim::osa_distance(&wanted, &plain(known)), index))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, index)| index)
}

/// Without case and without what people leave out between words.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).map(|c| c.to_ascii_lowercase()).collect()
}

/// Returns the section of the global keys.
pub fn root() -> &'static Key {
    &table().root
}

/// Returns all keys, in the order of gitlab-runner's source.
pub fn all() -> &'static [Key] {
    &table().keys
}

/// Returns all feature flags.
pub fn flags() -> &'static [Flag] {
    &table().flags
}

/// Returns a key by its path. Case, `[]` and the numbers in `runners[0].docker` do not matter; the empty path is the
/// root.
pub fn lookup(path: &str) -> Option<&'static Key> {
    let mut key = root();
    for part in path.split('.').filter(|part| !part.is_empty()) {
        key = key.child(part.split('[').next().unwrap_or(part).trim())?;
    }
    Some(key)
}

/// Returns the keys of a section by its path, such as `runners[].docker`; empty for a section that is not known.
pub fn children(section: &str) -> Vec<&'static Key> {
    lookup(section).map(|key| key.children().collect()).unwrap_or_default()
}

struct Table {
    root: Key,
    keys: Vec<Key>,
    flags: Vec<Flag>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut root = key("");
        let mut keys: Vec<Key> = rows(include_str!("../../assets/config-keys.tsv")).map(key).collect();
        let paths: HashMap<&str, usize> = keys.iter().enumerate().map(|(index, key)| (key.path, index)).collect();
        for index in 0..keys.len() {
            let (path, name) = (keys[index].path, keys[index].name);
            let parent = path.rsplit_once('.').map(|(parent, _)| parent.trim_end_matches("[]"));
            let parent = match parent.and_then(|parent| paths.get(parent)) {
                Some(parent) => &mut keys[*parent],
                None => &mut root,
            };
            parent.children.push(index);
            parent.names.insert(name.to_owned(), index);
            parent.names.insert(name.to_ascii_lowercase(), index);
        }
        Table { root, keys, flags: rows(include_str!("../../assets/feature-flags.tsv")).map(flag).collect() }
    })
}

fn rows(tsv: &'static str) -> impl Iterator<Item = &'static str> {
    tsv.lines().skip(1)
}

fn flag(row: &'static str) -> Flag {
    let mut columns = row.split('\t');
    let mut next = || columns.next().unwrap_or_default();
    Flag { name: next(), default: next() == "true", deprecated: !next().is_empty(), description: next() }
}

fn key(row: &'static str) -> Key {
    let mut columns = row.split('\t');
    let mut next = || columns.next().unwrap_or_default();
    let path = next();
    let kind = match next() {
        "string" => Kind::String,
        "int" => Kind::Int,
        "float" => Kind::Float,
        "bool" => Kind::Bool,
        "duration" => Kind::Duration,
        "datetime" => Kind::Datetime,
        "tables" => Kind::Tables,
        "strings" => Kind::Strings,
        "ints" => Kind::Ints,
        "floats" => Kind::Floats,
        "string|strings" => Kind::StringOrStrings,
        "map any" => Kind::Map(Inner::Any),
        "map string" => Kind::Map(Inner::String),
        "map bool" => Kind::Map(Inner::Bool),
        "map int" => Kind::Map(Inner::Int),
        "map strings" => Kind::Map(Inner::Strings),
        _ => Kind::Table,
    };
    let required = next() == "lint";
    let values = next();
    let checked = next();
    let rule = next();
    Key {
        path,
        name: path.rsplit('.').next().unwrap_or(path).trim_end_matches("[]"),
        kind,
        required,
        values: if values.is_empty() { Vec::new() } else { values.split(',').collect() },
        checked: match checked.split(' ').next().unwrap_or_default() {
            "lint" => Checked::Lint,
            "start" => Checked::Start,
            "job" => Checked::Job,
            "ignored" => Checked::Ignored,
            _ => Checked::Documented,
        },
        exact_values: !checked.ends_with("nocase"),
        values_are_names: checked.ends_with("keys"),
        rule: rule.trim_end_matches("exact").trim_end(),
        exact: rule.ends_with("exact"),
        default: next(),
        executors: next(),
        secret: match next() {
            "yes" => Secrecy::Yes,
            "maybe" => Secrecy::Maybe,
            _ => Secrecy::No,
        },
        since: Version::parse(next()),
        deprecated: next(),
        description: next(),
        here: Here::read(next()),
        children: Vec::new(),
        names: HashMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(all().len(), 744);
        assert_eq!(flags().len(), 52);
        for key in all() {
            assert!(std::ptr::eq(lookup(key.path).unwrap(), key), "{}", key.path);
            let ours = !["kubernetes", "machine", "autoscaler", "custom", "ssh", "parallels", "virtualbox"].iter().any(
                |executor| {
                    key.path.starts_with(&format!("runners[].{executor}")) && !key.path.contains("custom_build_dir")
                },
            );
            assert!(!ours || !key.description.is_empty(), "{} has no description", key.path);
        }
        assert!(flags().iter().all(|flag| flag.name.starts_with("FF_") && !flag.description.is_empty()));
        assert_eq!(all().iter().filter(|key| key.secret == Secrecy::Yes).count(), 11);
        assert_eq!(all().iter().filter(|key| key.exact).count(), 6);
    }

    #[test]
    fn keys_are_found_as_gitlab_runner_does() {
        let image = lookup("runners[1].Docker.IMAGE").unwrap();
        assert_eq!((image.path, image.kind, image.since), ("runners[].docker.image", Kind::String, None));
        assert_eq!(lookup("runners.docker.services.name").unwrap().path, "runners[].docker.services[].name");
        assert_eq!(lookup("runners.strict_check_interval").unwrap().since, Some(Version(18, 9)));
        assert!(lookup("runners.docker.nothing").is_none());
        assert!(lookup("runners.kubernetes.volumes.nfs.Name").is_none(), "here capitals matter");
        assert_eq!(children("runners.cache.s3").len(), 17);
        assert_eq!(
            (lookup("runners").unwrap().header(), lookup("runners.docker").unwrap().header()),
            ("[[runners]]".into(), "[runners.docker]".into())
        );
        let level = lookup("log_level").unwrap();
        assert_eq!((level.checked, level.exact_values, level.default), (Checked::Start, false, "info"));
    }

    #[test]
    fn the_nearest_key_is_the_one_that_was_meant() {
        for (section, typed, meant) in [
            ("", "concurency", Some("concurrent")),
            ("", "loglevel", Some("log_level")),
            ("runners.docker", "priviledged", Some("privileged")),
            ("runners.docker", "imgae", Some("image")),
            ("runners", "tls_ca_file", Some("tls-ca-file")),
            ("runners", "ur", Some("url")),
            ("runners.docker", "frobnicate", None),
        ] {
            assert_eq!(lookup(section).unwrap().nearest(typed).map(|key| key.name), meant, "{typed}");
        }
    }

    #[test]
    fn versions() {
        for (text, version) in [
            ("17.5.5", Some(Version(17, 5))),
            ("Version:      19.4.0", Some(Version(19, 4))),
            ("v18.9.0~pre.1", Some(Version(18, 9))),
            ("latest", None),
            ("", None),
        ] {
            assert_eq!(Version::parse(text), version);
        }
        assert!(Version(18, 10) > Version(18, 9));
    }
}
