//! A change of the configuration on a pretend machine: what it does, and that it loses nothing wherever it ends.

mod ends;
mod hand_over;
mod offer;
mod read_only;
mod recreate;
mod two_at_once;
mod versions;

use crate::support::{FakeContainer, FakeHost, STORE};
use pipglr::apply::Sudo;
use pipglr::change::{self, Held, Undo, history, propose};
use pipglr::problem::Problem;
use pipglr::secret::Secret;
use pipglr::steps::{Setup, State, Step};
use std::path::Path;
use std::sync::Arc;

const TOKEN: &str = "glrt-t1_abcdefghijklmnop";
const WORK: &str = "/home/johndoe/.local/state/pipglr/work/config.toml";
const HISTORY: &str = "/home/johndoe/.local/state/pipglr/history";

fn config(concurrent: u32) -> String {
    format!(
        "concurrent = {concurrent}\n\n[[runners]]\n  name = \"pretend\"\n  url = \"https://gitlab.example/\"\n  token = \"{TOKEN}\"\n"
    )
}

/// A machine that is set up, with `concurrent = 1`.
fn machine() -> (Arc<FakeHost>, Setup) {
    let host = FakeHost::set_up(TOKEN);
    host.machine().secrets.get_mut("config.toml").unwrap().1 = config(1).into();
    host.machine().containers.get_mut("pipglr").unwrap().text = config(1).into();
    host.machine().changes.clear();
    host.machine().commands.clear();
    let setup = host.setup(&[]);
    (host, setup)
}

/// As `config apply` goes about it, without its questions.
fn put(setup: &Setup, text: &str) -> Result<(), Problem> {
    let standing = change::read_standing(&setup.target)?;
    let proposal = propose(&setup.target, &standing, &Secret::new(text), false)?;
    change::carry_out(&setup.target, &proposal, Sudo::Silent, &())
}

/// As `config undo` does.
fn undo(setup: &Setup) -> Result<(), Problem> {
    let standing = change::read_standing(&setup.target)?;
    match change::undo(&setup.target, &standing)? {
        Undo::Drop(kept) => change::discard(&setup.target, &kept, &()),
        Undo::Back(text, _) => {
            let proposal = propose(&setup.target, &standing.superseding(), &text, false)?;
            change::carry_out(&setup.target, &proposal, Sudo::Silent, &())
        }
    }
}

fn secret(host: &FakeHost) -> String {
    String::from_utf8(host.machine().secrets["config.toml"].1.clone()).unwrap()
}

fn versions(host: &FakeHost) -> Vec<String> {
    let versions = history::versions(host).unwrap();
    versions.iter().map(|version| version.text.expose_str().to_owned()).collect()
}

/// All places where a text can be had from.
fn can_be_had(host: &FakeHost, text: &str) -> bool {
    let machine = host.machine();
    let listed = machine.secrets.get("config.toml").filter(|_| !machine.lost.contains("config.toml"));
    let files = machine.files.iter().filter(|(path, _)| path.starts_with("/home/johndoe/.local/state/pipglr"));
    let running = machine.containers.values().filter(|container| container.state == "running");
    let all = listed.map(|(_, text)| text).into_iter().chain(files.map(|(_, text)| text));
    all.chain(running.map(|container| &container.text)).any(|there| there == text.as_bytes())
}

/// One running container with this text, and nothing half done.
#[track_caller]
fn assert_at_work(host: &FakeHost, text: &str, after: &str) {
    assert_eq!(secret(host), text, "{after}");
    let machine = host.machine();
    assert_eq!(machine.containers.keys().collect::<Vec<_>>(), ["pipglr"], "{after}");
    let container = &machine.containers["pipglr"];
    assert_eq!(container.state, "running", "{after}");
    assert!(container.works_with(machine.secrets["config.toml"].0, text.as_bytes()), "{after}: {container:?}");
    assert!(!machine.files.contains_key(Path::new(WORK)), "{after}: the work file is there");
}

