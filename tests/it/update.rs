//! Changing a project that exists, without an engine: `create --update`, and what `up` would write.

use crate::world::{World, assert_same};

const COMPOSE: &str = "docker-compose.yaml";

fn text(world: &World, path: &str) -> String {
    fs_err::read_to_string(world.project("demo").join(path)).unwrap()
}

/// The tree of a second project made from the first one's dump: what `create` would have written.
fn rebuilt(world: &World, name: &str) -> String {
    let fresh = World::new();
    fs_err::write(fresh.project("dump.json"), text(world, ".ignition-stack/config.json")).unwrap();
    fresh.run(&format!("create {name} -f dump.json")).ends(0);
    fresh.tree(name)
}

#[test]
fn a_grown_project_is_what_create_makes_of_its_record() {
    let world = World::new();
    world.run("create demo --arch scale-out --simulate").ends(0);
    let ran = world.run("create demo --update --frontends 3 --redundant backend --memory 1024").ends(0);
    assert!(ran.out.contains("added    services/frontend-3/"), "{}", ran.out);
    assert!(
        ran.out.contains("changed  docker-compose.yaml") && ran.out.contains("next: ignition-stack up demo"),
        "{}",
        ran.out
    );
    assert_same(&world.tree("demo"), &rebuilt(&world, "demo"));
    let record: serde_json::Value = serde_json::from_str(&text(&world, ".ignition-stack/config.json")).unwrap();
    let names: Vec<_> = record["gateways"].as_array().unwrap().iter().map(|g| g["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["frontend", "frontend-2", "frontend-3", "backend", "backend-backup"]);
    let ran = world.run("create demo --update --frontends 3").ends(0);
    assert!(ran.out.contains("nothing to change"), "{}", ran.out);
    let ran = world.run("create demo --update --frontends 1").ends(0);
    assert!(ran.out.contains("removed  services/frontend-3/"), "{}", ran.out);
    assert!(!world.project("demo/services/frontend-3").exists());
    assert_same(&world.tree("demo"), &rebuilt(&world, "demo"));
}

#[test]
fn an_edited_record_is_followed_and_left_as_it_was_typed() {
    let world = World::new();
    world.run("create demo --arch basic --simulate").ends(0);
    let record = text(&world, ".ignition-stack/config.json").replace("9088", "  9123 ");
    fs_err::write(world.project("demo/.ignition-stack/config.json"), &record).unwrap();
    let dry = world.run("create demo --update --dry-run").ends(0);
    assert!(dry.out.contains("http_port: 9123"), "{}", dry.out);
    assert!(text(&world, COMPOSE).contains("9088"), "a dry run writes nothing");
    world.run("create demo --update").ends(0);
    assert!(text(&world, COMPOSE).contains("9123") && !text(&world, COMPOSE).contains("9088"));
    assert_eq!(text(&world, ".ignition-stack/config.json"), record);
}

#[test]
fn a_keystore_that_no_gateway_can_use_is_refused_before_anything_is_written() {
    let world = World::new();
    world.run("create demo --arch scale-out --gateway-network tls --simulate").ends(0);
    let good = fs_err::read(world.project("demo/secrets/frontend.pfx")).unwrap();
    fs_err::write(world.project("demo/secrets/backend.pfx"), "junk\n").unwrap();
    let before = world.tree("demo");
    let ran = world.run("create demo --update --frontends 2").ends(2);
    assert!(
        ran.err.contains("secrets/backend.pfx, the keystore of backend: the keystore cannot be used"),
        "{}",
        ran.err
    );
    assert_same(&world.tree("demo"), &before);
    // Somebody else's that can be used is taken as it is.
    fs_err::write(world.project("demo/secrets/backend.pfx"), good).unwrap();
    world.run("create demo --update --frontends 2").ends(0);
}

#[test]
fn a_proxy_is_put_in_front_moved_and_taken_away_again() {
    let world = World::new();
    world.run("create demo --arch basic --redundant gateway --simulate").ends(0);
    let without = world.tree("demo");
    world.run("create demo --update --reverse-proxy scaffold --proxy-network web --proxy-path front").ends(0);
    world.run("create demo --update --proxy-address localhost:8080").ends(0);
    let record = text(&world, ".ignition-stack/config.json");
    for kept in ["\"network\": \"web\"", "\"path\": \"front\"", "\"address\": \"localhost:8080\""] {
        assert!(record.contains(kept), "{kept}: {record}");
    }
    assert!(text(&world, "front/docker-compose.yaml").contains("127.0.0.1:8080:80"), "where the proxy listens");
    assert!(text(&world, COMPOSE).contains("      - -h\n      - \"8080\"\n"), "{}", text(&world, COMPOSE));
    assert!(text(&world, "POST-SETUP.md").contains("http://demo-gateway.localtest.me:8080"));
    assert_same(&world.tree("demo"), &rebuilt(&world, "demo"));
    let ran = world.run("create demo --update --reverse-proxy none").ends(0);
    assert!(ran.out.contains("removed  front/"), "{}", ran.out);
    assert_same(&world.tree("demo"), &without);
    world.run("create demo --update --proxy-address localhost:1").ends(2).says("is for a stack behind a proxy");
    world
        .run("create demo --update --reverse-proxy external --proxy-address nowhere")
        .ends(2)
        .says("reverse_proxy.address");
    assert_same(&world.tree("demo"), &without);
}

#[test]
fn files_edited_by_hand_are_kept_and_named_until_overwrite() {
    let world = World::new();
    world.run("create demo --arch basic --simulate").ends(0);
    let mine = text(&world, COMPOSE) + "# mine\n";
    fs_err::write(world.project("demo").join(COMPOSE), &mine).unwrap();
    let ran = world.run("create demo --update --base-port 9200").ends(0);
    assert!(
        ran.out.contains("kept     docker-compose.yaml   (edited by hand; --overwrite writes it anew)"),
        "{}",
        ran.out
    );
    assert_eq!(text(&world, COMPOSE), mine);
    let ran = world.run("--output json create demo --update").ends(0);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&json["command"], &json["kept"][0]), (&"update".into(), &COMPOSE.into()), "{json}");
    world.run("create demo --update --overwrite").ends(0);
    assert!(text(&world, COMPOSE).contains("9200") && !text(&world, COMPOSE).contains("# mine"));
    assert_same(&world.tree("demo"), &rebuilt(&world, "demo"));
}

