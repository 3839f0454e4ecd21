//! The pretend image, with its labels.

pub fn json(id: &str) -> String {
    let labels = serde_json::json!({
        "register": "podman run --rm --secret REGISTRATION_TOKEN,type=env -v ./config.toml:/c/config.toml:Z $IMAGE gitlab-runner register",
        "setupstorage": "podman volume create --opt o=uid=1000,gid=1000 pipglr-storage",
        "setupcache": "podman volume create --opt o=uid=1001,gid=1001 pipglr-cache",
        "run": "podman run -d -t --name pipglr --secret config.toml $IMAGE",
        "dumpconfig": "podman run --rm --secret config.toml $IMAGE cat /run/secrets/config.toml",
    });
    serde_json::json!([{"Id": id, "Labels": labels, "Config": {"Env": ["CI_SERVER_URL=https://gitlab.com/"]}}])
        .to_string()
}
