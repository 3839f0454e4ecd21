//! `start`, `stop`, `restart`, and the wait for jobs, on a pretend machine.

use crate::support::{FakeContainer, FakeHost};
use pipglr::apply::Progress;
use pipglr::apply::Sudo;
use pipglr::change;
use pipglr::host::Watch;
use pipglr::ladder::{self, Rung, RungId};
use pipglr::lifecycle::{self, Operation, Verb};
use pipglr::plan::Action;
use pipglr::problem::{Kind, Problem};
use pipglr::secret::Secret;
use pipglr::steps::{Report, Setup, State, Step};
use std::sync::Arc;
use std::sync::Mutex;

const JOB: &str = r#"[{"Labels": {"com.gitlab.gitlab-runner.job.id": "7"}}]"#;
/// A quadlet's, with systemd's own time-out.
const UNIT: &str = "Id=pipglr.service\nLoadState=loaded\nActiveState=active\nTimeoutStopUSec=1min 30s\n\
                    ExecStart={ path=/usr/bin/podman ; argv[]=/usr/bin/podman run --name pipglr x ; pid=0 }\n\
                    ExecStop={ path=/usr/bin/podman ; argv[]=/usr/bin/podman rm -v -f -i pipglr ; pid=0 }";

/// A machine that is set up, and a container of pipglr's as `change` makes it.
fn machine(change: impl Fn(&mut FakeContainer)) -> (Arc<FakeHost>, Setup) {
    let host = FakeHost::set_up("glrt-t1_abcdefghijklmnop");
    change(host.machine().containers.get_mut("pipglr").unwrap());
    host.machine().changes.clear();
    let setup = host.setup(&[]);
    (host, setup)
}

fn lines(operation: &Operation) -> Vec<String> {
    operation.plan.actions.iter().flat_map(Action::shell).collect()
}

fn plan(setup: &Setup, verb: Verb) -> Vec<String> {
    lines(&lifecycle::plan(&setup.target, verb, false).unwrap())
}

const DRAIN: &str = "podman exec pipglr systemctl stop runner.service";

#[test]
fn each_container_is_started_and_stopped_its_own_way() {
    let (_, setup) = machine(|_| {});
    assert_eq!(plan(&setup, Verb::Stop), [DRAIN, "podman stop pipglr"]);
    assert_eq!(plan(&setup, Verb::Restart), [DRAIN, "podman stop pipglr", "podman start pipglr"]);

    let (_, setup) = machine(|container| container.state = "exited");
    assert_eq!(plan(&setup, Verb::Start), ["podman start pipglr"]);
    assert_eq!(plan(&setup, Verb::Stop), [""; 0], "nothing to do");
    assert_eq!(plan(&setup, Verb::Restart), ["podman start pipglr"]);

    let (_, setup) = machine(|container| container.state = "paused");
    assert_eq!(plan(&setup, Verb::Start), ["podman unpause pipglr"]);
    assert_eq!(plan(&setup, Verb::Stop), ["podman unpause pipglr", DRAIN, "podman stop pipglr"]);

    let (host, setup) = machine(|container| container.unit = Some("pipglr.service"));
    host.machine().unit = UNIT;
    assert_eq!(plan(&setup, Verb::Stop), [DRAIN, "systemctl --user stop pipglr.service"]);
    assert_eq!(plan(&setup, Verb::Restart), [DRAIN, "systemctl --user restart pipglr.service"]);
    // Stopped by its unit, it is gone; the unit is found by the name of the container that it starts.
    host.machine().containers.clear();
    host.machine().unit = Box::leak(UNIT.replace("ActiveState=active", "ActiveState=inactive").into_boxed_str());
    assert_eq!(plan(&setup, Verb::Start), ["systemctl --user start pipglr.service"]);
    assert_eq!(plan(&setup, Verb::Stop), [""; 0]);
}

