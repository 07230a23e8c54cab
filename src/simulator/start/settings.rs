//! `gateway.xml`, the gateway's settings below its configuration (fact sheet 6.1, 6.2): made from the image's clean copy, changed by
//! the entrypoint's arguments. What a setting means lives with it.

use std::collections::BTreeMap;

use crate::simulator::data::DataDir;
use crate::simulator::image_files::{CLEAN_SETTINGS, CLEAN_SETTINGS_TEXT};
use crate::simulator::properties;
use crate::simulator::start::options::Options;
use crate::simulator::start::public_address::{self, PublicAddress};
use crate::simulator::start::volume::SETTINGS;

const COMMENT: &str = "Gateway settings";
/// Key of the port of the gateway network over TLS (fact sheet 4.3).
const GAN_PORT: &str = "metroSSLPort";

/// What `gateway.xml` says at this start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Settings {
    pub(crate) public: PublicAddress,
    /// Port of the gateway network over TLS, when the file names one.
    pub(crate) gan_port: Option<u16>,
}

impl Settings {
    /// Reads the settings and leaves the arguments' traces in the file. `gan_port`: what `GATEWAY_GAN_PORT` says, which is
    /// written down as well.
    pub(crate) fn prepare(data: &DataDir, options: &Options, gan_port: Option<u16>) -> Result<Self, String> {
        let (mut entries, fresh) = load(data)?;
        let before = entries.clone();
        public_address::apply(options, &mut entries);
        if let Some(port) = gan_port {
            entries.insert(GAN_PORT.to_owned(), port.to_string());
        }
        if fresh || entries != before {
            let bytes = properties::write(COMMENT, &entries).map_err(|e| e.to_string())?;
            data.write(SETTINGS, &bytes).map_err(|e| format!("{SETTINGS}: {e}"))?;
        }
        let port = entries.get(GAN_PORT).map(|v| v.trim()).filter(|v| !v.is_empty());
        Ok(Self {
            public: PublicAddress::read(&entries, &options.launch.gateway)?,
            gan_port: port.map(str::parse).transpose().map_err(|_| format!("{SETTINGS}: {GAN_PORT} must be a port"))?,
        })
    }
}

/// The entries, and whether the file is yet to be made.
fn load(data: &DataDir) -> Result<(BTreeMap<String, String>, bool), String> {
    let read = |name: &str| data.read(name).map_err(|e| format!("{name}: {e}"));
    let parse = |name: &str, bytes: &[u8]| properties::parse(bytes).map_err(|e| format!("{name} {e}"));
    if let Some(bytes) = read(SETTINGS)? {
        return Ok((parse(SETTINGS, &bytes)?, false));
    }
    let clean = read(CLEAN_SETTINGS)?.unwrap_or_else(|| CLEAN_SETTINGS_TEXT.as_bytes().to_vec());
    Ok((parse(CLEAN_SETTINGS, &clean)?, true))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::simulator::start::volume;

    fn prepare(data: &DataDir, line: &str, gan_port: Option<u16>) -> Result<Settings, String> {
        let arguments: Vec<_> = line.split_whitespace().map(OsString::from).collect();
        Settings::prepare(data, &Options::parse(&arguments).unwrap(), gan_port)
    }

    #[test]
    fn the_file_comes_from_the_clean_copy_and_keeps_what_arguments_said() {
        let dir = tempfile::tempdir().unwrap();
        volume::lay(dir.path()).unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        let first = prepare(&data, "-a gw.example -h 80", Some(9060)).unwrap();
        assert_eq!(first.gan_port, Some(9060));
        assert_eq!(first.public.fixed.as_ref().map(|f| (f.http_port, f.https_port)), Some((80, 8043)));
        let text = fs_err::read_to_string(dir.path().join(SETTINGS)).unwrap();
        assert!(text.contains(r#"<entry key="gateway.publicAddress.address">gw.example</entry>"#), "{text}");
        // As after the arguments were left out of a new container: the file is data.
        assert_eq!(prepare(&data, "", None).unwrap(), first);
        let clean = fs_err::read_to_string(dir.path().join(CLEAN_SETTINGS)).unwrap();
        assert_eq!(clean, CLEAN_SETTINGS_TEXT);
    }

    #[test]
    fn parameters_of_one_run_are_not_written_down() {
        let dir = tempfile::tempdir().unwrap();
        volume::lay(dir.path()).unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        assert!(prepare(&data, "-- gateway.useProxyForwardedHeader=true", None).unwrap().public.forwarded_header);
        assert!(!prepare(&data, "", None).unwrap().public.forwarded_header);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let dir = tempfile::tempdir().unwrap();
        volume::lay(dir.path()).unwrap();
        let data = DataDir::open(dir.path().to_owned()).unwrap();
        for text in ["<properties>", "<properties><entry key=\"metroSSLPort\">x</entry></properties>"] {
            data.write(SETTINGS, text.as_bytes()).unwrap();
            assert!(prepare(&data, "", None).unwrap_err().contains("gateway.xml"));
        }
    }
}
