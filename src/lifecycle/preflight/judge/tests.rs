//! The judge's words, whole, for each kind of trouble.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::super::facts::{PortUse, Question, Wanted, WantedImage, WantedPort};
use super::judge;
use crate::architecture::{Choice, Database, build};
use crate::catalog::image;
use crate::engine::foreign::{ForeignObject, Kind};
use crate::engine::{AddressPool, Around, Facts, PublishedBy};
use crate::stack::{Architecture, Name, Stack, resolve};

const ID: u128 = 7;

fn facts() -> Facts {
    Facts {
        api_version: "1.41".to_owned(),
        engine_version: "20.10.24".to_owned(),
        memory_bytes: 16 << 30,
        architecture: "x86_64".to_owned(),
        os: "linux".to_owned(),
        kernel: "6.1".to_owned(),
        root_directory: Some(PathBuf::from("/var/lib/docker")),
        address_pools: Vec::new(),
        clock_ahead_ms: Some(20),
        rootless: false,
    }
}

fn around() -> Around {
    Around { published: Vec::new(), subnets: vec!["172.17.0.0/16".parse().unwrap()] }
}

fn question<'a>(engine: &'a Facts, around: &'a Around) -> Question<'a> {
    Question {
        endpoint: "unix:///d.sock (default)".to_owned(),
        local: true,
        host: None,
        engine,
        around,
        free_bytes: Some(100 << 30),
        routes: Vec::new(),
        unprivileged_from: None,
        program: "linux/amd64".to_owned(),
        wanted: None,
    }
}

fn stack(spokes: u32, simulated: bool) -> Stack {
    let choice = Choice {
        spokes: Some(spokes),
        stack_id: Some(uuid::Uuid::from_u128(ID)),
        database: Some(Database::None),
        image: simulated.then(|| image::simulated(image::DEFAULT_VERSION)),
        ..Choice::of("demo", Architecture::HubAndSpoke)
    };
    resolve(&build(&choice).unwrap()).unwrap()
}

fn port(member: &str, address: &str, used: PortUse) -> WantedPort {
    WantedPort {
        member: Name::parse(member).unwrap(),
        container: format!("demo-{member}-1"),
        address: address.parse().unwrap(),
        used,
    }
}

fn published(address: &str, container: &str, stack: Option<(&str, u128)>) -> PublishedBy {
    let stack = stack.map(|(name, id)| (name.to_owned(), Some(uuid::Uuid::from_u128(id).to_string())));
    PublishedBy { address: address.parse().unwrap(), container: container.to_owned(), stack }
}

fn wanted(stack: &Stack) -> Wanted<'_> {
    Wanted {
        stack,
        exists: false,
        force: false,
        proven: true,
        never_pull: false,
        ports: Vec::new(),
        images: Vec::new(),
        new_networks: 1,
        foreign: Vec::new(),
        missing_proxy_network: None,
        proxy_scaffold: None,
    }
}

/// Everything, a line each: state, topic, member, what was seen, advice.
fn told(question: &Question<'_>) -> String {
    judge(question).iter().fold(String::new(), |mut text, f| {
        let member = f.member.as_ref().map(|m| format!("{m}: ")).unwrap_or_default();
        let advice = f.advice.as_ref().map(|a| format!(" | {a}")).unwrap_or_default();
        let code = if f.state.word() == "problem" { format!(" ({})", f.class.exit_code()) } else { String::new() };
        writeln!(text, "{}{code} {}: {member}{}{advice}", f.state.word(), f.topic.word(), f.seen).unwrap();
        text
    })
}

