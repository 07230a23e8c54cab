//! Who the gateway's process is, and what that user may do with a file (fact sheet 6.1, 6.2). Reads no directory.

use std::fs::Metadata;

use crate::simulator::error::SimulatorError;
use crate::simulator::image::USER_ID;
use crate::simulator::start::environment::Environment;
use crate::simulator::unknown::IMAGE_GROUP;

/// A user with its groups.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct User {
    pub(crate) id: u32,
    pub(crate) groups: Vec<u32>,
}

/// Kinds of access, as bits of a mode.
pub(crate) const READ: u32 = 4;
pub(crate) const WRITE: u32 = 2;
pub(crate) const SEARCH: u32 = 1;

impl User {
    /// The user of this process.
    #[cfg(target_os = "linux")]
    pub(crate) fn current() -> Self {
        let mut groups: Vec<u32> =
            rustix::process::getgroups().unwrap_or_default().iter().map(|g| g.as_raw()).collect();
        groups.push(rustix::process::getegid().as_raw());
        Self { id: rustix::process::geteuid().as_raw(), groups }
    }

    /// Elsewhere than in a container nothing is known of users: everything is allowed.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn current() -> Self {
        Self { id: 0, groups: Vec::new() }
    }

    /// Whether this user owns the file.
    #[cfg(unix)]
    pub(crate) fn owns(&self, file: &Metadata) -> bool {
        std::os::unix::fs::MetadataExt::uid(file) == self.id
    }

    #[cfg(not(unix))]
    pub(crate) fn owns(&self, _: &Metadata) -> bool {
        true
    }

    /// Whether this user may do all of `wanted` with the file.
    #[cfg(unix)]
    pub(crate) fn may(&self, file: &Metadata, wanted: u32) -> bool {
        use std::os::unix::fs::MetadataExt;

        let class = if self.owns(file) {
            6
        } else if self.groups.contains(&file.gid()) {
            3
        } else {
            0
        };
        self.id == 0 || (file.mode() >> class) & wanted == wanted
    }

    #[cfg(not(unix))]
    pub(crate) fn may(&self, _: &Metadata, _: u32) -> bool {
        true
    }
}

/// The user that a container started as root steps down to: `IGNITION_UID` and `IGNITION_GID`. They count for root only; nonsense is
/// nonsense for everybody. `None` when nothing is to be stepped down from.
pub(crate) fn wanted(env: &Environment) -> Result<Option<(u32, u32)>, SimulatorError> {
    let [user, group] = [USER_ID, IMAGE_GROUP].map(|own| u32::try_from(own).unwrap_or_default());
    let (id, group) = (number(env, "IGNITION_UID")?.unwrap_or(user), number(env, "IGNITION_GID")?.unwrap_or(group));
    Ok((id != 0 && User::current().id == 0).then_some((id, group)))
}

/// `u32::MAX` means "unchanged" to the system, and is nobody's number.
fn number(env: &Environment, name: &str) -> Result<Option<u32>, SimulatorError> {
    let wanted = "must be the number of a user or a group, from 0 to 4294967294";
    match env.parsed(name, wanted)? {
        Some(u32::MAX) => Err(SimulatorError::Variable { name: name.to_owned(), reason: wanted.to_owned() }),
        number => Ok(number),
    }
}

/// Gives the calling thread, and every thread that it starts from now on, that user, for ever.
#[cfg(target_os = "linux")]
pub(crate) fn step_down(id: u32, group: u32) -> Result<(), SimulatorError> {
    use rustix::process::{Gid, Uid};

    let system =
        |source: rustix::io::Errno| SimulatorError::System { what: "stepping down from root", source: source.into() };
    // u32::MAX means "unchanged" to the system, and is nobody's number.
    if id == u32::MAX || group == u32::MAX {
        return Err(SimulatorError::Variable {
            name: "IGNITION_UID, IGNITION_GID".to_owned(),
            reason: "must be numbers of a user and a group".to_owned(),
        });
    }
    rustix::thread::set_thread_groups(&[Gid::from_raw(group)]).map_err(system)?;
    rustix::thread::set_thread_gid(Gid::from_raw(group)).map_err(system)?;
    rustix::thread::set_thread_uid(Uid::from_raw(id)).map_err(system)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn step_down(_: u32, _: u32) -> Result<(), SimulatorError> {
    Ok(())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    #[test]
    fn owner_group_and_others_have_their_own_bits() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs_err::write(&path, "").unwrap();
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let file = fs_err::metadata(&path).unwrap();
        let (owner, group) = (file.uid(), file.gid());
        let user = |id, groups: &[u32]| User { id, groups: groups.to_vec() };
        let stranger = user(owner + 1, &[group + 1]);
        let fellow = user(owner + 1, &[group + 1, group]);
        assert!(!stranger.may(&file, READ) && !stranger.owns(&file));
        assert!(fellow.may(&file, READ) && !fellow.may(&file, READ | WRITE));
        assert!(user(0, &[]).may(&file, READ | WRITE | SEARCH));
        if owner != 0 {
            assert!(user(owner, &[]).may(&file, READ | WRITE) && !user(owner, &[]).may(&file, SEARCH));
        }
        assert!(user(owner, &[]).owns(&file));
    }

    /// Credentials belong to a thread, so that a test can give one away.
    #[test]
    fn who_steps_down_from_root_is_that_user() {
        if User::current().id != 0 {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        fs_err::write(&path, "x").unwrap();
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        fs_err::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let seen = std::thread::spawn(move || {
            step_down(2003, 2004).unwrap();
            (User::current(), fs_err::read(&path).unwrap_err().kind())
        });
        let (user, refused) = seen.join().unwrap();
        assert_eq!((user.id, user.groups.contains(&2004), user.groups.contains(&0)), (2003, true, false));
        assert_eq!(refused, std::io::ErrorKind::PermissionDenied);
        assert!(step_down(u32::MAX, 1).is_err());
        assert_eq!(User::current().id, 0);
    }
}
