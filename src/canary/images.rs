//! Which images jobs need, and whether they can be had: each is here already, or its registry gives it.

use super::{Finding, Of};
use crate::config::docker::Docker;
use crate::ladder::Inside;

/// When gitlab-runner pulls an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pull {
    /// For each job.
    Always,
    /// For each job; where that fails, the one that is here does.
    Rather,
    /// Where it is not here.
    Missing,
    /// Never.
    Never,
}

/// An image that jobs need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needed {
    name: String,
    pull: Pull,
}

/// Returns the images that the jobs of a runner need: the one for jobs that name none, and the helper's. What is a
/// variable is for gitlab-runner alone to fill in.
pub(super) fn needed(docker: &Docker, runner_version: Option<&str>) -> Vec<Needed> {
    let pull = match docker.pull_policy.first().map(String::as_str) {
        Some("never") => Pull::Never,
        Some("if-not-present") => Pull::Missing,
        _ if docker.pull_policy.iter().any(|policy| policy != "always") => Pull::Rather,
        _ => Pull::Always,
    };
    let helper =
        if docker.helper_image.is_empty() { helper(runner_version) } else { Some(docker.helper_image.clone()) };
    let names = [Some(docker.image.clone()), helper].into_iter().flatten();
    names.filter(|name| is_name(name)).map(|name| Needed { name: whole(&name), pull }).collect()
}

/// gitlab-runner's own, of its version (17.5.5 and 19.4.0: `getPrebuiltImage`).
fn helper(runner_version: Option<&str>) -> Option<String> {
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { std::env::consts::ARCH };
    runner_version
        .map(|version| format!("registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:{arch}-v{version}"))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-._/:@".contains(c))
}

/// A short name is Docker Hub's, as for gitlab-runner.
fn whole(name: &str) -> String {
    match name.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => name.to_owned(),
        Some(_) => format!("docker.io/{name}"),
        None => format!("docker.io/library/{name}"),
    }
}

impl Needed {
    /// What the program is told of it.
    pub(super) fn words(&self) -> [&str; 2] {
        let pull = match self.pull {
            Pull::Always | Pull::Rather => "always",
            Pull::Missing => "missing",
            Pull::Never => "never",
        };
        [pull, &self.name]
    }

    /// Returns what came of it; it was the program's image of this number.
    pub(super) fn finding(&self, number: usize, seen: &Inside, of: &Of) -> Finding {
        let (here, asked) = (seen.part(&format!("here{number}")).ok(), seen.part(&format!("asked{number}")));
        let name = &self.name;
        let registry = name.split('/').next().unwrap_or_default();
        let said = asked.lines.join(" ");
        let login = ["unauthorized", "authentication required", "denied"].iter().any(|words| said.contains(words));
        let (ok, found, fix) = match self.pull {
            Pull::Missing if here => (true, format!("{name} is here; its registry is not needed"), String::new()),
            Pull::Never if here => (true, format!("{name} is here, and is never pulled"), String::new()),
            Pull::Never => (
                false,
                format!("{name} is not here, and pull_policy is never: a job that needs it fails"),
                "Set another `pull_policy`: `pipglr edit`.".to_owned(),
            ),
            _ if asked.ok() => (true, format!("{registry} answers, and has {name}"), String::new()),
            _ if login => (
                true,
                format!("{registry} answers, and wants a login for {name}, which jobs bring along"),
                String::new(),
            ),
            Pull::Rather if here => {
                (true, format!("{name} is here; {registry} does not give it: {said}"), String::new())
            }
            _ if said.contains("manifest unknown") || said.contains("name unknown") => (
                false,
                format!("{registry} answers, and has no {name}: a job that needs it fails"),
                "Write the image's name as the registry has it: `pipglr edit`.".to_owned(),
            ),
            _ => {
                let but = if here { "; it is here, but pull_policy asks for it each time" } else { "" };
                (
                    false,
                    format!("{name} cannot be pulled, and a job that needs it fails{but}: {said}"),
                    format!(
                        "Is {registry} up, and can it be reached from here? `pipglr check` looks at the network. Without it: \
                         `pull_policy = [\"if-not-present\"]` and images that are here (`pipglr edit`)."
                    ),
                )
            }
        };
        of.finding("registry", ok, found, fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn docker(policy: &[&str]) -> Docker {
        Docker {
            image: "ruby:3".into(),
            helper_image: "$HELPER".into(),
            pull_policy: policy.iter().map(|policy| (*policy).to_owned()).collect(),
            ..Docker::default()
        }
    }

    fn found(policy: &[&str], said: &str) -> (bool, String) {
        let finding = needed(&docker(policy), None)[0].finding(1, &Inside::read(said.lines()), &Of::default());
        assert_eq!(finding.ok, finding.fix.is_empty(), "{finding:?}");
        (finding.ok, finding.found)
    }

    #[test]
    fn a_short_name_is_docker_hub_s_and_the_helper_is_of_the_runner_s_version() {
        assert_eq!(needed(&docker(&[]), Some("17.5.5"))[0].words(), ["always", "docker.io/library/ruby:3"]);
        assert_eq!(needed(&docker(&["if-not-present"]), None)[0].words()[0], "missing");
        assert_eq!(needed(&docker(&[]), None).len(), 1, "a variable is nobody's name");
        let own = Docker { image: "a.b/c".into(), ..Docker::default() };
        let names: Vec<_> = needed(&own, Some("17.5.5")).into_iter().map(|needed| needed.name).collect();
        assert_eq!(names[0], "a.b/c");
        assert!(names[1].starts_with("registry.gitlab.com/") && names[1].ends_with("-v17.5.5"), "{names:?}");
        assert_eq!(whole("me/x"), "docker.io/me/x");
    }

    #[test]
    fn a_registry_is_named_where_a_job_would_fail_for_the_lack_of_it() {
        let away = "here1!1 failed to find image\nasked1!1 pinging container registry: no such host";
        let here = "here1 \nasked1!1 pinging container registry: no such host";
        for (policy, said, ok, words) in [
            (&[][..], away, false, "cannot be pulled"),
            (&[], here, false, "it is here, but pull_policy asks"),
            (&["always", "if-not-present"], here, true, "does not give it"),
            (&["always", "if-not-present"], away, false, "no such host"),
            (&["if-not-present"], "here1 ", true, "is not needed"),
            (&["if-not-present"], away, false, "no such host"),
            (&["never"], "here1!1 no", false, "is not here"),
            (&[], "here1!1 no\nasked1 ", true, "docker.io answers, and has"),
            (&[], "here1!1 no\nasked1!1 unauthorized: authentication required", true, "wants a login"),
            (&[], "here1!1 no\nasked1!1 manifest unknown", false, "has no docker.io/library/ruby:3"),
        ] {
            let (is, found) = found(policy, said);
            assert!(is == ok && found.contains(words), "{policy:?} {said}: {found}");
        }
    }
}
