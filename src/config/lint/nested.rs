//! What pipglr's container makes of a configuration: keys that do nothing there or fail each job, paths and devices of
//! the host, addresses that are the container's own.

use super::super::here::Effect;
use super::super::keys;
use super::section::Section;
use super::{Context, Findings, format, together, value};
use base64::prelude::{BASE64_STANDARD, Engine};
use std::ops::Range;
use toml::de::DeValue;

/// The socket of the nested podman for jobs.
const JOBS_SOCKET: &str = "/run/podman-jobs/jobs.sock";
/// What to write for a server of this machine: in a job host.containers.internal is pipglr's container (seen with podman
/// 5.4.2: connection refused).
const FOR_JOBS: &str = "Write an address that jobs reach. This machine has none, except as NAME by network_mode = \"host\" and \
                        extra_hosts = [\"NAME:169.254.1.2\"].";
/// Devices that the container is made with, or always has.
const DEVICES: [&str; 5] = ["/dev/fuse", "/dev/net/tun", "/dev/null", "/dev/zero", "/dev/random"];

/// Checks each runner.
pub(super) fn check(root: &Section, found: &mut Findings, context: &Context) {
    for runner in &root.sections("runners") {
        url(runner, found);
        clone_url(runner, found);
        environment(runner, found);
        certificates(runner, found);
        if let Some(cache) = runner.section("cache") {
            self::cache(&cache, found);
        }
        if runner.filled("executor") != Some("docker") {
            continue;
        }
        known(runner, "runners[]", found, context);
        folders(runner, found);
        let Some(docker) = runner.section("docker") else { continue };
        known(&docker, "runners[].docker", found, context);
        swap(&docker, found, context);
        volumes(&docker, found, context.here);
        devices(&docker, found);
        policies(&docker, found);
        network(runner, &docker, found);
        together::check(runner, &docker, found, context);
    }
}

/// Whether something is wrong with a key anyway: then its value says nothing.
fn said(found: &Findings, path: &str) -> bool {
    found.all.iter().any(|finding| finding.key.strip_prefix(path).is_some_and(|rest| !rest.starts_with('_')))
}

/// What the table of keys says of the nested podman. `path` is the section's in that table.
fn known(section: &Section, path: &'static str, found: &mut Findings, context: &Context) {
    for key in keys::children(path).into_iter().filter(|key| !key.here.is_empty() && key.name != "links") {
        let Some(at) = section.get(key.name).filter(|at| !said(found, &at.path)) else { continue };
        let values: Vec<String> = match at.value {
            DeValue::Boolean(true) => vec!["true".into()],
            DeValue::String(text) if !text.is_empty() => vec![text.to_string()],
            DeValue::Array(array) => {
                array.iter().map(|entry| entry.get_ref().as_str().unwrap_or_default().to_owned()).collect()
            }
            DeValue::Table(table) => table.iter().map(|(name, _)| name.get_ref().to_string()).collect(),
            number => value::int(number).filter(|number| *number != 0).map(|n| n.to_string()).into_iter().collect(),
        };
        let first = |value: &String| key.here.iter().find(|here| here.concerns(value, context.controllers));
        let Some(here) = values.iter().filter_map(first).find(|here| here.effect.is_finding()) else { continue };
        let what = match here.effect {
            Effect::Fails => "makes jobs fail here",
            Effect::Ignored => "has no effect here",
            _ => "is not what it seems here",
        };
        let message = format!("`{}` {what}: {}.", key.name, here.says);
        found.warning(at.span, at.path, message).hint(format!("{}.", here.hint));
    }
}

/// Where jobs have cgroups, a limit of swap wants one of memory beside it.
fn swap(docker: &Section, found: &mut Findings, context: &Context) {
    for (swap, memory) in [("memory_swap", "memory"), ("service_memory_swap", "service_memory")] {
        let limited = docker.text(swap).filter(|(text, _)| !text.is_empty() && context.controllers.is_some());
        if let Some((_, at)) = limited.filter(|(_, at)| docker.filled(memory).is_none() && !said(found, &at.path)) {
            let message = format!("`{swap}` without `{memory}` makes jobs fail here.");
            found.warning(at.span, at.path, message).hint(format!("Set `{memory}` as well, or remove it."));
        }
    }
}

