//! Real directories: what is written, what is kept, what is removed, and that nothing outside the project is touched.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;
use crate::blueprint::{self, Blueprint};
use crate::project::{generate, write};
use crate::render::{self, fixture};
use crate::stack::Stack;

/// A project as `create` makes it.
struct Made {
    root: tempfile::TempDir,
    stack: Stack,
}

impl Made {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let made = Self { root, stack: fixture::stack() };
        let blueprint = made.blueprint();
        let secrets = generate(&render::secret_names(&blueprint)).unwrap();
        write(&made.path(), &made.stack.name, &tree(&made.stack, &blueprint), &secrets).unwrap();
        made
    }

    fn path(&self) -> PathBuf {
        self.root.path().join("demo")
    }

    fn blueprint(&self) -> Blueprint {
        blueprint::build(&self.stack)
    }

    fn plan(&self, record: bool, overwrite: bool) -> Update {
        let blueprint = self.blueprint();
        let names = render::secret_names(&blueprint);
        plan_update(&self.path(), &self.stack.name, &tree(&self.stack, &blueprint), &names, record, overwrite).unwrap()
    }

    fn apply(&self, update: Update) -> Secrets {
        let blueprint = self.blueprint();
        let fresh = generate(&update.fresh).unwrap();
        let (tree, names) = (tree(&self.stack, &blueprint), render::secret_names(&blueprint));
        update.apply(&self.path(), &self.stack.name, &tree, &names, &fresh).unwrap()
    }

    fn read(&self, path: &str) -> String {
        fs_err::read_to_string(self.path().join(path)).unwrap()
    }

    fn put(&self, path: &str, text: &str) {
        fs_err::write(self.path().join(path), text).unwrap();
    }
}

fn tree(stack: &Stack, blueprint: &Blueprint) -> Tree {
    render::tree(stack, blueprint, crate::spec::dump_json(&stack.dump()), None).unwrap()
}

/// Everything below a directory: path, mode, content.
fn snapshot(root: &Path) -> Vec<(PathBuf, u32, Vec<u8>)> {
    let mut all = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs_err::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let found = fs_err::symlink_metadata(&path).unwrap();
            if found.is_dir() {
                open.push(path.clone());
            }
            let content = if found.is_file() { fs_err::read(&path).unwrap() } else { Vec::new() };
            all.push((path.strip_prefix(root).unwrap().to_owned(), found.permissions().mode(), content));
        }
    }
    all.sort();
    all
}

#[test]
fn a_project_that_is_as_it_should_be_is_left_alone() {
    let made = Made::new();
    let before = snapshot(&made.path());
    let update = made.plan(true, true);
    assert!(update.is_empty() && update.kept.is_empty(), "{update:?}");
    made.apply(update);
    assert_eq!(snapshot(&made.path()), before);
}

#[test]
fn after_a_change_it_is_what_create_would_have_written() {
    let mut made = Made::new();
    made.stack.timezone = "Europe/Berlin".to_owned();
    made.stack.gateways[0].memory_mb = 1234;
    let update = made.plan(true, false);
    assert!(
        update.written.iter().any(|p| p == "docker-compose.yaml") && update.written.iter().any(|p| p == RECORD_PATH)
    );
    assert!(update.added.is_empty() && update.removed.is_empty() && update.kept.is_empty());
    let secrets = made.apply(update);
    let fresh = tempfile::tempdir().unwrap();
    let wanted = fresh.path().join("demo");
    let blueprint = made.blueprint();
    write(&wanted, &made.stack.name, &tree(&made.stack, &blueprint), &secrets).unwrap();
    assert_eq!(snapshot(&made.path()), snapshot(&wanted));
}

#[test]
fn files_come_and_go_with_a_gateway_and_directories_with_them() {
    let mut made = Made::new();
    let before = snapshot(&made.path());
    let gone = made.stack.gateways.remove(0);
    made.stack.links.retain(|link| link.from != gone.name);
    let folder = format!("services/{}", gone.name);
    let update = made.plan(false, false);
    assert!(update.removed.iter().all(|p| p.starts_with(&folder)) && !update.removed.is_empty(), "{update:?}");
    made.apply(update);
    assert!(!made.path().join(&folder).exists());
    made.stack = fixture::stack();
    let update = made.plan(false, false);
    assert!(update.added.iter().all(|p| p.starts_with(&folder)));
    made.apply(update);
    assert_eq!(snapshot(&made.path()), before);
}

#[test]
fn what_a_person_edited_is_kept_and_named_until_told_otherwise() {
    let mut made = Made::new();
    let first = tree(&made.stack, &made.blueprint());
    made.put("docker-compose.yaml", "# mine\n");
    made.put("notes.txt", "mine");
    made.stack.timezone = "Europe/Berlin".to_owned();
    for _ in 0..2 {
        let update = made.plan(true, false);
        assert_eq!(update.kept, ["docker-compose.yaml"]);
        made.apply(update);
        assert_eq!((made.read("docker-compose.yaml").as_str(), made.read("notes.txt").as_str()), ("# mine\n", "mine"));
    }
    // Put back as it once was, it is nobody's edit any more.
    fs_err::write(made.path().join("docker-compose.yaml"), &first.files["docker-compose.yaml"].bytes).unwrap();
    assert_eq!(made.plan(true, false).written, ["docker-compose.yaml"]);
    made.put("docker-compose.yaml", "# mine\n");
    let update = made.plan(true, true);
    assert_eq!((update.written.as_slice(), update.kept.len()), (["docker-compose.yaml".to_owned()].as_slice(), 0));
    made.apply(update);
    assert!(made.read("docker-compose.yaml").contains("Europe/Berlin"));
    assert_eq!(made.read("notes.txt"), "mine");
}

