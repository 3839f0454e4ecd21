//! `register`, `verify`, `unregister`: config.toml and the server, brought together.

use std::path::Path;

use serde_json::json;
use toml::{Table, Value};

use crate::api::{Answer, Api, is_authentication_token, short};
use crate::config::{self, Config};
use crate::log;
use crate::options::Options;
use crate::poll;

pub fn register(options: &Options, file: &Path) -> i32 {
    let mut config = match Config::load(file) {
        Ok(config) => config,
        Err(text) => return log::panic(&text),
    };
    let mut runner = match from_options(options) {
        Ok(runner) => runner,
        Err(text) => {
            return log::fatal(
                "Could not handle configuration merging from template file",
                &[("error", text)],
            );
        }
    };
    let Some(url) = options.get("url", "CI_SERVER_URL") else {
        return log::panic("The url needs to be entered");
    };
    let token = options
        .get("token", "CI_SERVER_TOKEN")
        .or_else(|| options.get("registration-token", "REGISTRATION_TOKEN"));
    let Some(token) = token else {
        return log::panic("The registration-token needs to be entered");
    };
    let api = Api {
        url: &url,
        token: &token,
    };
    let (id, runner_token) = if is_authentication_token(&token) {
        if short(&token).is_none() {
            return crash(&token);
        }
        if config.runners().any(|r| config::str(r, "token") == token) {
            log::warning(
                "A runner with this system ID and token has already been registered.",
                &[],
            );
        }
        if options.get("tag-list", "RUNNER_TAG_LIST").is_some()
            || options.get("locked", "REGISTER_LOCKED").as_deref() == Some("false")
        {
            log::warning(
                "You have specified an authentication token in the legacy parameter --registration-token. This has triggered the 'legacy-compatible registration process' which has resulted in the following command line parameters being ignored: --locked, --access-level, --run-untagged, --maximum-timeout, --paused, --tag-list, and --maintenance-note.",
                &[],
            );
        }
        match api.verify(&config.system_id) {
            Ok(Some(id)) => (id, token.clone()),
            _ => return log::panic("Failed to verify the runner."),
        }
    } else {
        match legacy(&api, options, config::str(&runner, "name")) {
            Some(pair) => pair,
            None => return log::panic("Failed to register the runner."),
        }
    };
    let executor = config::str(&runner, "executor").to_string();
    if executor.is_empty() {
        return log::panic("The executor needs to be entered");
    }
    if executor == "docker"
        && config::sub(&runner, "docker").is_none_or(|d| config::str(d, "image").is_empty())
    {
        return log::panic("The docker-image needs to be entered");
    }
    runner.insert("url".into(), url.clone().into());
    runner.insert(
        "id".into(),
        Value::Integer(id.try_into().unwrap_or_default()),
    );
    runner.insert("token".into(), runner_token.into());
    for (key, time) in [
        ("token_obtained_at", super::clock::now()),
        ("token_expires_at", "0001-01-01T00:00:00Z".into()),
    ] {
        if let Ok(time) = time.parse() {
            runner.insert(key.into(), Value::Datetime(time));
        }
    }
    let mut runners: Vec<Value> = config.runners().cloned().map(Value::Table).collect();
    runners.push(Value::Table(runner));
    config.set_runners(runners);
    if let Err(text) = config.save() {
        return log::panic(&text);
    }
    log::info(
        "Runner registered successfully. Feel free to start it, but if it's running already the config should be automatically reloaded!\n",
        &[],
    );
    log::info(
        &format!(
            "Configuration (with the authentication token) was saved in {:?}",
            file.display().to_string()
        ),
        &[],
    );
    0
}

