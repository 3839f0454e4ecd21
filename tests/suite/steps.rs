//! The six steps on a pretend machine: what they do, what they leave, and what happens when something fails.

use crate::support::{FakeHost, all_steps};
use pipglr::answers::Allow;
use pipglr::apply::{Progress, Sudo};
use pipglr::config::document;
use pipglr::host::Watch;
use pipglr::plan::Action;
use pipglr::problem::Kind;
use pipglr::steps::{Setup, State, Step};
use std::path::Path;
use std::sync::{Arc, Mutex};

const GLRT: &str = "glrt-t1_abcdefghijklmnop";
const LEGACY: &str = "GR1348941abcdefghijk";
const WORK: &str = "/home/johndoe/.local/state/pipglr/work/config.toml";

fn config(host: &FakeHost) -> document::Config {
    let machine = host.machine();
    document::read(std::str::from_utf8(&machine.secrets["config.toml"].1).unwrap()).unwrap()
}

/// What a finished host looks like; nothing of the way there is left.
fn assert_finished(host: &FakeHost, runners: usize) {
    assert_eq!(config(host).runners.len(), runners);
    let machine = host.machine();
    assert_eq!(machine.secrets.keys().collect::<Vec<_>>(), ["config.toml"], "the token's secret is gone");
    assert!(!machine.files.contains_key(Path::new(WORK)), "the work file is gone");
    assert_eq!(machine.volumes["pipglr-storage"], (1000, 1000));
    assert_eq!(machine.volumes["pipglr-cache"], (1001, 1001));
    assert_eq!(machine.in_force, 65_539);
    assert_eq!(machine.containers.keys().collect::<Vec<_>>(), ["pipglr"]);
    let container = &machine.containers["pipglr"];
    assert_eq!((container.state, container.secret.clone()), ("running", machine.secrets["config.toml"].0.to_string()));
}

#[test]
fn from_a_bare_account_to_a_container() {
    let host = FakeHost::fresh();
    all_steps(&host.setup(&[GLRT])).unwrap();
    assert_finished(&host, 1);
}

#[test]
fn a_second_run_changes_nothing() {
    let host = FakeHost::fresh();
    all_steps(&host.setup(&[GLRT])).unwrap();
    host.machine().changes.clear();
    all_steps(&host.setup(&[])).unwrap();
    all_steps(&host.setup(&[GLRT])).unwrap();
    assert_eq!(host.machine().changes, Vec::<String>::new());
}

#[test]
fn what_another_pipglr_has_done_meanwhile_is_not_done_twice() {
    let host = FakeHost::fresh();
    let (one, two) = (host.setup(&[GLRT]), host.setup(&[GLRT]));
    let seen = two.check(Step::IdRanges).unwrap().plan;
    let usermods = || host.machine().changes.iter().filter(|change| change.contains("usermod")).count();
    // A part of it: only the rest is left.
    let mut part = one.check(Step::IdRanges).unwrap();
    let migration = part.plan.actions.pop();
    let _ = one.carry_out(&part, Sudo::Silent, &()); // not in force yet, it says
    assert_eq!(usermods(), 2);
    let left = two.left_of(Step::IdRanges, seen.clone()).unwrap().unwrap();
    assert_eq!(left.actions.last(), migration.as_ref());
    assert!(left.actions.len() == 1, "{left:?}");
    // All of it.
    all_steps(&one).unwrap();
    assert_eq!(two.left_of(Step::IdRanges, seen.clone()), Ok(None));
    assert_eq!(usermods(), 2);
    // Another's ranges stand where ours were to be: what was shown is not run, nor is what nobody has seen.
    let host = FakeHost::fresh();
    let two = host.setup(&[GLRT]);
    let lines = "johndoe:100000:65536\nother:165536:65536\n";
    for file in ["/etc/subuid", "/etc/subgid"] {
        host.machine().files.insert(file.into(), lines.into());
    }
    assert!(two.left_of(Step::IdRanges, seen).is_err_and(|problem| problem.what.contains("nothing was done")));
}