#[test]
fn the_secret_is_replaced_the_container_made_again_and_the_old_version_kept() {
    let (host, setup) = machine();
    put(&setup, &config(5)).unwrap();
    assert_at_work(&host, &config(5), "");
    assert_eq!(versions(&host), [config(1), config(5)]);
    let machine = host.machine();
    let said = format!("{:?}{:?}", machine.commands, machine.changes);
    assert!(!said.contains(TOKEN) && !said.contains("concurrent"), "{said}");
    // The container that is tried has another name each time.
    let probe = |word: &str| if word.starts_with("pipglr-probe-") { "pipglr-probe" } else { word }.to_owned();
    let image = "registry.gitlab.com/qontainers/pipglr:latest";
    let order: Vec<String> = machine
        .changes
        .iter()
        .map(|change| change.split_once(" /home").map_or(change.as_str(), |(verb, _)| verb))
        .map(|change| change.split(' ').map(probe).collect::<Vec<_>>().join(" "))
        .map(|change| match change.split_once(" '--systemd=always'") {
            // The label's other options.
            Some((begin, rest)) if rest.contains(" --secret ") => format!("{begin} --secret config.toml {image}"),
            Some((begin, _)) => format!("{begin} {image}"),
            None => change,
        })
        .collect();
    assert_eq!(
        order[..9],
        [
            "podman create --name pipglr-probe -t registry.gitlab.com/qontainers/pipglr:latest",
            "podman rm --force --volumes pipglr-probe",
            "write",
            "write",
            "podman secret rm config.toml",
            "podman secret create config.toml -",
            "write",
            "remove",
            "podman rename pipglr pipglr-replaced",
        ],
        "the command is tried first, the history and the new text are on disk before podman is touched, and the new container before the old one goes"
    );
    assert_eq!(
        order[9..],
        [
            "podman create --name pipglr -t --secret config.toml registry.gitlab.com/qontainers/pipglr:latest",
            "podman rename pipglr pipglr-next",
            "podman rename pipglr-replaced pipglr",
            "podman exec pipglr timeout 1 systemctl stop runner.service",
            "podman stop pipglr",
            "podman rm pipglr",
            "podman rename pipglr-next pipglr",
            "podman start pipglr"
        ]
    );
}

#[test]
fn the_same_text_again_is_nothing_to_do() {
    let (host, setup) = machine();
    let proposal =
        propose(&setup.target, &change::read_standing(&setup.target).unwrap(), &Secret::new(config(1)), false).unwrap();
    assert!(proposal.plan.is_empty() && !proposal.recreates);
    // A container that has an older one than the secret is recreated all the same.
    put(&setup, &config(2)).unwrap();
    host.machine().containers.get_mut("pipglr").unwrap().secret = "0".into();
    put(&setup, &config(2)).unwrap();
    assert_at_work(&host, &config(2), "");
    // And one that stands is started.
    host.machine().containers.get_mut("pipglr").unwrap().state = "exited";
    put(&setup, &config(2)).unwrap();
    assert_at_work(&host, &config(2), "");
}

#[test]
fn undo_goes_back_and_undo_again_forth() {
    let (host, setup) = machine();
    assert!(undo(&setup).unwrap_err().what.contains("no version before"));
    put(&setup, &config(5)).unwrap();
    undo(&setup).unwrap();
    assert_at_work(&host, &config(1), "");
    undo(&setup).unwrap();
    assert_at_work(&host, &config(5), "");
    assert_eq!(versions(&host), [config(1), config(5)], "a text is there once");
}

#[test]
fn twenty_versions_are_kept() {
    let (host, setup) = machine();
    for n in 2..=30 {
        put(&setup, &config(n)).unwrap();
    }
    let expected: Vec<String> = (11..=30).map(config).collect();
    assert_eq!(versions(&host), expected);
}

#[test]
fn an_empty_or_too_large_or_binary_text_is_refused_before_anything() {
    let (host, setup) = machine();
    let standing = change::read_standing(&setup.target).unwrap();
    for bytes in [vec![], vec![b'#'; 512_000], vec![b'a', 0xff, b'\n']] {
        assert!(propose(&setup.target, &standing, &Secret::new(bytes), false).is_err());
    }
    assert!(host.machine().changes.is_empty());
}

