//! A private authority: what runs in the container trusts it, over restarts too.

use crate::image_store::IMAGE;
use crate::server::Server;
use crate::setup::{SETUP, TOKEN, answer, machine};
use crate::testhost::Machine;
use std::net::TcpListener;

const NAME: &str = "host.containers.internal";

/// An authority, and a server's certificate that it has signed (the image has OpenSSL).
fn sign(machine: &Machine) {
    let inside = format!(
        "cd /tls; openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 9 -subj /CN=authority; \
         openssl req -newkey rsa:2048 -nodes -keyout key.pem -out csr.pem -subj /CN={NAME}; \
         echo subjectAltName=DNS:{NAME} >names; \
         openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -days 9 -extfile names -out cert.pem"
    );
    machine.user(&format!("mkdir tls && podman run --rm -v ./tls:/tls {IMAGE} sh -c '{inside}' 2>&1")).ok();
}

/// The server.
fn serve(machine: &Machine, port: u16) {
    let serve = format!("openssl s_server -accept {port} -cert /tls/cert.pem -key /tls/key.pem -www -quiet");
    machine.user(&format!("podman run -d --name tls --network host -v ./tls:/tls {IMAGE} {serve}")).ok();
}

#[test]
#[ignore = "needs the test host: .ci/run"]
fn a_private_authority_is_trusted_and_stays_so_when_the_container_is_restarted() {
    let (machine, server) = (machine(), Server::start());
    let port = TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port();
    sign(&machine);
    answer(&machine, TOKEN, &format!("gitlab_url = \"{}\"\nca_file = \"tls/ca.pem\"", server.url()));
    let ask = |user: &str| {
        machine.user(&format!("podman exec --user {user} pipglr curl -sSf https://{NAME}:{port}/ -o /dev/null"))
    };
    machine.user(SETUP).ok();
    serve(&machine, port);
    for restarts in 0..3 {
        for user in ["runner", "podman"] {
            let asked = ask(user);
            assert_eq!(asked.code, 0, "{user}, {restarts} restarts: {}", asked.both());
        }
        machine.user("pipglr restart").ok();
    }
}
