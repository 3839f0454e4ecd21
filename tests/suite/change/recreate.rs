//! The container recreated: all that an admin made of it stays, and what cannot stay is said before.

use super::*;
use pipglr::change::Wish;
use pipglr::container::limits;

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
        let state = "--volume pipglr-state:/var/lib/gitlab-runner";
        let all = format!("-t -e FOO=bar --label mine=a b -v extra:/extra --secret config.toml {state} reg");
        assert!(made.contains(&all), "{made}");
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
    let proposal =
        propose(&setup.target, &change::read_standing(&setup.target).unwrap(), &Secret::new(config(5)), false).unwrap();
    // The pretend podman does not look at the environment it is given: FOO would be lost.
    assert_eq!(proposal.losses, ["env FOO (would be gone)"]);
    change::carry_out(&setup.target, &proposal, Sudo::Silent, &()).unwrap();
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
    let proposal =
        propose(&setup.target, &change::read_standing(&setup.target).unwrap(), &Secret::new(config(5)), false).unwrap();
    assert_eq!(proposal.losses, ["HostConfig.Unheard (7, would be nothing)"]);
    assert!(proposal.plan.warnings.iter().any(|warning| warning.contains("HostConfig.Unheard")));
    // Something else is changed between the question and the answer: the old one stays.
    set("/HostConfig/ElseUnheard", 8.into());
    let problem = change::carry_out(&setup.target, &proposal, Sudo::Silent, &()).unwrap_err();
    assert!(problem.said.iter().any(|line| line.contains("ElseUnheard")), "{problem}");
    assert_eq!(host.machine().containers["pipglr"].state, "running");
    // `setup`, which asks nothing, does not decide it.
    let report = setup.check(Step::Startup).unwrap();
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
        let proposal =
            propose(&setup.target, &change::read_standing(&setup.target).unwrap(), &Secret::new(config(5)), false)
                .unwrap();
        let warnings = &proposal.plan.warnings;
        // One that was created and never started has nothing to say.
        assert!(state == "exited" || warnings.iter().any(|warning| warning.contains(words)), "{warnings:?}");
        put(&setup, &config(5)).unwrap();
        assert_at_work(&host, &config(5), state);
    }
}

#[test]
fn its_rights_are_given_up_where_somebody_says_so() {
    let (host, setup) = machine();
    host.machine().containers.get_mut("pipglr").unwrap().made_by.insert(2, "--privileged".into());
    let proposed = || {
        let standing = change::read_standing(&setup.target).unwrap();
        change::propose(&setup.target, &standing, &Secret::new(config(5)), Wish { recreate: true, ..Wish::default() })
            .unwrap()
    };
    assert_eq!(proposed().privileged, Some(true));
    limits::decide(&*setup.target.host, false).unwrap();
    assert_eq!(proposed().privileged, Some(false));
    put(&setup, &config(5)).unwrap();
    let made = host.machine().containers["pipglr"].made_by.join(" ");
    assert!(!made.contains("--privileged") && made.contains("--cap-drop ALL"), "{made}");
}
