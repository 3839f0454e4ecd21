//! podman's secrets: made, removed and read back; on podman before 4.7 from podman's own file of contents.

use super::throwaway::Once;
use super::{inspect, text, version};
use crate::host::{Cmd, Host};
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

/// How often it is read until it was seen whole.
const READS: usize = 3;

/// How long podman may take to rewrite its file of contents: a few hundred kB at most.
const REWRITTEN: Duration = Duration::from_millis(50);

/// The container's name in a command that a user is to run.
const BY_HAND: &str = "pipglr-once";

/// Returns a secret's ID, which changes with every new content; `None` where there is no such secret.
///
/// # Errors
/// podman fails.
pub fn secret_id(host: &dyn Host, name: &str) -> Result<Option<String>> {
    Ok(inspect(host, &["secret"], name, &[])?.map(|found| text(&found["ID"])))
}

/// Returns a secret's content: by `--showsecret`; on podman before 4.7 from the file in which podman keeps it, or where
/// it is not there as it was seen to be, by a container of `image` that mounts it.
///
/// # Errors
/// There is no such secret, or podman fails. The output of a failed read is not in the error: it may hold a part.
pub fn secret_content(host: &dyn Host, name: &str, image: &str) -> Result<Secret> {
    let absent = || Problem::new(format!("podman has no secret `{name}`."), "Run `pipglr setup` to make it.");
    if version(host)?.capabilities().shows_secrets {
        let found = inspect(host, &["secret"], name, &["--showsecret"])?;
        return found.map(|found| Secret::new(text(&found["SecretData"]))).ok_or_else(absent);
    }
    for read in 0..READS {
        if read > 0 {
            host.pause(REWRITTEN);
        }
        let found = inspect(host, &["secret"], name, &[])?.ok_or_else(absent)?;
        match kept(host, &found) {
            Kept::Here(content) => return Ok(content),
            Kept::Changing => {}
            Kept::Elsewhere => break,
        }
    }
    by_container(host, name, image)
}

/// What podman's file of contents says.
enum Kept {
    Here(Secret),
    /// It is not whole, or not yet that of the ID that was just seen: podman rewrites it by truncation.
    Changing,
    /// There is no such file that can be read.
    Elsewhere,
}

/// Looks a secret up that `secret inspect` describes so (podman/FACTS.md).
fn kept(host: &dyn Host, found: &Value) -> Kept {
    let driver = &found["Spec"]["Driver"];
    let folder = driver["Options"]["path"].as_str().filter(|_| driver["Name"] == "file");
    let Some(Ok(file)) = folder.map(|folder| host.read(&Path::new(folder).join("secretsdata.json"))) else {
        return Kept::Elsewhere;
    };
    let file = Secret::new(file); // all of the user's secrets: wiped, and none of them copied
    let contents: Option<HashMap<&str, &str>> = serde_json::from_slice(file.expose()).ok();
    let content = contents.and_then(|all| BASE64_STANDARD.decode(all.get(found["ID"].as_str()?)?).ok());
    content.map_or(Kept::Changing, |content| Kept::Here(Secret::new(content)))
}

/// Reads it as a container gets it.
fn by_container(host: &dyn Host, name: &str, image: &str) -> Result<Secret> {
    let (path, script) = (format!("/run/secrets/{name}"), format!("cat \"$1\" && {PRINT_END}"));
    let once = Once {
        options: &["--secret", name, "--entrypoint", "sh"],
        image,
        words: &["-c", &script, "sh", &path],
        ..Once::default()
    };
    for _ in 0..READS {
        let done = once.run(host)?;
        if !done.ok() {
            return Err(Problem::new(
                format!(
                    "The secret `{name}` cannot be read (`{}`, exit code {}).",
                    once.cmd(BY_HAND).shell(),
                    done.code
                ),
                "Run the command by hand to see why.",
            ));
        }
        if let Some(content) = whole(done.stdout) {
            return Ok(Secret::new(content));
        }
    }
    Err(Problem::new(
        format!("The secret `{name}` came back incomplete from `{}`, {READS} times.", once.cmd(BY_HAND).shell()),
        "Is the machine very busy? Try again; nothing was changed by this.",
    ))
}

/// Output that ends as [`PRINT_END`] ends it, without that; `None` where it came cut off. What a container prints just
/// before its end can be lost, with exit code 0 (4.3.1, on a busy machine).
pub fn whole(mut output: Vec<u8>) -> Option<Vec<u8>> {
    (output.pop() == Some(b'.')).then_some(output)
}

/// What a shell prints last, for [`whole`].
pub const PRINT_END: &str = "printf .";

