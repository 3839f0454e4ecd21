//! What starts the container when the machine starts, on a pretend machine.

use crate::support::{FakeContainer, FakeHost, all_steps};
use pipglr::answers::Answers;
use pipglr::apply::{Sudo, apply};
use pipglr::boot::{self, By, Change};
use pipglr::change;
use pipglr::host::{Cmd, Host};
use pipglr::plan::Action;
use pipglr::secret::Vault;
use pipglr::steps::{Setup, State, Step};
use std::path::Path;
use std::sync::Arc;

const TOKEN: &str = "glrt-t1_abcdefghijklmnop";
const QUADLET: &str = "/home/johndoe/.config/containers/systemd/pipglr/pipglr.container";
const BEFORE: &str = "/home/johndoe/.local/state/pipglr/boot/pipglr.json";

fn machine(change: impl Fn(&mut FakeContainer)) -> (Arc<FakeHost>, Setup) {
    let host = FakeHost::set_up(TOKEN);
    change(host.machine().containers.get_mut("pipglr").unwrap());
    host.machine().unit = "";
    host.machine().changes.clear();
    let setup = host.setup(&[]);
    (host, setup)
}

fn carry_out(setup: &Setup, change: &Change) {
    apply(&*setup.target.host, &change.plan, &Vault::default(), Sudo::Silent, &()).unwrap();
}

fn enable(setup: &Setup) -> Change {
    let change = boot::enable(&setup.target, false).unwrap();
    carry_out(setup, &change);
    change
}

fn disable(setup: &Setup) -> Change {
    let change = boot::disable(&setup.target, false).unwrap();
    carry_out(setup, &change);
    change
}

fn text(host: &FakeHost) -> String {
    String::from_utf8(host.machine().files[Path::new(QUADLET)].clone()).unwrap()
}

#[test]
fn a_container_is_taken_over_with_its_own_options_and_given_back_as_it_was() {
    let (host, setup) = machine(|container| {
        let own = ["-e", "GREETING=50% of $HOME", "--network", "build", "--device", "/dev/kvm"].map(str::to_owned);
        container.made_by.splice(2..2, own);
    });
    let before = host.machine().containers["pipglr"].made_by.clone();
    assert_eq!(boot::look(&*host, "pipglr").unwrap(), None);
    let change = enable(&setup);
    assert!(change.words.contains("pipglr.service makes the container"), "{}", change.words);
    for line in [
        "PodmanArgs=-e \"GREETING=50%% of $$HOME\"",
        "PodmanArgs=--device /dev/kvm",
        "PodmanArgs=--network build",
        "Notify=healthy",
        "TimeoutStopSec=3720",
        "SuccessExitStatus=130 143",
        "DefaultDependencies=false",
        "AutoUpdate=registry",
        "PodmanArgs=--log-opt path=/home/johndoe/.local/state/pipglr/boot/pipglr.log",
    ] {
        assert!(text(&host).lines().any(|found| found == line), "{line}: {}", text(&host));
    }
    assert!(!text(&host).contains("--restart") && !text(&host).contains("--name"), "{}", text(&host));
    let starter = boot::look(&*host, "pipglr").unwrap().unwrap();
    assert_eq!((starter.by, starter.ours, starter.at_boot()), (By::Quadlet, true, true));
    let container = host.machine().containers["pipglr"].clone();
    assert_eq!((container.unit, container.state), (Some("pipglr.service"), "running"));
    assert!(boot::enable(&setup.target, false).unwrap().plan.is_empty(), "a second time there is nothing to do");
    assert!(
        !host.machine().files.keys().any(|path| path.to_string_lossy().contains("/check/")),
        "what was tried is gone"
    );

    disable(&setup);
    let machine = host.machine();
    let given_back = &machine.containers["pipglr"];
    assert_eq!((given_back.unit, given_back.state, given_back.auto_remove), (None, "running", false));
    let options = |words: &[String]| words.iter().skip(2).filter(|word| *word != "-d").cloned().collect::<Vec<_>>();
    let (mut old, mut new) = (options(&before), options(&given_back.made_by));
    old.sort();
    new.sort();
    assert_eq!(old, new);
    assert!(!machine.files.contains_key(Path::new(QUADLET)) && !machine.files.contains_key(Path::new(BEFORE)));
}

