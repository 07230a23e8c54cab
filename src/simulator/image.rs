//! The image of the simulated gateway: a build context made from the program's own executable. Building it is the engine's work.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};
use thiserror::Error;

use crate::blueprint::{GATEWAY_DATA, SECRETS_DIR, labels};
use crate::simulator::access::password::hex;
use crate::simulator::unknown::IMAGE_GROUP;
use crate::simulator::{image_files, knobs};

/// User of the gateway's process and files (fact sheet 6.1).
pub const USER_ID: u64 = 2003;

const OWN_EXECUTABLE: &str = "/proc/self/exe";
const OWN_MAPS: &str = "/proc/self/maps";
const PROGRAM: &str = "usr/local/bin/ignition-stack";
const LIBRARIES: &str = "usr/local/lib/ignition-stack";
const ROOT_FILESYSTEM: &str = "rootfs.tar";
/// Loaded by name at run time by a glibc older than 2.34, so that no mapping shows them.
const NAME_SERVICE: [&str; 3] = ["libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2"];
/// Why there is no build context.
#[derive(Debug, Error)]
pub enum ImageError {
    /// The program is not a Linux executable.
    #[error(
        "simulated gateways run this program inside Linux containers, and this is not a Linux build: run the Linux build of \
         ignition-stack, for example in a container or a virtual machine"
    )]
    NotLinux,
    /// The version cannot be part of an image.
    #[error("{version:?} cannot be the version of an image: letters, digits, '.', '_' and '-' only")]
    Version {
        /// The version as given.
        version: String,
    },
    /// The executable is linked to libraries but their loader cannot be told.
    #[error("the program is dynamically linked, but its loader is not among its mapped files; use a static build")]
    NoLoader,
    /// A file cannot be read.
    #[error("{path}: {source}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The archive cannot be put together.
    #[error("the build context cannot be put together: {0}")]
    Archive(io::Error),
}

/// What the engine's classic builder needs.
#[derive(Clone, Debug)]
pub struct BuildContext {
    /// The context: a tar archive with the Dockerfile and the root file system.
    pub tar: Vec<u8>,
    /// SHA-256 of the executable in it, in hexadecimal; also the value of the label [`labels::EXECUTABLE`].
    pub executable_sha256: String,
    /// Text of the Dockerfile in it.
    pub dockerfile: String,
}

/// Read once: a program that runs does not change. Who asks while somebody reads waits for that.
static OWN_DIGEST: Mutex<Option<String>> = Mutex::new(None);

/// SHA-256 of the running program's executable. When an image carries it as label [`labels::EXECUTABLE`], no build is needed.
pub fn executable_sha256() -> Result<String, ImageError> {
    if !cfg!(target_os = "linux") {
        return Err(ImageError::NotLinux);
    }
    let mut known = OWN_DIGEST.lock().unwrap_or_else(PoisonError::into_inner);
    match known.as_ref() {
        Some(own) => Ok(own.clone()),
        None => Ok(known.insert(digest(Path::new(OWN_EXECUTABLE))?).clone()),
    }
}

/// Makes the build context from the running program, statically linked or not. The same program and version give the same bytes.
pub fn build_context(version: &str) -> Result<BuildContext, ImageError> {
    if !cfg!(target_os = "linux") {
        return Err(ImageError::NotLinux);
    }
    let maps = fs_err::read_to_string(OWN_MAPS).map_err(|source| ImageError::Read { path: OWN_MAPS.into(), source })?;
    let executable = fs_err::read_link(OWN_EXECUTABLE).unwrap_or_else(|_| OWN_EXECUTABLE.into());
    assemble(Path::new(OWN_EXECUTABLE), &mapped_libraries(&maps, &executable), version)
}

fn digest(path: &Path) -> Result<String, ImageError> {
    let read = || {
        let mut file = fs_err::File::open(path)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 256 * 1024];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(hex(&hash.finalize())),
                n => hash.update(&buffer[..n]),
            }
        }
    };
    read().map_err(|source| ImageError::Read { path: path.to_owned(), source })
}

/// Shared objects in a listing of mapped files, the program itself left out.
fn mapped_libraries(maps: &str, executable: &Path) -> BTreeSet<PathBuf> {
    let paths = maps.lines().filter_map(|line| line.find('/').map(|at| Path::new(&line[at..])));
    let is_library = |path: &&Path| {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let ends = Path::new(name).extension().is_some_and(|e| e == "so");
        (ends || name.contains(".so.")) && !name.ends_with(" (deleted)") && *path != executable
    };
    paths.filter(is_library).map(Path::to_owned).collect()
}

