//! What of pipglr is here already.

use super::{Check, Context};
use crate::container::{foreign, others};
use crate::host::podman;
use crate::steps::{Step, image_build};
use crate::text::shell::quote;

/// The image, as the step sees it.
pub(super) fn image(context: &Context) -> Vec<Check> {
    if context.version().is_err() {
        return vec![];
    }
    match context.setup.check(Step::Image) {
        Ok(report) => {
            let mut checks = Check::of_report(&report);
            let image = &context.setup.target.image;
            for check in checks.iter_mut().filter(|check| !check.fix.is_empty() && image_build::is_local(image)) {
                check.fix = vec![format!("pipglr --image {} image build", quote(image))];
            }
            checks
        }
        Err(problem) => vec![Check::problem("image", Step::Image.why(), &problem)],
    }
}

/// A container, secrets and volumes of these names: gone on with, where they are pipglr's.
pub(super) fn things(context: &Context) -> Vec<Check> {
    if context.version().is_err() {
        return vec![];
    }
    let (host, name) = (context.host(), &context.setup.target.name);
    let names = host.names();
    let why = "Names may be taken, by an earlier run or by something else.";
    // Each costs a start of podman: side by side they take as long as one.
    let (container, [secret, token], volumes) = std::thread::scope(|scope| {
        let container = scope.spawn(|| podman::container(host, name).ok().flatten());
        let secrets = [&names.config, &names.token]
            .map(|name| scope.spawn(move || podman::secret_id(host, name).ok().flatten().is_some()));
        let volumes =
            names.all_volumes().map(|name| scope.spawn(move || podman::volume(host, name).ok().flatten().is_some()));
        (
            container.join().ok().flatten(),
            secrets.map(|thread| thread.join().unwrap_or_default()),
            volumes.map(|thread| thread.join().unwrap_or_default()),
        )
    });
    let mut found = Vec::new();
    if let Some(container) = &container {
        found.push(format!("container {name} ({})", container.state));
    }
    found.extend(secret.then(|| format!("secret {}", names.config)));
    found.extend(token.then(|| format!("secret {}", names.token)));
    found.extend(
        names.all_volumes().iter().zip(volumes).filter(|(_, there)| *there).map(|(name, _)| format!("volume {name}")),
    );
    let found = if found.is_empty() { "nothing yet".to_owned() } else { found.join(", ") };
    let check = Check::ok("already_here", found, "", why);
    let in_the_way = match container {
        Some(container) => foreign(names, &container),
        None => others::from_before(host).ok().flatten(),
    };
    vec![match in_the_way {
        Some(problem) => check.warning(&format!("{} {}", problem.what, problem.advice)),
        None => check,
    }]
}

#[cfg(test)]
mod tests {
    use crate::fake_host::Recorded;
    use crate::preflight::{Status, check_host};

    #[test]
    fn an_image_of_this_machine_alone_is_built_and_never_pulled() {
        let check = |image: &str| {
            let mut setup = Recorded::debian().setup();
            setup.target.image = image.into();
            let looked = check_host(&setup);
            looked.checks.into_iter().find(|check| check.id == "image").unwrap()
        };
        assert_eq!(check("localhost/pipglr:1").fix, ["pipglr --image localhost/pipglr:1 image build"]);
        assert_eq!(check("quay.io/pipglr:1").fix, ["podman pull quay.io/pipglr:1"]);
    }

    #[test]
    fn an_earlier_run_and_a_foreign_container() {
        assert_eq!(Recorded::debian().check("already_here").found, "nothing yet");
        let container =
            |secrets: &str| format!("[{{\"State\":{{\"Status\":\"running\"}},\"Config\":{{\"Secrets\":{secrets}}}}}]");
        let host = Recorded::debian().says(
            "podman container inspect pipglr",
            0,
            &container("[{\"Name\":\"config.toml\",\"ID\":\"1\"}]"),
        );
        let check = host.check("already_here");
        assert_eq!((check.status, check.found.as_str()), (Status::Ok, "container pipglr (running)"));
        let host = host.says("podman container inspect pipglr", 0, &container("null"));
        assert_eq!(host.check("already_here").status, Status::Warning);
    }
}
