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
    ("runners[].docker", "network", "The key is called `network_mode`."),
    ("runners[].docker", "net", "The key is called `network_mode`."),
    ("runners[].docker", "allowed_image", "The key is called `allowed_images`."),
    ("runners[].docker", "pull_policies", "The key is called `pull_policy`."),
];

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
