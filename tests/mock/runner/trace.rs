//! A job's output on its way to GitLab, and what GitLab says back: go on, or
//! the job was cancelled.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::json;
use toml::Table;

use super::{config, log, metrics, poll};
use crate::api::Answer;

/// How often what is new goes out, and how often a silent job is reported.
const UPDATE: Duration = Duration::from_secs(1);
const KEEP_ALIVE: Duration = Duration::from_secs(3);

pub struct Trace {
    runner: Arc<Table>,
    job: u64,
    token: String,
    system_id: String,
    text: Mutex<Vec<u8>>,
    /// Of `text`, how much GitLab has.
    sent: Mutex<usize>,
    pub cancelled: AtomicBool,
    done: AtomicBool,
}

impl Trace {
    pub fn new(runner: &Arc<Table>, job: u64, token: &str, system_id: &str) -> Arc<Self> {
        Arc::new(Self {
            runner: runner.clone(),
            job,
            token: token.to_string(),
            system_id: system_id.to_string(),
            text: Mutex::default(),
            sent: Mutex::default(),
            cancelled: AtomicBool::new(false),
            done: AtomicBool::new(false),
        })
    }

    fn text(&self) -> MutexGuard<'_, Vec<u8>> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is above `output_limit` is left out, the job's last words too.
    pub fn write(&self, bytes: &[u8]) {
        let limit = config::int(&self.runner, "output_limit").and_then(|kilobytes| usize::try_from(kilobytes).ok());
        let limit = limit.filter(|kilobytes| *kilobytes > 0).unwrap_or(4096) * 1024;
        let mut text = self.text();
        let left = limit.saturating_sub(text.len());
        text.extend_from_slice(&bytes[..left.min(bytes.len())]);
        if left > 0 && bytes.len() >= left {
            let words = "Job execution will continue but no more output will be collected.";
            text.extend_from_slice(
                format!("\n\x1b[33;1mJob's log exceeded limit of {limit} bytes.\n{words}\x1b[0;m\n").as_bytes(),
            );
        }
    }

    pub fn line(&self, text: &str) {
        self.write(format!("{text}\n").as_bytes());
    }

    /// Sends in the background until `finish`.
    pub fn start(self: &Arc<Self>) -> JoinHandle<()> {
        let trace = self.clone();
        thread::spawn(move || {
            let mut last = Instant::now();
            while !trace.done.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(100));
                let idle = last.elapsed();
                if idle >= UPDATE && trace.send() {
                    last = Instant::now();
                } else if idle >= KEEP_ALIVE {
                    trace.touch();
                    last = Instant::now();
                }
            }
        })
    }

    /// Sends what is new; `false` when there is nothing.
    fn send(&self) -> bool {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let new = self.text()[*sent..].to_vec();
        if new.is_empty() {
            return false;
        }
        let range = format!("{}-{}", *sent, *sent + new.len() - 1);
        let api = poll::api(&self.runner);
        let endpoint = format!("jobs/{}/trace?debug_trace=false", self.job);
        let headers =
            [("Content-Type", "text/plain"), ("Content-Range", range.as_str()), ("JOB-TOKEN", self.token.as_str())];
        let name = "Appending trace to coordinator...";
        match api.raw("PATCH", &endpoint, &headers, &new) {
            Answer::Got(r) => {
                metrics::count("patch_trace", &api.runner().1, r.status, &self.system_id);
                self.heed(r.header("job-status"));
                let mut fields = vec![
                    api.runner(),
                    ("job", self.job.to_string()),
                    ("code", r.status.to_string()),
                    ("status", r.status_line()),
                    ("sent-log", range.clone()),
                    ("job-log", r.header("range").unwrap_or_default().to_string()),
                    ("job-status", r.header("job-status").unwrap_or_default().to_string()),
                ];
                fields.push(("update-interval", "3s".into()));
                match r.status {
                    202 => {
                        *sent += new.len();
                        log::info(&format!("{name}ok"), &fields);
                    }
                    416 => {
                        *sent = r.header("range").and_then(|t| t.split('-').nth(1)?.parse().ok()).unwrap_or(0);
                        log::warning(&format!("{name} range mismatch"), &fields);
                    }
                    _ => log::warning(&format!("{name} failed"), &fields),
                }
            }
            Answer::Failed(text) | Answer::Client(text) => {
                log::error(&format!("{name} error {text}"), &[api.runner()]);
            }
        }
        true
    }

    fn heed(&self, status: Option<&str>) {
        if matches!(status, Some("canceled" | "canceling" | "failed")) {
            self.cancelled.store(true, Ordering::SeqCst);
        }
    }

    fn touch(&self) {
        let api = poll::api(&self.runner);
        let body = json!({"token": self.token, "state": "running"});
        if let Answer::Got(r) = api.call("PUT", &format!("jobs/{}", self.job), &body) {
            self.heed(r.header("job-status"));
        }
    }

    /// The rest of the output and the end of the job; tried again for a while.
    pub fn finish(&self, sender: JoinHandle<()>, state: &str, reason: &str, exit_code: i64) {
        self.done.store(true, Ordering::SeqCst);
        let _ = sender.join();
        for _ in 0..10 {
            self.send();
            if *self.sent.lock().unwrap_or_else(PoisonError::into_inner) >= self.text().len() {
                break;
            }
            thread::sleep(UPDATE);
        }
        let checksum = format!("crc32:{:08x}", crc32(&self.text()));
        let size = self.text().len();
        let api = poll::api(&self.runner);
        let common = [
            api.runner(),
            ("job", self.job.to_string()),
            ("checksum", checksum.clone()),
            ("bytesize", size.to_string()),
        ];
        let body = json!({
            "info": poll::info("docker"), "token": self.token, "state": state, "failure_reason": reason,
            "exit_code": exit_code, "checksum": checksum,
            "output": {"checksum": checksum, "bytesize": size},
        });
        log::info("Updating job...", &common);
        for _ in 0..10 {
            let endpoint = format!("jobs/{}", self.job);
            let name = "Submitting job to coordinator...";
            match api.call("PUT", &endpoint, &body) {
                Answer::Got(r) => {
                    metrics::count("update_job", &api.runner().1, r.status, &self.system_id);
                    let mut fields = common.to_vec();
                    fields.push(("code", r.status.to_string()));
                    fields.push(("job-status", String::new()));
                    fields.push(("update-interval", "3s".into()));
                    if r.status == 200 {
                        log::info(&format!("{name}ok"), &fields);
                        return;
                    }
                    fields.push(("status", api.status("PUT", &endpoint, &r)));
                    log::warning(&format!("{name} failed"), &fields);
                    if r.status < 500 {
                        return;
                    }
                }
                Answer::Failed(text) | Answer::Client(text) => {
                    log::warning(&format!("{name} failed"), &[api.runner(), ("status", text)]);
                }
            }
            thread::sleep(UPDATE);
        }
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
