//! Proxies: which one carries a request.

use std::{env, fmt, str::FromStr, sync::Arc};

use ::http::HeaderValue;

use super::{BasicAuth, no_proxy::Exceptions};
use crate::{HttpUrl, TransportError, UrlError};

/// The proxy to go through.
///
/// Reads what stock's `--proxy` takes: the address of a proxy, `off`, or `system` for what the
/// environment says.
///
/// ```
/// use outcrop_sync::http::Proxy;
///
/// assert_eq!("off".parse(), Ok(Proxy::Off));
/// assert_eq!("system".parse(), Ok(Proxy::Environment));
/// let through: Proxy = "http://alice:sesame@proxy.example.org:3128".parse()?;
/// assert_eq!(format!("{through:?}"), "Url(\"http://alice@proxy.example.org:3128\")");
/// # Ok::<(), outcrop_sync::UrlError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Proxy {
    /// The one that the environment names: `http_proxy` or `https_proxy`, whichever the URL begins
    /// with, else `all_proxy`; unless `no_proxy` holds the host, or it is this machine. The names
    /// may be in upper case too, but `HTTP_PROXY` does not count in a CGI program, where a stranger
    /// can set it.
    #[default]
    Environment,
    /// None.
    Off,
    /// This one, for every address.
    Url(ProxyUrl),
}

/// The address of a proxy: `http[s]://[USER[:PASSWORD]@]HOST[:PORT]`, where `http://` may be left
/// out. Neither `Debug` nor `Display` shows the password.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl(HttpUrl);

impl ProxyUrl {
    /// The address as one of a web server.
    pub(super) const fn url(&self) -> &HttpUrl {
        &self.0
    }

    /// What the proxy is told about who asks, if the address names a user.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        let known = BasicAuth::new(self.0.user()?, self.0.password().unwrap_or_default());
        Some(known.ok()?.header())
    }

    /// The error that the proxy refuses, for lack of the right user and password.
    pub(super) fn refuses(&self) -> TransportError {
        let reason = match self.0.user() {
            None => "it wants a user and a password: put them into its address",
            Some(_) => "it refuses the user and password in its address: check both",
        };
        TransportError::Proxy { proxy: self.to_string(), reason: reason.to_owned() }
    }
}

impl FromStr for ProxyUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let url: HttpUrl =
            if text.contains("://") { text.parse()? } else { format!("http://{text}").parse()? };
        // What cannot be sent is refused where it can still be mended.
        match BasicAuth::new(url.user().unwrap_or_default(), url.password().unwrap_or_default()) {
            Ok(_) => Ok(Self(url)),
            Err(_) => Err(UrlError::Encoding),
        }
    }
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl FromStr for Proxy {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "" | "off" | "no" | "false" | "0" => Ok(Self::Off),
            "system" => Ok(Self::Environment),
            _ => text.trim().parse().map(Self::Url),
        }
    }
}

/// Which addresses are reached through which proxy.
#[derive(Debug)]
pub(super) struct Routes {
    http: Route,
    https: Route,
    exceptions: Exceptions,
    /// Whether this machine is reached directly, whatever else is said.
    spares_this_machine: bool,
}

#[derive(Debug, Clone)]
enum Route {
    Direct,
    Through(Arc<ProxyUrl>),
    /// What names the proxy, and what is wrong with its address.
    Bad(String, UrlError),
}

impl Routes {
    /// The routes that are chosen.
    pub(super) fn new(proxy: &Proxy) -> Self {
        match proxy {
            Proxy::Environment => Self::from_env(&|name| env::var(name).ok()),
            Proxy::Off => Self::everywhere(Route::Direct),
            Proxy::Url(proxy) => Self::everywhere(Route::Through(Arc::new(proxy.clone()))),
        }
    }

    fn everywhere(route: Route) -> Self {
        Self {
            http: route.clone(),
            https: route,
            exceptions: Exceptions::default(),
            spares_this_machine: false,
        }
    }

    fn from_env(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        // A CGI program finds the header `Proxy` of a request in `HTTP_PROXY`.
        let is_cgi = variable("REQUEST_METHOD").is_some();
        let either = |name: &str| {
            let upper = name.to_ascii_uppercase();
            let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
            set(name).map(|value| (name.to_owned(), value)).or_else(|| {
                let counts = !(is_cgi && upper == "HTTP_PROXY");
                set(&upper).filter(|_| counts).map(|value| (upper.clone(), value))
            })
        };
        let route = |name: &str| match either(name).or_else(|| either("all_proxy")) {
            None => Route::Direct,
            Some((name, value)) => match value.trim().parse() {
                Ok(proxy) => Route::Through(Arc::new(proxy)),
                Err(error) => Route::Bad(name, error),
            },
        };
        Self {
            http: route("http_proxy"),
            https: route("https_proxy"),
            exceptions: either("no_proxy")
                .map(|(_, list)| Exceptions::new(&list))
                .unwrap_or_default(),
            spares_this_machine: true,
        }
    }

