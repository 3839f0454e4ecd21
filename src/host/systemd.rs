//! Units of systemd that run containers: a quadlet's, those of `podman generate systemd --new`, an admin's own.

use super::logind::BOOT_UNIT;
use super::podman::{self, Container};
use super::{Cmd, Host, Privilege, ask};
use crate::problem::{Problem, Result};
use std::path::PathBuf;

/// A unit, as its manager knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Its name, with `.service`.
    pub name: String,
    /// It belongs to the system's manager, not to the user's: root starts and stops it.
    pub system: bool,
    /// `active`, `activating`, `deactivating`, `inactive`, `failed`.
    pub active: String,
    /// How long each part of its stop may take, in seconds; `None` for as long as it likes.
    stop_seconds: Option<u64>,
    /// The file that somebody wrote: of a quadlet its `.container`, not what was made of it.
    pub file: PathBuf,
    /// Something starts it by itself: the user's manager, at boot where linger is on.
    pub wanted: bool,
    starts: Vec<String>,
    stops: Vec<String>,
}

const PROPERTIES: &str =
    "Id,LoadState,ActiveState,TimeoutStopUSec,ExecStart,ExecStop,SourcePath,FragmentPath,WantedBy,RequiredBy";

impl Unit {
    /// Returns whether it runs, or is about to.
    pub fn is_up(&self) -> bool {
        !matches!(self.active.as_str(), "inactive" | "failed")
    }

    /// Returns `systemctl start UNIT` and the like, which takes as long as the unit does.
    pub fn cmd(&self, verb: &str) -> Cmd {
        let cmd = |words: &[&str]| Cmd::new("systemctl", words.iter().copied()).timeout(None);
        match self.system {
            true => cmd(&[verb, &self.name]).privilege(Privilege::Root),
            false => cmd(&["--user", verb, &self.name]),
        }
    }

    /// Returns after how many seconds its stop kills what runs in the container; `None` where it never does.
    ///
    /// podman ends the container after its own time-out, also where the unit would wait: `podman rm -f` of a quadlet
    /// after the container's (5.4 to 6.1), `podman stop -t N` of `podman generate systemd` (4.3) after N.
    pub fn kills_after(&self, container: &Container) -> Option<u64> {
        let by_podman = self.stops.iter().filter(|words| words.contains("podman")).map(|words| {
            let mut words = words.split_whitespace();
            let option = words.by_ref().find(|word| ["-t", "--time"].contains(word) || word.starts_with("--time="));
            let value =
                option.and_then(|option| option.split_once('=').map(|(_, value)| value).or_else(|| words.next()));
            value.and_then(|value| value.parse().ok()).unwrap_or(container.stop_timeout)
        });
        by_podman.chain(self.stop_seconds).min()
    }

    /// Returns whether it is made from a file of podman's own kind.
    pub fn is_quadlet(&self) -> bool {
        self.file.extension().is_some_and(|extension| extension == "container")
    }

    /// Returns whether it starts a container of this name that is there already, and makes none.
    pub fn wakes_container(&self, name: &str) -> bool {
        self.starts.iter().any(|words| words.ends_with(&format!("podman start {name}")))
    }

    /// Returns whether it starts a container of this name.
    pub fn starts_container(&self, name: &str) -> bool {
        let named = format!("--name={name}");
        self.starts.iter().filter(|words| words.contains("podman")).any(|words| {
            let words: Vec<_> = words.split_whitespace().collect();
            words.contains(&&*named) || words.windows(2).any(|pair| pair == ["--name", name])
        })
    }
}

/// Looks up the unit that a container belongs to: with the user's manager, else with the system's.
///
/// # Errors
/// Neither knows it, or neither answers.
pub fn unit(host: &dyn Host, name: &str) -> Result<Unit> {
    for system in [false, true] {
        let found = show(host, system, &[name])?.into_iter().next();
        if let Some(unit) = found {
            return Ok(Unit { name: name.to_owned(), ..unit });
        }
    }
    Err(Problem::new(
        format!("The container belongs to the unit {name}, and systemd does not know that unit (any more)."),
        "Is its file still there? `systemctl --user daemon-reload` reads it again. Nothing was changed.",
    ))
}

/// Has the user's manager read its files again.
pub fn reload() -> Cmd {
    Cmd::new("systemctl", ["--user", "daemon-reload"])
}

/// Finds the user's unit that starts a container of this name, which need not be there: where a unit is stopped, its
/// container is gone.
///
/// # Errors
/// systemd cannot be asked.
pub fn find(host: &dyn Host, container: &str) -> Result<Option<Unit>> {
    Ok(all(host, container)?.into_iter().find(|unit| unit.starts_container(container)))
}