#[test]
fn nothing_is_stopped_before_podmans_own_generator_has_taken_the_quadlet() {
    let (_, setup) = machine(|_| {});
    let change = boot::enable(&setup.target, false).unwrap();
    let lines: Vec<_> = change.plan.actions.iter().flat_map(Action::shell).collect();
    let at = |words: &str| {
        lines.iter().position(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {lines:#?}"))
    };
    assert!(at("-dryrun") < at("podman stop pipglr"), "{lines:#?}");
    assert!(at(QUADLET) < at("podman rm pipglr") && at("daemon-reload") < at("podman rm pipglr"), "{lines:#?}");
    assert!(at("podman rm pipglr") < at("systemctl --user start pipglr.service"), "{lines:#?}");
    assert!(at(BEFORE) < at("podman stop pipglr"), "{lines:#?}");
}

#[test]
fn where_no_quadlet_can_run_it_a_unit_wakes_the_container_that_is_there() {
    for (version, own, why) in [("4.3.1", "", "podman 4.3.1"), ("5.4.2", "--pod=box", "`--pod`")] {
        let (host, setup) = machine(|container| {
            if !own.is_empty() {
                container.made_by.insert(2, own.to_owned());
            }
        });
        host.machine().version = version;
        let before = host.machine().containers.clone();
        let change = enable(&setup);
        assert!(change.words.contains(why), "{}", change.words);
        assert_eq!(host.machine().containers, before, "the container goes on as it is");
        let starter = boot::look(&*host, "pipglr").unwrap().unwrap();
        assert_eq!((starter.by, starter.ours, starter.at_boot()), (By::Unit, true, true));
        assert!(boot::enable(&setup.target, false).unwrap().plan.is_empty());
        disable(&setup);
        assert_eq!(host.machine().containers, before);
        assert_eq!(boot::look(&*host, "pipglr").unwrap(), None);
    }
}

#[test]
fn an_admins_own_unit_is_taken_as_it_is() {
    const UNIT: &str = "Id=box.service\nLoadState=loaded\nActiveState=active\nSourcePath=/home/johndoe/.config/containers/systemd/box.container\n\
                        WantedBy=default.target\nExecStart={ argv[]=/usr/bin/podman run --name pipglr x ; }";
    let (host, setup) = machine(|container| container.unit = Some("box.service"));
    host.machine().unit = UNIT;
    let change = boot::enable(&setup.target, false).unwrap();
    assert!(change.plan.is_empty() && change.words.contains("box.service starts it already"), "{}", change.words);
    let problem = boot::disable(&setup.target, false).unwrap_err();
    assert!(problem.to_string().contains("box.container"), "{problem}");
    host.machine().unit = Box::leak(UNIT.replace("WantedBy=default.target", "WantedBy=").into_boxed_str());
    let problem = boot::enable(&setup.target, false).unwrap_err();
    assert!(problem.advice.contains("WantedBy=default.target"), "{problem}");
    // A unit of that name that runs something else.
    let (host, setup) = machine(|_| {});
    host.machine().unit =
        "Id=pipglr.service\nLoadState=loaded\nActiveState=active\nFragmentPath=/home/johndoe/x.service";
    assert!(boot::enable(&setup.target, false).unwrap_err().what.contains("x.service"));
}

/// A container of an image from before the volume for gitlab-runner's own file.
fn older(change: impl Fn(&mut FakeContainer)) -> (Arc<FakeHost>, Setup) {
    let (host, setup) = machine(|container| {
        container.without_state();
        change(container);
    });
    host.machine().older_image = true;
    (host, setup)
}

fn renewed(container: &mut FakeContainer) {
    container.copy = Some(String::from_utf8(container.text.clone()).unwrap().replace("klmnop", "newest"));
}

#[test]
fn a_token_that_only_the_container_has_is_not_lost() {
    let (host, setup) = older(renewed);
    assert!(boot::enable(&setup.target, false).unwrap_err().what.contains("renewed a token"));
    host.machine().containers.get_mut("pipglr").unwrap().copy = None;
    enable(&setup);
    renewed(host.machine().containers.get_mut("pipglr").unwrap());
    assert!(boot::disable(&setup.target, false).unwrap_err().what.contains("renewed a token"));
}

/// With the volume it comes along: into the quadlet's container and out of it, and through each start of the unit; also of
/// a container that gets the volume only by that.
#[test]
fn a_renewed_token_outlives_the_containers_of_a_quadlet() {
    for from_before in [false, true] {
        let (host, setup) = machine(|container| {
            if from_before {
                container.without_state();
            }
            renewed(container);
        });
        let has_it = |when: &str| {
            let machine = host.machine();
            let container = &machine.containers["pipglr"];
            assert!(container.keeps_state(), "{when}");
            assert!(container.copy.as_ref().unwrap().contains("newest"), "{when}: {container:?}");
        };
        enable(&setup);
        has_it("boot enable");
        for verb in ["stop", "start"] {
            host.run(&Cmd::new("systemctl", ["--user", verb, "pipglr.service"]), None, &()).unwrap();
        }
        has_it("a start of the unit");
        disable(&setup);
        has_it("boot disable");
    }
}

/// A quadlet that was written before there was the volume gets it when its container is next made again.
#[test]
fn a_quadlet_from_before_gets_the_volume_with_the_next_change() {
    let (host, setup) = older(|_| {});
    enable(&setup);
    assert!(!host.machine().containers["pipglr"].keeps_state());
    host.machine().older_image = false;
    renewed(host.machine().containers.get_mut("pipglr").unwrap());
    let standing = change::read_standing(&setup.target).unwrap();
    let wish = change::Wish { recreate: true, ..change::Wish::default() };
    let text = standing.held.text().unwrap().clone();
    let proposal = change::propose(&setup.target, &standing, &text, wish).unwrap();
    let lines: Vec<_> = proposal.plan.actions.iter().flat_map(Action::shell).collect();
    let at =
        |what: &str| lines.iter().position(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}: {lines:#?}"));
    assert!(at("systemctl stop runner.service") < at("pipglr-state"), "gitlab-runner has ended: {lines:#?}");
    assert!(
        at("pipglr-state") < at("pipglr.container (0600)") && at("daemon-reload") < at("restart pipglr"),
        "{lines:#?}"
    );
    carry_out(&setup, &Change { plan: proposal.plan, ..Change::default() });
    let quadlet = String::from_utf8(host.machine().files[Path::new(QUADLET)].clone()).unwrap();
    assert!(quadlet.contains("PodmanArgs=--volume pipglr-state:/var/lib/gitlab-runner"), "{quadlet}");
    assert!(host.machine().states["pipglr-state"].1.contains("newest"));
}

#[test]
fn setup_has_it_started_where_the_answers_say_so() {
    // From the first start on.
    let host = FakeHost::fresh();
    host.machine().unit = "";
    let mut setup = host.setup(&[TOKEN]);
    setup.wants.answers = Answers { start_at_boot: Some(true), ..Answers::default() };
    all_steps(&setup).unwrap();
    assert!(boot::starts(&*host, "pipglr") && host.machine().containers["pipglr"].unit.is_some());
    assert_eq!(setup.check(Step::Startup).unwrap().state, State::Done);
    disable(&setup);
    assert_eq!(host.machine().containers["pipglr"].unit, None);

    // And where it was set up before.
    let report = setup.check(Step::Startup).unwrap();
    assert_eq!(report.state, State::Ready);
    setup.carry_out(&report, Sudo::Silent, &()).unwrap();
    assert!(boot::starts(&*host, "pipglr") && host.machine().containers["pipglr"].unit.is_some());
}

#[test]
fn a_run_that_was_cut_off_is_gone_on_with() {
    let all = {
        let (_, setup) = machine(|_| {});
        boot::enable(&setup.target, false).unwrap().plan.actions.len()
    };
    for cut in 0..=all {
        let (host, setup) = machine(|_| {});
        let mut change = boot::enable(&setup.target, false).unwrap();
        change.plan.actions.truncate(cut);
        carry_out(&setup, &change);
        enable(&setup);
        assert_eq!(host.machine().containers["pipglr"].unit, Some("pipglr.service"), "cut at {cut}");

        let mut back = boot::disable(&setup.target, false).unwrap();
        back.plan.actions.truncate(cut);
        carry_out(&setup, &back);
        disable(&setup);
        let container = host.machine().containers["pipglr"].clone();
        assert_eq!((container.unit, container.state), (None, "running"), "cut at {cut}");
        assert_eq!(boot::look(&*host, "pipglr").unwrap(), None, "cut at {cut}");
    }
}

#[test]
fn a_container_whose_token_is_renewed_is_not_recreated_at_each_start_without_the_volume() {
    let (host, setup) = older(|_| {});
    let expires = |text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        text.replacen("[[runners]]\n", "[[runners]]\n  token_expires_at = 2027-01-01T00:00:00Z\n", 1).into_bytes()
    };
    let text = expires(&host.machine().secrets["config.toml"].1.clone());
    host.machine().secrets.get_mut("config.toml").unwrap().1 = text;
    let change = enable(&setup);
    assert!(change.words.contains("goes on as it is: its token expires"), "{}", change.words);
    assert!(!host.machine().files.contains_key(Path::new(QUADLET)));
    assert!(boot::look(&*host, "pipglr").unwrap().is_some_and(|starter| starter.by == By::Unit && starter.at_boot()));
}

#[test]
fn a_quadlet_for_another_host_has_nothing_of_this_ones_folders() {
    let (host, setup) = machine(|container| {
        container.made_by.splice(2..2, ["-e", "GREETING=hello", "--log-driver", "k8s-file"].map(str::to_owned));
    });
    let text = boot::exported(&setup.target).unwrap();
    for line in ["ContainerName=pipglr", "PodmanArgs=-e GREETING=hello", "WantedBy=default.target"] {
        assert!(text.lines().any(|known| known == line), "{line}: {text}");
    }
    assert!(text.contains("path=%h/.local/state/pipglr/boot/pipglr.log") && !text.contains("/home/johndoe"), "{text}");
    assert!(host.machine().changes.is_empty(), "{:?}", host.machine().changes);
    enable(&setup);
    assert!(host.machine().containers["pipglr"].unit.is_some());
    assert_eq!(boot::exported(&setup.target).unwrap(), text, "the quadlet that makes it is the same");
    disable(&setup);
    host.machine().version = "4.3.1";
    assert!(boot::exported(&setup.target).unwrap_err().advice.contains("`pipglr export script`"));
}

/// The container goes on as it is: what it says of its health counts from the next start of its unit, which an update is.
#[test]
fn what_an_earlier_pipglr_wrote_is_named_and_renewed_without_losing_a_job() {
    let (host, setup) = machine(|_| {});
    enable(&setup);
    let now = text(&host);
    let earlier = now
        .replace("polls | grep -q .", "polls >/dev/null")
        .replace("# What never came up has no jobs, and may hear nothing.\nTimeoutStartFailureMode=kill\n", "")
        .replace("[Service]", "Memory=1g\n\n[Service]");
    assert_eq!(earlier.lines().count(), now.lines().count(), "each was found");
    let write = || {
        host.machine().files.insert(QUADLET.into(), earlier.clone().into_bytes());
        host.run(&Cmd::new("systemctl", ["--user", "daemon-reload"]), None, &()).unwrap();
    };
    write();
    let starter = boot::look(&*host, "pipglr").unwrap().unwrap();
    assert!(starter.older().unwrap().contains("its health check"), "{starter:?}");
    let before = host.machine().containers.clone();
    let change = enable(&setup);
    assert!(change.words.contains("its health check"), "{}", change.words);
    assert_eq!(host.machine().containers, before, "no job was touched");
    assert_eq!(text(&host), now.replace("[Service]", "Memory=1g\n\n[Service]"), "an admin's own line stays");
    assert_eq!(boot::look(&*host, "pipglr").unwrap().unwrap().renewed, None);
    assert!(boot::enable(&setup.target, false).unwrap().plan.is_empty());

    // And whatever has the unit recreate the container.
    write();
    let standing = change::read_standing(&setup.target).unwrap();
    let wish = change::Wish { recreate: true, ..change::Wish::default() };
    let stored = standing.held.text().unwrap().clone();
    let proposal = change::propose(&setup.target, &standing, &stored, wish).unwrap();
    carry_out(&setup, &Change { plan: proposal.plan, ..Change::default() });
    assert!(text(&host).contains("polls | grep -q .") && text(&host).contains("Memory=1g"), "{}", text(&host));
}