/// What stands before the colon is a path in the container.
fn volumes(docker: &Section, found: &mut Findings, here: bool) {
    for (text, span) in docker.texts("volumes") {
        let Some((source, inside)) = text.split_once(':') else { continue };
        let named = !source.starts_with('/');
        let own = source == JOBS_SOCKET || source == "/cache" || source == "/cache/jobs";
        let below = source.starts_with("/cache/jobs/");
        let (message, hint) = if source.ends_with("/docker.sock") || source.ends_with("/podman.sock") {
            (
                "`volumes` mounts a socket that pipglr's container does not have, or that jobs may not use: jobs fail.",
                format!(
                    "Write \"{JOBS_SOCKET}:{inside}\", the nested podman's socket for jobs (the recipe jobs-socket)."
                ),
            )
        } else if below && source.contains('$') {
            (
                "Variables are not filled in here: it is one folder of that name, shared by all projects.",
                "Write only the path in the job (\"/cache\"): that is a volume for each project (the recipe cache-per-project)."
                    .to_owned(),
            )
        } else if source == "/cache/jobs" && inside == "/cache" && !here {
            continue; // the default of older images, and the recipe cache-local: chosen, as far as the text tells
        } else if (own || below || named) && inside.split(':').next() == Some("/cache") {
            (
                "`volumes` gives the jobs of all projects one cache: a job of one reads, and replaces, what others cached.",
                "Write \"/cache\" alone: that is a volume for each project (the recipe cache-per-project).".to_owned(),
            )
        } else if own || below || named {
            continue;
        } else {
            (
                "`volumes` names a path of pipglr's container, not of the host: where the container does not have it, jobs fail.",
                format!(
                    "Write \"/cache/jobs/NAME:{inside}\", or mount the host's folder into pipglr's container first."
                ),
            )
        };
        found.warning(span, docker.key("volumes"), message).hint(hint);
    }
}

fn devices(docker: &Section, found: &mut Findings) {
    for (text, span) in docker.texts("devices") {
        let device = text.split(':').next().unwrap_or_default();
        if !text.starts_with('/') && text.contains('=') {
            let message = "`devices` names a CDI device, which podman does not take over its API: jobs fail.";
            let hint = "Name the device files (/dev/…), and give them to pipglr's container with --device.";
            found.warning(span, docker.key("devices"), message).hint(hint);
        } else if device.starts_with("/dev/") && !DEVICES.contains(&device) {
            let message = "`devices` gives jobs only what pipglr's container has itself: without it there, jobs fail.";
            let hint = format!("Make the container with --device {device}.");
            found.warning(span, docker.key("devices"), message).hint(hint);
        }
    }
}

fn policies(docker: &Section, found: &mut Findings) {
    if said(found, &docker.key("allowed_pull_policies")) || said(found, &docker.key("pull_policy")) {
        return;
    }
    let allowed = docker.texts("allowed_pull_policies");
    let mut own: Vec<&str> = docker.texts("pull_policy").into_iter().map(|(policy, _)| policy).collect();
    own.extend(docker.filled("pull_policy"));
    if own.is_empty() {
        own.push("always"); // what gitlab-runner takes where none is given
    }
    let missing = own.into_iter().find(|own| !allowed.iter().any(|(policy, _)| policy == own));
    if let (Some(missing), Some((_, span))) = (missing, allowed.first()) {
        let message = "`allowed_pull_policies` leaves out the runner's own `pull_policy`: every job fails.";
        let hint = format!("Add \"{missing}\" to it, or change `pull_policy`.");
        found.warning(span.clone(), docker.key("allowed_pull_policies"), message).hint(hint);
    }
}

fn network(runner: &Section, docker: &Section, found: &mut Findings) {
    let flags = runner.section("feature_flags");
    let on = |flag: &str| flags.as_ref().is_some_and(|flags| flags.is_true(flag));
    if let Some((mode, at)) = docker.text("network_mode")
        && (mode.starts_with("pasta") || mode.starts_with("slirp4netns"))
        && on("FF_NETWORK_PER_BUILD")
    {
        let message = "`network_mode` and FF_NETWORK_PER_BUILD exclude each other, which wants a bridge: jobs fail.";
        found.warning(at.span, at.path, message).hint("Remove `network_mode`.");
    }
    for (server, span) in docker.texts("dns") {
        if loopback(server) {
            let message = "`dns` names a loopback address: in a job that is the job's own, and no name server.";
            let hint = "Name a server that a container reaches, or remove it.";
            found.warning(span, docker.key("dns"), message).hint(hint);
        }
    }
}

