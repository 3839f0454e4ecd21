//! What the image's `runner` makes of the volume for gitlab-runner's own file: its own script, on folders of this test.

use pipglr::config::rotated_tokens::{carry, find};
use std::fs;
use std::path::Path;
use std::process::Command;

const IMAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/image");
const OLD: &str = "glrt-t1_old-token-0";
const NEW: &str = "glrt-t1_new-token-1";

fn text(concurrent: u32, token: &str, day: &str) -> String {
    format!(
        "# mine\nconcurrent = {concurrent}\n\n[[runners]] # one\n  name = 'a'\n  url = \"https://g/\"\n  id = 7\n  Token = \"{token}\" # \
         mine\n  token_obtained_at = 2026-11-{day}T00:00:00Z\n  token_expires_at = 2027-01-{day}T00:00:00Z\n  pre_build_script = \
         \"\"\"\n[[runners]]\ntoken = \"{token}\"\n\"\"\"\n  [runners.docker]\n    token = \"{token}\"\n[[runners]]\n  url = \"https://g/\"\n  \
         token = \"glrt-t1_another-one\"\n"
    )
}

/// As gitlab-runner writes it.
fn works(token: &str, day: &str) -> String {
    format!(
        "concurrent = 1\n\n[[runners]]\n  name = \"a\"\n  url = \"https://g/\"\n  id = 7\n  token = \"{token}\"\n  token_obtained_at = \
         2026-11-{day}T00:00:00Z\n  token_expires_at = 2027-01-{day}T00:00:00Z\n  pre_build_script = \
         \"[[runners]]\\ntoken = \\\"{OLD}\\\"\\n\"\n  [runners.docker]\n    token = \"x\"\n\n[[runners]]\n  url = \"https://g/\"\n  token = \
         \"glrt-t1_another-one\"\n"
    )
}

fn carried(agreed: &str, works: &str, text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name)
    };
    let files = [file("agreed", agreed), file("works", works), file("text", text)];
    let done = Command::new("sh").arg(format!("{IMAGE}/carry-tokens")).args(files).output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn renewed_tokens_go_into_a_text_as_they_do_on_the_host() {
    let (agreed, works) = (text(1, OLD, "01"), works(NEW, "09"));
    for new in [text(5, OLD, "01"), text(5, OLD, "01").replace("Token = ", "token=").replace('\n', "\r\n")] {
        let expected = carry(&new, &find(&agreed, &works)).unwrap().0;
        assert_eq!(carried(&agreed, &works, &new).replace('\r', ""), expected.replace('\r', ""));
    }
    // A text that knows no times gets them, or it would not be renewed again.
    let bare: String =
        text(5, OLD, "01").lines().filter(|line| !line.contains("_at =")).map(|line| format!("{line}\n")).collect();
    let got = carried(&agreed, &works, &bare);
    assert!(got.contains(&format!("  Token = \"{NEW}\" # mine\n  token_obtained_at = 2026-11-09T")), "{got}");
    assert!(got.contains("  token_expires_at = 2027-01-09T"), "{got}");
    // The host had stored one that was renewed once more since.
    let got = carried(&agreed, &works, &text(5, "glrt-t1_in-between", "05"));
    assert!(got.contains(&format!("Token = \"{NEW}\" # mine\n  token_obtained_at = 2026-11-09T")), "{got}");
    // Nothing was renewed, or the text has a token that GitLab never gave this way.
    for new in [
        text(5, "glrt-t1_of-the-user", "01"),
        text(5, NEW, "09"),
        text(5, OLD, "01").replace("https://g/", "https://h/"),
    ] {
        assert_eq!(carried(&agreed, &works, &new), "");
    }
    assert_eq!(carried(&agreed, &agreed, &agreed), "");
    assert_eq!(carried(&agreed, "[[runners]]\n", &agreed), "");
}

