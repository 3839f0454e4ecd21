//! What the process itself serves and reports: metrics, sessions, usage.

use super::Findings;
use super::look::Section;

/// Checks the global sections.
pub(super) fn check(root: &Section, found: &mut Findings) {
    if let Some((address, at)) = root.text("listen_address")
        && !listens(address)
    {
        found
            .warning(at.span, at.path, "This is no address to listen on: there are no metrics.")
            .hint("Write \"host:port\", such as \"127.0.0.1:9252\".");
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

/// `host:port`, a port, or a host alone, to which gitlab-runner adds its port.
fn listens(address: &str) -> bool {
    let port = match address.rsplit_once(':') {
        Some((host, port)) if host.starts_with('[') == host.ends_with(']') => port,
        Some(_) => return address.matches(':').count() > 1 && address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => return !address.contains(char::is_whitespace),
    };
    !address.contains("//") && !address.contains(char::is_whitespace) && port.parse::<u16>().is_ok()
}
