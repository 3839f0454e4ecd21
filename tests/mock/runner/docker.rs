//! The docker-compatible API of the nested podman, over its unix socket.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{self, Response};

pub struct Docker {
    host: String,
}

impl Docker {
    pub fn new(host: &str) -> Self {
        let host = if host.is_empty() { "unix:///var/run/docker.sock" } else { host };
        Self { host: host.to_string() }
    }

    fn connect(&self) -> Result<UnixStream, String> {
        let path = self.host.strip_prefix("unix://").unwrap_or(&self.host);
        UnixStream::connect(path)
            .map_err(|_| format!("Cannot connect to the Docker daemon at {}. Is the docker daemon running?", self.host))
    }

    /// The answer, or the daemon's words for why not.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Response, String> {
        let text = body.map(Value::to_string).unwrap_or_default();
        let target = format!("/v1.41{path}");
        let headers = [("Host", "docker"), ("Content-Type", "application/json")];
        let response = http::exchange(self.connect()?, method, &target, &headers, text.as_bytes())
            .map_err(|e| format!("error during connect: {method} \"{}{target}\": {e}", self.host))?;
        if response.status < 400 {
            return Ok(response);
        }
        let message = response.value()["message"].as_str().map(String::from);
        Err(format!("Error response from daemon: {}", message.unwrap_or_else(|| response.text())))
    }

    pub fn has_image(&self, image: &str) -> Result<bool, String> {
        match self.call("GET", &format!("/images/{image}/json"), None) {
            Ok(_) => Ok(true),
            Err(text) if text.starts_with("Error response") => Ok(false),
            Err(text) => Err(text),
        }
    }

    /// A pull's failure comes as an error, or inside an answer that says 200;
    /// gitlab-runner shows podman's as the JSON it was.
    pub fn pull(&self, image: &str) -> Result<(), String> {
        let target = format!("/images/create?fromImage={}", escape(image));
        let failed = match self.call("POST", &target, None) {
            Err(text) => text.strip_prefix("Error response from daemon: ").map(String::from).ok_or(text)?.into(),
            Ok(response) => response.text().lines().find_map(|line| {
                let value: Value = serde_json::from_str(line).ok()?;
                value["error"].as_str().map(String::from)
            }),
        };
        failed.map_or(Ok(()), |text| {
            let message = json!({ "message": text });
            Err(format!("Error response from daemon: {message}"))
        })
    }

    pub fn create(&self, name: &str, body: &Value) -> Result<String, String> {
        let response = self.call("POST", &format!("/containers/create?name={name}"), Some(body))?;
        Ok(response.value()["Id"].as_str().unwrap_or_default().to_string())
    }

    pub fn start(&self, id: &str) -> Result<(), String> {
        self.call("POST", &format!("/containers/{id}/start"), None).map(|_| ())
    }

    /// Removes a container as gitlab-runner does from 19.2 on: first it is taken off every network that names it.
    pub fn remove(&self, id: &str) {
        self.disconnect(id);
        let _ = self.call("DELETE", &format!("/containers/{id}?force=true&v=true"), None);
    }

    fn disconnect(&self, id: &str) {
        let list = self.call("GET", "/networks", None).map(|r| r.value()).unwrap_or_default();
        for network in list.as_array().into_iter().flatten() {
            let network = network["Id"].as_str().unwrap_or_default();
            let Ok(inspected) = self.call("GET", &format!("/networks/{network}"), None) else { continue };
            if inspected.value()["Containers"].get(id).is_some() {
                let body = json!({"Container": id, "Force": true});
                let _ = self.call("POST", &format!("/networks/{network}/disconnect"), Some(&body));
            }
        }
    }

    pub fn kill(&self, id: &str) {
        let _ = self.call("POST", &format!("/containers/{id}/kill"), None);
    }

    /// What a container says from now on; to be called before it starts.
    pub fn attach(&self, id: &str) -> Result<Frames<impl Read + use<>>, String> {
        let target = format!("/v1.41/containers/{id}/attach?stream=1&stdout=1&stderr=1");
        let headers = [("Host", "docker"), ("Connection", "Upgrade"), ("Upgrade", "tcp")];
        let (response, reader) = http::send(self.connect()?, "POST", &target, &headers, b"")
            .map_err(|e| format!("error during connect: {e}"))?;
        if response.status == 101 || response.status == 200 {
            return Ok(Frames { inner: reader, left: 0 });
        }
        let mut text = String::new();
        let _ = reader.take(4096).read_to_string(&mut text);
        Err(format!("Error response from daemon: attach: {text}"))
    }

    /// SIGTERM to all processes of a container but the first; an error where it has ended already.
    pub fn terminate(&self, id: &str) -> Result<(), String> {
        let body = json!({"AttachStdout": true, "AttachStderr": true, "Cmd": ["sh", "-c", TERMINATE]});
        let exec = self.call("POST", &format!("/containers/{id}/exec"), Some(&body))?.value();
        let target = format!("/exec/{}/start", exec["Id"].as_str().unwrap_or_default());
        self.call("POST", &target, Some(&json!({"Detach": false, "Tty": false}))).map(drop)
    }

    /// The exit code of a container that is told to stop once a second until it has; a daemon that goes away in between is
    /// asked four times more.
    pub fn stop_and_wait(&self, id: &str) -> Result<i64, String> {
        let mut last = String::new();
        for _ in 0..5 {
            let (sender, answer) = mpsc::channel();
            let (waiter, target) = (Self { host: self.host.clone() }, format!("/containers/{id}/wait"));
            thread::spawn(move || {
                let code = waiter.call("POST", &target, None).map(|r| r.value()["StatusCode"].as_i64().unwrap_or(-1));
                let _ = sender.send(code);
            });
            let code = loop {
                let _ = self.call("POST", &format!("/containers/{id}/stop"), None);
                match answer.recv_timeout(Duration::from_secs(1)) {
                    Err(mpsc::RecvTimeoutError::Timeout) => {}
                    other => break other.unwrap_or_else(|e| Err(e.to_string())),
                }
            };
            match code {
                Err(text) if !text.contains("no such container") => last = text,
                known => return known,
            }
            thread::sleep(Duration::from_secs(1));
        }
        Err(last)
    }
}

/// As ContainerSigTermScriptForLinux of shells/bash.go in gitlab-runner 17.5.5.
const TERMINATE: &str = "for P in $(cd /proc && ls -rvd [0-9]*); do [ $$ -ne $P ] && [ $P -ne 1 ] && kill -TERM $P 2>/dev/null && \
    { N=6; while [ -e /proc/$P ] && [ $N -gt 0 ]; do sleep 1; N=$((N-1)); done; }; done";

fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(b).to_string(),
            _ => format!("%{b:02X}"),
        })
        .collect()
}

/// Standard output and error of a container without a terminal: frames of
/// eight bytes of header and what they announce.
pub struct Frames<R> {
    inner: R,
    left: usize,
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left == 0 {
            let mut header = [0; 8];
            match self.inner.read_exact(&mut header) {
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                other => other?,
            }
            self.left = u32::from_be_bytes([header[4], header[5], header[6], header[7]]) as usize;
        }
        let wanted = buffer.len().min(self.left);
        let got = self.inner.read(&mut buffer[..wanted])?;
        self.left -= got;
        Ok(got)
    }
}
