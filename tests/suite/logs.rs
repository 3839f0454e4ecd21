//! The log's pipeline on recorded logs and on anything at all.

use pipglr::logs::decode::Format;
use pipglr::logs::{Item, Line, Pipeline};
use pipglr::text::mask::mask;
use proptest::prelude::*;
use std::path::PathBuf;
use std::process::Command;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded")).join(name)
}

/// Every recorded log as `pipglr logs --plain` prints it. `PIPGLR_UPDATE_LOGS=1` writes what it prints now.
#[test]
fn recorded_logs_as_they_are_printed() {
    let mut seen = 0;
    let update = std::env::var_os("PIPGLR_UPDATE_LOGS").is_some();
    for entry in std::fs::read_dir(folder("logs")).unwrap() {
        let path = entry.unwrap().path();
        let golden = folder("printed").join(path.with_extension("txt").file_name().unwrap());
        if !update && !golden.exists() {
            continue; // recorded for another room
        }
        let output = Command::new(env!("CARGO_BIN_EXE_pipglr"))
            .args(["logs", "--plain", "--times", "full", "--from"])
            .arg(&path)
            .env("TZ", "UTC")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.chars().all(|c| c == '\n' || !c.is_control()), "{}", path.display());
        if update {
            std::fs::write(&golden, &printed).unwrap();
        }
        let expected = std::fs::read_to_string(&golden).unwrap();
        for (number, (line, expected)) in printed.lines().zip(expected.lines()).enumerate() {
            assert_eq!(line, expected, "{}:{}", golden.display(), number + 1);
        }
        assert_eq!(printed.lines().count(), expected.lines().count(), "{}", golden.display());
        seen += 1;
    }
    assert!(seen >= 12);
}

