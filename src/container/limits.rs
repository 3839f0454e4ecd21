//! What the container may use and do, as the answers say: a new one is made so, and one that is there when it is
//! re-created, for whatever reason.

use super::recreate::command::Command;
use crate::answers::Answers;
use crate::config::cgroups::Controllers;
use crate::host::podman::Container;
use crate::host::{Cmd, Host};
use crate::image::label;
use crate::problem::Result;
use crate::state;
use crate::text::size::human;
use serde_json::Value;
use std::path::Path;

/// Options that say which rights a container has.
const RIGHTS: [&str; 4] = ["cap-add", "cap-drop", "device", "security-opt"];

/// What is said where a limit of memory cannot be had.
pub const NO_MEMORY: &str = "No limit of memory is set: this host gives your containers no controller for it.";
/// What is said where a limit of processes cannot be had.
pub const NO_PIDS: &str = "No limit of processes is set: this host gives your containers no controller for it.";

/// What a re-creation changes by the answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// The fields of `podman inspect` in which the new container differs for it.
    pub fields: Vec<String>,
    /// What changes, in words.
    pub words: Vec<String>,
    /// Of a container with `--privileged`: whether the new one has it, too.
    pub privileged: Option<bool>,
}

/// Options of `podman run` that the answers ask for.
fn wanted(answers: &Answers) -> Vec<(&'static str, String)> {
    let memory = answers.memory_bytes().map(|bytes| ("memory", format!("{bytes}b")));
    memory.into_iter().chain(answers.pids_limit.map(|limit| ("pids-limit", limit.to_string()))).collect()
}

/// What systemd gives this user, and so each container of theirs.
fn given(host: &dyn Host) -> String {
    let uid = host.user().uid;
    let path = format!("/sys/fs/cgroup/user.slice/user-{uid}.slice/user@{uid}.service/cgroup.controllers");
    String::from_utf8_lossy(&host.read(Path::new(&path)).unwrap_or_default()).into_owned()
}

/// Returns the controllers that jobs get of a container that is made on this host from a current image.
pub fn controllers_given(host: &dyn Host) -> Controllers {
    Controllers::read(&given(host))
}

/// Returns the answers without the limits that this host cannot give, and those in words: where a user has no controller of
/// cgroups for one, podman makes a container with it that does not start ("opening file `memory.max`", crun with 5.4.2).
pub fn possible(host: &dyn Host, answers: &Answers) -> (Answers, Vec<String>) {
    let controllers = given(host);
    let has = |name: &str| controllers.split_whitespace().any(|controller| controller == name);
    let (mut answers, mut words) = (answers.clone(), vec![]);
    if !has("memory") && answers.memory.take().is_some() {
        words.push(NO_MEMORY.into());
    }
    if !has("pids") && answers.pids_limit.is_some_and(|limit| limit > 0) {
        answers.pids_limit = None;
        words.push(NO_PIDS.into());
    }
    (answers, words)
}

/// Gives the command that runs a new container the limits of the answers, in place of the label's.
pub fn of_new(mut cmd: Cmd, answers: &Answers) -> Cmd {
    for (name, value) in wanted(answers) {
        let option = format!("--{name}");
        match cmd.args.iter().position(|word| *word == option) {
            Some(at) if at + 1 < cmd.args.len() => cmd.args[at + 1] = value,
            _ => drop(cmd.args.splice(1..1, [option, value])),
        }
    }
    cmd
}

/// Writes into the command that makes a container again what the answers ask for and it does not have.
pub fn of_again(command: &mut Command, old: &Container, answers: &Answers) -> Changed {
    let mut changed = Changed::default();
    let limits = &old.inspect.0["HostConfig"];
    let mut limit = |field: &str, wanted: Option<u64>, name: &str, value: String, words: &dyn Fn(u64) -> String| {
        let found = limits[field].as_u64().unwrap_or(0);
        if let Some(wanted) = wanted.filter(|wanted| *wanted != found) {
            command.set(name, &value);
            changed.fields.push(format!("HostConfig.{field}"));
            changed.words.push(format!("The container gets {}, in place of {}.", words(wanted), words(found)));
        }
    };
    for (name, value) in wanted(answers) {
        match name {
            "memory" => limit("Memory", answers.memory_bytes(), name, value, &memory),
            _ => limit("PidsLimit", answers.pids_limit, name, value, &processes),
        }
    }
    if changed.fields.iter().any(|field| field == "HostConfig.Memory") {
        command.remove(&["memory-swap"]);
        // podman sets both along.
        changed.fields.extend(["MemorySwap", "MemorySwappiness"].map(|field| format!("HostConfig.{field}")));
    }
    changed.privileged = command.has("privileged").then_some(answers.privileged != Some(false));
    if changed.privileged == Some(false) {
        command.remove(&["privileged"]);
        let words = shlex::split(&label::carried("run")).unwrap_or_default();
        let ours = Command::parse(&words).unwrap_or_default().options.into_iter();
        for option in ours.filter(|option| option.is(&RIGHTS)) {
            if !command.options.iter().any(|has| (has.name(), has.text()) == (option.name(), option.text())) {
                command.options.push(option);
            }
        }
        changed
            .fields
            .extend(["Privileged", "CapAdd", "CapDrop", "SecurityOpt", "Devices"].map(|f| format!("HostConfig.{f}")));
        changed.words.push(format!("The container loses --privileged: {GIVEN_UP}."));
    } else if changed.privileged == Some(true) {
        changed.words.push(format!(
            "The container keeps --privileged. `privileged = false` in the answers (`pipglr setup --answers FILE`) gives it up \
             when the container is next re-created: {GIVEN_UP}."
        ));
    }
    changed
}

