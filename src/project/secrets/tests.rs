//! Generated values, and files that are no secrets.

use std::collections::BTreeSet;

use super::*;

fn name(text: &str) -> SecretName {
    SecretName(text.to_owned())
}

#[test]
fn generated_values_are_long_unambiguous_and_never_the_same() {
    let names: Vec<_> = (0..200).map(|i| name(&format!("s{i}"))).collect();
    let secrets = generate(&names).unwrap();
    assert_eq!(secrets.iter().map(|(_, value)| value).collect::<BTreeSet<_>>().len(), 200);
    for (_, value) in &secrets {
        assert_eq!(value.len(), LENGTH);
        assert!(value.bytes().all(|b| ALPHABET.contains(&b)));
        assert!(!value.contains(['I', 'O', 'l', '0', '1']));
    }
}

#[test]
fn every_character_stands_for_the_same_number_of_bytes() {
    for wanted in ALPHABET {
        let count = (0..=u8::MAX).filter(|byte| character(*byte) == Some(char::from(*wanted))).count();
        assert_eq!(count, 4, "{}", char::from(*wanted));
    }
}

fn project(file: &str, bytes: &[u8]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs_err::create_dir(directory.path().join(SECRETS_DIR)).unwrap();
    fs_err::write(directory.path().join(SECRETS_DIR).join(file), bytes).unwrap();
    directory
}

#[test]
fn a_value_is_the_file_without_its_last_line_end() {
    for (bytes, expected) in [("a b", "a b"), (" a \n", " a "), ("a\r\n", "a"), ("a\n\n", "a\n"), ("ä", "ä")] {
        let directory = project("x", bytes.as_bytes());
        let secrets = load(directory.path(), [&name("x")]).unwrap();
        assert_eq!(secrets.get(&name("x")).unwrap(), expected);
    }
}

#[test]
fn what_is_no_secret_is_refused_without_showing_it() {
    let large = vec![b'x'; 4097];
    for (bytes, reason) in
        [(&b"\n"[..], "empty"), (b"", "empty"), (b"canary\xff", "UTF-8"), (large.as_slice(), "larger than 4096 bytes")]
    {
        let directory = project("x", bytes);
        let error = load(directory.path(), [&name("x")]).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(reason) && shown.contains("secrets/x"), "{shown}");
        assert!(!shown.contains("canary"));
    }
    let directory = project("x", b"y");
    assert!(matches!(load(directory.path(), [&name("absent")]), Err(ProjectError::Unreadable { .. })));
    assert!(matches!(load(directory.path(), [&name("../x")]), Err(ProjectError::Render(_))));
    fs_err::create_dir(directory.path().join("secrets/dir")).unwrap();
    assert!(load(directory.path(), [&name("dir")]).unwrap_err().to_string().contains("not a regular file"));
}

#[cfg(unix)]
#[test]
fn files_that_others_may_read_are_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = project("admin-password", b"canary");
    let set = |path: &str, mode| {
        let path = directory.path().join(path);
        fs_err::OpenOptions::new().create(true).append(true).open(&path).unwrap();
        fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let files = ["secrets/admin-password", "secrets/hub.pfx", ".env", "secrets/gateway-network-ca.crt"];
    let set_all = |mode| {
        for file in files {
            set(file, mode);
        }
    };
    set_all(0o600);
    assert_eq!(exposed(directory.path()), [""; 0]);
    for (mode, told) in [(0o644, true), (0o640, true), (0o604, true), (0o400, false), (0o611, false)] {
        set_all(mode);
        let expected: &[&str] = if told { &[".env", "secrets/admin-password", "secrets/hub.pfx"] } else { &[] };
        assert_eq!(exposed(directory.path()), expected, "{mode:o}");
    }
    assert_eq!(exposed(&directory.path().join("absent")), [""; 0]);
}
