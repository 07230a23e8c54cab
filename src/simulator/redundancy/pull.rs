//! One full pull of a cargo from the puller's side: the list of the peer's files, then the files that are not the same here, piece by piece.
//! Pure: words in, words out, bounded whatever the peer says.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::simulator::redundancy::cargo::Cargo;
use crate::simulator::redundancy::replica::{COUNT_LIMIT, Entry, Files, content, digest, inventory};
use crate::simulator::redundancy::talk::Word;
use crate::simulator::start::options::is_system_name;

/// Most bytes of a file in one word.
pub(crate) const PIECE: usize = 128 * 1024;
/// Most entries of the list in one word.
pub(crate) const PAGE: usize = 400;

/// What a pull brought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Haul {
    /// The peer's system name.
    pub(crate) name: String,
    /// What the peer's files amount to.
    pub(crate) content: u64,
    /// All of the peer's files.
    pub(crate) files: Files,
}

/// What comes of a word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Progress {
    Say(Word),
    Complete(Haul),
}

/// A pull that is under way.
pub(crate) struct Pull {
    cargo: Cargo,
    /// This node's own files; what is the same need not be fetched.
    own: Files,
    name: Option<String>,
    total: usize,
    bytes: u64,
    entries: Vec<Entry>,
    missing: VecDeque<Entry>,
    current: Vec<u8>,
    files: Files,
}

impl Pull {
    /// Begins; the word asks for the list.
    pub(crate) fn begin(cargo: Cargo, own: Files) -> (Self, Word) {
        let pull = Self {
            cargo,
            own,
            name: None,
            total: 0,
            bytes: 0,
            entries: Vec::new(),
            missing: VecDeque::new(),
            current: Vec::new(),
            files: Files::new(),
        };
        (pull, cargo.ask(0))
    }

    /// The peer answered.
    pub(crate) fn hear(&mut self, word: Word) -> Result<Progress, String> {
        match word {
            Word::List { name, total, entries } if self.missing.is_empty() => self.list(name, total, entries),
            Word::Piece { path, offset, data } => self.piece(&path, offset, &data),
            Word::Sorry { reason } => Err(format!("the peer cannot: {reason}")),
            _ => Err("an answer out of turn".to_owned()),
        }
    }

    fn list(&mut self, name: String, total: usize, entries: Vec<Entry>) -> Result<Progress, String> {
        if !is_system_name(&name) {
            return Err("the peer's name cannot be a system name".to_owned());
        }
        if self.name.is_none() {
            self.name = Some(name);
            self.total = total;
        }
        let more = !entries.is_empty() || self.entries.len() == self.total;
        if total != self.total || total > COUNT_LIMIT || self.entries.len() + entries.len() > total || !more {
            return Err("the peer's list makes no sense".to_owned());
        }
        for entry in entries {
            if !self.cargo.admits(&entry.path) || self.entries.last().is_some_and(|last| last.path >= entry.path) {
                return Err(format!("{:?} is no path of a file that is pulled, or out of order", entry.path));
            }
            self.bytes = self.bytes.saturating_add(entry.size);
            if self.bytes > self.cargo.bytes_limit() {
                return Err("the peer has more than a simulated gateway carries".to_owned());
            }
            self.entries.push(entry);
        }
        if self.entries.len() < self.total {
            return Ok(Progress::Say(self.cargo.ask(self.entries.len())));
        }
        for entry in &self.entries {
            match self.own.remove(&entry.path).filter(|bytes| digest(bytes) == entry.hash) {
                Some(bytes) => {
                    self.files.insert(entry.path.clone(), bytes);
                }
                None => self.missing.push_back(entry.clone()),
            }
        }
        self.own = Files::new();
        Ok(self.next())
    }

