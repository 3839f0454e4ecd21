//! A certificate authority of one's own (`ca_file` in the answers), as a podman secret: registering, the runner and the
//! nested podman trust it, and gitlab-runner hands it on to its jobs.

use super::Setup;
use crate::answers::SYSTEM_STORE;
use crate::host::podman::Container;
use crate::host::{Cmd, Host, podman};
use crate::plan::Action;
use crate::problem::{Problem, Result};
use std::path::{Path, PathBuf};

/// Where systems have the certificates that they trust, in one file: Debian, Fedora, SUSE, Alpine.
pub const STORES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// What podman takes for a secret.
const MOST: usize = 511_999;

/// Returns the file that `ca_file` means; `None` where it is not answered.
///
/// # Errors
/// It cannot be read, has no certificate, or has a private key; or this system has no store where it is looked for.
pub fn file(setup: &Setup) -> Result<Option<PathBuf>> {
    let host = &*setup.target.host;
    let Some(answer) = &setup.wants.answers.ca_file else { return Ok(None) };
    if answer == Path::new(SYSTEM_STORE) {
        let found = STORES.iter().map(PathBuf::from).find(|path| host.read_named(path).is_ok());
        let problem = || {
            Problem::usage(
                "This system's store of certificates is not where it is looked for.",
                format!("Name the file in `ca_file`; looked for: {}.", STORES.join(", ")),
            )
        };
        return found.map_or_else(|| Err(problem()), |path| checked(host, path)).map(Some);
    }
    // As it is typed where no shell reads it.
    let answer = answer.strip_prefix("~").map_or_else(|_| answer.clone(), |rest| host.user().home.join(rest));
    checked(host, answer).map(Some)
}

/// Returns what is typed for one as it is to be kept: it means the same in another folder.
pub fn absolute(file: &Path) -> PathBuf {
    if file == Path::new(SYSTEM_STORE) || file.starts_with("~") {
        return file.to_owned();
    }
    std::path::absolute(file).unwrap_or_else(|_| file.to_owned())
}

fn checked(host: &dyn Host, path: PathBuf) -> Result<PathBuf> {
    let refused =
        |what: &str, advice: &str| Err(Problem::usage(format!("`ca_file` {} {what}.", path.display()), advice));
    let bytes = match host.read_named(&path) {
        Ok(bytes) => bytes,
        Err(e) => return refused(&format!("cannot be read: {e}"), "Name the file, with its folder."),
    };
    let has = |words: &str| bytes.windows(words.len()).any(|window| window == words.as_bytes());
    if has("PRIVATE KEY-----") {
        return refused("has a private key in it", "Name a file with the authority's certificates alone.");
    }
    if !has("-----BEGIN CERTIFICATE-----") && !has("-----BEGIN TRUSTED CERTIFICATE-----") {
        let advice = "Name a PEM file; `openssl x509 -inform der -in FILE -out ca.pem` makes one of a DER file.";
        return refused("has no certificate in PEM form (-----BEGIN CERTIFICATE-----)", advice);
    }
    if bytes.len() > MOST {
        return refused("is larger than podman takes (512 kB)", "Name a file with the authority's certificates alone.");
    }
    Ok(path)
}

/// Returns what stores the authority that is answered; nothing where none is, or podman has it.
///
/// # Errors
/// As [`file`], or podman fails.
pub(super) fn store(setup: &Setup) -> Result<Vec<Action>> {
    let host = &*setup.target.host;
    let Some(file) = file(setup)? else { return Ok(vec![]) };
    let (mut actions, secret) = (vec![], host.names().authority.as_str());
    if podman::secret_id(host, secret)?.is_some() {
        let stored = podman::secret_content(host, secret, &setup.target.image)?;
        if host.read_named(&file).is_ok_and(|bytes| bytes == stored.expose()) {
            return Ok(vec![]);
        }
        actions.push(Action::RemoveSecret(secret.into()));
    }
    let file = file.display().to_string();
    actions.push(Action::Run(Cmd::podman(["secret", "create", secret, &file])));
    Ok(actions)
}

/// Returns the `run` label's command, with the authority that is stored or about to be; `None` where the image is not there.
///
/// # Errors
/// As [`crate::target::Target::run_label`].
pub(super) fn run_label(setup: &Setup) -> Result<Option<Cmd>> {
    if setup.wants.answers.ca_file.is_none() {
        return setup.target.run_label();
    }
    Ok(setup.target.label("run")?.map(|label| label.authority(setup.target.names()).cmd()))
}

/// Whether a container trusts the authority that podman has; also where there is none.
///
/// # Errors
/// podman fails.
pub(super) fn is_trusted(host: &dyn Host, container: &Container) -> Result<bool> {
    let secret = &host.names().authority;
    let Some(id) = podman::secret_id(host, secret)? else { return Ok(true) };
    Ok(container.secrets.iter().any(|(name, held)| name == secret && *held == id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_host::Recorded;

    fn answered(text: &str, answer: &str) -> Result<Option<PathBuf>> {
        let host = Recorded::debian().file("/srv/ca.pem", text).file("/etc/pki/tls/certs/ca-bundle.crt", text);
        let mut setup = host.setup();
        setup.wants.answers.ca_file = Some(answer.into());
        file(&setup)
    }

    #[test]
    fn an_authority_is_a_file_of_certificates_or_the_system_s_store() {
        let pem = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
        assert_eq!(answered(pem, "/srv/ca.pem").unwrap(), Some("/srv/ca.pem".into()));
        assert_eq!(answered(pem, "system").unwrap(), Some("/etc/pki/tls/certs/ca-bundle.crt".into()));
        for (text, answer, says) in [
            (pem, "/srv/none.pem", "cannot be read"),
            ("MII", "/srv/ca.pem", "no certificate"),
            (&*format!("{pem}-----BEGIN PRIVATE KEY-----"), "/srv/ca.pem", "private key"),
            (&*pem.repeat(10_000), "/srv/ca.pem", "larger"),
        ] {
            let problem = answered(text, answer).unwrap_err();
            assert!(problem.to_string().contains(says), "{problem}");
        }
    }
}
