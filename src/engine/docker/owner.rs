//! Whose files a container's seeds are: the user that its image runs as. Pure.

/// Numeric owner of files in a container.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Owner {
    /// User id.
    pub(super) uid: u64,
    /// Group id.
    pub(super) gid: u64,
    /// Whether the image itself says so; otherwise its process begins as someone else, and may step down to an unknown user.
    pub(super) certain: bool,
}

/// User of the official image (fact sheet 6.1, 10).
const GATEWAY_USER: u64 = 2003;

impl Owner {
    /// Reads the `User` of an image's configuration: `2003`, `2003:0`. Empty or a name says nothing: then it is the
    /// gateway's user, to whom a gateway that starts as root steps down.
    pub(super) fn of(user: &str) -> Self {
        let (name, group) = user.split_once(':').unwrap_or((user, ""));
        let id = |text: &str| text.parse::<u32>().ok().map(u64::from);
        match id(name) {
            Some(uid) => Self { uid, gid: id(group).unwrap_or(uid), certain: uid != 0 },
            None => Self { uid: GATEWAY_USER, gid: GATEWAY_USER, certain: false },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_and_names_are_not() {
        let owner = |uid, gid, certain| Owner { uid, gid, certain };
        assert_eq!(Owner::of("2003"), owner(2003, 2003, true));
        assert_eq!(Owner::of("2003:0"), owner(2003, 0, true));
        assert_eq!(Owner::of("1000:games"), owner(1000, 1000, true));
        assert_eq!(Owner::of("0:0"), owner(0, 0, false));
        for unknown in ["", "postgres", "ignition:ignition", "-1", "99999999999", ":5"] {
            assert_eq!(Owner::of(unknown), owner(2003, 2003, false), "{unknown:?}");
        }
    }
}
