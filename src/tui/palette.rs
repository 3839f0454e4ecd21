//! The palette: all that can be done, by name; of the screen one is on, and of those that are a key away from home.

use super::act::Act;
use super::input::TextField;
use super::keys::active::{active_below, active_on};
use super::keys::binding::Binding;
use super::model::{Model, Screen};
use super::screen::face;

/// What was typed in it, and the line that is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Palette {
    /// What was typed.
    pub field: TextField,
    /// The chosen one of those that match.
    pub at: usize,
}

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it is done; `None` for the screen one is on.
    pub there: Option<Screen>,
    /// Its keys.
    pub keys: String,
    /// What they do.
    pub act: Act,
    /// The word at the bottom; empty where it is not there.
    pub hint: &'static str,
    /// In words.
    pub words: &'static str,
}

impl Entry {
    /// Returns the name of the screen that it leads to; empty for the one that is shown.
    pub fn place(&self) -> &'static str {
        match self.there {
            Some(Screen::Home) => "home",
            Some(Screen::Log) => "log",
            Some(Screen::Doctor) => "doctor",
            _ => "",
        }
    }
}

/// The screens whose actions are offered from everywhere.
const ELSEWHERE: [Screen; 3] = [Screen::Home, Screen::Log, Screen::Doctor];

/// Returns what matches, the best first.
pub fn matching(model: &Model) -> Vec<Entry> {
    let wanted = model.palette.field.text().to_lowercase();
    let mut scored: Vec<(u32, Entry)> = all(model)
        .into_iter()
        .filter_map(|entry| {
            let text = format!("{} {} {}", entry.place(), entry.hint, entry.words).to_lowercase();
            Some((wanted.split_whitespace().map(|word| score(word, &text)).sum::<Option<u32>>()?, entry))
        })
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, entry)| entry).collect()
}

/// Returns all that can be done: first here, then elsewhere, where going there loses nothing.
fn all(model: &Model) -> Vec<Entry> {
    let entry = |there, (keys, binding): (String, &Binding)| Entry {
        there,
        keys,
        act: binding.act,
        hint: binding.hint,
        words: binding.help,
    };
    let here = active_below(model).into_iter().map(|line| entry(None, line));
    let mut all: Vec<Entry> = here.filter(|entry| is_named(entry.act)).collect();
    for screen in ELSEWHERE.into_iter().filter(|screen| *screen != model.screen && can_leave(model)) {
        let lines = active_on(model, screen).into_iter().filter(|(_, binding)| is_named(binding.act));
        for line in lines {
            if all.iter().all(|known| known.act != line.1.act || known.words != line.1.help) {
                all.push(entry(Some(screen), line));
            }
        }
    }
    all
}

/// Whether an action is one to look for by name. What scrolls is not; and Enter does only what is in sight.
fn is_named(act: Act) -> bool {
    act.scrolled(0, 1).is_none()
        && !matches!(
            act,
            Act::Main | Act::Back | Act::Previous | Act::Next | Act::Left | Act::Right | Act::Palette | Act::Stop
        )
}

/// Whether nothing is begun on this screen that going elsewhere would leave behind; and there is an elsewhere.
fn can_leave(model: &Model) -> bool {
    let known = model.home.status.is_some() || model.was_set_up();
    known
        && model.operation.is_none()
        && model.editor.is_none()
        && model.change.is_none()
        && !model.climb.climbing
        && face(model.screen).text.as_ref().is_none_or(|text| !(text.typing)(model))
}

/// Returns how well a word is in a text: as the beginning of a word, in it, or only its letters in their order.
fn score(word: &str, text: &str) -> Option<u32> {
    if let Some(at) = text.find(word) {
        let begins = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        return Some(if begins { 3 } else { 2 });
    }
    // All letters of a sentence hold nearly every word in turn: what its words begin with does not.
    let mut begins = text.split_whitespace().filter_map(|word| word.chars().next());
    word.chars().all(|wanted| begins.any(|c| c == wanted)).then_some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_matches_by_its_beginning_before_its_middle_and_by_its_letters_last() {
        assert_eq!(score("res", "restart the container"), Some(3));
        assert_eq!(score("tain", "restart the container"), Some(2));
        assert_eq!(score("rtc", "restart the container"), Some(1));
        assert_eq!(score("xyz", "restart the container"), None);
        assert_eq!(score("undo", "take no new jobs, and let running ones end; it outlasts a restart"), None);
    }
}
