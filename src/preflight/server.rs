//! Whether GitLab can be reached from here: name, connection, TLS, and the clocks.

use super::{Check, Context};
use crate::gitlab;
use crate::host::{Cmd, Finished, Host, ask};
use crate::steps::authority;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Long enough for a slow server, short enough to be waited for.
const TIME: Duration = Duration::from_secs(5);
/// Certificates and tokens are checked by the clock; a minute is nothing to them.
const SKEW: i64 = 60;
const WHY: &str = "The runner fetches its jobs from GitLab.";

/// The server, where one is known: from the answers, else what the image was built for.
pub(super) fn probe(context: &Context) -> Vec<Check> {
    let chosen = context.setup.wants.answers.gitlab_url.clone();
    let of_image = || {
        let image = context.image()?;
        image.server().map(str::to_owned)
    };
    let Some(url) = chosen.clone().or_else(of_image) else { return vec![] };
    let Some(server) = Server::parse(&url) else { return vec![] }; // the form says what is wrong with it
    let checks = if context.program("curl").is_some() && !server.is_this_machine() {
        by_curl(context.host(), &url, authority::file(context.setup).ok().flatten())
    } else {
        by_hand(context.host(), &server)
    };
    // The image's own server need not be the one that is meant.
    let soften = |mut check: Check| {
        if chosen.is_none() && check.status == super::Status::Blocked {
            check.status = super::Status::Warning;
        }
        check
    };
    checks.into_iter().map(soften).collect()
}

/// Where a URL leads.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Server {
    host: String,
    port: u16,
}

impl Server {
    fn parse(url: &str) -> Option<Self> {
        let url = gitlab::base_url(url).ok()?;
        let (scheme, rest) = url.split_once("://")?;
        let rest = rest.split(['/', '?', '#']).next()?;
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (rest, if scheme == "https" { 443 } else { 80 }),
        };
        Some(Self { host: host.trim_matches(['[', ']']).to_owned(), port })
    }

    /// Names that a container has for the machine it runs on; the machine itself does not know them.
    fn is_this_machine(&self) -> bool {
        matches!(self.host.as_str(), "host.containers.internal" | "host.docker.internal")
    }
}

fn reached(found: String) -> Check {
    Check::ok("gitlab", found, "an answer", WHY)
}

fn by_curl(host: &dyn Host, url: &str, trusted: Option<PathBuf>) -> Vec<Check> {
    let limit = TIME.as_secs().to_string();
    let mut words: Vec<String> =
        ["--silent", "--show-error", "--head", "--max-time", &limit].map(String::from).to_vec();
    if let Some(file) = trusted {
        words.extend(["--cacert".into(), file.display().to_string()]);
    }
    words.push(url.into());
    let cmd = Cmd::new("curl", words).timeout(Some(TIME * 2));
    let begun = host.now();
    match ask(host, &cmd) {
        Err(problem) => vec![Check::problem("gitlab", WHY, &problem)],
        Ok(done) if done.ok() && answered_by_proxy(&done) => {
            vec![reached(format!("{url}: 407 from the proxy")).blocked(&proxy_wants_password(&proxy(host, url)))]
        }
        Ok(done) if done.ok() => {
            let status = done.text().lines().next().map(crate::text::sanitize::sanitize).unwrap_or_default();
            let mut checks = vec![reached(format!("{url} answers ({})", status.trim()))];
            checks.extend(clock(&done, begun));
            checks
        }
        Ok(done) => {
            let said = done.lines.last().cloned().unwrap_or_default();
            let check = reached(format!("{url}: {said}"));
            vec![match proxy_means(&proxy(host, url), done.code, &said) {
                Some(means) => check.blocked(&means),
                None => check.blocked(curl_means(done.code)),
            }]
        }
    }
}

/// The variable that names the proxy curl takes for a URL, and the proxy's address without its password; curl takes no
/// HTTP_PROXY (its manual, "ENVIRONMENT").
fn proxy(host: &dyn Host, url: &str) -> Option<(&'static str, String)> {
    let names: &[&str] = if url.starts_with("https:") {
        &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    } else {
        &["http_proxy", "all_proxy", "ALL_PROXY"]
    };
    names.iter().find_map(|name| {
        let value = host.variable(name).filter(|value| !value.is_empty())?;
        Some((*name, super::network::hidden(&value)))
    })
}

/// The host of a proxy's address, as curl names it.
fn proxy_host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.rsplit('@').next().unwrap_or_default().trim_end_matches('/');
    rest.rsplit_once(':').map_or(rest, |(host, _)| host)
}

fn answered_by_proxy(done: &Finished) -> bool {
    done.text().lines().next().is_some_and(|line| line.starts_with("HTTP/") && line.contains(" 407"))
}

