//! What `podman inspect` does not tell of a container's networks: which addresses it was given, by `--ip` or `podman
//! network connect --ip`, and which it was only lent. `podman generate spec` does (seen on 4.3, 5.4 and 6.1).

use crate::host::podman::Container;
use crate::host::{Cmd, Host, ask};
use crate::problem::Result;
use serde_json::Value;

/// Returns all that podman knows of a container: what `podman inspect` says, with `Given` in each of its networks, the
/// options that it was connected with.
///
/// # Errors
/// podman cannot be started, or hangs. Where it does not tell, nothing was given.
pub(super) fn known(host: &dyn Host, container: &Container) -> Result<Value> {
    let mut inspect = container.inspect.0.clone();
    let Some(networks) = inspect["NetworkSettings"]["Networks"].as_object_mut() else { return Ok(inspect) };
    // A mode such as pasta may be listed as one (5.4); no address can be given in it.
    let mode = container.inspect.0["HostConfig"]["NetworkMode"].as_str().unwrap_or_default();
    if networks.keys().all(|name| mode.split(':').next() == Some(name)) {
        return Ok(inspect);
    }
    let done = ask(host, &Cmd::podman(["generate", "spec", &container.name]))?;
    let spec: Value = serde_json::from_str(&done.text()).unwrap_or_default();
    for (name, network) in networks {
        network["Given"] = Value::from(options(&spec["Networks"][name]));
    }
    Ok(inspect)
}

/// The options of `--network NAME:…` that a network was connected with, but for its aliases.
fn options(network: &Value) -> Vec<String> {
    let ips = network["static_ips"].as_array().into_iter().flatten();
    let ips = ips.filter_map(Value::as_str).map(|ip| format!("{}={ip}", if ip.contains(':') { "ip6" } else { "ip" }));
    let mac = network["static_mac"].as_str().map(|mac| format!("mac={mac}"));
    // Where none was given it is the first that is free.
    let name = network["interface_name"].as_str().filter(|name| !name.is_empty() && !name.starts_with("eth"));
    ips.chain(mac).chain(name.map(|name| format!("interface_name={name}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::recreate::compare::differences;
    use crate::fake_host::Recorded;
    use serde_json::json;

    fn container(name: &str, mode: &str, networks: Value) -> Container {
        let inspect = json!({"HostConfig": {"NetworkMode": mode}, "NetworkSettings": {"Networks": networks}});
        let mut container = Container { name: name.into(), ..Container::default() };
        container.inspect.0 = inspect;
        container
    }

    #[test]
    fn an_address_that_was_given_is_told_from_one_that_was_lent() {
        let given = r#"{"Networks": {"b": {"static_ips": ["10.89.0.77", "fd00::7"], "interface_name": "eth1"},
                        "c": {"static_mac": "44:33:22:11:00:99", "interface_name": "lan"}}}"#;
        let lent = r#"{"Networks": {"b": {"interface_name": "eth0"}, "c": {"interface_name": "eth1"}}}"#;
        let host =
            Recorded::debian().says("podman generate spec old", 0, given).says("podman generate spec new", 0, lent);
        let networks = json!({"b": {"IPAddress": "10.89.0.77"}, "c": {"IPAddress": "10.90.0.2"}});
        let old = known(&host, &container("old", "bridge", networks.clone())).unwrap();
        let new = known(&host, &container("new", "bridge", networks)).unwrap();
        let found = differences(&old, &new);
        assert_eq!(found.iter().map(|found| &*found.field).collect::<Vec<_>>(), ["network b", "network c"]);
        assert_eq!(found[0].old["given"], json!(["ip6=fd00::7", "ip=10.89.0.77"]));
        assert_eq!(found[1].old["given"], json!(["interface_name=lan", "mac=44:33:22:11:00:99"]));
    }

    #[test]
    fn where_none_can_be_given_podman_is_not_asked() {
        let none = container("x", "pasta:-4", json!({"pasta": {}}));
        assert_eq!(known(&Recorded::debian(), &none), Ok(none.inspect.0));
    }
}