#[test]
fn a_token_is_never_in_a_command() {
    for token in [GLRT, LEGACY] {
        let host = FakeHost::fresh();
        all_steps(&host.setup(&[token])).unwrap();
        let machine = host.machine();
        assert!(!format!("{:?}{:?}", machine.commands, machine.changes).contains(token));
    }
}

#[test]
fn an_authentication_token_registers_once_and_concurrent_does_the_rest() {
    let host = FakeHost::fresh();
    let mut setup = host.setup(&[GLRT]);
    setup.wants.answers.runners = Some(4);
    setup.wants.answers.concurrent = Some(4);
    all_steps(&setup).unwrap();
    assert_finished(&host, 1);
    assert_eq!(config(&host).concurrent, Some(4));
}

#[test]
fn several_tokens_register_each() {
    let host = FakeHost::fresh();
    all_steps(&host.setup(&[GLRT, "glrt-t1_bbbbbbbbbbbbbbbb"])).unwrap();
    assert_finished(&host, 2);
    assert_eq!(config(&host).concurrent, Some(2), "as many jobs at once as there are runners");
}

#[test]
fn a_failed_registration_loses_none_before_it() {
    let host = FakeHost::fresh();
    host.machine().registrations = ["", "", "ERROR: Registering runner... forbidden (check registration token)"].into();
    let mut setup = host.setup(&[LEGACY]);
    setup.wants.answers.runners = Some(3);
    let problem = all_steps(&setup).unwrap_err();
    assert!(problem.cause.contains("does not accept"), "{problem}");
    {
        let machine = host.machine();
        assert!(machine.secrets.is_empty(), "the token is not left behind");
        let kept = document::read(std::str::from_utf8(&machine.files[Path::new(WORK)]).unwrap()).unwrap();
        assert_eq!(kept.runners.len(), 2);
    }
    let before = registrations(&host);
    all_steps(&setup).unwrap();
    assert_finished(&host, 3);
    assert_eq!(registrations(&host) - before, 1, "only what is missing is registered");
}

#[test]
fn one_container_registers_what_is_alike_and_each_registration_is_told_apart() {
    #[derive(Default)]
    struct Told(Mutex<Vec<String>>);
    impl Progress for Told {
        fn begin(&self, index: usize, action: &Action) {
            if let Action::Register { number, .. } = action {
                self.0.lock().unwrap().push(format!("{index} begins: {number}"));
            }
        }
        fn end(&self, index: usize, ok: bool) {
            self.0.lock().unwrap().push(format!("{index} ends: {ok}"));
        }
    }
    impl Watch for Told {}
    let host = FakeHost::fresh();
    host.machine().registrations = ["", "502 Bad Gateway", "", "forbidden (check registration token)"].into();
    let mut setup = host.setup(&[LEGACY]);
    setup.wants.answers.runners = Some(4);
    let report = setup.check(Step::Registration).unwrap();
    let first = report.plan.actions.iter().position(|action| matches!(action, Action::Register { .. })).unwrap();
    let told = Told::default();
    let problem = setup.carry_out(&report, Sudo::Silent, &told).unwrap_err();
    assert!(problem.cause.contains("does not accept"), "{problem}");
    assert!(!problem.said.iter().any(|line| line.contains("successfully")), "{problem}");
    let told = told.0.into_inner().unwrap();
    let begun = told.iter().position(|line| line.contains("begins")).unwrap();
    let of = |at: usize, what: &str| format!("{} {what}", first + at);
    let expected = [
        of(0, "begins: 1"),
        of(0, "ends: true"),
        of(1, "begins: 2"),
        of(1, "ends: true"),
        of(2, "begins: 3"),
        of(2, "ends: false"),
    ];
    assert_eq!(told[begun..begun + 6], expected, "{told:#?}");
    assert_eq!(registrations(&host), 2, "once more where the server fell over");
    host.machine().registrations.clear();
    all_steps(&setup).unwrap();
    assert_finished(&host, 4);
}