#[test]
fn a_record_is_written_only_when_it_is_asked_for() {
    let mut made = Made::new();
    made.put(RECORD_PATH, "{ \"by\": \"hand\" }");
    assert!(made.plan(false, true).is_empty());
    made.stack.timezone = "Europe/Berlin".to_owned();
    let update = made.plan(false, true);
    made.apply(update);
    assert_eq!(made.read(RECORD_PATH), "{ \"by\": \"hand\" }");
    let update = made.plan(true, false);
    assert_eq!(update.written, [RECORD_PATH]);
    made.apply(update);
    assert!(made.read(RECORD_PATH).contains("Europe/Berlin"));
}

#[test]
fn an_update_that_was_killed_goes_on_in_either_direction() {
    let mut made = Made::new();
    let old = made.stack.clone();
    made.stack.timezone = "Europe/Berlin".to_owned();
    let blueprint = made.blueprint();
    let (new, names) = (tree(&made.stack, &blueprint), render::secret_names(&blueprint));
    // As far as a kill after the first file lets it come.
    let list = list_of(&made.path()).unwrap().turning_into(&Generated::of(&new, &names));
    made.put(GENERATED_PATH, &list.to_text());
    fs_err::write(made.path().join("docker-compose.yaml"), &new.files["docker-compose.yaml"].bytes).unwrap();
    let forward = made.plan(true, false);
    assert!(forward.kept.is_empty() && !forward.written.iter().any(|p| p == "docker-compose.yaml"));
    made.stack = old;
    let back = made.plan(true, false);
    assert_eq!((back.written.as_slice(), back.kept.len()), (["docker-compose.yaml".to_owned()].as_slice(), 0));
    made.apply(back);
    assert!(!made.read("docker-compose.yaml").contains("Europe/Berlin"));
}

#[test]
fn links_are_replaced_or_left_and_never_followed() {
    let mut made = Made::new();
    let outside = made.root.path().join("outside");
    fs_err::create_dir(&outside).unwrap();
    fs_err::write(outside.join("file"), "mine").unwrap();
    let compose = made.path().join("docker-compose.yaml");
    fs_err::remove_file(&compose).unwrap();
    symlink(outside.join("file"), &compose).unwrap();
    fs_err::remove_dir_all(made.path().join("scripts")).unwrap();
    symlink(&outside, made.path().join("scripts")).unwrap();
    made.stack.timezone = "Europe/Berlin".to_owned();
    for overwrite in [false, true] {
        let update = made.plan(true, overwrite);
        assert_eq!(update.kept, ["docker-compose.yaml", "scripts/seed.sh"]);
        made.apply(update);
    }
    assert_eq!(snapshot(&outside).len(), 1);
    assert_eq!(fs_err::read_to_string(outside.join("file")).unwrap(), "mine");
}

#[test]
fn a_list_that_names_places_elsewhere_is_an_error_and_touches_nothing() {
    let made = Made::new();
    let victim = made.root.path().join("victim");
    fs_err::write(&victim, "mine").unwrap();
    let file = render::TreeFile { bytes: b"mine".to_vec(), mode: 0o644 };
    let hostile = Tree { files: [("../victim".to_owned(), file)].into() };
    made.put(GENERATED_PATH, &Generated::of(&hostile, []).to_text());
    let blueprint = made.blueprint();
    let names = render::secret_names(&blueprint);
    let planned =
        plan_update(&made.path(), &made.stack.name, &tree(&made.stack, &blueprint), &names, false, true).unwrap_err();
    assert!(planned.to_string().contains("victim"), "{planned}");
    assert_eq!(fs_err::read_to_string(&victim).unwrap(), "mine");
}

#[test]
fn a_secret_that_is_new_is_made_and_one_that_was_lost_is_not() {
    let mut made = Made::new();
    let services = std::mem::take(&mut made.stack.services);
    let attachments: Vec<_> = made.stack.gateways.iter_mut().map(|g| std::mem::take(&mut g.attachments)).collect();
    fs_err::remove_dir_all(made.path()).unwrap();
    let blueprint = made.blueprint();
    let secrets = generate(&render::secret_names(&blueprint)).unwrap();
    write(&made.path(), &made.stack.name, &tree(&made.stack, &blueprint), &secrets).unwrap();
    made.stack.services = services;
    for (gateway, attached) in made.stack.gateways.iter_mut().zip(attachments) {
        gateway.attachments = attached;
    }
    let update = made.plan(true, false);
    assert_eq!(update.fresh, [SecretName::service("db")]);
    let after = made.apply(update);
    assert_eq!(after.get(&SecretName::admin()), secrets.get(&SecretName::admin()), "the old one stays");
    let permissions = |path: &str| fs_err::metadata(made.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((permissions("secrets/db-password"), permissions(".env")), (0o600, 0o600));
    assert_eq!(made.read(".env"), dotenv(&made.stack.name, &after).unwrap());
    fs_err::remove_file(made.path().join("secrets/db-password")).unwrap();
    assert!(made.plan(true, false).fresh.is_empty());
}

#[test]
fn an_environment_file_with_own_lines_is_kept_and_named_when_it_lacks_something() {
    let made = Made::new();
    let before = made.read(".env");
    made.put(".env", &format!("{before}MINE=1\n"));
    assert!(made.plan(true, false).kept.is_empty(), "nothing is missing in it");
    let less: Vec<&str> = before.lines().filter(|l| !l.starts_with("DB_PASSWORD")).collect();
    made.put(".env", &format!("{}\nMINE=1\n", less.join("\n")));
    let update = made.plan(true, false);
    assert_eq!(update.kept, [".env"]);
    made.apply(update);
    assert!(made.read(".env").contains("MINE=1"));
    let update = made.plan(true, true);
    made.apply(update);
    assert_eq!(made.read(".env"), before);
}
