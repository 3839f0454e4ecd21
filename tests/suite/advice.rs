//! How a host stands, said by `status`, at home and by the doctor: what is wrong, why, and what to do.

use crate::support::FakeHost;
use pipglr::commands::config;
use pipglr::commands::output::Tone;
use pipglr::problem::Exit;
use pipglr::status::{self, Status, StatusRung};
use pipglr::steps::{Report, Setup, Step, was_set_up};
use std::sync::Arc;

const TOKEN: &str = "glrt-t1_abcdefghijklmnop";

/// A machine that is set up.
fn machine() -> (Arc<FakeHost>, Setup) {
    let host = FakeHost::set_up(TOKEN);
    let setup = host.setup(&[]);
    (host, setup)
}

/// The same, its container in another state.
fn with_container(state: &'static str) -> (Arc<FakeHost>, Setup) {
    let (host, setup) = machine();
    host.machine().containers.get_mut("pipglr").unwrap().state = state;
    (host, setup)
}

fn reports(setup: &Setup) -> Vec<Report> {
    Step::ALL.iter().filter_map(|step| setup.check(*step).ok()).collect()
}

fn rung<'a>(status: &'a Status, id: &str) -> &'a StatusRung {
    status.rungs.iter().find(|rung| rung.id == id).unwrap()
}

#[test]
fn every_rung_that_does_not_hold_ends_with_what_to_do() {
    for state in ["exited", "stopped", "paused", "created", "stopping"] {
        let (_, setup) = with_container(state);
        let status = status::gather(&setup.target, &mut Default::default(), &()).unwrap();
        assert!(!status.healthy);
        for rung in &status.rungs {
            assert_eq!(rung.ok == Some(false), rung.advice.is_some(), "{state}: {rung:?}");
        }
        let container = rung(&status, "container");
        assert!(container.advice.as_ref().unwrap().fix.contains('`'), "{container:?}");
        let json = serde_json::to_value(&status).unwrap();
        let wrong = json["rungs"].as_array().unwrap().iter().find(|rung| rung["id"] == "container").unwrap();
        assert!(wrong["advice"]["fix"].is_string() && wrong["advice"]["cause"].is_string(), "{wrong}");
    }
}

/// The log's own words go to the screen and into JSON: without what is secret in them.
#[test]
fn what_the_log_says_of_it_is_masked() {
    let (_, setup) = with_container("exited");
    let said = rung(&status::gather(&setup.target, &mut Default::default(), &()).unwrap(), "container").said.join("");
    assert!(said.contains("FATAL: it broke") && !said.contains("abcdefghijklmnop"), "{said}");
}

#[test]
fn a_host_that_was_set_up_is_known_whatever_is_wrong_with_it() {
    assert!(!was_set_up(&reports(&FakeHost::fresh().setup(&[]))), "nothing was done here");
    let (_, setup) = machine();
    assert!(was_set_up(&reports(&setup)));
    for state in ["exited", "stopped", "paused", "created", "stopping"] {
        let (_, setup) = with_container(state);
        assert!(was_set_up(&reports(&setup)), "{state}");
    }
    let (host, setup) = machine();
    host.machine().containers.clear();
    assert!(was_set_up(&reports(&setup)), "the container is missing");
    let (host, setup) = machine();
    host.machine().secrets.clear();
    assert!(was_set_up(&reports(&setup)), "the secret is missing");
    host.machine().volumes.clear();
    assert!(was_set_up(&reports(&setup)), "the volumes, too");
    let (host, setup) = machine();
    host.machine().containers.clear();
    host.machine().volumes.clear();
    assert!(!was_set_up(&reports(&setup)), "it was not finished");
}

#[test]
fn lint_without_a_file_takes_what_is_stored() {
    let tone = Tone { color: false };
    let (host, setup) = machine();
    assert_eq!(config::lint_stored(&setup.target, false, tone), Ok(Exit::Done));
    let asked = |host: &FakeHost| host.machine().commands.iter().any(|line| line.contains("gitlab-runner --version"));
    assert!(asked(&host), "it knows which gitlab-runner reads it, as the editor does");
    host.machine().secrets.get_mut("config.toml").unwrap().1 = b"concurrent = \"many\"\n".to_vec();
    assert_eq!(config::lint_stored(&setup.target, true, tone), Ok(Exit::Found));
    host.machine().secrets.clear();
    let problem = config::lint_stored(&setup.target, false, tone).unwrap_err();
    assert!(problem.what.contains("no configuration") && problem.advice.contains("`pipglr setup`"), "{problem}");
}