#[test]
fn a_podman_that_fails_when_all_are_registered_makes_no_further_runner() {
    for runners in [1, 2] {
        let host = FakeHost::fresh();
        let behind = ["", "behind it: Error: removing container: 500 Internal Server Error"];
        host.machine().registrations = behind[2 - runners..].to_vec().into();
        let mut setup = host.setup(&[LEGACY]);
        setup.wants.answers.runners = Some(runners as u32);
        all_steps(&setup).unwrap();
        assert_finished(&host, runners);
        assert_eq!(registrations(&host), 1, "{runners}");
    }
}

fn registrations(host: &FakeHost) -> usize {
    host.machine().commands.iter().filter(|cmd| cmd.ends_with(" register")).count()
}

#[test]
fn a_token_that_a_cut_off_run_left_in_podman_is_used() {
    let host = FakeHost::fresh();
    host.machine().secrets.insert("REGISTRATION_TOKEN".into(), (1, GLRT.into()));
    let mut setup = host.setup(&[]);
    let left = pipglr::steps::registration::leftover_token(&setup).unwrap();
    setup.wants.vault.tokens.extend(left);
    all_steps(&setup).unwrap();
    assert_finished(&host, 1);
}

#[test]
fn a_refused_token_leaves_nothing_behind() {
    let host = FakeHost::fresh();
    host.machine().registrations = ["Verifying runner... is not valid  runner=t1_abcdef"].into();
    let problem = all_steps(&host.setup(&[GLRT])).unwrap_err();
    assert_eq!(problem.kind, Kind::Failed);
    assert!(problem.said.iter().any(|line| line.contains("is not valid")), "{problem}");
    let machine = host.machine();
    assert!(machine.secrets.is_empty() && !machine.files.contains_key(Path::new(WORK)));
}

#[test]
fn what_may_pass_is_repeated_and_what_may_not_is_not() {
    let host = FakeHost::fresh();
    host.machine().registrations = ["500 Internal Server Error", "http: ContentLength=858 with Body length 0"].into();
    all_steps(&host.setup(&[GLRT])).unwrap();
    assert_eq!(registrations(&host), 3);

    let host = FakeHost::fresh();
    host.machine().registrations = ["410 Gone (410 Gone - runner registration disallowed)"].into();
    assert!(all_steps(&host.setup(&[LEGACY])).is_err());
    assert_eq!(registrations(&host), 1);
}

#[test]
fn the_server_and_the_name_are_chosen_without_a_new_image() {
    let host = FakeHost::fresh();
    let mut setup = host.setup(&[GLRT]);
    setup.wants.answers.gitlab_url = Some("https://gitlab.example/".into());
    setup.wants.answers.description = Some("build box".into());
    all_steps(&setup).unwrap();
    let machine = host.machine();
    let register = machine.commands.iter().find(|cmd| cmd.ends_with(" register")).unwrap();
    assert!(
        register.contains("--env 'RUNNER_NAME=build box' --env 'CI_SERVER_URL=https://gitlab.example/' "),
        "{register}"
    );
}

#[test]
fn a_store_that_loses_what_it_took_is_found_out_and_the_work_file_stays() {
    let host = FakeHost::fresh();
    let setup = host.setup(&[GLRT]);
    for step in [Step::Persistent, Step::IdRanges, Step::Registration] {
        let report = setup.check(step).unwrap();
        setup.carry_out(&report, Sudo::Silent, &()).unwrap();
    }
    host.machine().lossy = true;
    let report = setup.check(Step::Configuration).unwrap();
    let problem = setup.carry_out(&report, Sudo::Silent, &()).unwrap_err();
    assert!(problem.what.contains("did not give back"), "{problem}");
    assert!(host.machine().files.contains_key(Path::new(WORK)));
}

#[test]
fn without_root_nothing_is_begun_and_the_commands_are_printed() {
    for sudo in [Some(false), None] {
        let host = FakeHost::fresh();
        host.machine().sudo = sudo;
        let setup = host.setup(&[GLRT]);
        let report = setup.check(Step::IdRanges).unwrap();
        assert_eq!(report.allows, [Allow::IdRanges, Allow::Migrate]);
        let problem = setup.carry_out(&report, Sudo::Silent, &()).unwrap_err();
        assert_eq!(problem.kind, Kind::NeedsRoot);
        assert!(problem.advice.contains(
            "sudo usermod --add-subuids 165536-165538 johndoe\nsudo usermod --add-subgids 165536-165538 johndoe"
        ));
        assert!(host.machine().changes.is_empty());
    }
}

