//! A private authority, and a server of its own before the mock GitLab: TLS by this machine's `openssl`, a process for each
//! connection.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use crate::server::Server;
use crate::testhost::run;

const NAME: &str = "host.containers.internal";

pub struct Tls {
    folder: tempfile::TempDir,
    port: u16,
}

impl Tls {
    /// Listens before the server until the process ends.
    pub fn before(server: &Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        sign(folder.path());
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let tls = Self { folder, port: listener.local_addr().unwrap().port() };
        let (folder, to) = (tls.folder.path().to_owned(), server.port());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let folder = folder.clone();
                thread::spawn(move || serve(&folder, stream, to));
            }
        });
        tls
    }

    /// Its URL for a container of johndoe's.
    pub fn url(&self) -> String {
        format!("https://{NAME}:{}/", self.port)
    }

    /// The authority's certificate.
    pub fn authority(&self) -> String {
        fs::read_to_string(self.folder.path().join("ca.pem")).unwrap()
    }
}

/// An authority, and a server's certificate that it has signed.
fn sign(folder: &Path) {
    let script = format!(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 9 -subj /CN=authority; \
         openssl req -newkey rsa:2048 -nodes -keyout key.pem -out csr.pem -subj /CN={NAME}; \
         echo subjectAltName=DNS:{NAME} >names; \
         openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -extfile names -out cert.pem"
    );
    run(Command::new("sh").args(["-ec", &script]).current_dir(folder), b"").ok();
}

/// One connection, which the client closes: the mock says so with each answer.
fn serve(folder: &Path, client: TcpStream, to: u16) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let socket: PathBuf = folder.join(format!("socket-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    let gitlab = TcpStream::connect(("127.0.0.1", to)).unwrap();
    let end = |stream: &TcpStream| Stdio::from(OwnedFd::from(stream.try_clone().unwrap()));
    let mut child = Command::new("openssl")
        .args(["s_server", "-quiet", "-naccept", "1", "-cert", "cert.pem", "-key", "key.pem", "-unix"])
        .arg(&socket)
        .current_dir(folder)
        .stdin(end(&gitlab))
        .stdout(end(&gitlab))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let inside = (0..500).find_map(|_| {
        thread::sleep(Duration::from_millis(10));
        UnixStream::connect(&socket).ok()
    });
    let inside = inside.expect("openssl s_server listens");
    let (mut from, mut into) = (client.try_clone().unwrap(), inside.try_clone().unwrap());
    let up = thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut into);
        let _ = into.shutdown(std::net::Shutdown::Write);
    });
    let _ = std::io::copy(&mut &inside, &mut &client);
    let _ = client.shutdown(std::net::Shutdown::Both);
    let _ = up.join();
    let _ = child.kill();
    let _ = child.wait();
}
