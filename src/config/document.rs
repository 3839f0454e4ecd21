//! The text of a config.toml: what it says, whether it is TOML, and the few changes pipglr makes by itself, which
//! keep every other byte (comments, order, spacing).

use super::preserve;
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use crate::text::sanitize::sanitize;
use std::path::Path;
use toml_edit::{DocumentMut, Item, Table, value};

/// One `[[runners]]` entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runner {
    /// Its name.
    pub name: String,
    /// Its server.
    pub url: String,
    /// Its token.
    pub token: Secret,
    /// The certificates of the authority that its server is trusted by; empty for the system's.
    pub tls_ca_file: String,
    /// Its own certificate, where the server asks for one.
    pub tls_cert_file: String,
    /// The key of that.
    pub tls_key_file: String,
    /// When its token was given.
    pub token_obtained_at: Option<jiff::Timestamp>,
    /// When its token expires; `None` where it does not.
    pub token_expires_at: Option<jiff::Timestamp>,
}

impl Runner {
    /// Returns whether gitlab-runner means this one by `runner=…` in its messages. It leaves `glrt-` out and shows the
    /// next 8 or 9 characters; from 18.2 on (seen with 19.4.0) always 9, without the `t1_` before them either.
    pub fn is_shortened_to(&self, short: &str) -> bool {
        let token = self.token.expose_str();
        let rest = token.strip_prefix("glrt-").unwrap_or(token);
        let bare = ["t1_", "t2_", "t3_"].iter().find_map(|kind| rest.strip_prefix(kind)).unwrap_or(rest);
        let says = |rest: &str| rest == short || short.len() >= SHORTENED && rest.starts_with(short);
        !short.is_empty() && (says(rest) || says(bare))
    }
}

/// The fewest characters of a token that gitlab-runner shows.
const SHORTENED: usize = 8;

/// What a configuration says, as far as pipglr needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Jobs at once; gitlab-runner takes 1 where it is missing.
    pub concurrent: Option<i64>,
    /// In their order.
    pub runners: Vec<Runner>,
}

/// Something wrong with the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// Bytes as text.
///
/// # Errors
/// They are not UTF-8, which TOML must be.
pub fn utf8(bytes: Vec<u8>, path: &Path) -> Result<String> {
    String::from_utf8(bytes).map_err(|e| {
        let line = e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        Problem::new(format!("{} is not UTF-8 text (line {line}).", path.display()), "Save it as UTF-8, then go on.")
    })
}

