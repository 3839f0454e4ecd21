//! What a whole log says and no line does: a symptom that is over, a job that died with the nested podman, a runner
//! that is restarted for ever. One pass, line by line; memory does not grow with the log.

use super::reading::{Reading, Time};
use crate::source::Source;
use crate::symptoms::catalogue::{Catalogue, catalogue};
use crate::symptoms::{Ends, Symptom};
use std::collections::BTreeMap;

/// A symptom in a log, from when it was first said to when it was over.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its place in the catalogue.
    pub symptom: usize,
    /// The line that said it first, counted from 1, and where from.
    pub line: usize,
    /// Who said it.
    pub source: Option<Source>,
    /// What that line says.
    pub text: String,
    /// How often it was said.
    pub times: u64,
    /// The line that said it last.
    pub last: usize,
    time: Option<Time>,
    lasts: Option<f64>,
    /// What shows that it is over.
    pub over: Option<Over>,
    /// A line before it that says more.
    pub before: Option<(usize, String)>,
    /// The jobs that it is about, where it is about jobs that no line names.
    pub jobs: Vec<u64>,
}

/// Why a symptom is past.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Over {
    /// Something happened, at this line.
    Event(Ends, usize),
    /// Nobody said it again for so many seconds.
    Time(f64),
    /// There is room on every file system now (said by who looked at them): it is over, or a job has said it.
    Room,
    /// The host is as it should be now (said by who looked at it), and the container was started since.
    Mended,
}

/// Reads a log.
pub struct Story {
    catalogue: &'static Catalogue,
    line: usize,
    time: Option<Time>,
    /// By symptom and by the runner that it is about.
    seen: BTreeMap<(usize, String), Seen>,
    /// Jobs that run: the line that they began at.
    jobs: BTreeMap<u64, usize>,
    /// Where the nested podman died last.
    podman_died: Option<usize>,
    /// The container is being stopped, since this line.
    stopping: Option<usize>,
    /// Where the container started last.
    booted: Option<usize>,
    /// The last complaints of podman or systemd, and of gitlab-runner, that are no symptom of their own or more than a mark.
    complaint: Option<(usize, String)>,
    fatal: Option<(usize, String)>,
}

/// Runners are told apart up to this many: no log makes us remember more.
const SUBJECTS: usize = 500;
/// Jobs that run at once, as far as we count.
const JOBS: usize = 1000;

impl Default for Story {
    fn default() -> Self {
        Self {
            catalogue: catalogue(),
            line: 0,
            time: None,
            seen: BTreeMap::new(),
            jobs: BTreeMap::new(),
            podman_died: None,
            stopping: None,
            booted: None,
            complaint: None,
            fatal: None,
        }
    }
}

impl Story {
    /// Takes the next line.
    pub fn line(&mut self, reading: Reading) {
        self.line += 1;
        self.time = reading.time.or(self.time);
        if reading.job {
            if let Some(found) = self.catalogue.find_in_job(reading.text) {
                self.symptom(found, &self.catalogue.all()[found], &reading);
            }
            return;
        }
        self.events(&reading);
        let found = self.catalogue.find_place(reading.source, reading.text);
        match found.map(|at| &self.catalogue.all()[at]) {
            None => self.complain(&reading),
            Some(symptom) if symptom.severity.is_finding() => {
                self.symptom(found.unwrap_or_default(), symptom, &reading)
            }
            Some(_) => {}
        }
        // After it was looked at: a job that failed is no running one any more.
        if reading.source != Some(Source::Systemd) && reading.source != Some(Source::Podman) {
            let text = reading.text;
            if (text.contains("Job failed")
                || text.contains("Removed job from processing list")
                || text.contains("Job succeeded"))
                && let Some(job) = number(text, "job")
            {
                self.jobs.remove(&job);
            }
        }
    }

    /// So many lines of the file were read, which are not as many as were told where a driver has cut one.
    pub fn lines_are(&mut self, lines: usize) {
        self.line = lines;
    }

