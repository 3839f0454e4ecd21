//! What lint says of each key that was tried on the nested podman: `tests/corpus/nested-keys.tsv`.

use pipglr::config::cgroups::Controllers;
use pipglr::config::keys::Version;
use pipglr::config::lint::{Context, lint};

const ROWS: &str = include_str!("../corpus/nested-keys.tsv");

/// A configuration of one runner with these lines in place of its own of the same keys.
fn with(place: &str, lines: &str) -> String {
    let mut docker = vec![
        "host = \"unix:///home/runner/podman.sock\"".to_owned(),
        "image = \"debian\"".into(),
        "privileged = true".into(),
        "pull_policy = [\"if-not-present\"]".into(),
        "volumes = [\"/cache\"]".into(),
    ];
    let mut flags = vec!["FF_NETWORK_PER_BUILD = true".to_owned()];
    let mut runner = vec![];
    for line in lines.split(";; ") {
        let (section, line) = match (place, line.strip_prefix("docker.")) {
            ("flags", None) => (&mut flags, line),
            ("runner", _) => (&mut runner, line),
            (_, other) => (&mut docker, other.unwrap_or(line)),
        };
        let key = line.split_once(" = ").unwrap().0;
        section.retain(|own| !own.starts_with(&format!("{key} = ")));
        section.push(line.to_owned());
    }
    format!(
        "concurrent = 1\n[[runners]]\nname = \"a\"\nurl = \"https://gitlab.example/\"\ntoken = \"glrt-t1_abcdefghijklmno\"\n\
         executor = \"docker\"\n{}\n[runners.feature_flags]\n{}\n[runners.docker]\n{}\n",
        runner.join("\n"),
        flags.join("\n"),
        docker.join("\n")
    )
}

#[test]
fn lint_has_a_word_for_every_key_that_fails_or_does_nothing_here() {
    let mut rows = 0;
    let mut wrong = vec![];
    for row in ROWS.lines().filter(|line| !line.starts_with('#')).skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [place, lines, effect, says] = cells[..] else { panic!("{row}") };
        assert!(["works", "ignored", "fails", "differs"].contains(&effect), "{row}");
        rows += 1;
        let text = with(place, lines);
        let found = lint(&text, &Context::default());
        let about = |key: &str| found.iter().any(|finding| finding.key.split(['.', '[']).any(|part| part == key));
        if says == "-" && !found.is_empty() || says != "-" && !about(says) {
            wrong.push(format!("{row}\n    {found:?}"));
        }
    }
    assert!(rows > 120, "{rows}");
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
}

/// As seen with Debian 13's kernel and systemd, which give a user's containers `cpu memory pids`, and with `cpuset` beside
/// them: src/image/FACTS.md.
#[test]
fn where_the_host_gives_controllers_limits_of_jobs_are_taken_at_their_word() {
    let default = "cpu memory pids";
    for (controllers, lines, says) in [
        (
            default,
            "memory = \"64m\";; memory_swap = \"128m\";; memory_reservation = \"32m\";; cpus = \"0.5\";; cpu_shares = 2",
            "",
        ),
        (default, "service_memory = \"64m\";; service_cpus = \"0.5\";; pid_mode = \"host\"", ""),
        (default, "memory_swap = \"128m\"", "`memory_swap` without `memory` makes jobs fail here"),
        (default, "cpuset_cpus = \"0\"", "no controller `cpuset`"),
        ("cpuset cpu io memory pids", "cpuset_cpus = \"0\";; service_cpuset_cpus = \"0\";; cpuset_mems = \"0\"", ""),
        (default, "oom_kill_disable = true", "cannot be without"),
        (default, "cgroup_parent = \"jobs\"", "makes jobs fail here"),
        ("memory pids", "memory = \"64m\"", "Jobs run without cgroups here"),
    ] {
        let context = Context { controllers: Controllers::read(controllers), ..Context::default() };
        let found = lint(&with("docker", lines), &context);
        let said: Vec<_> = found.iter().map(|finding| &*finding.message).collect();
        let expected = if says.is_empty() { said.is_empty() } else { said.len() == 1 && said[0].contains(says) };
        assert!(expected, "{controllers}: {lines}: {said:?}");
    }
}

#[test]
fn services_without_a_network_of_their_own_are_a_matter_of_the_version() {
    let text = with("flags", "FF_NETWORK_PER_BUILD = false;; docker.services = [{ name = \"redis\" }]");
    let found = |version: &str| {
        lint(&text, &Context { runner: Version::parse(version), ..Context::default() })
            .into_iter()
            .map(|f| f.key)
            .collect()
    };
    let old: Vec<String> = found("17.5.5");
    assert_eq!(old, ["runners[0].feature_flags.FF_NETWORK_PER_BUILD"]);
    let new: Vec<String> = found("19.4.0");
    assert!(new.is_empty(), "{new:?}");
}
