//! podman's store of secrets: whether podman can read it, and has what it lists.

use super::{Check, Context};
use crate::secret_store;
use crate::steps::{State, Step};
use std::path::Path;

/// The two files. A broken store is fixed by the step that needs it: what pipglr knows is put back.
pub(super) fn probe(context: &Context) -> Vec<Check> {
    let Ok(info) = context.info() else { return vec![] };
    let Some(root) = info["store"]["graphRoot"].as_str() else { return vec![] };
    let store = secret_store::read(context.host(), Path::new(root));
    let (needed, why) = (
        "readable, each with its content",
        "The configuration is kept in podman's store of secrets, which is not safe from a crash.",
    );
    if store.is_well() {
        return vec![Check::ok("secrets", format!("{} listed, each with its content", store.listed), needed, why)];
    }
    let names: Vec<_> = store.lost.iter().map(|(_, name)| name.as_str()).collect();
    let broken = [(&store.data, store.data_broken), (&store.list, store.list_broken)];
    let broken =
        broken.iter().filter(|(_, broken)| *broken).map(|(path, _)| format!("{} is cut or empty", path.display()));
    let lost = (!names.is_empty()).then(|| format!("the content is lost of {}", names.join(", ")));
    let check = Check::ok("secrets", broken.chain(lost).collect::<Vec<_>>().join("; "), needed, why);
    let warnings = store.warnings().join(" ");
    if !store.is_broken() && !store.has_lost(&context.host().names().config) {
        return vec![check.warning(&warnings)]; // nothing of ours
    }
    // What the step would do, where it knows of a text to put back; else what makes the store take one again.
    let report = context.setup.check(Step::Configuration).ok().filter(|report| report.state == State::Ready);
    let actions = report.map_or_else(|| store.repair(), |report| report.plan.actions);
    let check = check.fixed_by(actions);
    let why = format!("{} {warnings} `pipglr setup` does this, when you agree.", check.why);
    vec![Check { why, step: Some(Step::Configuration), ..check }]
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use crate::fake_host::Recorded;

    const LIST: &str = "/home/johndoe/.local/share/containers/storage/secrets/secrets.json";
    const DATA: &str = "/home/johndoe/.local/share/containers/storage/secrets/filedriver/secretsdata.json";

    fn listed(names: &[&str]) -> String {
        let entries: Vec<_> =
            names.iter().map(|name| format!("\"id-{name}\":{{\"name\":\"{name}\",\"driver\":\"file\"}}")).collect();
        format!("{{\"secrets\":{{{}}}}}", entries.join(","))
    }

    #[test]
    fn none_and_some_are_well() {
        assert_eq!(Recorded::debian().check("secrets").found, "0 listed, each with its content");
        let host = Recorded::debian().file(LIST, &listed(&["OTHER"])).file(DATA, "{\"id-OTHER\":\"eA==\"}");
        assert_eq!(host.check("secrets").found, "1 listed, each with its content");
    }

    #[test]
    fn what_is_broken_and_whose_is_lost_is_named() {
        for (data, words) in
            [("", "is cut or empty"), ("{\"id", "is cut or empty"), ("{}", "lost of OTHER, config.toml")]
        {
            let host = Recorded::debian().file(LIST, &listed(&["OTHER", "config.toml"])).file(DATA, data);
            let check = host.check("secrets");
            assert_eq!(check.status, Status::Fixable, "{check:?}");
            assert!(check.found.contains(words) && check.found.contains("lost of OTHER, config.toml"), "{check:?}");
            assert!(check.why.contains("created again by whoever made them: OTHER"), "{check:?}");
            assert!(check.fix[0].ends_with("secretsdata.json.broken") && !check.needs_root, "{check:?}");
            assert_eq!(check.fix.last().unwrap(), "podman secret rm id-OTHER");
        }
        let check = Recorded::debian().file(LIST, "{\"secrets\": {").file(DATA, "{}").check("secrets");
        assert!(
            check.found.contains("secrets.json is cut or empty") && check.why.contains("list of secrets"),
            "{check:?}"
        );
        let check = Recorded::debian().file(LIST, &listed(&["OTHER"])).file(DATA, "{}").check("secrets");
        assert_eq!(check.status, Status::Warning, "another program's alone: {check:?}");
    }
}
