//! Whole changes by name: what people come to the editor for.
//!
//! A recipe changes every `[[runners]]` of the file, through [`keep`](super::keep), so that all other bytes stay. Its
//! result has no finding of `lint` that was not there before.

mod steps;
mod tables;

use crate::problem::{Problem, Result};
use std::collections::BTreeMap;

/// The user's answers, by [`Param::name`].
pub type Params = BTreeMap<&'static str, String>;

/// Something a recipe has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name in [`Params`].
    pub name: &'static str,
    /// The question.
    pub label: &'static str,
    /// What it is where nothing is given; empty where there is no such value.
    pub default: &'static str,
    /// Whether it may be left empty.
    pub optional: bool,
    /// Whether it is to be typed unseen.
    pub secret: bool,
}

/// One recipe.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// A short name, for a command line.
    pub id: &'static str,
    /// Its title.
    pub name: &'static str,
    /// What it changes, and what comes of it; also what it cannot do.
    pub changes: &'static str,
    /// What it has to know.
    pub params: &'static [Param],
    step: fn(&mut toml_edit::DocumentMut, &Answers) -> Result<()>,
}

impl Recipe {
    /// Returns the text after the change, all other bytes as they were. The same answers twice change nothing more.
    ///
    /// # Errors
    /// The text is not TOML, has no `[[runners]]`, or a parameter is missing or wrong; the message names it.
    pub fn apply(&self, text: &str, params: &Params) -> Result<String> {
        let mut answers = BTreeMap::new();
        for param in self.params {
            let given = params.get(param.name).map(|value| value.trim()).filter(|value| !value.is_empty());
            let value = given.unwrap_or(param.default);
            if value.is_empty() && !param.optional {
                return Err(Problem::usage(
                    format!("`{}` is missing: {}.", param.name, param.label),
                    "Give it, and apply the recipe again.",
                ));
            }
            if value.chars().any(char::is_control) {
                return Err(Problem::usage(
                    format!("`{}` has a control character in it.", param.name),
                    "Type it again without.",
                ));
            }
            answers.insert(param.name, value.to_owned());
        }
        super::preserve::edit(text, |document| (self.step)(document, &Answers(answers)))
    }
}

/// The answers with their defaults filled in.
struct Answers(BTreeMap<&'static str, String>);

impl Answers {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

const fn param(name: &'static str, label: &'static str, default: &'static str) -> Param {
    Param { name, label, default, optional: false, secret: false }
}

const fn optional(name: &'static str, label: &'static str) -> Param {
    Param { name, label, default: "", optional: true, secret: false }
}

const fn secret(name: &'static str, label: &'static str) -> Param {
    Param { name, label, default: "", optional: false, secret: true }
}

/// Returns a recipe by its short name.
pub fn find(id: &str) -> Option<&'static Recipe> {
    all().iter().find(|recipe| recipe.id == id)
}

/// Returns all recipes.
pub fn all() -> &'static [Recipe] {
    &RECIPES
}