#[test]
fn what_cannot_be_changed_is_refused_with_the_reason_and_nothing_is_written() {
    let world = World::new();
    world.run("create demo --arch hub-and-spoke --simulate").ends(0);
    let before = world.snapshot("demo");
    fs_err::write(world.project("password"), "another-one").unwrap();
    for (flags, code, said) in [
        ("--arch basic", 2, "the stack is hub-and-spoke"),
        ("--frontends 2", 2, "has no frontends"),
        ("--edge-role none", 2, "an edition is chosen when the stack is made"),
        ("--database none", 2, "before its first start"),
        ("--admin-username root", 2, "would not come to be"),
        ("--image inductiveautomation/ignition:8.3.9", 2, "whose data real ones cannot use"),
        ("--spokes 100000", 2, "at most 1000"),
        ("--admin-password-file password", 3, "is not the password that was given"),
        ("--memory 1", 2, "memory_mb"),
    ] {
        let ran = world.run(&format!("create demo --update {flags}")).ends(code).says(said);
        assert!(!ran.err.contains("another-one"));
        assert_same(&world.snapshot("demo"), &before);
    }
    world.run("create demo --arch basic").ends(3).says("create demo --update");
    world.run("create other --update").ends(2).says("no ignition-stack project other");
    world.run("create --update").ends(2).says("no ignition-stack project");
}

#[test]
fn the_same_words_and_the_right_password_change_nothing() {
    let world = World::new();
    world.run("create demo --arch hub-and-spoke --spokes 2 --simulate").ends(0);
    let before = world.snapshot("demo");
    fs_err::copy(world.project("demo/secrets/admin-password"), world.project("password")).unwrap();
    let same = "--arch hub-and-spoke --spokes 2 --simulate --admin-password-file password --auto-ports";
    let ran = world.run(&format!("create demo --update {same}")).ends(0);
    assert!(ran.out.contains("nothing to change"), "{}", ran.out);
    fs_err::copy(world.project("demo/.ignition-stack/config.json"), world.project("dump.json")).unwrap();
    world.run("create -f dump.json --update").ends(0);
    assert_same(&world.snapshot("demo"), &before);
}

#[test]
fn a_project_of_an_older_version_without_the_list_keeps_what_differs() {
    let world = World::new();
    world.run("create demo --arch basic --simulate").ends(0);
    fs_err::remove_file(world.project("demo/.ignition-stack/files.json")).unwrap();
    let old = text(&world, COMPOSE);
    let ran = world.run("create demo --update --base-port 9300").ends(0);
    assert!(ran.out.contains("kept     docker-compose.yaml"), "{}", ran.out);
    assert_eq!(text(&world, COMPOSE), old);
    world.run("create demo --update --overwrite").ends(0);
    assert!(text(&world, COMPOSE).contains("9300"));
    // From then on it has its list.
    world.run("create demo --update --base-port 9400").ends(0);
    assert!(text(&world, COMPOSE).contains("9400"));
}