/// What goes under the library directory: files by name, and other names of them.
#[derive(Default)]
struct Libraries {
    files: BTreeMap<String, PathBuf>,
    aliases: BTreeMap<String, String>,
    loader: Option<String>,
}

impl Libraries {
    fn collect(mapped: &BTreeSet<PathBuf>) -> Self {
        let mut libraries = Self::default();
        for path in mapped {
            let Some(name) = file_name(path) else { continue };
            // libc-2.31.so is needed under its other name, libc.so.6, which is a link beside it.
            for alias in aliases(path, &name) {
                libraries.aliases.insert(alias, name.clone());
            }
            if name.starts_with("ld-") || name.starts_with("ld.so") || name.starts_with("ld64.so") {
                libraries.loader = Some(name.clone());
            }
            if name.starts_with("libc.") || name.starts_with("libc-") {
                let beside = NAME_SERVICE.iter().map(|n| (*n, path.with_file_name(n)));
                libraries.files.extend(beside.filter(|(_, p)| p.is_file()).map(|(n, p)| (n.to_owned(), p)));
            }
            libraries.files.insert(name, path.clone());
        }
        let files = &libraries.files;
        libraries.aliases.retain(|alias, _| !files.contains_key(alias));
        libraries
    }
}

fn file_name(path: &Path) -> Option<String> {
    path.file_name()?.to_str().map(str::to_owned)
}

fn aliases(path: &Path, name: &str) -> Vec<String> {
    let stem = name.split(['-', '.']).next().unwrap_or(name);
    let Some(entries) = path.parent().and_then(|p| fs_err::read_dir(p).ok()) else { return Vec::new() };
    let names = entries.filter_map(|e| e.ok()?.file_name().into_string().ok());
    let same = |n: &String| {
        n != name && n.starts_with(stem) && fs_err::canonicalize(path.with_file_name(n)).is_ok_and(|real| real == path)
    };
    names.filter(same).collect()
}

fn assemble(executable: &Path, mapped: &BTreeSet<PathBuf>, version: &str) -> Result<BuildContext, ImageError> {
    let proper = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if version.is_empty() || !version.chars().all(proper) {
        return Err(ImageError::Version { version: version.to_owned() });
    }
    let libraries = Libraries::collect(mapped);
    let mut entrypoint = Vec::new();
    if !libraries.files.is_empty() {
        let loader = libraries.loader.as_ref().ok_or(ImageError::NoLoader)?;
        entrypoint = vec![format!("/{LIBRARIES}/{loader}"), "--library-path".to_owned(), format!("/{LIBRARIES}")];
    }
    entrypoint.extend([format!("/{PROGRAM}"), "simulate-gateway".to_owned()]);
    let executable_sha256 = digest(executable)?;
    let dockerfile = dockerfile(version, &executable_sha256, &entrypoint);
    let root = root_filesystem(executable, &libraries)?;
    let mut context = Archive::new();
    context.file("Dockerfile", 0o644, 0, dockerfile.as_bytes())?;
    context.file(ROOT_FILESYSTEM, 0o644, 0, &root)?;
    Ok(BuildContext { tar: context.finish()?, executable_sha256, dockerfile })
}

/// There is no HEALTHCHECK: every check would start a process inside the container, and fifty gateways' checks cost more than
/// the gateways, while the program probes over HTTP anyway.
fn dockerfile(version: &str, executable_sha256: &str, entrypoint: &[String]) -> String {
    // As few instructions as possible: the classic builder commits a container for each, about a second on some engines.
    format!(
        "FROM scratch\nADD {ROOT_FILESYSTEM} /\nUSER {USER_ID}:{IMAGE_GROUP}\nENV {version_key}={version}\n\
         LABEL \"{simulated}\"=\"true\" \"{executable}\"=\"{executable_sha256}\"\nEXPOSE 8088 8043 8060\n\
         ENTRYPOINT {entrypoint}\n",
        version_key = knobs::VERSION,
        simulated = labels::SIMULATED,
        executable = labels::EXECUTABLE,
        entrypoint = serde_json::json!(entrypoint),
    )
}

