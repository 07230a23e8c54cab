//! The address under which clients reach a gateway (fact sheet 6.2, 6.3): `gateway.xml` and the entrypoint's `-a -h -s`. Writes no file.

use std::collections::BTreeMap;

use axum::http::HeaderMap;

use crate::simulator::start::options::Options;

const ADDRESS: &str = "gateway.publicAddress.address";
const HTTP_PORT: &str = "gateway.publicAddress.httpPort";
const HTTPS_PORT: &str = "gateway.publicAddress.httpsPort";
const AUTO_DETECT: &str = "gateway.publicAddress.autoDetect";
const PROXY_HEADER: &str = "gateway.useProxyForwardedHeader";

/// Where clients are sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PublicAddress {
    /// Set by hand; `None` when clients are sent to wherever they came to.
    pub(crate) fixed: Option<Fixed>,
    /// Believe the headers of a proxy (`gateway.useProxyForwardedHeader`).
    pub(crate) forwarded_header: bool,
}

/// A public address that was set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fixed {
    pub(crate) address: String,
    pub(crate) http_port: u16,
    pub(crate) https_port: u16,
}

/// What a request says about the way it came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Way<'a> {
    /// `Host`.
    pub(crate) host: Option<&'a str>,
    /// `X-Forwarded-Host`.
    pub(crate) forwarded_host: Option<&'a str>,
    /// `X-Forwarded-Proto`.
    pub(crate) forwarded_proto: Option<&'a str>,
    /// The connection is encrypted.
    pub(crate) tls: bool,
}

impl<'a> Way<'a> {
    /// The way of a plain request with these headers.
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        Self {
            host: text("host"),
            forwarded_host: text("x-forwarded-host"),
            forwarded_proto: text("x-forwarded-proto"),
            tls: false,
        }
    }
}

/// Puts what the entrypoint was told into the entries of `gateway.xml`. Returns whether that changes anything.
pub(crate) fn apply(options: &Options, entries: &mut BTreeMap<String, String>) -> bool {
    let before = entries.clone();
    let given = [
        (ADDRESS, options.public_address.clone()),
        (HTTP_PORT, options.public_http_port.map(|p| p.to_string())),
        (HTTPS_PORT, options.public_https_port.map(|p| p.to_string())),
    ];
    for (key, value) in given {
        if let Some(value) = value {
            entries.insert(key.to_owned(), value);
            // A given address is meant: detection would override it (fact sheet 6.2, what the vendor's own script does).
            entries.insert(AUTO_DETECT.to_owned(), "false".to_owned());
        }
    }
    *entries != before
}

impl PublicAddress {
    /// Reads the settings. `given`: the `gateway.*` parameters after `--`, which hold for this run.
    pub(crate) fn read(entries: &BTreeMap<String, String>, given: &BTreeMap<String, String>) -> Result<Self, String> {
        let get = |key: &str| given.get(key).or_else(|| entries.get(key)).map(|v| v.trim()).filter(|v| !v.is_empty());
        let flag = |key: &str, default: bool| {
            get(key).map_or(Ok(default), |v| {
                v.to_ascii_lowercase().parse().map_err(|_| format!("gateway.xml: {key} must be true or false"))
            })
        };
        let port = |key: &str, default: u16| {
            get(key).map_or(Ok(default), |v| v.parse().map_err(|_| format!("gateway.xml: {key} must be a port")))
        };
        let fixed = Fixed {
            address: get(ADDRESS).unwrap_or_default().to_owned(),
            http_port: port(HTTP_PORT, 8088)?,
            https_port: port(HTTPS_PORT, 8043)?,
        };
        let by_hand = !flag(AUTO_DETECT, true)? && !fixed.address.is_empty();
        Ok(Self { fixed: by_hand.then_some(fixed), forwarded_header: flag(PROXY_HEADER, false)? })
    }

