//! Why an image could not be pulled, out of the words of engines and registries: in plain words, what helps, and whether another
//! attempt can. Pure.

/// Kind of a failed pull.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PullFault {
    /// The registry has no such image or tag.
    NotFound,
    /// It wants a login, or does not say whether there is one.
    Denied,
    /// Too much was pulled from here.
    RateLimited,
    /// There is one, for other platforms.
    WrongPlatform,
    /// The engine has no room for it.
    NoSpace,
    /// The connection or the registry failed: it may pass.
    Passing,
    /// Anything else.
    Other,
}

/// What engines say, most special first: a registry that limits may call it denied as well.
const SIGNS: [(PullFault, &[&str]); 6] = [
    (PullFault::RateLimited, &["toomanyrequests", "too many requests", "rate limit"]),
    (PullFault::NoSpace, &["no space left on device"]),
    (
        PullFault::WrongPlatform,
        &["no matching manifest", "does not match the specified platform", "cannot be used on this platform"],
    ),
    (
        PullFault::Denied,
        &["denied", "unauthorized", "no basic auth credentials", "authentication required", "forbidden"],
    ),
    (PullFault::NotFound, &["not found", "manifest unknown", "name unknown", "repository name not known"]),
    (
        PullFault::Passing,
        &[
            "connection reset",
            "unexpected eof",
            "timeout",
            "timed out",
            "deadline exceeded",
            "broken pipe",
            "unexpected http status: 5",
            "internal server error",
            "bad gateway",
            "service unavailable",
            "500 ",
            "502 ",
            "503 ",
            "504 ",
        ],
    ),
];

impl PullFault {
    /// The kind, by an engine's words.
    pub fn of(reason: &str) -> Self {
        let reason = reason.to_lowercase();
        let found = SIGNS.iter().find(|(_, signs)| signs.iter().any(|sign| reason.contains(sign)));
        found.map_or(Self::Other, |(fault, _)| *fault)
    }

    /// Whether another attempt may succeed.
    pub fn may_pass(self) -> bool {
        self == Self::Passing
    }

    /// In plain words; nothing where the engine's own have to do.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::NotFound => Some("its registry has no such image"),
            Self::Denied => Some("its registry wants a login, or has no such image"),
            Self::RateLimited => Some("its registry limits how much is pulled from here"),
            Self::WrongPlatform => Some("it is not for this engine's platform"),
            Self::NoSpace => Some("the engine's disk is full"),
            Self::Passing => Some("its registry failed again and again"),
            Self::Other => None,
        }
    }

    /// One thing to try.
    pub fn advice(self, image: &str) -> String {
        match self {
            Self::NotFound => format!("check the name and the tag of {image}: --image, or image in the record"),
            Self::Denied => format!("docker login, then docker pull {image}, then the same again; or docker load"),
            Self::RateLimited => format!("wait, or docker login and docker pull {image}, then the same again"),
            Self::WrongPlatform => {
                "name an image for the engine's platform: --image; ignition-stack doctor shows it".to_owned()
            }
            Self::NoSpace => "docker system df shows what takes the room".to_owned(),
            Self::Passing => format!("try again later; docker pull {image} shows whether the registry answers"),
            Self::Other => "check the name and the network, or load the image: docker load".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_engines_and_registries_are_understood() {
        let table = [
            ("manifest for a/b:1 not found: manifest unknown: manifest unknown", PullFault::NotFound),
            ("pull access denied for a/b, repository does not exist or may require 'docker login'", PullFault::Denied),
            ("Head \"http://127.0.0.1:5000/v2/a/manifests/1\": no basic auth credentials", PullFault::Denied),
            ("toomanyrequests: You have reached your pull rate limit.", PullFault::RateLimited),
            ("no matching manifest for linux/amd64 in the manifest list entries", PullFault::WrongPlatform),
            ("failed to register layer: write /x: no space left on device", PullFault::NoSpace),
            ("received unexpected HTTP status: 500 Internal Server Error", PullFault::Passing),
            ("read tcp 10.0.0.1:5->10.0.0.2:443: read: connection reset by peer", PullFault::Passing),
            ("unexpected EOF", PullFault::Passing),
            ("net/http: TLS handshake timeout", PullFault::Passing),
            ("dial tcp: lookup registry.invalid: no such host", PullFault::Other),
        ];
        for (reason, expected) in table {
            assert_eq!(PullFault::of(reason), expected, "{reason}");
        }
        let again: Vec<_> = table.iter().filter(|(_, fault)| fault.may_pass()).collect();
        assert_eq!(again.len(), 4);
    }
}
