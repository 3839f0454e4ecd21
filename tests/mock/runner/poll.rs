//! `run`: asks for jobs, runs as many at once as `concurrent` says, and ends
//! gracefully on SIGQUIT.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;
use toml::Table;

use crate::api::{Answer, Api};
use crate::config::{self, Config};
use crate::options::Options;
use crate::{job, log, metrics};

/// What all the threads of a run share.
pub struct Run {
    pub builds: AtomicI64,
    pub max_builds: AtomicI64,
    /// The file, and how often it was loaded: what was asked for before is asked for no more.
    file: PathBuf,
    generation: AtomicU64,
    /// No new jobs.
    pub stopping: AtomicBool,
    /// Running jobs are to end now.
    pub abort: AtomicBool,
    pub system_id: String,
    /// Jobs that run: the token of their runner, their project, their number among those of both.
    pub slots: Mutex<Vec<Slot>>,
}

pub type Slot = (String, u64, u64);

impl Run {
    /// The lowest number that no other job of this runner and project has, until it is given back.
    pub fn slot(&self, token: &str, project: u64) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let free = (0..).map(|number| (token.to_owned(), project, number)).find(|slot| !slots.contains(slot));
        let slot = free.unwrap_or_default();
        slots.push(slot.clone());
        slot
    }

    pub fn give_back(&self, slot: &Slot) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| other != slot);
    }

    /// `builds=… max_builds=…`, which most lines of a run carry.
    pub fn fields(&self) -> [(&'static str, String); 2] {
        [
            ("builds", self.builds.load(Ordering::SeqCst).to_string()),
            ("max_builds", self.max_builds.load(Ordering::SeqCst).to_string()),
        ]
    }

    pub fn say(&self, level: log::Level, message: &str, more: log::Fields) {
        let mut fields = self.fields().to_vec();
        fields.extend_from_slice(more);
        log::log(level, message, &fields);
    }
}

/// What gitlab-runner tells the server of itself.
pub fn info(executor: &str) -> Value {
    json!({
        "name": "gitlab-runner", "version": "17.5.5", "revision": "stand-in",
        "platform": "linux", "architecture": "amd64", "executor": executor, "shell": "bash",
        "features": {"variables": true, "image": true, "services": true, "cancelable": true, "trace_checksum": true},
    })
}

pub fn run(options: &Options, file: &Path) -> i32 {
    let zero = [("builds", "0".to_string()), ("max_builds", "0".to_string())];
    log::info(&format!("Starting multi-runner from {}...", file.display()), &zero);
    crate::mode_warning(true);
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(text) => return log::fatal("Service run failed", &[("error", text)]),
    };
    let max_builds = config.concurrent();
    for (key, set) in [("log_level", log::set_level as fn(&str) -> bool), ("log_format", log::set_format)] {
        let word = config::str(&config.table, key);
        if !word.is_empty() && options.get(&key.replace('_', "-"), "").is_none() {
            set(word);
        }
    }
    let run = Arc::new(Run {
        builds: AtomicI64::new(0),
        max_builds: AtomicI64::new(max_builds),
        file: file.to_path_buf(),
        generation: AtomicU64::new(0),
        stopping: AtomicBool::new(false),
        abort: AtomicBool::new(false),
        system_id: config.system_id.clone(),
        slots: Mutex::default(),
    });
    run.say(log::Level::Info, "Configuration loaded", &[]);
    metrics::CONCURRENT.store(max_builds, Ordering::SeqCst);
    metrics::LOADED.fetch_add(1, Ordering::SeqCst);
    let address = options
        .get("listen-address", "LISTEN_ADDRESS")
        .unwrap_or_else(|| config::str(&config.table, "listen_address").to_string());
    if address.is_empty() {
        run.say(log::Level::Info, "listen_address not defined, metrics & debug endpoints disabled", &[]);
    } else {
        match metrics::serve(&address) {
            Ok(()) => run.say(log::Level::Info, "Metrics server listening", &[("address", address)]),
            // As 17.5.5 does; its own words for the error are Go's.
            Err(e) => {
                let error = format!("listen tcp {address}: bind: {}", e.to_string().to_lowercase());
                let fields = [("builds", "0".to_owned()), ("error", error), ("max_builds", max_builds.to_string())];
                return log::fatal("Failed to create listener for metrics server", &fields);
            }
        }
    }
    run.say(log::Level::Info, "[session_server].listen_address not defined, session endpoints disabled", &[]);
    run.say(log::Level::Info, "Initializing executor providers", &[]);

    if max_builds < 1 {
        return log::fatal("Concurrent is less than 1 - no jobs will be processed", &zero);
    }
    ask(&run, &config);
    wait_for_signal(&run)
}

