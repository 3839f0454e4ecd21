//! What shows only when a job comes: executors without what they need, the engine's socket, caches.

use super::Findings;
use super::section::Section;
use crate::names::PODMAN_SOCKET;

/// Checks each runner.
pub(super) fn check(root: &Section, found: &mut Findings) {
    for runner in &root.sections("runners") {
        executor(runner, found);
        if let Some(cache) = runner.section("cache") {
            self::cache(&cache, found);
        }
        if let Some(kubernetes) = runner.section("kubernetes") {
            self::kubernetes(&kubernetes, found);
        }
    }
}

fn warn(found: &mut Findings, section: &Section, name: &str, message: &str, hint: &str) {
    let (span, path) = match section.get(name) {
        Some(there) => (there.span, there.path),
        // What is missing may be what could not be read.
        None if found.broken => return,
        None => (section.header.clone(), section.key(name)),
    };
    found.warning(span, path, message).hint(hint);
}

fn executor(runner: &Section, found: &mut Findings) {
    let Some(executor) = runner.filled("executor") else {
        if runner.get("executor").is_none_or(|there| there.value.as_str().is_some()) {
            warn(
                found,
                runner,
                "executor",
                "There is no `executor`: this runner gets no jobs.",
                "Add executor = \"docker\".",
            );
        }
        return;
    };
    let needs: &[(&str, &[&str])] = match executor {
        "docker" | "docker-windows" => &[("docker", &[])],
        "docker-autoscaler" => &[("docker", &[]), ("autoscaler", &["plugin"])],
        "docker+machine" => &[("docker", &[]), ("machine", &["MachineDriver", "MachineName"])],
        "kubernetes" => &[("kubernetes", &[])],
        "ssh" => &[("ssh", &[])],
        "virtualbox" => &[("ssh", &[]), ("virtualbox", &["base_name"])],
        "parallels" => &[("ssh", &[]), ("parallels", &["base_name"])],
        "instance" => &[("autoscaler", &["plugin"])],
        "custom" => &[("custom", &["run_exec"])],
        _ => &[],
    };
    for (name, keys) in needs {
        let Some(section) = runner.section(name) else {
            if !runner.has(name) {
                let message = format!("The executor {executor} needs [runners.{name}]: jobs fail.");
                warn(found, runner, name, &message, &format!("Add a section [runners.{name}]."));
            }
            continue;
        };
        for key in keys.iter().filter(|key| {
            section.filled(key).is_none() && section.get(key).is_none_or(|at| at.value.as_str().is_some())
        }) {
            let message = format!("The executor {executor} needs `{key}`: jobs fail.");
            warn(found, &section, key, &message, &format!("Add {key} = \"…\"."));
        }
    }
    if executor == "docker"
        && let Some(docker) = runner.section("docker")
    {
        self::docker(&docker, found);
    }
    if executor == "custom"
        && runner.filled("builds_dir").is_none()
        && runner.section("custom").is_some_and(|custom| custom.filled("config_exec").is_none())
    {
        warn(
            found,
            runner,
            "builds_dir",
            "The executor custom needs `builds_dir`: jobs fail.",
            "Add builds_dir = \"/…\".",
        );
    }
}

fn docker(docker: &Section, found: &mut Findings) {
    match docker.text("host") {
        Some((PODMAN_SOCKET, _)) => {}
        Some((host, at)) if !host.is_empty() => found
            .warning(
                at.span,
                at.path,
                "This is not the nested podman's socket: in pipglr's container nothing else answers.",
            )
            .hint(format!("Write host = \"{PODMAN_SOCKET}\".")),
        _ if docker.get("host").is_some_and(|there| there.value.as_str().is_none()) => {}
        _ => warn(
            found,
            docker,
            "host",
            "There is no `host`: gitlab-runner looks for /var/run/docker.sock, which pipglr's container does not have.",
            &format!("Add host = \"{PODMAN_SOCKET}\"."),
        ),
    }
    if docker.filled("image").is_none() && docker.get("image").is_none_or(|there| there.value.as_str().is_some()) {
        let hint = "Add image = \"docker.io/library/debian:stable-slim\", or another.";
        warn(found, docker, "image", "There is no `image`: jobs that name none fail.", hint);
    }
    if !docker.texts("links").is_empty() {
        let hint = "Remove it, and set FF_NETWORK_PER_BUILD = true in [runners.feature_flags].";
        warn(found, docker, "links", "podman knows no links: jobs fail.", hint);
    }
}