/// Returns all syntax errors of a text; none where it is TOML.
pub fn check(text: &str) -> Vec<Diagnostic> {
    let (_, errors) = toml::de::DeTable::parse_recoverable(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut found: Vec<Diagnostic> = errors
        .iter()
        .map(|error| {
            let at = error.span().map_or(text.len(), |span| span.start.min(text.len()));
            let before = text.get(..at).unwrap_or(text);
            Diagnostic {
                line: before.matches('\n').count() + 1,
                column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
                message: sanitize(error.message()),
            }
        })
        .collect();
    found.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    found
}

/// Reads a configuration. Keys match without regard to case, as gitlab-runner's do.
///
/// # Errors
/// It is not TOML; the message names the line.
pub fn read(text: &str) -> Result<Config> {
    let document = parse(text)?;
    let runners = get(document.as_table(), "runners").and_then(Item::as_array_of_tables);
    // gitlab-runner writes the year 1 for never.
    let time = |table: &Table, key| {
        let time = get(table, key)?.as_datetime()?.to_string().parse::<jiff::Timestamp>().ok()?;
        (time > jiff::Timestamp::UNIX_EPOCH).then_some(time)
    };
    let string = |table: &Table, key| get(table, key).and_then(Item::as_str).unwrap_or_default().to_owned();
    Ok(Config {
        concurrent: get(document.as_table(), "concurrent").and_then(Item::as_integer),
        runners: runners
            .into_iter()
            .flatten()
            .map(|table| Runner {
                name: string(table, "name"),
                url: string(table, "url"),
                token: Secret::new(string(table, "token")),
                tls_ca_file: string(table, "tls-ca-file"),
                tls_cert_file: string(table, "tls-cert-file"),
                tls_key_file: string(table, "tls-key-file"),
                token_obtained_at: time(table, "token_obtained_at"),
                token_expires_at: time(table, "token_expires_at"),
            })
            .collect(),
    })
}

/// Returns whether a text has no key at all: it is empty, or nothing but comments.
///
/// # Errors
/// The text is not TOML.
pub fn says_nothing(text: &str) -> Result<bool> {
    Ok(parse(text)?.is_empty())
}

/// Sets `concurrent`, at the top where it is missing.
///
/// # Errors
/// The text is not TOML.
pub fn set_concurrent(text: &str, n: u32) -> Result<String> {
    preserve::edit(text, |document| {
        let key = document
            .iter()
            .map(|(key, _)| key)
            .find(|key| key.eq_ignore_ascii_case("concurrent"))
            .unwrap_or("concurrent")
            .to_owned();
        match document.get_mut(&key).and_then(Item::as_value_mut) {
            Some(old) if old.as_integer() == Some(i64::from(n)) => {}
            Some(old) => {
                let decor = old.decor().clone(); // the comment behind it
                *old = i64::from(n).into();
                *old.decor_mut() = decor;
            }
            None => {
                document.insert(&key, value(i64::from(n)));
            }
        }
        Ok(())
    })
}

/// Returns the text of `base` with the identity of what was registered: the token, and the URL where it has none. What
/// `base` has no entry for is appended as it was registered.
///
/// # Errors
/// One of the two is not TOML, or `base` has more entries without a token than were registered.
pub fn fill_tokens(base: &str, registered: &str) -> Result<String> {
    let source = parse(registered)?;
    preserve::edit(base, |document| fill(document, &source))
}

fn fill(document: &mut DocumentMut, source: &DocumentMut) -> Result<()> {
    let fresh = get(source.as_table(), "runners").and_then(Item::as_array_of_tables).into_iter().flatten();
    let entry = document.entry("runners").or_insert(Item::ArrayOfTables(toml_edit::ArrayOfTables::new()));
    let Some(tables) = entry.as_array_of_tables_mut() else {
        return Err(Problem::usage(
            "`runners` is not written as [[runners]].",
            "Write each runner of config_file as a [[runners]] table.",
        ));
    };
    // What the file names itself is in it already.
    let given: Vec<Table> = tables.iter().filter(|table| token(table).is_some()).cloned().collect();
    let mut fresh = fresh.filter(|from| !given.iter().any(|given| is_same_runner(given, from)));
    for table in tables.iter_mut() {
        let indent = table
            .iter()
            .next()
            .map(|(key, _)| key.to_owned())
            .and_then(|key| table.key(&key)?.leaf_decor().prefix()?.as_str().map(str::to_owned));
        if token(table).is_some() {
            continue;
        }
        let Some(from) = fresh.next() else {
            return Err(Problem::usage(
                "config_file has more [[runners]] without a token than were registered.",
                "Register as many (`runners`, or a token for each), or take the entry out.",
            ));
        };
        for key in ["name", "url", "id", "token", "token_obtained_at", "token_expires_at", "executor"] {
            let given = get(table, key).is_some_and(|item| item.as_str() != Some(""));
            if let (false, Some(item)) = (given, get(from, key)) {
                table.insert(key, item.clone());
                if let (Some(indent), Some(mut key)) = (&indent, table.key_mut(key)) {
                    key.leaf_decor_mut().set_prefix(indent.clone());
                }
            }
        }
    }
    for from in fresh {
        let mut table = from.clone();
        table.set_position(None);
        tables.push(table);
    }
    Ok(())
}

fn token(table: &Table) -> Option<&str> {
    get(table, "token").and_then(Item::as_str).filter(|token| !token.is_empty())
}

/// The same token, or the same number at the same server: GitLab may have renewed the token.
fn is_same_runner(one: &Table, other: &Table) -> bool {
    let identity = |table: &Table| {
        let id = get(table, "id").and_then(Item::as_integer).filter(|id| *id != 0)?;
        Some((id, get(table, "url").and_then(Item::as_str)?.trim_end_matches('/').to_owned()))
    };
    token(one) == token(other) || (identity(one).is_some() && identity(one) == identity(other))
}

pub(super) fn get<'a>(table: &'a Table, key: &str) -> Option<&'a Item> {
    table.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, item)| item)
}

