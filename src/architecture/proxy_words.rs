//! The words about a reverse proxy, on a new stack and on one that is there: what nobody named stays. Pure.

use crate::spec::{Problems, ReverseProxySpec};
use crate::stack::ProxyMode;

/// What `--reverse-proxy` may say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProxyWord {
    /// A proxy of this kind.
    Mode(ProxyMode),
    /// No proxy: ports are published.
    None,
}

impl ProxyWord {
    /// Every word.
    pub const ALL: [Self; 3] = [Self::Mode(ProxyMode::External), Self::Mode(ProxyMode::Scaffold), Self::None];

    /// The word itself.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mode(mode) => mode.word(),
            Self::None => "none",
        }
    }
}

/// What was said about the proxy; `None` where nothing was.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProxyWords {
    /// Whether there is one, and whose.
    pub proxy: Option<ProxyWord>,
    /// Its network.
    pub network: Option<String>,
    /// Where its scaffold is written.
    pub path: Option<String>,
    /// Where it listens.
    pub address: Option<String>,
}

impl ProxyWords {
    /// Applies the words to the proxy that is there, if any.
    pub(super) fn apply(&self, proxy: &mut Option<ReverseProxySpec>, problems: &mut Problems) {
        match (self.proxy, proxy.as_mut()) {
            (None, _) => {}
            (Some(ProxyWord::None), _) => *proxy = None,
            (Some(ProxyWord::Mode(mode)), None) => {
                *proxy = Some(ReverseProxySpec { mode, network: None, path: None, address: None });
            }
            (Some(ProxyWord::Mode(mode)), Some(there)) => {
                there.mode = mode;
                // An external proxy has a place of its own.
                there.path = there.path.take().filter(|_| mode == ProxyMode::Scaffold);
            }
        }
        let Some(proxy) = proxy else {
            let flags =
                [("--proxy-network", &self.network), ("--proxy-path", &self.path), ("--proxy-address", &self.address)];
            for (flag, _) in flags.into_iter().filter(|(_, given)| given.is_some()) {
                problems.add(flag, "is for a stack behind a proxy: --reverse-proxy external or scaffold");
            }
            return;
        };
        for (there, given) in
            [(&mut proxy.network, &self.network), (&mut proxy.path, &self.path), (&mut proxy.address, &self.address)]
        {
            if given.is_some() {
                there.clone_from(given);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(words: &ProxyWords, there: Option<ReverseProxySpec>) -> Result<Option<ReverseProxySpec>, String> {
        let (mut proxy, mut problems) = (there, Problems::default());
        words.apply(&mut proxy, &mut problems);
        problems.or(proxy).map_err(|problems| problems.to_string())
    }

    fn spec(mode: ProxyMode, network: &str, path: Option<&str>) -> ReverseProxySpec {
        ReverseProxySpec { mode, network: Some(network.to_owned()), path: path.map(str::to_owned), address: None }
    }

    #[test]
    fn what_nobody_named_stays_and_none_takes_all_of_it_away() {
        let there = || Some(spec(ProxyMode::Scaffold, "web", Some("front")));
        let of = |word| ProxyWords { proxy: Some(word), ..ProxyWords::default() };
        assert_eq!(applied(&ProxyWords::default(), there()), Ok(there()));
        assert_eq!(applied(&of(ProxyWord::Mode(ProxyMode::Scaffold)), there()), Ok(there()));
        let external = applied(&of(ProxyWord::Mode(ProxyMode::External)), there());
        assert_eq!(external, Ok(Some(spec(ProxyMode::External, "web", None))));
        assert_eq!(applied(&of(ProxyWord::None), there()), Ok(None));
        assert_eq!(applied(&of(ProxyWord::None), None), Ok(None));
        let address = ProxyWords { address: Some("localhost:8080".to_owned()), ..ProxyWords::default() };
        let moved = applied(&address, there()).unwrap().unwrap();
        assert_eq!((moved.network.as_deref(), moved.address.as_deref()), (Some("web"), Some("localhost:8080")));
    }

    #[test]
    fn words_about_a_proxy_that_is_not_there_are_refused() {
        let some = || Some("x".to_owned());
        let words = ProxyWords { proxy: None, network: some(), path: some(), address: some() };
        for words in [words.clone(), ProxyWords { proxy: Some(ProxyWord::None), ..words }] {
            let told = applied(&words, None).unwrap_err();
            for flag in ["--proxy-network", "--proxy-path", "--proxy-address"] {
                assert!(told.contains(&format!("{flag}: is for a stack behind a proxy")), "{told}");
            }
        }
    }
}
