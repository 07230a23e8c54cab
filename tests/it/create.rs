//! What `create` writes: golden trees, the record, modes, and nothing where it refuses.

use std::os::unix::fs::PermissionsExt as _;

use crate::world::World;

fn golden(name: &str, arguments: &str) {
    let world = World::new();
    world.run(&format!("create demo {arguments}")).ends(0);
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.add_filter(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "DERIVED-UUID");
    settings.bind(|| insta::assert_snapshot!(name, world.tree("demo")));
}

#[test]
fn golden_basic() {
    golden("basic", "--arch basic");
}

#[test]
fn golden_scale_out_redundant() {
    golden("scale_out_redundant", "--arch scale-out --frontends 2 --redundant backend --database none");
}

#[test]
fn golden_hub_and_spoke_with_postgres() {
    golden(
        "hub_and_spoke",
        "--arch hub-and-spoke --spokes 2 --redundant hub --ignition-version 8.3.6 --base-port 9200",
    );
}

#[test]
fn golden_simulated_edge_pair_without_split() {
    golden("edge_pair", "--arch basic --edge-role gateway --redundant gateway --simulate");
}

#[test]
fn golden_scale_out_over_tls() {
    golden("scale_out_tls", "--arch scale-out --redundant backend --database none --gateway-network tls");
}

#[test]
fn golden_pair_behind_a_scaffolded_proxy() {
    golden("proxy_pair", "--arch basic --redundant gateway --database none --reverse-proxy scaffold");
}

#[test]
fn behind_a_proxy_nothing_is_published_and_every_label_is_there() {
    let world = World::new();
    world.run("create demo --arch basic --database none --reverse-proxy external --proxy-network web").ends(0);
    assert!(!world.project("demo/reverse-proxy").exists());
    let compose = fs_err::read_to_string(world.project("demo/docker-compose.yaml")).unwrap();
    for text in [
        "traefik.enable: \"true\"",
        "traefik.docker.network: web",
        "traefik.http.routers.demo.rule: Host(`demo.localtest.me`)",
        "traefik.http.routers.demo.entrypoints: web",
        "traefik.http.services.demo.loadbalancer.server.port: \"8088\"",
        "  proxy:\n    external: true\n    name: web\n",
        "      - -a\n      - demo.localtest.me\n      - -h\n      - \"80\"\n      - -s\n      - \"443\"\n      - --\n",
        "      - gateway.useProxyForwardedHeader=true\n",
    ] {
        assert!(compose.contains(text), "{text} is not in:\n{compose}");
    }
    assert!(!compose.contains("ports:"), "{compose}");
    let dump = world.run("create demo --arch basic --reverse-proxy external --proxy-network web --dry-run").ends(0).out;
    assert!(dump.contains("reverse_proxy:\n  mode: external\n  network: web\n"), "{dump}");
}

#[test]
fn a_proxy_that_would_leave_the_project_is_refused_and_nothing_is_written() {
    let world = World::new();
    for path in ["../escape", "/tmp/escape", "a/../../escape", "secrets", ".ignition-stack/x", "a\\b", "."] {
        let ran = world.run(&format!("create demo --arch basic --reverse-proxy scaffold --proxy-path {path}"));
        ran.ends(2).says("reverse_proxy.path");
    }
    world.run("create demo --arch basic --reverse-proxy external --proxy-path x").ends(2).says("mode scaffold");
    world
        .run("create demo --arch basic --reverse-proxy external --proxy-network host")
        .ends(2)
        .says("reverse_proxy.network");
    world.run("create demo --arch basic --proxy-network web").ends(2).says("--reverse-proxy");
    assert_eq!(fs_err::read_dir(world.path()).unwrap().count(), 0);
}

