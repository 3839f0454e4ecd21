//! Keys that take each other's effect away on the nested podman of pipglr's image, or want one another: what was seen in
//! real jobs with gitlab-runner 17.5.5 and 19.4.0 and podman 5.4.2 (`tests/corpus/nested-keys.tsv`).

use super::super::keys::Version;
use super::section::{Found, Section};
use super::{Context, Findings};

/// The largest ID of a user that a job was seen to run as.
const LARGEST_ID: u64 = 65_535;
/// From here on services need no network of their own.
const SERVICES_WITHOUT: Version = Version(18, 8);

/// Checks a runner of the executor docker.
pub(super) fn check(runner: &Section, docker: &Section, found: &mut Findings, context: &Context) {
    rights(docker, found);
    users(runner, docker, found);
    images(docker, found);
    socket(docker, found);
    network(runner, docker, found, context);
    services(docker, found);
    engines(docker, found);
    volumes(runner, docker, found);
    mounts(docker, found);
    engine_of_jobs(runner, docker, found);
}

fn warn(found: &mut Findings, at: Found, message: &str, hint: &str) {
    found.warning(at.span, at.path, message).hint(hint);
}

/// Warns of a list by its first entry, which is not there where it is empty.
fn warn_list(found: &mut Findings, section: &Section, name: &str, message: &str, hint: &str) {
    if let Some((_, span)) = section.texts(name).into_iter().next() {
        found.warning(span, section.key(name), message).hint(hint);
    }
}

fn rights(docker: &Section, found: &mut Findings) {
    if docker.is_true("privileged") {
        let message = "`cap_drop` has no effect with `privileged = true`, which gives all back.";
        warn_list(found, docker, "cap_drop", message, "Remove it, or set privileged = false.");
    } else {
        let message = "`allowed_privileged_images` has no effect: `privileged` is not on.";
        warn_list(found, docker, "allowed_privileged_images", message, "Remove it, or set privileged = true.");
    }
}

fn users(runner: &Section, docker: &Section, found: &mut Findings) {
    let listed = docker.texts("allowed_users");
    let Some((user, at)) = docker.text("user").filter(|(user, _)| !user.is_empty()) else {
        let message = "`allowed_users` holds no job back that names no user: it runs as root, or as its image says.";
        warn_list(found, docker, "allowed_users", message, "Set `user` as well, to one of them.");
        return;
    };
    if user.split(':').filter_map(|id| id.parse().ok()).any(|id: u64| id > LARGEST_ID) {
        let message = "The nested podman has no such ID: each job fails.";
        warn(found, at, message, &format!("Write an ID up to {LARGEST_ID}."));
    } else if !listed.is_empty() && !listed.iter().any(|(listed, _)| *listed == user) {
        let message = "`allowed_users` leaves out the runner's own `user`: every job fails.";
        warn_list(found, docker, "allowed_users", message, &format!("Add \"{user}\" to it, or change `user`."));
    }
    let root = ["root", "0"].contains(&user.split(':').next().unwrap_or_default());
    if let Some(flags) = runner.section("feature_flags").filter(|_| !root)
        && flags.is_true("FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR")
        && let Some(at) = flags.get("FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR")
    {
        let message = "With this flag the job's folder is root's alone, and `user` cannot write it: jobs fail.";
        warn(found, at, message, "Remove the flag, or `user`.");
    }
}

fn images(docker: &Section, found: &mut Findings) {
    for name in ["allowed_images", "allowed_services"] {
        for (pattern, span) in docker.texts(name) {
            let (what, hint) = if pattern.contains(['(', '|', '^', '\\']) {
                ("takes no regular expressions: this matches no image", "Write \"registry.example/{a,b}/**\".")
            } else if pattern == "*" {
                ("compares up to the next slash: `*` matches no image with a registry in its name", "Write \"**\".")
            } else if !pattern.contains(['/', ':', '*', '?', '{', '[', '@']) {
                (
                    "compares the text as it is: an image of this name with a tag is refused",
                    "Write it with \":*\" behind.",
                )
            } else {
                continue;
            };
            found.warning(span, docker.key(name), format!("`{name}` {what}.")).hint(hint);
        }
    }
    if let (Some(_), Some((_, at))) = (docker.filled("helper_image"), docker.text("helper_image_flavor")) {
        warn(found, at, "`helper_image_flavor` has no effect beside `helper_image`.", "Remove one of the two.");
    }
}

/// The nested podman's socket speaks no TLS.
fn socket(docker: &Section, found: &mut Findings) {
    if !docker.filled("host").is_some_and(|host| host.starts_with("unix://")) {
        return;
    }
    if let Some(at) = docker.get("tls_verify").filter(|_| docker.is_true("tls_verify")) {
        warn(found, at, "A unix socket speaks no TLS: no job can reach podman with `tls_verify`.", "Write false.");
    }
    if let Some((_, at)) = docker.text("tls_cert_path").filter(|(path, _)| !path.is_empty()) {
        warn(found, at, "`tls_cert_path` has no effect with a unix socket.", "Remove it.");
    }
}

