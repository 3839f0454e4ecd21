//! A key that gitlab-runner does not know, and the one that was meant.

use super::super::keys::{self, Key};
use super::walk::{Value, Walk};
use crate::text::sanitize::sanitize;
use toml::Spanned;
use toml::de::{DeString, DeValue};

/// Keys that GitLab's documentation names and gitlab-runner does not have, or that people bring from elsewhere.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("runners[].referees.metrics", "metric_queries", "The key is called `queries`."),
    ("runners[].docker", "helper_image_autoset_arch_and_os", "It is a key of [runners.kubernetes] only."),
    (
        "runners[].kubernetes",
        "terminationgraceperiodseconds",
        "The key is called `pod_termination_grace_period_seconds`.",
    ),
    ("runners[].kubernetes", "allowprivilegeescalation", "The key is called `allow_privilege_escalation`."),
    ("runners[]", "tags", "Tags are set on the GitLab server, on the runner's page."),
    ("runners[]", "tag_list", "Tags are set on the GitLab server, on the runner's page."),
    ("runners[]", "run_untagged", "It is set on the GitLab server, on the runner's page."),
    ("runners[]", "locked", "It is set on the GitLab server, on the runner's page."),
    ("runners[]", "maximum_timeout", SERVER),
    ("runners[]", "access_level", SERVER),
    ("runners[]", "paused", SERVER),
    ("runners[]", "active", SERVER),
    ("runners[]", "protected", SERVER),
    ("runners[]", "maintenance_note", SERVER),
    ("runners[]", "runner_type", SERVER),
    ("runners[]", "timeout", TIMEOUT),
    ("runners[]", "job_timeout", TIMEOUT),
    ("runners[]", "tag", "Tags are set on the GitLab server, on the runner's page."),
    ("runners[]", "gitlab_url", "The key is called `url`."),
    ("runners[]", "coordinator", "The key is called `url`."),
    ("runners[]", "server", "The key is called `url`."),
    ("runners[]", "ca_file", "The key is called `tls-ca-file`."),
    ("runners[]", "cafile", "The key is called `tls-ca-file`."),
    ("runners[]", "tls_ca", "The key is called `tls-ca-file`."),
    ("runners[]", "tls-ca", "The key is called `tls-ca-file`."),
    ("runners[]", "services", "Write a section for each: [[runners.docker.services]] with name = \"postgres:16\"."),
    ("runners[]", "variables", "It is `environment`, as a list: environment = [\"NAME=value\"]."),
    ("runners[]", "env", "It is `environment`, as a list: environment = [\"NAME=value\"]."),
    ("runners[]", "before_script", "It is a key of .gitlab-ci.yml; the runner's own is `pre_build_script`."),
    ("runners[]", "after_script", "It is a key of .gitlab-ci.yml; the runner's own is `post_build_script`."),
    ("runners[]", "script", PIPELINE),
    ("runners[]", "retry", PIPELINE),
    ("runners[]", "stages", PIPELINE),
    ("runners[]", "artifacts", PIPELINE),
    ("", "tags", "Tags are set on the GitLab server, on the runner's page."),
    ("", "tag_list", "Tags are set on the GitLab server, on the runner's page."),
    ("runners[].docker", "tags", "Tags are set on the GitLab server, on the runner's page."),
    (
        "runners[]",
        "tls_verify",
        "It belongs in [runners.docker], for podman's socket; GitLab's certificate is always checked (`tls-ca-file`).",
    ),
    ("runners[]", "ssl_verify", TLS),
    ("runners[]", "tls-skip-verify", TLS),
    ("runners[]", "tls_skip_verify", TLS),
    ("runners[]", "insecure", TLS),
    ("runners[]", "insecure_skip_verify", TLS),
    ("runners[]", "http_proxy", PROXY),
    ("runners[]", "https_proxy", PROXY),
    ("runners[]", "no_proxy", PROXY),
    ("runners[]", "proxy", PROXY),
    ("runners[]", "description", "The key is called `name`; the description is set on the GitLab server."),
    ("runners[]", "registration_token", "The key is called `token`, and holds a runner authentication token."),
    // What older versions, Docker and compose call them.
    ("", "metrics_server", "The key is called `listen_address`."),
    ("runners[]", "pre_clone_script", "The key is called `pre_get_sources_script`."),
    ("runners[]", "post_clone_script", "The key is called `post_get_sources_script`."),
    ("runners[].docker", "cpu_limit", "The key is called `cpus`; `pipglr check` says whether it holds here."),
    ("runners[].docker", "cpu", "The key is called `cpus`; `pipglr check` says whether it holds here."),
    ("runners[].docker", "memory_limit", "The key is called `memory`; `pipglr check` says whether it holds here."),
    ("runners[].docker", "mem_limit", "The key is called `memory`; `pipglr check` says whether it holds here."),
    (
        "runners[].docker",
        "memswap_limit",
        "The key is called `memory_swap`; `pipglr check` says whether it holds here.",
    ),
    (
        "runners[].docker",
        "mem_reservation",
        "The key is called `memory_reservation`; `pipglr check` says whether it holds here.",
    ),
    (
        "runners[].docker",
        "service",
        "Write a section for each: [[runners.docker.services]] with name = \"postgres:16\".",
    ),
    ("runners[].docker", "dns_servers", "The key is called `dns`."),
    ("runners[].docker", "nameservers", "The key is called `dns`."),
    ("runners[].docker", "host_network", "Write network_mode = \"host\"."),
    ("runners[].docker", "image_pull_policy", "The key is called `pull_policy`."),
    ("runners[].docker", "socket", "The key is called `host`."),
    ("runners[].docker", "docker_host", "The key is called `host`."),
    ("runners[].docker", "cap_adds", "The key is called `cap_add`."),
    ("runners[].docker", "ports", "Services need none: a job reaches every port of a service by its name."),
    ("runners[].docker", "expose", "Services need none: a job reaches every port of a service by its name."),
    ("runners[].docker", "environment", "It belongs in [[runners]], as a list: environment = [\"NAME=value\"]."),
    ("runners[].docker", "env", "It is `environment` in [[runners]], as a list: environment = [\"NAME=value\"]."),
    ("runners[].docker", "labels", "The section is called [runners.docker.container_labels]."),
    (
        "runners[].docker",
        "ulimits",
        "It is a section, [runners.docker.ulimit], and has no effect here: give them to the container (`--ulimit`).",
    ),
    ("runners[].docker", "entrypoint", "It is set in .gitlab-ci.yml, beside the image's name (image: entrypoint)."),
    ("runners[].docker", "init", "Write FF_USE_INIT_WITH_DOCKER_EXECUTOR = true in [runners.feature_flags]."),
    ("runners[].docker", "registry_mirror", MIRROR),
    ("runners[].docker", "registry_mirrors", MIRROR),
    ("runners[].docker", "registry-mirrors", MIRROR),
    ("runners[].docker", "insecure_registries", MIRROR),
    ("runners[].docker", "insecure-registries", MIRROR),
    ("runners[].docker", "auth_config", LOGIN),
    ("runners[].docker", "docker_auth_config", LOGIN),
    ("runners[]", "docker_auth_config", LOGIN),
    ("runners[].docker", "username", LOGIN),
    ("runners[].docker", "password", LOGIN),
    ("runners[].docker", "network", "The key is called `network_mode`."),
    ("runners[].docker", "net", "The key is called `network_mode`."),
    ("runners[].docker", "allowed_image", "The key is called `allowed_images`."),
    ("runners[].docker", "pull_policies", "The key is called `pull_policy`."),
];

