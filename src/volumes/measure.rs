//! One look at the disk, from inside the container: podman's own lists, and what each folder of its storage takes.
//!
//! `podman system df` counts by what layers were when they were packed, and leaves out the copies of layers that a user
//! namespace of its own costs (5.4.2); so the folders are measured.

use super::Held;
use crate::container::copies::FOLDER;
use crate::container::within::{self, BEGIN};
use crate::host::{Cmd, Go, Host, Watch, interrupt, podman};
use crate::names::{PODMAN_SOCKET, typed};
use crate::problem::{Kind, Problem, Result};
use crate::target::Target;
use std::time::{Duration, Instant};

/// A million files take a minute on a slow disk.
const MEASURED: Duration = Duration::from_secs(600);

/// The program. Each line begins with what it is of. Podman's lists are its files, which name the layers that its answers
/// do not; a driver has its own folders (`overlay-images`, `vfs-images`), newer versions keep containers in volatile ones.
/// The service is asked first and read last: it may have to start, while the folders are measured.
fn program() -> String {
    let socket = PODMAN_SOCKET.trim_start_matches("unix://");
    format!(
        r#"{BEGIN}
{{ setpriv --reuid=runner --regid=runner --init-groups curl -sS --max-time 20 --noproxy '*' --unix-socket {socket} \
  'http://podman/v4.0.0/libpod/volumes/json?filters=%7B%22dangling%22%3A%5B%22false%22%5D%7D' | {{ cd /home/podman/.local/share/containers/storage || exit 1
list() {{ what=$1; shift; for file; do [ -f "$file" ] && printf '%s ' "$what" && tr -d '\n' <"$file" && echo; done; :; }}
list images *-images/images.json
list layers *-layers/layers.json *-layers/volatile-layers.json
list containers *-containers/containers.json *-containers/volatile-containers.json
stat -c 'came %Y %n' *-images/*/ 2>/dev/null
for volume in volumes/*/; do [ -d "$volume" ] && echo "used $(find "$volume" -maxdepth 3 -printf '%Ts\n' 2>/dev/null | sort -n | tail -n 1) $volume"; done
grep -h '"Status":"create".*"Type":"container"' /run/podman/libpod/tmp/events/events.log 2>/dev/null | tail -n 5000 | sed 's/^/event /'
du -x -B1 -d3 . 2>/dev/null | grep -E '[[:space:]]\.(/(overlay|vfs/dir|volumes)/[^/]+)?$' | sed 's/^/size /'
for folder in /cache {FOLDER}; do mountpoint -q "$folder" && du -x -B1 -s "$folder"; done 2>/dev/null | sed 's/^/size /'
df -B1 --output=used,avail,itotal,iavail . | tail -n 1 | sed 's/^/room /'; printf 'busy '; tr -d '\n'; echo; }}; }} &
wait $!"#
    )
}

fn cmd(container: &str) -> Cmd {
    podman::exec(container, None, &["sh", "-c", &program()]).timeout(None).query()
}

/// Measures what lies on the jobs' disk; nothing is stopped for it, and it ends with who looks.
///
/// # Errors
/// There is no such container, it does not run, or it does not answer; or the user has stopped it.
pub fn measure(target: &Target) -> Result<Held> {
    let (host, name): (&dyn Host, _) = (&*target.host, target.name.as_str());
    let cmd = cmd(name);
    let _owed = interrupt::owe();
    let (watch, begun, mut said, mut late) = (interrupt::Query::begin(), Instant::now(), vec![], false);
    let done = host.stream(&cmd, &[], &mut |bytes| {
        said.extend_from_slice(bytes.unwrap_or_default());
        late = begun.elapsed() > MEASURED && !watch.patient();
        if late || watch.stopped() { Go::Stop } else { Go::On }
    });
    let text = String::from_utf8_lossy(&said);
    match done {
        Ok(done) if done.ok() => Ok(Held::read(text.lines())),
        Ok(done) => Err(why(host, name)?.unwrap_or_else(|| podman::failed(&cmd, done))),
        Err(problem) => {
            within::end(host, name, None, text.lines().next().unwrap_or_default().trim());
            let slow = || {
                let what = format!("The disk was not measured within {} s.", MEASURED.as_secs());
                Problem::new(what, "`--patient` waits for it, however long it takes.").kind(Kind::TimedOut)
            };
            Err(if late { slow() } else { problem })
        }
    }
}

/// What stands in the way, asked only where something does.
fn why(host: &dyn Host, name: &str) -> Result<Option<Problem>> {
    Ok(match podman::container(host, name)? {
        None => Some(Problem::new(format!("There is no container {name}."), "`pipglr setup` makes it.")),
        Some(container) if !container.running() => Some(Problem::new(
            format!("The container {name} does not run, and only in it is known what its disk holds."),
            format!("Start it: `{}`.", typed("start", name)),
        )),
        Some(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_one_that_a_shell_can_read() {
        assert!(crate::text::shell::is_readable(&program()));
    }
}
