//! What each recipe does.

use super::Answers;
use super::tables::{Section, each_docker, each_runner, push, replace, variable};
use crate::problem::{Problem, Result};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Map, Value as Json, json};
use toml_edit::{DocumentMut, Value};

fn wrong(what: &str, advice: &str) -> Problem {
    Problem::usage(what, advice)
}

/// One cache for the jobs of all projects: a folder of the volume pipglr-cache.
const SHARED_CACHE: &str = "/cache/jobs:/cache";
/// A cache for each project: gitlab-runner makes it a volume of the nested podman, as the boilerplate does.
const OWN_CACHE: &str = "/cache";

pub(super) fn concurrent(document: &mut DocumentMut, answers: &Answers) -> Result<()> {
    let jobs = answers.get("jobs").parse::<u32>().ok().filter(|jobs| (1..=10_000).contains(jobs));
    let jobs = jobs.ok_or_else(|| wrong("`jobs` is no number from 1 to 10000.", "Give how many jobs run at once."))?;
    Section::new(document.as_table_mut()).set("concurrent", i64::from(jobs));
    Ok(())
}

pub(super) fn pull_policy(document: &mut DocumentMut, answers: &Answers) -> Result<()> {
    let policy = answers.get("policy");
    if !matches!(policy, "always" | "if-not-present" | "never") {
        return Err(wrong("This is no pull policy.", "Give always, if-not-present or never."));
    }
    each_docker(document, |docker| {
        docker.set("pull_policy", policy);
        Ok(())
    })
}

pub(super) fn cache_per_project(document: &mut DocumentMut, _: &Answers) -> Result<()> {
    local_cache(document, OWN_CACHE)
}

pub(super) fn cache_local(document: &mut DocumentMut, _: &Answers) -> Result<()> {
    local_cache(document, SHARED_CACHE)
}

fn local_cache(document: &mut DocumentMut, cache: &str) -> Result<()> {
    each_docker(document, |docker| {
        docker.remove("disable_cache");
        volume(docker, "/cache", cache)
    })?;
    each_runner(document, |runner| {
        if runner.has("cache") {
            runner.section("cache")?.remove("Type");
        }
        Ok(())
    })
}

/// Mounts something at a path, in place of what is mounted there.
fn volume(docker: &mut Section, target: &str, volume: &str) -> Result<()> {
    let volumes = docker.list("volumes")?;
    let at = |value: &Value| {
        value.as_str().map(|text| text.split(':').nth(usize::from(text.contains(':'))).unwrap_or(text).to_owned())
    };
    let there = volumes.iter().position(|value| at(value).as_deref() == Some(target));
    match there {
        Some(index) => replace(volumes, index, volume),
        None => push(volumes, volume),
    }
    Ok(())
}

pub(super) fn cache_s3(document: &mut DocumentMut, answers: &Answers) -> Result<()> {
    let server = answers.get("server");
    if server.contains("://") || server.contains(char::is_whitespace) {
        return Err(wrong("`server` is a host, or host:port.", "Leave https:// and the path out."));
    }
    each_runner(document, |runner| {
        let mut cache = runner.section("cache")?;
        cache.set("Type", "s3");
        cache.set("Shared", true);
        let mut s3 = cache.section("s3")?;
        s3.set("ServerAddress", server);
        s3.set("AccessKey", answers.get("access_key"));
        s3.set("SecretKey", answers.get("secret_key"));
        s3.set("BucketName", answers.get("bucket"));
        match answers.get("region") {
            "" => {}
            region => s3.set("BucketLocation", region),
        }
        Ok(())
    })
}

pub(super) fn registry(document: &mut DocumentMut, answers: &Answers) -> Result<()> {
    const NAME: &str = "DOCKER_AUTH_CONFIG";
    let host = answers.get("registry").trim_start_matches("https://").trim_end_matches('/');
    if host.is_empty() || host.contains(char::is_whitespace) {
        return Err(wrong(
            "`registry` is no host.",
            "Give it such as registry.example.com or registry.example.com:5000.",
        ));
    }
    let login = BASE64_STANDARD.encode(format!("{}:{}", answers.get("user"), answers.get("password")));
    each_runner(document, |runner| {
        let variables = runner.list("environment")?;
        let there =
            variables.iter().filter_map(Value::as_str).find_map(|text| text.strip_prefix(NAME)?.strip_prefix('='));
        let mut config = match there {
            None => Map::new(),
            Some(text) => match serde_json::from_str(text) {
                Ok(Json::Object(config)) => config,
                _ => {
                    return Err(wrong(
                        "DOCKER_AUTH_CONFIG is there and is no JSON object.",
                        "Fix or remove it, then apply the recipe again.",
                    ));
                }
            },
        };
        match config.entry("auths").or_insert_with(|| json!({})) {
            Json::Object(auths) => auths.insert(host.to_owned(), json!({ "auth": login })),
            _ => {
                return Err(wrong(
                    "`auths` of DOCKER_AUTH_CONFIG is no object.",
                    "Fix or remove it, then apply the recipe again.",
                ));
            }
        };
        variable(variables, NAME, &Json::Object(config).to_string());
        Ok(())
    })
}

pub(super) fn jobs_socket(document: &mut DocumentMut, answers: &Answers) -> Result<()> {
    let socket = answers.get("socket").trim_start_matches("unix://");
    if !socket.starts_with('/') || socket.contains([':', ' ']) {
        return Err(wrong("`socket` is no whole path.", "Give it such as /run/podman-jobs/jobs.sock."));
    }
    let mount = format!("{socket}:/var/run/docker.sock");
    each_docker(document, |docker| volume(docker, "/var/run/docker.sock", &mount))
}

pub(super) fn proxy(document: &mut DocumentMut, answers: &Answers) -> Result<()> {
    let proxy = answers.get("proxy");
    if !proxy.contains("://") || proxy.contains(char::is_whitespace) {
        return Err(wrong("`proxy` is no whole address.", "Give it such as http://proxy.example.com:3128."));
    }
    each_runner(document, |runner| {
        let variables = runner.list("environment")?;
        for (name, value) in [("HTTP_PROXY", proxy), ("HTTPS_PROXY", proxy), ("NO_PROXY", answers.get("no_proxy"))] {
            variable(variables, name, value);
            variable(variables, &name.to_ascii_lowercase(), value);
        }
        Ok(())
    })
}

pub(super) fn ca(document: &mut DocumentMut, answers: &Answers) -> Result<()> {
    let file = answers.get("file");
    if !file.starts_with('/') {
        return Err(wrong(
            "`file` is no whole path.",
            "Give it as it is in pipglr's container, such as /cache/ca.crt.",
        ));
    }
    each_runner(document, |runner| {
        runner.set("tls-ca-file", file);
        Ok(())
    })
}

pub(super) fn network_per_build(document: &mut DocumentMut, _: &Answers) -> Result<()> {
    each_runner(document, |runner| {
        runner.section("feature_flags")?.set("FF_NETWORK_PER_BUILD", true);
        if runner.has("docker") {
            runner.section("docker")?.remove("network_mode");
        }
        Ok(())
    })
}