fn network(runner: &Section, docker: &Section, found: &mut Findings, context: &Context) {
    let flags = runner.section("feature_flags");
    if flags.as_ref().is_some_and(|flags| flags.is_true("FF_NETWORK_PER_BUILD")) {
        return;
    }
    if let Some((_, at)) = docker.int("network_mtu").filter(|(mtu, _)| *mtu > 0) {
        let hint = "Set FF_NETWORK_PER_BUILD = true in [runners.feature_flags].";
        warn(found, at, "`network_mtu` has no effect without FF_NETWORK_PER_BUILD.", hint);
    }
    let named = !["", "bridge", "default"].contains(&docker.filled("network_mode").unwrap_or_default());
    let needed = context.runner.is_some_and(|version| version < SERVICES_WITHOUT);
    if let Some(service) = docker.sections("services").into_iter().next().filter(|_| needed && !named) {
        let message =
            "Services need FF_NETWORK_PER_BUILD with this gitlab-runner (before 18.8): each job fails without it.";
        let section = flags.unwrap_or_else(|| runner.clone());
        found
            .warning(service.header, section.key("FF_NETWORK_PER_BUILD"), message)
            .hint("Set FF_NETWORK_PER_BUILD = true in [runners.feature_flags].");
    }
}

fn services(docker: &Section, found: &mut Findings) {
    for service in docker.sections("services") {
        if service.get("name").is_none_or(|at| at.value.as_str().is_some_and(str::is_empty)) && !found.broken {
            let message = "This service has no `name`, which is its image: every job fails.";
            found
                .warning(service.header.clone(), service.key("name"), message)
                .hint("Add name = \"docker.io/library/postgres:16\", or another image.");
        }
    }
    let own = docker.sections("services").len();
    if let Some((limit, at)) = docker.int("services_limit")
        && limit >= 0
        && usize::try_from(limit).is_ok_and(|limit| limit < own)
    {
        let message =
            format!("The runner's own {own} `services` are more than `services_limit` allows: every job fails.");
        warn(found, at, &message, &format!("Write {own} or more."));
    }
}

/// A docker in a service mounts, and makes networks.
fn engines(docker: &Section, found: &mut Findings) {
    let own = docker.has("services_privileged");
    if docker.is_true(if own { "services_privileged" } else { "privileged" }) {
        return;
    }
    for service in docker.sections("services") {
        let Some((name, at)) = service.text("name") else { continue };
        if name.split(['/', ':', '-', '@']).any(|part| part == "dind") {
            let message =
                "A docker in a service (dind) does not start without `privileged`: each job fails to reach it.";
            warn(found, at, message, "Set privileged = true, or give jobs the nested podman (the recipe jobs-socket).");
        }
    }
}

/// A cache in the job's container alone is lost with it.
fn volumes(runner: &Section, docker: &Section, found: &mut Findings) {
    let Some((folder, at)) = runner.text("cache_dir").filter(|(folder, _)| !folder.is_empty()) else { return };
    let inside = |volume: &'_ str| {
        let parts: Vec<&str> = volume.split(':').collect();
        let inside = *parts.get(1).unwrap_or(&parts[0]);
        folder == inside || folder.strip_prefix(inside).is_some_and(|rest| rest.starts_with('/'))
    };
    if !docker.texts("volumes").into_iter().any(|(volume, _)| inside(volume)) {
        let hint = format!("Add \"{folder}\" to `volumes` in [runners.docker].");
        warn(found, at, "No volume is mounted at `cache_dir`: caches are lost with each job.", &hint);
    }
}

/// Two things cannot be mounted at one path: gitlab-runner, or podman, refuses each job (seen in their source).
fn mounts(docker: &Section, found: &mut Findings) {
    let mut paths: Vec<&str> = Vec::new();
    for (volume, span) in docker.texts("volumes") {
        let parts: Vec<&str> = volume.split(':').collect();
        let inside = parts.get(1).unwrap_or(&parts[0]).trim_end_matches('/');
        if inside.is_empty() || !inside.starts_with('/') {
            continue;
        }
        if paths.contains(&inside) {
            let message = "`volumes` mounts a second thing at the same path in the job: jobs fail.";
            found.warning(span, docker.key("volumes"), message).hint("Keep one of the two.");
        } else {
            paths.push(inside);
        }
    }
}

/// Where jobs are told to look for an engine, there has to be its socket.
fn engine_of_jobs(runner: &Section, docker: &Section, found: &mut Findings) {
    for (text, span) in runner.texts("environment") {
        let Some((name, value)) = text.split_once('=') else { continue };
        let Some(socket) = value.strip_prefix("unix://") else { continue };
        if !["DOCKER_HOST", "CONTAINER_HOST"].contains(&name) || socket.contains('$') {
            continue;
        }
        let mounted = |(volume, _): (&str, _)| volume.split(':').nth(1) == Some(socket);
        if !docker.texts("volumes").into_iter().any(mounted) {
            let message = format!("`{name}` names a socket that `volumes` does not mount: jobs find no engine there.");
            let hint = format!(
                "Add \"/run/podman-jobs/jobs.sock:{socket}\" to `volumes` (the recipe jobs-socket), or remove it."
            );
            found.warning(span, runner.key("environment"), message).hint(hint);
        }
    }
}
