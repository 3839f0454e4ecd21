//! Where gitlab-runner tells of itself to what runs in its container: its metrics, and its list of jobs beside them.

/// Shell that puts their address into `$a`, as the image's `polls` finds it. No single quote is in it.
pub const ADDRESS: &str = "a=; read -r a 2>/dev/null </run/gitlab-runner/metrics-address || :; \
                           case $a in *:[0-9]*) ;; *) a=$a:9252 ;; esac; case $a in :*) a=127.0.0.1$a ;; esac";

/// Shell that defines `loads`, which prints how often gitlab-runner has loaded its file, and how often it could not; it fails
/// where gitlab-runner does not tell.
pub fn loads() -> String {
    format!(
        r#"loads() {{
{ADDRESS}
curl -fsm 5 --noproxy '*' "http://$a/metrics" | awk '
/^gitlab_runner_configuration_loaded_total / {{ loaded = $2 }}
/^gitlab_runner_configuration_loading_error_total / {{ failed = $2 }}
END {{ if (loaded == "") exit 1; print loaded, failed + 0 }}'
}}"#
    )
}
