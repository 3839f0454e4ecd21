//! The formats of values, as gitlab-runner and Go read them.

use super::super::docker;
use super::Severity;
use regex::Regex;
use std::net::IpAddr;
use std::sync::LazyLock;

/// How many labels a runner may have, the global ones included.
pub(super) const LABELS: usize = 32;

/// A value that breaks a rule.
pub(super) struct Broken {
    pub severity: Severity,
    pub message: String,
    pub hint: String,
}

fn broken(severity: Severity, message: &str, hint: &str) -> Option<Broken> {
    Some(Broken { severity, message: message.into(), hint: hint.into() })
}

/// Checks a text against a rule of the table of keys.
pub(super) fn rule(rule: &str, text: &str) -> Option<Broken> {
    use Severity::{Error, Warning};
    match rule {
        "memory" if !text.is_empty() && docker::bytes(text).is_none() => broken(
            Error,
            "this is no size. gitlab-runner as a whole ends at the first job.",
            "Write a number and b, k, m or g: \"512m\", \"2g\".",
        ),
        "rational" if !text.is_empty() && !rational(text) => {
            broken(Warning, "this is no number: jobs fail.", "Write it such as \"1.5\".")
        }
        "ip" if text.parse::<IpAddr>().is_err() => {
            broken(Warning, "this is no IP address: jobs fail.", "Give the name server's address, such as \"9.9.9.9\".")
        }
        "mac" if !text.is_empty() && !mac(text) => {
            broken(Warning, "this is no hardware address: jobs fail.", "Write it such as \"92:d0:c6:0a:29:33\".")
        }
        "environment" if !text.contains('=') => {
            broken(Warning, "an entry without = is dropped.", "Write each as \"NAME=value\".")
        }
        "volume" => volume(text),
        "capability" if !capability(text) => {
            broken(Warning, "there is no such capability: jobs fail.", "Write it such as \"SYS_PTRACE\", or \"ALL\".")
        }
        "image" => image(text),
        "contains ${slot}" if !text.is_empty() && !text.contains("${slot}") => {
            broken(Warning, "all jobs get the same control group.", "Put ${slot} into it.")
        }
        "contains %s" if !text.contains("%s") => {
            broken(Error, "an entry has no %s.", "Put %s where the machine's name goes.")
        }
        "contains %s at run time" if !text.contains("%s") => broken(
            Warning,
            "it has no %s: no machine can be made.",
            "Put %s where the machine's own part of the name goes.",
        ),
        "cron 7" if !cron(text, 7) => broken(
            Error,
            "this is no cron expression of seven fields.",
            "Seconds, minutes, hours, day, month, weekday, year: \"* * 9-17 * * mon-fri *\".",
        ),
        "cron 5" if !cron(text, 5) => broken(
            Warning,
            "this is no cron expression of five fields.",
            "Minutes, hours, day, month, weekday: \"* 9-17 * * 1-5\".",
        ),
        "regexp" if !text.contains("\\Q") && Regex::new(text).is_err() => {
            broken(Error, "this is no regular expression.", "Write it as Go's regexp (RE2) takes it.")
        }
        "timezone" if !timezone(text) => broken(Error, "this is no time zone.", ZONE),
        "timezone at run time" if !timezone(text) => broken(Warning, "this is no time zone: it is not followed.", ZONE),
        "name:address" if !text.contains(':') => {
            broken(Warning, "an entry is no name:address: jobs fail.", "Write it such as \"gitlab.local:192.0.2.7\".")
        }
        _ => None,
    }
}

