//! What the pretend GitLab answers an access token: it makes the runner that is asked for.

use super::machine::{Machine, said};
use crate::host::Finished;
use crate::secret::Secret;
use serde_json::json;
use std::path::Path;

/// What curl says behind an answer.
fn status(code: u16) -> String {
    format!("\n{code} application/json\n")
}

/// Answers a request with the body for a file (`/answer`), else with the body itself; `None` where it is none.
pub(super) fn answer(machine: &mut Machine, args: &[&str], input: Option<&Secret>) -> Option<Finished> {
    let asked = input?.expose_str();
    asked.contains("/api/v4/").then_some(())?;
    let mounted = args.iter().find_map(|word| word.strip_suffix(":/answer:Z"));
    let (code, body) = match asked {
        asked if asked.contains("/api/v4/user/runners") => {
            let number = machine.next();
            (201, json!({"id": 1000 + number, "token": format!("glrt-t1_demo{number:016}"), "token_expires_at": null}))
        }
        // A project or a group by its path.
        _ => (200, json!({"id": 7})),
    };
    let body = body.to_string();
    Some(match mounted {
        Some(file) => {
            machine.files.insert(Path::new(file).to_owned(), body.into_bytes());
            said(0, &status(code))
        }
        None => said(0, &format!("{body}{}", status(code))),
    })
}

#[cfg(test)]
mod tests {
    use crate::api::creation::{Owner, Wanted, waiting};
    use crate::apply::Sudo;
    use crate::commands::demo;
    use crate::demo::{Clock, DemoHost};
    use crate::gitlab::Named;
    use crate::secret::Secret;
    use crate::steps::{Step, creating};
    use std::sync::Arc;

    #[test]
    fn the_demo_s_gitlab_makes_a_runner_and_setup_goes_on_with_it() {
        let host = Arc::new(DemoHost::new(Clock::standing("2026-11-24T10:00:00Z".parse().unwrap())));
        let mut setup = demo::setup(host.clone());
        setup.wants.vault.tokens.clear();
        for step in [Step::Persistent, Step::IdRanges, Step::Image, Step::Image] {
            let _ = setup.carry_out(&setup.check(step).unwrap(), Sudo::Silent, &()); // the first pull fails there
        }
        let wanted = Wanted {
            owner: Owner::Group(Named::Path("acme/tools".into())),
            description: "demo".into(),
            tags: vec![],
            run_untagged: true,
            locked: false,
            paused: false,
            maximum_timeout: None,
        };
        let made = creating::make(&mut setup, &Secret::new("glpat-demo0123456789abcdef"), &wanted, &()).unwrap();
        assert!(made.token.expose_str().starts_with("glrt-") && waiting(&*host).unwrap().is_some());
        setup.wants.vault.tokens.push(made.token);
        for step in [Step::Registration, Step::Configuration, Step::Volumes, Step::Startup] {
            setup.carry_out(&setup.check(step).unwrap(), Sudo::Silent, &()).unwrap();
        }
    }
}