const SERVER: &str = "It is set on the GitLab server, on the runner's page.";
const TIMEOUT: &str = "A job's time-out is set in GitLab: on the runner's page, or `timeout` in .gitlab-ci.yml.";
const PIPELINE: &str = "It is a key of .gitlab-ci.yml, in the project.";
const TLS: &str = "The server's certificate is always checked: name its authority's in `tls-ca-file`.";
const PROXY: &str =
    "For jobs: environment = [\"HTTPS_PROXY=http://proxy.example:3128\"]; the runner itself has the host's proxy.";
const MIRROR: &str = "Mirrors and registries without TLS are set in registries.conf of pipglr's container.";
const LOGIN: &str =
    "Registries' logins are in `environment` of [[runners]], as DOCKER_AUTH_CONFIG, or a variable in GitLab.";

/// Says that a key of a section is not known.
pub(super) fn report(walk: &mut Walk, section: &'static Key, name: &Spanned<DeString>, value: &Value) {
    let wanted: &str = name.get_ref();
    let is_section = match value.get_ref() {
        DeValue::Table(_) => true,
        DeValue::Array(array) => array.iter().any(|entry| matches!(entry.get_ref(), DeValue::Table(_))),
        _ => false,
    };
    let place = if section.path.is_empty() { "the global section".to_owned() } else { section.header() };
    let what = if is_section { "section" } else { "key" };
    let message = format!("gitlab-runner knows no {what} `{}` in {place}.", sanitize(wanted));
    let hint = hint(section, wanted, is_section);
    let (span, path) = (walk.span(name.span()), walk.path.key(wanted));
    walk.found.error(span, path, message).hint(hint);
}

