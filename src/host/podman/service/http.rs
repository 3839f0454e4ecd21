//! A request over a Unix socket.
//!
//! HTTP/1.0: the server sends no chunks and closes the connection behind the body, so that all there is to read is a
//! status line, headers, and the rest. With a library (ureq 3 and a transport of one's own,
//! which has as many lines) the program would be 270 kB larger.

use crate::host::Watch;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often it is asked whether it should stop.
const TICK: Duration = Duration::from_millis(50);
/// The most that is read: far more than `podman inspect` says of anything.
const MOST: usize = 16 * 1024 * 1024;

/// What came back.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The status.
    pub status: u16,
    /// The headers, a line each.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let of = |line: &&str| line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name));
        Some(self.head.lines().find(of)?.split_once(':')?.1.trim())
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// The path, with its query.
    pub path: String,
    /// JSON; empty where there is none.
    pub body: String,
}

impl Request {
    /// Returns a request to get a path.
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), body: String::new() }
    }
}

/// Sends a request and gives what comes back.
///
/// # Errors
/// Nobody listens there, what came is no answer, it took too long, or the watcher stopped it.
pub(super) fn send(socket: &Path, request: &Request, time: Duration, watch: &dyn Watch) -> io::Result<Reply> {
    let begun = Instant::now();
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(TICK))?;
    let Request { method, path, body } = request;
    let about = if body.is_empty() {
        String::new()
    } else {
        format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
    };
    stream.write_all(format!("{method} {path} HTTP/1.0\r\nHost: podman\r\n{about}\r\n{body}").as_bytes())?;
    let (mut all, mut chunk) = (Vec::new(), [0; 16 * 1024]);
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => all.extend_from_slice(&chunk[..n]),
            Err(e) if [io::ErrorKind::WouldBlock, io::ErrorKind::Interrupted].contains(&e.kind()) => {}
            Err(e) => return Err(e),
        }
        if watch.stopped() || begun.elapsed() > time || all.len() > MOST {
            return Err(io::ErrorKind::TimedOut.into());
        }
    }
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").ok_or(io::ErrorKind::InvalidData)?;
    let body = all.split_off(end + 4);
    let head = String::from_utf8(all).map_err(|_| io::ErrorKind::InvalidData)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok(Reply { status, head, body })
}

/// A name as it is written in a path, `/` included.
pub(super) fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/:@".contains(&byte);
    name.bytes().fold(String::new(), |mut text, byte| {
        if plain(byte) {
            text.push(byte.into());
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    /// A server that answers one request with these bytes; gives what it was asked.
    fn served(bytes: &'static [u8]) -> (io::Result<Reply>, String) {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("s");
        let listener = UnixListener::bind(&socket).unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = vec![0; 200];
            let n = stream.read(&mut asked).unwrap();
            stream.write_all(bytes).unwrap();
            String::from_utf8(asked[..n].to_vec()).unwrap()
        });
        let got = send(&socket, &Request::get("/v4/x"), Duration::from_secs(5), &());
        (got, server.join().unwrap())
    }

    #[test]
    fn status_and_body_come_back_byte_for_byte() {
        let (got, asked) = served(b"HTTP/1.0 404 Not Found\r\nA: b\r\n\r\n{\"x\":\"\r\n\r\n\"}");
        let got = got.unwrap();
        assert_eq!((got.status, &*got.body), (404, b"{\"x\":\"\r\n\r\n\"}".as_slice()));
        assert_eq!((got.header("a"), got.header("x")), (Some("b"), None));
        assert!(asked.starts_with("GET /v4/x HTTP/1.0\r\n"), "{asked}");
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        assert!(served(b"").0.is_err());
        assert!(served(b"HTTP/1.0 200 OK\r\nhalf").0.is_err());
        assert!(served(b"SSH-2.0\r\n\r\n").0.is_err());
    }

    #[test]
    fn who_wants_it_to_stop_waits_for_no_answer() {
        struct Stop;
        impl Watch for Stop {
            fn stopped(&self) -> bool {
                true
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("s");
        let _silent = UnixListener::bind(&socket).unwrap();
        let begun = Instant::now();
        assert!(send(&socket, &Request::get("/"), Duration::from_secs(60), &Stop).is_err());
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn names_are_written_as_a_path_takes_them() {
        assert_eq!(encoded("localhost/a:b@sha256:1"), "localhost/a:b@sha256:1");
        assert_eq!(encoded("a b?c%\n"), "a%20b%3Fc%25%0A");
    }
}
