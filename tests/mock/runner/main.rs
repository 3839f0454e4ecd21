//! A stand-in for gitlab-runner: the same protocol, the same messages, jobs in
//! the nested podman; what pipglr needs of it and no more. For tests.

// A program that prints.
#![allow(unreachable_pub, clippy::print_stdout, clippy::print_stderr)]

mod api;
mod clock;
mod config;
mod docker;
#[path = "../http.rs"]
mod http;
mod job;
mod log;
mod metrics;
mod options;
mod poll;
mod register;
mod tls;
mod trace;

use std::path::PathBuf;

use options::Options;

const COMMANDS: &[&str] = &["register", "run", "verify", "unregister", "list"];

fn main() {
    std::process::exit(start());
}

fn start() -> i32 {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let options = Options::parse(&arguments);
    let command = arguments.iter().find(|word| COMMANDS.contains(&word.as_str()));
    if options.on("version", "") || options.on("v", "") {
        println!(
            "Version:      17.5.5\nGit revision: stand-in\nGit branch:   17-5-stable\nGO version:   go1.22.7\nBuilt:        2024-12-20T12:00:00+0000\nOS/Arch:      linux/{}",
            if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" },
        );
        return 0;
    }
    let Some(command) = command else {
        println!(
            "NAME:\n   gitlab-runner - a GitLab Runner (stand-in for tests)\n\nCOMMANDS:\n   {}",
            COMMANDS.join("\n   ")
        );
        return if arguments.is_empty() { 0 } else { 1 };
    };
    for (name, variable, set) in
        [("log-level", "LOG_LEVEL", log::set_level as fn(&str) -> bool), ("log-format", "LOG_FORMAT", log::set_format)]
    {
        if let Some(word) = options.get(name, variable)
            && !set(&word)
        {
            return log::fatal(&format!("unknown {} {word:?}", name.replace('-', " ")), &[]);
        }
    }
    let file = options.get("config", "CONFIG_FILE").map_or_else(default_config, PathBuf::from);
    log::info(
        "Runtime platform",
        &[
            ("arch", if cfg!(target_arch = "aarch64") { "arm64".into() } else { "amd64".into() }),
            ("os", "linux".into()),
            ("pid", std::process::id().to_string()),
            ("revision", "stand-in".into()),
            ("version", "17.5.5".into()),
        ],
    );
    if command != "run" {
        mode_warning(command != "unregister");
    }
    match command.as_str() {
        "register" => register::register(&options, &file),
        "run" => poll::run(&options, &file),
        "verify" => register::verify(&options, &file),
        "unregister" => register::unregister(&options, &file),
        _ => list(&file),
    }
}

fn list(file: &std::path::Path) -> i32 {
    let config = match config::Config::load(file) {
        Ok(config) => config,
        Err(text) => return log::fatal(&text, &[]),
    };
    log::info("Listing configured runners", &[("ConfigFile", file.display().to_string())]);
    for runner in config.runners() {
        log::info(
            config::str(runner, "name"),
            &[
                ("Executor", config::str(runner, "executor").into()),
                ("Token", config::str(runner, "token").into()),
                ("URL", config::str(runner, "url").into()),
            ],
        );
    }
    0
}

fn default_config() -> PathBuf {
    if nix::unistd::getuid().is_root() {
        return "/etc/gitlab-runner/config.toml".into();
    }
    PathBuf::from(std::env::var("HOME").unwrap_or_default()).join(".gitlab-runner/config.toml")
}

/// Said at each start: harmless in the container.
fn mode_warning(running: bool) {
    if nix::unistd::getuid().is_root() {
        log::info("Running in system-mode.", &[]);
    } else {
        log::warning("Running in user-mode.", &[]);
        if running {
            log::warning("Use sudo for system-mode:", &[]);
            log::warning("$ sudo gitlab-runner...", &[]);
        }
    }
    log::info("", &[]);
}
