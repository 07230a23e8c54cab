//! The Docker adapter against a real engine: what it makes, repairs, refuses and takes away. Without an engine each test
//! says that it was skipped; with `CI=true` that is a failure.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "test code outside of test functions too")]

#[path = "engine_docker/holders.rs"]
mod holders;
#[path = "engine_docker/world.rs"]
mod world;

use std::net::{IpAddr, TcpListener};

use futures_util::StreamExt;
use ignition_stack::blueprint::{Blueprint, GATEWAY_DATA, SeedWhen};
use ignition_stack::engine::docker::{Docker, EndpointSettings, LogRange, Op, Purpose, Removed, Scope};
use ignition_stack::engine::{ContainerState, Engine, EngineError, Health, Policy, Refusal, Secrets};
use ignition_stack::stack::Name;
use ignition_stack_integration::Proxy;
use world::{World, connect, docker, docker_text, files};

#[tokio::test]
async fn a_stack_is_made_seeded_and_then_left_alone() {
    let Some(world) = World::new("a_stack_is_made_seeded_and_then_left_alone").await else { return };
    let want = world.blueprint();
    world.up(&want).await.unwrap();
    assert_eq!(world.plan_text(&want).await, "nothing to do\n");

    let gateway = world.container_name("gw");
    let found = files(&gateway, GATEWAY_DATA);
    let secret = format!("canary-{}", world.id);
    let expected = [
        "0644 2003:0 data/.ignition-stack-seeded The files that this volume was to be given before the first start are complete.".to_owned(),
        "0755 2003:0 data/config/".to_owned(),
        "0755 2003:0 data/config/a/".to_owned(),
        "0644 2003:0 data/config/a/b.json first".to_owned(),
        format!("0400 2003:0 data/config/token {secret}"),
        "0644 2003:0 data/redundancy.xml every".to_owned(),
    ];
    assert_eq!(found[1..], expected, "the first entry is the volume's own directory");
    assert_eq!(files(&gateway, "/run/secrets/admin-password"), [format!("0400 2003:0 admin-password {secret}")]);
    assert!(!docker_text(&["inspect", &gateway]).contains(&secret), "a secret shows in inspect");

    let volume = format!("{}_gw-data", world.name);
    assert_eq!(
        docker_text(&["volume", "inspect", "-f", "{{index .Labels \"ignition-stack.stack\"}}", &volume]),
        world.name.as_str()
    );
    let mounted = docker_text(&[
        "inspect",
        "-f",
        "{{(index .Mounts 0).Name}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.Memory}} {{.Config.Hostname}} {{.Config.StopTimeout}}",
        &gateway,
    ]);
    assert_eq!(mounted, format!("{volume} unless-stopped 67108864 gw 5"));

    let mut members = world.engine.members(&world.name, None).await.unwrap();
    members.sort_by(|a, b| a.member.cmp(&b.member));
    assert_eq!(members.iter().map(|m| m.member.as_str()).collect::<Vec<_>>(), ["db", "gw"]);
    assert!(members.iter().all(|m| m.state == ContainerState::Running && m.image == world.image));
    assert_eq!(members[0].health, Some(Health::Healthy), "the gateway started only after it");
    let networks: Vec<&String> = members[1].addresses.keys().collect();
    assert_eq!(networks, [&format!("{}_backend", world.name), &format!("{}_frontend", world.name)]);
    let facts = world.engine.facts().await.unwrap();
    assert!(facts.memory_bytes > 0 && facts.os == "linux" && facts.api_version.starts_with("1."), "{facts:?}");
}

