//! A playbook that runs `pipglr setup --answers FILE` on many hosts, with nothing but `ansible.builtin`. Tokens come from a
//! vault and go to pipglr by standard input: a variable of a task's environment is in `ps` on the host.

use super::File;
use super::portable::Portable;
use super::source::{Authority, Source};
use crate::answers::{Answers, SYSTEM_STORE};
use crate::problem::{Problem, Result};
use crate::text::sanitize::sanitize;
use std::fmt::Write;

const PLAYBOOK: &str = include_str!("../../assets/export/ansible/playbook.yml");
const INVENTORY: &str = include_str!("../../assets/export/ansible/inventory.yml");

/// Returns the files of the playbook's folder.
///
/// # Errors
/// What is written cannot be written so.
pub fn files(source: &Source) -> Result<Vec<File>> {
    let secrets = source.portable.as_ref().is_some_and(|portable| !portable.secrets.is_empty());
    let mut beside = vec![("answers.toml", answers(source)?)];
    if let Some(portable) = &source.portable {
        beside.push(("config.toml", portable.text.clone()));
    }
    if let Some(Authority::Pem(text)) = &source.authority {
        beside.push(("ca.pem", text.clone()));
    }
    // One with secrets to be put in is not copied as it is.
    let copied: Vec<&str> =
        beside.iter().map(|(name, _)| *name).filter(|name| !secrets || *name != "config.toml").collect();
    let mut files = vec![
        file("playbook.yml", PLAYBOOK.into()),
        file("inventory.yml", INVENTORY.into()),
        file("group_vars/pipglr/vars.yml", vars(source, &copied)?),
        file("group_vars/pipglr/vault.yml", vault(source)),
    ];
    files.extend(beside.into_iter().map(|(name, text)| file(&format!("files/{name}"), text)));
    Ok(files)
}

fn file(path: &str, text: String) -> File {
    File { path: path.into(), text }
}

fn answers(source: &Source) -> Result<String> {
    let answers = Answers {
        image: Some(source.setup.target.image.clone()),
        config_file: source.portable.as_ref().map(|_| "config.toml".into()),
        ca_file: source.authority.as_ref().map(|authority| match authority {
            Authority::System => SYSTEM_STORE.into(),
            Authority::Pem(_) => "ca.pem".into(),
        }),
        ..source.setup.wants.answers.clone()
    };
    let text = toml::to_string(&answers)
        .map_err(|e| Problem::new(format!("The answers cannot be written: {e}."), "Report this as a bug."))?;
    Ok(format!("# The answers of `pipglr setup --answers FILE`; its README lists the keys.\n{text}"))
}

/// A string in YAML; one that Ansible would take for a template is told to be none.
fn string(text: &str) -> Result<String> {
    let yaml = serde_saphyr::to_string(&text)
        .map_err(|e| Problem::new(format!("No YAML could be made: {e}."), "Report this as a bug."))?;
    let template = ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark));
    Ok(format!("{}{}", if template { "!unsafe " } else { "" }, yaml.trim_end()))
}

fn vars(source: &Source, copied: &[&str]) -> Result<String> {
    let target = &source.setup.target;
    let mut text = format!(
        "---\n# The user who owns the runner: there, without root, and not root.\npipglr_user: {}\n\
         # Ansible becomes root, and then that user. Without it, it connects as that user.\npipglr_become: true\n\
         # One a line, each a runner of its own.\npipglr_tokens: \"{{{{ vault_pipglr_tokens }}}}\"\n",
        string(&target.host.user().name)?
    );
    let _ = write!(
        text,
        "# The container. One of another name on the same account has a playbook of its own, in a folder of its own.\n\
         pipglr_name: {}\n\
         pipglr_options:\n  - --color\n  - never\n  - --name\n  - \"{{{{ pipglr_name }}}}\"\n  - --image\n  - {}\n",
        string(&target.name)?,
        string(&target.image)?
    );
    text.push_str("# What is copied as it is from files/.\npipglr_files:\n");
    for name in copied {
        let _ = writeln!(text, "  - {name}");
    }
    match source.portable.as_ref().filter(|portable| !portable.secrets.is_empty()) {
        Some(portable) => {
            text.push_str("# files/config.toml, with what is secret put in.\npipglr_config: >-\n  {{ lookup('ansible.builtin.file', 'config.toml', rstrip=false)\n");
            for (at, asked) in portable.secrets.iter().enumerate() {
                let _ = writeln!(
                    text,
                    "  | replace('{}', (vault_pipglr_secrets[{at}] | to_json(ensure_ascii=false))[1:-1])",
                    asked.word
                );
            }
            text.push_str("  }}\n");
        }
        None => text.push_str("# None: nothing secret has to be put into files/config.toml.\npipglr_config: \"\"\n"),
    }
    Ok(text)
}

/// The vault, to be filled in and encrypted.
fn vault(source: &Source) -> String {
    let mut text = "---\n# What is secret. Fill it in, then: ansible-vault encrypt group_vars/pipglr/vault.yml\nvault_pipglr_tokens:\n".to_owned();
    let runners = source.portable.as_ref().map_or(&[][..], |portable| &portable.runners);
    match runners {
        [] => text.push_str("  - \"\"\n"),
        runners => runners.iter().for_each(|runner| {
            let of = comment(&format!("{} {}", runner.name, runner.url));
            let _ = writeln!(text, "  # {}\n  - \"\"", of.trim());
        }),
    }
    let asked = |portable: &Portable| {
        portable.secrets.iter().map(|asked| format!("  # {}\n  - \"\"\n", comment(&asked.key))).collect::<String>()
    };
    let secrets = source.portable.as_ref().map(asked).filter(|text| !text.is_empty());
    if let Some(secrets) = secrets {
        let _ = write!(text, "vault_pipglr_secrets:\n{secrets}");
    }
    text
}

fn comment(text: &str) -> String {
    sanitize(text).chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
