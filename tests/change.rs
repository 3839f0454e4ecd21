//! A change of the configuration on a pretend machine: what it does, and that it loses nothing wherever it ends.

#[allow(dead_code, reason = "other tests use the rest of it")]
mod support;
#[path = "change/two_at_once.rs"]
mod two_at_once;

use pipglr::apply::Sudo;
use pipglr::change::{self, Held, Undo, history, propose};
use pipglr::problem::Problem;
use pipglr::secret::Secret;
use pipglr::steps::{Setup, State, Step};
use std::path::Path;
use std::sync::Arc;
use support::{FakeContainer, FakeHost, STORE};

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
    let host = FakeHost::fresh();
    let setup = host.setup(&[TOKEN]);
    for step in Step::ALL {
        let report = setup.look(step).unwrap();
        if report.state == State::Ready {
            setup.carry_out(&report, Sudo::Silent, &()).unwrap();
        }
    }
    host.machine().secrets.get_mut("config.toml").unwrap().1 = config(1).into();
    host.machine().containers.get_mut("pipglr").unwrap().text = config(1).into();
    host.machine().changes.clear();
    host.machine().commands.clear();
    let setup = host.setup(&[]);
    (host, setup)
}

/// As `config apply` goes about it, without its questions.
fn put(setup: &Setup, text: &str) -> Result<(), Problem> {
    let standing = change::look(setup)?;
    let proposal = propose(setup, &standing, &Secret::new(text), false)?;
    change::carry_out(setup, &proposal, Sudo::Silent, &())
}

