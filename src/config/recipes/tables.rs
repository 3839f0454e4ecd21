//! Changing tables without disturbing what stands around.

use crate::problem::{Problem, Result};
use toml_edit::{Array, Decor, DocumentMut, Item, RawString, Table, TableLike, Value};

/// Does something to each runner.
///
/// # Errors
/// There is none, or the change fails.
pub(super) fn each_runner(
    document: &mut DocumentMut,
    mut change: impl FnMut(&mut dyn TableLike) -> Result<()>,
) -> Result<()> {
    let name = spelled(document.as_table(), "runners");
    let none = || {
        Problem::usage(
            "There is no [[runners]] to change.",
            "Register a runner first (`pipglr setup`), or write its entry.",
        )
    };
    match document.get_mut(&name) {
        Some(Item::ArrayOfTables(runners)) if !runners.is_empty() => {
            runners.iter_mut().try_for_each(|runner| change(runner))
        }
        Some(Item::Value(Value::Array(runners))) if !runners.is_empty() => {
            runners.iter_mut().filter_map(Value::as_inline_table_mut).try_for_each(|runner| change(runner))
        }
        _ => Err(none()),
    }
}

/// How a key is spelled in this table: as it is there, whatever its capitals, else as it is asked for.
pub(super) fn spelled(table: &dyn TableLike, name: &str) -> String {
    let there = table.iter().map(|(key, _)| key).find(|key| key.eq_ignore_ascii_case(name));
    there.unwrap_or(name).to_owned()
}

/// Sets a value; what stands behind it on its line stays.
pub(super) fn set(table: &mut dyn TableLike, name: &str, value: impl Into<Value>) {
    let name = spelled(table, name);
    let mut value: Value = value.into();
    match table.get_mut(&name) {
        Some(Item::Value(old)) => {
            if same(old, &value) {
                return;
            }
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        _ => {
            let indent = indent(table);
            table.insert(&name, Item::Value(value));
            indented(table, &name, indent);
        }
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.value() == b.value(),
        (Value::Integer(a), Value::Integer(b)) => a.value() == b.value(),
        (Value::Boolean(a), Value::Boolean(b)) => a.value() == b.value(),
        _ => false,
    }
}

/// Takes a value out.
pub(super) fn remove(table: &mut dyn TableLike, name: &str) {
    let name = spelled(table, name);
    table.remove(&name);
}

/// What stands before the first key of a table, on its line.
fn indent(table: &dyn TableLike) -> Option<String> {
    let name = table.iter().find(|(_, item)| item.is_value()).map(|(key, _)| key.to_owned())?;
    let prefix = table.key(&name)?.leaf_decor().prefix()?.as_str()?;
    Some(prefix.rsplit('\n').next().unwrap_or_default().to_owned())
}

fn indented(table: &mut dyn TableLike, name: &str, indent: Option<String>) {
    if let (Some(indent), Some(mut key)) = (indent, table.key_mut(name)) {
        key.leaf_decor_mut().set_prefix(indent);
    }
}

/// A section below a table, made where it is missing.
///
/// # Errors
/// There is something else of that name.
pub(super) fn section<'t>(table: &'t mut dyn TableLike, name: &str) -> Result<&'t mut dyn TableLike> {
    let name = spelled(table, name);
    if !table.contains_key(&name) {
        let before = indent(table).unwrap_or_default();
        let mut new = Table::new();
        *new.decor_mut() = Decor::new(before, "");
        table.insert(&name, Item::Table(new)); // in braces it becomes a table in braces
    }
    let wrong = Problem::usage(format!("`{name}` is no section."), format!("Write it as [runners.{name}]."));
    table.get_mut(&name).and_then(Item::as_table_like_mut).ok_or(wrong)
}

/// A list of texts, made where it is missing; one text becomes a list of it.
///
/// # Errors
/// There is something else of that name.
pub(super) fn list<'t>(table: &'t mut dyn TableLike, name: &str) -> Result<&'t mut Array> {
    if !table.contains_key(&spelled(table, name)) {
        set(table, name, Array::new());
    }
    let name = spelled(table, name);
    let wrong = Problem::usage(format!("`{name}` is no list."), format!("Write it as {name} = [\"…\"]."));
    table.get_mut(&name).and_then(Item::as_array_mut).ok_or(wrong)
}

/// Puts a text at the end of a list, laid out as the one before it.
pub(super) fn push(list: &mut Array, text: &str) {
    let last = list.iter().last().map(|value| value.decor().clone());
    let mut value = Value::from(text);
    match last {
        Some(decor) => {
            let prefix = decor.prefix().and_then(RawString::as_str).unwrap_or(" ");
            // The first of a list on one line has no blank before it.
            let prefix = if list.len() == 1 && !prefix.contains('\n') { " " } else { prefix };
            *value.decor_mut() = Decor::new(
                prefix,
                decor.suffix().and_then(RawString::as_str).filter(|_| !list.trailing_comma()).unwrap_or(""),
            );
            if let Some(before) = list.iter_mut().last().filter(|_| decor.suffix().is_some()) {
                before.decor_mut().set_suffix("");
            }
            list.push_formatted(value);
        }
        None => list.push_formatted(value),
    }
}

/// Sets `NAME=value` in a list of variables.
pub(super) fn variable(list: &mut Array, name: &str, text: &str) {
    let entry = format!("{name}={text}");
    let is_it = |value: &Value| {
        value.as_str().is_some_and(|there| there.split_once('=').is_some_and(|(there, _)| there == name))
    };
    let there = list.iter().position(is_it);
    match there {
        Some(index) => replace(list, index, &entry),
        None => push(list, &entry),
    }
}

/// Puts a text in the place of another in a list.
pub(super) fn replace(list: &mut Array, index: usize, text: &str) {
    if let Some(value) = list.get_mut(index).filter(|value| value.as_str() != Some(text)) {
        let decor = value.decor().clone();
        *value = Value::from(text);
        *value.decor_mut() = decor;
    }
}
