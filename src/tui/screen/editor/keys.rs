//! The keys of the editor and of what is asked in it.
//!
//! Only keys that terminals pass on: no Shift with a function key, no Ctrl with a digit.

use crate::tui::act::Act;
use crate::tui::editor::Editor;
use crate::tui::editor::prompt::Ask;
use crate::tui::editor::recipe::Recipes;
use crate::tui::keys::binding::{Binding, ENTER, ESC, Key, SCROLL, TYPING, code, ctrl, table};
use crate::tui::model::Model;
use crossterm::event::KeyCode;

const TAB: Key = code(KeyCode::Tab);
const BACK_TAB: Key = code(KeyCode::BackTab);
const UP: Key = code(KeyCode::Up);
const DOWN: Key = code(KeyCode::Down);

const CTRL_UP: Key = Key(KeyCode::Up, true);
const CTRL_DOWN: Key = Key(KeyCode::Down, true);

const fn f(n: u8) -> Key {
    code(KeyCode::F(n))
}

table! { EDITOR:
    [ctrl('s')] Act::Keep, "keep", "check the text and go on with it; one with errors stays here";
    [ESC] Act::Back, "back", "back";
    [f(2)] Act::Reveal, "show tokens", "show tokens, or hide them";
    [f(4)] Act::Recipes, "recipes", "whole changes by name: a cache, the socket for jobs, a proxy, …";
    [f(8)] Act::NextFinding, "next error", "to the next error or warning";
    [f(7)] Act::PreviousFinding, "", "to the one before";
    [ctrl(' ')] Act::Complete, "complete", "what may stand at the cursor";
    [TAB] Act::CompleteWord, "", "the same, behind a word";
    [ctrl('z')] Act::Undo, "undo", "take the last step back";
    [ctrl('y')] Act::Redo, "", "do it again";
    [ctrl('f')] Act::Search, "search", "search";
    [ctrl('n'), f(3)] Act::NextHit, "", "the next place";
    [ctrl('b')] Act::PreviousHit, "", "the place before";
    [ctrl('r')] Act::Replace, "replace", "search, and put something else there: one place, or all";
    [f(5)] Act::Comment, "", "comment the line out, or all that is selected, or back in";
    [CTRL_UP] Act::LinesUp, "", "move the line up, or all that is selected";
    [CTRL_DOWN] Act::LinesDown, "", "move it down";
    [ctrl('g')] Act::GoTo, "", "go to a line";
    [ctrl('a')] Act::SelectAll, "", "select all of it (Shift with the arrows selects a part)";
    [ctrl('c')] Act::Copy, "", "copy what is selected, also to the terminal's clipboard";
    [ctrl('x')] Act::Cut, "", "cut what is selected, or the line";
    [ctrl('v')] Act::Put, "", "put in what was copied or cut here";
    [ctrl('e')] Act::Lend, "$EDITOR", "edit the text in your own editor ($VISUAL, $EDITOR), and come back";
}
table! { POPUP:
    [ENTER, TAB] Act::Main, "put it in", "put the chosen one in";
    [UP] Act::Up, "", "the one before";
    [DOWN] Act::Down, "", "the next one";
    [ESC] Act::Back, "close", "close the list";
}
table! { SEARCH:
    [ENTER] Act::Main, "search", "search for what was typed";
    [ctrl('j')] Act::LineEnd, "", "a line's end: what is searched for may go over several lines";
    [ESC] Act::Back, "back", "back to where it was";
}
table! { REPLACE:
    [ENTER] Act::Main, "replace", "replace at the cursor, and on to the next place";
    [TAB, BACK_TAB] Act::NextField, "other field", "to the other field";
    [ctrl('j')] Act::LineEnd, "", "a line's end: both may go over several lines";
    [ctrl('a')] Act::ReplaceAll, "all", "replace everywhere; one step to take back";
    [ctrl('n'), f(3)] Act::NextHit, "skip", "leave this place as it is, and on to the next";
    [ctrl('b')] Act::PreviousHit, "", "the place before";
    [ESC] Act::Back, "done", "done with replacing";
}
table! { LIST:
    [ENTER] Act::Main, "take it", "take the chosen one";
    [UP, BACK_TAB] Act::Up, "", "the one before";
    [DOWN, TAB] Act::Down, "", "the next one";
    [ESC] Act::Back, "back", "back to the text";
}
table! { FORM:
    [ENTER] Act::Main, "go on", "see what it changes";
    [TAB, DOWN] Act::NextField, "next field", "the next field";
    [BACK_TAB, UP] Act::PreviousField, "", "the field before";
    [ESC] Act::Back, "back", "back to the list";
}
table! { PREVIEW:
    [ENTER] Act::Main, "put it in", "change the text like this; one step to take back";
    [ESC] Act::Back, "back", "back to the list";
}

/// Returns the tables that count now, the closest first.
pub(crate) fn tables(model: &Model) -> Vec<&'static [Binding]> {
    let Some(editor) = &model.editor else { return vec![TYPING] };
    match (&editor.recipes, &editor.prompt, &editor.popup) {
        (Some(Recipes::List(_)), ..) => vec![LIST, TYPING],
        (Some(Recipes::Ask(_)), ..) => vec![FORM, TYPING],
        (Some(Recipes::Preview { .. }), ..) => vec![PREVIEW, SCROLL, TYPING],
        (None, Some(prompt), _) if prompt.ask == Ask::Replace => vec![REPLACE, TYPING],
        (None, Some(_), _) => vec![SEARCH, TYPING],
        (None, None, Some(_)) => vec![POPUP, EDITOR, TYPING],
        (None, None, None) => vec![EDITOR, TYPING],
    }
}

/// Returns whether letters are text.
pub(crate) fn typing(model: &Model) -> bool {
    let recipes = model.editor.as_ref().and_then(|editor| editor.recipes.as_ref());
    matches!(recipes, None | Some(Recipes::Ask(_)))
}

/// Returns whether something can be done now.
pub(crate) fn allowed(model: &Model, act: Act) -> bool {
    let editor = model.editor.as_ref();
    match act {
        Act::CompleteWord => editor.is_some_and(Editor::completes),
        Act::Copy => editor.is_some_and(|editor| editor.buffer.selection().is_some()),
        _ => true,
    }
}

/// Returns the word for a key in the line at the bottom.
pub(crate) fn hint(model: &Model, binding: &Binding) -> &'static str {
    let Some(editor) = &model.editor else { return binding.hint };
    match binding.act {
        Act::Reveal if editor.reveal => "hide tokens",
        Act::Keep if editor.standing.is_some() => "see the change",
        Act::Main if editor.prompt.as_ref().is_some_and(|prompt| prompt.ask == Ask::Line) => "go",
        _ => binding.hint,
    }
}