static RECIPES: [Recipe; 10] = [
    Recipe {
        id: "concurrent",
        name: "More jobs at once",
        changes: "Sets `concurrent`, the number of jobs that run at the same time over all runners. One registration is enough for any number.",
        params: &[param("jobs", "How many jobs at once", "4")],
        step: steps::concurrent,
    },
    Recipe {
        id: "pull-policy",
        name: "When images are pulled",
        changes: "Sets `pull_policy`: always asks the registry each time, if-not-present takes an image that is there (faster, and older), never only knows images that are there. Whatever image is there, any project's jobs may use then: also a private one that another project's job was allowed to pull. Only always asks the registry whether this one may.",
        params: &[param("policy", "always, if-not-present or never", "if-not-present")],
        step: steps::pull_policy,
    },
    Recipe {
        id: "cache-per-project",
        name: "A cache for each project on this host",
        changes: "Gives each project (and each of its jobs that run at the same time) a volume of its own as /cache, and switches a remote cache off. No job reads another project's cache. The caches are in the volume pipglr-storage and last as long as it; what was in a shared cache is not taken over.",
        params: &[],
        step: steps::cache_per_project,
    },
    Recipe {
        id: "cache-local",
        name: "One cache for all projects on this host",
        changes: "Mounts /cache/jobs of the volume pipglr-cache as /cache into each job, and switches a remote cache off. Jobs of ALL projects of this runner then share one folder: any of them can read what another cached, and put something else in its place, which the other will run. Only for projects that trust each other; lint keeps warning of it. The caches last as long as the volume.",
        params: &[],
        step: steps::cache_local,
    },
    Recipe {
        id: "cache-s3",
        name: "A shared cache in S3",
        changes: "Sets [runners.cache] to S3 or what speaks its protocol (MinIO, Garage, Ceph), shared by all runners that use the same bucket. The keys are kept in the podman secret with the rest.",
        params: &[
            param("server", "The server's host, or host:port", "s3.amazonaws.com"),
            param("bucket", "The bucket", ""),
            optional("region", "The bucket's region, such as eu-central-1"),
            secret("access_key", "The access key's ID"),
            secret("secret_key", "The access key's secret"),
        ],
        step: steps::cache_s3,
    },
    Recipe {
        id: "registry",
        name: "Images from a private registry",
        changes: "Adds the registry's login to DOCKER_AUTH_CONFIG in `environment`, beside those that are there. Each job of the runner can read it: give it an account that may only pull.",
        params: &[
            param("registry", "The registry's host, such as registry.example.com", ""),
            param("user", "The user", ""),
            secret("password", "The password or token"),
        ],
        step: steps::registry,
    },
    Recipe {
        id: "jobs-socket",
        name: "Give jobs the nested podman's socket",
        changes: "Mounts a socket of the nested podman into each job as /var/run/docker.sock, so that jobs can build and run containers beside themselves: `podman --remote` with CONTAINER_HOST=unix:///var/run/docker.sock, docker by itself. It is root's alone in a job. It gives away all that keeps jobs apart, for projects that trust each other: every job can then see, stop and enter the others, read their job tokens and caches, put other images in the place of theirs, start privileged containers (NESTED_PRIVILEGED=false protects no more), use the network of pipglr's container, and what it writes to the nested podman's home stays. The runner's own token it cannot reach. An image that does not serve it yet fails each job at the mount (\"no such file or directory\"): build or pull a newer one first.",
        params: &[param("socket", "The socket, a path in pipglr's container", "/run/podman-jobs/jobs.sock")],
        step: steps::jobs_socket,
    },
    Recipe {
        id: "proxy",
        name: "Jobs behind a proxy",
        changes: "Sets HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in capitals and small letters, in `environment` for each job. gitlab-runner itself and the nested podman have those of the shell that made the container.",
        params: &[
            param("proxy", "The proxy, such as http://proxy.example.com:3128", ""),
            param("no_proxy", "What is reached without it, comma separated", "localhost,127.0.0.1,docker"),
        ],
        step: steps::proxy,
    },
    Recipe {
        id: "ca",
        name: "A GitLab with a certificate of its own CA",
        changes: "Sets `tls-ca-file`; gitlab-runner then trusts the CA and hands it to git in each job. Put the file into the volume first: podman cp ca.crt pipglr:/cache/ca.crt.",
        params: &[param("file", "The CA's file, a path in pipglr's container", "/cache/ca.crt")],
        step: steps::ca,
    },
    Recipe {
        id: "network-per-build",
        name: "Services of jobs",
        changes: "Sets FF_NETWORK_PER_BUILD: each job gets a network of its own, in which its services are found by name. podman refuses the older way, links. A `network_mode` that is set goes before it, and is removed.",
        params: &[],
        step: steps::network_per_build,
    },
];