/// The host of an address, without its port.
fn host(address: &str) -> &str {
    let host = address.split('/').next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    match host.strip_prefix('[') {
        Some(host) => host.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

fn loopback(host: &str) -> bool {
    matches!(host, "localhost" | "::1" | "0.0.0.0") || host.starts_with("127.") || host.ends_with(".localhost")
}

fn url(runner: &Section, found: &mut Findings) {
    let Some((text, at)) = runner.text("url").filter(|(_, at)| !said(found, &at.path)) else { return };
    let Some((scheme, rest)) = text.split_once("://") else { return };
    let host = host(rest);
    if loopback(host) {
        let message = "`url` is a loopback address: inside pipglr's container that is the container itself.";
        let hint = "For a GitLab on this machine write host.containers.internal as its host.";
        found.warning(at.span, at.path, message).hint(hint);
        return;
    }
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let usual = scheme == "https" || scheme == "http";
    // GitLab may live below one name (a relative URL root), hardly so where the host has its name.
    let odd = parts.len() > 1 || parts.len() == 1 && host.split('.').any(|label| label == "gitlab");
    if usual && odd && parts.last() != Some(&"ci") {
        let message: &str = if parts.contains(&"api") {
            "`url` ends behind the server's address: gitlab-runner adds /api/v4 itself, and GitLab answers with 404."
        } else {
            "`url` has a path: is that where GitLab itself lives? A group or a project does not belong to it."
        };
        let authority = rest.split('/').next().unwrap_or_default();
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        found
            .warning(at.span, at.path, message)
            .hint(format!("Write only the address of the server: {scheme}://{authority}/"));
    }
}

/// The address that jobs fetch from.
fn clone_url(runner: &Section, found: &mut Findings) {
    let Some((text, at)) = runner.text("clone_url") else { return };
    if text.split_once("://").is_some_and(|(_, rest)| loopback(host(rest))) {
        let message = "`clone_url` is a loopback address: in a job that is the job itself, and it fetches nothing.";
        found.warning(at.span, at.path, message).hint(FOR_JOBS);
    } else if !text.is_empty() && !text.starts_with('$') && !text.contains("://") {
        let message = "`clone_url` has no scheme: jobs fetch nothing.";
        found.warning(at.span, at.path, message).hint(format!("Write \"https://{text}\"."));
    }
}

/// Where jobs have their sources and caches: docker takes an absolute path, and not / itself.
fn folders(runner: &Section, found: &mut Findings) {
    for name in ["builds_dir", "cache_dir"] {
        let Some((folder, at)) = runner.text(name).filter(|(folder, _)| !folder.is_empty()) else { continue };
        if folder == "/" || !folder.starts_with(['/', '$']) {
            let message = format!("`{name}` is no absolute path (or / itself): every job fails.");
            found.warning(at.span, at.path, message).hint("Write it with a / at its beginning, such as \"/builds\".");
        }
    }
}

/// Files that gitlab-runner reads are the container's, which has none of its own: they come with a secret or a volume.
fn certificates(runner: &Section, found: &mut Findings) {
    for name in ["tls-ca-file", "tls-cert-file", "tls-key-file"] {
        let Some((file, at)) = runner.text(name).filter(|(file, _)| !file.is_empty()) else { continue };
        if !["/run/secrets/", "/cache/", "/etc/ssl/", "/usr/", "$"].iter().any(|folder| file.starts_with(folder)) {
            let message =
                format!("`{name}` is a path in pipglr's container: without the file there GitLab is not reached.");
            let hint = match name {
                "tls-ca-file" => "Remove it, and give the certificates as `ca_file` in the answers of `pipglr setup`.",
                _ => "Give the container the file as a secret, and write \"/run/secrets/NAME\".",
            };
            found.warning(at.span, at.path, message).hint(hint);
        }
    }
}

/// Registry credentials that are not Docker's JSON, a time zone that does not exist and a proxy that is the job itself are
/// of no use, and nobody says so.
fn environment(runner: &Section, found: &mut Findings) {
    for (text, span) in runner.texts("environment") {
        let Some((name, value)) = text.split_once('=').filter(|(_, value)| !value.starts_with('$')) else { continue };
        let said = match name {
            "TZ" => no_zone(value).then_some((
                "TZ names a time zone that does not exist: jobs have UTC.",
                "Write it such as \"TZ=Europe/Berlin\".",
            )),
            "DOCKER_AUTH_CONFIG" => credentials(value),
            _ if ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].iter().any(|proxy| name.eq_ignore_ascii_case(proxy)) => {
                loopback(host(value.split_once("://").map_or(value, |(_, rest)| rest))).then_some((
                    "The proxy is a loopback address: in a job that is the job's own, and no proxy.",
                    FOR_JOBS,
                ))
            }
            _ => None,
        };
        if let Some((message, hint)) = said {
            found.warning(span, runner.key("environment"), message).hint(hint);
        }
    }
}

/// Whether a value of TZ means nothing to the C library. One that is written as a rule of its own (`CET-1CEST`) has numbers.
fn no_zone(zone: &str) -> bool {
    !zone.starts_with(['/', ':']) && !zone.contains(|c: char| c.is_ascii_digit()) && !format::timezone(zone)
}

/// What is wrong with DOCKER_AUTH_CONFIG, and how it is written.
fn credentials(json: &str) -> Option<(&'static str, &'static str)> {
    let hint = r#"Write the entry in single quotes: 'DOCKER_AUTH_CONFIG={"auths":{"registry.example":{"auth":"…"}}}'."#;
    let Ok(config) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json) else {
        return Some(("DOCKER_AUTH_CONFIG is no JSON object, so it is not used: are quotes missing?", hint));
    };
    if !["auths", "credHelpers", "credsStore"].iter().any(|key| config.contains_key(*key)) {
        return Some(("DOCKER_AUTH_CONFIG has no \"auths\", so it is not used: the registries belong in that.", hint));
    }
    let auths = config.get("auths").and_then(serde_json::Value::as_object).into_iter().flat_map(|auths| auths.values());
    let mut auth = auths.filter_map(|entry| entry.get("auth")?.as_str()).filter(|auth| !auth.is_empty());
    let login = |auth: &str| BASE64_STANDARD.decode(auth).is_ok_and(|bytes| bytes.contains(&b':'));
    (!auth.all(login)).then_some((
        "An \"auth\" in DOCKER_AUTH_CONFIG is not the base64 of USER:PASSWORD, so no image is pulled with it.",
        "`printf %s USER:PASSWORD | base64 -w0` makes it.",
    ))
}

