//! What a restore with connections disabled does to the configuration that it brings. Reads and writes a tree that nobody uses yet.

use std::io;
use std::path::Path;

use serde_json::{Value, json};

use crate::simulator::config::reader::Reader;
use crate::simulator::config::resource::MANIFEST;
use crate::simulator::config::writer;
use crate::simulator::unknown::CONNECTION_KINDS;

/// Disables every version of every connection below a `config/resources`; how many there were. A manifest that is malformed stays
/// as it is: its resource is not loaded anyway.
pub(crate) fn disable_connections(root: &Path) -> io::Result<usize> {
    let mut reader = Reader::new(root);
    let mut disabled = 0;
    for collection in reader.directories("") {
        for (module, kind) in CONNECTION_KINDS {
            for name in reader.directories(&format!("{collection}/{module}/{kind}")) {
                let file = format!("{collection}/{module}/{kind}/{name}/{MANIFEST}");
                let Ok(Some(bytes)) = reader.file(&file) else { continue };
                let Ok(mut manifest) = serde_json::from_slice::<Value>(&bytes) else { continue };
                if disable(&mut manifest) {
                    writer::write_file(root, &file, &serde_json::to_vec_pretty(&manifest)?)?;
                    disabled += 1;
                }
            }
        }
    }
    Ok(disabled)
}

fn disable(manifest: &mut Value) -> bool {
    let Some(manifest) = manifest.as_object_mut() else { return false };
    let attributes = manifest.entry("attributes").or_insert_with(|| json!({}));
    let Some(attributes) = attributes.as_object_mut() else { return false };
    attributes.insert("enabled".to_owned(), json!(false));
    true
}
