//! What a step says that Enter does is what its plan does.

use crate::support::{FakeHost, all_steps};
use pipglr::apply::Sudo;
use pipglr::steps::{Setup, State, Step};

const GLRT: &str = "glrt-t1_abcdefghijklmnop";

/// What Enter is called on a step that is ready.
fn called(setup: &Setup, step: Step) -> &'static str {
    let report = setup.check(step).unwrap();
    assert_eq!(report.state, State::Ready, "{step:?}");
    report.verb
}

#[test]
fn a_container_that_runs_is_not_said_to_be_started() {
    let host = FakeHost::fresh();
    let setup = host.setup(&[GLRT]);
    for step in [Step::Persistent, Step::IdRanges, Step::Registration, Step::Configuration, Step::Volumes] {
        let report = setup.check(step).unwrap();
        if step == Step::Configuration {
            assert_eq!(report.verb, "store it");
        }
        setup.carry_out(&report, Sudo::Silent, &()).unwrap();
    }
    assert_eq!(called(&setup, Step::Startup), "start it");
    all_steps(&setup).unwrap();
    host.machine().containers.get_mut("pipglr").unwrap().state = "exited";
    assert_eq!(called(&setup, Step::Startup), "start it");
    all_steps(&setup).unwrap();
    host.machine().secrets.get_mut("config.toml").unwrap().0 = 99;
    assert_eq!(called(&setup, Step::Startup), "recreate it");
    all_steps(&setup).unwrap();
    let mut setup = setup;
    setup.wants.answers.start_at_boot = Some(true);
    host.machine().unit = "";
    assert_eq!(called(&setup, Step::Startup), "start it at boot");
}

#[test]
fn a_work_file_that_was_stored_before_is_not_said_to_be_stored() {
    let host = FakeHost::set_up(GLRT);
    let stored = host.machine().secrets["config.toml"].1.clone();
    host.machine().files.insert("/home/johndoe/.local/state/pipglr/work/config.toml".into(), stored);
    assert_eq!(called(&host.setup(&[]), Step::Configuration), "clear it up");
}

#[test]
fn an_image_of_this_machine_alone_is_built_and_never_pulled() {
    let host = FakeHost::fresh();
    host.machine().image = false;
    let mut setup = host.setup(&[]);
    assert_eq!(called(&setup, Step::Image), "pull it");
    setup.target.image = "localhost/pipglr:latest".into();
    assert_eq!(called(&setup, Step::Image), "build it");
    let plan = setup.check(Step::Image).unwrap().plan;
    assert!(!plan.all().flat_map(|action| action.shell()).any(|line| line.contains("podman pull")), "{plan:?}");
}