/// A quadlet that is stopped has no container: setup starts the unit, and makes none beside it.
#[test]
fn setup_starts_the_unit_whose_container_is_not_there() {
    let (host, setup) = machine(|_| {});
    host.machine().containers.clear();
    let planned = || setup.check(Step::Startup).unwrap();
    let shell = |report: &Report| report.plan.all().flat_map(Action::shell).collect::<Vec<_>>();
    let inactive = UNIT.replace("ActiveState=active", "ActiveState=inactive");
    host.machine().unit = Box::leak(inactive.clone().into_boxed_str());
    assert_eq!(shell(&planned()), ["systemctl --user start pipglr.service"]);
    // One that tries to, and fails.
    host.machine().unit = Box::leak(UNIT.replace("=active", "=activating").into_boxed_str());
    assert_eq!(shell(&planned()), ["systemctl --user restart pipglr.service"]);
    // Another name on the same storage: a second podman would spoil it.
    let other = inactive.replace("--name pipglr x", "--name systemd-box -v pipglr-storage:/home/podman/.local x");
    host.machine().unit = Box::leak(other.into_boxed_str());
    let State::Blocked(problem) = planned().state else { panic!("{:?}", planned()) };
    assert!(problem.to_string().contains("pipglr.service"), "{problem}");
    host.machine().unit = "";
    assert!(shell(&planned())[0].starts_with("podman run"), "no unit, and it is made");
}

#[test]
fn a_container_that_goes_when_it_stops_is_made_again_by_start() {
    let (host, setup) = machine(|container| {
        container.made_by.insert(2, "--rm".into());
        container.auto_remove = true;
    });
    let stop = lifecycle::plan(&setup.target, Verb::Stop, false).unwrap();
    lifecycle::carry_out(&setup.target, &stop, Sudo::Silent, &()).unwrap();
    assert!(host.machine().containers.is_empty());
    assert_eq!(plan(&setup, Verb::Stop), [""; 0]);
    let start = lifecycle::plan(&setup.target, Verb::Start, false).unwrap();
    lifecycle::carry_out(&setup.target, &start, Sudo::Silent, &()).unwrap();
    assert!(host.machine().containers["pipglr"].auto_remove);
}

#[test]
fn what_is_not_there_or_would_take_a_token_along_is_left_alone() {
    let refused = |setup: &Setup, verb| lifecycle::plan(&setup.target, verb, false).unwrap_err();
    let (host, setup) = machine(|container| {
        container.unit = Some("pipglr.service");
        let text = String::from_utf8(container.text.clone()).unwrap();
        container.copy = Some(text.replace("klmnop", "newest"));
    });
    assert_eq!(plan(&setup, Verb::Restart).len(), 2, "it outlives a container that has the volume for it");
    host.machine().containers.get_mut("pipglr").unwrap().without_state();
    for verb in [Verb::Stop, Verb::Restart] {
        assert!(refused(&setup, verb).what.contains("GitLab has renewed a token"));
    }
    host.machine().containers.get_mut("pipglr").unwrap().unit = None;
    assert_eq!(plan(&setup, Verb::Stop).len(), 2, "it stays in a container that stays");
    host.machine().containers.clear();
    for verb in [Verb::Start, Verb::Stop, Verb::Restart] {
        assert!(refused(&setup, verb).advice.contains("`pipglr setup`"));
    }
    let (host, setup) = machine(|container| container.unit = Some("gone.service"));
    host.machine().unit = "Id=gone.service\nLoadState=not-found\nActiveState=inactive";
    assert!(refused(&setup, Verb::Stop).what.contains("gone.service"));
    let standing = change::read_standing(&setup.target).unwrap();
    let problem = change::propose(&setup.target, &standing, &Secret::new("concurrent = 5\n"), false).unwrap_err();
    assert!(problem.what.contains("gone.service"), "before the secret is touched: {problem}");
    assert_eq!(host.machine().changes, [""; 0]);
}