fn root_filesystem(executable: &Path, libraries: &Libraries) -> Result<Vec<u8>, ImageError> {
    let mut root = Archive::new();
    for directory in ["etc", "run", &SECRETS_DIR[1..], "usr", "usr/local", "usr/local/bin", "usr/local/lib"] {
        root.directory(directory, 0o755, 0)?;
    }
    root.directory("tmp", 0o1777, 0)?;
    root.directory("usr/local/bin/ignition", 0o755, USER_ID)?;
    for directory in image_files::INSTALL_DIRECTORIES {
        root.directory(&format!("usr/local/bin/ignition/{directory}"), 0o775, USER_ID)?;
    }
    let data = &GATEWAY_DATA[1..];
    root.directory(data, 0o775, USER_ID)?;
    for directory in image_files::DIRECTORIES {
        root.directory(&format!("{data}/{directory}"), 0o775, USER_ID)?;
    }
    let settings = format!("{data}/{}", image_files::CLEAN_SETTINGS);
    root.file(&settings, 0o664, USER_ID, image_files::CLEAN_SETTINGS_TEXT.as_bytes())?;
    let passwd = format!("root:x:0:0::/:\nignition:x:{USER_ID}:{IMAGE_GROUP}::/usr/local/bin/ignition:\n");
    root.file("etc/passwd", 0o644, 0, passwd.as_bytes())?;
    root.file("etc/group", 0o644, 0, format!("root:x:0:\nignition:x:{IMAGE_GROUP}:\n").as_bytes())?;
    root.file("etc/nsswitch.conf", 0o644, 0, b"hosts: files dns\n")?;
    root.file(PROGRAM, 0o755, 0, &read(executable)?)?;
    if !libraries.files.is_empty() {
        root.directory(LIBRARIES, 0o755, 0)?;
    }
    for (name, path) in &libraries.files {
        root.file(&format!("{LIBRARIES}/{name}"), 0o755, 0, &read(path)?)?;
    }
    for (alias, name) in &libraries.aliases {
        root.link(&format!("{LIBRARIES}/{alias}"), name)?;
    }
    root.finish()
}

fn read(path: &Path) -> Result<Vec<u8>, ImageError> {
    fs_err::read(path).map_err(|source| ImageError::Read { path: path.to_owned(), source })
}

/// A tar archive whose bytes depend on nothing but what is put in: no times, no names of users.
struct Archive(Builder<Vec<u8>>);

impl Archive {
    fn new() -> Self {
        Self(Builder::new(Vec::new()))
    }

