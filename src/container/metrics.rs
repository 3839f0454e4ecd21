//! Where gitlab-runner tells of itself to what runs in its container: its metrics, and its list of jobs beside them.

/// Shell that puts their address into `$a`, as the image's `polls` finds it. No single quote is in it.
pub const ADDRESS: &str = "a=$(cat /run/gitlab-runner/metrics-address 2>/dev/null); \
                           case $a in *:[0-9]*) ;; *) a=$a:9252 ;; esac; case $a in :*) a=127.0.0.1$a ;; esac";

/// Defines `metric NAME`, which prints that number of gitlab-runner's, and fails where it does not tell it.
pub fn metric() -> String {
    format!(
        r#"metric() {{
{ADDRESS}
curl -fsm 5 --noproxy '*' "http://$a/metrics" | sed -n "s/^gitlab_runner_$1 //p" | grep .
}}"#
    )
}
