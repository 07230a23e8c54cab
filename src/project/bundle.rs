//! The archive of a support bundle: files in memory to one `tar.gz`, for its owner's eyes alone.

use std::io;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, Header};

use super::{ProjectError, create_private};

/// Writes the archive, and never over one that is there. Each file stands below a folder of the archive's name; returns its size.
pub fn write_bundle(path: &Path, folder: &str, files: &[(String, String)]) -> Result<u64, ProjectError> {
    let bytes = pack(folder, files).map_err(ProjectError::io("packing the bundle"))?;
    if path.symlink_metadata().is_ok() {
        return Err(ProjectError::Exists { path: path.to_owned() });
    }
    create_private(path, &bytes)?;
    Ok(bytes.len() as u64)
}

fn pack(folder: &str, files: &[(String, String)]) -> io::Result<Vec<u8>> {
    let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (name, content) in files {
        let mut header = Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        tar.append_data(&mut header, format!("{folder}/{name}"), content.as_bytes())?;
    }
    tar.into_inner()?.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn what_is_packed_is_there_again_and_nothing_is_written_over() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("demo.tar.gz");
        let files = [("tool.json".to_owned(), "{}\n".to_owned()), ("logs/hub.log".to_owned(), "a\nb\n".to_owned())];
        let size = write_bundle(&path, "demo", &files).unwrap();
        assert_eq!(fs_err::metadata(&path).unwrap().len(), size);
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(fs_err::File::open(&path).unwrap()));
        let mut read = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            read.push((entry.path().unwrap().display().to_string(), text));
        }
        let wanted = files.map(|(name, text)| (format!("demo/{name}"), text));
        assert_eq!(read, wanted);
        assert!(matches!(write_bundle(&path, "demo", &[]), Err(ProjectError::Exists { .. })));
    }
}
