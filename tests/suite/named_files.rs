//! Files that a user names and that are none, have no end, or have nothing in them: refused at once, with nothing changed.

use crate::support::{FakeHost, all_steps};
use pipglr::named_file::MOST;
use pipglr::problem::Kind;
use pipglr::steps::{Setup, State, Step, authority, configuration};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const GLRT: &str = "glrt-t1_abcdefghijklmnop";
const BASE: &str = "/home/johndoe/base.toml";

/// What pipglr says of these words; where it does not end, the test fails.
fn said(words: &[&str], settings: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipglr"));
    let command = command.args(words).env("XDG_CONFIG_HOME", settings).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("{words:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let ended = child.wait_with_output().unwrap();
    assert!([1, 2].contains(&ended.status.code().unwrap()), "{words:?}: {ended:?}");
    String::from_utf8_lossy(&ended.stderr).into_owned()
}

#[test]
fn no_verb_waits_for_the_end_of_a_file_that_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, huge) = (folder.path().join("pipe"), folder.path().join("huge"));
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    File::create(&huge).unwrap().set_len(5 << 30).unwrap();
    let (pipe, huge) = (pipe.to_str().unwrap(), huge.to_str().unwrap());
    let logs = [&["doctor", "--log"][..], &["logs", "--plain", "--from"]];
    let texts = [&["setup", "--answers"][..], &["export", "script", "--answers"], &["config", "lint"]];
    for words in logs.iter().chain(&texts) {
        for (file, says) in [
            (folder.path().to_str().unwrap(), "it is a folder"),
            ("/dev/zero", "it is a device or a socket, and no file"),
            (pipe, "it is a pipe that nobody writes to"),
            (huge, "it is larger than 1 MiB"),
        ] {
            if logs.contains(words) && file == huge {
                continue; // a log may be as large
            }
            let said = said(&[words, &[file][..]].concat(), folder.path());
            assert!(said.contains(&format!("{file} cannot be read: {says}.")), "{words:?} {file}: {said}");
        }
    }
    // The settings, which each verb reads.
    std::fs::create_dir(folder.path().join("pipglr")).unwrap();
    nix::unistd::mkfifo(&folder.path().join("pipglr/config.toml"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let said = said(&["status"], folder.path());
    assert!(said.contains("pipglr/config.toml cannot be read: it is a pipe that nobody writes to."), "{said}");
}

fn asked(host: &std::sync::Arc<FakeHost>, text: &[u8]) -> Setup {
    host.machine().files.insert(BASE.into(), text.into());
    let mut setup = host.setup(&[]);
    setup.wants.converge = true;
    setup.wants.answers.config_file = Some(BASE.into());
    setup
}

#[test]
fn a_config_file_with_nothing_in_it_takes_nothing_away() {
    let host = FakeHost::fresh();
    all_steps(&host.setup(&[GLRT])).unwrap();
    host.machine().changes.clear();
    let too_large = vec![b'#'; usize::try_from(MOST).unwrap() + 1];
    for (text, says) in [
        (&b""[..], "has no key in it"),
        (b" \n\t\n", "has no key in it"),
        ("\u{feff}# mine\n# concurrent = 4\n".as_bytes(), "has no key in it"),
        (b"concurrent = 4 # caf\xe9\n", "is not UTF-8 text (line 1)"),
        (&too_large, "cannot be read: it is larger than 1 MiB"),
    ] {
        let refused = asked(&host, text).check(Step::Configuration).unwrap_err();
        assert!(refused.kind == Kind::Usage && refused.to_string().contains(says), "{refused}");
        assert!(all_steps(&asked(&host, text)).is_err());
    }
    assert_eq!(host.machine().changes, Vec::<String>::new());
    // One key is enough: what is registered stands behind it.
    let report = asked(&host, b"concurrent = 4\n").check(Step::Configuration).unwrap();
    assert_eq!(report.state, State::Ready);

    // A first runner is set up with nothing of the kind either.
    let host = FakeHost::fresh();
    asked(&host, b"# mine\n");
    assert!(configuration::base(&*host, Path::new(BASE)).unwrap_err().to_string().contains("has no key in it"));
}

#[test]
fn an_authority_is_read_with_an_end() {
    let host = FakeHost::fresh();
    let pem = "-----BEGIN CERTIFICATE-----\n".repeat(50_000);
    host.machine().files.insert("/home/johndoe/ca.pem".into(), pem.into());
    let mut setup = host.setup(&[]);
    setup.wants.answers.ca_file = Some("/home/johndoe/ca.pem".into());
    let refused = authority::file(&setup).unwrap_err();
    assert!(refused.to_string().contains("`ca_file` /home/johndoe/ca.pem cannot be read: it is larger than 1 MiB"));
}
