//! The files that the gateway's image brings in its data directory (fact sheet 6.1, 4.5). Who puts them there lives elsewhere.

/// Directories below the data directory, parents first.
pub(crate) const DIRECTORIES: [&str; 6] = [
    "config",
    "config/local",
    "config/local/ignition",
    "config/local/ignition/gateway-network",
    "config/local/ignition/gateway-network/keystore",
    "config/resources",
];

/// Directories of the install directory for what third parties bring (fact sheet 6.1), parents first.
pub(crate) const INSTALL_DIRECTORIES: [&str; 3] = ["user-lib", "user-lib/modules", "user-lib/jdbc"];

/// The clean copy of the gateway's settings: without it, and without settings of an earlier start, a data directory is
/// not one that came from the image.
pub(crate) const CLEAN_SETTINGS: &str = "gateway.xml_clean";

/// Text of [`CLEAN_SETTINGS`]. Only keys that the fact sheet names (4.3, 6.2).
pub(crate) const CLEAN_SETTINGS_TEXT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE properties SYSTEM "http://java.sun.com/dtd/properties.dtd">
<properties>
<comment>Gateway settings</comment>
<entry key="gateway.publicAddress.address"></entry>
<entry key="gateway.publicAddress.autoDetect">true</entry>
<entry key="gateway.publicAddress.httpPort">8088</entry>
<entry key="gateway.publicAddress.httpsPort">8043</entry>
<entry key="gateway.useProxyForwardedHeader">false</entry>
<entry key="metroSSLPort">8060</entry>
</properties>
"#;
