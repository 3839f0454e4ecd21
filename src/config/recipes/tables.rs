//! Changing tables without disturbing what stands around.

use crate::names::PODMAN_SOCKET;
use crate::problem::{Problem, Result};
use toml_edit::{Array, Decor, DocumentMut, Item, RawString, Table, TableLike, Value};

/// The image of a section that had to be made.
const IMAGE: &str = "docker.io/library/debian:stable-slim";

/// A section, and how its keys are indented.
pub(super) struct Section<'t> {
    table: &'t mut dyn TableLike,
    indent: String,
}

/// Does something to each runner.
///
/// # Errors
/// There is none, or the change fails.
pub(super) fn each_runner(
    document: &mut DocumentMut,
    mut change: impl FnMut(&mut Section) -> Result<()>,
) -> Result<()> {
    let name = spelled(document.as_table(), "runners");
    match document.get_mut(&name) {
        Some(Item::ArrayOfTables(runners)) if !runners.is_empty() => {
            runners.iter_mut().try_for_each(|runner| change(&mut Section::new(runner)))
        }
        Some(Item::Value(Value::Array(runners))) if !runners.is_empty() => runners
            .iter_mut()
            .filter_map(Value::as_inline_table_mut)
            .try_for_each(|runner| change(&mut Section::new(runner))),
        _ => Err(Problem::usage(
            "There is no [[runners]] to change.",
            "Register a runner first (`pipglr setup`), or write its entry.",
        )),
    }
}

/// Does something to the [runners.docker] of each runner whose executor is docker; one that is missing is made.
///
/// # Errors
/// There is none, or the change fails.
pub(super) fn each_docker(
    document: &mut DocumentMut,
    mut change: impl FnMut(&mut Section) -> Result<()>,
) -> Result<()> {
    let mut some = false;
    each_runner(document, |runner| {
        if !runner.text("executor").is_some_and(|executor| executor.eq_ignore_ascii_case("docker")) {
            return Ok(());
        }
        some = true;
        let new = !runner.has("docker");
        let mut docker = runner.section("docker")?;
        if new {
            docker.set("host", PODMAN_SOCKET);
            docker.set("image", IMAGE);
        }
        change(&mut docker)
    })?;
    if some {
        return Ok(());
    }
    Err(Problem::usage(
        "No runner has the executor docker, and this is for no other.",
        "Set executor = \"docker\" in its [[runners]] first.",
    ))
}

/// How a key is spelled in a table: as it is there, whatever its capitals, else as it is asked for.
fn spelled(table: &dyn TableLike, name: &str) -> String {
    let there = table.iter().map(|(key, _)| key).find(|key| key.eq_ignore_ascii_case(name));
    there.unwrap_or(name).to_owned()
}

/// What stands before the first key of a table, on its line.
fn indent(table: &dyn TableLike) -> Option<String> {
    let name = table.iter().find(|(_, item)| item.is_value()).map(|(key, _)| key.to_owned())?;
    let prefix = table.key(&name)?.leaf_decor().prefix()?.as_str()?;
    Some(prefix.rsplit('\n').next().unwrap_or_default().to_owned())
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.value() == b.value(),
        (Value::Integer(a), Value::Integer(b)) => a.value() == b.value(),
        (Value::Boolean(a), Value::Boolean(b)) => a.value() == b.value(),
        _ => false,
    }
}

impl<'t> Section<'t> {
    /// A section whose keys tell how they are indented.
    pub(super) fn new(table: &'t mut dyn TableLike) -> Self {
        let indent = indent(table).unwrap_or_default();
        Self { table, indent }
    }

    /// Whether there is such a key.
    pub(super) fn has(&self, name: &str) -> bool {
        self.table.contains_key(&spelled(self.table, name))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.table.get(&spelled(self.table, name))?.as_str()
    }

