//! What the pretend podman answers to what only asks.

use super::*;
use base64::prelude::{BASE64_STANDARD, Engine};

impl Machine {
    /// What a container's program prints of its configuration, and of gitlab-runner.
    fn texts(&self, name: &str) -> Option<String> {
        let container = &self.containers[name];
        let text = String::from_utf8_lossy(&container.text);
        let handed = container.handed.clone().unwrap_or_default();
        let up = match (self.rests(container), self.deaf) {
            (true, _) => "ActiveState=inactive\n2026-11-24T10:00:00Z\n",
            (_, true) => "ActiveState=failed\n",
            _ => "ActiveState=active\ntells\n",
        };
        container.copy.as_ref().map(|copy| format!("{text}\0{handed}\0{copy}\0{up}\0"))
    }

    pub(super) fn query(&self, args: &[&str]) -> Finished {
        let json = |found: Option<String>| found.map_or(said(125, "Error: no such thing"), |json| said(0, &json));
        match args {
            ["--version"] => said(0, &format!("podman version {}", self.version)),
            // podman's copy of a secret for a container, whether it runs or not
            ["unshare", "cat", path] if path.ends_with("config.toml") => {
                let name = path.trim_start_matches("/graph/userdata-").split('/').next().unwrap();
                self.containers
                    .get(name)
                    .map_or(said(1, "cat: no such file"), |c| said(0, std::str::from_utf8(&c.text).unwrap()))
            }
            ["unshare", "cat", _, _] => {
                said(0, &format!("0 1000 1\n1 100000 {0}\n0 1000 1\n1 100000 {0}", self.in_force))
            }
            ["unshare", "du", ..] => said(0, "12\t/x"),
            ["logs", ..] => said(0, "[ 3.1] gitlab-runner[9]: FATAL: it broke token=glrt-t1_abcdefghijklmnop\n"),
            ["ps", "--all", "--quiet", "--filter", image] => {
                let id = image.trim_start_matches("ancestor=");
                let users = self.containers.iter().filter(|(_, c)| c.image_id == id).map(|(name, _)| name.as_str());
                said(0, &users.collect::<Vec<_>>().join("\n"))
            }
            ["ps", "--all", ..] => said(0, &self.containers.keys().map(String::as_str).collect::<Vec<_>>().join("\n")),
            ["unshare", "printenv", _] => said(0, "/graph"),
            ["ps", "--filter", volume, ..] => {
                let mount = format!("{}:", volume.trim_start_matches("volume="));
                let has_it =
                    |c: &FakeContainer| c.made_by.is_empty() || c.made_by.iter().any(|w| w.starts_with(&mount));
                let users = self.containers.iter().filter(|(_, c)| c.state == "running" && has_it(c));
                said(0, &users.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join("\n"))
            }
            ["ps", ..] => {
                let running =
                    self.containers.iter().filter(|(_, c)| c.state == "running").map(|(name, _)| name.as_str());
                said(0, &running.collect::<Vec<_>>().join("\n"))
            }
            ["image", "inspect", name] => json(self.image.then(|| {
                let id = self.image_meant(name);
                image::json(&id, &self.names_of(&id), self.older_image)
            })),
            ["secret", "inspect", rest @ ..] => {
                let name = *rest.last().unwrap();
                if self.list_broken() {
                    return said(0, "[]"); // as podman 5.4 does
                }
                if rest[0] == "--showsecret" && !self.shows_secrets() {
                    return said(125, "Error: unknown flag: --showsecret");
                }
                if rest[0] == "--showsecret" && self.lost.contains(name) {
                    return said(0, "[]"); // as podman 5.4 does
                }
                json(self.secrets.get(name).map(|(id, data)| {
                    let data = if self.lossy { String::new() } else { String::from_utf8_lossy(data).into_owned() };
                    serde_json::json!([{"ID": id.to_string(), "SecretData": data,
                        "Spec": {"Driver": {"Name": "file", "Options": {"path": "/graph/secrets/filedriver"}}}}])
                    .to_string()
                }))
            }
            // By a podman that shows none.
            ["run", "--rm", .., "--secret", name, "--entrypoint", "sh", _, "-c", _, "sh", _] => {
                match self.secrets.get(*name).filter(|_| !self.lost.contains(*name) && !self.store_broken()) {
                    Some((_, data)) => {
                        said(0, &format!("{}.", if self.lossy { "" } else { std::str::from_utf8(data).unwrap() }))
                    }
                    None => said(125, "Error: no such secret"),
                }
            }
            ["volume", "inspect", name] if name.ends_with("-state") => {
                let used = |container: &FakeContainer| container.state_volume() == Some(*name);
                let there = self.states.contains_key(*name) || self.containers.values().any(used);
                json(there.then(|| r#"[{"UID": 0, "GID": 0, "Mountpoint": "/graph/state"}]"#.to_owned()))
            }
            ["volume", "inspect", name] => json(
                self.volumes
                    .get(*name)
                    .map(|(uid, gid)| serde_json::json!([{"UID": uid, "GID": gid, "Mountpoint": "/x"}]).to_string()),
            ),
            ["container", "exists", "--external", name] => {
                said(i32::from(!self.containers.contains_key(*name) && !self.half_made.contains(*name)), "")
            }
            ["container", "inspect", name] => {
                json(self.containers.get(*name).map(|found| container::json(name, found)))
            }
            ["exec", name, "sh", "-c", "cat /run/secrets/config.toml && printf ."] => {
                match self.containers.get(*name) {
                    Some(container) if container.state == "running" => {
                        said(0, &format!("{}.", std::str::from_utf8(&container.text).unwrap()))
                    }
                    _ => said(255, "Error: can only create exec sessions on running containers"),
                }
            }
            // The secret and gitlab-runner's own copy, behind each other.
            ["exec", name, "sh", "-c", both] | ["unshare", "sh", "-c", both, _, name, _, _]
                if both.contains("/agreed") =>
            {
                self.texts(name).map_or(said(1, ""), |texts| said(0, &texts))
            }
            ["exec", name, "sh", "-c", _, "sh", ..]
                if self.containers.get(*name).is_none_or(|c| c.state != "running") =>
            {
                said(255, "Error: can only create exec sessions on running containers")
            }
            ["exec", "--user", "runner", name, ..] if self.containers[*name].state != "running" => {
                said(255, "Error: can only create exec sessions on running containers")
            }
            ["exec", name, "sh", "-c", ladder, "sh", ..] if ladder.contains("is-system-running") => {
                let broken = self.broken.contains(&&*self.containers[*name].image_id);
                let inside = if broken { INSIDE.replace("systemd running", "systemd degraded") } else { INSIDE.into() };
                let texts = self.texts(name).map(|texts| format!("copies {}\n", BASE64_STANDARD.encode(texts)));
                said(0, &format!("{}{}.\n", inside.trim_end_matches(".\n"), texts.unwrap_or_default()))
            }
            ["exec", "--user", "runner", _, "gitlab-runner", "verify", ..] => {
                said(0, "Verifying runner... is valid                        runner=abcdefghi")
            }
            ["exec", "--user", "runner", _, touch] if touch.ends_with("touch-network") => said(0, ""),
            ["exec", _, "sh", "-c", contents] | ["run", "--rm", .., _, "-c", contents]
                if contents.contains("os-release") =>
            {
                said(0, "podman=5.4.2\nrunner=17.5.5\nbase=Debian GNU/Linux 13 (trixie)\n.")
            }
            ["exec", _, "grep", "-q", "pipglr pause", _] => said(i32::from(self.older_image), ""),
            ["exec", name, "systemctl", "is-active", "--quiet", "runner.service"] => {
                said(if self.rests(&self.containers[*name]) { 3 } else { 0 }, "")
            }
            ["exec", _, "cat", "/cache/.pipglr-paused"] => {
                if self.paused {
                    said(0, "2026-11-24T10:00:00Z")
                } else {
                    said(1, "cat: no such file")
                }
            }
            ["exec", _, "gitlab-runner", "--version"] => said(0, "Version:      17.5.5"),
            ["exec", _, "sh", "-c", both] if both.starts_with("gitlab-runner --version;") => {
                said(0, "Version:      17.5.5\n\ncpu memory pids")
            }
            // a gitlab-runner that does not tell its jobs
            ["exec", "--user", "runner", _, "sh", "-c", program] if program.contains("/debug/jobs/list") => {
                said(0, self.nested)
            }
            // gitlab-runner 17 has no lint; a container's own says what it has before.
            [verb @ ("run" | "exec"), .., name, "sh", "-c", lint, "sh", _, _]
                if lint.contains("gitlab-runner lint") =>
            {
                let mut first = String::new();
                if *verb == "exec" {
                    if self.containers.get(*name).is_none_or(|container| container.state != "running") {
                        return said(255, "Error: can only create exec sessions on running containers");
                    }
                    first = self.texts(name).map_or_else(String::new, |texts| BASE64_STANDARD.encode(texts)) + "\n";
                }
                let (code, words) = self.complains.map_or((100, ""), |complaint| (1, complaint));
                Finished { stdout: format!("{first}{words}").into_bytes(), ..said(code, words) }
            }
            _ => panic!("the pretend podman does not know {args:?}"),
        }
    }
}