    fn header(kind: EntryType, mode: u32, owner: u64) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(owner);
        header.set_gid(if owner == USER_ID { IMAGE_GROUP } else { owner });
        header.set_mtime(0);
        header.set_size(0);
        header
    }

    fn directory(&mut self, path: &str, mode: u32, owner: u64) -> Result<(), ImageError> {
        let mut header = Self::header(EntryType::Directory, mode, owner);
        self.0.append_data(&mut header, format!("{path}/"), io::empty()).map_err(ImageError::Archive)
    }

    fn file(&mut self, path: &str, mode: u32, owner: u64, content: &[u8]) -> Result<(), ImageError> {
        let mut header = Self::header(EntryType::Regular, mode, owner);
        header.set_size(content.len() as u64);
        self.0.append_data(&mut header, path, content).map_err(ImageError::Archive)
    }

    fn link(&mut self, path: &str, target: &str) -> Result<(), ImageError> {
        let mut header = Self::header(EntryType::Symlink, 0o777, 0);
        self.0.append_link(&mut header, path, target).map_err(ImageError::Archive)
    }

    fn finish(self) -> Result<Vec<u8>, ImageError> {
        self.0.into_inner().map_err(ImageError::Archive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Path to (mode, uid, content) of every entry.
    fn entries(tar: &[u8]) -> BTreeMap<String, (u32, u64, Vec<u8>)> {
        let mut found = BTreeMap::new();
        for entry in tar::Archive::new(tar).entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_str().unwrap().to_owned();
            let mut content = entry.link_name_bytes().map(std::borrow::Cow::into_owned).unwrap_or_default();
            entry.read_to_end(&mut content).unwrap();
            found.insert(path, (entry.header().mode().unwrap(), entry.header().uid().unwrap(), content));
        }
        found
    }

    fn program(dir: &Path) -> PathBuf {
        let path = dir.join("program");
        fs_err::write(&path, "the program").unwrap();
        path
    }

    #[test]
    fn a_static_program_stands_alone_in_its_image() {
        let dir = tempfile::tempdir().unwrap();
        let context = assemble(&program(dir.path()), &BTreeSet::new(), "8.3.9").unwrap();
        assert!(context.dockerfile.contains(r#"ENTRYPOINT ["/usr/local/bin/ignition-stack","simulate-gateway"]"#));
        assert!(context.dockerfile.contains("ENV SIMULATED_VERSION=8.3.9\n"));
        assert!(
            context.dockerfile.contains(&format!("\"ignition-stack.executable\"=\"{}\"", context.executable_sha256))
        );
        assert!(context.dockerfile.contains("\"ignition-stack.simulated\"=\"true\""));
        assert!(!context.dockerfile.contains("HEALTHCHECK"));
        let outer = entries(&context.tar);
        assert_eq!(outer["Dockerfile"].2, context.dockerfile.as_bytes());
        let root = entries(&outer["rootfs.tar"].2);
        assert_eq!(root["usr/local/bin/ignition-stack"], (0o755, 0, b"the program".to_vec()));
        assert_eq!((root["usr/local/bin/ignition/data/"].0, root["usr/local/bin/ignition/data/"].1), (0o775, USER_ID));
        let clean = &root["usr/local/bin/ignition/data/gateway.xml_clean"];
        assert_eq!((clean.0, clean.1), (0o664, USER_ID));
        assert_eq!(root["tmp/"].0, 0o1777);
        assert!(root.contains_key("run/secrets/"));
        for place in ["modules", "jdbc"] {
            let found = &root[&format!("usr/local/bin/ignition/user-lib/{place}/")];
            assert_eq!((found.0, found.1), (0o775, USER_ID));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_dynamic_program_brings_its_libraries_under_all_their_names() {
        let dir = tempfile::tempdir().unwrap();
        let base = fs_err::canonicalize(dir.path()).unwrap();
        for name in ["libc-2.31.so", "ld-2.31.so", "libnss_dns.so.2", "libcrypt.so.1"] {
            fs_err::write(base.join(name), name).unwrap();
        }
        std::os::unix::fs::symlink("libc-2.31.so", base.join("libc.so.6")).unwrap();
        let mapped = BTreeSet::from([base.join("libc-2.31.so"), base.join("ld-2.31.so")]);
        let context = assemble(&program(&base), &mapped, "8.3.9").unwrap();
        assert!(context.dockerfile.contains(
            r#"["/usr/local/lib/ignition-stack/ld-2.31.so","--library-path","/usr/local/lib/ignition-stack","/usr/local/bin/ignition-stack","simulate-gateway"]"#
        ));
        let root = entries(&entries(&context.tar)["rootfs.tar"].2);
        assert_eq!(root["usr/local/lib/ignition-stack/libc.so.6"].2, b"libc-2.31.so");
        assert!(root.contains_key("usr/local/lib/ignition-stack/libnss_dns.so.2"));
        assert!(!root.contains_key("usr/local/lib/ignition-stack/libcrypt.so.1"));
        let without_loader = BTreeSet::from([base.join("libc-2.31.so")]);
        assert!(matches!(assemble(&program(&base), &without_loader, "8.3.9"), Err(ImageError::NoLoader)));
    }

    #[test]
    fn the_same_program_gives_the_same_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let program = program(dir.path());
        let build = || assemble(&program, &BTreeSet::new(), "8.3.9").unwrap().tar;
        assert_eq!(build(), build());
    }

    #[test]
    fn a_version_cannot_add_to_the_dockerfile() {
        let dir = tempfile::tempdir().unwrap();
        for version in ["", "8.3.9\nUSER 0", "8.3.9 x", "8 \"", "$X"] {
            let built = assemble(&program(dir.path()), &BTreeSet::new(), version);
            assert!(matches!(built, Err(ImageError::Version { .. })), "{version:?}");
        }
    }

    #[test]
    fn only_shared_objects_count_as_libraries() {
        let maps = "55d0-55d1 r--p 00000000 08:01 1 /opt/app.so.test\n\
                    7f00-7f01 r-xp 00000000 08:01 2 /usr/lib/libc.so.6\n\
                    7f00-7f01 r--p 00000000 08:01 2 /usr/lib/libc.so.6\n\
                    7f02-7f03 r--p 00000000 08:01 3 /usr/lib/locale/C.utf8/LC_CTYPE\n\
                    7f04-7f05 r--p 00000000 08:01 4 /usr/lib/libold.so.1 (deleted)\n\
                    7ffd-7ffe r-xp 00000000 00:00 0 [vdso]\n\
                    7f06-7f07 r-xp 00000000 08:01 5 /usr/lib64/ld-linux-x86-64.so.2\n";
        let found = mapped_libraries(maps, Path::new("/opt/app.so.test"));
        let expected = ["/usr/lib/libc.so.6", "/usr/lib64/ld-linux-x86-64.so.2"];
        assert_eq!(found, expected.into_iter().map(PathBuf::from).collect());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_running_program_has_a_stable_digest() {
        let digest = executable_sha256().unwrap();
        assert_eq!(digest.len(), 64);
        assert_eq!(digest, executable_sha256().unwrap());
    }
}
