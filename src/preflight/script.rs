//! `check --script`: root's part of all fixes, as a shell script for whoever may.

use super::Check;
use crate::host::{Privilege, User};
use crate::plan::Action;
use crate::text::sanitize::sanitize;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Returns the script; every command once, each below the findings that it fixes. It stops at the first that fails.
pub fn script(checks: &[Check], user: &User) -> String {
    let mut text = format!(
        "#!/bin/sh\n# What an administrator runs on {} so that {} can run a GitLab runner (`pipglr check --script`).\n\
         # Read it first; then: sudo sh THIS_FILE\nset -eu\n",
        comment(&user.hostname),
        comment(&user.name)
    );
    let mut said = BTreeSet::new();
    for check in checks {
        let lines: Vec<String> = check.plan.all().filter_map(root_s).filter(|line| said.insert(line.clone())).collect();
        if lines.is_empty() {
            continue;
        }
        // `write!` to a String does not fail.
        let _ = writeln!(text, "\n# {}: {}. {}", check.id, comment(&check.found), comment(&check.why));
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
    }
    if said.is_empty() {
        text.push_str("\n# Nothing needs root.\n");
    }
    text
}

/// What root runs; also where the user might do it, so that one hand does all.
fn root_s(action: &Action) -> Option<String> {
    match action {
        Action::Run(cmd) if cmd.privilege != Privilege::User => Some(cmd.shell()),
        _ => None,
    }
}

/// On one line, or it would not be a comment; and as a terminal shows it, whoever reads it before it is run.
fn comment(text: &str) -> String {
    sanitize(text).chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_host::Recorded;
    use crate::host::Host;

    #[test]
    fn no_name_of_a_machine_gets_out_of_its_comment() {
        let mut user = Recorded::debian().user().clone();
        user.hostname = "box\nrm -rf /\r\u{2028}touch x\u{1b}[2K".into();
        let text = script(&[], &user);
        assert!(!text.contains(['\u{1b}', '\r', '\u{2028}']), "{text:?}");
        let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
        assert_eq!(lines, ["set -eu"], "{text}");
    }

    #[test]
    fn root_s_part_once_without_sudo() {
        let host = Recorded::debian().gone("/dev/net/tun").file("/etc/subuid", "johndoe:100000:65536\r\n");
        let text = script(&host.checks(), host.user());
        let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
        assert_eq!(lines[0], "set -eu");
        assert_eq!(
            lines.iter().filter(|line| line.starts_with("usermod --add-subuids 165536-165538 johndoe")).count(),
            1,
            "{text}"
        );
        assert_eq!(lines.iter().filter(|line| line.ends_with("repair /etc/subuid")).count(), 1);
        assert!(lines.iter().any(|line| line.starts_with("sh -c 'modprobe tun")), "{text}");
        assert!(!lines.iter().any(|line| line.starts_with("sudo") || line.contains("podman system migrate")), "{text}");
        // The shell takes it.
        assert!(crate::text::shell::is_readable(&text), "{text}");
    }
}