/// An administrator is asked once: what was refused, and root's part of all that comes after it.
#[test]
fn what_sudo_refuses_comes_with_all_that_root_is_needed_for() {
    let host = FakeHost::fresh();
    host.machine().sudo = None;
    host.machine().fail_at = Some(0); // polkit refuses linger
    let setup = host.setup(&[GLRT]);
    let report = setup.check(Step::Persistent).unwrap();
    let problem = setup.carry_out(&report, Sudo::Terminal, &()).unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsRoot);
    let lines: Vec<&str> = problem.advice.lines().filter(|line| line.starts_with("sudo ")).collect();
    assert_eq!(
        lines,
        [
            "sudo loginctl enable-linger johndoe",
            "sudo usermod --add-subuids 165536-165538 johndoe",
            "sudo usermod --add-subgids 165536-165538 johndoe"
        ]
    );
    // One that is asked for its password and refuses it: the second command is not forgotten.
    host.machine().sudo = Some(false);
    let next = host.machine().changes.len();
    host.machine().fail_at = Some(next);
    let report = setup.check(Step::IdRanges).unwrap();
    let problem = setup.carry_out(&report, Sudo::Terminal, &()).unwrap_err();
    assert!(problem.advice.contains("--add-subuids") && problem.advice.contains("--add-subgids"), "{problem}");
}

#[test]
fn what_is_registered_is_to_be_seen_before() {
    let host = FakeHost::fresh();
    let mut setup = host.setup(&[LEGACY]);
    setup.wants.answers.runners = Some(3);
    setup.wants.answers.gitlab_url = Some("https://gitlab.example/".into());
    let found = |setup: &Setup, what: &str| {
        let report = setup.check(Step::Registration).unwrap();
        report.facts.iter().find(|fact| fact.what == what).map(|fact| fact.found.clone())
    };
    assert_eq!(found(&setup, "GitLab").as_deref(), Some("https://gitlab.example/"));
    assert_eq!(found(&setup, "name in GitLab").as_deref(), Some("pipglr johndoe@testhost"));
    assert_eq!(found(&setup, "jobs at once").as_deref(), Some("3"), "as many as registrations");
    setup.wants = host.setup(&[]).wants;
    assert_eq!(found(&setup, "GitLab").as_deref(), Some("https://gitlab.com/"), "the image's own");
    let State::Asks(what) = setup.check(Step::Registration).unwrap().state else { panic!("nothing is asked") };
    assert!(what.contains("authentication token") && !what.contains("registration"), "{what}");
}

#[test]
fn a_stale_map_needs_only_the_migration_and_says_what_it_stops() {
    let host = FakeHost::fresh();
    all_steps(&host.setup(&[GLRT])).unwrap();
    host.machine().in_force = 65_536;
    let report = host.setup(&[]).check(Step::IdRanges).unwrap();
    assert_eq!(report.plan.all().flat_map(|a| a.shell()).collect::<Vec<_>>(), ["podman system migrate"]);
    assert!(report.plan.warnings[0].contains("stops 1 running container: pipglr"), "{:?}", report.plan.warnings);
    all_steps(&host.setup(&[])).unwrap();
    assert_finished(&host, 1); // started again
}

#[test]
fn a_container_with_an_older_secret_is_made_again() {
    let host = FakeHost::fresh();
    all_steps(&host.setup(&[GLRT])).unwrap();
    host.machine().secrets.get_mut("config.toml").unwrap().0 = 99;
    let report = host.setup(&[]).check(Step::Startup).unwrap();
    let lines: Vec<_> = report.plan.all().flat_map(|action| action.shell()).collect();
    assert!(lines[1].starts_with("podman create --name pipglr -t ") && lines[1].contains("--secret"), "{lines:?}");
    let then = ["podman stop pipglr", "podman rm pipglr", "podman rename pipglr-next pipglr", "podman start pipglr"];
    assert_eq!(lines[lines.len() - then.len()..], then);
    all_steps(&host.setup(&[])).unwrap();
    assert_finished(&host, 1);
}