fn proxy_wants_password(proxy: &Option<(&'static str, String)>) -> String {
    let (name, address) = proxy.clone().unwrap_or(("https_proxy", String::new()));
    format!(
        "The proxy {address} ({name}) wants a name and a password. Write them into {name}, http://NAME:PASSWORD@HOST:PORT."
    )
}

/// What curl's failure means where a proxy is in force and it is the proxy that fails.
fn proxy_means(proxy: &Option<(&'static str, String)>, code: i32, said: &str) -> Option<String> {
    let (name, address) = proxy.as_ref()?;
    let wrong = format!("The proxy {address} ({name})");
    let named = said.contains(proxy_host(address));
    Some(match code {
        5 => format!("{wrong} cannot be found: is its name right? GitLab itself was not asked."),
        // It says which host it could not connect to.
        7 | 28 if named => {
            format!("{wrong} does not answer: is its port right, does it run? GitLab itself was not asked.")
        }
        56 | 97 if said.contains("407") => proxy_wants_password(proxy),
        56 | 97 if said.contains("CONNECT") || said.contains("proxy") => {
            format!("{wrong} refuses to connect to GitLab: is GitLab allowed there, or to be named in no_proxy?")
        }
        35 if address.starts_with("https://") => {
            format!(
                "{wrong} speaks no TLS on that port: most proxies are written http://HOST:PORT, also in https_proxy."
            )
        }
        _ => return None,
    })
}

/// curl's exit codes (its manual, "EXIT CODES").
fn curl_means(code: i32) -> &'static str {
    match code {
        5 => "The proxy's name cannot be found: see https_proxy.",
        6 => "The name cannot be found: is the URL right, and the DNS (/etc/resolv.conf)?",
        7 => "Nothing answers there: is the port right, a firewall in between, a proxy needed?",
        28 => "It takes too long: is a firewall in between, or a proxy needed?",
        35 => "No TLS: does the server speak http on that port?",
        51 | 60 => {
            "Its certificate is not trusted here. Is the clock right? For a private authority's certificate: `ca_file` in the answers of `pipglr setup`, a file or \"system\"."
        }
        56 => "The connection was cut: is a proxy needed, or refusing?",
        _ => "Try it by hand: `curl --head URL`.",
    }
}

/// The server's clock against ours.
fn clock(done: &Finished, now: Timestamp) -> Option<Check> {
    let text = done.text();
    let date = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("date").then(|| rfc2822::parse(value.trim()).ok()).flatten()
    })?;
    let skew = (now.as_second() - date.timestamp().as_second()).abs();
    let check = Check::ok(
        "clock",
        format!("{skew} s apart from GitLab's"),
        "≤ 60 s",
        "Certificates and tokens are good for a time.",
    );
    Some(if skew <= SKEW {
        check
    } else {
        check.warning("Let the system set its clock: `sudo timedatectl set-ntp true`.")
    })
}

/// Without curl: the name, and a connection.
fn by_hand(host: &dyn Host, server: &Server) -> Vec<Check> {
    let place = format!("{}:{}", server.host, server.port);
    let addresses: Vec<IpAddr> = if server.is_this_machine() {
        vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]
    } else if let Ok(address) = server.host.parse() {
        vec![address]
    } else {
        match ask(host, &Cmd::new("getent", ["ahosts", &server.host]).timeout(Some(TIME))) {
            Ok(done) => addresses(&done.text()),
            Err(problem) => return vec![Check::problem("gitlab", WHY, &problem)],
        }
    };
    if addresses.is_empty() {
        return vec![reached(format!("{}: no such name", server.host)).blocked(curl_means(6))];
    }
    // The first of each kind: more would only be waited for.
    let first = |v4: bool| addresses.iter().find(|address| address.is_ipv4() == v4);
    let mut said = String::new();
    for address in [first(true), first(false)].into_iter().flatten() {
        match host.connect(SocketAddr::new(*address, server.port), TIME) {
            Ok(()) => return vec![reached(format!("{place} takes connections"))],
            Err(e) => said = e.to_string(),
        }
    }
    if proxied(host) {
        return vec![
            reached(format!("{place}: {said}; a proxy is set, which may reach it"))
                .warning("Install curl, and the check asks the proxy."),
        ];
    }
    vec![reached(format!("{place}: {said}")).blocked(curl_means(7))]
}

fn proxied(host: &dyn Host) -> bool {
    ["https_proxy", "HTTPS_PROXY", "http_proxy"]
        .iter()
        .any(|name| host.variable(name).is_some_and(|value| !value.is_empty()))
}

