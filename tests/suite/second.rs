//! Two containers on one account: each with all that belongs to it under its own name, and nothing of one touches the other.

use crate::support::{FakeHost, Machine, all_steps};
use pipglr::apply::{Sudo, apply};
use pipglr::boot;
use pipglr::change::{self, Undo, history, propose};
use pipglr::container::others::{self, Other};
use pipglr::export::{self, source::Source};
use pipglr::host::Host;
use pipglr::plan::Action;
use pipglr::secret::{Secret, Vault};
use pipglr::status::{Status, StatusRung, advice};
use pipglr::steps::{Setup, State, Step, creating};
use pipglr::teardown::{self, Also, Choice};
use std::sync::Arc;

const FIRST: &str = "glrt-t1_abcdefghijklmnop";
const SECOND: &str = "glrt-t1_ponmlkjihgfedcba";
const STATE: &str = "/home/johndoe/.local/state/pipglr";

/// Two hosts, each about one of the containers of one machine.
fn both() -> (Arc<FakeHost>, Arc<FakeHost>) {
    let first = FakeHost::set_up(FIRST);
    let second = first.beside("second");
    all_steps(&second.setup(&[SECOND])).unwrap();
    for name in ["pipglr", "second"] {
        let mut machine = first.machine();
        let container = machine.containers.get_mut(name).unwrap();
        container.copy = Some(String::from_utf8(container.text.clone()).unwrap());
    }
    (first, second)
}

/// All that a container has, by its name.
fn all_of(machine: &Machine, name: &str) -> String {
    let is_first = name == "pipglr";
    let secrets = machine.secrets.iter().filter(|(secret, _)| secret.starts_with("second-") != is_first);
    let volumes = machine.volumes.iter().filter(|(volume, _)| volume.starts_with(&format!("{name}-")));
    let states = machine.states.iter().filter(|(volume, _)| volume.starts_with(&format!("{name}-")));
    let of_second = |path: &str| path.contains("/second");
    let files = machine.files.iter().filter(|(path, _)| path.starts_with(STATE) && !path.ends_with("lock"));
    let files = files.filter(|(path, _)| of_second(&path.to_string_lossy()) != is_first);
    format!(
        "{:?} {:?} {:?} {:?} {:?}",
        secrets.collect::<Vec<_>>(),
        volumes.collect::<Vec<_>>(),
        states.collect::<Vec<_>>(),
        machine.containers.get(name),
        files.collect::<Vec<_>>()
    )
}

/// Does something with one container; the other has just what it had.
#[track_caller]
fn apart(host: &FakeHost, other: &str, what: impl FnOnce()) {
    let before = all_of(&host.machine(), other);
    what();
    assert_eq!(all_of(&host.machine(), other), before);
}

fn changed(setup: &Setup, jobs: u32) {
    let standing = change::read_standing(&setup.target).unwrap();
    let text = standing.held.text().unwrap().expose_str().replace("concurrent = 1", &format!("concurrent = {jobs}"));
    let proposal = propose(&setup.target, &standing, &Secret::new(text), false).unwrap();
    change::carry_out(&setup.target, &proposal, Sudo::Silent, &()).unwrap();
}

fn undone(setup: &Setup) {
    let standing = change::read_standing(&setup.target).unwrap();
    let Undo::Back(text, _) = change::undo(&setup.target, &standing).unwrap() else { panic!("no version before") };
    let proposal = propose(&setup.target, &standing.superseding(), &text, false).unwrap();
    change::carry_out(&setup.target, &proposal, Sudo::Silent, &()).unwrap();
}

fn torn_down(setup: &Setup, choice: &Choice) -> Vec<String> {
    let found = teardown::find(&setup.target, &()).unwrap();
    let plan = teardown::plan(&setup.target, &found, choice);
    apply(&*setup.target.host, &plan, &Vault::default(), Sudo::Silent, &()).unwrap();
    plan.all().flat_map(Action::shell).chain(teardown::stays(&setup.target, &found, choice)).collect()
}