fn cache(cache: &Section, found: &mut Findings) {
    let none = |what: &str| format!("{what}: there is no cache.");
    match cache.filled("Type") {
        Some("s3" | "s3v2") => {
            let bucket = cache.section("s3").map(|s3| s3.filled("BucketName").is_some());
            match (cache.section("s3"), bucket) {
                (Some(s3), Some(false)) => {
                    warn(found, &s3, "BucketName", &none("`BucketName` is missing"), "Name the bucket.")
                }
                (None, _) => {
                    warn(found, cache, "s3", &none("[runners.cache.s3] is missing"), "Add it, with BucketName.")
                }
                _ => {}
            }
            if let Some(s3) = cache.section("s3") {
                self::s3(&s3, found);
            }
        }
        Some("gcs" | "gcsv2") => match cache.section("gcs") {
            Some(gcs) => {
                if gcs.filled("BucketName").is_none() {
                    warn(found, &gcs, "BucketName", &none("`BucketName` is missing"), "Name the bucket.");
                }
                if gcs.filled("CredentialsFile").is_none()
                    && (gcs.filled("AccessID").is_none() != gcs.filled("PrivateKey").is_none())
                {
                    warn(
                        found,
                        &gcs,
                        "AccessID",
                        &none("`AccessID` and `PrivateKey` belong together"),
                        "Give both, or CredentialsFile.",
                    );
                }
            }
            None => warn(found, cache, "gcs", &none("[runners.cache.gcs] is missing"), "Add it, with BucketName."),
        },
        Some("azure") => match cache.section("azure") {
            Some(azure) => {
                for key in ["AccountName", "ContainerName"] {
                    if azure.filled(key).is_none() {
                        warn(found, &azure, key, &none(&format!("`{key}` is missing")), "Give its name.");
                    }
                }
            }
            None => warn(found, cache, "azure", &none("[runners.cache.azure] is missing"), "Add it, with AccountName."),
        },
        _ => {}
    }
}

/// The bucket's name, and the keys of a server that is not Amazon's.
fn s3(s3: &Section, found: &mut Findings) {
    if let Some((bucket, at)) = s3.text("BucketName").filter(|(name, _)| name.contains('/')) {
        let last = bucket.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        found
            .warning(
                at.span,
                at.path,
                "`BucketName` is the bucket's name alone, without an address or a path: there is no cache.",
            )
            .hint(format!(
                "Write \"{last}\"; the server is `ServerAddress`, and a folder in the bucket `Path` of [runners.cache]."
            ));
    }
    let foreign = s3.filled("ServerAddress").is_some_and(|address| !address.contains("amazonaws.com"));
    let iam = s3.filled("AuthenticationType").is_some_and(|kind| kind.eq_ignore_ascii_case("iam"));
    for key in ["AccessKey", "SecretKey"] {
        let unread = s3.get(key).is_some_and(|at| at.value.as_str().is_none());
        if foreign && !iam && !unread && s3.filled(key).is_none() {
            let message =
                format!("`{key}` is missing: without it only a machine of Amazon's is let in, and there is no cache.");
            warn(found, s3, key, &message, "Give both, `AccessKey` and `SecretKey`, of that server.");
            return;
        }
    }
}

fn kubernetes(kubernetes: &Section, found: &mut Findings) {
    let files = ["cert_file", "key_file", "ca_file"];
    let given = files.iter().filter(|file| kubernetes.filled(file).is_some()).count();
    if let (1..=2, Some(missing)) = (given, files.iter().find(|file| kubernetes.filled(file).is_none())) {
        let message =
            format!("`{missing}` is missing: cert_file, key_file and ca_file belong together, and jobs fail.");
        warn(found, kubernetes, missing, &message, "Give all three, or none.");
    }
    for patch in kubernetes.sections("pod_spec") {
        if patch.filled("patch").is_some() && patch.filled("patch_path").is_some() {
            warn(
                found,
                &patch,
                "patch_path",
                "There are a `patch` and a `patch_path`: jobs fail.",
                "Keep one of the two.",
            );
        }
    }
    for name in ["allowed_users", "allowed_groups"] {
        for (text, span) in kubernetes.texts(name) {
            if text.parse::<i64>().is_err() {
                let key = kubernetes.key(name);
                found
                    .warning(span, key, format!("`{name}` takes numbers only: this one is skipped."))
                    .hint("Give the number.");
            }
        }
    }
    if let Some(volumes) = kubernetes.section("volumes") {
        for volume in volumes.sections("empty_dir") {
            if let Some((size, at)) = volume.text("size_limit")
                && !size.is_empty()
                && !quantity(size)
            {
                found
                    .warning(at.span, at.path, "This is no quantity of Kubernetes: it is ignored.")
                    .hint("Write it such as \"1Gi\".");
            }
        }
    }
}

/// A quantity of Kubernetes: a number, and m, k, M, Ki, Mi …
fn quantity(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let units = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    number.parse::<f64>().is_ok() && units.contains(&unit)
}