    fn piece(&mut self, path: &str, offset: u64, data: &str) -> Result<Progress, String> {
        let entry = self.missing.front().filter(|e| e.path == path && offset == self.current.len() as u64);
        let entry = entry.ok_or("a piece of a file that was not asked for")?;
        let bytes = STANDARD.decode(data).map_err(|_| format!("{path}: unreadable piece"))?;
        if bytes.len() > PIECE || bytes.is_empty() && entry.size > 0 {
            return Err(format!("{path}: a piece of no proper size"));
        }
        self.current.extend_from_slice(&bytes);
        let have = self.current.len() as u64;
        if have > entry.size {
            return Err(format!("{path}: longer than announced"));
        }
        if have == entry.size {
            if digest(&self.current) != entry.hash {
                return Err(format!("{path}: not what was announced"));
            }
            self.files.insert(path.to_owned(), std::mem::take(&mut self.current));
            self.missing.pop_front();
        }
        Ok(self.next())
    }

    fn next(&mut self) -> Progress {
        if let Some(entry) = self.missing.front() {
            return Progress::Say(Word::Fetch { path: entry.path.clone(), offset: self.current.len() as u64 });
        }
        let name = self.name.take().unwrap_or_default();
        let files = std::mem::take(&mut self.files);
        Progress::Complete(Haul { name, content: content(&self.entries), files })
    }
}

/// What the puller's peer offers: its files as they were when the pull began.
pub(crate) struct Offer {
    entries: Vec<Entry>,
    files: Files,
}

impl Offer {
    /// These files.
    pub(crate) fn new(files: Files) -> Self {
        Self { entries: inventory(&files), files }
    }

    /// What it amounts to.
    pub(crate) fn content(&self) -> u64 {
        content(&self.entries)
    }

    /// A page of the list.
    pub(crate) fn list(&self, from: usize, name: String) -> Word {
        let entries = self.entries.iter().skip(from).take(PAGE).cloned().collect();
        Word::List { name, total: self.entries.len(), entries }
    }

