//! What a whole log says and no line does: a symptom that is over, a job that died with the nested podman, a runner
//! that is restarted for ever. One pass, line by line; memory does not grow with the log.

use super::reading::{Reading, Time};
use super::words::{duration, number, runner};
use crate::source::Source;
use crate::symptoms::catalogue::{Catalogue, catalogue};
use crate::symptoms::{During, Event, From, Reason, Symptom};
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
    Event(Event, usize),
    /// Nobody said it again for so many seconds.
    Time(f64),
    /// There is room on every file system now (said by who looked at them): it is over, or a job has said it.
    Room,
    /// The host is as it should be now (said by who looked at it), and the container was started since.
    Fixed,
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
    /// What has happened since the container started last, and where last.
    happened: BTreeMap<Event, usize>,
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
            happened: BTreeMap::new(),
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
                self.happens(Event::Start, None)
            }
            Some(Source::Runner) | None if text.contains("Job succeeded") => self.happens(Event::Job, None),
            Some(Source::Runner) | None if text.contains("Checking for jobs... received") => {
                self.happens(Event::Answer, Some(&runner(text)));
                if let (Some(job), true) = (number(text, "job"), self.jobs.len() < JOBS) {
                    self.jobs.insert(job, self.line);
                }
            }
            Some(Source::Podman | Source::Runner) => {}
            // systemd's, or of PID 1 before journald is up.
            _ if text.contains(" running in system mode (") => {
                self.orphans(reading);
                self.happened.clear();
                (self.complaint, self.fatal) = (None, None);
                self.happens(Event::Boot, None);
            }
            _ if text.contains("Received SIGRTMIN+3") || text.contains("Activating special unit") => {
                self.happens(Event::Stop, None)
            }
            _ if text.contains("Listening on podman.socket") => self.happens(Event::Socket, None),
            _ if text.contains("runner.service: Main process exited") => self.orphans(reading),
            _ => {}
        }
    }

    /// gitlab-runner is gone: of the jobs that it still had nobody will tell GitLab.
    fn orphans(&mut self, reading: &Reading) {
        let jobs: Vec<u64> = std::mem::take(&mut self.jobs).into_keys().collect();
        if jobs.is_empty() {
            return;
        }
        self.happens(Event::Orphans, None);
        let known = self.catalogue.all().iter().enumerate();
        for (place, symptom) in known.filter(|(_, symptom)| symptom.at == Some(Event::Orphans)) {
            self.note(place, reading, None, symptom.lasts.map(f64::from));
            if let Some(seen) = self.seen.get_mut(&(place, String::new())) {
                seen.jobs.extend(&jobs);
            }
        }
    }

    /// Something happens, to the runner of this name where it is about one.
    fn happens(&mut self, event: Event, about: Option<&str>) {
        let line = self.line;
        self.happened.insert(event, line);
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
        if symptom.unless.is_some_and(|event| self.happened.contains_key(&event)) {
            return;
        }
        let text = reading.text;
        let before = match &symptom.reason {
            None => None,
            Some(Reason::SaidBy(From::Runner)) => self.fatal.clone(),
            Some(Reason::SaidBy(_)) => self.complaint.clone(),
            Some(Reason::Symptom(id)) => {
                let said = self.said(id).filter(|seen| seen.over.is_none()).max_by_key(|seen| seen.last);
                said.map(|seen| (seen.last, seen.text.clone()))
            }
        };
        let said = symptom.lasts_behind.as_ref().and_then(|behind| duration(text, behind));
        let lasts = said.or(symptom.lasts.map(f64::from));
        self.note(self.lost_job(symptom, text).unwrap_or(place), reading, before, lasts);
    }

    /// What the failure of this line's job is called instead, where that came while the job ran.
    fn lost_job(&self, symptom: &Symptom, text: &str) -> Option<usize> {
        if !text.contains("Job failed") {
            return None;
        }
        let begun = *self.jobs.get(&number(text, "job")?)?;
        self.catalogue.all().iter().position(|story| {
            let came = match &story.during {
                None => None,
                Some(During::Event(event)) => self.happened.get(event).copied(),
                Some(During::Symptom(id)) => self.said(id).map(|seen| seen.last).max(),
            };
            story.replaces.contains(&symptom.id) && came.is_some_and(|line| line > begun)
        })
    }

    /// What was said of this symptom, of each runner.
    fn said(&self, id: &str) -> impl Iterator<Item = &Seen> {
        let of_it =
            self.catalogue.place(id).map(|place| self.seen.range((place, String::new())..(place + 1, String::new())));
        of_it.into_iter().flatten().map(|(_, seen)| seen)
    }

    fn note(&mut self, place: usize, reading: &Reading, before: Option<(usize, String)>, lasts: Option<f64>) {
        let symptom = &self.catalogue.all()[place];
        // Told apart by runner where a runner's own good news ends it.
        let subject = if symptom.ends.contains(&Event::Answer) { runner(reading.text) } else { String::new() };
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

    /// Returns what was found, symptoms in the catalogue's order. `now` is the present where the log is that of a
    /// container that is here; without it the log's last line is.
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
        Told { seen, lines: self.line, booted: self.happened.get(&Event::Boot).copied() }
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
