//! `/metrics`: how many requests had which answer, as Prometheus reads it; and `/debug/jobs/list`: the running jobs.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::net::TcpListener;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::http::{self, Response};

/// (endpoint, runner, status, system ID) → times.
static COUNTS: Mutex<BTreeMap<(String, String, u16, String), u64>> = Mutex::new(BTreeMap::new());

/// `concurrent`, as it was loaded last; how often the file was loaded, and how often that failed.
pub static CONCURRENT: AtomicI64 = AtomicI64::new(0);
pub static LOADED: AtomicU64 = AtomicU64::new(0);
pub static NOT_LOADED: AtomicU64 = AtomicU64::new(0);

pub fn count(endpoint: &str, runner: &str, status: u16, system_id: &str) {
    let key = (endpoint.to_string(), runner.to_string(), status, system_id.to_string());
    *COUNTS.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
}

/// A running job's URL, its stage, and when it began; by its number.
static JOBS: Mutex<BTreeMap<u64, (String, &str, Instant)>> = Mutex::new(BTreeMap::new());

pub fn begins(job: u64, url: String) {
    JOBS.lock().unwrap_or_else(PoisonError::into_inner).insert(job, (url, "prepare", Instant::now()));
}

pub fn stage(job: u64, stage: &'static str) {
    if let Some(known) = JOBS.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&job) {
        known.1 = stage;
    }
}

pub fn ends(job: u64) {
    JOBS.lock().unwrap_or_else(PoisonError::into_inner).remove(&job);
}

/// A line a job, as version 2 of the list has them.
fn jobs() -> String {
    let jobs = JOBS.lock().unwrap_or_else(PoisonError::into_inner);
    let line = |(url, stage, at): &(String, &str, Instant)| {
        format!(
            "url={url} state=running stage={stage} executor_stage=docker_run duration={:.9}s\n",
            at.elapsed().as_secs_f64()
        )
    };
    jobs.values().map(line).collect()
}

fn page() -> String {
    let name = "gitlab_runner_api_request_statuses_total";
    let mut page = format!(
        "# HELP {name} The total number of api requests, partitioned by runner, system_id, endpoint and status.\n# TYPE {name} counter\n"
    );
    for ((endpoint, runner, status, system), times) in COUNTS.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        page.push_str(&format!(
            "{name}{{endpoint=\"{endpoint}\",runner=\"{runner}\",status=\"{status}\",system_id=\"{system}\"}} {times}\n"
        ));
    }
    let concurrent = CONCURRENT.load(Ordering::SeqCst);
    for (name, times) in [("configuration_loaded_total", &LOADED), ("configuration_loading_error_total", &NOT_LOADED)] {
        page.push_str(&format!("gitlab_runner_{name} {}\n", times.load(Ordering::SeqCst)));
    }
    page.push_str(&format!(
        "# HELP gitlab_runner_concurrent The current value of concurrent setting\n# TYPE gitlab_runner_concurrent gauge\ngitlab_runner_concurrent {concurrent}\n"
    ));
    page
}

/// `:9252` listens everywhere, as Go reads it.
pub fn serve(address: &str) -> std::io::Result<()> {
    let address = if address.starts_with(':') { format!("0.0.0.0{address}") } else { address.to_string() };
    let listener = TcpListener::bind(address)?;
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let Ok(Some(request)) = stream.try_clone().and_then(|s| http::read_request(&mut BufReader::new(s))) else {
                continue;
            };
            let response = match request.path.as_str() {
                "/metrics" => Response::new(200)
                    .with("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                    .body(page().into_bytes()),
                path if path.starts_with("/debug/jobs/list") => {
                    Response::new(200).with("Content-Type", "text/plain").body(jobs().into_bytes())
                }
                _ => Response::new(404),
            };
            let _ = http::write_response(&mut stream, &response);
        }
    });
    Ok(())
}
