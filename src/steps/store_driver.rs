//! podman's storage after an upgrade of the distribution: podman 4.3 chose vfs for a rootless user, 6.1 begins an overlay
//! store beside it at its first command, and from the second on it refuses both (seen with 4.3.1 and 6.1.1).

use crate::host::{Cmd, Host, ask};
use crate::plan::Action;
use crate::secret::Secret;
use std::path::{Path, PathBuf};

/// The words by which podman refuses.
const REFUSAL: &str = "several valid graphdrivers";
const DRIVERS: [&str; 2] = ["vfs", "overlay"];

/// Returns what has podman go on with the store that has the containers, where it cannot choose; and its driver.
///
/// Its first command after the boot has readied the containers for running, those of the wrong store: it does so again
/// where its mark of that is gone. (Else: "creating resolv.conf for container …: no such file or directory".)
pub(super) fn choose(host: &dyn Host) -> Option<(Vec<Action>, &'static str)> {
    let home = &host.user().home;
    let root = home.join(".local/share/containers/storage");
    // Two folders are looked for before podman is asked: nearly everywhere there is one.
    if !DRIVERS.iter().all(|driver| host.meta(&root.join(driver)).is_ok()) {
        return None;
    }
    let asked = ask(host, &Cmd::podman(["info", "--format", "{{.Store.GraphRoot}}"])).ok()?;
    if asked.ok() || !asked.lines.iter().any(|line| line.contains(REFUSAL)) {
        return None;
    }
    let conf = home.join(".config/containers/storage.conf");
    if host.read(&conf).is_ok() {
        return None; // somebody's own: what it says is theirs
    }
    let driver = used(host, &root)?;
    let text = format!(
        "# The store that this user's containers are in; podman found two.\n[storage]\ndriver = \"{driver}\"\n"
    );
    let mut actions = vec![Action::Save { path: conf, text: Secret::new(text) }];
    let runtime = host.variable("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    actions.extend(runtime.map(|folder| Action::Remove(Path::new(&folder).join("libpod/tmp/alive"))));
    Some((actions, driver))
}

/// The one driver whose store has containers, else the one that has images.
fn used(host: &dyn Host, root: &Path) -> Option<&'static str> {
    let has = |file: PathBuf| host.read(&file).is_ok_and(|bytes| bytes.windows(5).any(|window| window == b"\"id\":"));
    for kind in ["containers", "images"] {
        let with: Vec<_> =
            DRIVERS.into_iter().filter(|driver| has(root.join(format!("{driver}-{kind}/{kind}.json")))).collect();
        match with[..] {
            [driver] => return Some(driver),
            [] => {}
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_host::Recorded;

    const ROOT: &str = "/home/johndoe/.local/share/containers/storage";
    const INFO: &str = "podman info --format '{{.Store.GraphRoot}}'";

    fn upgraded() -> Recorded {
        Recorded::debian()
            .folder(&format!("{ROOT}/vfs"), 1000)
            .folder(&format!("{ROOT}/overlay"), 1000)
            .file(&format!("{ROOT}/vfs-containers/containers.json"), "[{\"id\":\"c0ffee\"}]")
            .file(&format!("{ROOT}/overlay-images/images.json"), "[]")
            .says(INFO, 125, "Error: configure storage: /x contains several valid graphdrivers: overlay, vfs")
    }

    #[test]
    fn the_store_with_the_containers_is_gone_on_with() {
        let (actions, driver) = choose(&upgraded()).unwrap();
        let [Action::Save { path, text }, Action::Remove(mark)] = &actions[..] else { panic!("{actions:?}") };
        assert_eq!(mark, Path::new("/run/user/1000/libpod/tmp/alive"));
        assert_eq!((driver, path.to_str().unwrap()), ("vfs", "/home/johndoe/.config/containers/storage.conf"));
        assert!(text.expose_str().ends_with("[storage]\ndriver = \"vfs\"\n"));
    }

    #[test]
    fn nothing_is_chosen_where_podman_works_or_somebody_has_chosen() {
        assert!(choose(&Recorded::debian()).is_none());
        assert!(choose(&upgraded().says(INFO, 0, ROOT)).is_none());
        let conf = "/home/johndoe/.config/containers/storage.conf";
        assert!(choose(&upgraded().file(conf, "[storage]\n")).is_none());
        let both = upgraded().file(&format!("{ROOT}/overlay-containers/containers.json"), "[{\"id\":\"1\"}]");
        assert!(choose(&both).is_none(), "containers in both: a user has to say");
    }
}