#[test]
fn a_unit_stops_the_container_only_after_the_last_job() {
    let (host, setup) = machine(|container| container.unit = Some("pipglr.service"));
    (host.machine().unit, host.machine().nested, host.machine().draining) = (UNIT, JOB, 5);
    let standing = change::read_standing(&setup.target).unwrap();
    let proposal = change::propose(&setup.target, &standing, &Secret::new("concurrent = 5\n"), false).unwrap();
    assert_eq!(proposal.jobs, Some([7].into()));
    let [warning, _] = &proposal.plan.warnings[..] else { panic!("{:?}", proposal.plan.warnings) };
    assert!(warning.contains("pipglr.service ends all jobs after 90 s") && warning.contains("TimeoutStopSec=3720"));
    let heard = Heard::default();
    change::carry_out(&setup.target, &proposal, Sudo::Silent, &heard).unwrap();
    assert_eq!(*heard.lines.lock().unwrap(), ["waiting for job 7 (for 0 s) (0 s)"], "once, while it stays the same");
    let machine = host.machine();
    let [.., drained, restarted] = &machine.changes[..] else { panic!("{:?}", machine.changes) };
    assert_eq!(drained, "podman exec pipglr timeout 1 systemctl stop runner.service");
    assert_eq!(restarted, "systemctl --user restart pipglr.service");
    assert_eq!(machine.draining, 0, "asked until gitlab-runner had ended");
}

/// Hears what is said, and stops when it hears that jobs are waited for.
#[derive(Default)]
struct Heard {
    lines: Mutex<Vec<String>>,
    stops: bool,
}

impl Progress for Heard {}

impl Watch for Heard {
    fn line(&self, line: &str) {
        if line.starts_with("waiting") {
            self.lines.lock().unwrap().push(line.to_owned());
        }
    }

    fn stopped(&self) -> bool {
        self.stops && !self.lines.lock().unwrap().is_empty()
    }
}

#[test]
fn a_wait_that_is_cut_off_leaves_gitlab_runner_at_work_and_says_so() {
    let (host, setup) = machine(|_| {});
    (host.machine().nested, host.machine().draining) = (JOB, 5);
    let operation = lifecycle::plan(&setup.target, Verb::Stop, false).unwrap();
    assert_eq!(operation.words(), "It waits for job 7 (for 0 s).");
    let cut = Heard { stops: true, ..Heard::default() };
    let problem: Problem = lifecycle::carry_out(&setup.target, &operation, Sudo::Silent, &cut).unwrap_err();
    assert_eq!(problem.kind, Kind::Interrupted);
    assert!(problem.what.contains("gitlab-runner goes on"), "{problem}");
    let machine = host.machine();
    assert_eq!(machine.containers["pipglr"].state, "running");
    assert_eq!(
        machine.changes,
        [
            "podman exec pipglr timeout 1 systemctl stop runner.service",
            "podman exec pipglr systemctl start --no-block runner.service"
        ]
    );
}

#[test]
fn jobs_are_ended_and_gitlab_told_before_a_unit_stops_the_container() {
    let (host, setup) = machine(|container| container.unit = Some("pipglr.service"));
    (host.machine().unit, host.machine().nested, host.machine().draining) = (UNIT, JOB, 3);
    let operation = lifecycle::plan(&setup.target, Verb::Stop, true).unwrap();
    assert_eq!(operation.words(), "It ends job 7 (for 0 s).");
    assert!(operation.ends_jobs());
    let refused = operation.unasked("pipglr");
    assert_eq!(refused.kind, Kind::Usage);
    assert_eq!(refused.what, "It ends job 7 (for 0 s). That needs a yes, and nobody is there to be asked.");
    assert!(refused.advice.starts_with("`pipglr stop --now --yes` says it"), "{refused}");
    lifecycle::carry_out(&setup.target, &operation, Sudo::Silent, &()).unwrap_err(); // the pretend container runs on
    assert_eq!(
        host.machine().changes,
        [
            "podman exec pipglr systemctl stop --no-block runner.service",
            "podman exec pipglr systemctl kill '--signal=SIGTERM' runner.service",
            "systemctl --user stop pipglr.service"
        ]
    );
}