    /// Sets a value; what stands behind it on its line stays.
    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        let name = spelled(self.table, name);
        let mut value: Value = value.into();
        match self.table.get_mut(&name) {
            Some(Item::Value(old)) if same(old, &value) => {}
            Some(Item::Value(old)) => {
                *value.decor_mut() = old.decor().clone();
                *old = value;
            }
            _ => {
                self.table.insert(&name, Item::Value(value));
                // In braces a key has no line of its own.
                if let (false, Some(mut key)) = (self.indent.is_empty(), self.table.key_mut(&name)) {
                    key.leaf_decor_mut().set_prefix(self.indent.clone());
                }
            }
        }
    }

    /// Takes a key out.
    pub(super) fn remove(&mut self, name: &str) {
        let name = spelled(self.table, name);
        self.table.remove(&name);
    }

    /// A section below it, made where it is missing.
    ///
    /// # Errors
    /// There is something else of that name.
    pub(super) fn section(&mut self, name: &str) -> Result<Section<'_>> {
        let name = spelled(self.table, name);
        if !self.table.contains_key(&name) {
            let mut new = Table::new();
            *new.decor_mut() = Decor::new(self.indent.clone(), "");
            self.table.insert(&name, Item::Table(new)); // in braces it becomes a table in braces
        }
        let wrong = Problem::usage(format!("`{name}` is no section."), format!("Write it as [runners.{name}]."));
        let item = self.table.get_mut(&name).ok_or_else(|| wrong.clone())?;
        let header = item.as_table().and_then(|table| table.decor().prefix()?.as_str()).map(|prefix| {
            let last = prefix.rsplit('\n').next().unwrap_or_default();
            if last.is_empty() { String::new() } else { format!("{last}  ") }
        });
        let table = item.as_table_like_mut().ok_or(wrong)?;
        let indent = indent(table).or(header).unwrap_or_default();
        Ok(Section { table, indent })
    }

    /// A list of texts, made where it is missing.
    ///
    /// # Errors
    /// There is something else of that name.
    pub(super) fn list(&mut self, name: &str) -> Result<&mut Array> {
        if !self.has(name) {
            self.set(name, Array::new());
        }
        let name = spelled(self.table, name);
        let wrong = Problem::usage(format!("`{name}` is no list."), format!("Write it as {name} = [\"…\"]."));
        self.table.get_mut(&name).and_then(Item::as_array_mut).ok_or(wrong)
    }
}

/// Puts a text at the end of a list, laid out as the one before it; comments stay behind what they are about.
pub(super) fn push(list: &mut Array, text: &str) {
    let mut value = Value::from(text);
    let comma = list.trailing_comma();
    let last = list.iter().last().map(|value| value.decor().clone());
    if let Some(last) = last {
        let part = |raw: Option<&RawString>| raw.and_then(RawString::as_str).unwrap_or_default().to_owned();
        let (prefix, suffix) = (part(last.prefix()), part(last.suffix()));
        // From the last value to the bracket: comments, and the line of the bracket.
        let behind = if comma { part(Some(list.trailing())) } else { suffix.clone() };
        let (prefix, behind) = match behind.rsplit_once('\n') {
            Some((comments, bracket)) => {
                let indent = prefix.rsplit('\n').next().unwrap_or_default();
                (format!("{comments}\n{indent}"), format!("\n{bracket}"))
            }
            // The first of a list on one line has no blank before it.
            None if list.len() == 1 && !prefix.contains('\n') => (" ".to_owned(), behind),
            None => (prefix, behind),
        };
        *value.decor_mut() = Decor::new(prefix, if comma { "" } else { &behind });
        if comma {
            list.set_trailing(behind);
        } else if let Some(before) = list.iter_mut().last() {
            before.decor_mut().set_suffix("");
        }
    }
    list.push_formatted(value);
}

/// Puts a text in the place of another in a list.
pub(super) fn replace(list: &mut Array, index: usize, text: &str) {
    if let Some(value) = list.get_mut(index).filter(|value| value.as_str() != Some(text)) {
        let decor = value.decor().clone();
        *value = Value::from(text);
        *value.decor_mut() = decor;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_keeps_its_looks() {
        for (before, after) in [
            ("[]", "[\"n\"]"),
            ("[\"a\"]", "[\"a\", \"n\"]"),
            ("[ \"a\" ]", "[ \"a\", \"n\" ]"),
            ("[\"a\", \"b\",]", "[\"a\", \"b\", \"n\",]"),
            ("[\n  \"a\", # one\n  \"b\", # two\n]", "[\n  \"a\", # one\n  \"b\", # two\n  \"n\",\n]"),
            ("[\n  \"a\" # one\n]", "[\n  \"a\", # one\n  \"n\"\n]"),
            ("[\"a\",\n \"b\"]", "[\"a\",\n \"b\",\n \"n\"]"),
        ] {
            let mut document: DocumentMut = format!("x = {before}\n").parse().unwrap();
            push(document["x"].as_array_mut().unwrap(), "n");
            assert_eq!(document.to_string(), format!("x = {after}\n"));
        }
    }
}
