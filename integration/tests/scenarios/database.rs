//! Intent: the database starts first and is waited for, its password opens it over TCP, and what it logs cannot harm a terminal.

use std::collections::BTreeMap;
use std::time::Instant;

use ignition_stack_integration::engine::{MEMBER, STACK};
use ignition_stack_integration::postgres::Postgres;
use ignition_stack_integration::{World, telling};

#[test]
fn a_stack_with_postgres() {
    let began = Instant::now();
    // Before the world, so that it goes after the containers that use it.
    let postgres = match Postgres::build() {
        Ok(postgres) => postgres,
        Err(why) => return telling::left_out(&why, "database"),
    };
    let Some(world) = World::open("database") else { return };
    world.time("PostgreSQL's image", began.elapsed());
    world.create_edited(&["--arch", "basic", "--database", "postgres"], |record| {
        record["service_instances"][0]["image"] = postgres.image.clone().into();
    });
    let report = world.up_again();
    assert_eq!(report["verified"], true, "{report:#}");
    world.time("up", std::time::Duration::from_secs_f64(report["seconds"].as_f64().unwrap()));

    let containers = world.engine.containers(&format!("{STACK}={}", world.name()));
    let mut members = containers.iter().filter_map(|c| c.labels.as_ref()?.get(MEMBER));
    let database = members.find(|member| *member != "gateway").unwrap();
    let container = world.container(database);
    assert_eq!(world.status(database)["state"], "healthy");
    let (first, then) = (world.engine.started_at(&container), world.engine.started_at(&world.container("gateway")));
    assert!(first < then, "the database was started at {first}, the gateway at {then}");

    the_password_opens_it(&world, &container);
    its_log_is_harmless(&world, database, &container);
}

/// Asks for the host's address in the container's network, where a password is needed.
fn the_password_opens_it(world: &World, container: &str) {
    let folder = world.project(world.name()).join("secrets");
    let gateways = "admin-password";
    let file = std::fs::read_dir(&folder).unwrap().flatten().find(|f| f.file_name() != gateways).unwrap();
    let password = std::fs::read_to_string(file.path()).unwrap().trim().to_owned();
    let networks = world.engine.inspect(container).network_settings.and_then(|s| s.networks).unwrap();
    let address = networks.into_values().find_map(|endpoint| endpoint.ip_address).unwrap();
    let query = ["psql", "-h", &address, "-U", "ignition", "-d", "ignition", "-Atc", "select 6 * 7, current_user"];
    let login = |password: &str| {
        let env = BTreeMap::from([("PGPASSWORD".to_owned(), password.to_owned())]);
        world.engine.exec(container, &query, &env)
    };
    assert_eq!(login(&password), (Some(0), "42|ignition\n".to_owned()));
    let (code, said) = login("another");
    assert!(code != Some(0) && said.contains("password authentication failed"), "{code:?} {said}");
    assert!(!world.engine.inspect_json(container).to_string().contains(&password), "it is not in what inspect shows");
    assert!(!world.engine.logs(container).contains(&password));
}

fn its_log_is_harmless(world: &World, database: &str, container: &str) {
    // Escape sequences, a carriage return and a C1 control, through the server's own log.
    let hostile = "do $$ begin raise log '%', 'before' || chr(27) || ']52;c;aGk=' || chr(7) || chr(27) || '[2Jmiddle' \
                   || chr(13) || chr(155) || 'after'; end $$";
    let (code, said) = world.engine.exec(container, &["psql", "-U", "ignition", "-c", hostile], &BTreeMap::new());
    assert_eq!(code, Some(0), "{said}");
    assert!(world.engine.logs(container).contains("\u{1b}[2Jmiddle"), "the server logs it raw");
    let logs = world.run(&["logs", world.name(), database]).expect(0);
    assert!(logs.stdout.contains("middle") && logs.stdout.contains("after"), "{}", logs.stdout);
    let raw = logs.stdout.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(raw, None, "{:?}", logs.stdout);
}
