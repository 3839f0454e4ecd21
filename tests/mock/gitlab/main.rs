//! The mock GitLab as a program: `mock-gitlab [ADDRESS:PORT]`.

// A program that prints.
#![allow(unreachable_pub, clippy::print_stdout, clippy::print_stderr)]

#[path = "mod.rs"]
mod gitlab;
#[path = "../http.rs"]
mod http;

fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8930".into());
    let gitlab = gitlab::Gitlab::start(&address)?;
    println!("mock GitLab on port {}", gitlab.port());
    loop {
        std::thread::park();
    }
}