    /// A piece of a file.
    pub(crate) fn piece(&self, path: String, offset: u64) -> Word {
        let rest = usize::try_from(offset).ok().and_then(|at| self.files.get(&path)?.get(at..));
        match rest {
            Some(rest) => {
                let data = STANDARD.encode(&rest[..rest.len().min(PIECE)]);
                Word::Piece { path, offset, data }
            }
            None => Word::Sorry { reason: "no such file".to_owned() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::redundancy::replica::{BYTES_LIMIT, is_replicated};
    use proptest::prelude::*;

    /// Lets the two sides talk until the pull is through; how many words it took.
    fn through(own: Files, offer: &Offer) -> (Result<Haul, String>, usize) {
        through_with(Cargo::Configuration, own, offer)
    }

    fn through_with(cargo: Cargo, own: Files, offer: &Offer) -> (Result<Haul, String>, usize) {
        let (mut pull, mut word) = Pull::begin(cargo, own);
        for n in 0..10_000 {
            let answer = match word {
                Word::Pull { from } if cargo == Cargo::Configuration => offer.list(from, "backend".to_owned()),
                Word::PullModules { from } if cargo == Cargo::Modules => offer.list(from, "backend".to_owned()),
                Word::Fetch { path, offset } => offer.piece(path, offset),
                other => panic!("{other:?}"),
            };
            match pull.hear(answer) {
                Ok(Progress::Say(next)) => word = next,
                Ok(Progress::Complete(haul)) => return (Ok(haul), n),
                Err(e) => return (Err(e), n),
            }
        }
        panic!("no end");
    }

    fn files() -> impl Strategy<Value = Files> {
        let bytes = prop_oneof![
            3 => proptest::collection::vec(any::<u8>(), 0..50),
            1 => (PIECE - 2..3 * PIECE).prop_map(|n| vec![7; n]),
        ];
        proptest::collection::btree_map("projects/[a-d]/[a-e]{1,3}", bytes, 0..8)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn whatever_both_have_the_puller_ends_with_the_peers_files(own in files(), theirs in files()) {
            let (haul, _) = through(own, &Offer::new(theirs.clone()));
            let haul = haul.unwrap();
            prop_assert_eq!(haul.files, theirs);
            prop_assert_eq!(haul.name, "backend");
        }

        #[test]
        fn no_answer_makes_it_panic_or_grow(words in proptest::collection::vec(any_word(), 0..30)) {
            let (mut pull, _) = Pull::begin(Cargo::Configuration, Files::new());
            for word in words {
                if let Ok(Progress::Complete(haul)) = pull.hear(word) {
                    prop_assert!(haul.files.keys().all(|path| is_replicated(path)));
                    break;
                }
                prop_assert!(pull.entries.len() <= COUNT_LIMIT && pull.current.len() as u64 <= BYTES_LIMIT);
            }
        }
    }

    fn any_word() -> impl Strategy<Value = Word> {
        let path = prop_oneof!["projects/[ab]/[ab]", ".{0,12}"];
        let entry = (path.clone(), 0..6_u64, prop_oneof![Just(digest(b"x")), ".{0,4}"])
            .prop_map(|(path, size, hash)| Entry { path, size, hash });
        let entries = proptest::collection::vec(entry, 0..4);
        prop_oneof![
            ("[a-z|]{0,3}", 0..5_usize, entries).prop_map(|(name, total, mut entries)| {
                entries.sort_by(|a, b| a.path.cmp(&b.path));
                Word::List { name, total, entries }
            }),
            (path, 0..3_u64, prop_oneof![Just("eA==".to_owned()), ".{0,8}"])
                .prop_map(|(path, offset, data)| Word::Piece { path, offset, data }),
            any::<usize>().prop_map(|from| Word::Pull { from }),
            Just(Word::Failover),
            ".{0,9}".prop_map(|reason| Word::Sorry { reason }),
        ]
    }

    #[test]
    fn what_is_the_same_is_not_fetched_again() {
        let files =
            Files::from([("projects/a/x".to_owned(), vec![1; 3 * PIECE]), ("projects/a/y".to_owned(), vec![2])]);
        let offer = Offer::new(files.clone());
        assert_eq!(through(Files::new(), &offer).1, 4);
        assert_eq!(through(files, &offer).1, 0);
    }

    #[test]
    fn each_cargo_brings_its_own_files_alone() {
        let modules = Files::from([
            ("modules.json".to_owned(), b"{}".to_vec()),
            ("user-lib/modules/a.modl".to_owned(), vec![3; 2 * PIECE + 1]),
        ]);
        let offer = Offer::new(modules.clone());
        assert_eq!(through_with(Cargo::Modules, Files::new(), &offer).0.unwrap().files, modules);
        assert!(through(Files::new(), &offer).0.is_err());
        let projects = Offer::new(Files::from([("projects/a/x".to_owned(), vec![1])]));
        assert!(through_with(Cargo::Modules, Files::new(), &projects).0.is_err());
    }

    #[test]
    fn long_lists_come_in_pages() {
        let files: Files = (0..=PAGE * 2).map(|n| (format!("projects/p/{n:05}"), vec![])).collect();
        let (haul, words) = through(files.clone(), &Offer::new(files.clone()));
        assert_eq!((haul.unwrap().files, words), (files, 2));
    }

    #[test]
    fn a_peer_that_lies_is_found_out() {
        let offer = |path: &str, size, hash: &str| Offer {
            entries: vec![Entry { path: path.to_owned(), size, hash: hash.to_owned() }],
            files: Files::from([(path.to_owned(), b"x".to_vec())]),
        };
        let hash = digest(b"x");
        assert!(through(Files::new(), &offer("projects/a/x", 1, &hash)).0.is_ok());
        for bad in [
            offer("redundancy.xml", 1, &hash),
            offer("projects/a/x", 0, &hash),
            offer("projects/a/x", 2, &hash),
            offer("projects/a/x", 1, &digest(b"y")),
            offer("projects/a/x", BYTES_LIMIT + 1, &hash),
        ] {
            assert!(through(Files::new(), &bad).0.is_err());
        }
    }
}
