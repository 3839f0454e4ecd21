//! The user's manager of the pretend machine, as far as `boot` needs one: it knows the files that were there when it read
//! them last.

use super::{FakeContainer, Machine, said};
use pipglr::host::Finished;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const FOLDERS: [&str; 2] = [".config/containers/systemd/pipglr", ".config/systemd/user"];

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

impl Machine {
    fn loaded(&self, unit: &str) -> Option<(&PathBuf, String)> {
        let of = unit.trim_end_matches(".service");
        let (path, text) = self.loaded.iter().find(|(path, _)| name(path) == of)?;
        Some((path, String::from_utf8_lossy(text).into_owned()))
    }

    pub(super) fn show(&self) -> String {
        let mut all = String::new();
        for path in self.loaded.keys() {
            let (name, quadlet) = (name(path), path.extension().unwrap() == "container");
            let unit = format!("{name}.service");
            let starts = if quadlet { format!("run --name {name} x") } else { format!("start {name}") };
            let active = if self.up.contains(&unit) { "active" } else { "inactive" };
            let wanted = if quadlet || self.enabled.contains(&unit) { "default.target" } else { "" };
            let _ = writeln!(
                all,
                "Id={unit}\nLoadState=loaded\nActiveState={active}\nTimeoutStopUSec=1h 2min\nSourcePath={}\nWantedBy={wanted}\n\
                 ExecStart={{ path=/usr/bin/podman ; argv[]=/usr/bin/podman {starts} ; pid=0 }}\n",
                path.display()
            );
        }
        all + self.unit
    }

    pub(super) fn reload(&mut self) -> Finished {
        let of_a_folder = |path: &&PathBuf| FOLDERS.iter().any(|folder| path.parent().unwrap().ends_with(folder));
        let is_unit = |path: &&PathBuf| path.extension().is_some_and(|end| end == "container" || end == "service");
        let files = self.files.iter().filter(|(path, _)| of_a_folder(path) && is_unit(path));
        self.loaded = files.map(|(path, text)| (path.clone(), text.clone())).collect();
        said(0, "")
    }

    /// Starts or stops a unit of a file; `None` where there is none.
    pub(super) fn operate(&mut self, verb: &str, unit: &str) -> Option<Finished> {
        let (path, text) = self.loaded(unit).map(|(path, text)| (path.clone(), text))?;
        let name = name(&path);
        if verb == "stop" {
            self.up.remove(unit);
            self.remove_container(&name);
            return Some(said(0, ""));
        }
        if path.extension().unwrap() == "service" {
            let Some(container) = self.containers.get_mut(&name) else { return Some(said(1, "no such container")) };
            container.state = "running";
            self.up.insert(unit.to_owned());
            return Some(said(0, ""));
        }
        let Some((id, secret)) = self.secrets.get("config.toml").cloned() else {
            return Some(said(1, "Job for the unit failed"));
        };
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().to_owned();
        let words = text
            .lines()
            .filter_map(|line| line.strip_prefix("PodmanArgs="))
            .flat_map(|line| shlex::split(line).unwrap());
        let words = words.map(|word| word.replace("%%", "%").replace("$$", "$"));
        // As podman's generator has it.
        let own = [
            ("AutoUpdate=", "--label", "io.containers.autoupdate="),
            ("HealthCmd=", "--health-cmd", ""),
            ("HealthInterval=", "--health-interval", ""),
            ("HealthStartupCmd=", "--health-startup-cmd", ""),
        ];
        let own = own.into_iter().filter_map(|(key, option, before)| {
            Some([option.to_owned(), format!("{before}{}", text.lines().find_map(|line| line.strip_prefix(key))?)])
        });
        let words = own.flatten().chain(words);
        let made_by = ["podman", "run", "--name", &name, "--replace", "--rm"].map(str::to_owned).into_iter();
        let container = FakeContainer {
            state: "running",
            secret: id.to_string(),
            text: secret,
            image_id: self.image_id.clone(),
            made_by: made_by.chain(words).chain([value("Image=")]).collect(),
            unit: Some(Box::leak(unit.to_owned().into_boxed_str())),
            auto_remove: true,
            ..FakeContainer::default()
        };
        self.containers.insert(name.clone(), container);
        self.begin_work(&name);
        self.up.insert(unit.to_owned());
        Some(said(0, ""))
    }
}