#[test]
fn keys_are_private_made_anew_for_another_directory_and_the_authoritys_is_for_the_project_alone() {
    let world = World::new();
    world.run("create demo --arch hub-and-spoke --spokes 2 --redundant hub --gateway-network tls").ends(0);
    let keys = |project: &str| {
        let folder = world.project(project).join("secrets");
        let files = fs_err::read_dir(&folder).unwrap().map(|file| file.unwrap());
        let keys = files.filter(|file| file.file_name().to_string_lossy().contains('.'));
        keys.map(|file| {
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            (file.file_name().into_string().unwrap(), fs_err::read(file.path()).unwrap())
        })
        .collect::<std::collections::BTreeMap<_, _>>()
    };
    let first = keys("demo");
    let names: Vec<_> = first.keys().map(String::as_str).collect();
    let expected =
        ["gateway-network-ca.crt", "gateway-network-ca.key", "hub-backup.pfx", "hub.pfx", "spoke-1.pfx", "spoke-2.pfx"];
    assert_eq!(names, expected);
    let dump = world.run("create demo --arch hub-and-spoke --spokes 2 --redundant hub --gateway-network tls --dry-run");
    let dump = dump.ends(0).out;
    assert!(dump.contains("gateway_network: tls") && dump.contains("gan_port: 8060"), "{dump}");
    fs_err::write(world.path().join("demo.yaml"), &dump).unwrap();
    fs_err::create_dir(world.path().join("there")).unwrap();
    world.run("create -f demo.yaml --output-dir there").ends(0);
    let second = keys("there/demo");
    assert!(first.iter().all(|(name, bytes)| second[name] != *bytes), "another authority, other keys");
    let compose = fs_err::read_to_string(world.project("demo/docker-compose.yaml")).unwrap();
    assert!(compose.contains("./secrets/hub.pfx:/seed/keys/hub.pfx:ro"));
    // What the authority signs with is named by nothing that a container could get it from.
    let text = world.tree("demo");
    for part in text.split("=== ").filter(|part| !part.starts_with("POST-SETUP.md")) {
        let told = part.lines().skip(1).any(|line| line.contains("gateway-network-ca.key"));
        assert!(!told, "{part}");
    }
    let record = fs_err::read_to_string(world.project("demo/.ignition-stack/config.json")).unwrap();
    assert!(!record.contains("PRIVATE") && !record.contains("pfx"));
}

#[test]
fn two_generations_differ_in_secrets_and_identity_only() {
    let (one, two) = (World::new(), World::new());
    for world in [&one, &two] {
        world.run("create demo --arch scale-out --frontends 3 --redundant backend --gateway-network tls").ends(0);
    }
    // Identities and what is derived from them: uuids, and the hash over a container that is seeded with one.
    let neutral = |world: &World| {
        let derived = |word: &str| {
            let hex = word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
            hex && (word.len() == 64 || (word.len() == 36 && word.bytes().filter(|b| *b == b'-').count() == 4))
        };
        let words = |line: &str| {
            let words = line.split_inclusive([' ', '"']).filter(|w| !derived(w.trim_end_matches([' ', '"'])));
            words.collect::<String>()
        };
        world.tree("demo").lines().map(words).collect::<Vec<_>>().join("\n")
    };
    assert!(neutral(&one) == neutral(&two), "the trees differ in more than secrets and identities");
    assert_ne!(
        fs_err::read_to_string(one.project("demo/secrets/admin-password")).unwrap(),
        fs_err::read_to_string(two.project("demo/secrets/admin-password")).unwrap()
    );
}

#[test]
fn dry_run_writes_nothing_and_prints_the_record() {
    let world = World::new();
    let yaml = world.run("create demo --arch scale-out --redundant backend --dry-run").ends(0).out;
    assert!(yaml.starts_with("version: 1\nname: demo\nstack_id: "), "{yaml}");
    assert!(yaml.contains("backend-backup") && yaml.contains("mode: backup"));
    let json = world.run("create demo --arch scale-out --redundant backend --dry-run --output-format json").ends(0).out;
    let record: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(record["gateways"][2]["redundancy"]["peer"], "backend");
    assert_eq!(record["gateways"][0]["gan_outgoing"], serde_json::json!(["backend", "backend-backup"]));
    let keys: Vec<&str> = json.lines().filter_map(|l| l.strip_prefix("  \"")?.split('"').next()).collect();
    assert_eq!(
        keys,
        [
            "version",
            "name",
            "stack_id",
            "architecture",
            "ignition_image",
            "timezone",
            "admin_username",
            "gateway_network",
            "network_split",
            "bind_address",
            "reverse_proxy",
            "gateways",
            "service_instances"
        ]
    );
    assert_eq!(fs_err::read_dir(world.path()).unwrap().count(), 0);
}

