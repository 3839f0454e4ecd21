//! What the pretend podman changes.

use super::{BEHIND, FakeContainer, IMAGE, Machine, said};
use pipglr::host::{Cmd, Finished};
use pipglr::names::CA_SECRET as CA;
use pipglr::secret::Secret;
use std::collections::BTreeMap;
use std::path::Path;

impl Machine {
    pub(super) fn podman(&mut self, args: &[&str], cmd: &Cmd, input: Option<&Secret>) -> Finished {
        match args {
            ["system", "migrate"] => {
                self.in_force = self.subids();
                self.containers.values_mut().for_each(|container| container.state = "exited");
            }
            ["secret", "create", name, file] => {
                if self.secrets.contains_key(*name) {
                    return said(125, &format!("Error: {name}: secret name in use"));
                }
                if self.store_broken() {
                    return said(125, "Error: creating secret: unexpected end of JSON input");
                }
                self.next_id += 1;
                let data = match *file {
                    "-" => input.expect("a secret comes by stdin").expose().to_vec(),
                    file => self.files[Path::new(file)].clone(),
                };
                self.secrets.insert((*name).into(), (self.next_id, data));
                if std::mem::take(&mut self.store_breaks) {
                    self.empty_store();
                    return said(137, "");
                }
            }
            ["secret", "rm", name] => {
                if self.store_broken() {
                    return said(125, "Error: deleting secret: unexpected end of JSON input");
                }
                let by_id =
                    self.secrets.iter().find(|(_, (id, _))| id.to_string() == **name).map(|(name, _)| name.clone());
                let name = by_id.unwrap_or_else(|| (*name).to_owned());
                if self.lost.contains(&name) || self.secrets.remove(&name).is_none() {
                    return said(125, "Error: no such secret");
                }
            }
            ["volume", "create", "--opt", options, name] => {
                let number = |at: usize| options.split(['=', ',']).nth(at).unwrap().parse().unwrap();
                self.volumes.insert((*name).into(), (number(2), number(4)));
            }
            ["volume", "rm", "pipglr-state"] => self.state = None,
            ["volume", "rm", name] => drop(self.volumes.remove(*name)),
            ["stop", .., name] => {
                let Some(container) = self.containers.get_mut(*name) else {
                    return said(125, "Error: no such container");
                };
                if container.state == "paused" {
                    return said(125, "Error: it is paused");
                }
                container.state = "exited";
                if container.auto_remove {
                    self.remove_container(name);
                }
            }
            ["start", name] => match self.containers.get_mut(*name) {
                Some(container) if container.state == "stopping" || container.half_run => {
                    return said(125, "Error: it cannot be started");
                }
                Some(container) => {
                    container.state = "running";
                    self.begin_work(name);
                }
                None => return said(125, "Error: no such container"),
            },
            ["unshare", "sh", "-c", _, "sh", name, "pipglr-state"] => return self.move_state(name),
            ["exec", _, "timeout", _, "systemctl", "stop", _] if self.draining > 0 => return said(124, ""),
            ["exec", _, "timeout", _, "systemctl", "stop", _] => {}
            ["exec", _, "systemctl", "kill" | "stop" | "start", ..] => {}
            // As its script does.
            ["exec", "--interactive", name, "sh", "-c", _, "sh", seen, text] => {
                let input = input.expect("the texts come by stdin").expose_str();
                let (seen, text): (usize, usize) = (seen.parse().unwrap(), text.parse().unwrap());
                let Some(container) = self.containers.get_mut(*name).filter(|found| found.state == "running") else {
                    return said(255, "Error: can only create exec sessions on running containers");
                };
                if input.len() != seen + text {
                    return said(81, "");
                }
                let (seen, text) = input.split_at(seen);
                if container.copy.as_deref() != Some(seen) {
                    return said(82, "");
                }
                (container.copy, container.handed) = (Some(text.to_owned()), Some(text.to_owned()));
            }
            ["unpause", name] => self.containers.get_mut(*name).unwrap().state = "running",
            ["rm", "--force", .., name] => {
                self.half_made.remove(*name);
                self.remove_container(name);
            }
            ["rm", name] => match self.containers.get(*name).map(|container| container.state) {
                Some("running" | "stopping") => return said(2, "Error: it runs"),
                Some(_) => self.remove_container(name),
                None => return said(1, "Error: no such container"),
            },
            ["rename", old, new] => {
                if self.containers.contains_key(*new) {
                    return said(125, "Error: name in use");
                }
                let Some(container) = self.containers.remove(*old) else {
                    return said(125, "Error: no such container");
                };
                self.containers.insert((*new).into(), container);
            }
            ["run", .., "register"] => {
                let name = args[args.iter().position(|word| *word == "--name").unwrap() + 1];
                if self.half_made.contains(name) {
                    return said(125, "Error: name in use");
                }
                return self.register_all(cmd);
            }
            [verb @ ("run" | "create"), ..] => {
                let name = args[args.iter().position(|word| *word == "--name").unwrap() + 1];
                if self.containers.contains_key(name) || self.half_made.contains(name) {
                    return said(125, "Error: name in use");
                }
                if self.refuses.is_some_and(|word| args.contains(&word)) {
                    return said(125, "Error: unknown flag");
                }
                let found = self.secrets.get("config.toml").filter(|_| !self.lost.contains("config.toml"));
                let mounts = args.iter().any(|word| word.starts_with("config.toml"));
                let (id, text) = match found {
                    Some((id, text)) if mounts => (id.to_string(), text.clone()),
                    None if mounts => return said(125, "Error: no secret with name or id config.toml"),
                    _ => (String::new(), vec![]),
                };
                let named = args.iter().find(|word| **word == IMAGE || self.images.contains_key(**word));
                let container = FakeContainer {
                    state: if *verb == "run" { "running" } else { "created" },
                    secret: id,
                    authority: self
                        .secrets
                        .get(CA)
                        .filter(|_| args.iter().any(|word| word.starts_with(CA)))
                        .map(|held| held.0),
                    text,
                    image_id: named.map_or(args.last().unwrap().to_string(), |name| self.image_meant(name)),
                    made_by: std::iter::once("podman").chain(args.iter().copied()).map(str::to_owned).collect(),
                    unit: None,
                    half_run: false,
                    auto_remove: args.contains(&"--rm"),
                    copy: None,
                    handed: None,
                    drop_in: false,
                    begun: false,
                    updated: BTreeMap::new(),
                };
                self.containers.insert(name.into(), container);
                if *verb == "run" {
                    self.begin_work(name);
                }
            }
            ["image", "rm", _] => {
                if !self.containers.is_empty() {
                    return said(2, "Error: image used by a container");
                }
                self.image = false;
            }
            ["pull", _] => self.image = true,
            ["tag", id, IMAGE] => self.image_id = (*id).to_owned(),
            ["tag", id, name] => self.nameless.extend(self.images.insert((*name).into(), (*id).into())),
            ["rmi", id] => drop(self.nameless.remove(*id)),
            // No network was given an address.
            ["generate", "spec", _] => return said(0, "{}"),
            _ => panic!("the pretend podman does not know {args:?}"),
        }
        said(0, "")
    }