fn cache(cache: &Section, found: &mut Findings) {
    let stores = [("s3", "BucketName"), ("gcs", "BucketName"), ("azure", "ContainerName")];
    for (store, name) in stores {
        let Some(section) = cache.section(store) else { continue };
        if !cache.has("Type") && (section.filled(name).is_some() || section.filled("ServerAddress").is_some()) {
            let message =
                format!("`Type` is missing in [runners.cache], so {store} is not used: the cache stays local.");
            let span: Range<usize> = cache.header.clone();
            found.warning(span, cache.key("Type"), message).hint(format!("Add Type = \"{store}\"."));
        }
    }
    let Some((address, at)) = cache.section("s3").and_then(|s3| s3.text("ServerAddress")) else { return };
    if address.contains("://") {
        let message = "`ServerAddress` takes host:port without a scheme (https://): there is no cache.";
        let bare = address.split("://").nth(1).unwrap_or_default().trim_end_matches('/');
        found.warning(at.span, at.path, message).hint(format!("Write \"{bare}\"; `Insecure = true` is for http."));
    } else if let Some((bare, _)) = address.split_once('/') {
        let message = "`ServerAddress` takes host:port without a path: there is no cache.";
        found.warning(at.span, at.path, message).hint(format!("Write \"{bare}\"; the bucket's name is `BucketName`."));
    } else if loopback(host(address)) {
        let message = "`ServerAddress` is a loopback address: in a job that is the job's own, and there is no cache.";
        found.warning(at.span, at.path, message).hint(FOR_JOBS);
    }
}
