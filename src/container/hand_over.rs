//! What [`Action::HandOver`](crate::plan::Action::HandOver) does: gitlab-runner gets another text while it runs, and its
//! container stays.
//!
//! The text comes by a pipe, and is written beside the one that is worked with; only when all of it is there, and the file
//! is still what was looked at, a link is moved, which makes both the file and the text that was agreed to new ones in one
//! step. So cut off anywhere, the container has one of the two, whole; [`super::copies`] tells which.

use super::copies::FOLDER;
use super::metrics::loads;
use super::pausing::FLAG;
use crate::host::{Cmd, Finished, Host, Watch, podman};
use crate::problem::{Problem, Result};
use crate::secret::Secret;
use std::sync::mpsc::{Sender, channel};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

/// How long gitlab-runner has to load it, in seconds: it took 0.1 s, and looks at its file every 3 s (17.5.5, 19.4.0).
const PATIENCE: u32 = 10;
/// With a margin for podman on a busy machine, and for what is stored while it waits for its turn.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Not all of the text came.
const CUT: i32 = 81;
/// gitlab-runner's file is another one than was looked at.
const CHANGED: i32 = 82;
/// gitlab-runner is not up, or does not tell what it has loaded.
const DOWN: i32 = 83;
/// It cannot read the text.
const REFUSED: i32 = 84;
/// It has not loaded it in time.
const SILENT: i32 = 85;

/// `$1` bytes of standard input are the file as it was looked at, `$2` more the text. SIGHUP has gitlab-runner load its
/// file at once, whatever time it bears. One that is paused loads it when it starts.
fn script() -> String {
    format!(
        r#"set -eu; umask 077; cd {FOLDER}
{loads}
if [ -e {FLAG} ] && ! systemctl is-active --quiet runner.service; then rests=1; else rests=; fi
new=$(mktemp -d agreed.XXXXXX); trap 'rm -rf "$new"' EXIT
cat >"$new/all"
[ "$(stat -c %s "$new/all")" = $(($1 + $2)) ] || exit {CUT}
head -c "$1" "$new/all" | cmp -s - config.toml || exit {CHANGED}
loads >"$new/before" &
tail -c "$2" "$new/all" >"$new/config.toml"
cp "$new/config.toml" "$new/agreed"; ln -s "$new/config.toml" "$new/link"
chown -R runner:runner "$new"; sync "$new/config.toml" "$new/agreed"
wait $! || [ $rests ] || exit {DOWN}
read -r before <"$new/before" || :
rm "$new/all" "$new/before"
mv -T "$new/link" config.toml
trap - EXIT
find . -maxdepth 1 -name 'agreed.*' ! -name "$new" -exec rm -rf {{}} +
[ ! $rests ] || exit 0
systemctl kill --signal=SIGHUP runner.service
n=0
while n=$((n + 1)); [ "$n" -le {ticks} ]; do
now=$(loads) || {{ sleep 0.02; continue; }}
[ "${{now% *}}" = "${{before% *}}" ] || {{ cmp -s config.toml "$new/agreed" || exit {CHANGED}; exit 0; }}
[ "${{now#* }}" = "${{before#* }}" ] || exit {REFUSED}
sleep 0.02
done
exit {SILENT}"#,
        loads = loads(),
        ticks = PATIENCE * 20
    )
}

/// The command, which takes both texts by a pipe.
fn cmd(name: &str, seen: &Secret, text: &Secret) -> Cmd {
    let (seen, text) = (seen.expose().len().to_string(), text.expose().len().to_string());
    let words = ["exec", "--interactive", name, "sh", "-c", &script(), "sh", &seen, &text];
    Cmd::podman(words).timeout(Some(TIMEOUT))
}

/// A hand-over that has begun: podman lets it into the container, which takes it 0.1 s (podman 5.4.2), and it waits there
/// for the text. Dropped, it changes nothing.
pub struct Ahead<'scope> {
    name: String,
    both: Secret,
    text: Sender<Secret>,
    done: ScopedJoinHandle<'scope, Result<Finished>>,
}

/// Begins to hand a text over, where the file that gitlab-runner works with will still be what was `seen`.
pub fn begin<'scope>(
    scope: &'scope Scope<'scope, '_>,
    host: &'scope dyn Host,
    name: &str,
    (seen, text): (&Secret, &Secret),
    watch: &'scope dyn Watch,
) -> Ahead<'scope> {
    let cmd = cmd(name, seen, text);
    let both = Secret::new([seen.expose(), text.expose()].concat());
    let (send, later) = channel();
    let done = scope.spawn(move || host.run_ahead(&cmd, later, watch));
    Ahead { name: name.to_owned(), both, text: send, done }
}

impl Ahead<'_> {
    /// Hands the text over; ends when gitlab-runner has loaded it.
    ///
    /// # Errors
    /// It was not handed over, or gitlab-runner has not loaded it.
    pub fn go(self) -> Result<()> {
        let Self { name, both, text, done } = self;
        let _ = text.send(both); // it may have ended: then it says why
        drop(text);
        judge(&name, done.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?)
    }
}

/// What its end means.
fn judge(name: &str, done: Finished) -> Result<()> {
    let (what, cause, advice) = match done.code {
        0 => return Ok(()),
        CUT => ("Only a part of the configuration came into the container.", "", GO_ON),
        CHANGED => (
            "gitlab-runner's own file was changed meanwhile.",
            "GitLab may have renewed a token at this moment.",
            GO_ON,
        ),
        DOWN => (
            "gitlab-runner is not up any more, or does not tell what it has loaded.",
            "",
            "`pipglr config apply --recreate` brings it up with the configuration as it is stored; `pipglr status` says what \
             is wrong.",
        ),
        REFUSED => (
            "gitlab-runner cannot load this configuration, and goes on with the one before.",
            "",
            "`pipglr logs` has its reason. `pipglr config undo` goes back.",
        ),
        SILENT => (
            "gitlab-runner has the configuration, and has not loaded it yet.",
            "Where `concurrent` was lowered below the number of running jobs, it loads nothing until enough of them have \
             ended.",
            "It will load it by itself then; `pipglr config apply --recreate` does not wait for that, but for the jobs.",
        ),
        _ => return Err(podman::failed(&podman::exec(name, None, &["sh"]), done)),
    };
    Err(Problem::new(what, advice).cause(cause))
}

const GO_ON: &str = "Nothing was lost: `pipglr config apply` looks again, and goes on.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_go_by_the_pipe_and_the_script_is_one_that_a_shell_can_read() {
        let cmd = cmd("pipglr", &Secret::new("old-token"), &Secret::new("new"));
        assert!(!cmd.shell().contains("old-token"));
        assert_eq!(cmd.args[cmd.args.len() - 2..], ["9", "3"]);
        assert!(crate::text::shell::is_readable(&script()));
    }
}
