//! Images: pipglr's own, built once and kept with johndoe's home, and those
//! that jobs run in, made here and loaded into the nested podman.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use crate::programs;
use crate::testhost::{Machine, STORE, run, suite};

/// The image under test.
pub const IMAGE: &str = "localhost/pipglr:latest";
/// What the Containerfile starts from, imported under the name it asks for.
const BASE: &str = "docker.io/library/debian:stable-slim";
pub const JOB_IMAGE: &str = "localhost/job:latest";
pub const HELPER_IMAGE: &str = "localhost/gitlab-runner-helper:latest";
/// The nested podman, from johndoe's side.
pub const NESTED: &str = "podman exec --interactive --user runner pipglr podman --url unix:///home/runner/podman.sock";

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Tests run side by side: what all of them need is made by the first, and waited for by the others.
static HOMES: Mutex<()> = Mutex::new(());
static IMAGES: Mutex<()> = Mutex::new(());

impl Machine {
    /// A machine whose johndoe has built the image (`IMAGE`), with the runner
    /// under test inside. The build is done once for each content.
    pub fn with_image(suite: &str) -> Self {
        Self::boot(suite, Some(&home(suite)))
    }

    /// Brings the base image, so that a build needs no registry.
    pub fn import_base(&self) {
        let base = made("debian-trixie.tar", &["base", "trixie"]);
        self.put(&base, "base.tar");
        self.user(&format!("podman import -q --change 'CMD [\"/bin/bash\"]' base.tar {BASE} && rm base.tar")).ok();
    }

