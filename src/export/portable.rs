//! A configuration for another host: without its tokens and what GitLab said of them, without this host's name, and with
//! a word in the place of each other secret.

use crate::config::{preserve, secrets};
use crate::problem::{Problem, Result};
use toml_edit::visit_mut::{VisitMut, visit_value_mut};
use toml_edit::{DocumentMut, Item, Table, Value};

/// What a registration gives, in the order in which gitlab-runner writes it.
const REGISTERED: [&str; 5] = ["name", "id", "token", "token_obtained_at", "token_expires_at"];
/// What stands in a comment in the place of a secret.
const LEFT_OUT: &str = "(left out)";

/// A configuration for another host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portable {
    /// Its text, without a secret.
    pub text: String,
    /// Its runners, in their order.
    pub runners: Vec<Runner>,
    /// What is to be put in.
    pub secrets: Vec<Asked>,
}

/// A runner without its token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runner {
    /// Its name; empty where each host gives it one.
    pub name: String,
    /// Its server.
    pub url: String,
}

/// A secret that is to be put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The word in its place; it always stands in a TOML string with escapes.
    pub word: String,
    /// Where it is: `runners[0].cache.s3.SecretKey`.
    pub key: String,
}

/// Takes out of a configuration what is one host's own; `own_name`: what a runner is called there by itself.
///
/// # Errors
/// It is not TOML, its runners are not written as `[[runners]]`, or a secret stands where no value is.
pub fn of(text: &str, own_name: &str) -> Result<Portable> {
    let mut runners = vec![];
    let text = preserve::edit(text, |document| {
        each_runner(document, |table| {
            let string = |table: &Table, key: &str| {
                let name = name_of(table, key)?;
                table.get(&name)?.as_str().map(str::to_owned)
            };
            for key in REGISTERED {
                let own = key != "name" || string(table, key).is_none_or(|name| name == own_name || name.is_empty());
                if let Some(key) = name_of(table, key).filter(|_| own) {
                    table.remove(&key);
                }
            }
            let text = |key| string(table, key).unwrap_or_default();
            runners.push(Runner { name: text("name"), url: text("url") });
        })
    })?;
    let (text, found) = replaced(&text);
    let mut words = Words::default();
    let text = preserve::edit(&text, |document| {
        words.visit_document_mut(document);
        Ok(())
    })?;
    let (mut inside, outside): (Vec<_>, Vec<_>) = found.into_iter().partition(|asked| words.0.contains(&asked.word));
    let mut text = outside.iter().fold(text, |text, asked| text.replace(&asked.word, LEFT_OUT));
    // Counted from 1 without a gap: a word that is free by now.
    for (at, asked) in inside.iter_mut().enumerate() {
        let word = word(at + 1);
        text = text.replace(&asked.word, &word);
        asked.word = word;
    }
    Ok(Portable { text, runners, secrets: inside })
}

/// Stands in the place of a secret.
fn word(number: usize) -> String {
    format!("PIPGLR_SECRET_{number}_")
}

impl Portable {
    /// Returns the text with a line in each runner that says which lines of its registration belong there: where `setup`
    /// puts them, in its order.
    ///
    /// # Errors
    /// It is not TOML.
    pub fn with_places(&self) -> Result<String> {
        let mut number = 0;
        preserve::edit(&self.text, |document| {
            each_runner(document, |table| {
                number += 1;
                let wanted = REGISTERED.iter().filter(|key| name_of(table, key).is_none());
                let wanted: Vec<&str> = wanted.copied().collect();
                let indent = table.iter().next().map(|(key, _)| key.to_owned());
                let indent = indent.and_then(|key| Some(table.key(&key)?.leaf_decor().prefix()?.as_str()?.to_owned()));
                table.insert(PLACE, toml_edit::value(format!("{number} {}", wanted.join(" "))));
                let indent = indent.map(|indent| indent.rsplit('\n').next().unwrap_or_default().to_owned());
                if let (Some(indent), Some(mut key)) = (indent, table.key_mut(PLACE)) {
                    key.leaf_decor_mut().set_prefix(indent);
                }
            })
        })
    }
}

/// The key of the line that [`Portable::with_places`] adds.
pub const PLACE: &str = "pipglr_registered";

fn each_runner(document: &mut DocumentMut, mut change: impl FnMut(&mut Table)) -> Result<()> {
    let Some(key) = name_of(document.as_table(), "runners") else { return Ok(()) };
    let Some(tables) = document.get_mut(&key).and_then(Item::as_array_of_tables_mut) else {
        return Err(Problem::usage(
            "`runners` is not written as [[runners]].",
            "Write each runner as a [[runners]] table (`pipglr edit`).",
        ));
    };
    tables.iter_mut().for_each(&mut change);
    Ok(())
}

/// A key as it is written there: capitals do not matter.
fn name_of(table: &Table, key: &str) -> Option<String> {
    table.iter().map(|(name, _)| name).find(|name| name.eq_ignore_ascii_case(key)).map(str::to_owned)
}