/// The folders of a container: `volume` outlives it, `home` is its own disk.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for folder in ["volume", "home", "run", "cache"] {
            fs::create_dir(place.0.path().join(folder)).unwrap();
        }
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// A container that is new, with this secret.
    fn recreate(&self, secret: &str) {
        fs::remove_dir_all(self.path().join("home")).unwrap();
        fs::create_dir(self.path().join("home")).unwrap();
        fs::write(self.path().join("secret"), secret).unwrap();
        self.start();
    }

    fn start(&self) {
        let at = |name: &str| self.path().join(name).display().to_string();
        let script = fs::read_to_string(format!("{IMAGE}/runner")).unwrap();
        let script = script
            .replace("/run/secrets/config.toml", &at("secret"))
            .replace("/usr/local/libexec/pipglr/carry-tokens", &format!("sh {IMAGE}/carry-tokens"))
            .replace("/cache", &at("cache"))
            .replace("exec gitlab-runner", "exec true");
        let done = Command::new("sh")
            .args(["-c", &script, "runner", "--log-level=info"])
            .env("STATE_DIRECTORY", at("volume"))
            .env("RUNTIME_DIRECTORY", at("run"))
            .env("HOME", at("home"))
            .output()
            .unwrap();
        assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
    }

    fn works(&self) -> String {
        fs::read_to_string(self.path().join("run/config.toml")).unwrap()
    }

    /// gitlab-runner writes through the link.
    fn write(&self, text: &str) {
        fs::write(self.path().join("run/config.toml"), text).unwrap();
    }

    fn id(&self, place: &str) -> String {
        fs::read_to_string(self.path().join(place).join(".runner_system_id")).unwrap()
    }
}

#[test]
fn what_was_agreed_to_last_wins_and_a_renewed_token_and_the_id_stay() {
    let place = Place::new();
    place.recreate(&text(1, OLD, "01"));
    let id = place.id("run");
    assert!(id.len() == 14 && id.starts_with("r_"), "{id}");
    assert_eq!((place.works(), place.id("cache")), (text(1, OLD, "01"), id.clone()));
    place.write(&works(NEW, "09"));
    // The same secret: it goes on, in the container and in one that takes its place.
    place.start();
    assert_eq!(place.works(), works(NEW, "09"));
    place.recreate(&text(1, OLD, "01"));
    assert_eq!(place.works(), works(NEW, "09"));
    // Another one: that, with the token.
    place.recreate(&text(5, OLD, "01"));
    assert_eq!(
        place.works(),
        text(5, NEW, "09").replacen(&format!("token = \"{NEW}\""), &format!("token = \"{OLD}\""), 2)
    );
    // Handed over to it while it ran, as `container/hand_over.rs` does: a restart keeps that, and a container that is made
    // with the secret of before has been agreed to later.
    let folder = place.path().join("volume/agreed.handed");
    fs::create_dir(&folder).unwrap();
    for name in ["agreed", "config.toml"] {
        fs::write(folder.join(name), "concurrent = 9\n").unwrap();
    }
    fs::remove_file(place.path().join("volume/config.toml")).unwrap();
    std::os::unix::fs::symlink("agreed.handed/config.toml", place.path().join("volume/config.toml")).unwrap();
    place.start();
    assert_eq!(place.works(), "concurrent = 9\n");
    place.recreate("concurrent = 9\n");
    assert_eq!(place.works(), "concurrent = 9\n");
    place.recreate(&text(5, OLD, "01"));
    assert_eq!(place.works(), text(5, OLD, "01"));
    let left = fs::read_dir(place.path().join("volume")).unwrap().flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with("agreed.")).count();
    assert_eq!((left, place.id("run")), (1, id.clone()), "nothing piles up");
    // The volume of caches is made anew, and comes from a host without the other.
    fs::remove_file(place.path().join("cache/.runner_system_id")).unwrap();
    place.start();
    assert_eq!(place.id("cache"), id);
    fs::remove_dir_all(place.path().join("volume")).unwrap();
    fs::create_dir(place.path().join("volume")).unwrap();
    place.recreate(&text(5, OLD, "01"));
    assert_eq!((place.id("volume"), place.works()), (id, text(5, OLD, "01")));
}

/// An image from before this one compares with a copy of the secret, and makes a plain file of what it works with.
#[test]
fn it_goes_on_from_what_an_older_image_has_left_and_such_an_image_from_this_ones() {
    let place = Place::new();
    place.recreate(&text(1, OLD, "01"));
    let volume = place.path().join("volume");
    assert_eq!(fs::read_to_string(volume.join("secret")).unwrap(), text(1, OLD, "01"), "what it compares with");
    fs::remove_file(volume.join("config.toml")).unwrap();
    fs::write(volume.join("config.toml"), works(NEW, "09")).unwrap();
    place.recreate(&text(1, OLD, "01"));
    assert_eq!(place.works(), works(NEW, "09"));
    place.recreate(&text(5, OLD, "01"));
    assert!(place.works().contains(&format!("Token = \"{NEW}\"")), "{}", place.works());
}
