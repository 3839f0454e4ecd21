//! `teardown` on a pretend machine: what is chosen goes, in an order that GitLab is told first in.

use crate::support::{FakeContainer, FakeHost};
use pipglr::api::registered::Known;
use pipglr::apply::{Sudo, apply};
use pipglr::plan::{Action, Plan};
use pipglr::problem::Result;
use pipglr::secret::Vault;
use pipglr::target::Target;
use pipglr::teardown::{self, Also, Choice, Part};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

const TOKEN: &str = "glrt-t1_abcdefghijklmnop";
const LEGACY: &str = "GR1348941abcdefghijk";
const STATE: &str = "/home/johndoe/.local/state/pipglr";

/// A machine that is set up with this token.
fn set_up(token: &str) -> (Arc<FakeHost>, Target) {
    let host = FakeHost::set_up(token);
    let text = String::from_utf8(host.machine().secrets["config.toml"].1.clone()).unwrap();
    host.machine().containers.get_mut("pipglr").unwrap().copy = Some(text);
    host.machine().changes.clear();
    let target = host.setup(&[]).target;
    (host, target)
}

fn planned(target: &Target, choice: &Choice) -> Plan {
    teardown::plan(target, &teardown::find(target, &()).unwrap(), choice)
}

fn torn_down(target: &Target, choice: &Choice) -> Result<()> {
    apply(&*target.host, &planned(target, choice), &Vault::default(), Sudo::Silent, &())
}

fn keeping(parts: &[Part]) -> Choice {
    Choice { keep: parts.iter().copied().collect(), ..Choice::default() }
}

fn lines(plan: &Plan) -> Vec<String> {
    plan.all().flat_map(Action::shell).collect()
}

#[test]
fn gitlab_is_told_first_and_what_needs_another_goes_before_it() {
    let (_, target) = set_up(TOKEN);
    let lines = lines(&planned(&target, &Choice::default()));
    let beginnings = [
        "# write /home/johndoe/.local/state/pipglr/history/",
        "podman exec pipglr systemctl stop runner.service",
        "# DELETE https://gitlab.example/api/v4/runners/managers, with the token of pretend",
        "podman stop --time 60 pipglr",
        "podman rm --force --time 0 pipglr",
        "podman secret rm config.toml",
        "podman volume rm pipglr-storage",
        "podman volume rm pipglr-cache",
        "podman volume rm pipglr-state",
        "podman image rm registry.gitlab.com/qontainers/pipglr:latest",
    ];
    assert_eq!(lines.len(), beginnings.len(), "{lines:#?}");
    assert!(lines.iter().zip(beginnings).all(|(line, begins)| line.starts_with(begins)), "{lines:#?}");
    assert!(!format!("{lines:?}{:?}", planned(&target, &Choice::default())).contains("abcdefghijk"));
}

#[test]
fn each_kind_of_token_is_unregistered_by_its_right_call() {
    for (token, whole, call) in
        [(TOKEN, false, "runners/managers"), (TOKEN, true, "runners"), (LEGACY, false, "runners")]
    {
        let (host, target) = set_up(token);
        torn_down(&target, &Choice { delete_runners: whole, ..Choice::default() }).unwrap();
        let machine = host.machine();
        let calls: Vec<_> = machine.changes.iter().filter(|change| change.starts_with("DELETE")).collect();
        assert_eq!(calls, [&format!("DELETE {call}")], "{token}");
        assert_eq!(machine.runners.is_empty(), call == "runners");
    }
}

#[test]
fn a_second_run_has_nothing_to_do_and_the_last_copy_is_there() {
    let (host, target) = set_up(TOKEN);
    torn_down(&target, &Choice::default()).unwrap();
    {
        let machine = host.machine();
        assert!(machine.containers.is_empty() && machine.secrets.is_empty() && machine.volumes.is_empty());
        let files: Vec<_> = machine.files.iter().filter(|(path, _)| path.starts_with(STATE)).collect();
        let [(path, text)] = &*files else { panic!("{files:?}") };
        assert!(path.starts_with(format!("{STATE}/history")) && String::from_utf8_lossy(text).contains(TOKEN));
    }
    assert!(planned(&target, &Choice::default()).is_empty());
    // Without the copy that goes as well, also later.
    torn_down(&target, &Choice { without_copy: true, ..Choice::default() }).unwrap();
    assert!(!host.machine().files.keys().any(|path| path.starts_with(STATE)));
}