/// Asks for each runner's jobs from now on.
fn ask(run: &Arc<Run>, config: &Config) {
    let interval = match config::int(&config.table, "check_interval") {
        Some(seconds) if seconds > 0 => Duration::from_secs(seconds.unsigned_abs()),
        _ => Duration::from_secs(3),
    };
    let generation = run.generation.fetch_add(1, Ordering::SeqCst) + 1;
    for runner in config.runners() {
        let (run, runner) = (run.clone(), runner.clone());
        thread::spawn(move || poll(&run, &Arc::new(runner), interval, generation));
    }
}

/// As 17.5.5 does on SIGHUP; one that cannot be read changes nothing.
fn load(run: &Arc<Run>) {
    match Config::load(&run.file) {
        Ok(config) => {
            run.max_builds.store(config.concurrent(), Ordering::SeqCst);
            run.say(log::Level::Info, "Configuration loaded", &[]);
            metrics::CONCURRENT.store(config.concurrent(), Ordering::SeqCst);
            ask(run, &config);
            metrics::LOADED.fetch_add(1, Ordering::SeqCst);
        }
        Err(text) => {
            run.say(log::Level::Error, &format!("Failed to load config {text}"), &[]);
            metrics::NOT_LOADED.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn wait_for_signal(run: &Arc<Run>) -> i32 {
    let Ok(mut signals) = Signals::new([SIGQUIT, SIGTERM, SIGINT, SIGHUP]) else {
        return log::fatal("Service run failed", &[("error", "no signals".into())]);
    };
    for signal in signals.forever() {
        let name = match signal {
            SIGHUP => {
                load(run);
                continue;
            }
            SIGQUIT => "quit",
            SIGTERM => "terminated",
            _ => "interrupt",
        };
        let first = !run.stopping.swap(true, Ordering::SeqCst);
        run.say(log::Level::Warning, "[runWait] received stop signal", &[("stop-signal", name.into())]);
        if signal == SIGQUIT && first {
            run.say(
                log::Level::Warning,
                "Starting graceful shutdown, waiting for builds to finish",
                &[("StopSignal", name.into())],
            );
            let run = run.clone();
            thread::spawn(move || {
                while run.builds.load(Ordering::SeqCst) > 0 {
                    thread::sleep(Duration::from_millis(50));
                }
                exit(&run);
            });
        } else {
            run.say(
                log::Level::Warning,
                "Starting forceful shutdown",
                &[("StopSignal", name.into()), ("shutdown-timeout", "30s".into())],
            );
            run.abort.store(true, Ordering::SeqCst);
            for _ in 0..600 {
                if run.builds.load(Ordering::SeqCst) == 0 {
                    break;
                }
                thread::sleep(Duration::from_millis(50));
            }
            exit(run);
        }
    }
    0
}

fn exit(run: &Run) -> ! {
    use log::Level::Info;
    run.say(Info, "All workers stopped.", &[]);
    run.say(Info, "Shutting down executor providers", &[("shutdown-timeout", "30s".into())]);
    run.say(Info, "All executor providers shut down.", &[]);
    run.say(Info, "Can exit now!", &[]);
    std::process::exit(0)
}

/// One `[[runners]]` entry, for as long as the run lasts.
fn poll(run: &Arc<Run>, runner: &Arc<Table>, interval: Duration, generation: u64) {
    let limit = config::int(runner, "limit").filter(|l| *l > 0).unwrap_or(i64::MAX);
    let own = Arc::new(AtomicI64::new(0));
    let mut unhealthy = 0;
    let current = || run.generation.load(Ordering::SeqCst) == generation;
    while !run.stopping.load(Ordering::SeqCst) && current() {
        let free = own.load(Ordering::SeqCst) < limit && take_slot(run);
        let mut taken = false;
        if free {
            match request(run, runner) {
                Ok(Some(payload)) => {
                    unhealthy = 0;
                    taken = true;
                    own.fetch_add(1, Ordering::SeqCst);
                    let (run, runner, own) = (run.clone(), runner.clone(), own.clone());
                    thread::spawn(move || {
                        job::run(&run, &runner, &payload);
                        own.fetch_sub(1, Ordering::SeqCst);
                    });
                }
                Ok(None) => unhealthy = 0,
                Err(()) => unhealthy += 1,
            }
            if !taken {
                run.builds.fetch_sub(1, Ordering::SeqCst);
            }
        }
        if unhealthy >= 3 {
            let api = api(runner);
            run.say(
                log::Level::Error,
                &format!(
                    "Runner \"{}{}\" is unhealthy and will be disabled for 1h0m0s seconds!",
                    api.url,
                    api.runner().1
                ),
                &[
                    ("unhealthy_interval", "1h0m0s".into()),
                    ("unhealthy_requests", unhealthy.to_string()),
                    ("unhealthy_requests_limit", "3".into()),
                ],
            );
            thread::sleep(Duration::from_secs(3600));
            unhealthy = 0;
        }
        // A job was there: there may be another.
        thread::sleep(if taken { Duration::from_millis(100) } else { interval });
    }
}

/// Counts one build more, where `concurrent` allows it.
fn take_slot(run: &Run) -> bool {
    let max = run.max_builds.load(Ordering::SeqCst);
    let claimed = run.builds.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| (n < max).then_some(n + 1));
    claimed.is_ok()
}

pub fn api(runner: &Table) -> Api<'_> {
    Api { url: config::str(runner, "url"), token: config::str(runner, "token") }
}

/// A job, none, or a refusal that counts against the runner's health.
fn request(run: &Run, runner: &Table) -> Result<Option<Value>, ()> {
    let api = api(runner);
    let body = json!({
        "info": info(config::str(runner, "executor")), "token": api.token, "system_id": run.system_id,
    });
    let name = "Checking for jobs...";
    match api.call("POST", "jobs/request", &body) {
        Answer::Got(r) => {
            metrics::count("request_job", &api.runner().1, r.status, &run.system_id);
            match r.status {
                201 => {
                    let payload = r.value();
                    log::info(
                        &format!("{name} received"),
                        &[api.runner(), ("job", payload["id"].to_string()), ("repo_url", job::repo(&payload))],
                    );
                    Ok(Some(payload))
                }
                204 => Ok(None),
                403 => {
                    let status = api.status("POST", "jobs/request", &r);
                    log::error(&format!("{name} forbidden"), &[api.runner(), ("status", status)]);
                    Err(())
                }
                _ => {
                    let status = api.status("POST", "jobs/request", &r);
                    log::warning(&format!("{name} failed"), &[api.runner(), ("status", status)]);
                    Ok(None)
                }
            }
        }
        Answer::Failed(text) => {
            log::warning(&format!("{name} failed"), &[api.runner(), ("status", text)]);
            Ok(None)
        }
        Answer::Client(text) => {
            log::error(&format!("{name} client error"), &[api.runner(), ("status", text)]);
            Err(())
        }
    }
}
