//! What the process itself serves and reports: metrics, sessions, usage.

use super::format::Broken;
use super::section::Section;
use super::{Findings, Severity};
use std::net::IpAddr;

/// Checks the global sections.
pub(super) fn check(root: &Section, found: &mut Findings) {
    if let Some((address, at)) = root.text("listen_address")
        && let Some(broken) = metrics(address)
    {
        found.push(broken.severity, at.span, at.path, broken.message).hint(broken.hint);
    }
    if let Some((dsn, at)) = root.text("sentry_dsn")
        && !dsn.is_empty()
        && !dsn.starts_with("http")
    {
        found.warning(at.span, at.path, "This is no address of a Sentry server.").hint("Copy the DSN from Sentry.");
    }
    if let Some((interval, at)) = root.int("check_interval")
        && interval < 0
    {
        found
            .warning(at.span, at.path, "`check_interval` below 0 counts as 3.")
            .hint("Write the seconds, or remove it.");
    }
    if let Some(server) = root.section("session_server")
        && server.filled("listen_address").is_none()
        && server.has("advertise_address")
        && !found.broken
    {
        let key = server.key("listen_address");
        found
            .warning(server.header, key, "There is no `listen_address`: sessions stay off.")
            .hint("Add listen_address = \"[::]:8093\", or remove advertise_address.");
    }
    if let Some(server) = root.section("session_server")
        && let Some((address, at)) = server.text("listen_address")
        && let Some(message) = session(address, server.filled("advertise_address"))
    {
        found.error(at.span, at.path, message).hint("Write \"[::]:8093\", or \"0.0.0.0:8093\".");
    }
    let drain = root.section("machine").and_then(|machine| machine.section("shutdown_drain"));
    if drain.is_some_and(|drain| drain.is_true("enabled"))
        && let Some((seconds, at)) = root.int("shutdown_timeout")
        && seconds < 300
    {
        found
            .warning(at.span, at.path, "This may be too short to remove machines in at shutdown.")
            .hint("Give it 300 seconds or more.");
    }
    let usage = root.section("experimental").and_then(|experimental| experimental.section("usage_logger"));
    if let Some(usage) = usage
        && let Some((_, span)) = usage.texts("writers").into_iter().find(|(name, _)| *name == "snowplow_billing")
        && usage.section("snowplow_billing").is_none_or(|billing| billing.filled("collector_uri").is_none())
    {
        let key = usage.key("snowplow_billing.collector_uri");
        found
            .warning(span, key, "snowplow_billing has no `collector_uri`: this writer stays off.")
            .hint("Add collector_uri below [experimental.usage_logger.snowplow_billing].");
    }
}

/// Where gitlab-runner serves its metrics, as 17.5.5 was seen to take it: `host:port`, or a host alone, to which it adds
/// its own port.
fn metrics(address: &str) -> Option<Broken> {
    let hint = "Write \"host:port\", such as \"127.0.0.1:9252\".";
    let broken = |severity, message: &str| Some(Broken { severity, message: message.into(), hint: hint.into() });
    let ends = "gitlab-runner cannot listen there, and ends.";
    let open = || {
        let message = "On all addresses jobs reach it too: they see the running jobs of all projects.".into();
        let hint = "Write \"127.0.0.1:9252\", unless something outside the container asks for the metrics.".into();
        Some(Broken { severity: Severity::Warning, message, hint })
    };
    let (host, port) = match parts(address) {
        Parts::Host(host) => (host, None),
        Parts::Both(host, port) => (host, Some(port)),
        Parts::Neither => {
            return broken(Severity::Warning, "This is no address to listen on: there are no metrics.");
        }
    };
    let name = matches!(port, Some("http" | "https"));
    match host {
        _ if address.is_empty() => None,
        _ if port.is_some_and(|port| port.parse::<u16>().is_err()) && !name => broken(Severity::Error, ends),
        _ if host.contains(char::is_whitespace) => broken(Severity::Error, ends),
        _ if name => broken(Severity::Warning, "`pipglr status` finds the metrics only by a number."),
        "localhost" => None,
        "" => open(),
        _ => match host.parse::<IpAddr>() {
            Ok(ip) if ip.is_loopback() => None,
            Ok(ip) if ip.is_unspecified() => open(),
            _ => broken(
                Severity::Warning,
                "gitlab-runner ends where this is no address of its own; a container's own address changes.",
            ),
        },
    }
}