/// Go's time.ParseDuration; the seconds.
pub(super) fn duration(text: &str) -> Result<f64, ()> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    if unsigned == "0" {
        return Ok(0.0);
    }
    let mut rest = unsigned;
    let mut seconds = 0.0;
    if rest.is_empty() {
        return Err(());
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(())?;
        let number = &rest[..end];
        if number.matches('.').count() > 1 || !number.bytes().any(|b| b.is_ascii_digit()) {
            return Err(());
        }
        let number: f64 = number.parse().map_err(|_| ())?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        seconds += number
            * match &rest[..end] {
                "ns" => 1e-9,
                "us" | "\u{b5}s" | "\u{3bc}s" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return Err(()),
            };
        rest = &rest[end..];
    }
    // An int64 of nanoseconds.
    if seconds > 9_223_372_036.0 { Err(()) } else { Ok(sign * seconds) }
}

/// Go's big.Rat: a decimal number or a fraction.
fn rational(text: &str) -> bool {
    let whole = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('/') {
        Some((above, below)) => {
            whole(above.trim_start_matches(['-', '+'])) && whole(below) && below.bytes().any(|b| b != b'0')
        }
        None => text.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b)) && text.parse::<f64>().is_ok(),
    }
}

/// Go's net.ParseMAC: 6, 8 or 20 bytes with : or - between, or groups of four with dots.
fn mac(text: &str) -> bool {
    let hex = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit());
    [(':', 2), ('-', 2), ('.', 4)].into_iter().any(|(between, length)| {
        let parts: Vec<&str> = text.split(between).collect();
        matches!(parts.len() * length / 2, 6 | 8 | 20) && parts.into_iter().all(|part| hex(part, length))
    })
}

/// gitlab-runner's volume parser for Linux: `[source:]destination[:mode][:label][:propagation]`.
fn volume(text: &str) -> Option<Broken> {
    static VOLUME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let folder = r#"/(?:[^\\/:*?"<>|\r\n ]+/?)*"#;
        let name = r#"[^\\/:*?"<>|\r\n]+"#;
        let spread = "(?i:shared|slave|private|rshared|rslave|rprivate)";
        Regex::new(&format!("^(?:(?:{folder}|{name}):)?{folder}(?::(?i:ro|rw|o))?(?:[:,](?i:z))?(?:[:,]{spread})?$"))
            .ok()
    });
    let good = VOLUME.as_ref().is_none_or(|volume| volume.is_match(text));
    if good {
        return None;
    }
    broken(
        Severity::Warning,
        "a volume cannot be read: jobs fail.",
        "Write \"/path\" or \"/source:/path\", with :ro, :rw or :z behind it where wanted; paths are whole and without blanks.",
    )
}

/// One of Linux's capabilities, as podman takes them: in capitals or not, with or without CAP_ in front.
fn capability(text: &str) -> bool {
    const ALL: &str = "ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE \
                       DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE \
                       MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID \
                       SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO \
                       SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM";
    let name = text.to_ascii_uppercase();
    let name = name.strip_prefix("CAP_").unwrap_or(&name);
    ALL.split_whitespace().any(|known| known == name)
}

/// An image's name, as far as it can be told without what its variables are.
fn image(text: &str) -> Option<Broken> {
    let shown = "Write it such as \"registry.example/group/image:tag\".";
    if text.contains("://") {
        return broken(Severity::Warning, "an image's name has no scheme: no job can pull it.", shown);
    }
    let name = text.split('@').next().unwrap_or_default();
    let tag = name.rfind(':').filter(|tag| !name[*tag..].contains('/')).unwrap_or(name.len());
    let name = &name[..tag];
    let path = match name.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
        _ => name,
    };
    if text.contains('$') || !path.contains(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    broken(
        Severity::Warning,
        "an image's name has no capitals: no job can pull it.",
        "Write it in lower case; only the tag may have capitals.",
    )
}

/// A cron expression: its number of fields, and the characters in them.
fn cron(text: &str, fields: usize) -> bool {
    let field = |field: &str| field.bytes().all(|b| b.is_ascii_alphanumeric() || b"*,-/?#".contains(&b));
    text.starts_with('@') || (text.split_whitespace().count() == fields && text.split_whitespace().all(field))
}