#[test]
fn a_secret_that_somebody_else_has_changed_is_not_overwritten() {
    let (host, setup) = machine();
    let standing = change::read_standing(&setup.target).unwrap();
    let proposal = propose(&setup.target, &standing, &Secret::new(config(5)), false).unwrap();
    host.machine().secrets.insert("config.toml".into(), (77, config(9).into()));
    let problem = change::carry_out(&setup.target, &proposal, Sudo::Silent, &()).unwrap_err();
    assert!(problem.what.contains("changed by somebody else") && problem.to_string().contains(WORK), "{problem}");
    assert_eq!(secret(&host), config(9));
    assert!(can_be_had(&host, &config(5)) && can_be_had(&host, &config(1)));

    // `setup` does not go over it either; only the user does.
    let report = setup.check(Step::Configuration).unwrap();
    assert!(matches!(report.state, State::Blocked(_)), "{report:?}");
    let standing = change::read_standing(&setup.target).unwrap();
    assert!(standing.kept.as_ref().unwrap().conflict);
    assert!(change::notice(&standing).unwrap().contains("changed meanwhile"));
    put(&setup, &config(5)).unwrap();
    assert_at_work(&host, &config(5), "");
    undo(&setup).unwrap();
    assert_at_work(&host, &config(9), "the other's is the version before");
}

#[test]
fn the_same_id_with_another_content_is_a_change_too() {
    let (host, setup) = machine();
    let proposal =
        propose(&setup.target, &change::read_standing(&setup.target).unwrap(), &Secret::new(config(5)), false).unwrap();
    host.machine().secrets.get_mut("config.toml").unwrap().1 = config(9).into();
    assert!(change::carry_out(&setup.target, &proposal, Sudo::Silent, &()).is_err());
    assert_eq!(secret(&host), config(9));
}

#[test]
fn running_jobs_are_told_waited_for_and_ended_only_when_asked() {
    let (host, setup) = machine();
    host.machine().nested = r#"[{"Labels": {"com.gitlab.gitlab-runner.job.id": "7"}}]"#;
    let standing = change::read_standing(&setup.target).unwrap();
    let new = Secret::new(config(5));
    let lines = |now| {
        let proposal = propose(&setup.target, &standing, &new, now).unwrap();
        assert_eq!(proposal.jobs, Some([7].into()));
        proposal.plan.actions.iter().flat_map(|action| action.shell()).collect::<Vec<_>>().join("\n")
    };
    assert!(lines(false).contains("podman stop pipglr") && !lines(false).contains("kill"));
    assert!(lines(true).contains("kill '--signal=SIGTERM' runner.service\npodman stop --time 60 pipglr"));
    host.machine().nested = "[]";
    assert_eq!(propose(&setup.target, &standing, &new, false).unwrap().jobs, Some([].into()));
}

#[test]
fn a_secret_that_is_gone_comes_back_from_the_container_and_else_from_the_history() {
    let (host, setup) = machine();
    host.machine().secrets.clear();
    let report = setup.check(Step::Registration).unwrap();
    assert!(report.facts.iter().any(|fact| fact.found.contains("config undo")), "{report:?}");
    undo(&setup).unwrap();
    assert_at_work(&host, &config(1), "from the container");

    put(&setup, &config(5)).unwrap();
    host.machine().secrets.clear();
    host.machine().containers.get_mut("pipglr").unwrap().text.clear(); // it cannot be read there
    undo(&setup).unwrap();
    assert_at_work(&host, &config(5), "from the history");

    // One that does not run has it too.
    let (host, setup) = machine();
    host.machine().secrets.clear();
    host.machine().containers.get_mut("pipglr").unwrap().state = "exited";
    undo(&setup).unwrap();
    assert_at_work(&host, &config(1), "from the container that does not run");

    let (host, setup) = machine();
    host.machine().secrets.clear();
    host.machine().containers.get_mut("pipglr").unwrap().text.clear();
    assert!(undo(&setup).unwrap_err().what.contains("no copy"));
    host.machine().containers.clear();
    assert!(undo(&setup).unwrap_err().advice.contains("pipglr setup"));
}

