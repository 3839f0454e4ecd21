//! https, by the image's `openssl s_client`: what is trusted is Debian's own file, as gitlab-runner has it.

use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};

const TRUSTED: &str = "/etc/ssl/certs/ca-certificates.crt";

/// A connection.
pub struct Tls(Child);

impl Tls {
    /// `address` with its port.
    pub fn connect(address: &str) -> io::Result<Self> {
        let name = address.rsplit_once(':').map_or(address, |(name, _)| name);
        let words = ["-connect", address, "-servername", name, "-verify_hostname", name, "-CAfile", TRUSTED];
        let mut client = Command::new("openssl");
        client.args(["s_client", "-quiet", "-verify_return_error"]).args(words);
        client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map(Self)
    }

    /// In Go's words why nothing came.
    pub fn why(&mut self) -> &'static str {
        drop(self.0.stdin.take());
        let mut said = String::new();
        let _ = self.0.stderr.take().map(|mut pipe| pipe.read_to_string(&mut said));
        if said.contains("ostname mismatch") {
            "tls: failed to verify certificate: x509: certificate is valid for another name"
        } else if said.contains("verify error") {
            "tls: failed to verify certificate: x509: certificate signed by unknown authority"
        } else if said.contains("wrong version number") || said.contains("packet length too long") {
            "http: server gave HTTP response to HTTPS client"
        } else {
            "EOF"
        }
    }
}

impl Read for Tls {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.stdout.as_mut().map_or(Ok(0), |pipe| pipe.read(buffer))
    }
}

impl Write for Tls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.stdin.as_mut().map_or(Ok(0), |pipe| pipe.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