#[tokio::test]
async fn a_cold_start_is_cheap_and_an_unchanged_stack_costs_a_few_reads() {
    let Some(mut world) = World::new("a_cold_start_is_cheap_and_an_unchanged_stack_costs_a_few_reads").await else {
        return;
    };
    let Some(engine) = world.engine.endpoint().host.strip_prefix("unix://") else {
        eprintln!("SKIPPED the counting of calls: {} is no socket", world.engine.endpoint());
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let proxy = Proxy::start(dir.path(), engine);
    let settings = EndpointSettings { docker_host: Some(proxy.host()), ..Default::default() };
    let connect = || async { Docker::connect(&settings).await.unwrap() };
    let mut want = world.blueprint();
    want.networks.truncate(1);
    want.containers.remove(0);
    want.containers[0].after.clear();
    want.containers[0].networks.truncate(1);
    let gateways = 4;
    for i in 1..gateways {
        let mut next = want.containers[0].clone();
        next.member = Name::parse(&format!("gw-{i}")).unwrap();
        next.name = world.container_name(next.member.as_str());
        next.mounts[0].volume = format!("gw-{i}-data");
        want.containers.push(next);
    }
    world.engine = connect().await;
    world.up(&want).await.unwrap();
    let calls = proxy.take();
    assert_eq!(calls.mutating().len(), 1 + 3 * gateways, "{calls}");
    world.engine = connect().await;
    assert_eq!(world.plan_text(&want).await, "nothing to do\n");
    let calls = proxy.take();
    assert!(calls.len() == 5 && calls.mutating().is_empty(), "{calls}");
}

#[tokio::test]
async fn only_what_differs_is_repaired_and_the_gateways_files_stay() {
    let Some(world) = World::new("only_what_differs_is_repaired_and_the_gateways_files_stay").await else { return };
    let mut want = world.blueprint();
    world.up(&want).await.unwrap();
    let (gateway, database) = (world.container_name("gw"), world.container_name("db"));
    let kept = docker_text(&["inspect", "-f", "{{.Id}} {{.State.StartedAt}}", &database]);
    let dir = tempfile::tempdir().unwrap();
    for file in ["b.json", "redundancy.xml"] {
        std::fs::write(dir.path().join(file), "changed").unwrap();
    }
    let from = |file: &str| dir.path().join(file).display().to_string();
    docker(&["cp", &from("b.json"), &format!("{gateway}:{GATEWAY_DATA}/config/a/b.json")]);
    docker(&["cp", &from("redundancy.xml"), &format!("{gateway}:{GATEWAY_DATA}/redundancy.xml")]);
    docker(&["rm", "-f", &gateway]);
    insta::assert_snapshot!(world.plan_text(&want).await.replace(&world.image, "IMAGE"), @r"
    create container S-gw-1 from IMAGE  (missing)
    connect container S-gw-1 to network S_backend  (missing)
    seed container S-gw-1  (missing)
    start container S-gw-1  (missing)
    ");
    world.up(&want).await.unwrap();
    let text = files(&gateway, GATEWAY_DATA).join("\n");
    assert!(text.contains("b.json changed"), "a file that the gateway owns was put back: {text}");
    assert!(text.contains("redundancy.xml every"), "a file that we own was not put back: {text}");
    assert_eq!(docker_text(&["inspect", "-f", "{{.Id}} {{.State.StartedAt}}", &database]), kept);

    docker(&["network", "disconnect", &format!("{}_frontend", world.name), &gateway]);
    assert_eq!(
        world.plan_text(&want).await,
        "connect container S-gw-1 to network S_frontend  (detached from the network)\n"
    );
    world.up(&want).await.unwrap();
    docker(&["pause", &gateway]);
    docker(&["stop", &database]);
    insta::assert_snapshot!(world.plan_text(&want).await, @r"
    start container S-db-1  (stopped)
    unpause container S-gw-1  (paused)
    ");
    world.up(&want).await.unwrap();

    want.containers[1].config_hash = "other".to_owned();
    assert!(
        world
            .plan_text(&want)
            .await
            .starts_with("stop container S-gw-1  (configuration changed)\nremove container S-gw-1")
    );
    world.up(&want).await.unwrap();
    assert_eq!(world.plan_text(&want).await, "nothing to do\n");

    // A network made anew while its container was stopped: the container cannot start again as it is.
    docker(&["stop", &gateway]);
    docker(&["network", "rm", &format!("{}_frontend", world.name)]);
    assert!(world.plan_text(&want).await.contains("remove container S-gw-1  (network changed)"));
    world.up(&want).await.unwrap();

    want.containers.pop();
    assert_eq!(
        world.plan_text(&want).await,
        "stop container S-gw-1  (no longer part of the stack)\nremove container S-gw-1  (no longer part of the stack)\n"
    );
    world.up(&want).await.unwrap();
    docker(&["volume", "inspect", &format!("{}_gw-data", world.name)]);
}

/// Does one operation, forgets everything, looks again, and so on until nothing is left to do.
async fn converge_by_single_steps(world: &mut World, want: &Blueprint) {
    let mut last = String::new();
    for _ in 0..40 {
        world.engine = connect().await.unwrap();
        let plan = world.plan(want).await;
        let steps: Vec<_> = plan.steps().collect();
        let Some(first) = steps.first() else { return };
        // Whether a container was seeded is seen only by the seeding itself: after that the start is due.
        let due = if first.op.to_string() == last { 2 } else { 1 };
        last = first.op.to_string();
        for step in &steps[..due] {
            world.engine.apply(&step.op, &world.secrets()).await.unwrap();
        }
    }
    panic!("no end after 40 steps: {}", world.plan_text(want).await);
}

#[tokio::test]
async fn an_interruption_after_any_operation_is_made_good() {
    let Some(mut world) = World::new("an_interruption_after_any_operation_is_made_good").await else { return };
    let mut want = world.blueprint();
    converge_by_single_steps(&mut world, &want).await;
    let marked = files(&world.container_name("gw"), GATEWAY_DATA).join("\n");
    assert!(marked.contains(".ignition-stack-seeded") && marked.contains("b.json first"), "{marked}");
    want.containers[1].config_hash = "other".to_owned();
    converge_by_single_steps(&mut world, &want).await;
    let members = world.engine.members(&world.name, None).await.unwrap();
    assert!(members.len() == 2 && members.iter().all(|m| m.state == ContainerState::Running), "{members:?}");
    let found = world.engine.stacks().await.unwrap();
    let ours = found.iter().find(|s| s.name == world.name.as_str()).unwrap();
    assert_eq!((ours.networks, ours.volumes), (2, 2), "nothing was made twice");
}

#[tokio::test]
async fn a_new_image_under_the_tag_makes_its_containers_anew() {
    let Some(mut world) = World::new("a_new_image_under_the_tag_makes_its_containers_anew").await else { return };
    world.take_own_image().await;
    let mut want = world.blueprint();
    want.containers.truncate(1);
    world.up(&want).await.unwrap();
    let dockerfile = "FROM scratch\nCOPY program /program\nENTRYPOINT [\"/program\"]\n";
    let same = World::build_input(dockerfile, "first");
    assert!(!world.engine.ensure_simulated(&world.image, &same).await.unwrap().built, "the executable is the same");
    let other = World::build_input(dockerfile, "second");
    let built = world.engine.ensure_simulated(&world.image, &other).await.unwrap();
    assert!(built.built && built.superseded.is_some(), "{built:?}");
    assert!(world.plan_text(&want).await.starts_with("stop container S-db-1  (image changed)\n"));
    world.up(&want).await.unwrap();
    assert_eq!(world.plan_text(&want).await, "nothing to do\n");
}

#[tokio::test]
async fn a_taken_port_is_named_and_the_next_run_goes_on() {
    let Some(world) = World::new("a_taken_port_is_named_and_the_next_run_goes_on").await else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut want = world.blueprint();
    want.containers[1].ports = vec![World::published(address.port())];
    let error = world.up(&want).await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, EngineError::PortTaken { .. }), "{text}");
    assert!(text.contains(&world.container_name("gw")) && text.contains(&address.to_string()), "{text}");
    drop(listener);
    insta::assert_snapshot!(world.plan_text(&want).await, @r"
    seed container S-gw-1  (created, never started)
    start container S-gw-1  (created, never started)
    ");
    world.up(&want).await.unwrap();
    let members = world.engine.members(&world.name, None).await.unwrap();
    let gateway = members.iter().find(|m| m.member.as_str() == "gw").unwrap();
    assert_eq!(gateway.published[&8088], (IpAddr::from([127, 0, 0, 1]), address.port()));
}

/// Each object that a refusal names, in words.
fn told_of(refusal: &Refusal) -> Vec<String> {
    refusal.objects.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn foreign_objects_are_refused_and_survive_every_removal() {
    let Some(world) = World::new("foreign_objects_are_refused_and_survive_every_removal").await else { return };
    let want = world.blueprint();
    let foreign = format!("{}_gw-data", world.name);
    docker(&["volume", "create", &foreign]);
    let have = world.engine.observe(&want).await.unwrap();
    let refusal = Docker::plan(&want, &have, &Policy::default()).unwrap_err();
    assert_eq!(told_of(&refusal), [format!("volume {foreign}")]);
    assert!(refusal.objects[0].bare, "it may be what an engine left that ended while it made it");
    docker(&["volume", "rm", &foreign]);

    world.up(&want).await.unwrap();
    let beside = format!("{}_canary", world.name);
    docker(&["volume", "create", &beside]);
    let twin = format!("{}_twin", world.name);
    let label = format!("ignition-stack.stack={}", world.name);
    docker(&["volume", "create", "--label", &label, "--label", "ignition-stack.stack-id=another", &twin]);
    assert!(world.engine.delete_volumes(&world.scope()).await.is_err(), "volumes in use");
    let found = world.engine.stacks().await.unwrap();
    let ours: Vec<_> = found.iter().filter(|s| s.name == world.name.as_str()).collect();
    assert_eq!(ours.len(), 2, "two stacks of one name");
    let removed = world.engine.down(&world.scope()).await.unwrap();
    assert_eq!((removed.containers.len(), removed.networks.len()), (2, 2));
    assert_eq!(world.engine.down(&world.scope()).await.unwrap(), Removed::default(), "twice is no error");
    let found = world.engine.stacks().await.unwrap();
    let ours = found.iter().find(|s| s.id == Some(world.id.to_string())).expect("only volumes are left");
    assert_eq!((ours.volumes, ours.networks, ours.members.len()), (2, 0, 0));
    let removed = world.engine.delete_volumes(&world.scope()).await.unwrap();
    assert_eq!(removed.volumes.len(), 2);
    docker(&["volume", "inspect", &beside, &twin]);
    let have = world.engine.observe(&want).await.unwrap();
    let refusal = Docker::plan(&want, &have, &Policy::default()).unwrap_err();
    assert_eq!(told_of(&refusal), [format!("volume {twin} (of another stack named {})", world.name)]);
    docker(&["volume", "rm", &beside]);
}

/// Identities of the stack's own networks named for the key `backend`.
fn backends(world: &World) -> Vec<String> {
    let name = format!("{}_backend", world.name);
    let label = format!("label=ignition-stack.stack-id={}", world.id);
    let listed = docker_text(&["network", "ls", "--no-trunc", "--filter", &label, "--format", "{{.ID}} {{.Name}}"]);
    let ids = listed.lines().filter_map(|line| line.split_once(' '));
    ids.filter(|(_, n)| *n == name).map(|(id, _)| id.to_owned()).collect()
}

/// A second network of a name, as a run that looked too early makes it; nothing where the engine allows only one. The
/// command line refuses it, and so does the adapter.
async fn second_network(world: &World, want: &Blueprint, key: &str) -> Option<String> {
    let client = bollard::Docker::connect_with_host(&world.engine.endpoint().host).unwrap();
    let name = format!("{}_{key}", want.stack);
    let first = docker_text(&["network", "inspect", "-f", "{{json .Labels}}", &name]);
    let request = bollard::models::NetworkCreateRequest {
        name,
        labels: Some(serde_json::from_str(&first).unwrap()),
        ..Default::default()
    };
    match client.create_network(request).await {
        Ok(created) => Some(created.id),
        Err(bollard::errors::Error::DockerResponseServerError { status_code: 409, .. }) => None,
        Err(e) => panic!("{e}"),
    }
}

#[tokio::test]
async fn two_own_networks_of_one_name_are_mended_by_one_run() {
    let Some(world) = World::new("two_own_networks_of_one_name_are_mended_by_one_run").await else { return };
    let want = world.blueprint();
    world.up(&want).await.unwrap();
    let gateway = world.container_name("gw");
    let first = backends(&world);
    let Some(second) = second_network(&world, &want, "backend").await else {
        eprintln!("SKIPPED two_own_networks_of_one_name_are_mended_by_one_run: this engine allows one");
        return;
    };
    // Nobody is on the second: it goes, and the gateway starts as it is.
    docker(&["stop", &gateway]);
    let kept = docker_text(&["inspect", "-f", "{{.Id}}", &gateway]);
    assert_eq!(
        world.plan_text(&want).await,
        "remove network S_backend  (a second network of this name)\nstart container S-gw-1  (stopped)\n"
    );
    world.up(&want).await.unwrap();
    assert_eq!(docker_text(&["inspect", "-f", "{{.Id}}", &gateway]), kept);
    assert_eq!((world.plan_text(&want).await.as_str(), backends(&world)), ("nothing to do\n", first.clone()));
    assert_ne!(first, [second]);

    // One container on each, both running.
    docker(&["network", "disconnect", &first[0], &gateway]);
    let second = second_network(&world, &want, "backend").await.unwrap();
    docker(&["network", "connect", &second, &gateway]);
    let text = world.plan_text(&want).await;
    assert_eq!((text.matches("remove network").count(), text.matches("remove container").count()), (1, 1), "{text}");
    world.up(&want).await.unwrap();
    assert_eq!((world.plan_text(&want).await.as_str(), backends(&world).len()), ("nothing to do\n", 1));
}

#[tokio::test]
async fn runs_at_once_create_one_network() {
    let Some(world) = World::new("runs_at_once_create_one_network").await else { return };
    let want = world.blueprint();
    let plan = world.plan(&want).await;
    let create = plan.steps().find(|s| s.op.to_string().ends_with("_backend")).unwrap().op.clone();
    let secrets = world.secrets();
    let other = connect().await.unwrap();
    // One after the other, both having looked before: the first one's stays.
    world.engine.apply(&create, &secrets).await.unwrap();
    let first = backends(&world);
    other.apply(&create, &secrets).await.unwrap();
    assert_eq!((backends(&world), first.len()), (first.clone(), 1));
    // The late one goes on with what is there.
    for step in plan.steps().filter(|s| s.op != create) {
        other.apply(&step.op, &secrets).await.unwrap();
    }
    assert_eq!(world.plan_text(&want).await, "nothing to do\n");
    world.engine.down(&world.scope()).await.unwrap();
    let (one, two) = tokio::join!(world.engine.apply(&create, &secrets), other.apply(&create, &secrets));
    one.unwrap();
    two.unwrap();
    assert_eq!(backends(&world).len(), 1);
}

/// An engine of 20.10 that looks for a cached layer fails when another image is removed meanwhile.
#[tokio::test]
async fn images_come_and_go_while_others_are_built() {
    let Some(world) = World::new("images_come_and_go_while_others_are_built").await else { return };
    let holders = (0..6).map(|n| {
        let stack = Name::parse(&format!("{}-{n}", world.name)).unwrap();
        let scope = Scope { stack, id: Some(world.id) };
        tokio::spawn(async move {
            let engine = connect().await.unwrap();
            for _ in 0..12 {
                let holder = engine.hold(&scope, &[], Purpose::Read).await.unwrap();
                engine.release(holder).await.unwrap();
            }
        })
    });
    let holders: Vec<_> = holders.collect();
    let mut builds = 0;
    while holders.iter().any(|holder| !holder.is_finished()) {
        let image = format!("{}:build-{builds}", world.name);
        let input = World::build_input("FROM scratch\nCOPY program /program\n", &builds.to_string());
        assert!(world.engine.ensure_simulated(&image, &input).await.unwrap().built);
        world.engine.remove_superseded(&image).await;
        builds += 1;
    }
    for holder in holders {
        holder.await.unwrap();
    }
    assert!(builds > 1, "{builds}");
}

#[tokio::test]
async fn another_stack_of_the_name_is_refused() {
    let Some(world) = World::new("another_stack_of_the_name_is_refused").await else { return };
    let want = world.blueprint();
    world.up(&want).await.unwrap();
    let label = format!("ignition-stack.stack={}", world.name);
    let theirs = ["--label", &label, "--label", "ignition-stack.stack-id=another"];
    let named = |kind: &str| format!("{}-their-{kind}", world.name);
    docker(&[&["network", "create"], &theirs[..], &[&named("network")]].concat());
    docker(&[&["volume", "create"], &theirs[..], &[&named("volume")]].concat());
    docker(&[&["create", "--name", &named("container")], &theirs[..], &[&world.image]].concat());
    let have = world.engine.observe(&want).await.unwrap();
    let refusal = Docker::plan(&want, &have, &Policy::default()).unwrap_err();
    let told = |kind: &str| format!("{kind} {} (of another stack named {})", named(kind), world.name);
    assert_eq!(told_of(&refusal), ["network", "volume", "container"].map(told));
}

#[tokio::test]
async fn members_stop_start_and_restart() {
    let Some(world) = World::new("members_stop_start_and_restart").await else { return };
    world.up(&world.blueprint()).await.unwrap();
    let only = [Name::parse("gw").unwrap()];
    world.heard("gw").await;
    assert_eq!(world.engine.stop(&world.scope(), &only).await.unwrap(), only);
    let members = world.engine.members(&world.name, None).await.unwrap();
    let gateway = members.iter().find(|m| m.member == only[0]).unwrap();
    assert_eq!(gateway.state, ContainerState::Exited { code: Some(0) });
    assert_eq!(world.engine.start(&world.scope(), &[]).await.unwrap(), only, "the other one runs");
    let started = || docker_text(&["inspect", "-f", "{{.State.StartedAt}}", &world.container_name("gw")]);
    let before = started();
    assert_eq!(world.engine.restart(&world.scope(), &[]).await.unwrap().len(), 2);
    assert_ne!(started(), before);
    let error = world.engine.stop(&world.scope(), &[Name::parse("nobody").unwrap()]).await.unwrap_err();
    assert!(error.to_string().contains("nobody"), "{error}");
}

#[tokio::test]
async fn logs_come_line_by_line_with_their_member() {
    let Some(world) = World::new("logs_come_line_by_line_with_their_member").await else { return };
    world.up(&world.blueprint()).await.unwrap();
    world.heard("gw").await;
    assert_eq!(world.engine.tail(&world.container_name("gw"), 1).await.unwrap().len(), 1);
    let all = ["db", "gw"].map(|m| (Name::parse(m).unwrap(), world.container_name(m)));
    let lines: Vec<_> = world.engine.logs(&all, LogRange::default()).map(Result::unwrap).collect().await;
    let mut told: Vec<String> = lines.iter().map(|l| format!("{}: {}", l.member, l.text)).collect();
    told.sort();
    assert_eq!(told, ["db: hello from err", "db: hello from out", "gw: hello from err", "gw: hello from out"]);
    let follow = LogRange { follow: true, ..LogRange::default() };
    let mut stream = world.engine.logs(&all, follow);
    for _ in 0..4 {
        stream.next().await.unwrap().unwrap();
    }
    docker(&["rm", "-f", &all[0].1, &all[1].1]);
    assert!(stream.next().await.is_none(), "the stream ends with its containers");
    let error = world.engine.tail(&all[0].1, 1).await.unwrap_err();
    assert!(error.to_string().contains(&all[0].1), "{error}");
}

#[tokio::test]
async fn a_service_that_crashes_ends_the_wait() {
    let Some(world) = World::new("a_service_that_crashes_ends_the_wait").await else { return };
    let mut want = world.blueprint();
    want.containers[0].command = vec!["crash".to_owned()];
    let error = world.up(&want).await.unwrap_err();
    let EngineError::NotHealthy { container, timed_out, .. } = &error else { panic!("{error}") };
    assert_eq!((container, timed_out), (&world.container_name("db"), &false));
}

#[tokio::test]
async fn what_is_not_on_the_engine_is_named() {
    let Some(world) = World::new("what_is_not_on_the_engine_is_named").await else { return };
    let secrets = world.secrets();
    let image = "localhost:1/ist-eng/nothing:1".to_owned();
    let error = world.engine.apply(&Op::PullImage { image: image.clone() }, &secrets).await.unwrap_err();
    assert!(matches!(&error, EngineError::ImageMissing { image: named, .. } if *named == image), "{error}");
    let mut want = world.blueprint();
    want.containers.remove(0);
    want.containers[0].after.clear();
    want.containers[0].image = "ignition-stack/simulated-gateway:none".to_owned();
    let error = world.up(&want).await.unwrap_err();
    assert!(matches!(error, EngineError::ImageMissing { .. }), "{error}");
    let error = world.engine.apply(&Op::Start { container: "ist-eng-nobody".into() }, &secrets).await.unwrap_err();
    assert!(error.to_string().contains("ist-eng-nobody") && !error.to_string().contains('\n'), "{error}");
    let broken = World::build_input("FROM scratch\nCOPY absent /absent\n", "broken");
    let error = world.engine.ensure_simulated(&world.image, &broken).await.unwrap_err();
    assert!(matches!(&error, EngineError::Build { reason, .. } if reason.contains("absent")), "{error}");
}

#[tokio::test]
async fn a_missing_secret_stops_the_start() {
    let Some(world) = World::new("a_missing_secret_stops_the_start").await else { return };
    let mut want = world.blueprint();
    want.containers.remove(0);
    want.containers[0].after.clear();
    want.containers[0].seeds.retain(|s| s.when == SeedWhen::EveryCreation);
    let plan = world.plan(&want).await;
    let mut failed = None;
    for step in plan.steps() {
        if let Err(error) = world.engine.apply(&step.op, &Secrets::new()).await {
            failed = Some(error.to_string());
            break;
        }
    }
    let text = failed.unwrap();
    assert!(text.contains(&world.container_name("gw")) && text.contains("admin-password"), "{text}");
}

#[tokio::test]
async fn compose_sees_the_stack_and_takes_it_down() {
    let Some(world) = World::new("compose_sees_the_stack_and_takes_it_down").await else { return };
    if std::process::Command::new("docker-compose").arg("version").output().is_err() {
        eprintln!("SKIPPED compose_sees_the_stack_and_takes_it_down: no docker-compose");
        return;
    }
    world.up(&world.blueprint()).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("docker-compose.yaml");
    let service = |name: &str| format!("  {name}:\n    image: {}\n    networks: [frontend, backend]\n", world.image);
    let text = format!(
        "version: '2.4'\nservices:\n{}{}networks:\n  frontend: {{}}\n  backend: {{}}\n",
        service("db"),
        service("gw")
    );
    std::fs::write(&file, text).unwrap();
    let compose = |verb: &str| {
        let out = std::process::Command::new("docker-compose")
            .args(["-p", world.name.as_str(), "-f"])
            .arg(&file)
            .arg(verb)
            .output()
            .unwrap();
        assert!(out.status.success(), "{verb}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    };
    let listed = compose("ps");
    assert!(listed.contains(&world.container_name("db")) && listed.contains(&world.container_name("gw")), "{listed}");
    assert!(compose("logs").contains("hello from out"));
    compose("stop");
    let states: Vec<_> = world.engine.members(&world.name, None).await.unwrap().into_iter().map(|m| m.state).collect();
    assert!(states.iter().all(|s| matches!(s, ContainerState::Exited { .. })), "{states:?}");
    compose("down");
    assert!(world.engine.members(&world.name, None).await.unwrap().is_empty());
    let found = world.engine.stacks().await.unwrap();
    let left = found.iter().find(|s| s.name == world.name.as_str()).unwrap();
    assert_eq!((left.networks, left.volumes), (0, 2), "networks go, data stays");
}

#[tokio::test]
async fn an_engine_that_does_not_answer_is_named_with_its_endpoint() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |host: String| async move {
        let settings = EndpointSettings { docker_host: Some(host), ..Default::default() };
        Docker::connect(&settings).await.unwrap_err().to_string()
    };
    let socket = dir.path().join("d.sock");
    let host = format!("unix://{}", socket.display());
    let text = refused(host.clone()).await;
    assert!(text.contains(&host) && text.contains("from DOCKER_HOST") && text.contains("there is no socket"), "{text}");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let text = refused(host).await;
    assert!(text.contains("Connection refused"), "{text}");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = refused(format!("tcp://127.0.0.1:{port}")).await;
    assert!(text.contains("Connection refused"), "{text}");
    for odd in ["ssh://me@host", "fd://", "nonsense", "tcp://"] {
        let text = refused(odd.to_owned()).await;
        assert!(
            text.starts_with(&format!("the Docker engine at {odd} (from DOCKER_HOST) does not answer: ")),
            "{text}"
        );
    }
}
