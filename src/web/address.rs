//! Who is asking: the peer's address, or the one a trusted proxy names; and a short word for the device.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::portal::Portal;

/// The client's address. Behind proxies of `PORTAL_TRUSTED_PROXIES` it is the last one they did not add themselves.
pub struct Address(pub IpAddr);

impl axum::extract::FromRequestParts<Portal> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Self::Rejection> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip().to_canonical());
        Ok(Self(client(peer, &parts.headers, &portal.config.trusted_proxies)))
    }
}

fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    if !trusted.contains(&peer) {
        return peer;
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).collect();
    // From the nearest hop back to the first that is no proxy of ours. One that cannot be read ends the search: what
    // stands before it may be anybody's invention.
    let hop = |text: &&str| text.trim().parse::<IpAddr>().ok().map(|hop| hop.to_canonical());
    hops.iter().rev().map(hop).find(|hop| hop.is_none_or(|hop| !trusted.contains(&hop))).flatten().unwrap_or(peer)
}

/// `Firefox unter Windows`: enough to tell one's sessions apart, nothing more.
pub fn device(headers: &HeaderMap) -> String {
    let agent = headers.get("user-agent").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} unter {system}"),
        (Some(only), None) | (None, Some(only)) => only.into(),
        (None, None) => "Unbekanntes Gerät".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: &str, trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().expect("header"));
        let trusted: Vec<IpAddr> = trusted.iter().map(|t| t.parse().expect("address")).collect();
        client(peer.parse().expect("address"), &headers, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(from("203.0.113.9", "198.51.100.1", &[]), "203.0.113.9");
        assert_eq!(from("10.0.0.1", "198.51.100.1", &["10.0.0.1"]), "198.51.100.1");
        assert_eq!(from("10.0.0.1", "1.2.3.4, unknown", &["10.0.0.1"]), "10.0.0.1");
        assert_eq!(from("10.0.0.1", "::ffff:1.2.3.4", &["10.0.0.1"]), "1.2.3.4");
        assert_eq!(from("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", &["10.0.0.1", "10.0.0.2"]), "198.51.100.1");
    }
}