/// The same run, told by three formats: what is said about each job is the same.
#[test]
fn json_comes_line_by_line() {
    let output = Command::new(env!("CARGO_BIN_EXE_pipglr"))
        .args(["logs", "--json", "--from"])
        .arg(folder("logs/job-script-failure.log"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let objects: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failed = objects.iter().find(|o| o["text"].as_str().unwrap().contains("Job failed")).unwrap();
    assert_eq!(failed["job"], 1003);
    assert_eq!(failed["level"], "warning");
    assert_eq!(failed["source"], "gitlab-runner");
    assert_eq!(
        failed["text"],
        "WARNING: Job failed: exit code 3  duration_s=1.360100398 job=1003 project=7 runner=fake2o1e"
    );
}

/// What `pipglr logs` printed into a file says the same when it is read again, to the reader of logs and to the doctor.
#[test]
fn what_was_printed_is_a_saved_log() {
    let run = |words: &[&str], file: &std::path::Path| {
        Command::new(env!("CARGO_BIN_EXE_pipglr")).args(words).arg(file).output().unwrap().stdout
    };
    let objects = |file: &std::path::Path| {
        let told = String::from_utf8(run(&["logs", "--json", "--from"], file)).unwrap();
        let objects = told.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let lines = objects.filter(|object| !object["text"].as_str().is_none_or(|text| text.contains(" --- ")));
        lines.map(|line| (line["source"].to_string(), line["text"].to_string())).collect::<Vec<_>>()
    };
    let symptoms = |file: &std::path::Path| {
        let told: serde_json::Value = serde_json::from_slice(&run(&["doctor", "--json", "--log"], file)).unwrap();
        let ids = told.as_array().unwrap().iter().map(|finding| finding["id"].to_string());
        ids.collect::<std::collections::BTreeSet<_>>()
    };
    let (printed, mut found) = (tempfile::NamedTempFile::new().unwrap(), 0);
    for entry in std::fs::read_dir(folder("logs")).unwrap() {
        let path = entry.unwrap().path();
        let (lines, ill) = (objects(&path), symptoms(&path));
        // A runner that was started by hand names nobody, and is printed as the system's.
        let names = lines.iter().any(|(source, _)| source.contains("gitlab-runner"));
        found += ill.len();
        for how in [&["--plain"][..], &["--plain", "--times", "full"], &["--json"]] {
            std::fs::write(printed.path(), run(&[&["logs"], how, &["--from"]].concat(), &path)).unwrap();
            assert_eq!(objects(printed.path()), lines, "{how:?} {}", path.display());
            if names {
                assert_eq!(symptoms(printed.path()), ill, "{how:?} {}", path.display());
            }
        }
    }
    assert!(found > 10, "{found}");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let log = folder("logs/full-json.log");
    let script = format!("{{ {} logs --plain --from - ; echo $? >&2; }} | head -1", env!("CARGO_BIN_EXE_pipglr"));
    let many = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(many.path(), std::fs::read(log).unwrap().repeat(50)).unwrap();
    let output =
        Command::new("sh").args(["-c", &script]).stdin(std::fs::File::open(many.path()).unwrap()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr).trim(), "0");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
}

#[test]
fn wrong_words_are_told() {
    let run = |words: &[&str]| Command::new(env!("CARGO_BIN_EXE_pipglr")).arg("logs").args(words).output().unwrap();
    let missing = run(&["--from", "/no/such/log"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("/no/such/log cannot be read"));
    let since = run(&["--since", "xx", "--from", "/dev/null"]);
    assert_eq!(since.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&since.stderr).contains("`xx` is no time"));
}

fn lines(format: Format, chunks: &[&[u8]]) -> Vec<Line> {
    let (mut pipeline, mut lines) = (Pipeline::new(format), vec![]);
    for chunk in chunks {
        pipeline.feed(chunk, &mut |line| lines.push(line));
    }
    pipeline.end(&mut |line| lines.push(line));
    lines
}

/// Bytes that look like a log more often than chance would have it.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        any::<String>().prop_map(String::into_bytes),
        prop::sample::select(vec![
            &b"\n"[..],
            b"\r\n",
            b"\x1b[0;33mWARNING: ",
            b"\x1b[0;m",
            b"\x1b[",
            b"\x1b]52;c;eA==\x07",
            b"[ 7069.214247] gitlab-runner[46]: ",
            b"[1.5] podman[67]: time=\"2026-11-24T10:05:35Z\" level=error msg=\"",
            b"2026-11-24T08:42:06.179694422+00:00 stdout F ",
            b"2026-11-24T08:42:06.179694422+00:00 stdout P ",
            b"2026-11-24T10:14:15.345827000Z ",
            b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795507200000000\nMESSAGE\n\x05\0\0\0\0\0\0\0abcd\n\n\n",
            b"  duration_s=1.5 job=1003",
            b"token: s3cr3t ",
            b"CI_JOB_TOKEN=s3cr3t ",
            b"\xe2\x80\xae",
            b"\xc2\x9b31m",
        ])
        .prop_map(<[u8]>::to_vec),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

const FORMATS: [Format; 4] = [Format::Raw, Format::Timestamps, Format::K8sFile, Format::Export];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_printed_steers_a_terminal(log in hostile(), format in prop::sample::select(&FORMATS[..])) {
        for line in lines(format, &[&log]) {
            for text in [line.whole(), line.text(), &line.shown(true), &line.fields().message] {
                prop_assert!(!text.chars().any(|c| c.is_control() || pipglr::text::sanitize::is_hostile(c)), "{text:?}");
            }
            for paint in line.paint() {
                prop_assert!(line.text().is_char_boundary(paint.at as usize), "{line:?}");
            }
            prop_assert!(Item::Line(line).bytes() > 0);
        }
    }

    #[test]
    fn the_lines_are_the_same_however_the_bytes_come(
        log in hostile(),
        format in prop::sample::select(&FORMATS[..]),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(log.len() + 1)).collect();
        at.sort_unstable();
        let mut chunks = vec![];
        let mut from = 0;
        for to in at.into_iter().chain([log.len()]) {
            chunks.push(&log[from..to]);
            from = to;
        }
        prop_assert_eq!(lines(format, &chunks), lines(format, &[&log]));
    }

    #[test]
    fn nothing_printable_is_lost(text in "[ -~]{0,200}") {
        prop_assume!(mask(&text) == text);
        let found = lines(Format::Raw, &[text.as_bytes()]);
        prop_assert_eq!(found.iter().map(Line::whole).collect::<String>(), text);
    }

    #[test]
    fn a_secret_does_not_come_through(secret in "[A-Za-z0-9]{12,40}", before in "[a-z ]{0,20}", after in "[a-z ]{0,20}") {
        for line in [
            format!("{before} token: {secret} {after}"),
            format!("{before} CI_JOB_TOKEN={secret} {after}"),
            format!("{before} glrt-{secret} {after}"),
            format!("{before} \"password\":\"{secret}\"{after}"),
            format!("{before} PRIVATE-TOKEN: {secret} {after}"),
            format!("{before} https://u:{secret}@h/{after}"),
        ] {
            let found = lines(Format::Raw, &[format!("[1.0] gitlab-runner[4]: {line}").as_bytes()]);
            prop_assert!(!format!("{found:?}").contains(&secret), "{line}");
            let revealed = found[0].shown(true).into_owned();
            prop_assert_eq!(revealed.as_str(), line.as_str());
        }
    }
}