/// The names of the zones' database, one a line.
const ZONES: &str = include_str!("../../../assets/time-zones.txt");
const ZONE: &str = "Write it such as \"Europe/Berlin\" or \"UTC\".";

/// Whether it is one of the zones' database.
pub(super) fn timezone(text: &str) -> bool {
    text.is_empty() || text == "Local" || ZONES.lines().any(|zone| zone == text)
}

/// `soft` or `soft:hard`.
pub(super) fn ulimit(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    parts.len() <= 2 && parts.iter().all(|part| part.parse::<i64>().is_ok())
}

/// `^[a-zA-Z0-9_][a-zA-Z0-9._-]{2,64}$`
pub(super) fn label_name(text: &str) -> bool {
    (3..=65).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        && !text.starts_with(['.', '-'])
}

/// `^[a-zA-Z0-9._-]{1,256}$`
pub(super) fn label_value(text: &str) -> bool {
    (1..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_gos() {
        for (text, seconds) in
            [("0", 0.0), ("300ms", 0.3), ("1h30m", 5400.0), (".5s", 0.5), ("-1m", -60.0), ("1h0.5m", 3630.0)]
        {
            assert!(duration(text).is_ok_and(|found| (found - seconds).abs() < 1e-9), "{text}");
        }
        for text in ["", "10", "10 minutes", "1d", "1h30min", "1 h", "h", ".s", "1..5s", "99999999h", "s1"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn formats() {
        let bad = |name: &str, text: &str| rule(name, text).is_some();
        for (name, good, wrong) in [
            (
                "memory",
                ["512m", "2g", "1.5GiB", "1024", "64 kb", "-1", ""].as_slice(),
                ["2 gigs", "g", "1x", "-5m", "2gg"].as_slice(),
            ),
            ("rational", &["1.5", "3/2", "2", "1e-1", ""], &["two", "1/0", "1,5", "0x", "nan"]),
            ("ip", &["9.9.9.9", "::1"], &["dns.example", "1.2.3", ""]),
            ("mac", &["92:d0:c6:0a:29:33", "92-d0-c6-0a-29-33", "92d0.c60a.2933", ""], &["92:d0", "zz:d0:c6:0a:29:33"]),
            ("environment", &["A=b", "A="], &["A", ""]),
            (
                "volume",
                &["/cache", "/a:/b", "/a:/b:ro", "name:/b:z", "/a:/b:rw,z", "/c/$X:/d", "/"],
                &["cache", "/a b", "C:\\x:/y", "/a:/b:rx", "./a:/b:ro:rw:z:z"],
            ),
            ("contains ${slot}", &["a-${slot}", ""], &["a"]),
            ("contains %s", &["a=%s"], &["a", ""]),
            ("contains %s at run time", &["a-%s"], &["a"]),
            ("cron 7", &["* * 9-17 * * mon-fri *", "0 */5 * * * * *"], &["* * * * *", "* * * * * * !", ""]),
            ("cron 5", &["* 9-17 * * 1-5", "@daily"], &["* * * * * *", "often"]),
            ("regexp", &["^1[0-9]$", ""], &["(", "[a"]),
            (
                "timezone",
                &["UTC", "Europe/Berlin", "America/Argentina/Salta", "Local", ""],
                &["europe/berlin", "+01:00", "Mars / Base"],
            ),
        ] {
            for text in good {
                assert!(!bad(name, text), "{name}: {text:?} is good");
            }
            for text in wrong {
                assert!(bad(name, text), "{name}: {text:?} is not");
            }
        }
        assert!(ulimit("1024") && ulimit("1024:2048") && !ulimit("many") && !ulimit("1:2:3"));
    }

    #[test]
    fn labels() {
        assert!(
            label_name("abc")
                && label_name("_a.b-c")
                && !label_name("ab")
                && !label_name(".abc")
                && !label_name(&"a".repeat(66))
        );
        assert!(label_value("a") && !label_value("") && !label_value("a b") && !label_value(&"a".repeat(257)));
    }
}