/// What giving `--privileged` up means.
pub const GIVEN_UP: &str = "it has nine capabilities instead, podman's filter of system calls, and of the host's devices only \
                            /dev/fuse and /dev/net/tun; jobs that need another one need it given (`--device`)";

/// Returns whether a container has `--privileged`, and nobody has said whether it is to keep that.
pub fn undecided(host: &dyn Host, container: Option<&Container>) -> bool {
    container.is_some_and(is_privileged) && state::load_answers(host).privileged.is_none()
}

/// Stores in the answers whether a container with `--privileged` is to have it when it is recreated.
///
/// # Errors
/// The answers cannot be written.
pub fn decide(host: &dyn Host, privileged: bool) -> Result<()> {
    state::save_answers(host, &Answers { privileged: Some(privileged), ..state::load_answers(host) })
}

/// Returns whether it was made with `--privileged`.
pub fn is_privileged(container: &Container) -> bool {
    container.created_by.iter().any(|word| word == "--privileged")
}

/// Returns how much memory, in bytes, and how many processes a container may have; 0 is as many as the user.
pub fn of(container: &Container) -> (u64, u64) {
    let limit = |field: &str| container.inspect.0["HostConfig"].get(field).and_then(Value::as_u64).unwrap_or(0);
    (limit("Memory"), limit("PidsLimit"))
}

/// Returns a limit of memory in words.
pub fn memory(bytes: u64) -> String {
    if bytes == 0 { "memory without a limit of its own".into() } else { format!("{} of memory", human(bytes)) }
}

/// Returns in words whether limits of a job's own hold.
pub fn of_jobs(hold: bool) -> &'static str {
    match hold {
        true => "a job's own (`memory`, `cpus`) hold",
        false => "a job's own (`memory`, `cpus`) have no effect: `pipglr check` says what the host would have to give",
    }
}

/// Returns a limit of processes in words.
pub fn processes(count: u64) -> String {
    if count == 0 { "processes without a limit of its own".into() } else { format!("{count} processes") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_host::Recorded;
    use crate::host::podman::tests::recorded;

    fn answers(text: &str) -> Answers {
        Answers::parse(text, "a.toml").unwrap()
    }

    fn again(old: &Container, answers: &Answers) -> (String, Changed) {
        let mut command = Command::parse(&old.created_by).unwrap();
        let changed = of_again(&mut command, old, answers);
        (command.create("n").join(" "), changed)
    }

    #[test]
    fn a_new_container_has_the_limits_of_the_answers() {
        let cmd = || Cmd::podman(shlex::split(&label::carried("run")).unwrap().into_iter().skip(1));
        assert_eq!(of_new(cmd(), &Answers::default()), cmd());
        let text = of_new(cmd(), &answers("memory = \"8GiB\"\npids_limit = 5000")).args.join(" ");
        assert!(text.starts_with("run --memory 8589934592b ") && text.contains(" --pids-limit 5000 "), "{text}");
        assert_eq!(text.matches("--pids-limit").count(), 1, "{text}");
    }

    #[test]
    fn one_that_is_there_gets_them_when_it_is_made_again_and_each_is_named() {
        let old = recorded("runlabel-5.4");
        let (text, changed) = again(&old, &answers("memory = \"8GiB\"\npids_limit = 5000"));
        assert!(text.contains("--memory 8589934592b") && text.contains("--pids-limit 5000"), "{text}");
        assert!(changed.fields.contains(&"HostConfig.MemorySwap".to_owned()), "{changed:?}");
        assert!(changed.words[0].contains("8.6 GB of memory, in place of memory without a limit"), "{changed:?}");
    }

    /// One that was made with a limit that nothing keeps does not start, and the old one is gone by then.
    #[test]
    fn a_limit_that_the_host_cannot_give_is_left_out_and_told_of() {
        let answers = answers("memory = \"8GiB\"\npids_limit = 5000");
        let host = Recorded::debian();
        assert_eq!(possible(&host, &answers), (answers.clone(), vec![]));
        let (possible, words) = possible(&host.gone("/sys/fs/cgroup/user.slice"), &answers);
        assert_eq!((possible, words.len()), (Answers::default(), 2), "{words:?}");
    }

    #[test]
    fn privileged_is_given_up_where_the_answers_say_so_and_else_told_of() {
        let old = recorded("runlabel-5.4");
        assert!(is_privileged(&old));
        let (text, changed) = again(&old, &Answers::default());
        assert!(text.contains(" --privileged ") && changed.fields.is_empty(), "{text}");
        assert!(changed.words[0].contains("keeps --privileged"), "{changed:?}");
        let (text, changed) = again(&old, &answers("privileged = false"));
        assert!(!text.contains("--privileged") && text.contains("--cap-drop ALL --cap-add CHOWN,"), "{text}");
        assert_eq!(text.matches("--device /dev/fuse").count(), 1, "{text}");
        assert!(changed.words[0].contains("loses --privileged: it has nine capabilities"), "{changed:?}");
    }
}
