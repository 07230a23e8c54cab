//! Whatever it finds in its data directory, a simulated gateway says what it makes of it: it runs, waits, is faulted, or ends
//! with an error. It never panics, hangs or takes memory without bound.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use fastrand::Rng;

use super::dictionary::Dictionary;
use super::gateway::{Plan, put};
use super::hostile::Hostile;

/// Random trees.
const TREES: u32 = 30;
/// Memory that any start may take at most.
const PEAK_KIB: u64 = 96 * 1024;
const NETWORK: &str = "config/local/ignition/gateway-network";

/// A start with such a data directory comes to some end of its own.
#[track_caller]
fn starts(random: &mut Rng, what: &str, fill: impl FnOnce(&Path)) {
    let plan = Plan::new(random);
    fill(&plan.data());
    let mut gateway = plan.start(&["-n", "demo"]);
    let mut ended = None;
    gateway.eventually(what, |g| {
        ended = g.ended();
        let state = g.state();
        ended.is_some() || matches!(state.as_deref(), Some("RUNNING" | "FAULTED"))
    });
    gateway.has_not_panicked(what);
    if let Some(status) = ended {
        assert_eq!(status.code(), Some(1), "{what}:\n{}", gateway.log());
    } else {
        let peak = gateway.memory_kib("VmHWM");
        assert!(peak < PEAK_KIB, "{what}: {peak} KiB");
    }
}

fn redundancy(entries: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><properties>{entries}</properties>")
}