    fn events(&mut self, reading: &Reading) {
        let text = reading.text;
        match reading.source {
            Some(Source::Runner) | None if text.contains("Initializing executor providers") => {
                self.ends(Ends::Start, None)
            }
            Some(Source::Runner) | None if text.contains("Job succeeded") => self.ends(Ends::Job, None),
            Some(Source::Runner) | None if text.contains("Checking for jobs... received") => {
                self.ends(Ends::Answer, Some(&runner(text)));
                if let (Some(job), true) = (number(text, "job"), self.jobs.len() < JOBS) {
                    self.jobs.insert(job, self.line);
                }
            }
            Some(Source::Podman | Source::Runner) => {}
            // systemd's, or of PID 1 before journald is up.
            _ if text.contains(" running in system mode (") => {
                self.orphans(reading);
                (self.podman_died, self.stopping, self.booted) = (None, None, Some(self.line));
                (self.complaint, self.fatal) = (None, None);
                self.ends(Ends::Boot, None);
            }
            _ if text.contains("Received SIGRTMIN+3") || text.contains("Activating special unit") => {
                self.stopping = self.stopping.or(Some(self.line));
            }
            _ if text.contains("Listening on podman.socket") => self.ends(Ends::Socket, None),
            _ if text.contains("runner.service: Main process exited") => self.orphans(reading),
            _ => {}
        }
    }

    /// gitlab-runner is gone: of the jobs that it still had nobody will tell GitLab.
    fn orphans(&mut self, reading: &Reading) {
        let jobs: Vec<u64> = std::mem::take(&mut self.jobs).into_keys().collect();
        if let Some(place) = self.catalogue.place("job-orphaned").filter(|_| !jobs.is_empty()) {
            let lasts = self.catalogue.all()[place].lasts.map(f64::from);
            self.note(place, reading, None, lasts);
            if let Some(seen) = self.seen.get_mut(&(place, String::new())) {
                seen.jobs.extend(jobs);
            }
        }
    }

    fn ends(&mut self, event: Ends, about: Option<&str>) {
        let line = self.line;
        for ((symptom, subject), seen) in &mut self.seen {
            let theirs = about.is_none_or(|about| subject.is_empty() || subject == about);
            if seen.over.is_none() && theirs && self.catalogue.all()[*symptom].ends.contains(&event) {
                seen.over = Some(Over::Event(event, line));
            }
        }
    }

    /// A line that complains and is no symptom may say why the next one is one.
    fn complain(&mut self, reading: &Reading) {
        let text = reading.text;
        let complains = ["rror", "FATAL", "PANIC", "panic", "ailed", "annot"].iter().any(|word| text.contains(word));
        if complains {
            match reading.source {
                Some(Source::Runner) => self.fatal = Some((self.line, text.to_owned())),
                _ => self.complaint = Some((self.line, text.to_owned())),
            }
        }
    }

    fn symptom(&mut self, place: usize, symptom: &Symptom, reading: &Reading) {
        let mut place = place;
        let text = reading.text;
        if symptom.id == "podman-died" {
            if self.stopping.is_some() {
                return; // its end was wanted
            }
            self.podman_died = Some(self.line);
        }
        if let Some(lost) = self.lost_job(&symptom.id, text) {
            place = lost;
        }
        let before = match symptom.id.as_str() {
            "preparation-failed" | "job-system-failure" | "attach-failed" | "podman-unreachable" => {
                self.complaint.clone()
            }
            "image-pull" => self.said_by("registry-fails"),
            "runner-disabled" => self.said_by("token-refused"),
            "runner-restarts" => self.fatal.clone(),
            _ => None,
        };
        let lasts = duration(text).filter(|_| symptom.id == "runner-disabled").or(symptom.lasts.map(f64::from));
        self.note(place, reading, before, lasts);
    }

    /// The job of this line was lost because the nested podman died, or was stopped, while it ran.
    fn lost_job(&self, id: &str, text: &str) -> Option<usize> {
        let broke = ["podman-connection-broke", "podman-unreachable", "job-system-failure", "attach-failed"]
            .contains(&id)
            && text.contains("Job failed (system failure)");
        if !broke && id != "job-unwatched" {
            return None;
        }
        let begun = *self.jobs.get(&number(text, "job")?)?;
        let story = match (self.podman_died, self.stopping) {
            (Some(died), _) if died > begun => "job-lost-to-podman",
            (_, Some(stop)) if stop > begun && id != "job-system-failure" => "job-lost-to-stop",
            _ => return None,
        };
        self.catalogue.place(story)
    }

    /// The last line that said this.
    fn said_by(&self, id: &str) -> Option<(usize, String)> {
        let place = self.catalogue.place(id)?;
        let of_it = self.seen.range((place, String::new())..).take_while(|((symptom, _), _)| *symptom == place);
        of_it
            .map(|(_, seen)| seen)
            .filter(|seen| seen.over.is_none())
            .max_by_key(|seen| seen.last)
            .map(|seen| (seen.last, seen.text.clone()))
    }

