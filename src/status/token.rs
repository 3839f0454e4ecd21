//! What befalls a token that more than one place has. A token that expires is renewed by whoever comes first, and the others
//! are locked out with the old one. With the runner's own token GitLab says nothing of the machines that use it
//! (`GET /runners/ID/managers` wants an access token), so it is told what this host itself can see: who else has it here, a
//! new token that waits, and a refusal before its time.

use super::expiry::{Expiry, Stage};
use crate::api::rotation;
use crate::config::document::Runner;
use crate::container::recreate::{moved_name, next_name};
use crate::host::Host;
use crate::host::podman::{self, throwaway};
use crate::names;
use crate::secret::Secret;
use crate::target::Target;

/// Returns the containers of this user that have one of these runners' tokens: by the same secret, or by one of their own.
pub(super) fn sharers(target: &Target, runners: &[Runner]) -> Vec<String> {
    let (host, name) = (&*target.host, &target.name);
    let own = [name.clone(), next_name(name), moved_name(name), format!("{name}-register")];
    let all = podman::all_containers(host).unwrap_or_default();
    let others = all.into_iter().filter(|other| !own.contains(other) && !throwaway::is_one(other));
    let holds = |text: &Secret| {
        let mut tokens = runners.iter().map(|runner| runner.token.expose_str()).filter(|token| !token.is_empty());
        tokens.any(|token| text.expose_str().contains(token))
    };
    let has_one = |secret: &str| {
        secret == host.names().config
            || names::is_config(secret)
                && podman::secret_content(host, secret, &target.image).is_ok_and(|text| holds(&text))
    };
    let is_sharer = |other: &String| {
        let found = podman::container(host, other).ok().flatten();
        found.is_some_and(|found| found.secrets.iter().any(|(secret, _)| has_one(secret)))
    };
    others.filter(is_sharer).collect()
}

/// Whether `runner rotate` has got a new token that the configuration has not yet.
pub(super) fn waits(host: &dyn Host, runner: &Runner) -> bool {
    rotation::waiting(host, runner).is_some()
}

impl Expiry {
    /// The same, with what else is known of the token: whether GitLab takes it, who else has it here, the container's name.
    #[must_use]
    pub(super) fn seen(self, verified: Option<bool>, sharers: &[String], name: &str) -> Self {
        if verified == Some(false) && self.stage != Stage::Past {
            let words = format!(
                "{}, and yet GitLab does not take it: another machine that has it too has had it renewed, or it was reset or \
                 removed in GitLab. Make a runner of this machine's own in GitLab, and put its token in place of this one: `{}`",
                self.words,
                names::typed("edit", name)
            );
            return Self { stage: Stage::Near, words };
        }
        if sharers.is_empty() {
            return self;
        }
        let words = format!(
            "{}; {} has it too, and is locked out when it is renewed here, or this one when it is renewed there: each needs a \
             runner of its own",
            self.words,
            sharers.join(", ")
        );
        Self { stage: if self.stage == Stage::Past { Stage::Past } else { Stage::Near }, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_somebody_else_may_renew_is_warned_of() {
        let far = || Expiry { stage: Stage::Far, words: "its token expires on 2027-01-01, in 60 days".into() };
        assert_eq!(far().seen(Some(true), &[], "pipglr"), far());
        let shared = far().seen(Some(true), &["second".into()], "pipglr");
        assert!(shared.stage == Stage::Near && shared.words.contains("; second has it too"), "{shared:?}");
        let refused = far().seen(Some(false), &[], "pipglr");
        assert!(refused.stage == Stage::Near && refused.words.contains("another machine"), "{refused:?}");
        let past = Expiry { stage: Stage::Past, words: String::new() };
        assert_eq!(past.clone().seen(Some(false), &[], "pipglr"), past);
    }
}
