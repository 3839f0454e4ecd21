//! Each key against the table of keys: known, of the right type, once, and not too new.

use super::super::keys::{self, Inner, Key, Kind};
use super::{Context, Findings, unknown, value};
use crate::text::sanitize::sanitize;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// A value with its place.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// Where the walk is.
pub(super) struct Path<'p> {
    parts: Vec<(&'p str, Option<usize>)>,
}

impl<'p> Path<'p> {
    /// `runners[0].docker.name`; the name may be empty.
    pub(super) fn key(&self, name: &str) -> String {
        let mut text = String::new();
        for (part, index) in &self.parts {
            let dot = if text.is_empty() { "" } else { "." };
            let _ = write!(text, "{dot}{part}");
            if let Some(index) = index {
                let _ = write!(text, "[{index}]");
            }
        }
        if !name.is_empty() {
            let dot = if text.is_empty() { "" } else { "." };
            let _ = write!(text, "{dot}{name}");
        }
        sanitize(&text)
    }
}

/// Goes through the whole text.
pub(super) fn walk(table: &DeTable, found: &mut Findings, context: &Context) {
    let offset = found.source.toml().1;
    let mut walk = Walk { found, context, offset, path: Path { parts: Vec::new() } };
    walk.table(keys::root(), table, 0..0);
}

pub(super) struct Walk<'w, 's, 't> {
    pub found: &'w mut Findings<'s>,
    pub context: &'w Context,
    offset: usize,
    pub path: Path<'t>,
}

impl<'t> Walk<'_, '_, 't> {
    pub(super) fn span(&self, span: Range<usize>) -> Range<usize> {
        span.start + self.offset..span.end + self.offset
    }

    /// A section with known keys; `header` is where it begins.
    fn table(&mut self, section: &'static Key, table: &'t DeTable, header: Range<usize>) {
        let mut spellings: HashMap<*const Key, &Spanned<DeString>> = HashMap::new();
        for (name, value) in table.iter() {
            let Some(key) = section.child(name.get_ref()) else {
                unknown::report(self, section, name, value);
                continue;
            };
            if let Some(other) = spellings.insert(key, name) {
                self.twice(other, name);
            }
            self.used(key, name);
            self.value(key, name, value);
        }
        if self.found.broken {
            return;
        }
        for key in section.children().filter(|key| key.required && !spellings.contains_key(&std::ptr::from_ref(*key))) {
            let header = if header.is_empty() { header.clone() } else { self.span(header.clone()) };
            let message = format!("{} has no `{}`.", section.header(), key.name);
            self.found.error(header, self.path.key(key.name), message).hint(match key.path {
                "runners[].token" => {
                    "gitlab-runner does not take a runner without a token. Register one, or remove the entry.".into()
                }
                "runners[].url" => "Add url = \"https://…\", the address of the GitLab server.".to_owned(),
                _ => format!("Add it: {}.", key.kind),
            });
        }
    }

    /// Two spellings of one key: gitlab-runner takes one of them at random.
    fn twice(&mut self, one: &Spanned<DeString>, other: &Spanned<DeString>) {
        let (first, second) = if one.span().start < other.span().start { (one, other) } else { (other, one) };
        let line = self.found.source.place(first.span().start + self.offset).0;
        let message = format!(
            "`{}` is `{}` of line {line} in another spelling; gitlab-runner takes one of the two at random.",
            sanitize(second.get_ref()),
            sanitize(first.get_ref()),
        );
        let (span, key) = (self.span(second.span()), self.path.key(second.get_ref()));
        self.found.error(span, key, message).hint("Capitals make no difference in keys: remove one of the two.");
    }

    /// A key that is too new for this runner, or not to be used any more.
    fn used(&mut self, key: &'static Key, name: &Spanned<DeString>) {
        if let (Some(since), Some(runner)) = (key.since, self.context.runner)
            && since > runner
        {
            let message =
                format!("`{}` is known from gitlab-runner {since} on; here runs {runner}, which ignores it.", key.name);
            let (span, path) = (self.span(name.span()), self.path.key(name.get_ref()));
            self.found.warning(span, path, message).hint("Update the image, or remove the key.");
        }
        if !key.deprecated.is_empty() && !key.is_section() {
            let message = format!("`{}` is deprecated: {}.", key.name, key.deprecated);
            let (span, path) = (self.span(name.span()), self.path.key(name.get_ref()));
            self.found.warning(span, path, message).hint("See the section's other keys.");
        }
    }

    fn value(&mut self, key: &'static Key, name: &'t Spanned<DeString>, value: &'t Value) {
        match (key.kind, value.get_ref()) {
            (Kind::Table, DeValue::Table(table)) => {
                // Autoscaler plug-ins and nested machines are configured by whatever they like.
                self.path.parts.push((name.get_ref(), None));
                self.table(key, table, value.span());
                self.path.parts.pop();
            }
            (Kind::Tables, DeValue::Array(entries)) => {
                for (index, entry) in entries.iter().enumerate() {
                    self.path.parts.push((name.get_ref(), Some(index)));
                    match entry.get_ref() {
                        DeValue::Table(table) => self.table(key, table, entry.span()),
                        _ => self.wrong_type(key, name, entry),
                    }
                    self.path.parts.pop();
                }
            }
            (Kind::Map(Inner::Any), DeValue::Table(_)) => {}
            (Kind::Map(inner), DeValue::Table(table)) => {
                self.path.parts.push((name.get_ref(), None));
                for (name, value) in table.iter() {
                    if fits_inner(inner, value.get_ref()) {
                        value::entry(self, key, name, value);
                    } else {
                        self.wrong_entry(inner, name, value);
                    }
                }
                self.path.parts.pop();
                value::map(self, key, name, table);
            }
            (kind, value_here) if fits(kind, value_here) => value::check(self, key, name, value),
            _ => self.wrong_type(key, name, value),
        }
    }

