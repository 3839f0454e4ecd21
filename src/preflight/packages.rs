//! What a distribution calls the packages, and the command that installs them.

use crate::host::{Cmd, Privilege};
use crate::plan::Action;

/// Something that a package brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    /// podman, with all that it needs without root.
    Podman,
    /// newuidmap and newgidmap.
    IdMap,
    /// pasta.
    Pasta,
    /// slirp4netns.
    Slirp,
    /// A D-Bus for each user.
    UserBus,
    /// fuse-overlayfs.
    FuseOverlay,
}

/// A package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manager {
    Apt,
    Dnf,
    Zypper,
    Pacman,
    Apk,
}

/// By `ID` and `ID_LIKE` of /etc/os-release; `None` for a distribution that is not known.
fn manager(os_release: &str) -> Option<Manager> {
    let value = |key: &str| {
        os_release
            .lines()
            .find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))
            .map(|value| value.trim_matches(['"', '\'']).to_lowercase())
            .unwrap_or_default()
    };
    let ids = format!("{} {}", value("ID"), value("ID_LIKE"));
    ids.split_whitespace().find_map(|id| {
        Some(match id {
            "debian" | "ubuntu" | "raspbian" | "linuxmint" => Manager::Apt,
            "fedora" | "rhel" | "centos" | "rocky" | "almalinux" | "ol" | "amzn" => Manager::Dnf,
            "suse" | "opensuse" | "sles" | "opensuse-leap" | "opensuse-tumbleweed" => Manager::Zypper,
            "arch" | "archarm" | "manjaro" => Manager::Pacman,
            "alpine" => Manager::Apk,
            _ => return None,
        })
    })
}

impl Manager {
    fn packages(self, thing: Thing) -> &'static [&'static str] {
        match (thing, self) {
            // With recommended packages left out, what rootless use needs must be named.
            (Thing::Podman, Self::Apt) => &[
                "podman",
                "uidmap",
                "passt",
                "slirp4netns",
                "fuse-overlayfs",
                "dbus-user-session",
                "netavark",
                "aardvark-dns",
            ],
            (Thing::Podman, Self::Dnf) => &["podman", "shadow-utils"],
            (Thing::Podman, Self::Zypper) => &["podman", "shadow"],
            (Thing::Podman, Self::Pacman) => &["podman", "shadow", "passt", "fuse-overlayfs"],
            (Thing::Podman, Self::Apk) => &["podman", "shadow", "shadow-uidmap", "fuse-overlayfs"],
            (Thing::IdMap, Self::Apt) => &["uidmap"],
            (Thing::IdMap, Self::Dnf) => &["shadow-utils"],
            (Thing::IdMap, Self::Zypper | Self::Pacman) => &["shadow"],
            (Thing::IdMap, Self::Apk) => &["shadow-uidmap"],
            (Thing::Pasta, _) => &["passt"],
            (Thing::Slirp, _) => &["slirp4netns"],
            (Thing::UserBus, Self::Apt) => &["dbus-user-session"],
            (Thing::UserBus, Self::Dnf | Self::Pacman) => &["dbus-broker"],
            (Thing::UserBus, Self::Zypper | Self::Apk) => &["dbus-1"],
            (Thing::FuseOverlay, _) => &["fuse-overlayfs"],
        }
    }

    fn install(self, packages: &[&str]) -> Vec<Cmd> {
        let with = |program: &str, words: &[&str]| {
            Cmd::new(program, words.iter().chain(packages).copied()).privilege(Privilege::Root).timeout(None)
        };
        match self {
            Self::Apt => vec![
                Cmd::new("apt-get", ["update"]).privilege(Privilege::Root).timeout(None),
                with("apt-get", &["install", "--yes"]),
            ],
            Self::Dnf => vec![with("dnf", &["install", "--assumeyes"])],
            Self::Zypper => vec![with("zypper", &["--non-interactive", "install"])],
            Self::Pacman => vec![with("pacman", &["-S", "--needed", "--noconfirm"])],
            Self::Apk => vec![with("apk", &["add"])],
        }
    }
}

/// The actions that install it; `None` where the distribution is not known.
pub(super) fn install(os_release: &str, thing: Thing) -> Option<Vec<Action>> {
    let manager = manager(os_release)?;
    Some(manager.install(manager.packages(thing)).into_iter().map(Action::Run).collect())
}

/// The actions that install it once more, with the rights that its files are to have; `None` where the distribution is not
/// known.
pub(super) fn reinstall(os_release: &str, thing: Thing) -> Option<Vec<Action>> {
    let manager = manager(os_release)?;
    let words: &[&str] = match manager {
        Manager::Apt => &["apt-get", "install", "--reinstall", "--yes"],
        Manager::Dnf => &["dnf", "reinstall", "--assumeyes"],
        Manager::Zypper => &["zypper", "--non-interactive", "install", "--force"],
        Manager::Pacman => &["pacman", "-S", "--noconfirm"],
        Manager::Apk => &["apk", "fix", "--reinstall"],
    };
    let words = [words, manager.packages(thing)].concat();
    Some(vec![Action::Run(Cmd::new(words[0], words[1..].iter().copied()).privilege(Privilege::Root).timeout(None))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(os_release: &str, thing: Thing) -> Vec<String> {
        install(os_release, thing).into_iter().flatten().flat_map(|action| action.shell()).collect()
    }

    #[test]
    fn each_distribution_has_its_own_words() {
        let uidmap = |text: &str| lines(text, Thing::IdMap).pop().unwrap();
        assert_eq!(uidmap("ID=debian\n"), "sudo apt-get install --yes uidmap");
        assert_eq!(uidmap("NAME=x\nID=linux-new\nID_LIKE=\"ubuntu debian\"\n"), "sudo apt-get install --yes uidmap");
        assert_eq!(
            uidmap("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"),
            "sudo dnf install --assumeyes shadow-utils"
        );
        assert_eq!(uidmap("ID=\"opensuse-leap\"\n"), "sudo zypper --non-interactive install shadow");
        assert_eq!(uidmap("ID=arch\n"), "sudo pacman -S --needed --noconfirm shadow");
        assert_eq!(uidmap("ID=alpine\n"), "sudo apk add shadow-uidmap");
        assert_eq!(lines("ID=plan9\n", Thing::IdMap), Vec::<String>::new());
        assert_eq!(lines("ID=debian\n", Thing::Podman)[0], "sudo apt-get update");
    }
}
