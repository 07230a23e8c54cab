//! The words that the simulated gateway listens to, read from its source: paths of routes, keys, names. So that what is thrown
//! at it gets beyond the first check, also on routes that come later.

use std::collections::BTreeSet;
use std::path::Path;

/// Words by kind.
pub(crate) struct Dictionary {
    /// Paths, with `{parameter}` where one goes.
    pub(crate) paths: Vec<String>,
    /// Everything else: keys and values.
    pub(crate) words: Vec<String>,
}

impl Dictionary {
    pub(crate) fn read() -> Self {
        let mut literals = BTreeSet::new();
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/simulator"), &mut literals);
        let proper = |t: &String| t.len() < 100 && t.chars().all(|c| c.is_ascii_graphic());
        let (paths, words): (Vec<_>, Vec<_>) = literals.into_iter().filter(proper).partition(|t| t.starts_with('/'));
        let shown = |p: &String| p.len() > 1 && !p.contains('\\') && !p.contains("{}");
        let paths: Vec<_> = paths.into_iter().filter(shown).flat_map(|p| [format!("/data/api/v1{p}"), p]).collect();
        assert!(paths.len() > 40 && words.len() > 300, "{} paths, {} words", paths.len(), words.len());
        Self { paths, words }
    }
}

fn walk(directory: &Path, into: &mut BTreeSet<String>) {
    for entry in fs_err::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs_err::read_to_string(&path).unwrap();
            let code = text.lines().map(|l| l.split("//").next().unwrap_or_default());
            into.extend(code.flat_map(|l| l.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()));
        }
    }
}