    /// The URL that a client is given, without a path: the fixed address, else the way that the client came.
    pub(crate) fn url(&self, way: Way<'_>) -> String {
        let believed = |value: Option<&'_ str>| value.filter(|_| self.forwarded_header).map(str::to_owned);
        // Of several proxies the first wrote what the client typed.
        let first = |list: String| list.split(',').next().unwrap_or_default().trim().to_owned();
        let tls = believed(way.forwarded_proto).map_or(way.tls, |p| first(p).eq_ignore_ascii_case("https"));
        let scheme = if tls { "https" } else { "http" };
        if let Some(fixed) = &self.fixed {
            let (port, usual) = if tls { (fixed.https_port, 443) } else { (fixed.http_port, 80) };
            let port = if port == usual { String::new() } else { format!(":{port}") };
            return format!("{scheme}://{}{port}", bracketed(&fixed.address));
        }
        let host = believed(way.forwarded_host).map(first).or_else(|| way.host.map(str::to_owned));
        let harmless =
            |h: &String| !h.is_empty() && h.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:[]".contains(c));
        format!("{scheme}://{}", host.filter(harmless).unwrap_or_else(|| "localhost".to_owned()))
    }
}

/// The host as a URL has it: an IPv6 address in brackets.
fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn entries(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    fn options(line: &str) -> Options {
        Options::parse(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_arguments_become_the_documented_keys_and_stay() {
        let mut file = entries(&[(AUTO_DETECT, "true"), ("other", "kept")]);
        let options = options("-a gw.example -h 80 -s 443");
        assert!(apply(&options, &mut file));
        let expected = [
            ("gateway.publicAddress.address", "gw.example"),
            ("gateway.publicAddress.autoDetect", "false"),
            ("gateway.publicAddress.httpPort", "80"),
            ("gateway.publicAddress.httpsPort", "443"),
            ("other", "kept"),
        ];
        assert_eq!(file, entries(&expected));
        assert!(!apply(&options, &mut file));
        let public = PublicAddress::read(&file, &BTreeMap::new()).unwrap();
        assert_eq!(public.url(Way { host: Some("inside:8088"), ..Way::default() }), "http://gw.example");
        assert_eq!(public.url(Way { tls: true, ..Way::default() }), "https://gw.example");
    }

    #[test]
    fn without_a_fixed_address_a_client_stays_where_it_came_to() {
        let none = BTreeMap::new();
        let way = Way { host: Some("a:1"), forwarded_host: Some("b, c"), forwarded_proto: Some("https"), tls: false };
        let plain = PublicAddress::read(&none, &none).unwrap();
        assert_eq!(plain.url(way), "http://a:1");
        let trusting = PublicAddress::read(&none, &entries(&[(PROXY_HEADER, "true")])).unwrap();
        assert_eq!(trusting.url(way), "https://b");
        assert_eq!(plain.url(Way { host: Some("a/\"><x"), ..Way::default() }), "http://localhost");
        assert_eq!(plain.url(Way::default()), "http://localhost");
    }

    #[test]
    fn detection_beats_an_address_and_nonsense_is_named() {
        let detected = entries(&[(ADDRESS, "x"), (AUTO_DETECT, "true")]);
        assert_eq!(PublicAddress::read(&detected, &BTreeMap::new()).unwrap().fixed, None);
        for (key, value) in [(HTTP_PORT, "70000"), (AUTO_DETECT, "maybe"), (PROXY_HEADER, "1")] {
            let error = PublicAddress::read(&entries(&[(key, value)]), &BTreeMap::new()).unwrap_err();
            assert!(error.contains(key), "{error}");
        }
        let given = entries(&[(AUTO_DETECT, "false"), (ADDRESS, "::1"), (HTTP_PORT, "8088")]);
        let public = PublicAddress::read(&BTreeMap::new(), &given).unwrap();
        assert_eq!(public.url(Way::default()), "http://[::1]:8088");
    }
}