/// Returns the user's units: those by the usual names of a container, and those that have a file, also where nothing has
/// made systemd load them: `*.service` means the loaded ones, and a stopped unit that nothing wants is none of them.
///
/// # Errors
/// systemd cannot be asked.
pub fn all(host: &dyn Host, container: &str) -> Result<Vec<Unit>> {
    let mut names = vec![format!("{container}.service"), format!("container-{container}.service"), BOOT_UNIT.into()];
    names.extend(with_a_file(host));
    names.push("*.service".into());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut units: Vec<Unit> = vec![];
    for unit in show(host, false, &names)? {
        if !units.iter().any(|known| known.name == unit.name) {
            units.push(unit);
        }
    }
    Ok(units)
}

/// The user's units of which there is a file: what a generator has made, of a quadlet too, and what somebody wrote. Those
/// of templates and of other kinds are passed over.
fn with_a_file(host: &dyn Host) -> Vec<String> {
    let user = host.user();
    let runtime =
        host.variable("XDG_RUNTIME_DIR").map_or_else(|| format!("/run/user/{}", user.uid).into(), PathBuf::from);
    let folders = [runtime.join("systemd/generator"), user.home.join(".config/systemd/user")];
    let files = folders.iter().filter_map(|folder| host.list(folder).ok()).flatten();
    let mut names: Vec<String> = files
        .filter_map(|file| Some(file.file_name()?.to_str()?.to_owned()))
        .filter(|name| name.ends_with(".service") && !name.contains('@') && !name.starts_with('-'))
        .collect();
    names.sort();
    names
}

/// Finds the user's unit that starts a container of this name, else one that starts any container with this volume.
///
/// # Errors
/// As [`find`].
pub fn of_container(host: &dyn Host, container: &str, volume: &str) -> Result<Option<Unit>> {
    let all = all(host, container)?;
    let with_volume = format!("{volume}:");
    let has = |unit: &&Unit| {
        let mut podmans = unit.starts.iter().filter(|words| words.contains("podman"));
        podmans.any(|words| words.split([' ', '=', ',']).any(|word| word.starts_with(&with_volume)))
    };
    Ok(all.iter().find(|unit| unit.starts_container(container)).or_else(|| all.iter().find(has)).cloned())
}

fn show(host: &dyn Host, system: bool, names: &[&str]) -> Result<Vec<Unit>> {
    let manager = if system { None } else { Some("--user") };
    let cmd = Cmd::new("systemctl", manager.into_iter().chain(["show", "-p", PROPERTIES]).chain(names.iter().copied()));
    let done = ask(host, &cmd)?;
    if !done.ok() {
        return Err(podman::failed(&cmd, done));
    }
    Ok(parse(&done.text()).into_iter().map(|unit| Unit { system, ..unit }).collect())
}

/// The units that are there, of what `systemctl show` says of several.
fn parse(text: &str) -> Vec<Unit> {
    text.split("\n\n").filter_map(one).collect()
}

fn one(text: &str) -> Option<Unit> {
    let all = |key: &'static str| text.lines().filter_map(move |line| line.strip_prefix(key)?.strip_prefix('='));
    let first = |key| all(key).next().unwrap_or_default().to_owned();
    // { path=/usr/bin/podman ; argv[]=/usr/bin/podman stop … ; ignore_errors=no ; … }
    let words = |command: &str| Some(command.split_once("argv[]=")?.1.split(" ; ").next()?.to_owned());
    (first("LoadState") == "loaded").then(|| Unit {
        name: first("Id"),
        system: false,
        active: first("ActiveState"),
        stop_seconds: seconds(&first("TimeoutStopUSec")),
        file: [first("SourcePath"), first("FragmentPath")]
            .into_iter()
            .find(|path| !path.is_empty())
            .unwrap_or_default()
            .into(),
        wanted: !first("WantedBy").is_empty() || !first("RequiredBy").is_empty(),
        starts: all("ExecStart").filter_map(words).collect(),
        stops: all("ExecStop").filter_map(words).collect(),
    })
}

