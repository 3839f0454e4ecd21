//! A private authority: what runs in the container trusts it, over restarts too.

use crate::image_store::IMAGE;
use crate::server::Server;
use crate::setup::{SETUP, TOKEN, answer, machine};
use std::net::TcpListener;

/// A server's certificate, signed by an authority of its own, and the server (the image has OpenSSL).
fn serve(port: u16) -> String {
    let name = "host.containers.internal";
    let inside = format!(
        "cd /tls; openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 9 -subj /CN=authority; \
         openssl req -newkey rsa:2048 -nodes -keyout key.pem -out csr.pem -subj /CN={name}; \
         echo subjectAltName=DNS:{name} >names; \
         openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -days 9 -extfile names -out cert.pem; \
         exec openssl s_server -accept {port} -cert cert.pem -key key.pem -www -quiet"
    );
    format!(
        "mkdir tls && podman run -d --name tls --network host -v ./tls:/tls {IMAGE} sh -c '{inside}' && until [ -s tls/cert.pem ]; do sleep 0.2; done"
    )
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_private_authority_is_trusted_and_stays_so_when_the_container_is_restarted() {
    let (machine, server) = (machine(), Server::start());
    let port = TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
    machine.user(&serve(port)).ok();
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"\nca_file = \"tls/ca.pem\"", server.url()));
    let ask = |user: &str| {
        machine.user(&format!(
            "podman exec --user {user} pipglr curl -sSf https://host.containers.internal:{port}/ -o /dev/null"
        ))
    };
    machine.user(SETUP).ok();
    for restarts in 0..3 {
        for user in ["runner", "podman"] {
            let asked = ask(user);
            assert_eq!(asked.code, 0, "{user}, {restarts} restarts: {}", asked.both());
        }
        machine.user("pipglr restart").ok();
    }
}
