//! The tool that connects rootless containers, and the proxy.

use super::packages::{self, Thing};
use super::{Check, Context};

/// pasta or slirp4netns, whichever this podman uses.
pub(super) fn tool(context: &Context) -> Vec<Check> {
    let Ok(version) = context.version() else { return vec![] };
    let can = version.capabilities();
    let told = context.info().as_ref().ok().and_then(|info| info["host"]["rootlessNetworkCmd"].as_str());
    let (name, thing) = match told {
        Some("slirp4netns") => ("slirp4netns", Thing::Slirp),
        _ if can.pasta => ("pasta", Thing::Pasta),
        _ => ("slirp4netns", Thing::Slirp),
    };
    let why = "It connects a container to the network without root.";
    if let Some(path) = context.program(name) {
        return vec![Check::ok("network_tool", path.display().to_string(), name, why)];
    }
    let check = Check::ok("network_tool", format!("{name} is not installed"), name, why);
    vec![match packages::install(&context.read("/etc/os-release"), thing) {
        Some(actions) => check.fixed_by(actions),
        None => check.blocked(&format!("Install {name} with this distribution's package manager.")),
    }]
}

const VARIABLES: [&str; 6] = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/// The proxy variables: podman takes them, and hands them on to containers.
pub(super) fn proxy(context: &Context) -> Vec<Check> {
    let set: Vec<(&str, String)> = VARIABLES
        .into_iter()
        .filter_map(|name| Some((name, context.host().variable(name).filter(|value| !value.is_empty())?)))
        .collect();
    let why = "podman pulls through them, and hands them on to a container as it is made: gitlab-runner there asks GitLab \
               through them, and the nested podman pulls. Jobs have those that `environment` in config.toml names \
               (the recipe proxy).";
    if set.is_empty() {
        return vec![Check::ok("proxy", "none is set", "", why)];
    }
    let words: Vec<_> = set.iter().map(|(name, value)| format!("{name}={}", hidden(value))).collect();
    let check = Check::ok("proxy", words.join(" "), "", why);
    let local = set.iter().find(|(name, value)| !name.eq_ignore_ascii_case("no_proxy") && is_local(value));
    vec![match local {
        Some(_) => check.warning("A proxy on this machine's own address is not there in a container: name it by the machine's address in the network."),
        None => check,
    }]
}

/// Without the name and password that stand before the `@`.
pub(super) fn hidden(value: &str) -> String {
    let value = crate::text::sanitize::sanitize(value);
    match (value.find("://"), value.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}…{}", &value[..scheme + 3], &value[at..]),
        (None, Some(at)) => format!("…{}", &value[at..]),
        _ => value,
    }
}

fn is_local(value: &str) -> bool {
    let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
    let host = rest.rsplit('@').next().unwrap_or_default();
    host.starts_with("localhost") || host.starts_with("127.") || host.starts_with("[::1]")
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use super::*;
    use crate::fake_host::{INFO, Recorded};

    #[test]
    fn the_tool_of_this_podman() {
        assert_eq!(Recorded::debian().check("network_tool").found, "/usr/bin/pasta");
        let check = Recorded::debian().without("pasta").check("network_tool");
        assert_eq!(check.fix.last().unwrap(), "sudo apt-get install --yes passt");
        let old = Recorded::debian().without("slirp4netns").says("podman --version", 0, "podman version 4.3.1").says(
            "podman info --format json",
            0,
            &INFO.replace("\"rootlessNetworkCmd\": \"pasta\",", ""),
        );
        assert_eq!(old.check("network_tool").found, "slirp4netns is not installed");
    }

    #[test]
    fn a_proxy_s_password_is_not_shown() {
        let host = Recorded::debian().variable("https_proxy", "http://me:secret@proxy.example:3128");
        let check = host.check("proxy");
        assert_eq!((check.status, check.found.as_str()), (Status::Ok, "https_proxy=http://…@proxy.example:3128"));
        assert_eq!(hidden("me:pw@h:1"), "…@h:1");
        let host = Recorded::debian().variable("http_proxy", "http://127.0.0.1:3128");
        assert_eq!(host.check("proxy").status, Status::Warning);
    }
}