    fn wrong_type(&mut self, key: &Key, name: &Spanned<DeString>, value: &Value) {
        if self.found.broken && value.span().is_empty() {
            return; // the parser's guess at a value that is not there
        }
        let (is, hint) = (name_of(value.get_ref()), advice(key, value.get_ref()));
        let message = format!("`{}` is {is}, and must be {}.", key.name, key.kind);
        // The value of a section is its whole body.
        let span = if matches!(value.get_ref(), DeValue::Table(_)) { name.span() } else { value.span() };
        let (span, path) = (self.span(span), self.path.key(name.get_ref()));
        if matches!(key.kind, Kind::Map(_)) {
            // gitlab-runner's decoder drops what is no table where it wants a map, and says nothing.
            self.found.warning(span, path, format!("{message} gitlab-runner ignores it.")).hint(hint);
        } else {
            self.found.error(span, path, message).hint(hint);
        }
    }

    fn wrong_entry(&mut self, inner: Inner, name: &Spanned<DeString>, value: &Value) {
        let wanted = match inner {
            Inner::String => "text",
            Inner::Bool => "true or false",
            Inner::Int => "a whole number",
            _ => "a list of text",
        };
        let message = format!("`{}` is {}, and must be {wanted}.", sanitize(name.get_ref()), name_of(value.get_ref()));
        let hint = match inner {
            Inner::String => "Put it in quotes.",
            Inner::Bool => "Write true or false, without quotes.",
            _ => "",
        };
        let (span, path) = (self.span(value.span()), self.path.key(name.get_ref()));
        self.found.error(span, path, message).hint(hint);
    }
}

fn fits(kind: Kind, value: &DeValue) -> bool {
    let all = |test: fn(&DeValue) -> bool| match value {
        DeValue::Array(array) => array.iter().all(|entry| test(entry.get_ref())),
        _ => false,
    };
    match kind {
        Kind::String => is_string(value),
        Kind::Int => is_int(value),
        Kind::Float => is_number(value),
        Kind::Bool => matches!(value, DeValue::Boolean(_)),
        Kind::Duration => is_string(value) || is_int(value),
        Kind::Datetime => is_string(value) || matches!(value, DeValue::Datetime(_)),
        Kind::Strings => all(is_string),
        Kind::Ints => all(is_int),
        Kind::Floats => all(is_number),
        Kind::StringOrStrings => is_string(value) || all(is_string),
        Kind::Table | Kind::Tables | Kind::Map(_) => false,
    }
}

fn fits_inner(inner: Inner, value: &DeValue) -> bool {
    match inner {
        Inner::Any => true,
        Inner::String => is_string(value),
        Inner::Bool => matches!(value, DeValue::Boolean(_)),
        Inner::Int => is_int(value),
        Inner::Strings => fits(Kind::Strings, value),
    }
}

fn is_string(value: &DeValue) -> bool {
    matches!(value, DeValue::String(_))
}

/// Go's int64; what is larger is no number to gitlab-runner.
fn is_int(value: &DeValue) -> bool {
    value::int(value).is_some()
}

fn is_number(value: &DeValue) -> bool {
    is_int(value) || matches!(value, DeValue::Float(_))
}

fn name_of(value: &DeValue) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) if is_int(value) => "a whole number",
        DeValue::Integer(_) => "a number too large",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(array) if array.iter().any(|entry| matches!(entry.get_ref(), DeValue::Table(_))) => {
            "a list of sections"
        }
        DeValue::Array(_) => "a list of something else",
        DeValue::Table(_) => "a section",
    }
}

/// What to do about a value of the wrong type.
fn advice(key: &Key, value: &DeValue) -> String {
    let header = key.header();
    match (key.kind, value) {
        (Kind::Tables, DeValue::Table(_)) | (Kind::Table | Kind::Map(_), DeValue::Array(_)) => {
            format!("Write {header}.")
        }
        (Kind::Table | Kind::Tables | Kind::Map(_), _) => format!("Write its keys below {header}."),
        (Kind::String | Kind::Datetime, DeValue::Array(_)) => "Give one value, without brackets.".into(),
        (Kind::Strings, DeValue::Table(_)) => {
            let entry = if key.name == "environment" { "NAME=value" } else { "…" };
            format!("Write it as a list: {} = [\"{entry}\"].", key.name)
        }
        (_, DeValue::Table(_)) => format!("Write {} = value in the section above it.", key.name),
        (Kind::String | Kind::Datetime | Kind::Duration, _) => "Put it in quotes.".into(),
        (Kind::Bool, _) => "Write true or false, without quotes.".into(),
        (Kind::Int | Kind::Float, DeValue::String(_)) => "Write the number without quotes.".into(),
        (Kind::Int, DeValue::Integer(_)) => "The largest is 9223372036854775807.".into(),
        (Kind::Int, DeValue::Float(_)) => "Write the number without its point.".into(),
        (Kind::Strings | Kind::StringOrStrings, DeValue::Array(_)) => "Put each value in quotes.".into(),
        (Kind::Strings | Kind::Ints | Kind::Floats, _) => "Put it in brackets: [\"…\"].".into(),
        _ => format!("Write {}.", key.kind),
    }
}