/// Why gitlab-runner ends by an address of the session server. It needs one with a host: this, or what it advertises.
fn session(address: &str, advertised: Option<&str>) -> Option<String> {
    let whole =
        |address: &str| matches!(parts(address), Parts::Both(host, port) if !host.is_empty() && !port.is_empty());
    let listens = matches!(parts(address), Parts::Both(_, port) if port.parse::<u16>().is_ok());
    match (address, listens) {
        ("", _) => None,
        (_, false) => Some("This is no host:port to listen on: gitlab-runner does not start.".into()),
        _ if !whole(advertised.unwrap_or(address)) => {
            Some("There is no host in it, nor a whole `advertise_address`: gitlab-runner does not start.".into())
        }
        _ => None,
    }
}

/// An address, taken apart as Go's net.SplitHostPort does.
enum Parts<'a> {
    Both(&'a str, &'a str),
    Host(&'a str),
    Neither,
}

fn parts(address: &str) -> Parts<'_> {
    let plain = |host: &str| !host.contains([':', '[', ']']);
    match (address.strip_prefix('['), address.rsplit_once(':')) {
        (Some(rest), _) => match rest.split_once(']') {
            Some((host, port)) if !port.contains(['[', ']']) => match port.strip_prefix(':') {
                Some(port) if plain(port) => Parts::Both(host, port),
                None if port.is_empty() => Parts::Host(host),
                _ => Parts::Neither,
            },
            _ => Parts::Neither,
        },
        (None, Some((host, port))) if plain(host) && plain(port) => Parts::Both(host, port),
        (None, None) if plain(address) => Parts::Host(address),
        _ => Parts::Neither,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What 17.5.5 did with each: it ran, it ran without metrics, or it ended.
    #[test]
    fn metrics_are_served_where_the_runner_can() {
        for good in ["127.0.0.1:9252", "127.0.0.1", "localhost:9252", "[::1]:9252", "127.0.0.1:0", "[::1]", ""] {
            assert!(metrics(good).is_none(), "{good}");
        }
        for open in [":9252", "0.0.0.0:9252", "[::]:9252"] {
            assert!(metrics(open).is_some_and(|open| open.message.contains("jobs reach it")), "{open}");
        }
        for none in ["a:b:c", "[::1", "http://x:1", "::1", "::"] {
            assert_eq!(metrics(none).map(|broken| broken.severity), Some(Severity::Warning), "{none}");
        }
        for ends in ["127.0.0.1:port", "127.0.0.1:-1", ":99999", "x y", "127.0.0.1:"] {
            assert_eq!(metrics(ends).map(|broken| broken.severity), Some(Severity::Error), "{ends}");
        }
        // These may be, and may not be.
        for perhaps in ["nonsense", "203.0.113.9:9252", "localhost:http"] {
            assert_eq!(metrics(perhaps).map(|broken| broken.severity), Some(Severity::Warning), "{perhaps}");
        }
    }

    #[test]
    fn a_session_server_needs_a_host() {
        for (address, advertised) in
            [("[::]:8093", None), ("0.0.0.0:8093", None), (":8093", Some("a.b:8093")), ("", None)]
        {
            assert_eq!(session(address, advertised), None, "{address}");
        }
        for (address, advertised) in [
            (":8093", None),
            ("127.0.0.1", None),
            ("127.0.0.1:99999", None),
            ("127.0.0.1:port", None),
            ("a:b:c", None),
            ("nonsense", Some("a.b:8093")),
            (":8093", Some("nonsense")),
        ] {
            assert!(session(address, advertised).is_some(), "{address}");
        }
    }
}
