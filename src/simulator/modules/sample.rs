//! Modules of no worth, made for tests.

use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A zip archive of these entries.
pub(crate) fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// What `module.xml` says of a module with a licence agreement.
pub(crate) fn descriptor(id: &str, version: &str, requires: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><modules><module><id>{id}</id><name>Module {id}</name>\
         <description>none</description><version>{version}</version>\
         <requiredIgnitionVersion>{requires}</requiredIgnitionVersion><license>license.html</license></module></modules>"
    )
}

/// A signed module with a licence agreement.
pub(crate) fn module(id: &str, version: &str, requires: &str) -> Vec<u8> {
    let certificate = format!("certificate of {id}");
    archive(&[
        ("module.xml", descriptor(id, version, requires).as_bytes()),
        ("license.html", b"<html>Do as you like.</html>"),
        ("certificates.p7b", certificate.as_bytes()),
        ("gateway.jar", &[7; 5000]),
    ])
}

/// The same without a certificate.
pub(crate) fn unsigned(id: &str, version: &str, requires: &str) -> Vec<u8> {
    archive(&[("module.xml", descriptor(id, version, requires).as_bytes()), ("license.html", b"free")])
}