/// The lines about one thing.
fn of_topic(topic: &str, question: &Question<'_>) -> String {
    let all = told(question);
    all.lines().filter(|line| line.contains(topic)).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_engine_in_order() {
    let (engine, around) = (facts(), around());
    insta::assert_snapshot!(told(&question(&engine, &around)), @"
    ok engine: unix:///d.sock (default), Docker 20.10.24, API 1.41
    ok platform: containers of linux/amd64
    ok memory: the engine has 16.0 GiB
    ok disk: 100.0 GiB free in /var/lib/docker
    ok address pools: 30 of 31 subnets are free
    ok clock: differs by less than 5 s from here
    ");
}

#[test]
fn an_engine_that_says_little_is_unknown_and_not_in_order() {
    let (engine, around) = (Facts::default(), Around::default());
    let question = Question { free_bytes: None, ..question(&engine, &around) };
    insta::assert_snapshot!(told(&question), @"
    unknown engine: unix:///d.sock (default), Docker , API : the version of its API is not understood | docker version shows what it says of itself
    unknown platform: the engine does not say what its containers are
    unknown memory: the engine does not say how much memory it has | docker info | grep Memory
    unknown disk: the engine keeps its data in a directory that it does not tell, which is not seen from here | df on its host; docker system df shows what its objects take
    ok address pools: 31 of 31 subnets are free
    unknown clock: the engine does not tell its time
    ");
}

#[test]
fn an_engine_that_is_too_old_full_late_and_of_another_kind() {
    let mut engine = Facts { api_version: "1.40".to_owned(), os: "windows".to_owned(), ..facts() };
    engine.clock_ahead_ms = Some(-125_000);
    engine.address_pools = vec![AddressPool { base: "10.9.0.0/23".parse().unwrap(), size: 24 }];
    let around =
        Around { subnets: vec!["10.9.0.0/24".parse().unwrap(), "10.9.1.0/28".parse().unwrap()], ..Around::default() };
    let question = Question { free_bytes: Some(100 << 20), ..question(&engine, &around) };
    insta::assert_snapshot!(told(&question), @"
    problem (4) engine: unix:///d.sock (default), Docker 20.10.24, API 1.40: older than 1.41 (Docker 20.10) | update the engine
    problem (4) platform: containers of windows, gateways need Linux | switch the engine to Linux containers
    ok memory: the engine has 16.0 GiB
    problem (4) disk: 100 MiB free in /var/lib/docker | docker system df shows what takes the room
    problem (4) address pools: 0 of 2 subnets are free, and one network will be made | remove networks that nobody needs (docker network prune), or add default-address-pools to the engine's daemon.json
    warning clock: the engine's clock is 2m 5s behind this machine's | set both by NTP: certificates, trial times and logs --since go by them (a virtual machine may need a restart)
    ");
}

#[test]
fn the_built_in_pools_are_31_subnets_and_routes_take_some_of_them() {
    let (engine, around) = (facts(), around());
    let pools =
        |question: &Question<'_>| told(question).lines().find(|l| l.contains("address pools")).unwrap().to_owned();
    assert_eq!(pools(&question(&engine, &around)), "ok address pools: 30 of 31 subnets are free");
    let routes = |texts: &[&str]| texts.iter().map(|t| t.parse().unwrap()).collect();
    let wide = Question { routes: routes(&["172.16.0.0/12", "192.168.0.0/17"]), ..question(&engine, &around) };
    assert_eq!(pools(&wide), "ok address pools: 8 of 31 subnets are free");
    let stack = stack(1, true);
    let few = Wanted { new_networks: 2, ..wanted(&stack) };
    let one = Question {
        routes: routes(&["172.16.0.0/12", "192.168.0.0/17", "192.168.128.0/18", "192.168.192.0/19"]),
        wanted: Some(few.clone()),
        ..question(&engine, &around)
    };
    assert!(
        pools(&one).starts_with("warning address pools: 2 of 31 subnets are free: none is left"),
        "{}",
        pools(&one)
    );
    let none = Question {
        routes: routes(&["172.16.0.0/12", "192.168.0.0/16"]),
        wanted: Some(few),
        ..question(&engine, &around)
    };
    assert!(pools(&none).starts_with("problem (4) address pools: 0 of 31 subnets are free, and 2 networks"));
}

#[test]
fn every_port_in_the_way_is_named_with_who_has_it() {
    let engine = facts();
    let stack = stack(7, true);
    let around = Around {
        published: vec![
            published("0.0.0.0:9089", "web", None),
            published("127.0.0.1:9090", "other-hub-1", Some(("other", 8))),
            // A stack of the same name is another one by its identity.
            published("127.0.0.1:9091", "demo-spoke-3-1", Some(("demo", 8))),
            // The stack's own: kept, or made anew.
            published("127.0.0.1:9092", "demo-spoke-4-1", Some(("demo", ID))),
            // Of other members that give theirs up.
            published("127.0.0.1:9093", "demo-spoke-4-1", Some(("demo", ID))),
            published("127.0.0.1:9094", "demo-hub-1", Some(("demo", ID))),
            published("[::]:9095", "six", None),
        ],
        ..around()
    };
    let ports = vec![
        port("hub", "127.0.0.1:9088", PortUse::Process(Some("nginx (process 4711)".to_owned()))),
        port("spoke-1", "127.0.0.1:9089", PortUse::Free),
        port("spoke-2", "127.0.0.1:9090", PortUse::Free),
        port("spoke-3", "127.0.0.1:9091", PortUse::Free),
        port("spoke-4", "127.0.0.1:9092", PortUse::NotSeen),
        port("spoke-4", "127.0.0.1:9093", PortUse::NotSeen),
        port("spoke-5", "127.0.0.1:9093", PortUse::NotSeen),
        port("spoke-6", "127.0.0.1:9094", PortUse::NotSeen),
        port("spoke-7", "127.0.0.1:9095", PortUse::Free),
        port("spoke-7", "[::1]:9095", PortUse::Free),
        port("spoke-7", "127.0.0.1:9096", PortUse::Process(None)),
        port("spoke-7", "10.1.2.3:9097", PortUse::NoSuchAddress),
        port("spoke-7", "127.0.0.1:443", PortUse::Free),
        port("spoke-7", "127.0.0.1:9098", PortUse::NotSeen),
    ];
    let question = Question { wanted: Some(Wanted { ports, ..wanted(&stack) }), ..question(&engine, &around) };
    insta::assert_snapshot!(of_topic("ports:", &question), @"
    problem (4) ports: hub: port 127.0.0.1:9088 is taken by nginx (process 4711) | end what listens there; or choose other ports: --base-port, --auto-ports
    problem (4) ports: spoke-1: port 127.0.0.1:9089 is taken by container web | docker stop web; or choose other ports: --base-port, --auto-ports
    problem (4) ports: spoke-2: port 127.0.0.1:9090 is taken by container other-hub-1 of stack other | ignition-stack down other; or choose other ports: --base-port, --auto-ports
    problem (4) ports: spoke-3: port 127.0.0.1:9091 is taken by container demo-spoke-3-1 | docker stop demo-spoke-3-1; or choose other ports: --base-port, --auto-ports
    problem (4) ports: spoke-7: port [::1]:9095 is taken by container six | docker stop six; or choose other ports: --base-port, --auto-ports
    problem (4) ports: spoke-7: port 127.0.0.1:9096 is taken by something else | end what listens there (ss -ltnp shows it); or choose other ports: --base-port, --auto-ports
    problem (4) ports: spoke-7: port 10.1.2.3:9097 cannot be opened: the engine's host has no address 10.1.2.3 | choose one of its addresses (ip address shows them), or 127.0.0.1: --bind-address
    ok ports: 127.0.0.1:9095, 443 are free
    ok ports: 127.0.0.1:9092, 9093, 9093, 9094 are in use by the stack's own containers
    unknown ports: 127.0.0.1:9098: whether a process listens there is not seen from here | the engine tells when a container starts
    ");
}

#[test]
fn ports_in_a_row_are_told_as_a_range() {
    let (engine, around, stack) = (facts(), around(), stack(900, true));
    let numbered = (9088..=9988).chain([10_001, 10_003, 10_004]);
    let mut ports: Vec<_> = numbered.map(|n| port("hub", &format!("127.0.0.1:{n}"), PortUse::Free)).collect();
    ports.push(port("hub", "[::1]:10005", PortUse::Free));
    ports.push(port("hub", "[::1]:65535", PortUse::Free));
    let question = Question { wanted: Some(Wanted { ports, ..wanted(&stack) }), ..question(&engine, &around) };
    let told = of_topic("ports:", &question);
    assert_eq!(told.trim(), "ok ports: 127.0.0.1:9088 to 9988, 10001, 10003, 10004, [::1]:10005, 65535 are free");
}

#[test]
fn an_engine_without_the_rights_of_root_opens_no_low_port() {
    let engine = Facts { rootless: true, ..facts() };
    let (around, stack) = (around(), stack(0, true));
    let ports = vec![port("hub", "127.0.0.1:443", PortUse::Free)];
    let wanted = Wanted { ports, exists: true, ..wanted(&stack) };
    let mut question = Question { wanted: Some(wanted), ..question(&engine, &around) };
    let ports = |question: &Question<'_>| told(question).lines().find(|l| l.contains("ports:")).unwrap().to_owned();
    insta::assert_snapshot!(ports(&question), @"problem (4) ports: hub: port 127.0.0.1:443 is below 1024: the engine runs without the right to open it | give it the right (sysctl net.ipv4.ip_unprivileged_port_start); or change http_port in .ignition-stack/config.json, or let --auto-ports choose");
    question.unprivileged_from = Some(443);
    assert_eq!(ports(&question), "ok ports: 127.0.0.1:443 is free");
}

#[test]
fn an_engine_elsewhere_shows_what_its_containers_publish_and_no_more() {
    let engine = facts();
    let around = Around { published: vec![published("127.0.0.1:9089", "web", None)], ..around() };
    let stack = stack(1, true);
    let ports =
        vec![port("hub", "127.0.0.1:9088", PortUse::NotSeen), port("spoke-1", "127.0.0.1:9089", PortUse::NotSeen)];
    let ports = [ports, vec![port("spoke-2", "0.0.0.0:9090", PortUse::Process(None))]].concat();
    let question = Question {
        endpoint: "tcp://10.0.0.7:2376 (from DOCKER_HOST)".to_owned(),
        local: false,
        host: Some("10.0.0.7".to_owned()),
        free_bytes: None,
        wanted: Some(Wanted { ports, ..wanted(&stack) }),
        ..question(&engine, &around)
    };
    insta::assert_snapshot!(told(&question), @"
    ok engine: tcp://10.0.0.7:2376 (from DOCKER_HOST), Docker 20.10.24, API 1.41
    ok platform: containers of linux/amd64
    ok memory: the engine has 16.0 GiB, the stack needs about 20 MiB
    unknown disk: the engine keeps its data in /var/lib/docker, which is not seen from here | df on its host; docker system df shows what its objects take
    ok address pools: 30 of 31 subnets are free of other networks
    ok clock: differs by less than 5 s from here
    problem (2) reach: the ports bind to 127.0.0.1 of 10.0.0.7, which this machine does not reach: nothing can be proven from here | --bind-address with an address of 10.0.0.7, or 0.0.0.0 (then others reach the gateways, too); or start them with --no-wait
    problem (4) ports: spoke-1: port 127.0.0.1:9089 is taken by container web | docker stop web; or choose other ports: --base-port, --auto-ports
    problem (4) ports: spoke-2: port 0.0.0.0:9090 is taken by something else on 10.0.0.7 | end what listens there (ss -ltnp shows it); or choose other ports: --base-port, --auto-ports
    unknown ports: 127.0.0.1:9088: no container on 10.0.0.7 publishes it, and whether a process there has it is not seen from here | the engine tells when a container starts
    ok objects: nothing of others has a name that demo needs
    ");
}

#[test]
fn images_are_there_pulled_built_or_in_the_way() {
    let (engine, around, stack) = (facts(), around(), stack(1, false));
    let image = |reference: &str, simulated, platform: Option<&str>| WantedImage {
        reference: reference.to_owned(),
        simulated,
        platform: platform.map(str::to_owned),
    };
    let images = vec![
        image("there:1", false, Some("linux/amd64")),
        image("other:1", false, Some("linux/arm64")),
        image("missing:1", false, None),
        image("own:1", true, None),
    ];
    let wanted = Wanted { images, ..wanted(&stack) };
    let lines = |question: &Question<'_>| of_topic("image:", question);
    let question = Question { wanted: Some(wanted.clone()), ..question(&engine, &around) };
    insta::assert_snapshot!(lines(&question), @"
    ok image: there:1 is there
    warning image: other:1 is for linux/arm64 and the engine is linux/amd64: it runs under emulation, if at all | docker pull --platform linux/amd64 other:1
    unknown image: missing:1 is not there; up pulls it, if its registry can be reached and has it | docker pull missing:1 tells beforehand
    ok image: own:1 is not there; up builds it
    ");
    let never = Wanted { never_pull: true, ..wanted };
    let question = Question { wanted: Some(never), program: "linux/arm64".to_owned(), ..question };
    insta::assert_snapshot!(lines(&question), @"
    ok image: there:1 is there
    warning image: other:1 is for linux/arm64 and the engine is linux/amd64: it runs under emulation, if at all | docker pull --platform linux/amd64 other:1
    problem (4) image: missing:1 is not on this engine, and --pull never was given | docker load, or docker pull missing:1; or leave --pull never out
    problem (4) image: own:1 holds this program, which is for linux/arm64, and the engine is linux/amd64 | run ignition-stack on a machine of the engine's kind, or use real gateways: leave --simulate out
    ");
}

#[test]
fn the_memory_advisory_objects_of_others_and_a_proxy_that_is_not_there() {
    let (engine, around, stack) = (facts(), around(), stack(12, false));
    let object = |kind, name: &str, stack: Option<&str>, bare| ForeignObject {
        kind,
        name: name.to_owned(),
        stack: stack.map(str::to_owned),
        bare,
    };
    let foreign = vec![
        object(Kind::Container, "demo-hub-1", None, false),
        object(Kind::Volume, "demo_hub-data", Some("demo"), false),
        object(Kind::Volume, "demo_spoke-data", None, true),
    ];
    let wanted = Wanted {
        foreign,
        missing_proxy_network: Some("proxy".to_owned()),
        proxy_scaffold: Some("reverse-proxy".to_owned()),
        ..wanted(&stack)
    };
    let asked = Question { wanted: Some(wanted.clone()), free_bytes: Some(2 << 30), ..question(&engine, &around) };
    insta::assert_snapshot!(told(&asked), @"
    ok engine: unix:///d.sock (default), Docker 20.10.24, API 1.41
    ok platform: containers of linux/amd64
    problem (3) memory: 13 gateways need about 19.5 GiB of memory and the engine has 16.0 GiB; a stack that does not fit starts slowly, or its gateways are killed for memory | choose fewer gateways, give the engine more memory, or pass --force
    warning disk: 2.0 GiB free in /var/lib/docker, where about 6.5 GiB should be | docker system df shows what takes the room
    ok address pools: 30 of 31 subnets are free
    ok clock: differs by less than 5 s from here
    problem (3) objects: container demo-hub-1 was not made for this stack | choose another name; or see whose it is (ignition-stack list) and take that down, when it is not needed
    problem (3) objects: volume demo_hub-data (of another stack named demo) was not made for this stack | choose another name; or see whose it is (ignition-stack list) and take that down, when it is not needed
    problem (3) objects: volume demo_spoke-data was not made for this stack | docker volume rm demo_spoke-data   (when nobody needs what is in it: an engine that ends while it makes a volume leaves one without labels, and empty)
    problem (2) proxy: there is no network proxy on this engine, on which the reverse proxy reaches the gateways | ignition-stack create demo with the same words, then docker compose -f demo/reverse-proxy/docker-compose.yaml up -d, then up
    ");
    let forced = Question { wanted: Some(Wanted { force: true, ..wanted }), ..question(&engine, &around) };
    assert!(told(&forced).contains("warning memory: 13 gateways need about 19.5 GiB"), "{}", told(&forced));
}

#[test]
fn gateways_on_the_loopback_of_another_machine_are_never_reached() {
    let (engine, around) = (facts(), around());
    let local = stack(1, true);
    let on = |bind: &str| Stack { bind_address: bind.parse().unwrap(), ..local.clone() };
    let told = |stack: &Stack, host: Option<&str>, proven| {
        let wanted = Some(Wanted { proven, ..wanted(stack) });
        of_topic("reach: ", &Question { host: host.map(str::to_owned), wanted, ..question(&engine, &around) })
    };
    let away = Some("10.0.0.7");
    insta::assert_snapshot!(told(&on("127.0.0.1"), away, true), @"problem (2) reach: the ports bind to 127.0.0.1 of 10.0.0.7, which this machine does not reach: nothing can be proven from here | --bind-address with an address of 10.0.0.7, or 0.0.0.0 (then others reach the gateways, too); or start them with --no-wait");
    insta::assert_snapshot!(told(&on("::1"), away, false), @"warning reach: the ports bind to ::1 of 10.0.0.7, which this machine does not reach: nothing can be proven from here | --bind-address with an address of 10.0.0.7, or 0.0.0.0 (then others reach the gateways, too)");
    assert_eq!(told(&on("127.0.0.1"), None, true), "");
    for bind in ["0.0.0.0", "::", "10.0.0.7"] {
        assert_eq!(told(&on(bind), away, true), "", "{bind}");
    }
}
