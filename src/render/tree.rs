//! Every file of a project but those that hold secrets: what `create` writes. Nothing is written here.

use std::collections::BTreeMap;

use super::makefile::makefile;
use super::seed_list::{checked, seed_list};
use super::{GENERATED_PATH, Generated, RenderError, SEED_SCRIPT, compose, guide, proxy, secret_names};
use crate::blueprint::{Blueprint, Container, Kind, SeedContent};
use crate::stack::Stack;

/// Path of the record: by it a directory is known as a project.
pub const RECORD_PATH: &str = ".ignition-stack/config.json";

/// The project's `.gitignore`: what holds secrets.
pub const GITIGNORE: &str = include_str!("../../templates/gitignore");

/// Files of a project by their path in it, `/`-separated.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tree {
    /// The files, in the order of their paths.
    pub files: BTreeMap<String, TreeFile>,
}

/// One file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TreeFile {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Its permission bits: `0o644`, or `0o755` for what is run.
    pub mode: u32,
}

impl Tree {
    fn add(&mut self, path: impl Into<String>, text: impl Into<Vec<u8>>, mode: u32) {
        self.files.insert(path.into(), TreeFile { bytes: text.into(), mode });
    }
}

/// The files of a stack's project. `record_json` is the record's exact text; `engine_host` the machine that the engine is on, where that
/// is another one: the guides give the addresses there.
pub fn tree(
    stack: &Stack,
    blueprint: &Blueprint,
    record_json: String,
    engine_host: Option<&str>,
) -> Result<Tree, RenderError> {
    let mut tree = Tree::default();
    tree.add("docker-compose.yaml", compose(blueprint)?, 0o644);
    tree.add("scripts/seed.sh", SEED_SCRIPT, 0o755);
    tree.add("POST-SETUP.md", guide::post_setup(stack, blueprint, engine_host)?, 0o644);
    tree.add("Makefile", makefile(stack, blueprint)?, 0o644);
    tree.add("README.md", guide::readme(stack, blueprint, engine_host)?, 0o644);
    tree.add(".gitignore", GITIGNORE, 0o644);
    tree.add(RECORD_PATH, record_json, 0o644);
    if let Some((proxy, path)) = stack.proxy.as_ref().and_then(|proxy| Some((proxy, proxy.scaffold.as_ref()?))) {
        tree.add(format!("{path}/docker-compose.yaml"), proxy::compose(stack, proxy)?, 0o644);
        tree.add(format!("{path}/README.md"), guide::proxy_readme(stack, blueprint)?, 0o644);
    }
    for container in &blueprint.containers {
        if matches!(container.kind, Kind::Gateway(_)) && !container.seeds.is_empty() {
            add_seeds(&mut tree, container)?;
        }
    }
    let list = Generated::of(&tree, &secret_names(blueprint));
    tree.add(GENERATED_PATH, list.to_text(), 0o644);
    Ok(tree)
}

fn add_seeds(tree: &mut Tree, container: &Container) -> Result<(), RenderError> {
    let folder = format!("services/{}", container.member);
    tree.add(format!("{folder}/seeds"), seed_list(container)?, 0o644);
    for seed in &container.seeds {
        if let SeedContent::Text(text) = &seed.content {
            tree.add(format!("{folder}/data/{}", checked(container, seed)?), text.as_str(), 0o644);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blueprint::SEED_MARKER;
    use crate::render::fixture;

    fn sample() -> Tree {
        tree(&fixture::stack(), &fixture::blueprint(), "{}\n".to_owned(), None).unwrap()
    }

    #[test]
    fn golden_paths_and_modes() {
        let lines: Vec<_> = sample().files.iter().map(|(path, file)| format!("{:o} {path}", file.mode)).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        assert_eq!(sample(), sample());
    }

    #[test]
    fn no_file_has_a_carriage_return_a_trailing_space_or_a_missing_line_end() {
        for (path, file) in &sample().files {
            let text = std::str::from_utf8(&file.bytes).unwrap();
            assert!(!text.contains('\r'), "{path}");
            assert!(text.lines().all(|line| line.trim_end() == line), "{path}");
            // The identity is the text alone (fact sheet 4.2).
            assert!(text.ends_with('\n') && !text.ends_with("\n\n") || path.ends_with("uuid.txt"), "{path}");
        }
    }

    #[test]
    fn no_secret_seed_becomes_a_file_and_git_ignores_the_rest() {
        let secret = fixture::SECRET_SEED;
        assert!(sample().files.keys().all(|path| !path.ends_with(secret)));
        let ignored: Vec<_> = GITIGNORE.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(ignored, ["/.env", "/secrets/", "/snapshots/", "/.ignition-stack/lock"]);
    }

    #[test]
    fn a_seed_that_leaves_its_directory_is_refused() {
        for path in ["../../.env", "/etc/passwd", SEED_MARKER] {
            let mut blueprint = fixture::blueprint();
            let container = blueprint.containers.iter_mut().find(|c| !c.seeds.is_empty()).unwrap();
            path.clone_into(&mut container.seeds[0].path);
            let refused = tree(&fixture::stack(), &blueprint, String::new(), None);
            assert!(matches!(refused, Err(RenderError::SeedPath { .. })), "{path}");
        }
    }
}