#[test]
fn the_classics_in_a_data_directory_end_in_a_state_or_an_error() {
    let mut random = Rng::with_seed(7);
    let r = &mut random;
    let laugh = |n: u8| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10));
    let laughs = (1..12).map(laugh).collect::<Vec<_>>().concat();
    let bomb = format!("<!DOCTYPE properties [<!ENTITY l0 \"ha\">{laughs}]>");
    starts(r, "an entity bomb", |d| {
        put(d, "redundancy.xml", format!("{bomb}{}", redundancy("<entry key=\"redundancy.gan.host\">&l11;</entry>")));
    });
    starts(r, "a restore that nobody committed", |d| {
        put(d, ".restore-committed/plan.json", r#"{"come":["projects"],"gone":["../../..", "config"]}"#);
        put(d, ".restore-x/data/projects/a/x", "x");
        put(d, ".restore-file", "x");
    });
    starts(r, "a restore without a plan", |d| put(d, ".restore-committed/data/projects/a/x", "x"));
    starts(r, "deep elements", |d| put(d, "redundancy.xml", redundancy(&"<entry>".repeat(50_000))));
    starts(r, "hostile numbers", |d| {
        let keys =
            ["joinwaittime", "gan.port", "gan.pingRate", "gan.pingMaxMissed", "sync.timeoutSecs", "gan.sendThreads"];
        let entries: String =
            keys.map(|k| format!("<entry key=\"redundancy.{k}\">18446744073709551616</entry>")).concat();
        put(d, "redundancy.xml", redundancy(&entries));
    });
    starts(r, "a host that is none", |d| {
        let entries = "<entry key=\"redundancy.noderole\">Backup</entry><entry key=\"redundancy.gan.host\">a b\u{202e}/..@[::</entry>";
        put(d, "redundancy.xml", redundancy(entries));
    });
    starts(r, "a directory in the place of a file", |d| fs_err::create_dir_all(d.join("redundancy.xml/x")).unwrap());
    starts(r, "a file in the place of a directory", |d| put(d, "config/resources", "x"));
    starts(r, "a link onto itself", |d| {
        fs_err::create_dir_all(d.join("config/resources/core")).unwrap();
        symlink(".", d.join("config/resources/core/ignition")).unwrap();
    });
    starts(r, "links to devices", |d| {
        symlink("/dev/zero", d.join("redundancy.xml")).unwrap();
        fs_err::create_dir_all(d.join(NETWORK)).unwrap();
        symlink("/dev/zero", d.join(NETWORK).join("uuid.txt")).unwrap();
    });
    starts(r, "a huge file", |d| {
        put(d, "redundancy.xml", "<properties>");
        fs_err::OpenOptions::new().write(true).open(d.join("redundancy.xml")).unwrap().set_len(1 << 32).unwrap();
    });
    starts(r, "garbage for keys and certificates", |d| {
        put(d, &format!("{NETWORK}/keystore/metro-keystore.pfx"), [0x30, 0x82, 0xff, 0xff, 0x02, 0x01]);
        for side in ["client", "server"] {
            let folder = format!("{NETWORK}/{side}/security/pki/trusted/certs");
            put(d, &format!("{folder}/a.crt"), "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
            put(d, &format!("{folder}/b.der"), [0xff; 300]);
            put(d, &format!("{folder}/c.pem"), "x".repeat(2 << 20));
        }
    });
    starts(r, "thousands of resources", |d| {
        for n in 0..3000 {
            put(d, &format!("config/resources/external/ignition/api-token/t{n}/resource.json"), "{}");
        }
    });
}

/// Reading a pipe that nobody writes to never ends.
#[test]
fn a_pipe_in_the_place_of_a_file_does_not_stop_the_start() {
    let mut random = Rng::with_seed(8);
    for place in ["redundancy.xml", "config/resources/external/ignition/system-properties/config.json"] {
        starts(&mut random, place, |d| {
            fs_err::create_dir_all(d.join(place).parent().unwrap()).unwrap();
            if place.ends_with("config.json") {
                put(
                    d,
                    "config/resources/external/ignition/system-properties/resource.json",
                    r#"{"files":["config.json"]}"#,
                );
            }
            assert!(Command::new("mkfifo").arg(d.join(place)).status().unwrap().success());
        });
    }
}

#[test]
fn random_trees_end_in_a_state_or_an_error() {
    let dictionary = Dictionary::read();
    let seed = fastrand::u64(..1_000_000);
    for number in 0..TREES {
        let mut ports = Rng::with_seed(seed ^ u64::from(number));
        let random = ports.fork();
        let mut hostile = Hostile { random, dictionary: &dictionary, session: String::new() };
        starts(&mut ports, &format!("tree {number} of seed {seed}"), |data| grow(data, &mut hostile));
    }
}

/// Files where the gateway looks, with anything in them.
fn grow(data: &Path, hostile: &mut Hostile<'_>) {
    let types = [
        "gateway-network-settings",
        "gateway-network-outgoing/a",
        "gateway-network-incoming/b",
        "system-properties",
        "security-levels",
        "security-properties",
        "api-token/t",
        "user-source/default",
        "database-connection/db",
        "secret-provider/p",
        "identity-provider/default",
        "local-system-properties",
    ];
    for collection in ["core", "external", "local", "dev"] {
        if hostile.random.bool() {
            put(data, &format!("config/resources/{collection}/config-mode.json"), hostile.json(3));
        }
        for kind in types.into_iter().filter(|_| hostile.random.u8(..3) == 0).collect::<Vec<_>>() {
            let directory = format!("config/resources/{collection}/ignition/{kind}");
            let manifest = if hostile.random.u8(..3) == 0 {
                hostile.json(4)
            } else {
                r#"{"scope":"A","version":1,"restricted":false,"overridable":true,"files":["config.json"],"attributes":{"enabled":true}}"#.to_owned()
            };
            put(data, &format!("{directory}/resource.json"), manifest);
            for file in ["config.json", "backupConfig.json", "users.json"] {
                if hostile.random.u8(..3) != 0 {
                    put(data, &format!("{directory}/{file}"), hostile.body());
                }
            }
        }
    }
    for file in [".simulated-gateway.json", "commissioning.json", "modules.json", "redundancy.xml", "gateway.xml"] {
        if hostile.random.u8(..6) == 0 {
            put(data, file, hostile.body());
        }
    }
    if hostile.random.u8(..6) == 0 {
        put(data, &format!("{NETWORK}/uuid.txt"), hostile.text());
    }
}
