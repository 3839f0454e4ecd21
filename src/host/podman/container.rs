//! A container, and the command it was made with.

use super::{inspect, text};
use crate::host::Host;
use crate::problem::Result;
use serde_json::Value;

/// A container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Its ID, in hex.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `created`, `running`, `exited`, `stopped`, …
    pub state: String,
    /// When it started last, RFC 3339.
    pub started_at: String,
    /// The image's name.
    pub image: String,
    /// The image's ID, in hex.
    pub image_id: String,
    /// The exit code of its last end.
    pub exit_code: i64,
    /// Mounted secrets: name and ID.
    pub secrets: Vec<(String, String)>,
    /// Named volumes it mounts.
    pub volumes: Vec<String>,
    /// Folders of the host it mounts: here, and there.
    pub binds: Vec<(String, String)>,
    /// The command it was made with; empty where it was not made by a command.
    pub created_by: Vec<String>,
    /// The systemd unit that owns it: a quadlet's, or one of `podman generate systemd --new`.
    pub unit: Option<String>,
    /// It is removed when it stops (`--rm`).
    pub auto_remove: bool,
    /// How long `podman stop` waits for it, in seconds.
    pub stop_timeout: u64,
    /// The process on this machine that is its PID 1; 0 where it does not run.
    pub pid: u32,
    /// When it ended last, RFC 3339.
    pub finished_at: String,
    /// Its log driver: `k8s-file`, `journald`, …
    pub log_driver: String,
    /// podman's own folder for it.
    pub folder: String,
    /// The log driver's own file; empty where it has none.
    pub log_path: String,
    /// All that podman says of it.
    pub inspect: Inspect,
}

/// What `podman inspect` says. Its `Debug` shows nothing: variables may hold secrets.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Inspect(pub Value);

impl std::fmt::Debug for Inspect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inspect(…)")
    }
}

impl Container {
    /// Returns whether it runs now.
    pub fn running(&self) -> bool {
        self.state == "running"
    }

    /// Returns whether it was paused: podman stops and removes none that is (125, on every version).
    pub fn paused(&self) -> bool {
        self.state == "paused"
    }

    /// Returns whether it may still do something: told to stop it works on, for an hour where a job needs it; paused it
    /// goes on later. A `podman stop` that was killed leaves it stopping too (6.1); `podman rm` and `start` refuse all
    /// of these.
    pub fn at_work(&self) -> bool {
        self.running() || ["stopping", "paused"].contains(&self.state.as_str())
    }

    /// When it was started last, RFC 3339; `None` where it never was.
    pub fn started(&self) -> Option<&str> {
        Some(self.started_at.as_str()).filter(|at| !at.is_empty() && !at.starts_with("0001"))
    }

    /// Returns whether it was made and has never run; one that ran before the machine was started again is "created",
    /// too. What a killed `podman run` leaves has never run either, and cannot be started: the first `podman start`
    /// failed for 35 of 58, the second for 6 of them (5.4, `crun: container … already exists`).
    pub fn never_ran(&self) -> bool {
        ["configured", "created", "initialized"].contains(&self.state.as_str()) && self.started().is_none()
    }

    fn read(found: &Value) -> Self {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let mounts = list(&found["Mounts"]);
        let of = |kind: &'static str| mounts.iter().filter(move |mount| mount["Type"] == kind);
        let config = &found["Config"];
        Self {
            id: text(&found["Id"]),
            name: text(&found["Name"]),
            state: text(&found["State"]["Status"]),
            started_at: text(&found["State"]["StartedAt"]),
            image: text(&found["ImageName"]),
            image_id: text(&found["Image"]),
            exit_code: found["State"]["ExitCode"].as_i64().unwrap_or(0),
            secrets: list(&config["Secrets"]).iter().map(|s| (text(&s["Name"]), text(&s["ID"]))).collect(),
            volumes: of("volume").map(|mount| text(&mount["Name"])).collect(),
            binds: of("bind").map(|mount| (text(&mount["Source"]), text(&mount["Destination"]))).collect(),
            created_by: list(&config["CreateCommand"]).iter().map(text).collect(),
            unit: config["Labels"]["PODMAN_SYSTEMD_UNIT"].as_str().filter(|unit| !unit.is_empty()).map(str::to_owned),
            auto_remove: found["HostConfig"]["AutoRemove"].as_bool().unwrap_or(false),
            stop_timeout: config["StopTimeout"].as_u64().unwrap_or(0),
            pid: found["State"]["Pid"].as_u64().and_then(|pid| pid.try_into().ok()).unwrap_or(0),
            finished_at: text(&found["State"]["FinishedAt"]),
            log_driver: text(&found["HostConfig"]["LogConfig"]["Type"]),
            folder: text(&found["StaticDir"]),
            log_path: text(&found["HostConfig"]["LogConfig"]["Path"]),
            inspect: Inspect(found.clone()),
        }
    }
}

/// Returns a container; `None` where it does not exist.
///
/// # Errors
/// podman fails.
pub fn container(host: &dyn Host, name: &str) -> Result<Option<Container>> {
    Ok(inspect(host, &["container"], name, &[])?.as_ref().map(Container::read))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What podman 4.3 and 5.4 answered about a container made by `runlabel run`, and about one of an admin's own.
    pub(crate) const RECORDED: [(&str, &str); 4] = [
        ("runlabel-4.3", include_str!("../../../tests/inspect/runlabel-4.3.json")),
        ("runlabel-5.4", include_str!("../../../tests/inspect/runlabel-5.4.json")),
        ("admin-4.3", include_str!("../../../tests/inspect/admin-4.3.json")),
        ("admin-5.4", include_str!("../../../tests/inspect/admin-5.4.json")),
    ];

    pub(crate) fn recorded(name: &str) -> Container {
        let text = RECORDED.iter().find(|(known, _)| *known == name).unwrap().1;
        Container::read(&serde_json::from_str::<Value>(text).unwrap()[0])
    }

    #[test]
    fn both_versions_say_it_alike() {
        for (name, _) in RECORDED {
            let container = recorded(name);
            assert!(container.running() && container.image_id.len() == 64, "{name}: {container:?}");
            assert_eq!(container.image, "registry.gitlab.com/qontainers/pipglr:latest");
            assert_eq!(container.secrets[0].0, "config.toml");
            assert_eq!(container.unit, None);
            if name.starts_with("admin") {
                assert!(container.auto_remove && container.stop_timeout == 10, "{container:?}");
                assert_eq!(container.binds, [("/home/johndoe/extra".to_owned(), "/extra".to_owned())]);
            } else {
                assert!(!container.auto_remove && container.stop_timeout == 3660, "{container:?}");
                assert_eq!(container.created_by[..3], ["/proc/self/exe", "run", "-d"]);
                assert_eq!(container.volumes.len(), 2);
            }
        }
    }
}