#[test]
fn volumes_are_made_anew_only_when_asked() {
    let host = FakeHost::fresh();
    all_steps(&host.setup(&[GLRT])).unwrap();
    let mut setup = host.setup(&[]);
    setup.wants.recreate_volumes = true;
    let report = setup.check(Step::Volumes).unwrap();
    let lines: Vec<_> = report.plan.all().flat_map(|action| action.shell()).collect();
    assert!(lines[0].starts_with("# write ") && lines[0].contains("work/container.json"), "{lines:?}");
    assert_eq!(lines[2..5], ["podman stop pipglr", "podman rm pipglr", "podman volume rm pipglr-storage"]);
    // It is recreated by its own command, which is then forgotten.
    host.machine().containers.get_mut("pipglr").unwrap().made_by.extend(["--mine".into()]);
    setup.carry_out(&setup.check(Step::Volumes).unwrap(), Sudo::Silent, &()).unwrap();
    assert_eq!(host.machine().volumes["pipglr-storage"], (1000, 1000), "there again");
    setup.wants.recreate_volumes = false;
    setup.carry_out(&setup.check(Step::Startup).unwrap(), Sudo::Silent, &()).unwrap();
    assert!(host.machine().containers["pipglr"].made_by.contains(&"--mine".to_owned()));
    assert!(!host.machine().files.keys().any(|path| path.ends_with("container.json")));
    host.machine().volumes.insert("pipglr-cache".into(), (0, 0));
    let report = host.setup(&[]).check(Step::Volumes).unwrap();
    assert!(matches!(report.state, State::Blocked(_)), "a wrong owner is said");
}

#[test]
fn a_configuration_of_ones_own_gets_the_registered_token() {
    let host = FakeHost::fresh();
    let base = "concurrent = 3 # mine\n\n[[runners]]\n  name = \"mine\"\n";
    host.machine().files.insert("/home/johndoe/base.toml".into(), base.into());
    let mut setup = host.setup(&[GLRT]);
    setup.wants.answers.config_file = Some("/home/johndoe/base.toml".into());
    setup.wants.answers.concurrent = Some(5);
    all_steps(&setup).unwrap();
    let machine = host.machine();
    let text = String::from_utf8_lossy(&machine.secrets["config.toml"].1).into_owned();
    assert!(
        text.starts_with("concurrent = 5 # mine\n") && text.contains(GLRT) && text.contains("name = \"mine\""),
        "{text}"
    );
}

#[test]
fn answers_bring_a_host_that_is_set_up_to_what_they_say() {
    let host = FakeHost::fresh();
    all_steps(&host.setup(&[GLRT])).unwrap();
    let asked = |concurrent, file: Option<&str>| {
        let mut setup = host.setup(&[]);
        setup.wants.converge = true;
        setup.wants.answers.concurrent = concurrent;
        setup.wants.answers.config_file = file.map(Into::into);
        setup
    };
    let text = || String::from_utf8_lossy(&host.machine().secrets["config.toml"].1).into_owned();
    let nothing_to_do = |setup: &Setup| {
        host.machine().changes.clear();
        all_steps(setup).unwrap();
        assert_eq!(host.machine().changes, Vec::<String>::new());
    };
    let before = text();
    nothing_to_do(&asked(None, None));
    nothing_to_do(&asked(config(&host).concurrent.and_then(|n| u32::try_from(n).ok()), None));
    // A number: that, and not a byte else; the container works with it.
    all_steps(&asked(Some(7), None)).unwrap();
    let was = format!("concurrent = {}", document::read(&before).unwrap().concurrent.unwrap());
    assert_eq!(text(), before.replace(&was, "concurrent = 7"));
    assert_finished(&host, 1);
    nothing_to_do(&asked(Some(7), None));
    // A file that leaves the token and the name to the host.
    let base = "concurrent = 3 # mine\n\n[[runners]]\n  executor = \"docker\"\n  limit = 2\n  [runners.docker]\n    image = \"alpine\"\n";
    host.machine().files.insert("/home/johndoe/base.toml".into(), base.into());
    let file = Some("/home/johndoe/base.toml");
    all_steps(&asked(None, file)).unwrap();
    assert_finished(&host, 1);
    assert!(text().starts_with("concurrent = 3 # mine\n") && text().contains(GLRT) && text().contains("limit = 2"));
    assert_eq!(config(&host).runners[0].name, document::read(&before).unwrap().runners[0].name);
    nothing_to_do(&asked(None, file));
    all_steps(&asked(Some(1), file)).unwrap();
    nothing_to_do(&asked(Some(1), file));
    // A file that nothing works with is refused before anything is changed.
    let wrong = base.replace("limit = 2", "limit = \"two\"");
    host.machine().files.insert("/home/johndoe/base.toml".into(), wrong.into());
    let report = asked(None, file).check(Step::Configuration).unwrap();
    assert!(matches!(report.state, State::Blocked(problem) if problem.kind == Kind::Found));
    // What an earlier run was answered is no answer of today's.
    let mut resumed = asked(Some(9), None);
    resumed.wants.converge = false;
    nothing_to_do(&resumed);
}

