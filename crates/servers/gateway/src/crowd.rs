//! Who has not said who they are, by where they come from.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{ConnectInfo, Request};
use guildhall_rules::address;

/// How many sockets of each address there are that have not said who they are.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    counts: Mutex<HashMap<IpAddr, usize>>,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    crowd: Arc<Crowd>,
    from: IpAddr,
}

impl Crowd {
    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more from there, if fewer than so many are there.
    pub(crate) fn enter(self: &Arc<Self>, from: IpAddr, most: usize) -> Option<Place> {
        let from = address::network(from);
        let mut counts = self.counts();
        let count = counts.entry(from).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { crowd: self.clone(), from })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.crowd.counts();
        if let Some(count) = counts.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.from);
            }
        }
    }
}

/// Where a request came from, as far as that matters: the machine itself has no limit, because everybody comes from there
/// where a proxy is not trusted.
pub(crate) fn origin(request: &Request, trust_proxy: bool) -> Option<IpAddr> {
    let lines = request.headers().get_all("x-forwarded-for");
    let forwarded =
        trust_proxy.then(|| lines.iter().map(|line| line.to_str().unwrap_or_default())).and_then(address::forwarded);
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    forwarded.or(peer).filter(|address| !address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_network_has_its_places() {
        let crowd = Arc::new(Crowd::default());
        let enter = |from: &str| from.parse().ok().and_then(|from| crowd.enter(from, 2));
        let (one, two) = (enter("2001:db8::1"), enter("2001:db8::2"));
        assert!(one.is_some() && two.is_some() && enter("2001:db8::3").is_none());
        assert!(enter("2001:db8:0:1::3").is_some() && enter("203.0.113.7").is_some());
        drop(one);
        assert!(enter("2001:db8::3").is_some());
        drop(two);
        assert!(crowd.counts().is_empty());
    }
}
