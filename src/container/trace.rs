//! A job's trace, live: what its containers in the nested podman print, each line with the container it is from.
//!
//! gitlab-runner sends the same to GitLab; here nobody's token is needed for it.

use super::jobs::{self, LABEL};
use super::metrics::ADDRESS;
use super::within::{self, BEGIN};
use crate::host::{Go, interrupt, podman};
use crate::logs::decode::Format;
use crate::logs::{Item, Pipeline, Ruler, Sink};
use crate::names::{PODMAN_SOCKET, typed};
use crate::problem::{Kind, Problem, Result};
use crate::source::Source;
use crate::target::Target;
use crate::text::sanitize::sanitize;
use std::collections::BTreeMap;

/// The program, run as root: `$1` is the job, `$2` is `--follow` or nothing. Its first line is its own number, for whoever
/// ends it: what `podman exec` started goes on without it. A line that begins with `=` tells of another stage, as
/// gitlab-runner has it, or of a service that begins; each other one is a record of a container's log, with what the
/// container is for and its number before it.
///
/// The log is read where it lies: at its limit (`log_size_max`) it begins anew, and `podman logs --follow` loses a third
/// of the lines over that (4.3 to 6.1). `sed -u` would read each byte by itself: a whole core for 50,000 lines a second,
/// sixteen times what it takes by lines. Containers come and go with a job's stages, each with a log, and only a log that was
/// not there before is a reason to ask for them; when there has been none for two seconds, and gitlab-runner does not list
/// the job either (it may pull an image), it is over. What went by while nobody looked is gone with its container.
fn program() -> String {
    let socket = PODMAN_SOCKET.trim_start_matches("unix://");
    format!(
        r#"{BEGIN}
export LC_ALL=C
seen=' ' known=' ' own= none=0 number=0 at= was= n=0
containers() {{
curl -sSm 5 --noproxy "*" --unix-socket {socket} -G --data all=true --data-urlencode "filters={{\"label\":[\"{LABEL}job.id=$1\"]}}" http://podman/v4.0.0/libpod/containers/json |
grep -o '"Id":"[0-9a-f]*"\|"Image":"[^"]*"\|"{LABEL}type":"[a-z]*"' |
awk -F'"' 'function tell() {{ if (id) print id, type, image }} $2 == "Id" {{ tell(); id = $4; type = "build"; next }} $2 == "Image" {{ image = $4; next }} {{ type = $4 }} END {{ tell() }}'
}}
{ADDRESS}
stage() {{ curl -fsm 5 --noproxy "*" "http://$a/debug/jobs/list?v=2" 2>/dev/null | sed -n "s|^url=[^ ]*/-/jobs/$1 .* stage=\([^ ]*\) .*|=\1|p"; }}
logs=/home/podman/.local/share/containers/storage
sleep infinity & alive=$!
while :; do
[ $((n % 2)) = 1 ] || at=$(stage "$1")
case $at in "$was" | "" | =) ;; *) echo "= stage ${{at#=}}" ;; esac
was=$at n=$((n + 1)) new= there=
for log in "$logs"/*-containers/*/userdata/ctr.log; do
case $known in *" $log "*) ;; *) known="$known$log " new=1 ;; esac
done
[ -z "$new" ] || now=$(containers "$1")
[ -z "$new" ] || while read -r id type image; do
case $seen in *" $id "*) continue ;; esac
for log in "$logs"/*-containers/"$id"/userdata/ctr.log; do
[ -f "$log" ] || continue
seen="$seen$id " own="$own $log" number=$((number + 1)) to="s/^/$type $number /"
[ "$type" != service ] || echo "= service $image"
if [ -n "$2" ]; then tail -qF -n +1 -s 0.2 --pid=$alive "$log" 2>/dev/null | stdbuf -oL sed "$to" &
else sed "$to" "$log"
fi
done
done <<.
$now
.
[ -n "$2" ] || break
for log in $own; do [ ! -e "$log" ] || there=1; done
[ -n "$at$there" ] && none=0 || none=$((none + 1))
[ $none -lt 4 ] || break
sleep 0.5
done
kill $alive
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
    let cmd = podman::exec(name, None, &words).timeout(None).query();
    let _owed = interrupt::owe();
    let bells = sink.bells();
    let may_sleep = !bells.is_empty();
    let mut records = Records::default();
    let streamed = host.stream(&cmd, &bells, &mut |bytes| {
        match bytes {
            None => sink.idle(),
            Some(bytes) => records.take(bytes, sink),
        }
        match sink.stopped() {
            true => Go::Stop,
            // Once more, so that what came is shown.
            false if may_sleep && bytes.is_none() => Go::Sleep,
            false => Go::On,
        }
    });
    let number = records.program.take();
    match streamed {
        Ok(done) if done.ok() => {
            records.end(sink);
            sink.idle();
            Ok(())
        }
        Ok(done) => Err(podman::failed(&cmd, done)),
        Err(problem) if problem.kind == Kind::Interrupted => {
            number.into_iter().for_each(|number| within::end(host, name, None, &number));
            Ok(())
        }
        Err(problem) => Err(problem),
    }
}

/// The records of all containers of a job, on their ways.
#[derive(Default)]
struct Records {
    /// The number of the program in the container.
    program: Option<String>,
    /// A line whose end has not come.
    half: Vec<u8>,
    /// By the number of the container.
    ways: BTreeMap<u32, (Source, Pipeline)>,
}

impl Records {
    fn take(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        let mut rest = bytes;
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (line, behind) = rest.split_at(at + 1);
            rest = behind;
            if self.half.is_empty() {
                self.line(line, sink);
            } else {
                let mut whole = std::mem::take(&mut self.half);
                whole.extend_from_slice(line);
                self.line(&whole, sink);
                whole.clear();
                self.half = whole; // its memory
            }
        }
        self.half.extend_from_slice(rest);
    }

    /// `build 1 2026-11-28T10:00:00Z stdout F text`, with its line end.
    fn line(&mut self, line: &[u8], sink: &mut dyn Sink) {
        if self.program.is_none() {
            self.program = Some(String::from_utf8_lossy(line).trim().to_owned());
            return;
        }
        if let Some(text) = line.strip_prefix(b"= ") {
            let text = sanitize(String::from_utf8_lossy(text).trim());
            return sink.item(Item::Ruler(Ruler { time: None, text }));
        }
        let mut words = line.splitn(3, |byte| *byte == b' ');
        let (Some(of), Some(number), Some(record)) = (words.next(), words.next(), words.next()) else { return };
        let Some(number) = std::str::from_utf8(number).ok().and_then(|number| number.parse().ok()) else { return };
        let (source, way) = self.ways.entry(number).or_insert_with(|| {
            let source = match of {
                b"build" => Source::Script,
                b"service" => Source::Service,
                _ => Source::Helper,
            };
            (source, Pipeline::new(Format::K8sFile))
        });
        way.feed(record, &mut |line| sink.item(Item::Line(line.of_job(*source))));
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        for (source, way) in self.ways.values_mut() {
            way.end(&mut |line| sink.item(Item::Line(line.of_job(*source))));
        }
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
    fn each_line_is_its_container_s_however_the_bytes_are_cut() {
        let said = b"4711\n= stage step_script\nbuild 1 2026-11-28T10:00:00Z stdout P one \nservice 2 2026-11-28T10:00:01Z stderr F [1.0] gitlab-runner[4]: glrt-t1_abcdefghijk\n\
                     build 1 2026-11-28T10:00:02Z stdout F two\x1b[2J\npredefined 3 2026-11-28T10:00:03Z stdout P no end\n";
        for chunk in [1, 7, 1000] {
            let (mut records, mut items) = (Records::default(), Vec::<Item>::new());
            said.chunks(chunk).for_each(|bytes| records.take(bytes, &mut items));
            records.end(&mut items);
            let told: Vec<_> = items.iter().filter_map(Item::line).map(|line| (line.source, line.text())).collect();
            let expected = [
                (Source::Service, "[1.0] gitlab-runner[4]: [MASKED]"),
                (Source::Script, "one two␛[2J"),
                (Source::Helper, "no end"),
            ];
            assert_eq!(told, expected);
            assert_eq!(
                items.iter().filter(|item| item.line().is_none()).map(Item::text).collect::<Vec<_>>(),
                ["stage step_script"]
            );
            assert_eq!(records.program.as_deref(), Some("4711"));
        }
    }

    #[test]
    fn the_program_is_one_that_a_shell_can_read() {
        assert!(crate::text::shell::is_readable(&program()));
    }
}