    /// Puts the build context into `~/context`, the runner under test with it.
    pub fn put_context(&self) {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let stage = PathBuf::from(format!("{STORE}/context-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&stage);
        for file in context() {
            let to = stage.join(&file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(Path::new(ROOT).join(&file), to).unwrap();
        }
        fs::copy(programs::runner(), stage.join("assets/image/gitlab-runner")).unwrap();
        let tar = stage.with_extension("tar");
        let packed = Command::new("tar").arg("-C").arg(&stage).arg("-cf").arg(&tar).arg(".").status();
        assert!(packed.unwrap().success());
        self.put(&tar, "context.tar");
        self.user("rm -rf context && mkdir context && tar -C context -xf context.tar && rm context.tar").ok();
        let _ = fs::remove_file(&tar);
        let _ = fs::remove_dir_all(&stage);
    }

    /// `podman build` of the repository's Containerfile; returns its output.
    pub fn build_image(&self, tag: &str, arguments: &[&str]) -> String {
        if self.user(&format!("podman image exists {BASE}")).code != 0 {
            self.import_base();
        }
        self.put_context();
        self.user(&format!("podman build -t {tag} {} context 2>&1", arguments.join(" "))).ok()
    }

    /// What the first two steps of the README bring about: linger, and IDs enough.
    pub fn with_linger_and_ids(self) -> Self {
        // As pipglr does it: usermod grows by a second range, which is the harder case for the nested podman.
        self.root(
            "loginctl enable-linger johndoe && usermod --add-subuids 165536-165538 --add-subgids 165536-165538 johndoe",
        )
        .ok();
        self.user("podman system migrate").ok();
        self
    }

    /// The registered config.toml becomes the secret, and the container runs,
    /// by the labels of the image.
    pub fn run_container(&self, config: &str) {
        self.user_with("podman secret create config.toml -", config.as_bytes()).ok();
        for label in ["setupstorage", "setupcache", "run"] {
            self.user(&format!("podman container runlabel {label} {IMAGE}")).ok();
        }
    }

    /// Registers with the image's gitlab-runner, and returns config.toml.
    pub fn register(&self, url: &str, token: &str) -> String {
        self.user("mkdir -p -m 700 registration && cd registration && touch config.toml && chmod 600 config.toml").ok();
        self.user_with("podman secret create REGISTRATION_TOKEN -", token.as_bytes()).ok();
        let command = format!(
            "cd registration && podman run --rm --secret REGISTRATION_TOKEN,type=env --env CI_SERVER_URL={url} \
             -v ./config.toml:/etc/gitlab-runner/config.toml:Z {IMAGE} gitlab-runner register; \
             rc=$?; podman secret rm REGISTRATION_TOKEN >/dev/null; exit $rc"
        );
        self.user(&command).ok();
        self.root("cat /home/johndoe/registration/config.toml").ok()
    }

    /// Ends every [`HELD_JOB`]. One may end while it is told to.
    pub fn let_jobs_end(&self) {
        self.user(&format!("for id in $({NESTED} ps -q); do {NESTED} exec $id touch /tmp/go; done; true")).ok();
    }

    /// Images for jobs, in the nested podman of the running `pipglr` container:
    /// `JOB_IMAGE`, and `HELPER_IMAGE` where a real gitlab-runner needs it.
    pub fn load_job_images(&self) {
        self.load_images(NESTED);
    }

    /// The same into another podman: `podman` is johndoe's own.
    pub fn load_images(&self, podman: &str) {
        let mut images = vec![(made("job.tar", &["job"]), JOB_IMAGE)];
        if let Some(helper) = programs::runner_helper() {
            // The helper of one gitlab-runner is not that of another.
            let mut hasher = DefaultHasher::new();
            fs::read(&helper).unwrap().hash(&mut hasher);
            let (name, helper) = (format!("helper-{:016x}.tar", hasher.finish()), helper.display().to_string());
            images.push((made(&name, &["helper", &helper]), HELPER_IMAGE));
        }
        for (tar, name) in images {
            self.put(&tar, "image.tar");
            self.user(&format!("{podman} import - {name} <image.tar && rm image.tar")).ok();
        }
    }
}

/// A home with the image in it, made where there is none of this content yet.
fn home(suite: &str) -> PathBuf {
    let _making = HOMES.lock().unwrap_or_else(PoisonError::into_inner);
    let home = PathBuf::from(format!("{STORE}/homes/{suite}-{:016x}", fingerprint()));
    if home.exists() {
        let _ = fs::File::open(&home).and_then(|f| f.set_modified(SystemTime::now()));
    } else {
        prune();
        let machine = Machine::fresh(suite);
        machine.build_image(IMAGE, &[]);
        machine.snapshot(&home);
    }
    home
}

/// What `.ci/run` has made beside its other steps.
#[test]
#[ignore = "needs the test host: .ci/run"]
fn the_image_is_there() {
    assert!(home(&suite()).exists());
}

/// A job that goes on until [`Machine::let_jobs_end`].
pub const HELD_JOB: [&str; 3] = ["echo it ru''ns", "while [ ! -e /tmp/go ]; do sleep 0.2; done", "echo it has en''ded"];

/// Homes take 350 MB each: the eight last used are kept.
fn prune() {
    let folder = fs::read_dir(format!("{STORE}/homes"));
    let mut homes: Vec<_> = folder
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    homes.sort();
    for (_, home) in homes.iter().rev().skip(7) {
        let _ = fs::remove_dir_all(home);
    }
}

/// A config.toml whose jobs need no registry: the job image, asked for only
/// where it is missing, a helper image made here, quick polling.
pub fn for_jobs(config: &str) -> String {
    let mut document: toml_edit::DocumentMut = config.parse().expect("a config.toml");
    document["check_interval"] = toml_edit::value(1);
    let runners = document["runners"].as_array_of_tables_mut().expect("[[runners]]");
    for runner in runners.iter_mut() {
        let docker = &mut runner["docker"];
        docker["image"] = toml_edit::value(JOB_IMAGE);
        docker["helper_image"] = toml_edit::value(HELPER_IMAGE);
        docker["pull_policy"] = toml_edit::value(toml_edit::Array::from_iter(["if-not-present"]));
    }
    document.to_string()
}

/// A file system made by `tests/rootfs`, kept from one run to the next.
fn made(name: &str, arguments: &[&str]) -> PathBuf {
    let _making = IMAGES.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = PathBuf::from(format!("{STORE}/images"));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    if !file.exists() {
        let script = Path::new(ROOT).join("tests/rootfs");
        run(Command::new(script).args(arguments).arg(&file), b"").ok();
    }
    file
}

/// The files of the build context, without the runner.
fn context() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args([
            "-C",
            ROOT,
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "Containerfile",
            ".containerignore",
            "assets/image",
        ])
        .output()
        .unwrap();
    let mut files: Vec<PathBuf> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(PathBuf::from)
        .filter(|file| Path::new(ROOT).join(file).is_file())
        .collect();
    assert!(files.contains(&PathBuf::from("Containerfile")), "no Containerfile at the root");
    files.sort();
    files
}

/// Changes when anything that goes into the image does.
fn fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    for file in context() {
        file.hash(&mut hasher);
        fs::read(Path::new(ROOT).join(&file)).unwrap().hash(&mut hasher);
    }
    fs::read(programs::runner()).unwrap().hash(&mut hasher);
    hasher.finish()
}
