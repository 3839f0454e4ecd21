//! The pretend image, with its labels.

use pipglr::image::label::carried;

pub fn json(id: &str, names: &[&str]) -> String {
    let labels = serde_json::json!({
        "register": carried("register"), "setupstorage": carried("setupstorage"), "setupcache": carried("setupcache"),
        "run": carried("run"), "dumpconfig": carried("dumpconfig"),
    });
    serde_json::json!([{"Id": id, "RepoTags": names, "Labels": labels, "Config": {"Env": ["CI_SERVER_URL=https://gitlab.com/"]}}])
        .to_string()
}