    /// The proxy through which an address is reached.
    pub(super) fn proxy_for(&self, url: &HttpUrl) -> Result<Option<Arc<ProxyUrl>>, TransportError> {
        let route = if url.is_https() { &self.https } else { &self.http };
        let is_direct = self.spares_this_machine && is_this_machine(url.host());
        match route {
            Route::Direct => Ok(None),
            _ if is_direct || self.exceptions.hold(url) => Ok(None),
            Route::Through(proxy) => Ok(Some(proxy.clone())),
            Route::Bad(name, error) => Err(TransportError::Proxy {
                proxy: format!("that {name} names"),
                reason: format!("{error}; only proxies over HTTP are known; correct or unset it"),
            }),
        }
    }
}

/// Whether a host is reached without leaving the machine.
fn is_this_machine(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The proxy for an address in an environment, or what is wrong with it.
    fn route(variables: &[(&str, &str)], url: &str) -> String {
        let variable = |name: &str| {
            let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
            Some((*value).to_owned())
        };
        match Routes::from_env(&variable).proxy_for(&url.parse().unwrap()) {
            Ok(proxy) => proxy.map_or("direct".to_owned(), |proxy| proxy.to_string()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_environment_names_a_proxy_for_each_scheme() {
        let both = [("http_proxy", "http://a:1"), ("HTTPS_PROXY", "b:2"), ("https_proxy", " ")];
        assert_eq!(route(&both, "http://h/"), "http://a:1");
        assert_eq!(route(&both, "https://h/"), "http://b:2");
        let all = [("ALL_PROXY", "c"), ("http_proxy", "a")];
        assert_eq!(route(&all, "http://h/"), "http://a");
        assert_eq!(route(&all, "https://h/"), "http://c");
        assert_eq!(route(&[], "http://h/"), "direct");
        let cased = [("http_proxy", "lower"), ("HTTP_PROXY", "upper")];
        assert_eq!(route(&cased, "http://h/"), "http://lower");
    }

    #[test]
    fn strangers_name_no_proxy() {
        let cgi = [("REQUEST_METHOD", "POST"), ("HTTP_PROXY", "evil")];
        assert_eq!(route(&cgi, "http://h/"), "direct");
        assert_eq!(route(&cgi[1..], "http://h/"), "http://evil");
        let own = [("REQUEST_METHOD", "POST"), ("http_proxy", "own")];
        assert_eq!(route(&own, "http://h/"), "http://own");
    }

    #[test]
    fn exceptions_and_this_machine_are_reached_directly() {
        let all = [("all_proxy", "p"), ("NO_PROXY", "example.org")];
        assert_eq!(route(&all, "http://www.example.org/"), "direct");
        assert_eq!(route(&all, "http://h/"), "http://p");
        for this in ["localhost", "my.localhost", "127.0.0.1", "127.1.2.3", "[::1]", "localhost."] {
            assert_eq!(route(&all, &format!("http://{this}:8080/")), "direct", "{this}");
        }
        let told = Routes::new(&"p".parse().unwrap());
        assert!(told.proxy_for(&"http://127.0.0.1/".parse().unwrap()).unwrap().is_some());
        let off = Routes::new(&Proxy::Off);
        assert!(off.proxy_for(&"http://h/".parse().unwrap()).unwrap().is_none());
    }

    #[test]
    fn a_bad_address_is_named_but_not_shown() {
        let bad = [("https_proxy", "socks5://alice:sesame@h:1080")];
        let error = route(&bad, "https://h/");
        assert!(error.contains("https_proxy") && !error.contains("sesame"), "{error}");
        assert_eq!(route(&bad, "http://h/"), "direct");
    }

    #[test]
    fn passwords_never_show() {
        let proxy: ProxyUrl = "alice:se%20same@h:3128".parse().unwrap();
        let shown = format!("{proxy} {proxy:?} {:?}", proxy.refuses());
        assert!(!shown.contains("same"), "{shown}");
        assert_eq!(proxy.authorization().unwrap(), "Basic YWxpY2U6c2Ugc2FtZQ==");
        assert_eq!("h:3128".parse::<ProxyUrl>().unwrap().authorization(), None);
    }
}
