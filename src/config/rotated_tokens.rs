//! Tokens that GitLab has renewed: gitlab-runner writes a new one into its own copy of the configuration, and the one
//! in the secret is worth nothing any more.

use super::document::{get, parse};
use super::preserve;
use crate::problem::Result;
use crate::secret::Secret;
use toml_edit::{Item, Table};

/// A token, and the one that took its place. No `Debug`: the new one would be in it.
#[derive(Clone)]
pub struct Renewed {
    old: Secret,
    /// With the times that say when it is renewed next.
    new: Vec<(&'static str, Item)>,
}

/// What a renewal writes.
const KEYS: [&str; 3] = ["token", "token_obtained_at", "token_expires_at"];

/// Returns what gitlab-runner has renewed in its copy of a configuration; nothing where one of the two is not TOML.
pub fn find(given: &str, copy: &str) -> Vec<Renewed> {
    pairs(given, copy).into_iter().filter_map(|(given, copy)| renewal(&given, &copy)).collect()
}

/// Returns what was renewed between an older configuration and a newer one that a user may have written in: only where
/// the newer one says that it got its token later, and for the same runner. A token that was mistyped is no newer one.
pub fn find_later(older: &str, newer: &str) -> Vec<Renewed> {
    let id = |table: &Table| get(table, "id").and_then(Item::as_integer).filter(|id| *id != 0);
    let obtained = |table: &Table| -> Option<jiff::Timestamp> {
        get(table, "token_obtained_at")?.as_datetime()?.to_string().parse().ok()
    };
    let later = |(older, newer): &(Table, Table)| {
        id(older).is_some() && id(older) == id(newer) && obtained(older).is_some() && obtained(older) < obtained(newer)
    };
    pairs(older, newer).into_iter().filter(later).filter_map(|(older, newer)| renewal(&older, &newer)).collect()
}

/// The runners of both, one by one.
fn pairs(one: &str, other: &str) -> Vec<(Table, Table)> {
    let tables = |text: &str| -> Vec<Table> {
        let Ok(document) = parse(text) else { return vec![] };
        get(document.as_table(), "runners").and_then(Item::as_array_of_tables).into_iter().flatten().cloned().collect()
    };
    tables(one).into_iter().zip(tables(other)).collect()
}

fn renewal(old: &Table, new: &Table) -> Option<Renewed> {
    let text = |table: &Table, key| get(table, key).and_then(Item::as_str).unwrap_or_default().to_owned();
    let (before, after) = (text(old, "token"), text(new, "token"));
    // What stands for a variable is written back as its value.
    let renewed = text(old, "url") == text(new, "url") && before != after && !after.is_empty() && !before.contains('$');
    renewed.then(|| Renewed {
        old: Secret::new(before),
        new: KEYS.iter().filter_map(|key| Some((*key, get(new, key)?.clone()))).collect(),
    })
}

/// Returns the text with the new tokens in the place of the old ones, and how many; all else stays as it is.
///
/// # Errors
/// The text is not TOML.
pub fn carry(text: &str, renewed: &[Renewed]) -> Result<(String, usize)> {
    let mut count = 0;
    let text = preserve::edit(text, |document| {
        let name = document.iter().map(|(key, _)| key).find(|key| key.eq_ignore_ascii_case("runners"));
        let name = name.unwrap_or("runners").to_owned();
        let tables = document.get_mut(&name).and_then(Item::as_array_of_tables_mut);
        for table in tables.into_iter().flat_map(|tables| tables.iter_mut()) {
            let token = get(table, "token").and_then(Item::as_str).unwrap_or_default().to_owned();
            if let Some(renewed) = renewed.iter().find(|renewed| renewed.old.expose_str() == token) {
                count += 1;
                renewed.new.iter().for_each(|(key, item)| set(table, key, item));
            }
        }
        Ok(())
    })?;
    Ok((text, count))
}

/// Sets a key, where it stands, with what stands around it; a new one at the end, indented as its neighbours are.
fn set(table: &mut Table, key: &str, item: &Item) {
    let Some(mut value) = item.as_value().cloned() else { return };
    let there = table.iter().map(|(name, _)| name.to_owned()).find(|name| name.eq_ignore_ascii_case(key));
    let place = there.as_ref().and_then(|name| table.get_mut(name)).and_then(Item::as_value_mut);
    if let Some(place) = place {
        *value.decor_mut() = place.decor().clone();
        *place = value;
        return;
    }
    let first = table.iter().next().map(|(name, _)| name.to_owned());
    let indent = first.and_then(|name| table.key(&name)?.leaf_decor().prefix()?.as_str().map(str::to_owned));
    *value.decor_mut() = toml_edit::Decor::new(" ", "");
    table.insert(key, Item::Value(value));
    if let (Some(indent), Some(mut key)) = (indent, table.key_mut(key)) {
        key.leaf_decor_mut().set_prefix(indent.rsplit('\n').next().unwrap_or_default().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "# mine\nconcurrent = 2\n\n[[runners]] # one\n  url = \"https://g/\"\n  Token = \"old-1\" # mine\n  \
                         token_expires_at = 2026-12-01T00:00:00Z\n[[runners]]\n  url = \"https://g/\"\n  token = \"old-2\"\n";
    const COPY: &str = "concurrent = 2\n[[runners]]\nurl = \"https://g/\"\ntoken = \"new-1\"\ntoken_obtained_at = 2026-11-24T00:00:00Z\n\
                        token_expires_at = 2027-01-01T00:00:00Z\n[[runners]]\nurl = \"https://g/\"\ntoken = \"old-2\"\n";

    #[test]
    fn the_new_token_goes_where_the_old_one_was_and_all_else_stays() {
        let renewed = find(GIVEN, COPY);
        assert_eq!(renewed.len(), 1);
        let text = GIVEN.replace("= 2\n", "= 5 # more\n");
        let (carried, count) = carry(&text, &renewed).unwrap();
        assert_eq!(count, 1);
        let expected = text.replace("\"old-1\"", "\"new-1\"").replace("2026-12-01", "2027-01-01");
        let expected = expected.replace("Z\n[[", "Z\n  token_obtained_at = 2026-11-24T00:00:00Z\n[[");
        assert_eq!(carried, expected);
        assert_eq!(carry(&carried, &renewed).unwrap(), (expected, 0), "once");
    }

    #[test]
    fn what_is_no_renewal_is_none() {
        assert_eq!(find(GIVEN, GIVEN).len(), 0);
        let with = |old: &str, new: &str| GIVEN.replace(old, new);
        assert_eq!(find(&with("old-1", "${TOKEN}"), &with("old-1", "old-3")).len(), 0, "a variable, expanded");
        assert_eq!(find(GIVEN, &with("https://g/", "https://other/").replace("old", "new")).len(), 0);
        assert_eq!(find(GIVEN, "[[runners]\n").len(), 0);
        // A text of somebody else's, without that token, is left alone.
        let other = with("old-1", "third");
        assert_eq!(carry(&other, &find(GIVEN, COPY)).unwrap(), (other, 0));
    }

    #[test]
    fn an_older_version_gets_a_token_that_is_newer_and_no_other() {
        let with = |token: &str, at: &str| {
            format!("[[runners]]\nurl = \"https://g/\"\nid = 7\ntoken = \"{token}\"\ntoken_obtained_at = {at}\n")
        };
        let old = with("old", "2026-11-01T00:00:00Z");
        let count = |newer: &str| find_later(&old, newer).len();
        assert_eq!(count(&with("new", "2026-11-24T00:00:00Z")), 1);
        assert_eq!(count(&with("typo", "2026-11-01T00:00:00Z")), 0);
        assert_eq!(count(&with("other", "2026-11-24T00:00:00Z").replace("id = 7", "id = 8")), 0);
        assert_eq!(count(&with("new", "2026-11-24T00:00:00Z").replace("id = 7\n", "")), 0);
    }
}
