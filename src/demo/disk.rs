//! What the pretend jobs have left on the disk, as the program that measures it tells.

use jiff::{Timestamp, ToSpan};

/// What was used lately, in use, and what was not used for days; that is gone where it was `pruned`.
pub(super) fn held(now: Timestamp, pruned: bool) -> String {
    let ago = |hours: i64| now.checked_sub(hours.hours()).unwrap_or(now).as_second();
    let old =
        if pruned { "" } else { ",{\"id\":\"0d1e\",\"names\":[\"docker.io/library/node:18\"],\"layer\":\"node\"}" };
    let cache = |name: &str, hours| format!("used {} volumes/{name}/\n", ago(hours));
    let mut said = format!(
        "4242\n\
         images [{{\"id\":\"a1b2\",\"names\":[\"docker.io/library/rust:1.91\"],\"layer\":\"rust\"}},\
         {{\"id\":\"c3d4\",\"names\":[\"docker.io/library/alpine:3.22\"],\"layer\":\"alpine\"}}{old}]\n\
         layers [{{\"id\":\"rust\"}},{{\"id\":\"alpine\"}},{{\"id\":\"node\"}}]\n\
         came {} overlay-images/a1b2/\ncame {} overlay-images/c3d4/\ncame {} overlay-images/0d1e/\n",
        ago(5),
        ago(20),
        ago(24 * 9)
    );
    said += &cache("runner-t1_demo-project-7-cache", 3);
    said += "size 1530000000\t./overlay/rust\nsize 8700000\t./overlay/alpine\nsize 412000000\t./volumes/runner-t1_demo-project-7-cache\n";
    said += "size 70000\t/cache\nsize 12000\t/var/lib/gitlab-runner\n";
    if pruned {
        return said + "size 1951000000\t.\n";
    }
    said += &cache("runner-t1_demo-project-3-cache", 24 * 8);
    said + "size 1100000000\t./overlay/node\nsize 96000000\t./volumes/runner-t1_demo-project-3-cache\nsize 3148000000\t.\n"
}
