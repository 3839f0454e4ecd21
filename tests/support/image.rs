//! The pretend image, with its labels.

use super::container::STATE;
use pipglr::image::label::carried;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The labels, with which a sweep asks for the image a hundred thousand times.
static LABELS: LazyLock<Value> = LazyLock::new(|| {
    let labels = ["register", "setupstorage", "setupcache", "run", "dumpconfig"];
    labels.map(|name| (name.to_owned(), Value::from(carried(name)))).into_iter().collect()
});

/// `older`: one from before the volume for gitlab-runner's own file.
pub fn json(id: &str, names: &[&str], older: bool) -> String {
    let mut labels = LABELS.clone();
    if older {
        labels["run"] = carried("run").replace(&format!(" -v {STATE}"), "").into();
    }
    let config = json!({"Env": ["CI_SERVER_URL=https://gitlab.com/"]});
    json!([{"Id": id, "RepoTags": names, "Labels": labels, "Config": config}]).to_string()
}