/// The server makes a token of the runner's own from a registration token.
fn legacy(api: &Api, options: &Options, name: &str) -> Option<(u64, String)> {
    log::warning(
        "Support for registration tokens and runner parameters in the 'register' command has been deprecated in GitLab Runner 15.6 and will be replaced with support for authentication tokens. For more information, see https://docs.gitlab.com/ee/ci/runners/new_creation_workflow",
        &[],
    );
    let tags = options
        .get("tag-list", "RUNNER_TAG_LIST")
        .unwrap_or_default();
    let body = json!({
        "token": api.token,
        "description": name,
        "tag_list": tags,
        "run_untagged": tags.is_empty() || options.on("run-untagged", "REGISTER_RUN_UNTAGGED"),
        "locked": options.get("locked", "REGISTER_LOCKED").as_deref() != Some("false"),
        "paused": options.on("paused", "REGISTER_PAUSED"),
        "info": poll::info(""),
    });
    let (words, status) = match api.call("POST", "runners", &body) {
        Answer::Got(r) if r.status == 201 => {
            let value = r.value();
            log::info("Registering runner... succeeded", &[api.runner()]);
            return Some((value["id"].as_u64()?, value["token"].as_str()?.to_string()));
        }
        Answer::Got(r) if r.status == 403 => (
            "forbidden (check registration token)",
            api.status("POST", "runners", &r),
        ),
        Answer::Got(r) => ("failed", api.status("POST", "runners", &r)),
        Answer::Failed(text) => ("failed", text),
        Answer::Client(text) => ("client error", text),
    };
    log::error(
        &format!("Registering runner... {words}"),
        &[api.runner(), ("status", status)],
    );
    None
}

/// What the real 17.5 does with a token cut short: Go's own words, exit 2.
fn crash(token: &str) -> i32 {
    eprintln!(
        "panic: runtime error: slice bounds out of range [:14] with length {} [recovered, repanicked]\n",
        token.len()
    );
    eprintln!("goroutine 1 [running]:\nmain.main.func1()\n\t/stand-in/main.go:50 +0x4d");
    2
}

/// The `[[runners]]` entry as options, environment and template say.
fn from_options(options: &Options) -> Result<Table, String> {
    let mut runner = Table::new();
    let hostname = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = options
        .get("name", "RUNNER_NAME")
        .unwrap_or_else(|| hostname.trim().to_string());
    runner.insert("name".into(), name.into());
    if let Some(executor) = options.get("executor", "RUNNER_EXECUTOR") {
        runner.insert("executor".into(), executor.into());
    }
    if let Some(limit) = options
        .get("limit", "RUNNER_LIMIT")
        .and_then(|l| l.parse::<i64>().ok())
    {
        runner.insert("limit".into(), limit.into());
    }
    let environment = options.list("env", "RUNNER_ENV");
    if !environment.is_empty() {
        runner.insert("environment".into(), environment.into());
    }
    let mut docker = Table::new();
    for (key, name, variable) in [
        ("host", "docker-host", "DOCKER_HOST"),
        ("image", "docker-image", "DOCKER_IMAGE"),
        ("network_mode", "docker-network-mode", "DOCKER_NETWORK_MODE"),
        ("helper_image", "docker-helper-image", "DOCKER_HELPER_IMAGE"),
    ] {
        if let Some(value) = options.get(name, variable) {
            docker.insert(key.into(), value.into());
        }
    }
    for key in [
        "tls_verify",
        "disable_entrypoint_overwrite",
        "oom_kill_disable",
    ] {
        docker.insert(key.into(), false.into());
    }
    docker.insert(
        "privileged".into(),
        options.on("docker-privileged", "DOCKER_PRIVILEGED").into(),
    );
    docker.insert(
        "disable_cache".into(),
        options
            .on("docker-disable-cache", "DOCKER_DISABLE_CACHE")
            .into(),
    );
    docker.insert("shm_size".into(), 0.into());
    docker.insert("network_mtu".into(), 0.into());
    for (key, name, variable) in [
        ("volumes", "docker-volumes", "DOCKER_VOLUMES"),
        ("pull_policy", "docker-pull-policy", "DOCKER_PULL_POLICY"),
        ("devices", "docker-devices", "DOCKER_DEVICES"),
        ("extra_hosts", "docker-extra-hosts", "DOCKER_EXTRA_HOSTS"),
    ] {
        let values = options.list(name, variable);
        if !values.is_empty() {
            docker.insert(key.into(), values.into());
        }
    }
    runner.insert("docker".into(), Value::Table(docker));
    runner.insert("custom_build_dir".into(), Value::Table(Table::new()));
    let mut cache = Table::from_iter([("MaxUploadedArchiveSize".to_string(), Value::from(0))]);
    for key in ["s3", "gcs", "azure"] {
        cache.insert(key.into(), Value::Table(Table::new()));
    }
    runner.insert("cache".into(), Value::Table(cache));
    if let Some(path) = options.get("template-config", "TEMPLATE_CONFIG_FILE") {
        template(&mut runner, &path)?;
    }
    if let Some(Value::Table(docker)) = runner.get_mut("docker") {
        let mut volumes = config::list(docker, "volumes");
        if !config::bool(docker, "disable_cache")
            && !volumes
                .iter()
                .any(|v| v.rsplit(':').next() == Some("/cache"))
        {
            volumes.push("/cache".into());
        }
        docker.insert("volumes".into(), volumes.into());
    }
    Ok(runner)
}

