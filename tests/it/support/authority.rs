//! A time stamp authority (RFC 3161): OpenSSL behind a small server.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use wiremock::matchers::{header, method};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// An authority, its root, and where it is reached.
pub(crate) struct Authority {
    folder: TempDir,
    server: MockServer,
}

fn openssl(folder: &Path, words: &[&str]) {
    let ran = Command::new("openssl").current_dir(folder).args(words).output().expect("openssl is installed");
    assert!(ran.status.success(), "openssl {words:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

impl Authority {
    pub(crate) async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path();
        let put = |name: &str, text: &str| std::fs::write(path.join(name), text).unwrap();
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
        let root =
            ["req", "-x509", "-keyout", "root.key", "-out", "root.pem", "-days", "2", "-subj", "/CN=Root"];
        let ca = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"];
        openssl(path, &[&root[..], &key, &ca].concat());
        let request = ["req", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/O=Stories/CN=Time"];
        openssl(path, &[&request[..], &key].concat());
        put("extensions", "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n");
        let signing =
            ["x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"];
        openssl(path, &[&signing[..], &["-days", "2", "-extfile", "extensions", "-out", "tsa.pem"]].concat());
        put(
            "tsa.cnf",
            "[tsa]\ndefault_tsa = it\n[it]\nserial = serial\ndefault_policy = 1.3.6.1.4.1.32473.1\ndigests = sha256\ness_cert_id_alg = sha256\n",
        );
        let server = MockServer::start().await;
        let at = path.to_owned();
        Mock::given(method("POST"))
            .and(header("content-type", "application/timestamp-query"))
            .respond_with(move |request: &Request| {
                std::fs::write(at.join("query"), &request.body).unwrap();
                let words =
                    ["ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-signer", "tsa.pem"];
                openssl(&at, &[&words[..], &["-inkey", "tsa.key", "-sha256", "-out", "reply"]].concat());
                let reply = std::fs::read(at.join("reply")).unwrap();
                ResponseTemplate::new(200).set_body_raw(reply, "application/timestamp-reply")
            })
            .mount(&server)
            .await;
        Self { folder, server }
    }

    pub(crate) fn address(&self) -> String {
        self.server.uri()
    }

    /// File with the certificate that vouches for it.
    pub(crate) fn root(&self) -> String {
        self.folder.path().join("root.pem").to_str().unwrap().to_owned()
    }

    /// How often it was asked.
    pub(crate) async fn asked(&self) -> usize {
        self.server.received_requests().await.unwrap().len()
    }
}