#[test]
fn a_second_container_is_set_up_beside_the_first_with_things_of_its_own() {
    let first = FakeHost::set_up(FIRST);
    let second = first.beside("second");
    apart(&first, "pipglr", || all_steps(&second.setup(&[SECOND])).unwrap());
    let machine = first.machine();
    assert_eq!(machine.secrets.keys().collect::<Vec<_>>(), ["config.toml", "second-config.toml"]);
    assert!(String::from_utf8_lossy(&machine.secrets["second-config.toml"].1).contains(SECOND));
    assert!(!String::from_utf8_lossy(&machine.secrets["config.toml"].1).contains(SECOND));
    assert_eq!(
        machine.volumes.keys().collect::<Vec<_>>(),
        ["pipglr-cache", "pipglr-storage", "second-cache", "second-storage"]
    );
    let (one, two) = (&machine.containers["pipglr"], &machine.containers["second"]);
    assert_eq!((one.state, two.state), ("running", "running"));
    assert_eq!(two.text, machine.secrets["second-config.toml"].1);
    let made_by = two.made_by.join(" ");
    assert!(made_by.contains("second-config.toml,target=config.toml,") && !made_by.contains("pipglr-st"), "{made_by}");
}

/// All containers had the secrets and volumes of the first once, by whatever name.
#[test]
fn a_container_from_before_is_told_how_it_becomes_the_first_before_anything_is_done() {
    let first = FakeHost::set_up(FIRST);
    let container = first.machine().containers.remove("pipglr").unwrap();
    first.machine().containers.insert("build".into(), container);
    let build = first.beside("build");
    let told = "`podman rename build pipglr`";
    for (host, step) in [(&build, Step::Registration), (&first, Step::Startup)] {
        let setup = host.setup(&[SECOND]);
        let State::Blocked(problem) = setup.check(step).unwrap().state else { panic!("{step:?}") };
        assert!(problem.advice.starts_with(told), "{problem}");
        // What `status` says is to be done.
        let mut status = Status::default();
        status.container.mistaken = Some(problem);
        for id in ["secret", "volumes", "container"] {
            let rung = StatusRung { id: id.into(), ok: Some(false), ..StatusRung::default() };
            let advice = advice::of(&status, &rung, &host.names().container).unwrap();
            assert!(advice.fix.starts_with(told), "{advice:?}");
        }
    }
    assert!(others::from_before(&*first).unwrap().is_some_and(|problem| problem.advice.starts_with(told)));
    assert_eq!(others::from_before(&*build).unwrap(), None);
    assert!(creating::refuse_second(&build.setup(&[])).unwrap_err().advice.starts_with(told));
    let container = first.machine().containers.remove("build").unwrap();
    first.machine().containers.insert("pipglr".into(), container);
    assert_eq!(first.setup(&[]).check(Step::Startup).unwrap().state, State::Done);
}

#[test]
fn what_is_exported_of_the_second_names_nothing_of_the_first() {
    let (_, second) = both();
    let mut setup = second.setup(&[]);
    setup.wants.answers.start_at_boot = Some(true);
    let source = Source::look(&setup, false).unwrap();
    let text = export::script::text(&source).unwrap();
    for line in ["name=second", "work=$state/work/second", "before=$state/boot/$name.json"] {
        assert!(text.lines().any(|known| known == line), "{line}: {text}");
    }
    let quadlet = boot::exported(&setup.target).unwrap();
    let playbook = export::ansible::files(&source).unwrap();
    let vars = playbook.iter().find(|file| file.path == "group_vars/pipglr/vars.yml").unwrap();
    let named = ["pipglr_name: second\n", "  - --name\n  - \"{{ pipglr_name }}\"\n"];
    assert!(named.iter().all(|named| vars.text.contains(named)), "{}", vars.text);
    // The answers of the two are not written over each other, which would be a change in each run.
    let tasks = &playbook.iter().find(|file| file.path == "playbook.yml").unwrap().text;
    let (_, folder) = tasks.split_once("pipglr_folder: ").unwrap();
    let (folder, _) = folder.split_once("\n        pipglr_").unwrap();
    assert!(folder.contains("{{ '' if pipglr_name == 'pipglr' else '-' ~ pipglr_name }}"), "{folder}");
    assert_eq!(tasks.matches("/.config/pipglr/").count(), 1, "all else is in that folder: {tasks}");
    for text in [&text, &quadlet, &vars.text] {
        for first in ["pipglr-storage", "pipglr-cache", "pipglr-state", " config.toml,", "secret create config.toml"] {
            assert!(!text.contains(first), "{first}: {text}");
        }
    }
}

