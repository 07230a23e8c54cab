//! Exit codes, refusals and their words.

use crate::world::World;

#[test]
fn the_documented_exit_code_follows_each_kind_of_mistake() {
    let world = World::new();
    for (arguments, code, said) in [
        ("", 2, "Usage"),
        ("ups", 2, "unrecognized subcommand 'ups'"),
        ("create", 2, "<NAME>"),
        ("create Demo --arch basic", 2, "lower-case letter"),
        ("create ../demo --arch basic", 2, "lower-case letter"),
        ("create demo", 2, "known: basic, scale-out, hub-and-spoke"),
        ("create demo --arch scaleout", 2, "a similar value exists: 'scale-out'"),
        ("create demo --arch basic --spokes 2", 2, "--spokes: is for hub-and-spoke, and this stack is basic"),
        ("create demo --arch scale-out --edge-role backend", 2, "leaf edition"),
        ("create demo --arch scale-out --redundant frontend-1", 2, "a frontend scales out instead"),
        ("create demo --arch basic --image a --ignition-version 8.3.9", 2, "cannot be used with"),
        ("create demo --arch basic --image ignition-stack/simulated-gateway:1", 2, "reserved for simulated gateways"),
        ("create demo --arch basic --ignition-version latest", 2, "not a version"),
        (
            "up demo --arch basic --simulate --ignition-version 8.1.44",
            2,
            "play Ignition 8.3 only, not 8.1.44; name a version",
        ),
        ("create demo --arch basic --simulate --image x", 2, "cannot be used with"),
        ("create demo --arch basic --bind-address everywhere", 2, "bind_address"),
        ("create demo --arch basic --memory 1", 2, "memory_mb"),
        ("create demo --arch basic --admin-password-file none", 2, "none"),
        ("create demo --arch basic --output-format json", 2, "--dry-run"),
        ("create demo --arch basic -o nowhere", 2, "nowhere"),
        ("create demo --arch hub-and-spoke --spokes 9", 3, "pass --force"),
        ("create demo --arch hub-and-spoke --spokes 100000 --force", 2, "65535"),
        ("up", 2, "no ignition-stack project"),
        ("up demo", 2, "which architecture"),
        ("up demo --arch basic --timeout soon", 2, "a time is written like 90s, 5m or 1h30m"),
        ("verify --wait abc", 2, "a time is written like 90s, 5m or 1h30m"),
        ("logs --since yesterday", 2, "a time is written like 90s, 5m or 1h30m"),
        ("up demo --arch basic", 4, "no-such.sock"),
        ("verify", 4, "no-such.sock"),
        ("list", 4, "DOCKER_HOST"),
        ("down demo", 4, "no-such.sock"),
        ("down demo --yes-delete-data=demo", 2, "--delete-data"),
    ] {
        world.run(arguments).ends(code).says(said);
    }
    assert_eq!(fs_err::read_dir(world.path()).unwrap().count(), 0, "a refused command writes nothing");
}

#[test]
fn version_and_help_go_to_stdout() {
    let world = World::new();
    assert_eq!(world.run("--version").ends(0).out, format!("ignition-stack {}\n", env!("CARGO_PKG_VERSION")));
    for arguments in ["--help", "up --help", "down --help"] {
        let ran = world.run(arguments).ends(0);
        assert!(ran.out.contains("Usage: ignition-stack") && ran.err.is_empty());
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(world.run(&format!("completions {shell}")).ends(0).out.contains("ignition-stack"));
    }
}

#[test]
fn with_json_a_failure_is_one_document_on_stdout() {
    let world = World::new();
    let ran = world.run("--output json up demo --arch basic").ends(4);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["exit_code"], 4);
    assert!(told["error"]["what"].as_str().unwrap().contains("no-such.sock"));
    assert!(told["error"]["advice"].as_str().unwrap().contains("Docker"));
}

#[test]
fn with_json_wrong_words_are_one_document_too_and_told_on_stderr_as_ever() {
    let world = World::new();
    for (arguments, what, advice) in [
        ("ups", "unrecognized subcommand 'ups'", "a similar subcommand exists: 'up'"),
        ("", "no command is named", "--help"),
        ("create", "required arguments were not provided", "--help"),
        ("create demo --arch scaleout", "invalid value 'scaleout'", "'scale-out'"),
        ("up demo --timeout soon", "'--timeout <DURATION>'", "--help"),
        ("up demo --arch basic --\u{202e}foo", "--\u{202e}foo", "--"),
        ("restore", "required arguments were not provided", "--help"),
    ] {
        let ran = world.run(&format!("--output json {arguments}")).ends(2);
        let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.out));
        assert_eq!((&told["exit_code"], &told["error"]["class"]), (&2.into(), &"usage".into()), "{told:#}");
        assert!(told["error"]["what"].as_str().unwrap().contains(what), "{told:#}");
        assert!(told["error"]["advice"].as_str().unwrap().contains(advice), "{told:#}");
        assert!(!ran.out.contains('\u{202e}'));
        if arguments.is_empty() {
            continue; // Without any word at all it is the help that is shown.
        }
        let human = world.run(arguments).ends(2);
        assert_eq!((human.out.as_str(), human.err), ("", ran.err.replace(" --output <OUTPUT>", "")));
    }
    assert!(world.run("--output json --help").ends(0).out.starts_with("Generates"), "help is text");
}

#[test]
fn a_file_to_restore_that_is_not_named_is_missed() {
    let world = World::new();
    world.run("restore demo").ends(2).says("names no file").says("ignition-stack restore demo FILE");
    world.run("create demo --arch basic --database none").ends(0);
    world.run("restore demo").ends(2).says("ignition-stack restore demo FILE");
    let snapshots = world.project("demo").join("snapshots");
    fs_err::create_dir(&snapshots).unwrap();
    for taken in ["demo-20261124T125000Z.tar", "demo-20261125T010000Z.tar"] {
        fs_err::write(snapshots.join(taken), "x").unwrap();
    }
    world.run("restore demo").ends(2).says("ignition-stack restore demo demo/snapshots/demo-20261125T010000Z.tar");
    world.run("restore demo.tar").ends(2).says("no ignition-stack project");
}

#[test]
fn the_simulated_gateway_says_what_is_wrong_with_its_arguments() {
    let world = World::new();
    let ran = world.run("simulate-gateway -x");
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("-x"), "{}", ran.out);
}
