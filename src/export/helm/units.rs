//! Values of docker's as Kubernetes writes them.

use std::net::IpAddr;
use toml::{Table, Value};

/// Returns an amount of memory: docker's `512m` is mebibytes, to Kubernetes it is half a byte.
pub(super) fn memory(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (suffix, power) = match unit.trim().trim_end_matches('b').trim_end_matches('i') {
        "" => ("", 0),
        "k" => ("Ki", 1),
        "m" => ("Mi", 2),
        "g" => ("Gi", 3),
        "t" => ("Ti", 4),
        "p" => ("Pi", 5),
        _ => return None,
    };
    if let Ok(whole) = number.parse::<u64>() {
        return Some(format!("{whole}{suffix}"));
    }
    let bytes = number.parse::<f64>().ok()? * 1024_f64.powi(power);
    Some(format!("{bytes:.0}"))
}

/// Returns whether a text is a number as Kubernetes reads one, of processors and the like.
pub(super) fn is_number(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || c == '.') && text.parse::<f64>().is_ok()
}

/// Returns `host:ip` lines as Kubernetes groups them, by address; `None` in the place of one that it cannot have.
pub(super) fn hosts(lines: &[&str]) -> (Vec<Table>, bool) {
    let mut grouped: Vec<(&str, Vec<Value>)> = vec![];
    let mut all = true;
    for line in lines {
        let parts = line.split_once(':').map(|(host, ip)| (host, ip.trim_start_matches('[').trim_end_matches(']')));
        match parts.filter(|(host, ip)| is_dns_name(host) && ip.parse::<IpAddr>().is_ok()) {
            Some((host, ip)) => match grouped.iter_mut().find(|(known, _)| *known == ip) {
                Some((_, hosts)) => hosts.push(host.into()),
                None => grouped.push((ip, vec![host.into()])),
            },
            None => all = false,
        }
    }
    let table = |(ip, hosts): (&str, Vec<Value>)| {
        Table::from_iter([("ip".to_owned(), ip.into()), ("hostnames".to_owned(), Value::Array(hosts))])
    };
    (grouped.into_iter().map(table).collect(), all)
}

/// Where a volume of docker's goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Volume<'a> {
    /// `/in`: a volume of docker's own.
    Own(&'a str),
    /// `name:/in[:ro]`.
    Named(&'a str, &'a str, bool),
    /// `/host:/in`.
    Folder(&'a str),
}

impl<'a> Volume<'a> {
    /// Reads one.
    pub(super) fn parse(text: &'a str) -> Self {
        let mut parts = text.split(':');
        let first = parts.next().unwrap_or_default();
        match (parts.next(), parts.next()) {
            (None, _) => Self::Own(first),
            (Some(_), _) if first.starts_with(['/', '.', '~']) => Self::Folder(first),
            (Some(to), options) => Self::Named(first, to, options.is_some_and(|o| o.split(',').any(|o| o == "ro"))),
        }
    }
}

/// Returns whether a name is one that Kubernetes takes for a volume.
pub(super) fn is_dns_label(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&text.len()) && text.chars().all(inside) && !text.starts_with('-') && !text.ends_with('-')
}

/// Returns whether a name is one that Kubernetes takes for a host.
pub(super) fn is_dns_name(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_label)
}

/// Returns whether a label is one that Kubernetes takes: its key, or its value.
pub(super) fn is_label(text: &str, is_key: bool) -> bool {
    let name = match text.split_once('/').filter(|_| is_key) {
        Some((domain, name)) => Some(name).filter(|_| is_dns_name(domain)),
        None => Some(text),
    };
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    name.is_some_and(|name| {
        let ends = end(name.chars().next()) && end(name.chars().next_back());
        name.len() <= 63 && name.chars().all(inside) && (ends || (name.is_empty() && !is_key))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mebibyte_stays_one() {
        for (docker, kubernetes) in [
            ("512m", "512Mi"),
            ("512M", "512Mi"),
            ("2g", "2Gi"),
            ("1048576", "1048576"),
            ("4096b", "4096"),
            ("1k", "1Ki"),
            ("1.5g", "1610612736"),
            ("2GiB", "2Gi"),
        ] {
            assert_eq!(memory(docker).as_deref(), Some(kubernetes), "{docker}");
        }
        assert_eq!(memory("much"), None);
    }

    #[test]
    fn volumes_by_their_kind() {
        assert_eq!(Volume::parse("/cache"), Volume::Own("/cache"));
        assert_eq!(Volume::parse("/cache/jobs:/cache"), Volume::Folder("/cache/jobs"));
        assert_eq!(Volume::parse("data:/in:z,ro"), Volume::Named("data", "/in", true));
        assert_eq!(Volume::parse("data:/in"), Volume::Named("data", "/in", false));
    }

    #[test]
    fn hosts_are_grouped_by_address() {
        let (hosts, all) =
            hosts(&["a:10.0.0.1", "b:10.0.0.1", "c:[fd00::1]", "gw:host-gateway", "A_b:10.0.0.1", "d:none"]);
        assert_eq!((hosts.len(), all), (2, false));
        assert_eq!(hosts[0]["hostnames"], Value::Array(vec!["a".into(), "b".into()]));
        assert_eq!(hosts[1]["ip"].as_str(), Some("fd00::1"));
    }

    #[test]
    fn labels() {
        assert!(is_label("team", true) && is_label("example.org/team", true) && is_label("", false));
        assert!(!is_label("a b", false) && !is_label("", true) && !is_label("-a", false) && !is_label("a/b", false));
        assert!(!is_label("A/b", true) && !is_label("a/b/c", true));
    }
}
