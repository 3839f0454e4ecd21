//! What is secret in a text, and what is shown in its place: the one list for the log, a configuration, a difference,
//! the command log, failures and crash reports.
//!
//! [`tokens`] knows secrets by their looks, [`names`] by what they are called, [`rules`] by where they stand, and
//! [`command`] what a command line of podman's hides besides. What they find never runs over the end of a line, nor over
//! the quote or the bracket that closes a value.

pub mod command;
mod hints;
mod key;
mod names;
mod rules;
mod tokens;
mod value;

pub use hints::suspicious;
pub use key::Inside;
pub use names::tells;
pub use tokens::{RUNNER_TOKEN, begun_kind, looks_like_token, token_kind, tokens_in};

use std::borrow::Cow;
use std::ops::Range;

/// What stands in the place of a secret, as GitLab writes it in a job's log.
pub const MASK: &str = "[MASKED]";

/// What stands in the place of a secret in a configuration; its length is nobody's business either.
pub const DOTS: &str = "••••••••";

/// So many dots are a mask, and no list of points.
const FEWEST_DOTS: usize = 4;

/// Finds the places of the secrets of a text, in order, none over another and none over the end of a line.
pub fn find(text: &str) -> Vec<Range<usize>> {
    find_from(text, &mut Inside::default())
}

/// Finds them where the text before may have ended within a private key; says where this one ends.
pub fn find_from(text: &str, inside: &mut Inside) -> Vec<Range<usize>> {
    if !inside.is_open() && !suspicious(text) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        let mut here = rules::find(line);
        here.extend(inside.line(line).filter(|body| !is_mask(&line[body.clone()])));
        found.extend(here.into_iter().map(|range| start + range.start..start + range.end));
        start += line.len() + 1;
    }
    apart(found)
}

/// Finds the tokens of a text, by their looks alone.
pub fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    tokens::find(text)
}

/// Sorted, and what overlaps made one.
fn apart(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.retain(|range| !range.is_empty());
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for range in found {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

/// Returns the text without its secrets. What lay inside of one that is gone may show another: it is looked again.
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut clean = once(text);
    for _ in 0..3 {
        let Cow::Owned(again) = once(&clean) else { break };
        clean = Cow::Owned(again);
    }
    clean
}

fn once(text: &str) -> Cow<'_, str> {
    let found = find(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut from = 0;
    for range in found {
        clean.push_str(&text[from..range.start]);
        clean.push_str(MASK);
        from = range.end;
    }
    clean.push_str(&text[from..]);
    Cow::Owned(clean)
}

/// Whether a value is a mask already: ours, or what Go and other tools write.
fn is_mask(value: &str) -> bool {
    let only = |mark: char| value.chars().all(|c| c == mark);
    value.contains(MASK) || value.starts_with(&MASK[..MASK.len() - 1]) || only('•') || only('*') || value == "xxxxx"
}

/// Finds this program's own masks in a text, in order: what was shown is not what was stored.
pub fn masks(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = text.match_indices(MASK).map(|(at, mask)| at..at + mask.len()).collect();
    let mut from = 0;
    while let Some(at) = text[from..].find('•') {
        let start = from + at;
        let end = start + text[start..].find(|c| c != '•').unwrap_or(text.len() - start);
        if text[start..end].chars().count() >= FEWEST_DOTS {
            found.push(start..end);
        }
        from = end;
    }
    found.sort_by_key(|range| range.start);
    found
}

#[cfg(test)]
mod tests;
