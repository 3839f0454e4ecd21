//! The pretend image, with its labels.

use pipglr::image::label::carried;

/// `older`: one from before the volume for gitlab-runner's own file.
pub fn json(id: &str, names: &[&str], older: bool) -> String {
    let state = " -v pipglr-state:/var/lib/gitlab-runner";
    let run = if older { carried("run").replace(state, "") } else { carried("run") };
    let labels = serde_json::json!({
        "register": carried("register"), "setupstorage": carried("setupstorage"), "setupcache": carried("setupcache"),
        "run": run, "dumpconfig": carried("dumpconfig"),
    });
    serde_json::json!([{"Id": id, "RepoTags": names, "Labels": labels, "Config": {"Env": ["CI_SERVER_URL=https://gitlab.com/"]}}])
        .to_string()
}