#[test]
fn of_a_container_that_is_being_stopped_it_is_not_said_that_no_job_runs() {
    let (_, setup) = machine(|container| container.state = "stopping");
    let standing = change::read_standing(&setup.target).unwrap();
    let new = Secret::new("concurrent = 5\n");
    assert_eq!(change::propose(&setup.target, &standing, &new, false).unwrap().jobs, None);
    let operation = lifecycle::plan(&setup.target, Verb::Stop, false).unwrap();
    assert_eq!(operation.jobs, None);
    assert!(operation.words().contains("does not say which"));
}

#[test]
fn a_pause_outlasts_a_restart_and_is_said_where_somebody_starts_it() {
    let (host, setup) = machine(|_| {});
    host.machine().nested = JOB;
    let operate = |verb| {
        let operation = lifecycle::plan(&setup.target, verb, false).unwrap();
        lifecycle::carry_out(&setup.target, &operation, Sudo::Silent, &()).unwrap();
        operation
    };
    assert!(operate(Verb::Resume).plan.is_empty());
    assert_eq!(operate(Verb::Pause).words(), "No new job is taken; it goes on with job 7 (for 0 s).");
    assert_eq!(host.machine().changes, ["pause"], "nothing is stopped but gitlab-runner");
    assert!(operate(Verb::Pause).plan.is_empty());
    operate(Verb::Restart);
    assert_eq!(lifecycle::paused_since(&setup.target).as_deref(), Some("2026-11-24T10:00:00Z"));
    let rung = |id| Rung { id, ok: Some(false), detail: String::new(), said: vec![], rests: false };
    let fails = |id| ladder::problem(&setup.target, &[rung(id)]);
    assert_eq!(fails(RungId::Runner), None, "it is as it should be");
    assert!(fails(RungId::Podman).is_some());
    let problem = lifecycle::plan(&setup.target, Verb::Start, false).unwrap_err();
    assert!(problem.what.contains("was paused") && problem.advice.contains("`pipglr resume`"), "{problem}");
    operate(Verb::Resume);
    assert!(fails(RungId::Runner).is_some());
    assert_eq!(host.machine().changes.last().unwrap(), "resume");
    assert_eq!(lifecycle::paused_since(&setup.target), None);

    let (_, setup) = machine(|container| container.state = "exited");
    for verb in [Verb::Pause, Verb::Resume] {
        let problem = lifecycle::plan(&setup.target, verb, false).unwrap_err();
        assert!(problem.what.contains("does not run (exited)") && problem.advice.contains("pipglr start"), "{problem}");
    }
    let (host, setup) = machine(|_| {});
    host.machine().containers.clear();
    for verb in [Verb::Pause, Verb::Resume] {
        let problem = lifecycle::plan(&setup.target, verb, false).unwrap_err();
        assert!(problem.what.contains("(missing)") && problem.advice.contains("pipglr status"), "{problem}");
    }
}

#[test]
fn a_pause_that_would_go_with_the_container_of_an_older_image_is_carried_over_and_said() {
    for (paused, older_image) in [(true, true), (true, false), (false, true)] {
        let (host, setup) = machine(|_| {});
        (host.machine().paused, host.machine().older_image) = (paused, older_image);
        let standing = change::read_standing(&setup.target).unwrap();
        let proposal = change::propose(&setup.target, &standing, &Secret::new("concurrent = 5\n"), false).unwrap();
        let says = proposal.plan.warnings.iter().any(|warning| warning.contains("is paused, and stays so"));
        assert_eq!(says, paused && older_image, "{:?}", proposal.plan.warnings);
        change::carry_out(&setup.target, &proposal, Sudo::Silent, &()).unwrap();
        let changes = host.machine().changes.clone();
        let at = |what: &str| changes.iter().position(|change| change.contains(what));
        assert_eq!(at("pause").is_some(), says, "{changes:?}");
        assert!(!says || at("pause") > at("podman start"), "once it runs: {changes:?}");
    }
}
