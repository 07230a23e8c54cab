//! The keys of a stack whose gateway network is over TLS: made with the project, or added when a gateway joins it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use crate::blueprint::{Blueprint, KeyFile};
use crate::error::{Class, Failure};
use crate::pki::{Authority, Entropy, PkiError, check_keystore, keystores};
use crate::project::{self, Keys, SECRETS_DIR};
use crate::render;
use crate::stack::{Name, Stack};

/// Every key file of a stack that is about to be made, the authority's private key included; none where none is needed.
pub(super) fn fresh(stack: &Stack, blueprint: &Blueprint) -> Result<Keys, Failure> {
    if render::key_files(blueprint).is_empty() {
        return Ok(Keys::new());
    }
    let now = SystemTime::now();
    let authority = Authority::make(stack, &entropy()?, now).map_err(unmade)?;
    let mut keys = sign(&authority, stack.certified().map(|g| &g.name), now)?;
    keys.insert(KeyFile::authority(), authority.certificate_pem().into_bytes());
    keys.insert(KeyFile::authority_key(), authority.key_pem().into_bytes());
    Ok(keys)
}

/// The key files that the stack's containers get, out of its project. What is not there yet is made and kept: the keystore of a
/// gateway that joined, signed by the authority that is there; or everything, when nothing is there.
pub(super) fn of_project(stack: &Stack, blueprint: &Blueprint, project: &Path) -> Result<Keys, Failure> {
    let wanted = render::key_files(blueprint);
    let mut found = project::read_keys(project, &wanted)?;
    let without: Vec<&Name> =
        stack.certified().map(|g| &g.name).filter(|name| !found.contains_key(&KeyFile::keystore(name))).collect();
    if without.is_empty() && found.len() == wanted.len() {
        return Ok(found);
    }
    let key = KeyFile::authority_key();
    let there = project::read_keys(project, [&key])?;
    if found.is_empty() && there.is_empty() {
        let mut made = fresh(stack, blueprint)?;
        project::add_keys(project, &made)?;
        made.remove(&key);
        return Ok(made);
    }
    let (Some(certificate), Some(key_pem)) = (found.get(&KeyFile::authority()), there.get(&key)) else {
        let gone = if there.is_empty() { key } else { KeyFile::authority() };
        return Err(gone_authority(&gone, without.first().copied()));
    };
    let now = SystemTime::now();
    let authority = Authority::read(certificate, key_pem, now).map_err(|error| unusable(&error))?;
    let made = sign(&authority, without.into_iter(), now)?;
    project::add_keys(project, &made)?;
    found.extend(made);
    Ok(found)
}

/// Refuses a keystore that lies in the project and that its gateway cannot use.
pub(super) fn check(stack: &Stack, project: &Path) -> Result<(), Failure> {
    let names: BTreeMap<KeyFile, &Name> = stack.certified().map(|g| (KeyFile::keystore(&g.name), &g.name)).collect();
    for (file, bytes) in project::read_keys(project, names.keys())? {
        check_keystore(&bytes).map_err(|error| {
            let path = format!("{SECRETS_DIR}/{}", file.file_name());
            let gateway = names.get(&file).map(ToString::to_string).unwrap_or_default();
            Failure::new(Class::Usage, format!("{path}, the keystore of {gateway}: {error}")).advise(format!(
                "put a PKCS#12 with a key metro-key and the passphrase metro there; or take {path} away: then it is made anew"
            ))
        })?;
    }
    Ok(())
}

/// What is said of secrets that others than their owner may read, with what closes them.
pub(super) fn exposed(project: &Path) -> Option<(String, String)> {
    let found = project::exposed(project);
    let paths: Vec<String> = found.iter().map(|path| shell_word(&project.join(path).display().to_string())).collect();
    let told = format!("others than their owner may read these secrets: {}", found.join(", "));
    (!found.is_empty()).then(|| (told, format!("chmod 600 {}", paths.join(" "))))
}

/// A path as a shell takes it.
fn shell_word(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,=".contains(c);
    if !path.is_empty() && path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

fn sign<'a>(authority: &Authority, names: impl Iterator<Item = &'a Name>, now: SystemTime) -> Result<Keys, Failure> {
    let orders = names.map(|name| Ok((name.clone(), entropy()?))).collect::<Result<Vec<_>, Failure>>()?;
    let made = keystores(authority, &orders, now).map_err(unmade)?;
    Ok(made.into_iter().map(|(name, bytes)| (KeyFile::keystore(&name), bytes)).collect())
}

