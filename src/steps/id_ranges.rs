//! Step 2: enough subordinate IDs, in the files and in the map in force.

use super::{Fact, Report, Row, Setup, State, Step, as_it_is};
use crate::answers::Allow;
use crate::host::subid_diagram::Picture;
use crate::host::subids::{self, NEEDED, Range};
use crate::host::{Cmd, Host, Privilege, ask, podman, subid_file};
use crate::plan::{Action, Plan};
use crate::problem::{Problem, Result};
use crate::text::plural::count;
use std::io::ErrorKind;
use std::path::Path;

/// The row of this step.
pub(super) const ROW: Row = Row {
    step: Step::IdRanges,
    number: Some(2),
    id: "id_ranges",
    title: "ID ranges",
    why: "Jobs run three layers down. The image keeps three IDs for itself, so a job that needs ID 65535 \
                       (Debian and Ubuntu images do) needs 65539 in all.",
    verb: "fix it",
    check,
    explain: as_it_is,
};

/// One of the two kinds of IDs.
struct Kind {
    /// Its file, option and map.
    file: &'static str,
    option: &'static str,
    map: &'static str,
    /// In login.defs, and the file of the real users.
    limit: &'static str,
    users: &'static str,
    /// What `getsubids` wants to hear for it.
    list: &'static [&'static str],
}

const KINDS: [Kind; 2] = [
    Kind { file: "/etc/subuid", option: "--add-subuids", map: "uid", limit: "UID", users: "/etc/passwd", list: &[] },
    Kind { file: "/etc/subgid", option: "--add-subgids", map: "gid", limit: "GID", users: "/etc/group", list: &["-g"] },
];

/// Looks at the files and at the maps in force; plans ranges that overlap nobody, and a migration.
///
/// # Errors
/// podman fails, or a file cannot be read.
pub fn check(setup: &Setup) -> Result<Report> {
    let host = &*setup.target.host;
    report(host, Some(podman::ids_in_force(host)?))
}

/// Returns the same while there is no podman: the files alone.
///
/// # Errors
/// One of them cannot be read.
pub fn look_at_files(host: &dyn Host) -> Result<Report> {
    report(host, None)
}

/// `in_force`: how many user and group IDs podman has now.
fn report(host: &dyn Host, in_force: Option<[u64; 2]>) -> Result<Report> {
    let user = host.user();
    let needed = format!("≥{NEEDED}");
    let (mut facts, mut actions, mut pictures, mut stale) = (Vec::new(), Vec::new(), Vec::new(), false);
    for (index, kind) in KINDS.iter().enumerate() {
        let text = read(host, kind.file)?;
        let mapped = in_force.map(|maps| maps[index]);
        // What can be fixed counts as fixed: where it matters, the plan begins with that.
        let (ranges, malformed) = subids::parse(&subid_file::fixed(&text));
        let have = subids::total(&ranges, &user.name, user.uid).max(granted_elsewhere(host, kind)?);
        let enough = have >= NEEDED;
        if (mapped.is_none_or(|mapped| mapped < NEEDED) || !enough)
            && subid_file::defects(&text).iter().any(|(_, defect)| defect.fixes())
        {
            actions.push(Action::Run(subid_file::repair(kind.file)));
            facts.push(Fact::new(
                &format!("{} lines", kind.file.trim_start_matches("/etc/")),
                "some grant nothing as they are",
                "well-formed",
                false,
            ));
        }
        facts.push(Fact::new(kind.file.trim_start_matches("/etc/"), describe(&ranges, host), &needed, enough));
        if !malformed.is_empty() {
            let lines: Vec<_> = malformed.iter().map(ToString::to_string).collect();
            facts.push(Fact::new(
                kind.file,
                format!("line {} grants nothing: it is malformed", lines.join(", ")),
                "name:start:count",
                true,
            ));
        }
        let mine: Vec<&Range> = subids::mine(&ranges, &user.name, user.uid).collect();
        let picture = |added| Picture::of(kind.file.trim_start_matches("/etc/"), &ranges, &mine, added);
        if let Some(words) = subids::contradiction(&ranges, &user.name, user.uid, user.uid.into()) {
            pictures.push(picture(None));
            let state = State::Blocked(contradicts(kind, &words));
            return Ok(Report::not_yet(Step::IdRanges, facts, state).pictured(pictures));
        }
        if !enough && missing(host, kind.file) {
            actions.push(make(kind));
        }
        if !enough {
            match subids::free(
                &ranges,
                &user.name,
                user.uid,
                NEEDED - have,
                &taken(host, kind.users)?,
                &subids::limits(&read(host, "/etc/login.defs")?, kind.limit),
            ) {
                Some(free) => {
                    pictures.push(picture(Some(&free)));
                    actions.push(add(kind, &free, &user.name));
                }
                None => {
                    pictures.push(picture(None));
                    let state = State::Blocked(no_room(kind));
                    return Ok(Report::not_yet(Step::IdRanges, facts, state).pictured(pictures));
                }
            }
        } else {
            pictures.push(picture(None));
        }
        if let Some(mapped) = mapped {
            stale |= mapped < NEEDED;
            let what = format!("{} map in force", kind.map);
            facts.push(Fact::new(&what, mapped.to_string(), &needed, mapped >= NEEDED));
        }
    }
    if actions.is_empty() && !stale {
        return Ok(Report::done(Step::IdRanges, facts).pictured(pictures));
    }
    let allows: &[Allow] = if actions.is_empty() { &[Allow::Migrate] } else { &[Allow::IdRanges, Allow::Migrate] };
    if in_force.is_none() {
        return Ok(Report::ready(Step::IdRanges, facts, actions.into()).allowed_by(allows).pictured(pictures));
    }
    actions.push(Action::Run(podman::migrate()));
    let running = podman::running_containers(host).unwrap_or_default(); // none can run without a working map
    let warnings = vec![match running.as_slice() {
        [] => "The migration stops no container: none runs.".to_owned(),
        names => format!("The migration stops {}: {}.", count(names.len(), "running container"), names.join(", ")),
    }];
    let plan = Plan { actions, warnings, finally: vec![] };
    Ok(Report::ready(Step::IdRanges, facts, plan).allowed_by(allows).pictured(pictures))
}