    /// As often as it is asked for, until one fails.
    fn register_all(&mut self, cmd: &Cmd) -> Finished {
        let at = cmd.args.iter().position(|word| word == "-c");
        let times = at.map_or(1, |at| cmd.args[at + 2].parse().unwrap());
        let mut all = Finished::default();
        for n in 0..times {
            if n > 0 {
                all.lines.push("pipglr: registered".into());
            }
            let one = self.register(cmd);
            all.code = one.code;
            all.lines.extend(one.lines);
            if one.code != 0 {
                break;
            }
        }
        all
    }

    /// As gitlab-runner does: a glrt- token is written as it is, any other is exchanged for a new one.
    fn register(&mut self, cmd: &Cmd) -> Finished {
        if self.store_broken() || self.lost.contains("REGISTRATION_TOKEN") {
            return said(125, "Error: no secret with name or id REGISTRATION_TOKEN");
        }
        let file = cmd.cwd.clone().unwrap().join("config.toml");
        let Some(config) = self.files.get_mut(&file) else {
            return said(125, "Error: lstat config.toml: no such file or directory");
        };
        let refusal = self.registrations.pop_front().filter(|text| !text.is_empty());
        let behind = refusal.and_then(|text| text.strip_prefix(BEHIND));
        if let Some(refusal) = refusal.filter(|_| behind.is_none()) {
            return said(125, refusal);
        }
        let token = String::from_utf8(self.secrets["REGISTRATION_TOKEN"].1.clone()).unwrap();
        self.next_id += 1;
        let token = if token.starts_with("glrt-") { token } else { format!("runner-token-{}", self.next_id) };
        self.runners.insert(token.clone());
        if config.is_empty() {
            config.extend_from_slice(b"concurrent = 1\n");
        }
        let entry = format!(
            "\n[[runners]]\n  name = \"pretend\"\n  url = \"https://gitlab.example/\"\n  token = \"{token}\"\n"
        );
        config.extend_from_slice(entry.as_bytes());
        let done =
            "Runner registered successfully.\nConfiguration (with the authentication token) was saved in \"/etc/x\"";
        behind.map_or(said(0, done), |failed| said(125, &format!("{done}\n{failed}")))
    }
}