fn hint(section: &'static Key, wanted: &str, is_section: bool) -> String {
    let here = if section.path == "runners" { "runners[]" } else { section.path };
    let lower = wanted.to_ascii_lowercase();
    if let Some((_, _, hint)) = ELSEWHERE.iter().find(|(path, name, _)| *path == here && *name == lower) {
        return (*hint).into();
    }
    if wanted.starts_with("FF_") && !is_section {
        return format!("`{}` belongs in [runners.feature_flags], before the next [section] begins.", sanitize(wanted));
    }
    if let Some(key) = section.children().find(|key| key.exact && key.name.eq_ignore_ascii_case(wanted)) {
        return format!("Here capitals matter: it is `{}`.", key.name);
    }
    // Same name, but of a section around this one: it was written too far down.
    let mut around = section.path;
    while !around.is_empty() {
        around = around.rsplit_once('.').map_or("", |(around, _)| around);
        let Some(key) = keys::lookup(around).and_then(|around| around.child(wanted)) else { continue };
        if key.is_section() == is_section {
            return belongs(key);
        }
    }
    if let Some(key) = option_of_register(wanted).filter(|key| key.is_section() == is_section) {
        let parent = key.path.rsplit_once('.').and_then(|(parent, _)| keys::lookup(parent));
        let place = parent.map_or(String::new(), Key::header);
        return format!("It is an option of `gitlab-runner register`; here it is `{}` in {place}.", key.name);
    }
    if let Some(key) = section.nearest(wanted).filter(|key| key.is_section() == is_section) {
        return if key.is_section() {
            format!("Did you mean {}?", key.header())
        } else {
            format!("Did you mean `{}`?", key.name)
        };
    }
    // What is meant for the executor docker is no key of another executor.
    let docker = section.path.starts_with("runners[].docker");
    let others = ["kubernetes", "machine", "autoscaler", "parallels", "virtualbox", "ssh", "custom", "instance"];
    let foreign = |key: &&Key| docker && key.path.split('.').nth(1).is_some_and(|part| others.contains(&part));
    let everywhere = || {
        let named = |key: &&Key| key.name.eq_ignore_ascii_case(wanted) && key.is_section() == is_section;
        keys::all().iter().filter(named)
    };
    // Of several: a runner's own, then the executor's that runs here.
    let rank = |key: &&Key| {
        let runners = key.path.strip_prefix("runners[].").is_some_and(|name| !name.contains('.'));
        (!runners, !key.path.starts_with("runners[].docker"), key.path.matches('.').count())
    };
    if let Some(key) = everywhere().filter(|key| !foreign(key)).min_by_key(rank) {
        return belongs(key);
    }
    match everywhere().find(foreign).and_then(|key| keys::lookup(key.path.rsplit_once('.')?.0)) {
        Some(other) => {
            format!("It is a key of {}, for another executor: docker has none of this name. Remove it.", other.header())
        }
        None => "Remove it, or look at the keys of this section.".into(),
    }
}

/// The key that an option of `gitlab-runner register` sets: `docker-privileged`, `cache-s3-bucket-name`.
fn option_of_register(wanted: &str) -> Option<&'static Key> {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if !["docker", "cache", "kubernetes", "custom", "ssh"]
        .iter()
        .any(|part| wanted.strip_prefix(part).is_some_and(|rest| rest.starts_with(['-', '_'])))
    {
        return None;
    }
    let name = plain(wanted);
    keys::all()
        .iter()
        .find(|key| key.path.strip_prefix("runners[].").is_some_and(|path| path.contains('.') && plain(path) == name))
}

/// Where a key belongs.
fn belongs(key: &Key) -> String {
    if key.is_section() {
        return format!("Write it as {}.", key.header());
    }
    match key.path.rsplit_once('.') {
        None => format!("`{}` is a global key: it belongs at the top, before the first [section].", key.name),
        Some((parent, _)) => {
            let header = keys::lookup(parent).map_or(String::new(), Key::header);
            format!("`{}` belongs in {header}, before the next [section] begins.", key.name)
        }
    }
}