/// As `config undo` does.
fn undo(setup: &Setup) -> Result<(), Problem> {
    let standing = change::look(setup)?;
    match change::undo(setup, &standing)? {
        Undo::Drop(kept) => change::discard(setup, &kept, &()),
        Undo::Back(text, _) => {
            let proposal = propose(setup, &standing.superseding(), &text, false)?;
            change::carry_out(setup, &proposal, Sudo::Silent, &())
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
    assert_eq!(container.secret, machine.secrets["config.toml"].0.to_string(), "{after}");
    assert_eq!(container.text, text.as_bytes(), "{after}");
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
    let order: Vec<String> = machine
        .changes
        .iter()
        .map(|change| change.split_once(" /home").map_or(change.as_str(), |(verb, _)| verb))
        .map(|change| change.split(' ').map(probe).collect::<Vec<_>>().join(" "))
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
            "podman exec pipglr systemctl stop --no-block runner.service",
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
    let proposal = propose(&setup, &change::look(&setup).unwrap(), &Secret::new(config(1)), false).unwrap();
    assert!(proposal.plan.is_empty() && !proposal.recreates);
    // A container that has an older one than the secret is made again all the same.
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
    let standing = change::look(&setup).unwrap();
    for bytes in [vec![], vec![b'#'; 512_000], vec![b'a', 0xff, b'\n']] {
        assert!(propose(&setup, &standing, &Secret::new(bytes), false).is_err());
    }
    assert!(host.machine().changes.is_empty());
}

#[test]
fn a_secret_that_somebody_else_has_changed_is_not_overwritten() {
    let (host, setup) = machine();
    let standing = change::look(&setup).unwrap();
    let proposal = propose(&setup, &standing, &Secret::new(config(5)), false).unwrap();
    host.machine().secrets.insert("config.toml".into(), (77, config(9).into()));
    let problem = change::carry_out(&setup, &proposal, Sudo::Silent, &()).unwrap_err();
    assert!(problem.what.contains("changed by somebody else") && problem.to_string().contains(WORK), "{problem}");
    assert_eq!(secret(&host), config(9));
    assert!(can_be_had(&host, &config(5)) && can_be_had(&host, &config(1)));

    // `setup` does not go over it either; only the person does.
    let report = setup.look(Step::Configuration).unwrap();
    assert!(matches!(report.state, State::Blocked(_)), "{report:?}");
    let standing = change::look(&setup).unwrap();
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
    let proposal = propose(&setup, &change::look(&setup).unwrap(), &Secret::new(config(5)), false).unwrap();
    host.machine().secrets.get_mut("config.toml").unwrap().1 = config(9).into();
    assert!(change::carry_out(&setup, &proposal, Sudo::Silent, &()).is_err());
    assert_eq!(secret(&host), config(9));
}

#[test]
fn what_an_admin_has_added_stays() {
    let (host, setup) = machine();
    let words = "podman run -dt --name=pipglr -e FOO=bar --label mine='a b' -v extra:/extra --secret config.toml \
                 registry.gitlab.com/qontainers/pipglr:latest";
    let id = host.machine().secrets["config.toml"].0.to_string();
    let admins = FakeContainer {
        state: "running",
        secret: id,
        text: config(1).into(),
        image_id: "abcdef0123456789".into(),
        made_by: shlex::split(words).unwrap(),
        ..FakeContainer::default()
    };
    host.machine().containers.insert("pipglr".into(), admins);
    for n in [5, 6] {
        put(&setup, &config(n)).unwrap();
        assert_at_work(&host, &config(n), "");
        let made = host.machine().containers["pipglr"].made_by.join(" ");
        assert!(made.contains("-t -e FOO=bar --label mine=a b -v extra:/extra --secret config.toml reg"), "{made}");
    }
    // A newer image of that name is none of the configuration's business.
    host.machine().image_id = "0123456789abcdef".into();
    put(&setup, &config(7)).unwrap();
    assert_eq!(host.machine().containers["pipglr"].image_id, "abcdef0123456789");
}

#[test]
fn a_container_that_goes_when_it_stops_comes_back() {
    let (host, setup) = machine();
    host.machine().containers.get_mut("pipglr").unwrap().made_by.insert(2, "--rm".into());
    host.machine().containers.get_mut("pipglr").unwrap().auto_remove = true;
    put(&setup, &config(5)).unwrap();
    assert_at_work(&host, &config(5), "");
    assert!(host.machine().containers["pipglr"].auto_remove);
}

#[test]
fn a_container_of_a_unit_is_restarted_by_it() {
    let (host, setup) = machine();
    host.machine().containers.get_mut("pipglr").unwrap().unit = Some("pipglr.service");
    put(&setup, &config(5)).unwrap();
    let machine = host.machine();
    assert_eq!(machine.changes.last().unwrap(), "systemctl --user restart pipglr.service");
    assert!(!machine.changes.iter().any(|change| change.starts_with("podman stop")));
}

#[test]
fn a_command_that_podman_does_not_take_leaves_the_old_container_at_work() {
    let (host, setup) = machine();
    let id = host.machine().secrets["config.toml"].0;
    host.machine().containers.get_mut("pipglr").unwrap().made_by.insert(2, "--privileged".into());
    host.machine().refuses = Some("--privileged");
    let problem = put(&setup, &config(5)).unwrap_err();
    assert!(problem.what.contains("podman create") && problem.advice.contains("Nothing was changed"), "{problem}");
    let machine = host.machine();
    assert_eq!((machine.containers["pipglr"].state, machine.secrets["config.toml"].0), ("running", id));
    assert_eq!(machine.containers.len(), 1);
    assert!(!machine.files.contains_key(Path::new(WORK)));
}

#[test]
fn what_podman_update_and_network_connect_made_of_it_stays() {
    let (host, setup) = machine();
    let updated = [
        ("/HostConfig/RestartPolicy", serde_json::json!({"Name": "on-failure"})),
        ("/NetworkSettings/Networks", serde_json::json!({"build": {}})),
        ("/Config/Env", serde_json::json!(["FOO=from the shell"])),
    ];
    host.machine().containers.get_mut("pipglr").unwrap().updated = updated.into();
    let proposal = propose(&setup, &change::look(&setup).unwrap(), &Secret::new(config(5)), false).unwrap();
    // The pretend podman does not look at the environment it is given: FOO would be lost.
    assert_eq!(proposal.losses, ["env FOO (would be gone)"]);
    change::carry_out(&setup, &proposal, Sudo::Silent, &()).unwrap();
    assert_at_work(&host, &config(5), "");
    let machine = host.machine();
    let made = machine.containers["pipglr"].made_by.join(" ");
    assert!(made.contains("--restart on-failure ") && made.contains("--network build "), "{made}");
    assert!(
        made.contains("--name pipglr ") && made.contains("--env FOO ") && !made.contains("from the shell"),
        "{made}"
    );
    assert!(!format!("{:?}{proposal:?}", machine.commands).contains("from the shell"));
}

#[test]
fn what_cannot_be_carried_over_is_named_and_the_new_one_must_be_what_was_agreed() {
    let (host, setup) = machine();
    let set = |field, value: serde_json::Value| {
        host.machine().containers.get_mut("pipglr").unwrap().updated = [(field, value)].into();
    };
    set("/HostConfig/Unheard", 7.into());
    let proposal = propose(&setup, &change::look(&setup).unwrap(), &Secret::new(config(5)), false).unwrap();
    assert_eq!(proposal.losses, ["HostConfig.Unheard (7, would be nothing)"]);
    assert!(proposal.plan.warnings.iter().any(|warning| warning.contains("HostConfig.Unheard")));
    // Something else is changed between the question and the answer: the old one stays.
    set("/HostConfig/ElseUnheard", 8.into());
    let problem = change::carry_out(&setup, &proposal, Sudo::Silent, &()).unwrap_err();
    assert!(problem.said.iter().any(|line| line.contains("ElseUnheard")), "{problem}");
    assert_eq!(host.machine().containers["pipglr"].state, "running");
    // `setup`, which asks nothing, does not decide it.
    let report = setup.look(Step::Startup).unwrap();
    assert!(matches!(&report.state, State::Blocked(problem) if problem.advice.contains("config apply")), "{report:?}");
    host.machine().containers.get_mut("pipglr").unwrap().updated.clear();
    put(&setup, &config(5)).unwrap();
    assert_at_work(&host, &config(5), "");
}

#[test]
fn a_paused_or_stopped_container_is_told_and_comes_back_running() {
    for (state, words) in [("paused", "is paused"), ("exited", "does not run; it is started")] {
        let (host, setup) = machine();
        host.machine().containers.get_mut("pipglr").unwrap().state = state;
        let proposal = propose(&setup, &change::look(&setup).unwrap(), &Secret::new(config(5)), false).unwrap();
        let warnings = &proposal.plan.warnings;
        // One that was created and never started has nothing to say.
        assert!(state == "exited" || warnings.iter().any(|warning| warning.contains(words)), "{warnings:?}");
        put(&setup, &config(5)).unwrap();
        assert_at_work(&host, &config(5), state);
    }
}

#[test]
fn running_jobs_are_told_waited_for_and_ended_only_when_asked() {
    let (host, setup) = machine();
    host.machine().nested = r#"[{"Labels": {"com.gitlab.gitlab-runner.job.id": "7"}}]"#;
    let standing = change::look(&setup).unwrap();
    let new = Secret::new(config(5));
    let lines = |now| {
        let proposal = propose(&setup, &standing, &new, now).unwrap();
        assert_eq!(proposal.jobs, Some([7].into()));
        proposal.plan.actions.iter().flat_map(|action| action.shell()).collect::<Vec<_>>().join("\n")
    };
    assert!(lines(false).contains("podman stop pipglr") && !lines(false).contains("kill"));
    assert!(lines(true).contains("kill '--signal=SIGTERM' runner.service\npodman stop --time 60 pipglr"));
    host.machine().nested = "[]";
    assert_eq!(propose(&setup, &standing, &new, false).unwrap().jobs, Some([].into()));
}

/// How a run of pipglr ends early.
#[derive(Clone, Copy, Debug)]
enum End {
    /// This change fails, and pipglr says so.
    Fails,
    /// This change is done, and pipglr is killed.
    Dies,
    /// This change fails because pipglr is killed with it.
    Killed,
}

/// Every change of a change ends it once, in three ways. Nothing is lost, and the next run gets there: with the new
/// text, with the old one by `undo`, and by `setup`.
#[test]
fn wherever_it_ends_nothing_is_lost_and_the_next_run_gets_there() {
    let points = {
        let (host, setup) = machine();
        put(&setup, &config(5)).unwrap();
        host.machine().changes.len()
    };
    assert_eq!(points, 17);
    for (point, end) in (0..points).flat_map(|point| [End::Fails, End::Dies, End::Killed].map(|end| (point, end))) {
        for next in ["apply", "undo", "setup"] {
            let (host, setup) = machine();
            {
                let mut machine = host.machine();
                machine.fail_at = Some(point).filter(|_| !matches!(end, End::Dies));
                machine.die_at = Some(point).filter(|_| !matches!(end, End::Fails));
            }
            let first = put(&setup, &config(5));
            let after = format!("{end:?} at {point}, {}, then {next}", host.machine().changes[point]);
            // What is tried is tried twice.
            assert!(first.is_err() || [0, points - 1].contains(&point), "{after}: it went unnoticed");
            {
                let mut machine = host.machine();
                (machine.dead, machine.fail_at, machine.die_at) = (false, None, None);
            }
            assert!(can_be_had(&host, &config(1)), "{after}: the old text is lost");
            // Before the new text is written it is where it came from: the file or the editor.
            let written = host.machine().files.contains_key(Path::new(WORK)) || versions(&host).contains(&config(5));
            assert!(point < 4 || written, "{after}: the new text is lost");
            let standing = change::look(&setup).unwrap();
            match next {
                "apply" => {
                    let text = standing.kept.map_or_else(|| config(5), |kept| kept.text.expose_str().to_owned());
                    put(&setup, &text).unwrap_or_else(|problem| panic!("{after}: {problem}"));
                    assert_at_work(&host, &config(5), &after);
                }
                "undo" => {
                    match undo(&setup) {
                        // Nothing had happened yet.
                        Err(problem) => {
                            assert!(problem.what.contains("no version before") && point < 4, "{after}: {problem}");
                            put(&setup, &config(1)).unwrap(); // the container that was tried is left
                        }
                        Ok(()) => put(&setup, &config(1)).unwrap(), // nothing more to do, but for a container
                    }
                    assert_at_work(&host, &config(1), &after);
                }
                _ => {
                    for step in Step::ALL {
                        let report = setup.look(step).unwrap();
                        match &report.state {
                            State::Done => {}
                            State::Ready => drop(setup.carry_out(&report, Sudo::Silent, &()).unwrap()),
                            other => panic!("{after}: {step:?} {other:?}"),
                        }
                    }
                    let text = secret(&host);
                    assert!(text == config(5) || (point < 4 && text == config(1)), "{after}: {text}");
                    assert_at_work(&host, &text, &after);
                }
            }
        }
    }
}

#[test]
fn a_store_that_podman_broke_is_explained_and_made_again() {
    for next in ["apply", "apply, unlisted", "undo"] {
        let (host, setup) = machine();
        host.machine().store_breaks = true;
        put(&setup, &config(5)).unwrap_err();
        if next == "apply, unlisted" {
            host.machine().secrets.clear(); // a full disk: the old one was removed, and the new one never listed
            host.machine().lost.clear();
        }
        let standing = change::look(&setup).unwrap();
        assert!(matches!(standing.held, Held::Lost { .. }), "{standing:?}");
        assert!(change::notice(&standing).unwrap().contains("has lost the content"));
        if next != "undo" {
            put(&setup, &config(5)).unwrap();
            assert_at_work(&host, &config(5), next);
        } else {
            undo(&setup).unwrap();
            assert_at_work(&host, &config(1), next);
        }
        assert!(host.machine().files.contains_key(Path::new(&format!("{STORE}.broken"))));
    }
}

#[test]
fn a_secret_that_is_gone_comes_back_from_the_container_and_else_from_the_history() {
    let (host, setup) = machine();
    host.machine().secrets.clear();
    let report = setup.look(Step::Registration).unwrap();
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
        assert_eq!(change::stale(&setup, &change::look(&setup).unwrap()).unwrap(), 1);
        let proposal = propose(&setup, &change::look(&setup).unwrap(), &Secret::new(config(5)), false).unwrap();
        assert_eq!((proposal.renewed, proposal.new.expose_str()), (1, &*new(5)));
        assert!(proposal.plan.warnings[0].contains("renewed the token of a runner"), "{:?}", proposal.plan.warnings);
        put(&setup, &config(5)).unwrap();
        assert_at_work(&host, &new(5), state);

        // Back to the version before, which has the old token: without it.
        let later = container(&host).text;
        host.machine().containers.get_mut("pipglr").unwrap().copy = Some(String::from_utf8(later).unwrap());
        assert_eq!(change::stale(&setup, &change::look(&setup).unwrap()).unwrap(), 0);
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

    // `setup` does not make a container anew that has the only copy of a token.
    let (host, setup) = machine();
    host.machine().containers.get_mut("pipglr").unwrap().copy = Some(config(1).replace(TOKEN, "glrt-t1_renewed"));
    host.machine().secrets.insert("config.toml".into(), (77, config(9).into()));
    let report = setup.look(Step::Startup).unwrap();
    assert!(matches!(&report.state, State::Blocked(problem) if problem.advice.contains("config apply")), "{report:?}");
    put(&setup, &config(9)).unwrap();
    assert_at_work(&host, &config(9).replace(TOKEN, "glrt-t1_renewed"), "");
}

#[test]
fn a_text_that_was_kept_waits_and_is_dropped_by_undo() {
    let (host, setup) = machine();
    let standing = change::look(&setup).unwrap();
    change::keep(&setup, &standing, &Secret::new(config(5)), &()).unwrap();
    let standing = change::look(&setup).unwrap();
    assert!(!standing.kept.as_ref().unwrap().conflict);
    assert!(change::notice(&standing).unwrap().contains("not put to work"));
    undo(&setup).unwrap();
    assert_at_work(&host, &config(1), "");
    assert_eq!(change::look(&setup).unwrap().kept, None);
}

#[test]
fn what_was_answered_once_does_not_undo_a_later_change() {
    let (host, mut setup) = machine();
    setup.wants.answers.concurrent = Some(3);
    let standing = change::look(&setup).unwrap();
    change::keep(&setup, &standing, &Secret::new(config(5)), &()).unwrap();
    for step in [Step::Configuration, Step::Startup] {
        let report = setup.look(step).unwrap();
        setup.carry_out(&report, Sudo::Silent, &()).unwrap();
    }
    assert_at_work(&host, &config(5), "");
    assert_eq!(host.machine().files.keys().filter(|path| path.starts_with(HISTORY)).count(), 2);
}