/// A time as `systemctl show` writes it: `1min 30s`; `None` for `infinity`.
fn seconds(text: &str) -> Option<u64> {
    let part = |word: &str| {
        let (number, unit) = word.split_at(word.find(|c: char| c.is_alphabetic())?);
        let number: f64 = number.parse().ok()?;
        let times = match unit {
            "w" => 604_800.0,
            "d" => 86_400.0,
            "h" => 3_600.0,
            "min" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        Some(number * times)
    };
    let sum = text.split_whitespace().map(part).sum::<Option<f64>>()?;
    (!text.is_empty()).then_some(sum as u64)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::fake_host::Recorded;
    use crate::plan::Action;

    /// What `systemctl --user show` said of a unit of `podman generate systemd --new` (4.3) and of quadlets.
    const RECORDED: [(&str, &str); 3] = [
        ("4.3", include_str!("../../tests/inspect/unit-4.3.txt")),
        ("5.4", include_str!("../../tests/inspect/unit-5.4.txt")),
        ("6.1", include_str!("../../tests/inspect/unit-6.1.txt")),
    ];

    pub(crate) fn recorded(version: &str) -> Unit {
        let text = RECORDED.iter().find(|(known, _)| *known == version).unwrap().1;
        parse(text).remove(0)
    }

    #[test]
    fn the_unit_of_a_container_is_found_by_the_name_it_starts() {
        for (version, text) in RECORDED {
            let [unit] = &parse(text)[..] else { panic!("{version}") };
            assert!(unit.starts_container("pipglr") && !unit.is_up(), "{version}: {unit:?}");
            assert!(!unit.starts_container("pip") && !unit.starts_container("-t"), "{version}: {unit:?}");
        }
        assert_eq!(recorded("4.3").name, "container-pipglr.service");
        assert_eq!(recorded("5.4").cmd("restart").shell(), "systemctl --user restart pipglr.service");
        let of_the_system = Unit { system: true, ..recorded("5.4") };
        assert_eq!(Action::Run(of_the_system.cmd("stop")).shell(), ["sudo systemctl stop pipglr.service"]);
    }

    #[test]
    fn a_stopped_unit_that_nothing_wants_is_found_by_its_file() {
        let of = |name: &str| {
            format!(
                "Id={name}\nLoadState=loaded\nActiveState=inactive\nExecStart={{ argv[]=/usr/bin/podman run --name ci x ; }}\n"
            )
        };
        let asked = |files: &[&str]| {
            let usual = ["ci.service", "container-ci.service", BOOT_UNIT];
            let words = ["--user", "show", "-p", PROPERTIES].into_iter().chain(usual);
            Cmd::new("systemctl", words.chain(files.iter().copied()).chain(["*.service"])).shell()
        };
        let host = Recorded::debian()
            .file("/run/user/1000/systemd/generator/builds.service", "")
            .file("/run/user/1000/systemd/generator/a@.service", "")
            .file("/home/johndoe/.config/systemd/user/own.service", "")
            .file("/home/johndoe/.config/systemd/user/own.timer", "")
            // One that is named and loaded is shown twice.
            .says(
                &asked(&["builds.service", "own.service"]),
                0,
                &[of("builds.service"), of("builds.service")].join("\n"),
            );
        assert_eq!(find(&host, "ci").unwrap().map(|unit| unit.name).as_deref(), Some("builds.service"));
        assert_eq!(all(&host, "ci").unwrap().len(), 1);
        let none = Recorded::debian().says(&asked(&[]), 0, "");
        assert_eq!(find(&none, "ci").unwrap(), None);
    }

    #[test]
    fn the_shortest_time_out_is_the_one_that_ends_jobs() {
        let patient = Container { stop_timeout: 3660, ..Container::default() };
        let hasty = Container { stop_timeout: 10, ..Container::default() };
        // Its own `podman stop -t 3660`, whatever the container says.
        assert_eq!(recorded("4.3").kills_after(&hasty), Some(3660));
        for version in ["5.4", "6.1"] {
            assert_eq!(recorded(version).kills_after(&hasty), Some(10), "{version}: podman rm -f");
            assert_eq!(recorded(version).kills_after(&patient), Some(90), "{version}: TimeoutStopSec");
        }
        let never = Unit { stop_seconds: None, stops: vec![], ..recorded("5.4") };
        assert_eq!(never.kills_after(&hasty), None);
        let equals = Unit { stops: vec!["/usr/bin/podman stop --time=20 x".into()], ..never };
        assert_eq!(equals.kills_after(&hasty), Some(20));
    }

    #[test]
    fn times_as_systemd_writes_them() {
        for (text, expected) in [
            ("1min 30s", Some(90)),
            ("10s", Some(10)),
            ("1h 1min 1s", Some(3_661)),
            ("500ms", Some(0)),
            ("infinity", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
