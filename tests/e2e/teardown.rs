//! `pipglr teardown`: what was set up goes, here and in GitLab, also where GitLab is away at first.

use crate::change::set_up;
use crate::setup::{SETUP, TOKEN, answer};
use crate::testhost::Machine;

/// Nothing of pipglr is left in podman.
fn assert_gone(machine: &Machine) {
    for what in ["ps -aq", "secret ls -q", "volume ls -q"] {
        assert_eq!(machine.user(&format!("podman {what}")).ok().trim(), "", "{what}");
    }
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn what_was_set_up_goes_here_and_in_gitlab_also_where_that_was_away() {
    let (machine, server) = set_up();
    let state = "cd ~/.local/state/pipglr && find . -type f -printf '%P %m\\n' | grep -v ^lock | sort";
    let before = machine.user(state).ok();

    // A look changes nothing.
    let dry = machine.user("pipglr teardown --dry-run").fails_with(0);
    for words in ["container pipglr (running)", "registered", "secrets: config.toml", "--delete-runners", "linger"] {
        assert!(dry.out.contains(words), "{words}: {}", dry.both());
    }
    assert!(!dry.both().contains(&TOKEN[10..]), "{}", dry.both());
    assert_eq!(machine.user(state).ok(), before);
    machine.user("pipglr teardown </dev/null").fails_with(2);

    // Away: nothing goes unless that is said, and then the token is kept.
    server.behave("runners", "drop", None);
    let away = machine.user("pipglr teardown --yes").fails_with(1);
    assert!(away.err.contains("--without-gitlab") && away.err.contains("nothing was changed"), "{}", away.both());
    let running = machine.user("podman exec pipglr systemctl is-active runner.service").ok();
    assert_eq!((running.trim(), machine.user(state).ok()), ("active", before));
    let gone = machine.user("pipglr teardown --yes --without-gitlab --keep image").fails_with(0);
    assert!(!gone.both().contains(&TOKEN[10..]), "{}", gone.both());
    assert_gone(&machine);
    assert_eq!(server.runners().len(), 1);
    let kept = machine.user(state).ok();
    assert!(kept.contains("work/unregister.toml 600") && kept.contains("history/"), "{kept}");

    // Later: from a container of the image, for there is no other.
    server.behave_well();
    let told = machine.user("pipglr teardown --yes --delete-runners --keep image").fails_with(0);
    assert!(told.out.contains("It is gone."), "{}", told.both());
    assert_eq!((server.runners().len(), &*server.unregistered()), (0, &[(TOKEN.to_owned(), String::new())][..]));
    let kept = machine.user(state).ok();
    assert!(kept.starts_with("history/") && kept.lines().count() == 1 && kept.trim().ends_with(" 600"), "{kept}");
    let again = machine.user("pipglr teardown --yes --keep image").fails_with(0);
    assert!(again.out.contains("Nothing to do"), "{}", again.both());

    // Set up anew; the container knows which machine it is, and the runner stays for others.
    let token = "glrt-t1_second1234567890";
    answer(&machine, token, &format!("gitlab_url = \"{}\"", server.url()));
    machine.user(SETUP).ok();
    // GitLab lists the container that registered, too: of the two, this is the one that polls.
    let system = machine.user("podman exec pipglr cat /run/gitlab-runner/.runner_system_id").ok();
    let system = system.trim().to_owned();
    assert!(server.runners()[0].managers.contains(&system), "{system}");
    let gone = machine.user("pipglr teardown --yes --without-copy --also linger,id-ranges").fails_with(0);
    assert!(gone.out.contains("Delete runner"), "{}", gone.both());
    assert_gone(&machine);
    assert_eq!(machine.user("podman images -q $IMAGE").ok().trim(), "");
    assert_eq!(server.unregistered().last(), Some(&(token.to_owned(), system.clone())));
    assert_eq!((server.runners().len(), server.runners()[0].managers.contains(&system)), (1, false));
    machine.user("test ! -e ~/.local/state/pipglr/history -a ! -e /var/lib/systemd/linger/johndoe").ok();
    assert_eq!(machine.user("grep -h ^johndoe: /etc/subuid /etc/subgid | sort -u").ok(), "johndoe:100000:65536\n");
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn answers_that_are_not_gitlabs_end_a_teardown_that_loses_nothing_and_goes_on_later() {
    let (machine, server) = set_up();
    let system = machine.user("podman exec pipglr cat /run/gitlab-runner/.runner_system_id").ok();
    let there = "podman ps -q; podman secret ls -q; podman volume ls -q";
    let before = machine.user(there).ok();
    let says = |endpoint: &str, word: &str, words: &[&str]| {
        server.behave(endpoint, word, None);
        let refused = machine.user("timeout 120 pipglr teardown --yes --keep image").fails_with(1);
        for words in words.iter().chain(&["Delete runner", "--without-gitlab"]) {
            assert!(refused.err.contains(words), "{endpoint} {word}, {words}: {}", refused.both());
        }
        assert!(!refused.both().contains(&TOKEN[10..]), "{}", refused.both());
        assert_eq!((machine.user(there).ok(), server.runners().len()), (before.clone(), 1), "{endpoint} {word}");
        server.behave_well();
    };
    for word in ["html", "stall"] {
        says("runners/verify", word, &["nothing was changed"]);
    }
    for word in ["html", "redirect", "500", "json", "403", "endless", "stall", "drop"] {
        says("runners/managers", word, &["It stays in GitLab", "`pipglr restart`"]);
    }
    machine.user("pipglr teardown --yes --keep image").ok();
    assert_eq!(server.unregistered().last(), Some(&(TOKEN.to_owned(), system.trim().to_owned())));
    assert_gone(&machine);
}