pub(super) fn parse(text: &str) -> Result<DocumentMut> {
    text.parse::<DocumentMut>().map_err(|_| {
        let first = check(text).into_iter().next();
        let place = first.map_or_else(
            || "It is not TOML.".into(),
            |d| format!("line {}, column {}: {}", d.line, d.column, d.message),
        );
        Problem::new("The configuration is not valid TOML.", "Fix that line in the editor (step 4).").said(vec![place])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTERED: &str = r#"concurrent = 1 # jobs
check_interval = 0

[[runners]]
  name = "box"
  url = "https://gitlab.example/"
  id = 7
  token = "glrt-t1_abcdefghijkl"
  executor = "docker"
"#;

    #[test]
    fn reads_runners_and_concurrent() {
        let config = read(REGISTERED).unwrap();
        assert_eq!(config.concurrent, Some(1));
        assert_eq!(config.runners[0].name, "box");
        for short in ["t1_abcdef", "abcdefghi"] {
            assert!(config.runners[0].is_shortened_to(short), "{short}");
        }
        for other in ["", "t1_ab", "t1_abcdeg", "bcdefghij", "abcdefgx"] {
            assert!(!config.runners[0].is_shortened_to(other), "{other}");
        }
        let legacy = &read("Concurrent = 3\n[[Runners]]\nToken = \"abcdefghijk\"").unwrap().runners[0];
        assert!(legacy.is_shortened_to("abcdefgh") && legacy.is_shortened_to("abcdefghi"));
        assert!(!legacy.is_shortened_to("abcdefg") && !legacy.is_shortened_to("abcdefgx"));
    }

    #[test]
    fn concurrent_is_set_and_all_else_stays() {
        assert_eq!(set_concurrent(REGISTERED, 4).unwrap(), REGISTERED.replace("concurrent = 1 #", "concurrent = 4 #"));
        let added = set_concurrent("# mine\n[[runners]]\n", 2).unwrap();
        assert_eq!(read(&added).unwrap().concurrent, Some(2));
        assert!(added.contains("# mine"));
    }

    #[test]
    fn what_was_filled_in_once_is_filled_in_the_same_again() {
        for base in [
            "concurrent = 8\n\n[[runners]] # first\n  executor = \"docker\"\n  [runners.docker]\n    image = \"alpine\"\n",
            "concurrent = 2\n",
            "[[runners]]\nname = \"own\"\nurl = \"https://g/\"\ntoken = \"glrt-t1_zzzzzzzzzzzz\"\n",
            "[[runners]]\nname = \"\"\ntoken = \"\"\n\n\n",
        ] {
            let once = fill_tokens(base, REGISTERED).unwrap();
            let twice = fill_tokens(base, &once).unwrap();
            assert_eq!(twice, once);
            let renewed = once.replace("glrt-t1_abcdefghijkl", "glrt-t1_new");
            assert_eq!(fill_tokens(base, &renewed).unwrap(), renewed);
        }
    }

    #[test]
    fn tokens_go_where_there_is_none() {
        let base = "concurrent = 8\n\n[[runners]] # first\n  name = \"mine\"\n  executor = \"docker\"\n  [runners.docker]\n    image = \"alpine\"\n";
        let filled = read(&fill_tokens(base, REGISTERED).unwrap()).unwrap();
        assert_eq!(filled.runners.len(), 1);
        assert_eq!(
            (filled.runners[0].name.as_str(), filled.runners[0].url.as_str()),
            ("mine", "https://gitlab.example/")
        );
        assert_eq!(filled.runners[0].token.expose_str(), "glrt-t1_abcdefghijkl");
        assert!(fill_tokens(base, REGISTERED).unwrap().contains("\n  token = "), "indented like its neighbours");
        let two = format!("{base}[[runners]]\nname = \"second\"\n");
        assert!(fill_tokens(&two, REGISTERED).is_err());
        assert_eq!(read(&fill_tokens("concurrent = 2\n", REGISTERED).unwrap()).unwrap().runners.len(), 1);
    }

    #[test]
    fn every_syntax_error_has_its_place() {
        let found = check("a = 1\nb = \nc = [1\n");
        assert_eq!((found[0].line, found[0].column), (2, 5), "{found:?}");
        assert!(read("b = ").unwrap_err().to_string().contains("line 1"));
        assert!(check("\u{feff}a = 1\r\n").is_empty());
    }
}