/// Creates a secret from standard input, which must be a pipe (podman before 5.7 refuses a file).
pub fn secret_create(name: &str) -> Cmd {
    Cmd::podman(["secret", "create", name, "-"])
}

/// Removes a secret.
pub fn secret_rm(name: &str) -> Cmd {
    Cmd::podman(["secret", "rm", name])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_host::base::{Pretend, pretend_host, said};
    use crate::host::{Finished, Watch};
    use std::io;
    use std::sync::Mutex;

    /// A podman without --showsecret. What its containers print and what its file of contents is, each one after the
    /// other; then it is stopped, and there is no file. With what was run.
    #[derive(Default)]
    struct Old {
        prints: Mutex<Vec<&'static str>>,
        files: Mutex<Vec<&'static str>>,
        driver: &'static str,
        ran: Mutex<Vec<Cmd>>,
    }

    impl Pretend for Old {
        fn run(&self, cmd: &Cmd, _: Option<&Secret>, _: &dyn Watch) -> Result<Finished> {
            self.ran.lock().unwrap().push(cmd.clone());
            let found = serde_json::json!([{"ID": "1bc1", "Spec": {"Driver":
                {"Name": self.driver, "Options": {"path": "/graph/secrets"}}}}]);
            let text = match &*cmd.args[0] {
                "--version" => Some("podman version 4.3.1".to_owned()),
                "secret" => Some(found.to_string()),
                "run" => self.prints.lock().unwrap().pop().map(str::to_owned),
                _ => Some(String::new()),
            };
            text.map(|text| said(0, &text)).ok_or_else(Problem::interrupted)
        }

        fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
            assert_eq!(path, Path::new("/graph/secrets/secretsdata.json"));
            self.files.lock().unwrap().pop().map(Into::into).ok_or_else(|| io::ErrorKind::NotFound.into())
        }
    }
    pretend_host!(Old);

    fn containers(prints: &[&'static str]) -> Old {
        Old { prints: prints.to_vec().into(), driver: "file", ..Old::default() }
    }

    fn read(host: &Old) -> Result<Secret> {
        secret_content(host, "config.toml", "image")
    }

    const WHOLE: &str = r#"{"0abc": "b3RoZXI=", "1bc1": "aGVsbG8K"}"#;

    #[test]
    fn an_old_podmans_file_spares_the_container() {
        let host = Old { files: vec![WHOLE].into(), driver: "file", ..Old::default() };
        assert_eq!(read(&host).unwrap().expose_str(), "hello\n");
        assert!(host.ran.lock().unwrap().iter().all(|cmd| cmd.args[0] != "run"));
    }

    #[test]
    fn a_file_that_podman_is_rewriting_is_read_again() {
        for meanwhile in ["", r#"{"0abc": "b3R"#, r#"{"0abc": "b3RoZXI="}"#] {
            let host = Old { files: vec![WHOLE, meanwhile].into(), driver: "file", ..Old::default() };
            assert_eq!(read(&host).unwrap().expose_str(), "hello\n", "{meanwhile}");
        }
    }

    #[test]
    fn whatever_else_is_found_there_a_container_reads_it() {
        let others = ["", "[]", r#"{"1bc1": 5}"#, r#"{"1bc1": "no base64"}"#, r#"{"0abc": "b3RoZXI="}"#];
        for (driver, file) in
            others.map(|file| ("file", Some(file))).into_iter().chain([("pass", None), ("file", None)])
        {
            let files = file.map_or(vec![], |file| vec![file; READS]);
            let host = Old { files: files.into(), driver, ..containers(&["by it."]) };
            assert_eq!(read(&host).unwrap().expose_str(), "by it", "{driver} {file:?}");
        }
    }

    #[test]
    fn what_a_short_container_lost_is_read_again() {
        let prints = containers(&["concurrent = 1\n.", "concurr", ""]);
        assert_eq!(read(&prints).unwrap().expose_str(), "concurrent = 1\n");
        assert!(read(&containers(&["", "", ""])).unwrap_err().what.contains("incomplete"));
    }

    #[test]
    fn a_container_whose_podman_was_stopped_is_removed() {
        let host = containers(&[]);
        assert_eq!(read(&host).unwrap_err().kind, crate::problem::Kind::Interrupted);
        let ran = host.ran.into_inner().unwrap();
        let [.., run, rm] = &*ran else { panic!("{ran:?}") };
        assert_eq!(run.args[..3], ["run", "--rm", "--name"]);
        assert_eq!(rm.args, ["rm", "--force", "--time", "0", &run.args[3]]);
    }
}