#[test]
fn a_podman_before_4_7_sets_up_and_needs_no_container_to_read_a_secret() {
    let host = FakeHost::fresh();
    host.machine().version = "4.3.1";
    all_steps(&host.setup(&[GLRT])).unwrap();
    assert_finished(&host, 1);
    let commands = host.machine().commands.clone();
    assert!(commands.iter().all(|words| !words.contains("--entrypoint sh")), "{commands:?}");
}

/// Every change of the whole way fails once. The next run, told nothing of it, reaches the same end.
#[test]
fn wherever_it_fails_the_next_run_gets_there() {
    let points = {
        let host = FakeHost::fresh();
        all_steps(&legacy(&host)).unwrap();
        host.machine().changes.len()
    };
    assert!(points > 12, "{points}");
    for point in 0..points {
        let host = FakeHost::fresh();
        host.machine().fail_at = Some(point);
        let failed = all_steps(&legacy(&host));
        let what = host.machine().changes[point].clone();
        // Linger alone has a second way: what polkit refuses is done through sudo.
        assert!(failed.is_err() || what.starts_with("loginctl"), "the failure of {what} went unnoticed");
        all_steps(&legacy(&host)).unwrap_or_else(|problem| panic!("after {what}: {problem}"));
        assert_finished(&host, 2);
    }
}

fn legacy(host: &Arc<FakeHost>) -> Setup {
    let mut setup = host.setup(&[LEGACY]);
    setup.wants.answers.runners = Some(2);
    setup
}

#[test]
fn an_authority_that_is_given_later_reaches_a_host_that_is_set_up() {
    let host = FakeHost::fresh();
    all_steps(&host.setup(&[GLRT])).unwrap();
    let pem = |what: &str| format!("-----BEGIN CERTIFICATE-----\n{what}\n-----END CERTIFICATE-----\n").into_bytes();
    let trusted = || {
        let machine = host.machine();
        let (id, text) = machine.secrets["pipglr-ca"].clone();
        (machine.containers["pipglr"].authority == Some(id)).then_some(text)
    };
    let mut setup = host.setup(&[]);
    setup.wants.answers.ca_file = Some("/srv/ca.pem".into());
    // A new one takes the place of the one before.
    for what in ["one", "two"] {
        host.machine().files.insert("/srv/ca.pem".into(), pem(what));
        all_steps(&setup).unwrap();
        assert_eq!(trusted(), Some(pem(what)));
        host.machine().changes.clear();
        all_steps(&setup).unwrap();
        assert_eq!(host.machine().changes, Vec::<String>::new(), "a second run changes nothing");
    }
    // Without the answer it stays.
    all_steps(&host.setup(&[])).unwrap();
    assert_eq!((trusted(), host.machine().changes.len()), (Some(pem("two")), 0));
}