#[test]
fn what_is_kept_stays_and_a_container_keeps_what_it_needs() {
    let (host, target) = set_up(TOKEN);
    torn_down(&target, &keeping(&[Part::Container])).unwrap();
    let machine = host.machine();
    assert!(machine.containers["pipglr"].state == "running" && machine.secrets.contains_key("config.toml"));
    assert!(machine.volumes.len() == 2 && machine.image && machine.unlisted.is_empty());
    drop(machine);

    let (host, target) = set_up(TOKEN);
    torn_down(&target, &keeping(&[Part::Runners, Part::Volumes, Part::Image, Part::State])).unwrap();
    let machine = host.machine();
    assert!(machine.containers.is_empty() && machine.secrets.is_empty());
    assert!(machine.volumes.len() == 2 && machine.image && machine.unlisted.is_empty());
}

#[test]
fn a_gitlab_that_is_away_is_told_later_with_the_token_that_was_kept() {
    let (host, target) = set_up(LEGACY);
    host.machine().gitlab_away = true;
    let found = teardown::find(&target, &()).unwrap();
    assert!(matches!(&found.runners[..], [(_, Known::Unasked(why))] if why.contains("Failed to connect")), "{found:?}");
    // Told to go on nevertheless, it fails before anything goes.
    assert!(torn_down(&target, &Choice::default()).is_err());
    assert!(host.machine().containers.contains_key("pipglr") && host.machine().secrets.contains_key("config.toml"));

    torn_down(&target, &Choice { without_gitlab: true, ..Choice::default() }).unwrap();
    let untold = Path::new(STATE).join("work/unregister.toml");
    assert!(host.machine().containers.is_empty() && host.machine().files.contains_key(&untold));
    host.machine().gitlab_away = false;
    assert_eq!(host.machine().runners.len(), 1);
    torn_down(&target, &Choice::default()).unwrap();
    assert!(host.machine().runners.is_empty() && !host.machine().files.contains_key(&untold));
    assert!(planned(&target, &Choice::default()).is_empty());
}

/// What no GitLab says: whatever comes, the runner is not taken for unregistered, and nothing of it goes.
#[test]
fn an_answer_that_is_not_gitlabs_loses_nothing_and_the_next_run_goes_on() {
    const ANSWERS: [(i32, &str); 9] = [
        (0, "<html>Sign in</html>\n200 text/html\n"),
        (0, "<html>Moved</html>\n302 text/html\n"),
        (0, "<html>Forbidden</html>\n403 text/html\n"),
        (0, "<html>Nothing here</html>\n404 text/html\n"),
        (0, "{\"message\":\"403 Forbidden\"}\n403 application/json\n"), // of a proxy: the token is known
        (0, "{\"message\":\"500\"}\n500 application/json\n"),
        (0, "{\"status\":\"fine\"}\n200 application/json\n"),
        (0, "<html>"), // without an end
        (28, "curl: (28) Operation timed out after 30001 milliseconds with 0 bytes received"),
    ];
    for (token, whole, endpoint) in
        [(TOKEN, false, "DELETE runners/managers"), (TOKEN, true, "DELETE runners"), (LEGACY, false, "DELETE runners")]
    {
        let (host, target) = set_up(token);
        let choice = Choice { delete_runners: whole, ..Choice::default() };
        for (code, text) in ANSWERS {
            host.machine().hostile = Some((endpoint, code, text));
            let refused = torn_down(&target, &choice).unwrap_err().to_string();
            for says in
                ["It stays in GitLab", "Delete runner", "`pipglr teardown --without-gitlab`", "`pipglr restart`"]
            {
                assert!(refused.contains(says), "{text}: {refused}");
            }
            let machine = host.machine();
            assert!(machine.containers["pipglr"].state == "running" && machine.secrets.contains_key("config.toml"));
            assert!(machine.runners.len() == 1 && machine.volumes.len() == 2, "{text}");
        }
        host.machine().hostile = None;
        torn_down(&target, &choice).unwrap();
        let machine = host.machine();
        assert!(machine.containers.is_empty() && (machine.unlisted.len() == 1 || machine.runners.is_empty()));
    }
    // The look before it: nothing is begun.
    let (host, target) = set_up(TOKEN);
    for (code, text) in ANSWERS {
        host.machine().hostile = Some(("POST runners/verify", code, text));
        let found = teardown::find(&target, &()).unwrap();
        if matches!(found.runners[0].1, Known::No) {
            assert!(text.starts_with("{\"message\":\"403"), "only GitLab knows a token no more: {text}");
            continue;
        }
        let refused = teardown::refuse_unasked(&target, &found, &Choice::default());
        if text.contains("fine") {
            continue; // a yes, and GitLab is asked to let it go
        }
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("nothing was changed") && refused.contains("Delete runner"), "{text}: {refused}");
    }
}