fn entropy() -> Result<Entropy, Failure> {
    Ok(Entropy::new(project::random()?))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unmade(error: PkiError) -> Failure {
    Failure::new(Class::NotAsItShouldBe, error.to_string()).advise("try again; this is a fault of ignition-stack")
}

/// How to begin anew with the keys of a stack.
const ANEW: &str =
    "or take away secrets/gateway-network-ca.* and secrets/*.pfx: then up makes all of them anew, for every gateway";

fn gone_authority(file: &KeyFile, gateway: Option<&Name>) -> Failure {
    let file = format!("{SECRETS_DIR}/{}", file.file_name());
    let what = match gateway {
        Some(gateway) => format!("{gateway} needs a certificate of the stack's authority, and {file} is not there"),
        None => format!("{file} is not there, and every gateway is to trust it"),
    };
    Failure::new(Class::Usage, what).advise(format!("put {file} back, {ANEW}"))
}

fn unusable(error: &PkiError) -> Failure {
    Failure::new(Class::Usage, format!("no gateway can be given a certificate: {error}"))
        .seen(format!("the authority is {SECRETS_DIR}/gateway-network-ca.crt with the key beside it"))
        .advise(format!("put the right files back, {ANEW}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::{Choice, build};
    use crate::blueprint;
    use crate::stack::{Architecture, Transport, resolve};

    fn stack(frontends: u32) -> Stack {
        let choice = Choice {
            stack_id: Some(uuid::Uuid::from_u128(7)),
            frontends: Some(frontends),
            gateway_network: Some(Transport::Tls),
            ..Choice::of("demo", Architecture::ScaleOut)
        };
        resolve(&build(&choice).unwrap()).unwrap()
    }

    fn keys(stack: &Stack, project: &Path) -> Result<Keys, Failure> {
        of_project(stack, &blueprint::build(stack), project)
    }

    fn project() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        fs_err::create_dir(directory.path().join(SECRETS_DIR)).unwrap();
        directory
    }

    #[test]
    fn a_path_with_blanks_or_quotes_is_one_word_of_a_shell() {
        assert_eq!(shell_word("/home/me/demo/secrets/a.pfx"), "/home/me/demo/secrets/a.pfx");
        assert_eq!(shell_word("/my plants/demo"), "'/my plants/demo'");
        assert_eq!(shell_word("/it's; rm"), r"'/it'\''s; rm'");
    }

    #[test]
    fn keys_are_made_once_and_one_more_gateway_is_signed_by_the_same_authority() {
        let project = project();
        let first = keys(&stack(2), project.path()).unwrap();
        let names: Vec<_> = first.keys().map(KeyFile::file_name).collect();
        assert_eq!(names, ["backend.pfx", "frontend-1.pfx", "frontend-2.pfx", "gateway-network-ca.crt"]);
        assert!(project.path().join("secrets/gateway-network-ca.key").exists());
        assert_eq!(keys(&stack(2), project.path()).unwrap(), first);
        let grown = keys(&stack(3), project.path()).unwrap();
        assert_eq!(grown.len(), 5);
        assert!(first.iter().all(|(file, bytes)| &grown[file] == bytes));
        // Not needed by those who have theirs: it may be kept elsewhere.
        fs_err::remove_file(project.path().join("secrets/gateway-network-ca.key")).unwrap();
        assert_eq!(keys(&stack(3), project.path()).unwrap(), grown);
        let failure = keys(&stack(4), project.path()).unwrap_err();
        assert!(
            failure.what.contains("frontend-4 needs a certificate") && failure.what.contains("-ca.key is not there")
        );
    }

    #[test]
    fn an_authority_that_is_gone_or_another_one_is_told_and_nothing_is_made() {
        let project = project();
        keys(&stack(1), project.path()).unwrap();
        let path = |file: &str| project.path().join(SECRETS_DIR).join(file);
        let certificate = fs_err::read(path("gateway-network-ca.crt")).unwrap();
        fs_err::remove_file(path("gateway-network-ca.crt")).unwrap();
        assert!(keys(&stack(1), project.path()).unwrap_err().what.contains("-ca.crt is not there"));
        let other = Authority::make(&stack(1), &entropy().unwrap(), SystemTime::now()).unwrap();
        for (text, told) in [
            (other.certificate_pem().into_bytes(), "do not belong together"),
            (b"garbage".to_vec(), "the authority's certificate cannot be used"),
        ] {
            fs_err::write(path("gateway-network-ca.crt"), text).unwrap();
            let failure = keys(&stack(2), project.path()).unwrap_err();
            assert!(failure.what.contains(told), "{}", failure.what);
        }
        fs_err::write(path("gateway-network-ca.crt"), certificate).unwrap();
        fs_err::write(path("gateway-network-ca.key"), "canary").unwrap();
        let failure = keys(&stack(2), project.path()).unwrap_err();
        assert!(failure.what.contains("the authority's key cannot be used"), "{}", failure.what);
        assert!(!format!("{failure:?}").contains("canary"));
        assert!(!path("frontend-1.pfx").exists());
    }

    #[test]
    fn a_keystore_that_no_gateway_can_use_is_refused_with_its_file() {
        let project = project();
        let stack = stack(1);
        check(&stack, project.path()).unwrap();
        keys(&stack, project.path()).unwrap();
        check(&stack, project.path()).unwrap();
        fs_err::write(project.path().join("secrets/backend.pfx"), "junk\n").unwrap();
        let failure = check(&stack, project.path()).unwrap_err();
        assert_eq!(failure.class, Class::Usage);
        assert_eq!(
            failure.what,
            "secrets/backend.pfx, the keystore of backend: the keystore cannot be used: it is no PKCS#12 that can be opened"
        );
    }

    #[test]
    fn who_needs_no_keys_gets_none() {
        let project = project();
        let choice = Choice {
            stack_id: Some(uuid::Uuid::from_u128(7)),
            gateway_network: Some(Transport::Tls),
            ..Choice::of("demo", Architecture::Basic)
        };
        let alone = resolve(&build(&choice).unwrap()).unwrap();
        assert!(keys(&alone, project.path()).unwrap().is_empty());
        assert!(fresh(&alone, &blueprint::build(&alone)).unwrap().is_empty());
        assert_eq!(fs_err::read_dir(project.path().join(SECRETS_DIR)).unwrap().count(), 0);
    }
}