/// What the options leave empty is taken from the template's one runner.
fn template(runner: &mut Table, path: &str) -> Result<(), String> {
    log::info(
        &format!("Merging configuration from template file {path:?}"),
        &[],
    );
    let text = std::fs::read_to_string(path)
        .map_err(|e| format!("couldn't load configuration template file: open {path}: {e}"))?;
    let table = config::parse(&text)
        .map_err(|e| format!("couldn't load configuration template file: {e}"))?;
    let one = table
        .get("runners")
        .and_then(Value::as_array)
        .filter(|all| all.len() == 1);
    let Some(Value::Table(source)) = one.and_then(|all| all.first()) else {
        return Err("configuration template must contain exactly one [[runners]] entry".into());
    };
    merge(runner, source);
    Ok(())
}

fn merge(into: &mut Table, from: &Table) {
    for (key, value) in from {
        if key == "token" {
            continue;
        }
        match (into.get_mut(key), value) {
            (Some(Value::Table(into)), Value::Table(from)) => merge(into, from),
            (Some(old), _) if !empty(old) => {}
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

fn empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Integer(number) => *number == 0,
        Value::Boolean(on) => !on,
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

pub fn verify(options: &Options, file: &Path) -> i32 {
    let mut config = match Config::load(file) {
        Ok(config) => config,
        Err(text) => return log::fatal(&text, &[]),
    };
    let mut kept = Vec::new();
    for runner in config.runners() {
        let api = Api {
            url: config::str(runner, "url"),
            token: config::str(runner, "token"),
        };
        if api.verify(&config.system_id).is_ok() {
            kept.push(Value::Table(runner.clone()));
        }
    }
    finish(
        &mut config,
        kept,
        options.on("delete", ""),
        "Failed to verify runners",
    )
}

pub fn unregister(options: &Options, file: &Path) -> i32 {
    let mut config = match Config::load(file) {
        Ok(config) => config,
        Err(text) => return log::fatal(&text, &[]),
    };
    let all = options.on("all-runners", "");
    let (name, token) = (
        options.get("name", "RUNNER_NAME"),
        options.get("token", "CI_SERVER_TOKEN"),
    );
    if all {
        log::warning("Unregistering all runners", &[]);
    } else if name.is_none() && token.is_none() {
        return log::fatal("at least one of --name or --token must be specified", &[]);
    }
    let chosen = |runner: &Table| {
        let is = |key: &str, wanted: &Option<String>| {
            wanted
                .as_deref()
                .is_none_or(|w| w == config::str(runner, key))
        };
        is("name", &name) && is("token", &token)
    };
    let (mut kept, mut found) = (Vec::new(), false);
    for runner in config.runners() {
        // By name or token it is one, the first that fits.
        let wanted = all || (!found && chosen(runner));
        found |= wanted;
        let gone = wanted && poll::api(runner).unregister(&config.system_id);
        if gone {
            continue;
        }
        if wanted {
            let text = format!(
                "Failed to unregister runner {}",
                config::str(runner, "name")
            );
            if !all {
                return log::fatal(&text, &[]);
            }
            log::error(&text, &[]);
        }
        kept.push(Value::Table(runner.clone()));
    }
    if !all && !found {
        return log::fatal("could not find a runner with that name or token", &[]);
    }
    finish(&mut config, kept, true, "")
}

/// Writes the runners that are left, where some went.
fn finish(config: &mut Config, kept: Vec<Value>, write: bool, refusal: &str) -> i32 {
    if kept.len() == config.runners().count() {
        return 0;
    }
    if !write {
        return log::fatal(refusal, &[]);
    }
    config.set_runners(kept);
    let path = config.path.display().to_string();
    match config.save() {
        Ok(()) => {
            log::info(&format!("Updated {path}"), &[]);
            0
        }
        Err(text) => log::fatal(&format!("Failed to update {path} {text}"), &[]),
    }
}
