//! Names → addresses that may be connected to. What is checked is what is connected to: there is no second look-up in between.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::{AddressForbidden, check_ip};

const RESOLVE: Duration = Duration::from_secs(5);

/// Where addresses come from: the system, or a test.
pub(super) trait Lookup: std::fmt::Debug + Send + Sync {
    /// Every address of a name; none if it has none.
    fn look_up(&self, name: String) -> BoxFuture<'static, Vec<IpAddr>>;
}

#[derive(Debug)]
struct SystemLookup;

impl Lookup for SystemLookup {
    fn look_up(&self, name: String) -> BoxFuture<'static, Vec<IpAddr>> {
        Box::pin(async move {
            match tokio::time::timeout(RESOLVE, tokio::net::lookup_host((name, 0))).await {
                Ok(Ok(found)) => found.map(|address| address.ip()).collect(),
                Ok(Err(_)) | Err(_) => Vec::new(),
            }
        })
    }
}

/// Resolves names and answers nothing if any of the addresses is not public: a name with mixed addresses is an attack or a mistake.
#[derive(Debug, Clone)]
pub(super) struct GuardedResolver {
    allow_private: bool,
    lookup: Arc<dyn Lookup>,
}

impl GuardedResolver {
    pub(super) fn new(allow_private: bool) -> Self {
        Self { allow_private, lookup: Arc::new(SystemLookup) }
    }

    async fn addresses(&self, name: String) -> Result<Vec<IpAddr>, AddressForbidden> {
        let addresses = self.lookup.look_up(name.clone()).await;
        if addresses.is_empty() {
            return Err(AddressForbidden::Unresolved(name));
        }
        if !self.allow_private {
            addresses.iter().try_for_each(|address| check_ip(*address))?;
        }
        Ok(addresses)
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.addresses(name.as_str().to_owned()).await?;
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

/// The addresses of a name, all of which may be connected to.
///
/// # Errors
/// [`AddressForbidden`].
pub(super) async fn resolve(name: String, allow_private: bool) -> Result<Vec<IpAddr>, AddressForbidden> {
    GuardedResolver::new(allow_private).addresses(name).await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::{chain, guarded};
    use super::*;

    #[tokio::test]
    async fn a_name_that_resolves_to_loopback_is_refused_when_connecting() {
        // `localhost` stands for any name whose owner points it at this machine.
        assert!(matches!(resolve("localhost".into(), false).await, Err(AddressForbidden::NotPublic(_))));
        assert!(resolve("localhost".into(), true).await.is_ok());
        assert_eq!(
            resolve("no-such-name.invalid".into(), true).await,
            Err(AddressForbidden::Unresolved("no-such-name.invalid".into()))
        );
    }

    /// Public the first time it is asked, loopback from then on; or both at once.
    #[derive(Debug, Default)]
    struct Rebinding {
        asked: AtomicUsize,
        mixed: bool,
    }

    impl Lookup for Rebinding {
        fn look_up(&self, _: String) -> BoxFuture<'static, Vec<IpAddr>> {
            let (public, loopback) = (IpAddr::from([8, 8, 8, 8]), IpAddr::from([127, 0, 0, 1]));
            let first = self.asked.fetch_add(1, Ordering::SeqCst) == 0;
            let answer =
                if self.mixed { vec![public, loopback] } else { vec![if first { public } else { loopback }] };
            Box::pin(async move { answer })
        }
    }

    #[tokio::test]
    async fn a_name_that_changes_its_mind_gains_nothing() {
        let rebinding = Arc::new(Rebinding::default());
        let resolver = GuardedResolver { allow_private: false, lookup: rebinding.clone() };
        assert!(resolver.addresses("rebind.example".into()).await.is_ok(), "looked at while it is public");
        // The client does not go by that look: it asks again, and what it is told then is checked then.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tls = rustls::ClientConfig::builder()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let client = guarded(false, resolver).tls_backend_preconfigured(tls).build().unwrap();
        let error = client.get("https://rebind.example:8443/").send().await.unwrap_err();
        assert!(chain(&error).contains("127.0.0.1 is not public"), "{}", chain(&error));
        assert_eq!(rebinding.asked.load(Ordering::SeqCst), 2);
        let mixed = Arc::new(Rebinding { mixed: true, ..Rebinding::default() });
        let resolver = GuardedResolver { allow_private: false, lookup: mixed };
        assert!(resolver.addresses("mixed.example".into()).await.is_err());
    }
}
