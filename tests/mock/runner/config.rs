//! config.toml: read, and written whole as gitlab-runner writes it, so that
//! comments are lost; and `.runner_system_id` beside it.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::log;

/// The order gitlab-runner writes keys in; others follow, as they come.
const ORDER: &[&str] = &[
    "concurrent",
    "check_interval",
    "log_level",
    "log_format",
    "listen_address",
    "connection_max_age",
    "shutdown_timeout",
    "name",
    "limit",
    "url",
    "id",
    "token",
    "token_obtained_at",
    "token_expires_at",
    "executor",
    "environment",
    "host",
    "tls_verify",
    "image",
    "privileged",
    "disable_entrypoint_overwrite",
    "oom_kill_disable",
    "oom_score_adjust",
    "disable_cache",
    "volumes",
    "shm_size",
    "network_mtu",
    "session_server",
    "custom_build_dir",
    "cache",
    "s3",
    "gcs",
    "azure",
    "feature_flags",
    "docker",
    "runners",
];

pub struct Config {
    pub path: PathBuf,
    pub table: Table,
    pub system_id: String,
}

impl Config {
    /// The file may be absent or empty, as it is before the first registration.
    pub fn load(path: &Path) -> Result<Self, String> {
        let text = match fs::read_to_string(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(format!("open {}: {e}", path.display())),
            Ok(text) => text,
        };
        let table = parse(&text)?;
        Ok(Self { path: path.to_path_buf(), table, system_id: system_id(path) })
    }

    pub fn runners(&self) -> impl Iterator<Item = &Table> {
        self.table.get("runners").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
    }

    pub fn concurrent(&self) -> i64 {
        int(&self.table, "concurrent").unwrap_or(1)
    }

    pub fn set_runners(&mut self, runners: Vec<Value>) {
        self.table.insert("runners".into(), Value::Array(runners));
    }

    /// Written over what is there, so that its mode stays.
    pub fn save(&mut self) -> Result<(), String> {
        for (key, value) in [
            ("concurrent", Value::from(1)),
            ("check_interval", Value::from(0)),
            ("connection_max_age", Value::from("15m0s")),
            ("shutdown_timeout", Value::from(0)),
        ] {
            self.table.entry(key).or_insert(value);
        }
        self.table
            .entry("session_server")
            .or_insert_with(|| Value::Table(Table::from_iter([("session_timeout".to_string(), Value::from(1800))])));
        let mut text = String::new();
        emit(&self.table, "", 0, &mut text);
        fs::write(&self.path, text.trim_start()).map_err(|e| e.to_string())
    }
}

pub fn parse(text: &str) -> Result<Table, String> {
    text.parse::<Table>().map_err(|e| {
        let at = e.span().map_or(0, |span| span.start);
        let before = &text[..at.min(text.len())];
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        let key = text[start..].split(['=', '\n']).next().unwrap_or_default().trim();
        let rest = text[start..].lines().next().unwrap_or_default();
        if rest.trim_end().ends_with('=') {
            // The commonest slip, in Go's words.
            let ended = text[start..].len() == rest.len();
            let (line, said) = match ended {
                true => (line, "unexpected EOF; expected value"),
                false => (line + 1, "expected value but found '\\n' instead"),
            };
            return format!("decoding configuration file: toml: line {line} (last key {key:?}): {said}");
        }
        let said = e.message().lines().next().unwrap_or_default();
        format!("decoding configuration file: toml: line {line} (last key {key:?}): {said}")
    })
}

pub fn str<'a>(table: &'a Table, key: &str) -> &'a str {
    table.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub fn int(table: &Table, key: &str) -> Option<i64> {
    table.get(key).and_then(Value::as_integer)
}

pub fn bool(table: &Table, key: &str) -> bool {
    table.get(key).and_then(Value::as_bool).unwrap_or_default()
}

pub fn list(table: &Table, key: &str) -> Vec<String> {
    match table.get(key) {
        Some(Value::Array(items)) => items.iter().filter_map(|v| v.as_str().map(String::from)).collect(),
        Some(Value::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

pub fn sub<'a>(table: &'a Table, key: &str) -> Option<&'a Table> {
    table.get(key).and_then(Value::as_table)
}

fn emit(table: &Table, path: &str, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let rank = |key: &str| ORDER.iter().position(|k| *k == key).unwrap_or(ORDER.len());
    let mut entries: Vec<(&String, &Value)> = table.iter().collect();
    entries.sort_by_key(|(key, _)| rank(key));
    let tables = |v: &Value| matches!(v, Value::Array(a) if a.first().is_some_and(Value::is_table));
    for (key, value) in &entries {
        if !value.is_table() && !tables(value) {
            out.push_str(&format!("{indent}{} = {value}\n", bare(key)));
        }
    }
    for (key, value) in &entries {
        let name = if path.is_empty() { bare(key) } else { format!("{path}.{}", bare(key)) };
        let blank = if depth == 0 { "\n" } else { "" };
        let inner = if path.is_empty() { "".to_string() } else { indent.clone() };
        if let Value::Table(table) = value {
            out.push_str(&format!("{blank}{inner}[{name}]\n"));
            emit(table, &name, depth + 1, out);
        } else if let (true, Value::Array(items)) = (tables(value), value) {
            for table in items.iter().filter_map(Value::as_table) {
                out.push_str(&format!("{blank}{inner}[[{name}]]\n"));
                emit(table, &name, depth + 1, out);
            }
        }
    }
}

fn bare(key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if plain { key.to_string() } else { Value::from(key).to_string() }
}

/// Kept beside the config file; made from the machine's ID where there is one.
fn system_id(config: &Path) -> String {
    let file = config.with_file_name(".runner_system_id");
    if let Ok(text) = fs::read_to_string(&file)
        && text.trim().len() == 14
    {
        return text.trim().to_string();
    }
    let machine = ["/var/lib/dbus/machine-id", "/etc/machine-id"]
        .iter()
        .find_map(|path| fs::read_to_string(path).ok().filter(|t| !t.trim().is_empty()));
    let id = match machine {
        Some(text) => format!("s_{:012x}", fnv(text.trim().as_bytes()) & 0xffff_ffff_ffff),
        None => format!("r_{}", random(12)),
    };
    log::info("Created missing unique system ID", &[("system_id", id.clone())]);
    let mut options = fs::OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(&file);
    if let Err(e) = opened.and_then(|mut f| f.write_all(id.as_bytes())) {
        log::warning(
            "Couldn't save new system ID on state file. In order to reliably identify this runner in jobs with a known identifier,\nplease ensure there is a text file at the location specified in `state_file` with the contents of `system_id`. Example: echo \"{id}\" > \"{file}\"\n",
            &[("error", e.to_string()), ("state_file", file.display().to_string()), ("system_id", id.clone())],
        );
    }
    id
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

pub fn random(length: usize) -> String {
    let mut bytes = vec![0; length];
    if let Ok(mut file) = fs::File::open("/dev/urandom") {
        let _ = file.read_exact(&mut bytes);
    }
    let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    bytes.iter().map(|b| char::from(letters[*b as usize % letters.len()])).collect()
}