#[test]
fn secrets_are_private_and_stand_in_their_files_only() {
    let world = World::new();
    fs_err::write(world.path().join("pw"), "s3cret-canary-value\n").unwrap();
    world.run("create demo --arch basic --admin-password-file pw").ends(0);
    let mode = |path: &str| fs_err::metadata(world.project(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("demo/secrets"), 0o700);
    assert_eq!(mode("demo/.env"), 0o600);
    for name in ["admin-password", "db-password"] {
        assert_eq!(mode(&format!("demo/secrets/{name}")), 0o600);
    }
    let secret = fs_err::read_to_string(world.project("demo/secrets/admin-password")).unwrap();
    assert_eq!(secret.trim(), "s3cret-canary-value");
    let text = world.tree("demo");
    assert!(!text.contains("s3cret-canary-value"), "the tree is shown with secrets replaced");
    let holders = text.split("=== ").filter(|part| part.contains("SECRET") && !part.contains("SECRET-")).count();
    assert!(holders >= 3, "both secret files and .env");
    for part in text.split("=== ").filter(|p| !p.starts_with("secrets/") && !p.starts_with(".env")) {
        assert!(!part.lines().any(|l| l.ends_with("SECRET")), "a secret outside its file: {part}");
    }
}

#[test]
fn what_is_there_is_never_written_over() {
    let world = World::new();
    fs_err::create_dir(world.project("demo")).unwrap();
    fs_err::write(world.project("demo/mine.txt"), "mine").unwrap();
    world.run("create demo --arch basic").ends(3).says("not empty");
    assert_eq!(fs_err::read_to_string(world.project("demo/mine.txt")).unwrap(), "mine");
    fs_err::write(world.project("file"), "mine").unwrap();
    world.run("create file --arch basic").ends(3).says("not a directory");
    assert_eq!(fs_err::read_dir(world.path()).unwrap().count(), 2, "no litter");
}

#[test]
fn a_broken_record_is_told_with_its_place() {
    let world = World::new();
    world.run("create demo --arch basic --simulate").ends(0);
    let record = world.project("demo/.ignition-stack/config.json");
    let good = fs_err::read_to_string(&record).unwrap();
    fs_err::write(&record, good.replace("9088", "\"many\"")).unwrap();
    world.run("up demo").ends(2).says("config.json is not a valid record").says("config.json:19:20]");
    fs_err::write(&record, good.replace("9088", "99999")).unwrap();
    world.run("up demo").ends(2).says("gateways[0].http_port: 99999 is not a port");
    fs_err::write(&record, good.replace("\"demo\"", "\"other\"")).unwrap();
    world.run("up demo").ends(2).says("it is the record of other");
}

#[test]
fn flags_beside_a_project_that_exists_go_as_far_as_the_engine() {
    let world = World::new();
    world.run("create demo --arch scale-out --frontends 2 --simulate").ends(0);
    let before = world.snapshot("demo");
    // Nothing is written without the engine that is not there.
    world.run("up demo --frontends 3").ends(4);
    crate::world::assert_same(&world.snapshot("demo"), &before);
    world.run("up demo --arch scale-out --frontends 2 --simulate").ends(4);
    world.run("up demo").ends(4);
}

#[test]
fn disabled_modules_go_into_the_record_and_the_whitelist() {
    let world = World::new();
    world.run("create demo --arch basic --redundant gateway --disable-builtin vision --disable-builtin sfc").ends(0);
    let compose = fs_err::read_to_string(world.project("demo/docker-compose.yaml")).unwrap();
    let lists: Vec<&str> = compose.lines().filter(|line| line.contains("GATEWAY_MODULES_ENABLED")).collect();
    assert_eq!(lists.len(), 2, "both nodes of the pair");
    assert!(lists[0] == lists[1] && lists[0].contains("perspective") && !lists[0].contains("vision"));
    world
        .run("create other --arch basic --disable-builtin ?")
        .ends(2)
        .says("known: alarm-notification, allen-bradley-driver");
    world.run("create demo --update --disable-builtin vision").ends(0);
    let compose = fs_err::read_to_string(world.project("demo/docker-compose.yaml")).unwrap();
    assert!(compose.contains("com.inductiveautomation.sfc"));
}