#[test]
fn a_change_and_its_undo_are_of_the_one_container_alone() {
    let (first, second) = both();
    for (host, other) in [(&second, "pipglr"), (&first, "second")] {
        let setup = host.setup(&[]);
        apart(host, other, || changed(&setup, 7));
        let held = || change::read_standing(&setup.target).unwrap().held.text().unwrap().expose_str().to_owned();
        assert!(held().contains("concurrent = 7"));
        apart(host, other, || undone(&setup));
        assert!(held().contains("concurrent = 1"));
        assert!(history::versions(&**host).unwrap().len() >= 2);
    }
    let of =
        |host: &FakeHost| history::versions(host).unwrap().into_iter().map(|version| version.path).collect::<Vec<_>>();
    assert!(of(&second).iter().all(|path| path.starts_with(format!("{STATE}/history/second"))));
    assert!(of(&first).iter().all(|path| path.parent().unwrap().ends_with("history")));
}

#[test]
fn what_waits_of_one_is_not_seen_by_the_other() {
    let (first, second) = both();
    change::unsaved::save(&*second, &Secret::new("concurrent = 9\n")).unwrap();
    let waits = |host: &Arc<FakeHost>| change::notice(&change::read_standing(&host.setup(&[]).target).unwrap());
    assert!(waits(&second).unwrap().contains("/work/second/unsaved-"));
    assert_eq!(waits(&first), None);
}

#[test]
fn each_names_the_other() {
    let (first, second) = both();
    let other = |name: &str| Other { name: name.into(), state: Some("running".into()) };
    assert_eq!(others::find(&*first).unwrap(), [other("second")]);
    assert_eq!(others::find(&*second).unwrap(), [other("pipglr")]);
    assert_eq!(others::find(&*FakeHost::set_up(FIRST)).unwrap(), []);
    // One whose registration was cut off.
    let third = first.beside("third");
    third.write(&pipglr::state::work_file(&*third), b"[[runners]]\n").unwrap();
    assert!(others::find(&*first).unwrap().contains(&Other { name: "third".into(), state: None }));
}

#[test]
fn a_teardown_of_one_leaves_the_other_and_what_both_need() {
    for leaves_first in [true, false] {
        let (first, second) = both();
        let (goes, stays) = if leaves_first { (&second, "pipglr") } else { (&first, "second") };
        let own = goes.names().clone();
        changed(&goes.setup(&[]), 3);
        let choice = Choice { also: [Also::Linger, Also::IdRanges].into(), ..Choice::default() };
        let mut said = vec![];
        apart(goes, stays, || said = torn_down(&goes.setup(&[]), &choice));
        let machine = first.machine();
        assert!(machine.image && machine.containers.keys().collect::<Vec<_>>() == [stays], "{said:?}");
        assert!(!own.secrets().iter().any(|name| machine.secrets.contains_key(*name)), "{said:?}");
        assert!(!own.all_volumes().iter().any(|name| machine.volumes.contains_key(*name)), "{said:?}");
        assert!(machine.files.keys().any(|path| path.starts_with("/var/lib/systemd/linger")), "{said:?}");
        let said = said.join("\n");
        for what in ["linger", "image"] {
            let line =
                said.lines().find(|line| line.starts_with(what) && line.contains(&format!("container {stays} needs")));
            assert!(line.is_some(), "{what}: {said}");
        }
    }
}

#[test]
fn the_last_one_takes_all_with_it() {
    let (first, second) = both();
    let choice = Choice { without_copy: true, ..Choice::default() };
    torn_down(&first.setup(&[]), &choice);
    torn_down(&second.setup(&[]), &choice);
    let machine = first.machine();
    assert!(machine.secrets.is_empty() && machine.volumes.is_empty() && !machine.image);
    let left: Vec<_> = machine.files.keys().filter(|path| path.starts_with(STATE)).collect();
    assert_eq!(left, Vec::<&std::path::PathBuf>::new());
}
