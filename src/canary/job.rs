//! A small job in the nested podman, without GitLab and without a registry: an image of one program of the container's own,
//! a network as each job has, a container in it, one more beside it as a service. Each is made as gitlab-runner makes a
//! job's, by the same requests and with the settings of the runner.
//!
//! The program goes along with the request, so that an older image has it as well. It removes what it made when it ends,
//! however it does; what one left that was killed the next one removes, since all has one name.

use super::images::{self, Needed};
use super::{Finding, Of, verdict};
use crate::config::docker::{self, Docker};
use crate::host::{Cmd, Watch, ask, interrupt, podman};
use crate::ladder::{Inside, PART};
use crate::names::typed;
use crate::problem::{Kind, Problem, Result};
use crate::target::Target;
use serde_json::{Value, json};
use std::time::Duration;

/// It takes 3 to 6 s; each of its requests has 20.
const TIMEOUT: Duration = Duration::from_secs(150);
/// How long what is told to end has for removing what it made.
const LEAVE: Duration = Duration::from_secs(30);
/// Which run of the program this is: of this process, there is one at a time.
fn number() -> u32 {
    std::process::id()
}

/// Returns what ends this run where it is still at work, and waits until it has removed what it made. One that podman has not
/// begun yet finds the mark and makes nothing; another pipglr's goes on.
fn end(run: u32) -> String {
    format!(
        "lock=/run/pipglr-canary; : >$lock.{run}; read -r pid run <$lock || exit 0; [ \"$run\" = {run} ] || exit 0; \
         flock -n $lock true && exit; kill -- -\"$pid\"; flock -w 20 $lock true"
    )
}

/// Returns the program, as a shell takes it.
fn program(run: u32) -> String {
    [&format!("run={run}"), PART, include_str!("job.sh")].join("\n")
}

/// Runs a job with the settings of each runner, where they differ, and says what was seen.
///
/// # Errors
/// The container does not run, no runner has the docker executor, another one is at work, or the watcher stopped it.
pub fn run(target: &Target, watch: &dyn Watch) -> Result<Vec<Finding>> {
    let text = super::configuration(target, "the job is to run in it")?;
    let runners = docker::read(text.expose_str())?;
    if runners.is_empty() {
        return Err(Problem::new(
            "The configuration has no runner with the docker executor, whose jobs run in the nested podman.",
            "`pipglr edit` shows it.",
        ));
    }
    let version = runner_version(target);
    let mut tried: Vec<(Vec<String>, Vec<Needed>)> = vec![];
    let mut findings = vec![];
    for runner in &runners {
        let (settings, mut needed) = (settings(runner), images::needed(runner, version.as_deref()));
        // What another runner was tried with already.
        needed.retain(|image| !tried.iter().any(|(_, images)| images.contains(image)));
        if tried.iter().any(|(same, _)| *same == settings) && needed.is_empty() {
            continue;
        }
        let seen = look(target, &settings, &needed, watch)?;
        let of = Of { runner: runner.runner.clone(), url: runner.url.clone() };
        findings.extend(verdict::findings(
            &seen,
            runner.network_per_build && runner.network_mode.is_empty(),
            &of,
            &target.name,
        ));
        if seen.part("podman").ok() {
            findings.extend(needed.iter().enumerate().map(|(n, image)| image.finding(n + 1, &seen, &of)));
        }
        tried.push((settings, needed));
    }
    Ok(findings)
}

/// Offers it, where somebody may be in doubt.
pub fn offer(container: &str) -> String {
    format!(
        "`{}` runs a small job without GitLab, and says what stands in the way of jobs.",
        typed("verify --job", container)
    )
}

fn runner_version(target: &Target) -> Option<String> {
    let done = ask(&*target.host, &podman::exec(&target.name, Some("runner"), &["gitlab-runner", "--version"])).ok()?;
    let text = done.text();
    text.lines().find_map(|line| Some(line.strip_prefix("Version:")?.trim().to_owned()))
}

