//! Options from the command line and, under them, from the environment.

use std::collections::BTreeMap;
use std::env;

/// Long options as given (`--docker-image X`, `--docker-image=X`, `-n`); a
/// switch without a value is `true`.
pub struct Options(BTreeMap<String, Vec<String>>);

/// Options that stand alone.
const SWITCHES: &[&str] = &[
    "non-interactive",
    "n",
    "leave-runner",
    "run-untagged",
    "locked",
    "paused",
    "docker-privileged",
    "docker-disable-cache",
    "all-runners",
    "delete",
    "debug",
    "syslog",
    "docker-tlsverify",
    "version",
    "v",
    "help",
    "h",
];

impl Options {
    pub fn parse(arguments: &[String]) -> Self {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut words = arguments.iter().peekable();
        while let Some(word) = words.next() {
            let name = word.trim_start_matches('-');
            if name.len() == word.len() {
                continue;
            }
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, value.to_string()),
                None if SWITCHES.contains(&name) => (name, "true".to_string()),
                None => (name, words.next().cloned().unwrap_or_default()),
            };
            let name = match name {
                "c" => "config",
                "u" => "url",
                "t" => "token",
                "r" => "registration-token",
                "n" => "non-interactive",
                "d" => "working-directory",
                "l" => "log-level",
                "description" => "name",
                other => other,
            };
            found.entry(name.to_string()).or_default().push(value);
        }
        Self(found)
    }

    /// The option, else the variable of the environment, unless it is empty.
    pub fn get(&self, name: &str, variable: &str) -> Option<String> {
        let given = self.0.get(name).and_then(|all| all.last()).cloned();
        given
            .or_else(|| env::var(variable).ok())
            .map(|value| value.trim().to_string())
            .filter(|value| !value.is_empty())
    }

    pub fn list(&self, name: &str, variable: &str) -> Vec<String> {
        if let Some(all) = self.0.get(name) {
            return all.clone();
        }
        let text = env::var(variable).unwrap_or_default();
        text.split(',')
            .map(str::trim)
            .filter(|s| !s.is_empty())
            .map(String::from)
            .collect()
    }

    pub fn on(&self, name: &str, variable: &str) -> bool {
        self.get(name, variable)
            .is_some_and(|v| ["true", "1", "t", "TRUE", "True"].contains(&v.as_str()))
    }
}
