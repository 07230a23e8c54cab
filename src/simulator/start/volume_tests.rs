//! Tests of the look at a data directory. The user is not the one who runs the tests, because root may do everything.

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::*;

/// A directory as a volume that an engine filled, and the user that owns it there.
struct World {
    dir: tempfile::TempDir,
    stranger: User,
}

impl World {
    /// Every file belongs to the tests' user; the gateway's user is somebody else, of the same group.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        lay(dir.path()).unwrap();
        let metadata = fs_err::metadata(dir.path()).unwrap();
        let stranger = User { id: metadata.uid() + 1, groups: vec![metadata.gid()] };
        let world = Self { dir, stranger };
        walk(world.dir.path(), &mut |path, metadata| {
            world.mode(path, if metadata.is_dir() { 0o775 } else { 0o664 });
            Ok(())
        })
        .unwrap();
        world
    }

    fn mode(&self, path: impl AsRef<Path>, mode: u32) {
        fs_err::set_permissions(self.dir.path().join(path), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn check(&self) -> Result<(), SimulatorError> {
        check(self.dir.path(), &self.stranger)
    }

    fn refusal(&self) -> String {
        self.check().unwrap_err().to_string()
    }
}

#[test]
fn a_directory_of_the_image_is_taken() {
    assert!(World::new().check().is_ok());
}

#[test]
fn an_empty_mount_that_hides_the_images_files_keeps_the_gateway_from_starting() {
    let empty = tempfile::tempdir().unwrap();
    let refused = open(empty.path().to_owned(), &User::current());
    assert!(matches!(refused, Err(SimulatorError::NotOfImage { .. })));
    fs_err::write(empty.path().join("redundancy.xml"), "<properties/>").unwrap();
    assert!(matches!(open(empty.path().to_owned(), &User::current()), Err(SimulatorError::NotOfImage { .. })));
    lay(empty.path()).unwrap();
    assert!(open(empty.path().to_owned(), &User::current()).is_ok());
}

#[test]
fn settings_of_another_user_are_refused_with_the_documented_words() {
    let world = World::new();
    fs_err::write(world.dir.path().join(SETTINGS), "<properties/>").unwrap();
    for mode in [0o600, 0o644, 0o620] {
        world.mode(SETTINGS, mode);
        assert!(world.refusal().contains("gateway.xml exists, but isnt readable or writable"), "{mode:o}");
    }
    world.mode(SETTINGS, 0o660);
    assert!(world.check().is_ok());
}

#[test]
fn files_and_folders_of_another_user_are_refused_with_the_documented_words() {
    let world = World::new();
    let nested = world.dir.path().join("config/resources/core");
    fs_err::create_dir(&nested).unwrap();
    world.mode("config/resources/core", 0o755);
    let refused = world.refusal();
    assert!(refused.contains("AccessDeniedException") && refused.contains("Permission denied"), "{refused}");
    assert!(refused.contains("config/resources/core"), "{refused}");
    world.mode("config/resources/core", 0o775);
    assert!(world.check().is_ok());
    fs_err::write(nested.join("config-mode.json"), "{}").unwrap();
    world.mode("config/resources/core/config-mode.json", 0o644);
    assert!(world.refusal().contains("config-mode.json"));
    world.mode("config/resources/core/config-mode.json", 0o664);
    assert!(world.check().is_ok());
    world.mode("", 0o755);
    assert!(world.refusal().contains("AccessDeniedException"));
    world.mode("", 0o775);
}

#[test]
fn the_owner_needs_no_write_bit_on_a_file_but_must_read_it() {
    let world = World::new();
    let owner = User { id: world.stranger.id - 1, groups: Vec::new() };
    if owner.id == 0 {
        // Root may do everything: nothing can be refused.
        return;
    }
    let secret = world.dir.path().join("config/secret");
    fs_err::write(&secret, "x").unwrap();
    world.mode("config/secret", 0o400);
    assert!(check(world.dir.path(), &owner).is_ok());
    world.mode("config/secret", 0o000);
    assert!(matches!(check(world.dir.path(), &owner), Err(SimulatorError::Denied { .. })));
}

#[test]
fn links_are_not_followed_and_depth_is_bounded() {
    let world = World::new();
    std::os::unix::fs::symlink("/", world.dir.path().join("config/everything")).unwrap();
    assert!(world.check().is_ok());
    let deep: PathBuf = std::iter::repeat_n("d", DEPTH_LIMIT + 1).collect();
    fs_err::create_dir_all(world.dir.path().join(deep)).unwrap();
    assert!(matches!(check(world.dir.path(), &User::current()), Err(SimulatorError::Data { .. })));
}
