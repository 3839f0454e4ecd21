//! A GitLab that knows nothing but runners and their jobs. It runs as a
//! program of its own (`cargo run --example mock-gitlab`), steered over
//! `/mock/…`, or inside a test, steered by its methods.
#![allow(dead_code)] // the program uses one part, the tests another

mod api;
pub mod behaviour;
mod control;
pub mod state;
mod users;

use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::http::{self, Request, Response};
use behaviour::Behaviour;
use state::{Seen, State};

#[derive(Clone)]
pub struct Gitlab {
    state: Arc<Mutex<State>>,
    address: SocketAddr,
}

impl Gitlab {
    /// Listens and serves until the process ends.
    pub fn start(address: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let gitlab = Self { state: Arc::default(), address: listener.local_addr()? };
        let server = gitlab.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                thread::spawn(move || server.serve(stream));
            }
        });
        Ok(gitlab)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut reader = BufReader::new(stream.try_clone()?);
        // A TLS greeting: answered in plain words, as servers do.
        if reader.fill_buf()?.first() == Some(&0x16) {
            let mut stream = stream;
            return http::write_response(&mut stream, &Response::new(400));
        }
        let Some(request) = http::read_request(&mut reader)? else {
            return Ok(());
        };
        let mut stream = stream;
        match self.answer(&request) {
            Some(response) if response.header(behaviour::BODY).is_some() => {
                behaviour::write_hostile(&mut stream, &response)
            }
            Some(response) => http::write_response(&mut stream, &response),
            None => stream.shutdown(std::net::Shutdown::Both),
        }
    }

    /// `None`: close the connection without a word.
    fn answer(&self, request: &Request) -> Option<Response> {
        let Some(endpoint) = request.path.strip_prefix("/api/v4/") else {
            return Some(match request.path.strip_prefix("/mock/") {
                Some(verb) => control::answer(&mut self.state(), request, verb),
                None => Response::new(404).body(b"<html>404</html>".to_vec()),
            });
        };
        let token = api::token_of(request);
        let behaviour = self.behaviour(endpoint, &token);
        let special = behaviour.as_ref().and_then(|b| b.response(&request.path));
        let response = match (&behaviour, special) {
            (Some(Behaviour::Drop), _) => None,
            (_, Some(response)) => Some(response),
            _ => {
                let host = request.header("host").unwrap_or("localhost");
                let url = format!("http://{host}");
                Some(api::answer(&mut self.state(), request, endpoint, &url))
            }
        };
        let body = request.json();
        self.state().seen.push(Seen {
            method: request.method.clone(),
            path: request.path.clone(),
            token,
            system_id: body["system_id"].as_str().unwrap_or_default().to_string(),
            status: response.as_ref().map_or(0, |r| r.status),
        });
        response
    }

    /// A rule that a test set comes before what the token says.
    fn behaviour(&self, endpoint: &str, token: &str) -> Option<Behaviour> {
        let mut state = self.state();
        let rule = state.rules.iter_mut().find(|rule| endpoint.starts_with(&rule.endpoint) && rule.times != Some(0));
        match rule {
            Some(rule) => {
                rule.times = rule.times.map(|times| times - 1);
                Some(rule.behaviour.clone())
            }
            // A job carries its own token, which says nothing of the kind.
            None => behaviour::of_token(token),
        }
    }
}