#[test]
fn what_another_container_needs_stays() {
    let (host, target) = set_up(TOKEN);
    let other = host.machine().containers["pipglr"].clone();
    host.machine().containers.insert("other".into(), other);
    let found = teardown::find(&target, &()).unwrap();
    assert!(found.secrets.is_empty() && found.image.is_none(), "{found:?}");
    let stays = teardown::stays(&target, &found, &Choice::default()).join("\n");
    assert!(stays.contains("secret config.toml: the container other needs it"), "{stays}");
}

#[test]
fn the_unit_of_the_user_goes_and_an_administrators_is_named() {
    const QUADLET: &str = "Id=pipglr.service\nLoadState=loaded\nActiveState=active\nTimeoutStopUSec=1min 30s\n\
                           FragmentPath=/run/user/1000/systemd/generator/pipglr.service\n\
                           ExecStart={ path=/usr/bin/podman ; argv[]=/usr/bin/podman run --name pipglr x ; pid=0 }\n";
    for (file, own) in
        [("/home/johndoe/.config/containers/systemd/pipglr.container", true), ("/etc/x.container", false)]
    {
        let (host, target) = set_up(TOKEN);
        let unit = |container: &mut FakeContainer| container.unit = Some("pipglr.service");
        unit(host.machine().containers.get_mut("pipglr").unwrap());
        host.machine().unit = format!("{QUADLET}SourcePath={file}\n").leak();
        let found = teardown::find(&target, &()).unwrap();
        let lines = lines(&teardown::plan(&target, &found, &Choice::default()));
        assert!(lines.contains(&"systemctl --user stop pipglr.service".to_owned()), "{lines:#?}");
        assert_eq!(lines.contains(&format!("rm -rf {file}")), own, "{lines:#?}");
        let stays = teardown::stays(&target, &found, &Choice::default()).join("\n");
        assert_eq!(stays.contains("not yours to remove"), !own, "{stays}");
    }
}

#[test]
fn linger_and_id_ranges_stay_unless_they_are_asked_for() {
    let (host, target) = set_up(TOKEN);
    let found = teardown::find(&target, &()).unwrap();
    let stays = teardown::stays(&target, &found, &Choice::default()).join("\n");
    assert!(stays.contains("loginctl disable-linger johndoe") && stays.contains("sudo sed -i"), "{stays}");
    let also = BTreeSet::from([Also::Linger, Also::IdRanges]);
    torn_down(&target, &Choice { also, ..Choice::default() }).unwrap();
    let machine = host.machine();
    assert!(!machine.files.contains_key(Path::new("/var/lib/systemd/linger/johndoe")));
    assert_eq!(machine.files[Path::new("/etc/subuid")], b"johndoe:100000:65536\n");
}
