//! What the image has done for the network of jobs: who keeps it, and which name server is ended.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Child, Command, Output};

const KEEP: &str = include_str!("../../assets/image/keep-network");
const NETAVARK: &str = include_str!("../../assets/image/netavark");

fn program(path: &Path, text: &str) {
    fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn words(output: &Output) -> String {
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_network_is_made_where_nobody_has_it_and_the_program_runs_whatever_comes_of_that() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let network = at("networks/rootless-netns");
    let script = KEEP.replace("/run/podman/containers/networks/rootless-netns", &network.display().to_string());
    let podman = at("podman");
    fs::write(at("socket"), "the socket").unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let run = |after: &str| {
        let told = "{ echo \"$*\"; [ ! -e /proc/self/fd/3 ] || echo and the socket; }";
        program(&podman, &format!("{told} >>{}; {after}", at("called").display()));
        let _ = fs::remove_file(at("called"));
        // As systemd gives it the socket.
        let given = format!("exec 3<{}; exec sh -c \"$0\" keep-network \"$@\"", at("socket").display());
        let args = ["-c", &given, &script, "sh", "-c", "cat <&3; echo \" for $1\"", "sh", "a b"];
        let done = words(&Command::new("sh").args(args).env("PATH", &path).output().unwrap());
        assert_eq!(done, "the socket for a b\n", "{after}");
        fs::read_to_string(at("called")).unwrap_or_default()
    };
    let count = || fs::read_to_string(network.join("ref-count")).unwrap();
    let made = "--log-level=error unshare --rootless-netns true\n";

    assert_eq!((run("exit 0").as_str(), count().as_str()), (made, "1"), "the first start");
    let conn = network.join("rootless-netns-conn.pid");
    fs::write(&conn, format!("{}\n", std::process::id())).unwrap();
    assert_eq!(run("exit 0"), "", "it is there");
    // Its pasta was killed while two containers are on it.
    let mut dead = Command::new("true").spawn().unwrap();
    dead.wait().unwrap();
    fs::write(&conn, dead.id().to_string()).unwrap();
    fs::write(network.join("ref-count"), "3").unwrap();
    assert_eq!((run("exit 0").as_str(), count().as_str()), (made, "3"));
    assert_eq!(run("echo 'no pasta' >&2; exit 1"), made);
}

/// A name server, or what has its number now; and what /proc says of it and of netavark.
struct Server {
    folder: tempfile::TempDir,
    child: Child,
}

impl Server {
    fn start(name: &str, network: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let child = Command::new("sleep").arg("600").spawn().unwrap();
        let (its, own) = (child.id().to_string(), "self".to_owned());
        for (pid, network) in [(&its, network), (&own, "net:[2]")] {
            fs::create_dir_all(folder.path().join(format!("proc/{pid}/ns"))).unwrap();
            symlink(network, folder.path().join(format!("proc/{pid}/ns/net"))).unwrap();
        }
        fs::write(folder.path().join(format!("proc/{its}/comm")), format!("{name}\n")).unwrap();
        fs::create_dir(folder.path().join("aardvark-dns")).unwrap();
        fs::write(folder.path().join("aardvark-dns/aardvark.pid"), its).unwrap();
        Self { folder, child }
    }

    /// Calls what stands in for netavark; returns whether the process runs on, and whether it is still noted down.
    fn after(&mut self, command: &str) -> (bool, bool) {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        program(Path::new(&at("netavark")), "cat; echo \"$*\"");
        let script = NETAVARK.replace("/usr/lib/podman/netavark", &at("netavark")).replace("/proc/", &at("proc/"));
        let args = ["-c", &script, "netavark", "--config", &at(""), command, "/run/netns/job"];
        let done = Command::new("sh").args(args).env("HOME", at("home")).output().unwrap();
        assert_eq!(words(&done), format!("--config {} {command} /run/netns/job\n", at("")));
        std::thread::sleep(std::time::Duration::from_millis(100));
        (self.child.try_wait().unwrap().is_none(), Path::new(&at("aardvark-dns/aardvark.pid")).exists())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_name_server_that_outlived_its_network_is_ended_before_a_container_starts_and_nobody_else() {
    let seen = |name, network, command| Server::start(name, network).after(command);
    assert_eq!(seen("aardvark-dns", "net:[1]", "setup"), (false, false), "another network than now");
    assert_eq!(seen("aardvark-dns", "net:[2]", "setup"), (true, true), "the one of now");
    assert_eq!(seen("aardvark-dns", "net:[1]", "teardown"), (true, true), "nothing is set up");
    // It was killed, and its number is another process's: netavark is not to take that for its name server either.
    assert_eq!(seen("conmon", "net:[1]", "setup"), (true, false));
    let mut none = Server::start("aardvark-dns", "net:[1]");
    fs::remove_file(none.folder.path().join("aardvark-dns/aardvark.pid")).unwrap();
    assert_eq!(none.after("setup"), (true, false), "no container was on a network yet");
}
