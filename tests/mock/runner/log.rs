//! Lines of the shape gitlab-runner prints: its own coloured one, `text` and `json`.

use std::io::Write;
use std::sync::atomic::{AtomicU8, Ordering};

use serde_json::{Map, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    Panic,
    Fatal,
    Error,
    Warning,
    Info,
    Debug,
}

/// 0 runner, 1 text, 2 json.
static FORMAT: AtomicU8 = AtomicU8::new(0);
static LEVEL: AtomicU8 = AtomicU8::new(Level::Info as u8);

pub type Fields<'a> = &'a [(&'a str, String)];

impl Level {
    fn word(self) -> &'static str {
        match self {
            Level::Panic => "panic",
            Level::Fatal => "fatal",
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Info => "info",
            Level::Debug => "debug",
        }
    }

    fn colour(self) -> &'static str {
        match self {
            Level::Panic | Level::Fatal | Level::Error => "\x1b[31;1m",
            Level::Warning => "\x1b[0;33m",
            Level::Info => "",
            Level::Debug => "\x1b[37;1m",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Level::Panic => "PANIC: ",
            Level::Fatal => "FATAL: ",
            Level::Error => "ERROR: ",
            Level::Warning => "WARNING: ",
            Level::Info | Level::Debug => "",
        }
    }
}

/// `false` when the word is none of the three formats.
pub fn set_format(word: &str) -> bool {
    let number = match word {
        "runner" => 0,
        "text" => 1,
        "json" => 2,
        _ => return false,
    };
    FORMAT.store(number, Ordering::Relaxed);
    true
}

pub fn set_level(word: &str) -> bool {
    let level = [
        Level::Panic,
        Level::Fatal,
        Level::Error,
        Level::Warning,
        Level::Info,
        Level::Debug,
    ]
    .into_iter()
    .find(|level| level.word() == word || (word == "warn" && *level == Level::Warning));
    if let Some(level) = level {
        LEVEL.store(level as u8, Ordering::Relaxed);
    }
    level.is_some()
}

pub fn log(level: Level, message: &str, fields: Fields) {
    if level as u8 > LEVEL.load(Ordering::Relaxed) {
        return;
    }
    let mut sorted: Vec<&(&str, String)> = fields.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    let line = match FORMAT.load(Ordering::Relaxed) {
        0 => runner(level, message, &sorted),
        1 => text(level, message, &sorted),
        _ => json(level, message, &sorted),
    };
    // One write a line: jobs log at the same time.
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

fn runner(level: Level, message: &str, fields: &[&(&str, String)]) -> String {
    let (colour, prefix) = (level.colour(), level.prefix());
    let width = 50 - prefix.len();
    let mut line = format!("{colour}{prefix}{message:<width$}\x1b[0;m ");
    for (key, value) in fields {
        line.push_str(&format!(" {colour}{key}\x1b[0;m={value}"));
    }
    line + "\n"
}

fn text(level: Level, message: &str, fields: &[&(&str, String)]) -> String {
    let mut line = format!(
        "time=\"{}\" level={} msg={}",
        super::clock::now(),
        level.word(),
        Value::from(message)
    );
    for (key, value) in fields {
        let plain = !value.is_empty()
            && value
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._/@^+".contains(c));
        let value = if plain {
            value.clone()
        } else {
            Value::from(value.as_str()).to_string()
        };
        line.push_str(&format!(" {key}={value}"));
    }
    line + "\n"
}

fn json(level: Level, message: &str, fields: &[&(&str, String)]) -> String {
    let mut object = Map::new();
    for (key, value) in fields {
        let number = value.parse::<i64>().map(Value::from);
        let value = number
            .or_else(|_| value.parse::<f64>().map(Value::from))
            .unwrap_or_else(|_| Value::from(value.as_str()));
        object.insert((*key).to_string(), value);
    }
    object.insert("level".into(), level.word().into());
    object.insert("msg".into(), message.into());
    object.insert("time".into(), super::clock::now().into());
    Value::Object(object).to_string() + "\n"
}

pub fn info(message: &str, fields: Fields) {
    log(Level::Info, message, fields);
}

pub fn warning(message: &str, fields: Fields) {
    log(Level::Warning, message, fields);
}

pub fn error(message: &str, fields: Fields) {
    log(Level::Error, message, fields);
}

/// The line, and the exit code that goes with it.
pub fn fatal(message: &str, fields: Fields) -> i32 {
    log(Level::Fatal, message, fields);
    1
}

pub fn panic(message: &str) -> i32 {
    log(Level::Panic, message, &[]);
    1
}