    fn note(&mut self, place: usize, reading: &Reading, before: Option<(usize, String)>, lasts: Option<f64>) {
        let symptom = &self.catalogue.all()[place];
        // Told apart by runner where a runner's own good news ends it.
        let subject = if symptom.ends.contains(&Ends::Answer) { runner(reading.text) } else { String::new() };
        let subject = if self.seen.len() < SUBJECTS { subject } else { String::new() };
        let line = self.line;
        let fresh = Seen {
            symptom: place,
            line,
            source: reading.source,
            text: reading.text.to_owned(),
            times: 0,
            last: line,
            time: None,
            lasts,
            over: None,
            before,
            jobs: vec![],
        };
        let now = reading.time.or(self.time);
        let seen = self.seen.entry((place, subject)).or_insert_with(|| fresh.clone());
        if seen.over.is_some() || gone(seen, now).is_some() {
            *seen = fresh; // it came back
        } else if seen.before.is_none() {
            seen.before = fresh.before;
        }
        seen.times += 1;
        seen.last = line;
        seen.time = now;
    }

    /// What was found, symptoms in the catalogue's order. `now` is the present where the log is that of a container
    /// that is here; without it the log's last line is.
    pub fn tell(mut self, now: Option<Time>) -> Told {
        let now = now.or(self.time);
        for seen in self.seen.values_mut() {
            if seen.over.is_none() {
                seen.over = gone(seen, now).map(Over::Time);
            }
        }
        let enough = |seen: &Seen| seen.times >= self.catalogue.all()[seen.symptom].times;
        let all: Vec<Seen> = self.seen.into_values().filter(enough).collect();
        // Named only where what it follows from is not, or is past when it is not.
        let covered = |seen: &Seen| {
            let under = &self.catalogue.all()[seen.symptom].under;
            all.iter().any(|other| {
                under.contains(&self.catalogue.all()[other.symptom].id) && (other.over.is_none() || seen.over.is_some())
            })
        };
        let seen = all.iter().filter(|seen| !covered(seen)).cloned().collect();
        Told { seen, lines: self.line, booted: self.booted }
    }
}

/// What a log says.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The symptoms, past ones too, in the catalogue's order.
    pub seen: Vec<Seen>,
    /// Lines in all.
    pub lines: usize,
    /// The line at which the container started last; `None` where that is not in the log.
    pub booted: Option<usize>,
}

/// How long it was not said again, where that is long enough for it to be over.
fn gone(seen: &Seen, now: Option<Time>) -> Option<f64> {
    let quiet = now?.since(seen.time?)?;
    (quiet > seen.lasts?).then_some(quiet)
}

/// `disabled for 1h0m0s` in seconds.
fn duration(text: &str) -> Option<f64> {
    let rest = text.split_once("disabled for ")?.1;
    let (mut seconds, mut number) = (0.0, String::new());
    for c in rest.chars() {
        match c {
            '0'..='9' | '.' => number.push(c),
            'h' | 'm' | 's' => {
                let unit = if c == 'h' {
                    3600.0
                } else if c == 'm' {
                    60.0
                } else {
                    1.0
                };
                seconds += number.parse::<f64>().ok()? * unit;
                number.clear();
            }
            _ => break,
        }
    }
    (seconds > 0.0).then_some(seconds)
}

/// The value of a field in gitlab-runner's three formats: ` job=7`, `"job":7`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (at, _) = text.match_indices(name).find(|(at, _)| {
        let behind = &text[at + name.len()..];
        let before = text[..*at].chars().next_back();
        (before == Some(' ') && behind.starts_with('=')) || (before == Some('"') && behind.starts_with("\":"))
    })?;
    let value = text[at + name.len()..].trim_start_matches(['"', ':', '=']);
    Some(value.split([' ', '"', ',', '}']).next().unwrap_or_default())
}

fn number(text: &str, name: &str) -> Option<u64> {
    field(text, name)?.parse().ok()
}

/// The runner that a line is about, by its shortened token; empty where it names none.
fn runner(text: &str) -> String {
    // `Runner "http://host/fakea8d2" is unhealthy`
    let named = || {
        let address = text[..text.find(" is unhealthy")?].trim_end_matches(['"', '\\']);
        Some(address[address.rfind('/')? + 1..].to_owned())
    };
    field(text, "runner").map(str::to_owned).or_else(named).unwrap_or_default()
}
