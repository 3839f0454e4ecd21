//! What the exported script finds out where it runs.

use crate::export::{OWN, TOKEN, host, readable};
use crate::support::FakeHost;
use pipglr::export::{script, source::Source};
use std::process::Command;

/// As setup does: a container with such a limit would not start there.
#[test]
fn a_script_leaves_a_limit_out_where_the_host_has_no_controller_for_it() {
    let host = FakeHost::set_up(TOKEN);
    let mut setup = host.setup(&[]);
    let unlimited = script::text(&Source::look(&setup, true).unwrap()).unwrap();
    assert!(!unlimited.contains("$memory") && unlimited.contains("--pids-limit 0"), "{unlimited}");
    setup.wants.answers.start_at_boot = Some(true);
    setup.wants.answers.memory = Some("4GiB".into());
    setup.wants.answers.pids_limit = Some(5000);
    let text = script::text(&Source::look(&setup, true).unwrap()).unwrap();
    readable(&text);
    let run = text.lines().find(|line| line.starts_with("    podman run $memory -d ")).unwrap();
    assert!(run.contains(" $pids --secret ") && !run.contains("--pids-limit") && !run.contains("--memory"), "{run}");
    let (_, part) = text.split_once("controllers=").unwrap();
    let (part, _) = part.split_once("\nif podman container exists").unwrap();
    let (_, looks) = part.split_once('\n').unwrap(); // where it looks is here a file of the test's
    let files: Vec<&str> = text.match_indices("sed \"$without\"").map(|(at, _)| &text[at..]).collect();
    let files: Vec<&str> = files.iter().map(|text| text.split("\nEND_OF_FILE\n").next().unwrap()).collect();
    assert_eq!(files.len(), 3, "{text}");
    let folder = tempfile::tempdir().unwrap();
    let at = |controllers: &str| {
        let file = folder.path().join("cgroup.controllers");
        std::fs::write(&file, controllers).unwrap();
        let shown =
            files[..2].iter().map(|text| text.replacen(" >\"$before\"", "", 1).replacen(" >\"$quadlet\"", "", 1));
        let shown = shown.collect::<Vec<_>>().join("\nEND_OF_FILE\n");
        let script = format!(
            "say() {{ echo \"$*\"; }}\ncontrollers={}\n{looks}\necho \"limits: $memory $pids.\"\n{shown}\nEND_OF_FILE\n",
            file.display()
        );
        let done = Command::new("sh").args(["-eu", "-c", &script]).output().unwrap();
        assert!(done.status.success() && done.stderr.is_empty(), "{done:?}\n{script}");
        String::from_utf8(done.stdout).unwrap()
    };
    let all = at("cpu io memory pids\n");
    for says in [
        "limits: --memory 4294967296b --pids-limit 5000.",
        "\"--memory\",\"4294967296b\",",
        "\"--pids-limit\",\"5000\"",
        "\nPodmanArgs=--memory 4294967296b\n",
        "\nPodmanArgs=--pids-limit 5000\n",
    ] {
        assert!(all.contains(says), "{says}: {all}");
    }
    let none = at("cpu\n");
    for says in [
        "limits:  --pids-limit 0.",
        "No limit of memory is set",
        "\"--pids-limit\",\"0\"",
        "\nPodmanArgs=--pids-limit 0\n",
    ] {
        assert!(none.contains(says), "{says}: {none}");
    }
    assert!(!none.contains("--memory") && !none.contains("5000"), "{none}");
    // Nothing else is touched.
    let lines = |text: &str| text.lines().filter(|line| !line.contains("limit")).map(str::to_owned).collect::<Vec<_>>();
    let kept: Vec<_> = lines(&all).into_iter().filter(|line| !line.contains("--memory")).collect();
    assert_eq!(kept, lines(&none));
}

/// /dev/tty is there, and readable, also for who has no terminal.
#[test]
fn a_script_that_can_ask_nobody_says_by_which_variable_it_is_told() {
    let text = script::text(&host(OWN)).unwrap();
    assert!(
        text.contains("#   PIPGLR_SECRET_1_FILE=file               # beside it: runners[0].environment MY_PASSWORD\n"),
        "{text}"
    );
    let ask = &text[text.find("ask() {").unwrap()..];
    let ask = &ask[..ask.find("\n}\n").unwrap() + 3];
    let script = format!("fail() {{ echo \"$*\" >&2; exit 1; }}\n{ask}\nask '' 'A_PASSWORD' PIPGLR_SECRET_1_FILE");
    let done = Command::new("setsid").args(["--wait", "sh", "-euc", &script]).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(
        (done.status.code(), said.trim()),
        (
            Some(1),
            "Nobody is there to be asked: A_PASSWORD. Name a file with it in PIPGLR_SECRET_1_FILE, and run it again."
        )
    );
    for asks in ["\"${1}FILE\" >value", "ask \"$PIPGLR_TOKEN_FILE\" token PIPGLR_TOKEN_FILE"] {
        assert!(text.contains(asks), "{asks}: {text}");
    }
}
