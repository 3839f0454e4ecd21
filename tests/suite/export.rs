//! What is exported: that a shell takes it, and that no secret is in it.

use crate::support::FakeHost;
use pipglr::export::script;
use pipglr::export::source::Source;
use std::process::Command;

const TOKEN: &str = "glrt-t1_canarycanarycanary";

/// A host that is set up, with secrets of every kind in its configuration.
pub fn host(config: &str) -> Source {
    let host = FakeHost::set_up(TOKEN);
    if !config.is_empty() {
        host.machine().secrets.get_mut("config.toml").unwrap().1 = config.into();
    }
    Source::look(&host.setup(&[]), false).unwrap()
}

pub const OWN: &str = r#"concurrent = 4 # jobs
listen_address = ":9252"
# the one before was glrt-t1_canaryoldcanaryold

[[runners]]
  name = "pipglr johndoe@testhost"
  url = "https://gitlab.example/"
  id = 7
  token = "glrt-t1_canarycanarycanary"
  token_obtained_at = 2026-11-24T10:00:00Z
  executor = "docker"
  environment = ["A=b", 'MY_PASSWORD=canary "x"']
  pre_build_script = '''
echo "100 % of {{ all }} on"
END_OF_CONFIGURATION
'''
  [runners.cache]
    Type = "s3"
    [runners.cache.s3]
      AccessKey = "canaryaccess"
      SecretKey = "canarysecret"
      BucketName = "b"
  [runners.docker]
    image = "debian"
    memory = "512m"
    volumes = ["/cache", "/cache/jobs:/cache"]
"#;

/// Every shell that is here reads it.
fn readable(text: &str) {
    for shell in ["sh", "bash"] {
        let done = Command::new(shell).args(["-n", "-c", text]).output().unwrap();
        assert!(done.status.success(), "{shell}: {}\n{text}", String::from_utf8_lossy(&done.stderr));
    }
}

#[test]
fn a_script_is_one_that_a_shell_reads_and_holds_no_secret() {
    for source in [host(""), host(OWN)] {
        let text = script::text(&source).unwrap();
        readable(&text);
        assert!(!text.contains("canary") && !text.contains('%'.to_string().repeat(2).as_str()), "{text}");
        for line in [
            "podman volume create --opt 'o=uid=1000,gid=1000' pipglr-storage",
            "say '6 Startup'",
            "podman system migrate",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        let holes = regex::Regex::new("%[A-Z_]+%").unwrap();
        assert_eq!(holes.find(&text).map(|hole| hole.as_str()), None);
    }
    let text = script::text(&host(OWN)).unwrap();
    assert!(text.contains("echo \"100 % of {{ all }} on\"\nEND_OF_CONFIGURATION\n'''"), "{text}");
    assert!(text.contains("\nEND_OF_CONFIGURATION_\n"), "{text}");
}
