//! Arguments of the image's entrypoint (fact sheet 6.3). Parses them; applies nothing.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::simulator::error::SimulatorError;
use crate::simulator::log::printable;
use crate::simulator::start::launch::Launch;

const MODE_PROPERTY: &str = "ignition.config.mode";

/// What the entrypoint was told.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Options {
    /// `-n`: system name, applied at every start.
    pub(crate) system_name: Option<String>,
    /// `-a`: public address.
    pub(crate) public_address: Option<String>,
    /// `-h`: public HTTP port.
    pub(crate) public_http_port: Option<u16>,
    /// `-s`: public HTTPS port.
    pub(crate) public_https_port: Option<u16>,
    /// `-m`: maximum heap in MiB; a simulated gateway has none.
    pub(crate) max_memory_mib: Option<u32>,
    /// `-r`: the backup to restore at the first start.
    pub(crate) restore: Option<PathBuf>,
    /// `-d`: restore it with connections disabled.
    pub(crate) restore_disabled: bool,
    /// `-Dignition.config.mode=` after `--`: the deployment mode.
    pub(crate) config_mode: Option<String>,
    /// What follows `--`.
    pub(crate) launch: Launch,
}

impl Options {
    pub(crate) fn parse(args: &[OsString]) -> Result<Self, SimulatorError> {
        let mut options = Self::default();
        let mut rest = args.iter().map(text);
        while let Some(argument) = rest.next() {
            let argument = argument?;
            let mut value = || rest.next().unwrap_or_else(|| Err(refuse(argument, "needs a value")));
            match argument {
                "-n" => options.system_name = Some(system_name(value()?)?),
                "-a" => options.public_address = Some(public_address(value()?)?),
                "-h" => options.public_http_port = Some(number("-h", value()?)?),
                "-s" => options.public_https_port = Some(number("-s", value()?)?),
                "-m" => options.max_memory_mib = Some(number("-m", value()?)?),
                "-r" => options.restore = Some(backup(value()?)?),
                "-d" => options.restore_disabled = true,
                "--" => {
                    for argument in rest.by_ref() {
                        options.launch.add(argument?);
                    }
                    let mode = options.launch.properties.get(MODE_PROPERTY);
                    options.config_mode = mode.map(|m| config_mode(m)).transpose()?;
                }
                other => {
                    return Err(refuse(
                        other,
                        "is not an argument of the gateway's entrypoint (-n -a -h -s -m -r -d --)",
                    ));
                }
            }
        }
        Ok(options)
    }
}

fn text(argument: &OsString) -> Result<&str, SimulatorError> {
    argument.to_str().ok_or_else(|| refuse(&argument.to_string_lossy(), "is not UTF-8"))
}

fn refuse(argument: &str, reason: &str) -> SimulatorError {
    SimulatorError::Argument { argument: printable(argument), reason: reason.to_owned() }
}

fn number<T: std::str::FromStr>(argument: &str, value: &str) -> Result<T, SimulatorError> {
    value.parse().map_err(|_| refuse(argument, "needs a whole number in range"))
}

/// A system name must not contain `|` (fact sheet 4.2); control characters and endless names are refused as well, because
/// the name travels in URLs and one-line answers.
pub(crate) fn system_name(name: &str) -> Result<String, SimulatorError> {
    if is_system_name(name) {
        Ok(name.to_owned())
    } else {
        Err(refuse("-n", "must be 1 to 255 characters, without | and control characters"))
    }
}

/// Whether a text can be a gateway's system name.
pub(crate) fn is_system_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= 255 && !name.contains('|') && !name.chars().any(char::is_control)
}

fn backup(path: &str) -> Result<PathBuf, SimulatorError> {
    if path.is_empty() { Err(refuse("-r", "needs the path of a backup")) } else { Ok(PathBuf::from(path)) }
}

/// The address becomes part of URLs that clients are sent to.
fn public_address(address: &str) -> Result<String, SimulatorError> {
    let fits = (1..=253).contains(&address.len())
        && address.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'));
    if fits { Ok(address.to_owned()) } else { Err(refuse("-a", "must be a host name or an address")) }
}

/// The mode names a directory, so that it must not lead out of its parent.
fn config_mode(mode: &str) -> Result<String, SimulatorError> {
    let fits = !mode.is_empty() && mode.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if fits { Ok(mode.to_owned()) } else { Err(refuse("-Dignition.config.mode", "must be letters, digits, - and _")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, SimulatorError> {
        Options::parse(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_documented_example_parses() {
        let line =
            "-n demo -m 1024 -a host -h 9088 -s 9043 -- -Dignition.config.mode=dev wrapper.java.initmemory=256 -n x";
        let o = parse(line).unwrap();
        assert_eq!(o.system_name.as_deref(), Some("demo"));
        assert_eq!((o.max_memory_mib, o.public_http_port, o.public_https_port), (Some(1024), Some(9088), Some(9043)));
        assert_eq!(o.config_mode.as_deref(), Some("dev"));
        assert_eq!(parse("").unwrap(), Options::default());
        let o = parse("-d -r /restore/a.gwbk").unwrap();
        assert_eq!((o.restore, o.restore_disabled), (Some(PathBuf::from("/restore/a.gwbk")), true));
    }

    #[test]
    fn what_cannot_be_honoured_is_refused() {
        for line in ["-r", "-n", "-n a|b", "-h 70000", "-m x", "--name x", "-- -Dignition.config.mode=../x"] {
            assert!(matches!(parse(line), Err(SimulatorError::Argument { .. })), "{line}");
        }
        assert!(parse("-a x/y").is_err() && parse("-h -1").is_err() && parse("-s").is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_arguments_make_it_panic(arguments in proptest::collection::vec("(-[nahsmrd]|--|[ -~]{0,12}|\\PC{0,4})", 0..8)) {
            let _ = Options::parse(&arguments.into_iter().map(OsString::from).collect::<Vec<_>>());
        }
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_not_text_are_an_error() {
        use std::os::unix::ffi::OsStringExt;
        assert!(Options::parse(&[OsString::from_vec(vec![0xff])]).is_err());
    }
}