/// What the program is told first: the fields of `HostConfig`, the user, and the network.
fn settings(docker: &Docker) -> Vec<String> {
    let mut fields = json!({
        "Privileged": docker.privileged, "UsernsMode": docker.userns_mode, "Runtime": docker.runtime,
        "CapAdd": docker.cap_add, "CapDrop": docker.cap_drop, "SecurityOpt": docker.security_opt,
        "LogConfig": {"Type": "json-file"},
    });
    if let Some(fields) = fields.as_object_mut() {
        fields.extend(docker.limits.clone());
    }
    let network = match docker.network_mode.as_str() {
        "" if docker.network_per_build => "",
        "" => "default",
        named => named,
    };
    vec![within(&fields, '{', '}'), within(&json!(docker.user), '"', '"'), within(&json!(network), '"', '"')]
}

/// JSON without what it begins and ends with.
fn within(value: &Value, first: char, last: char) -> String {
    let text = value.to_string();
    text.strip_prefix(first).and_then(|text| text.strip_suffix(last)).unwrap_or_default().to_owned()
}

fn cmd(name: &str, settings: &[String], needed: &[Needed]) -> Cmd {
    let program = program(number());
    let words = ["sh", "-c", &program, "sh"].into_iter().chain(settings.iter().map(String::as_str));
    let words: Vec<&str> = words.chain(needed.iter().flat_map(Needed::words)).collect();
    podman::exec(name, None, &words).timeout(Some(TIMEOUT)).query()
}

/// Runs the program; one that is left to itself, since it was stopped here, is ended before this returns.
fn look(target: &Target, settings: &[String], needed: &[Needed], watch: &dyn Watch) -> Result<Inside> {
    let cmd = cmd(&target.name, settings, needed);
    let _owed = interrupt::owe();
    let done = target.host.run(&cmd, None, watch).map_err(|problem| {
        let end = podman::exec(&target.name, None, &["sh", "-c", &end(number())]).timeout(Some(LEAVE));
        // What cannot be ended ends by itself, and removes what it made.
        let _ = interrupt::cleaning(|| ask(&*target.host, &end));
        match problem.kind {
            Kind::Interrupted => {
                Problem { advice: "The job was removed. `pipglr verify --job` tries again.".into(), ..problem }
            }
            _ => problem,
        }
    })?;
    let text = done.text();
    let seen = Inside::read(text.lines());
    if !seen.part("ids").ok() {
        let busy = seen.part("busy").lines != ["no answer"];
        return Err(if busy {
            Problem::new("Another `pipglr verify --job` is at work.", "Wait for its end, then try again.")
        } else {
            podman::failed(&podman::exec(&target.name, None, &["sh"]), done)
        });
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_one_that_a_shell_can_read_and_so_is_what_ends_it() {
        assert!(crate::text::shell::is_readable(&program(1)));
        assert!(crate::text::shell::is_readable(&end(1)));
    }

    #[test]
    fn a_job_s_container_has_what_the_runner_s_would_have() {
        let docker = Docker {
            privileged: true,
            userns_mode: "host".into(),
            user: "a\"b".into(),
            cap_add: vec!["SYS_PTRACE".into()],
            limits: serde_json::Map::from_iter([("Memory".to_owned(), json!(67_108_864))]),
            network_per_build: true,
            ..Docker::default()
        };
        let told = settings(&docker);
        let fields: Value = serde_json::from_str(&format!("{{{}}}", told[0])).unwrap();
        assert_eq!((&fields["Privileged"], &fields["UsernsMode"]), (&json!(true), &json!("host")));
        assert_eq!((&fields["CapAdd"], &fields["Memory"]), (&json!(["SYS_PTRACE"]), &json!(67_108_864)));
        assert_eq!(told[1..], ["a\\\"b", ""]);
        let network = |docker: &Docker| settings(docker)[2].clone();
        assert_eq!(network(&Docker { network_mode: "host".into(), ..docker.clone() }), "host");
        assert_eq!(network(&Docker { network_per_build: false, ..docker }), "default");
    }
}