#[test]
fn a_token_that_gitlab_has_renewed_is_never_lost() {
    for state in ["running", "exited"] {
        let (host, setup) = machine();
        let new = |n| config(n).replace(TOKEN, "glrt-t1_renewed");
        let container = |host: &FakeHost| host.machine().containers["pipglr"].clone();
        host.machine().containers.get_mut("pipglr").unwrap().state = state;
        host.machine().containers.get_mut("pipglr").unwrap().copy = Some(new(1));
        assert_eq!(change::stale(&setup.target, &change::read_standing(&setup.target).unwrap()).unwrap(), 1);
        let proposal =
            propose(&setup.target, &change::read_standing(&setup.target).unwrap(), &Secret::new(config(5)), false)
                .unwrap();
        assert_eq!((proposal.renewed, proposal.new.expose_str()), (1, &*new(5)));
        assert!(proposal.plan.warnings[0].contains("renewed the token of a runner"), "{:?}", proposal.plan.warnings);
        put(&setup, &config(5)).unwrap();
        assert_at_work(&host, &new(5), state);

        // Back to the version before, which has the old token: without it.
        let later = container(&host).agreed().to_vec();
        host.machine().containers.get_mut("pipglr").unwrap().copy = Some(String::from_utf8(later).unwrap());
        assert_eq!(change::stale(&setup.target, &change::read_standing(&setup.target).unwrap()).unwrap(), 0);
    }

    // Back to a version from before it was renewed: with the token that works.
    let (host, setup) = machine();
    let dated = |n, token, day| {
        format!("{}  id = 7\n  token_obtained_at = 2026-11-{day}T00:00:00Z\n", config(n).replace(TOKEN, token))
    };
    put(&setup, &dated(3, TOKEN, "01")).unwrap();
    put(&setup, &dated(4, "glrt-t1_renewed", "24")).unwrap();
    undo(&setup).unwrap();
    assert_at_work(&host, &dated(3, "glrt-t1_renewed", "24"), "");

    // `setup` does not recreate a container that has the only copy of a token, where that would not outlive it.
    let (host, setup) = machine();
    host.machine().containers.get_mut("pipglr").unwrap().without_state();
    host.machine().older_image = true;
    host.machine().containers.get_mut("pipglr").unwrap().copy = Some(config(1).replace(TOKEN, "glrt-t1_renewed"));
    host.machine().secrets.insert("config.toml".into(), (77, config(9).into()));
    let report = setup.check(Step::Startup).unwrap();
    assert!(matches!(&report.state, State::Blocked(problem) if problem.advice.contains("config apply")), "{report:?}");
    put(&setup, &config(9)).unwrap();
    assert_at_work(&host, &config(9).replace(TOKEN, "glrt-t1_renewed"), "");
}

#[test]
fn a_text_that_was_kept_waits_and_is_dropped_by_undo() {
    let (host, setup) = machine();
    let standing = change::read_standing(&setup.target).unwrap();
    change::keep(&setup.target, &standing, &Secret::new(config(5)), &()).unwrap();
    let standing = change::read_standing(&setup.target).unwrap();
    assert!(!standing.kept.as_ref().unwrap().conflict);
    assert!(change::notice(&standing).unwrap().contains("not applied"));
    undo(&setup).unwrap();
    assert_at_work(&host, &config(1), "");
    assert_eq!(change::read_standing(&setup.target).unwrap().kept, None);
}

#[test]
fn what_was_answered_once_does_not_undo_a_later_change() {
    let (host, mut setup) = machine();
    setup.wants.answers.concurrent = Some(3);
    let standing = change::read_standing(&setup.target).unwrap();
    change::keep(&setup.target, &standing, &Secret::new(config(5)), &()).unwrap();
    for step in [Step::Configuration, Step::Startup] {
        let report = setup.check(step).unwrap();
        setup.carry_out(&report, Sudo::Silent, &()).unwrap();
    }
    assert_at_work(&host, &config(5), "");
    assert_eq!(host.machine().files.keys().filter(|path| path.starts_with(HISTORY)).count(), 2);
}