/// The text with a word in the place of each secret; the same secret has the same word.
fn replaced(text: &str) -> (String, Vec<Asked>) {
    let (mut new, mut from) = (String::with_capacity(text.len()), 0);
    let (mut asked, mut values): (Vec<Asked>, Vec<&str>) = (vec![], vec![]);
    for secret in secrets::find(text) {
        let value = &text[secret.span.clone()];
        let at = values.iter().position(|known| *known == value).unwrap_or_else(|| {
            values.push(value);
            asked.push(Asked { word: word(values.len()), key: secret.key.clone() });
            values.len() - 1
        });
        new.push_str(&text[from..secret.span.start]);
        new.push_str(&asked[at].word);
        from = secret.span.end;
    }
    new.push_str(&text[from..]);
    (new, asked)
}

/// Collects the words that stand in strings, and has those strings be ones with escapes: what is put in may need them.
#[derive(Default)]
struct Words(Vec<String>);

impl VisitMut for Words {
    fn visit_value_mut(&mut self, value: &mut Value) {
        if let Value::String(string) = value
            && string.value().contains("PIPGLR_SECRET_")
        {
            let text = string.value().clone();
            let words = text.match_indices("PIPGLR_SECRET_").filter_map(|(at, mark)| {
                let rest = &text[at + mark.len()..];
                Some(format!("{mark}{}_", &rest[..rest.find('_')?]))
            });
            self.0.extend(words);
            let literal =
                string.as_repr().and_then(|repr| repr.as_raw().as_str()).is_some_and(|raw| raw.starts_with('\''));
            if literal && let Ok(mut basic) = basic(&text).parse::<Value>() {
                *basic.decor_mut() = value.decor().clone();
                *value = basic;
            }
            return;
        }
        visit_value_mut(self, value);
    }
}

/// A text as a TOML string with escapes.
fn basic(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"concurrent = 4 # jobs
# the old token was glrt-t1_oldoldoldoldold

[[runners]]
  name = "pipglr johndoe@box"
  url = "https://gitlab.example/"
  id = 7
  token = "glrt-t1_abcdefghijklmn"
  token_obtained_at = 2026-11-24T10:00:00Z
  executor = "docker"
  environment = ["A=b", 'MY_PASSWORD=hunter2 "x"', "AGAIN_PASSWORD=s3cr3tabc"]
  [runners.cache.s3]
    SecretKey = "s3cr3tabc"

[[runners]]
  name = "mine"
  url = "https://other.example/"
  token = "glrt-t1_zzzzzzzzzzzzzz"
"#;

    #[test]
    fn what_is_the_host_s_own_goes_and_all_else_stays() {
        let portable = of(TEXT, "pipglr johndoe@box").unwrap();
        for gone in ["glrt-", "hunter2", "s3cr3tabc", "johndoe", "id = 7", "token_obtained_at"] {
            assert!(!portable.text.contains(gone), "{gone}: {}", portable.text);
        }
        for stays in ["concurrent = 4 # jobs\n", "name = \"mine\"", "\"A=b\"", "  url = \"https://gitlab.example/\"\n"]
        {
            assert!(portable.text.contains(stays), "{stays}: {}", portable.text);
        }
        let names: Vec<_> = portable.runners.iter().map(|runner| runner.name.as_str()).collect();
        assert_eq!(names, ["", "mine"]);
        let keys: Vec<_> = portable.secrets.iter().map(|asked| asked.key.as_str()).collect();
        assert_eq!(keys.len(), 2, "{keys:?}: the same secret is asked for once");
        assert!(keys[0].ends_with("MY_PASSWORD"), "{keys:?}");
    }

    #[test]
    fn what_is_put_in_can_be_escaped_and_gives_the_same_configuration() {
        let portable = of(TEXT, "x").unwrap();
        let filled = portable.secrets.iter().zip(["hunter2 \\\"x\\\"", "s3cr3tabc"]);
        let text = filled.fold(portable.text, |text, (asked, value)| text.replace(&asked.word, value));
        let same = |text: &str| {
            let mut table: toml::Table = text.parse().unwrap();
            for runner in table["runners"].as_array_mut().unwrap() {
                REGISTERED
                    .iter()
                    .filter(|key| **key != "name")
                    .for_each(|key| drop(runner.as_table_mut().unwrap().remove(*key)));
            }
            table
        };
        assert_eq!(same(&text), same(TEXT));
    }

    #[test]
    fn the_place_of_a_registration_is_where_setup_puts_it() {
        let text = of(TEXT, "pipglr johndoe@box").unwrap().with_places().unwrap();
        assert!(
            text.contains(
                "  pipglr_registered = \"1 name id token token_obtained_at token_expires_at\"\n  [runners.cache.s3]"
            ),
            "{text}"
        );
        assert!(text.contains("\n  pipglr_registered = \"2 id token token_obtained_at token_expires_at\"\n"), "{text}");
    }

    #[test]
    fn a_text_that_cannot_be_taken_apart_is_refused() {
        assert!(of("runners = [{token = \"abc\"}]", "x").is_err());
        assert!(of("[[runners]\n", "x").is_err());
    }
}
