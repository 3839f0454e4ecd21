//! A job's trace, live: what its containers in the nested podman print, each line with the container it is from.
//!
//! gitlab-runner sends the same to GitLab; here nobody's token is needed for it.

use super::jobs::{self, LABEL};
use crate::host::{Go, ask, interrupt, podman};
use crate::logs::Sink;
use crate::logs::decode::Format;
use crate::logs::feed::{Feed, Options};
use crate::names::{PODMAN_SOCKET, typed};
use crate::problem::{Kind, Problem, Result};
use crate::target::Target;

/// The program, run as the user runner: `$1` is the job, `$2` is `--follow` or nothing. Its first line is its own number,
/// for whoever ends it: what `podman exec` started goes on without it. Containers come and go with a job's stages;
/// when there has been none for two seconds the job is over. What went by while nobody looked is gone with its container.
fn program() -> String {
    format!(
        r#"trap 'trap - TERM; kill 0' TERM INT HUP
echo "$$"; seen=' ' none=0
while :; do
now=$(podman --url {PODMAN_SOCKET} ps --all --filter "label={LABEL}job.id=$1" --format '{{{{.ID}}}} {{{{index .Labels "{LABEL}type"}}}}')
[ -n "$now" ] && none=0 || none=$((none + 1))
while read -r id type; do
case $seen in *" $id "*) continue ;; esac
[ -n "$id" ] || continue
seen="$seen$id "
podman --url {PODMAN_SOCKET} logs $2 "$id" 2>&1 | sed -u "s/^/${{type:-job}}: /" &
done <<.
$now
.
[ -n "$2" ] || break
[ $none -lt 4 ] || break
sleep 0.5
done
wait"#
    )
}

/// Gives the lines of a running job to a sink, and with `follow` those that come, until it ends or the sink has enough.
///
/// # Errors
/// No such job runs, or the container does not answer.
pub fn read(target: &Target, id: u64, follow: bool, sink: &mut dyn Sink) -> Result<()> {
    let (host, name) = (&*target.host, target.name.as_str());
    let Some(running) = jobs::jobs(host, name) else { return Err(silent(name)) };
    if !running.contains(&id) {
        let which =
            if running.is_empty() { "No job runs.".into() } else { format!("Here runs {}.", jobs::named(&running)) };
        let advice = format!("{which} `{}` says what became of others.", typed("logs", name));
        return Err(Problem::new(format!("Job {id} does not run here."), advice).kind(Kind::NotFound));
    }
    let id = id.to_string();
    let words = ["sh", "-c", &program(), "sh", &id, if follow { "--follow" } else { "" }];
    let cmd = podman::exec(name, Some("runner"), &words).timeout(None).query();
    let bells = sink.bells();
    let mut feed = Feed::new(Format::Raw, &Options { follow, ..Options::default() }, sink);
    let mut head = Vec::new();
    let mut number = None;
    let streamed = host.stream(&cmd, &bells, &mut |bytes| {
        match (bytes, &number) {
            (None, _) => feed.idle(),
            (Some(bytes), Some(_)) => feed.bytes(bytes),
            (Some(bytes), None) => {
                head.extend_from_slice(bytes);
                if let Some(end) = head.iter().position(|byte| *byte == b'\n') {
                    number = Some(String::from_utf8_lossy(&head[..end]).trim().to_owned());
                    feed.bytes(&head.split_off(end + 1));
                }
            }
        }
        // When nothing more comes what came is shown, and then it is slept.
        match (feed.stopped(), bytes) {
            (true, _) => Go::Stop,
            (false, Some(_)) => Go::On,
            (false, None) => Go::Sleep,
        }
    });
    match streamed {
        Ok(done) if done.ok() => {
            feed.end();
            Ok(())
        }
        Ok(done) => Err(podman::failed(&cmd, done)),
        Err(problem) if problem.kind == Kind::Interrupted => {
            if let Some(number) = number.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit())) {
                let end = podman::exec(name, Some("runner"), &["sh", "-c", "kill \"$1\"", "sh", &number]);
                let _ = interrupt::cleaning(|| ask(host, &end)); // it ends with the job at the latest
            }
            Ok(())
        }
        Err(problem) => Err(problem),
    }
}

/// The container does not say which jobs run.
pub fn silent(name: &str) -> Problem {
    Problem::new(
        format!("The container {name} does not say which jobs run: it does not run, is paused, or is not ready yet."),
        format!("`{}` says how it is.", typed("status", name)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_one_that_a_shell_can_read() {
        assert!(crate::text::shell::is_readable(&program()));
    }
}
