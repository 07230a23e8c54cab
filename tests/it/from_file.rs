//! `--from-file`: dumps come back byte for byte, files of the Python tool load, and whatever is wrong is told with its place.

use std::collections::BTreeMap;
use std::path::Path;

use crate::world::World;

/// Every file of a project but its secrets, as bytes.
fn bytes(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, directory: &Path, into: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs_err::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                walk(root, &path, into);
            } else if name != ".env" && !name.starts_with("secrets/") {
                into.insert(name, fs_err::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

const RECORD: &str = ".ignition-stack/config.json";

#[test]
fn a_dump_is_the_record_and_rebuilds_the_same_tree() {
    for shape in [
        "--arch basic --redundant gateway --edge-role gateway",
        "--arch scale-out --frontends 3 --redundant backend --timezone Europe/Berlin --admin-username ops",
        "--arch hub-and-spoke --spokes 2 --database none --bind-address ::1 --memory 512 --simulate",
    ] {
        let world = World::new();
        world.run(&format!("create demo {shape}")).ends(0);
        let record = fs_err::read_to_string(world.project("demo").join(RECORD)).unwrap();
        let json = world.run(&format!("create demo -f demo/{RECORD} --dry-run --output-format json")).ends(0);
        assert_eq!(json.out, record, "--dry-run prints the record's bytes");
        assert_eq!(json.err, "");
        let yaml = world.run(&format!("create demo -f demo/{RECORD} --dry-run")).ends(0).out;
        fs_err::write(world.project("dump.yaml"), &yaml).unwrap();
        fs_err::write(world.project("dump.json"), &json.out).unwrap();
        assert_eq!(
            world.run("create demo -f dump.yaml --dry-run").ends(0).out,
            yaml,
            "resolving twice changes nothing"
        );
        for file in ["dump.yaml", "dump.json"] {
            fs_err::create_dir(world.project("again")).unwrap();
            world.run(&format!("create demo -f {file} -o again")).ends(0);
            assert!(bytes(&world.project("demo")) == bytes(&world.project("again/demo")), "{file} of {shape}");
            fs_err::remove_dir_all(world.project("again")).unwrap();
        }
    }
}

fn identity(world: &World, project: &str) -> String {
    let record = fs_err::read_to_string(world.project(project).join(RECORD)).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    format!("{} {}", record["name"].as_str().unwrap(), record["stack_id"].as_str().unwrap())
}

#[test]
fn another_name_or_the_flag_gives_a_new_identity_and_the_name_that_is_typed_wins() {
    let world = World::new();
    world.run("create demo --arch basic").ends(0);
    fs_err::copy(world.project("demo").join(RECORD), world.project("dump.json")).unwrap();
    let original = identity(&world, "demo");
    world.run("create other -f dump.json").ends(0);
    assert!(identity(&world, "other").starts_with("other "));
    assert_ne!(identity(&world, "other")[6..], original[5..]);
    fs_err::create_dir(world.project("new")).unwrap();
    world.run("create -f dump.json --new-identity -o new").ends(0);
    assert!(identity(&world, "new/demo").starts_with("demo "));
    assert_ne!(identity(&world, "new/demo"), original);
    fs_err::create_dir(world.project("same")).unwrap();
    world.run("create -f dump.json -o same").ends(0);
    assert_eq!(identity(&world, "same/demo"), original);
    world.run("create demo --arch basic --new-identity").ends(2).says("--from-file");
}

#[test]
fn flags_that_shape_a_stack_are_refused_beside_a_file_and_named() {
    let world = World::new();
    world.run("create demo --arch basic --database none").ends(0);
    fs_err::copy(world.project("demo").join(RECORD), world.project("dump.json")).unwrap();
    for flags in [
        "--arch basic",
        "--frontends 2",
        "--spokes 2",
        "--network-split",
        "--no-network-split",
        "--edge-role none",
        "--database none",
        "--image x",
        "--ignition-version 8.3.9",
        "--simulate",
        "--base-port 9100",
        "--bind-address ::1",
        "--memory 1024",
        "--timezone UTC",
        "--admin-username ops",
    ] {
        let flag = flags.split(' ').next().unwrap();
        for verb in ["create", "up"] {
            let said = format!("{flag} cannot stand beside --from-file");
            world.run(&format!("{verb} new -f dump.json {flags}")).ends(2).says(&said);
        }
    }
    world.run("create new -f dump.json --arch basic --memory 512").ends(2).says("--arch, --memory cannot stand beside");
    assert!(!world.project("new").exists());
}

#[test]
fn redundant_is_applied_to_what_was_loaded() {
    let world = World::new();
    world.run("create demo --arch scale-out --database none").ends(0);
    let from = format!("-f demo/{RECORD}");
    let made = world.run(&format!("create demo {from} --redundant backend --dry-run")).ends(0).out;
    assert!(made.contains("name: backend-backup"), "{made}");
    fs_err::write(world.project("pair.yaml"), &made).unwrap();
    assert_eq!(world.run("create demo -f pair.yaml --redundant backend --dry-run").ends(0).out, made);
    world.run(&format!("create demo {from} --redundant hub --dry-run")).ends(2).says("it has: frontend, backend");
    world.run(&format!("create demo {from} --redundant frontend --dry-run")).ends(2).says("scales out instead");
}

#[test]
fn every_problem_of_a_file_is_told_with_its_line() {
    let world = World::new();
    let text = "version: 1\nname: demo\narchitecture: scale-out\ngateways:\n  - name: a\n    role: frontend\n    http_port: 9088\n    gan_outgoing: [ghost]\n  - name: b\n    role: backend\n    http_port: 9088\n";
    fs_err::write(world.project("stack.yaml"), text).unwrap();
    let ran = world.run("create demo -f stack.yaml").ends(2);
    for said in [
        "stack.yaml is not a valid configuration: 2 problems",
        "gateways[0].gan_outgoing[0]: there is no gateway \"ghost\"",
        "[stack.yaml:8:20]",
        "8 │     gan_outgoing: [ghost]",
        "gateways[1].http_port: 9088 is a's port as well as b's",
        "[stack.yaml:11:16]",
    ] {
        assert!(ran.err.contains(said), "wanted {said:?} in\n{}", ran.err);
    }
    let ran = world.run("--output json create demo -f stack.yaml").ends(2);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let problems = told["error"]["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 2);
    assert_eq!(problems[1]["path"], "gateways[1].http_port");
    assert_eq!(problems[1]["place"], serde_json::json!({ "line": 11, "column": 16 }));
    assert!(!world.project("demo").exists());
}

#[test]
fn passwords_of_a_predecessors_file_go_into_secrets_with_a_notice() {
    let world = World::new();
    let text = "name: old\nadmin_password: canary-admin\ndatabase: {kind: postgres, password: canary-db}\ngateways:\n- name: gateway\n  http_port: 9200\n";
    fs_err::write(world.project("old.yaml"), text).unwrap();
    let ran = world.run("create plant -f old.yaml").ends(0);
    let ran = ran.says("admin_password into secrets/admin-password, database.password into secrets/db-password");
    assert!(!ran.err.contains("canary") && !ran.out.contains("canary"));
    let secret = |name: &str| fs_err::read_to_string(world.project("plant/secrets").join(name)).unwrap();
    assert_eq!((secret("admin-password").trim(), secret("db-password").trim()), ("canary-admin", "canary-db"));
    for (path, content) in bytes(&world.project("plant")) {
        assert!(!String::from_utf8_lossy(&content).contains("canary"), "{path} holds a password");
    }
    // A password that no compose reads back is refused with its place, and not shown.
    fs_err::write(world.project("old.yaml"), text.replace("canary-admin", "\"can'ary\"")).unwrap();
    let ran = world.run("create other -f old.yaml").ends(2).says("admin_password: cannot be a password of the project");
    assert!(!ran.err.contains("can'ary"), "{}", ran.err);
    // As is one of the wrong type.
    fs_err::write(world.project("old.yaml"), text.replace("canary-admin", "31415926")).unwrap();
    let ran = world.run("create other -f old.yaml").ends(2).says("admin_password: is a number");
    assert!(!ran.err.contains("31415926"), "{}", ran.err);
}

#[test]
fn up_takes_a_file_and_knows_it_again() {
    let world = World::new();
    world.run("create demo --arch basic --simulate --database none").ends(0);
    fs_err::copy(world.project("demo").join(RECORD), world.project("dump.json")).unwrap();
    // As far as the engine that is not there.
    world.run("up demo -f dump.json").ends(4);
    world.run("up -f dump.json").ends(4);
    let other = fs_err::read_to_string(world.project("dump.json")).unwrap().replace("9088", "9099");
    fs_err::write(world.project("dump.json"), other).unwrap();
    // Another port is a change; a real stack in the place of a simulated one, or a new identity, is not.
    world.run("up demo -f dump.json").ends(4);
    world.run("up demo -f dump.json --new-identity").ends(3).says("has its identity");
    let real = fs_err::read_to_string(world.project("dump.json")).unwrap();
    let real = real.replace("ignition-stack/simulated-gateway", "inductiveautomation/ignition");
    fs_err::write(world.project("dump.json"), real).unwrap();
    world.run("up demo -f dump.json").ends(3).says("has simulated gateways, whose data real ones cannot use");
}

#[test]
fn a_file_may_come_from_standard_input_and_must_be_one() {
    let world = World::new();
    world.run("create demo -f -").ends(2).says("standard input is not a valid configuration").says("it is empty");
    world.run("create demo -f nowhere.yaml").ends(2).says("nowhere.yaml");
    world.run("create demo -f .").ends(2).says("not a regular file");
    fs_err::write(world.project("binary"), b"\xff\xfe").unwrap();
    world.run("create demo -f binary").ends(2).says("not UTF-8");
}

#[test]
fn the_schema_is_printed_and_names_every_key_of_a_dump() {
    let world = World::new();
    let schema: serde_json::Value = serde_json::from_str(&world.run("schema").ends(0).out).unwrap();
    let dump = world.run("create demo --arch scale-out --dry-run --output-format json").ends(0).out;
    let dump: serde_json::Value = serde_json::from_str(&dump).unwrap();
    for key in dump.as_object().unwrap().keys() {
        assert!(schema["properties"].get(key).is_some(), "{key}");
    }
    assert!(jsonschema::is_valid(&schema, &dump));
}

#[test]
fn auto_ports_leave_out_what_is_taken_and_the_record_keeps_them() {
    let world = World::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let shape = format!("--arch basic --database none --base-port {port}");
    world.run(&format!("create demo {shape} --auto-ports")).ends(0);
    let record = fs_err::read_to_string(world.project("demo").join(RECORD)).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert!(record["gateways"][0]["http_port"].as_u64().unwrap() > u64::from(port));
    world.run(&format!("create same {shape}")).ends(0);
    // The same words go on with the ports that the record has, as far as the engine that is not there.
    world.run(&format!("up demo {shape} --auto-ports")).ends(4);
}

#[test]
fn an_unknown_key_hides_nothing_else_that_is_wrong() {
    let world = World::new();
    let file = "version: 1\nname: demo\narchitecture: basic\ncolour: red\ntimezone: Mars/Olympus\ngateways:\n  \
                - {name: gateway, role: gateway, http_port: 9088}\n";
    fs_err::write(world.project("stack.yaml"), file).unwrap();
    let told = world.run("create -f stack.yaml --output json").ends(2);
    let report: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    let problems = report["error"]["problems"].as_array().unwrap();
    let paths: Vec<_> = problems.iter().map(|problem| problem["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["colour", "timezone"], "{report:#}");
}