/// A file's text; empty where there is none. One that cannot be read is no empty one: a range planned without what it
/// says could overlap another, and then no podman command works any more.
fn read(host: &dyn Host, path: &str) -> Result<String> {
    match host.read(Path::new(path)) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(e) => Err(Problem::new(
            format!("{path} cannot be read: {e}."),
            format!("Have an administrator make it readable (`sudo chmod a+r {path}`), then go on."),
        )),
    }
}

fn describe(ranges: &[Range], host: &dyn Host) -> String {
    let user = host.user();
    let lines: Vec<_> =
        subids::mine(ranges, &user.name, user.uid).map(|r| format!("{}:{}:{}", r.owner, r.start, r.count)).collect();
    if lines.is_empty() { format!("nothing for {}", user.name) } else { lines.join(" ") }
}

fn missing(host: &dyn Host, file: &str) -> bool {
    host.read(Path::new(file)).is_err_and(|e| e.kind() == ErrorKind::NotFound)
}

/// Makes the file, which `usermod` wants to be there ("does not exist, you cannot use the flags -v or -V"). Opened to
/// append it is never emptied, should somebody else have made it meanwhile.
fn make(kind: &Kind) -> Action {
    let script = format!("umask 022; : >>{}", kind.file);
    Action::Run(Cmd::new("sh", ["-c", &script]).privilege(Privilege::Root))
}

/// What a directory (LDAP, SSSD) grants, where the system asks one: the files may then say nothing.
fn granted_elsewhere(host: &dyn Host, kind: &Kind) -> Result<u64> {
    if subids::sources(&read(host, "/etc/nsswitch.conf")?).is_none_or(|sources| sources == "files") {
        return Ok(0);
    }
    let words = kind.list.iter().copied().chain([host.user().name.as_str()]);
    Ok(ask(host, &Cmd::new("getsubids", words)).map_or(0, |done| subids::listed(&done.text())))
}

/// IDs that real users or groups have: a subordinate range must not cover them.
fn taken(host: &dyn Host, file: &str) -> Result<Vec<u64>> {
    Ok(read(host, file)?.lines().filter_map(|line| line.split(':').nth(2)?.parse().ok()).collect())
}

/// `usermod` writes the file the system's way; it does not look at other users' ranges, which is why we do.
fn add(kind: &Kind, range: &std::ops::RangeInclusive<u64>, name: &str) -> Action {
    let range = format!("{}-{}", range.start(), range.end());
    Action::Run(Cmd::new("usermod", [kind.option, &range, name]).privilege(Privilege::Root))
}

/// podman refuses every command then, and a further line does not help.
fn contradicts(kind: &Kind, words: &str) -> Problem {
    Problem::new(
        format!("{}: {words}.", kind.file),
        format!(
            "Have an administrator take one of these lines out (`sudoedit {}`), then run `podman system migrate`.",
            kind.file
        ),
    )
}

fn no_room(kind: &Kind) -> Problem {
    Problem::new(
        format!("There is no free range of IDs left for {}.", kind.file),
        format!(
            "Have an administrator free some IDs in {}, or raise SUB_{}_MAX in /etc/login.defs.",
            kind.file, kind.limit
        ),
    )
}
