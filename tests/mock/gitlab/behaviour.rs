//! Ways for a server to behave, chosen by a word in the token (`mock403`,
//! `mock429`, …) or by a rule that a test sets.

use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::http::Response;

/// The header of an answer that is not written as others are: what its body does.
pub const BODY: &str = "Mock-Body";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// This status with GitLab's own words.
    Refuse(u16),
    /// 429, come back after so many seconds.
    RateLimit(u64),
    /// 502 with the page of a proxy.
    BadGatewayPage,
    /// 200 with a page that is no answer: a sign-in, a captive portal.
    Page,
    /// 302 to another server.
    Redirect,
    /// 200 with JSON that is no answer of GitLab's.
    WrongJson,
    /// 200 with a body that does not end.
    Endless,
    /// 200 with the beginning of a body, and a connection that stays open.
    Stall,
    /// The usual answer, but late.
    Slow(Duration),
    /// The connection is closed without an answer.
    Drop,
}

/// Requests whose path (after `/api/v4/`) begins with `endpoint` are treated
/// so, `times` times (`None`: always).
#[derive(Debug, Clone)]
pub struct Rule {
    pub endpoint: String,
    pub behaviour: Behaviour,
    pub times: Option<u32>,
}

/// `403`, `410`, `429` or `429:2` (seconds), `500`, `502`, `html`, `redirect`, `json`, `endless`, `stall`, `slow` or
/// `slow:5`, `drop`.
pub fn parse(word: &str) -> Option<Behaviour> {
    let (name, number) = match word.split_once(':') {
        Some((name, number)) => (name, number.parse::<u64>().ok()),
        None => (word, None),
    };
    Some(match name {
        "429" => Behaviour::RateLimit(number.unwrap_or(2)),
        "502" => Behaviour::BadGatewayPage,
        "html" => Behaviour::Page,
        "slow" => Behaviour::Slow(Duration::from_secs(number.unwrap_or(5))),
        "drop" => Behaviour::Drop,
        "redirect" => Behaviour::Redirect,
        "json" => Behaviour::WrongJson,
        "endless" => Behaviour::Endless,
        "stall" => Behaviour::Stall,
        _ => Behaviour::Refuse(name.parse().ok().filter(|s| (400..600).contains(s))?),
    })
}

/// A token may say how it is to be treated: `glrt-t1_mock403…`, `GR1348941mockslow…`.
pub fn of_token(token: &str) -> Option<Behaviour> {
    if token.contains("badtoken") {
        return Some(Behaviour::Refuse(403));
    }
    let word = &token[token.find("mock")? + 4..];
    ["403", "410", "429", "500", "502", "503", "html", "slow", "drop"]
        .into_iter()
        .find(|name| word.starts_with(name))
        .and_then(parse)
}

impl Behaviour {
    /// The answer in place of the usual one; `None`: the usual one (late, perhaps).
    pub fn response(&self, path: &str) -> Option<Response> {
        let registering = path.ends_with("/runners");
        Some(match self {
            Self::Slow(time) => {
                std::thread::sleep(*time);
                return None;
            }
            Self::Drop => return None,
            Self::Refuse(403) if registering => refusal(403, "403 Forbidden - invalid token supplied"),
            Self::Refuse(410) => refusal(410, "410 Gone - runner registration disallowed"),
            Self::Refuse(status) => refusal(*status, &format!("{status} {}", crate::http::reason(*status))),
            Self::RateLimit(seconds) => refusal(429, "429 Too Many Requests")
                .with("Retry-After", seconds.to_string())
                // What gitlab-runner waits by: without it, it gives up at once.
                .with("RateLimit-ResetTime", http_date(SystemTime::now() + Duration::from_secs(*seconds)))
                .with("RateLimit-Remaining", "0"),
            Self::BadGatewayPage => page(
                502,
                "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>",
            ),
            Self::Redirect => page(302, "<html>Moved</html>").with("Location", "http://127.0.0.1:9/elsewhere"),
            Self::WrongJson => Response::json(200, &json!({"status": "fine"})),
            Self::Endless => page(200, "<html>").with(BODY, "endless"),
            Self::Stall => page(200, "<html>").with(BODY, "stall"),
            Self::Page => {
                page(200, "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in</body></html>")
            }
        })
    }
}

/// Writes an answer whose body does not end, or whose connection stays open, for as long as the other side has patience.
pub fn write_hostile(stream: &mut impl Write, response: &Response) -> io::Result<()> {
    write!(stream, "HTTP/1.1 {}\r\nContent-Type: text/html\r\n\r\n", response.status_line())?;
    stream.write_all(&response.body)?;
    stream.flush()?;
    if response.header(BODY) == Some("stall") {
        std::thread::sleep(Duration::from_secs(120));
        return Ok(());
    }
    loop {
        stream.write_all(&[b'x'; 4096])?;
        std::thread::sleep(Duration::from_micros(50)); // the machines share this processor
    }
}

pub fn refusal(status: u16, message: &str) -> Response {
    Response::json(status, &json!({ "message": message }))
}

fn page(status: u16, text: &str) -> Response {
    Response::new(status).with("Content-Type", "text/html").body(text.as_bytes().to_vec())
}

/// `Wed, 21 Oct 2015 07:28:00 GMT`.
fn http_date(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs());
    let days = seconds / 86400;
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(days % 7) as usize];
    let (mut year, mut day) = (1970, days);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 0;
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month];
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{weekday}, {:02} {name} {year} {hour:02}:{minute:02}:{second:02} GMT", day + 1)
}