/// The addresses of `getent ahosts`.
fn addresses(text: &str) -> Vec<IpAddr> {
    text.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use super::*;
    use crate::fake_host::Recorded;

    #[test]
    fn urls_and_addresses() {
        let parse = |url| Server::parse(url).map(|server| (server.host, server.port));
        assert_eq!(parse("https://gitlab.example/x"), Some(("gitlab.example".into(), 443)));
        assert_eq!(parse("http://[::1]:8080"), Some(("::1".into(), 8080)));
        assert_eq!(parse("gitlab.example"), Some(("gitlab.example".into(), 443)));
        assert_eq!(parse("gitlab"), None);
        let text = "93.184.216.34   STREAM gitlab.example\n93.184.216.34   DGRAM\n2606::1 STREAM\n";
        assert_eq!(addresses(text).len(), 3);
    }

    const CURL: &str = "curl --silent --show-error --head --max-time 5 https://gitlab.example/";

    fn chosen() -> Recorded {
        Recorded::debian().url("https://gitlab.example/")
    }

    #[test]
    fn with_curl_name_tls_and_clock() {
        // The pretend host's clock stands at 2026-11-24T10:00:00Z.
        let host = || chosen().program("/usr/bin/curl", 0o100_755);
        let good = host().says(CURL, 0, "HTTP/2 302\r\nDate: Tue, 24 Nov 2026 09:59:58 GMT\r\n");
        assert_eq!(good.check("gitlab").status, Status::Ok);
        assert_eq!(good.check("clock").found, "2 s apart from GitLab's");
        let late = host().says(CURL, 0, "HTTP/2 302\r\ndate: Tue, 24 Nov 2026 09:00:00 GMT\r\n");
        assert_eq!(late.check("clock").status, Status::Warning);
        for (code, part) in [(6, "DNS"), (7, "port"), (28, "firewall"), (35, "http on that port"), (60, "clock")] {
            let check = host().says(CURL, code, "curl: (6) it says").check("gitlab");
            assert_eq!(check.status, Status::Blocked);
            assert!(check.why.contains(part) && check.found.contains("it says"), "{check:?}");
        }
    }

    #[test]
    fn a_wrong_proxy_is_named_and_not_gitlab() {
        let host = || {
            let host = chosen().program("/usr/bin/curl", 0o100_755);
            host.variable("https_proxy", "http://me:secret@proxy.example:3128")
        };
        for (code, said, part) in [
            (5, "curl: (5) Could not resolve proxy: proxy.example", "cannot be found"),
            (
                7,
                "curl: (7) Failed to connect to proxy.example port 3128 after 1 ms: Could not connect to server",
                "does not answer",
            ),
            (
                28,
                "curl: (28) Failed to connect to proxy.example port 3128 after 5001 ms: Timeout was reached",
                "does not answer",
            ),
            (56, "curl: (56) CONNECT tunnel failed, response 403", "refuses to connect"),
            (56, "curl: (56) CONNECT tunnel failed, response 407", "a name and a password"),
        ] {
            let check = host().says(CURL, code, said).check("gitlab");
            assert!(check.status == Status::Blocked && check.why.contains(part), "{check:?}");
            assert!(check.why.contains("(https_proxy)") && !check.why.contains("secret"), "{check:?}");
        }
        // What is GitLab's own stays so.
        let check = host().says(CURL, 60, "curl: (60) SSL certificate problem: self-signed").check("gitlab");
        assert!(check.why.contains("ca_file") && !check.why.contains("proxy"), "{check:?}");
        // Without TLS the proxy answers in GitLab's place.
        let curl = CURL.replace("https://", "http://");
        let plain = Recorded::debian().url("http://gitlab.example/").program("/usr/bin/curl", 0o100_755);
        let check = plain
            .variable("http_proxy", "http://proxy.example:3128")
            .says(&curl, 0, "HTTP/1.1 407 Proxy Authentication Required\r\n")
            .check("gitlab");
        assert!(check.status == Status::Blocked && check.why.contains("a name and a password"), "{check:?}");
    }

    #[test]
    fn without_curl_name_and_connection() {
        let getent = "getent ahosts gitlab.example";
        assert_eq!(chosen().says(getent, 0, "192.0.2.1 STREAM x").check("gitlab").status, Status::Blocked);
        assert!(chosen().says(getent, 2, "").check("gitlab").found.ends_with("no such name"));
        let host = chosen().says(getent, 0, "192.0.2.1 STREAM x").listens("192.0.2.1:443");
        assert_eq!(host.check("gitlab").found, "gitlab.example:443 takes connections");
        let host = Recorded::debian().url("http://host.containers.internal:8080/").listens("127.0.0.1:8080");
        assert_eq!(host.check("gitlab").status, Status::Ok);
    }

    #[test]
    fn the_image_s_own_server_only_warns() {
        let image = "[{\"Id\":\"x\",\"Config\":{\"Env\":[\"GITLAB_URL=https://gitlab.example/\"]}}]";
        let host = Recorded::debian()
            .says("podman image inspect registry.gitlab.com/qontainers/pipglr:latest", 0, image)
            .says("getent ahosts gitlab.example", 2, "");
        assert_eq!(host.check("gitlab").status, Status::Warning);
        assert!(Recorded::debian().checks().iter().all(|check| check.id != "gitlab"), "no server is known");
    }
}
