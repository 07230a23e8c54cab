//! Intent: an image is pulled once, with its bytes told; what can be tried again is; what cannot is said with its reason and what to do.

use std::time::Duration;

use bollard::query_parameters::{RemoveImageOptionsBuilder, TagImageOptionsBuilder};
use ignition_stack_integration::registry::{Mood, Registry};
use ignition_stack_integration::{Ran, World};

const TAG: &str = "8.3.9";

/// `up` of two gateways with the registry's image, not waited for; only whether it comes to run counts.
fn up(world: &World, registry: &Registry, more: &[&str]) -> Ran {
    let (base, image) = (world.port(0).to_string(), registry.reference(TAG));
    let words = ["up", world.name(), "--arch", "scale-out", "--database", "none", "--no-wait", "--base-port", &base];
    world.run(&[&words[..], &["--image", &image], more].concat())
}

/// The image goes with its world.
struct Pulled<'a>(&'a World, String);

impl Drop for Pulled<'_> {
    fn drop(&mut self) {
        let (World { engine, .. }, label) = (self.0, format!("ignition-stack.stack={}", self.0.name()));
        engine.containers(&label).into_iter().filter_map(|c| c.id).for_each(|id| engine.remove(&id));
        let options = RemoveImageOptionsBuilder::default().force(true).build();
        let _ = engine.wait(engine.docker.remove_image(&self.1, Some(options), None));
    }
}

fn world<'a>(scenario: &str, registry: &Registry, slot: &'a mut Option<World>) -> Option<Pulled<'a>> {
    *slot = World::open_with_image(scenario, &registry.reference(TAG));
    slot.as_ref().map(|world| Pulled(world, registry.reference(TAG)))
}

#[test]
fn an_image_is_pulled_once_and_then_no_registry_is_asked() {
    let registry = Registry::start(Mood::Slow(Duration::from_secs(2)));
    let mut slot = None;
    let Some(Pulled(world, image)) = &world("image_pulled", &registry, &mut slot) else { return };
    let never = up(world, &registry, &["--pull", "never"]).expect(4);
    assert!(never.stderr.contains(image) && never.stderr.contains("--pull never"), "{}", never.stderr);
    assert_eq!(registry.manifests_asked(), 0);

    let ran = up(world, &registry, &[]).expect(0);
    let lines: Vec<&str> = ran.stderr.lines().filter(|line| line.contains(image.as_str())).collect();
    let pulls: Vec<&&str> = lines.iter().filter(|line| line.contains("pull")).collect();
    assert!(pulls[0].starts_with("pull image") && pulls.iter().any(|l| l.contains("MiB, sha256:")), "{pulls:?}");
    assert!(pulls.len() <= 3, "a line at the begin and at the end, no more: {pulls:?}");
    let asked = registry.manifests_asked();

    let before = world.engine.identities(world.name());
    world.run(&["up", world.name(), "--no-wait"]).expect(0).says(&["nothing to do"]);
    assert_eq!(registry.manifests_asked(), asked, "the registry is not asked again");
    world.run(&["up", world.name(), "--no-wait", "--pull", "always"]).expect(0).says(&["nothing to do"]);
    assert!(registry.manifests_asked() > asked, "unless it is wanted");
    assert_eq!(world.engine.identities(world.name()), before);

    // The tag is another image's now: told, and with it the containers are made anew.
    let first = world.engine.wait(world.engine.docker.inspect_image(image)).unwrap().id.unwrap();
    // Without its tag it is known by its identity alone.
    let _first = Pulled(world, first);
    let other = Registry::start(Mood::Fine);
    let moved = Pulled(world, other.reference(TAG));
    world.engine.wait(async {
        use futures_util::StreamExt as _;
        let options = bollard::query_parameters::CreateImageOptionsBuilder::default().from_image(&moved.1).build();
        world.engine.docker.create_image(Some(options), None, None).for_each(|_| async {}).await;
        let (repository, tag) = image.rsplit_once(':').unwrap();
        let options = TagImageOptionsBuilder::default().repo(repository).tag(tag).build();
        world.engine.docker.tag_image(&moved.1, Some(options)).await.unwrap();
    });
    world.run(&["up", world.name(), "--plan"]).expect(0).says(&["image changed"]);
}

#[test]
fn what_may_pass_is_tried_again() {
    for (scenario, mood) in [("image_500", Mood::Failing(1)), ("image_cut", Mood::Cut(1))] {
        let registry = Registry::start(mood);
        let mut slot = None;
        let Some(Pulled(world, _)) = &world(scenario, &registry, &mut slot) else { return };
        up(world, &registry, &[]).expect(0);
    }
}

#[test]
fn what_does_not_pass_is_said_at_once_with_what_to_do() {
    let table = [
        (Mood::NotFound, "has no such image", "check the name"),
        (Mood::Denied, "wants a login", "docker login"),
        (Mood::RateLimited, "limits how much", "docker login"),
        (Mood::OtherPlatform, "not for this engine's platform", "--image"),
    ];
    for (mood, cause, advice) in table {
        let registry = Registry::start(mood);
        let mut slot = None;
        let Some(Pulled(world, image)) = &world(&format!("image_{mood:?}"), &registry, &mut slot) else { return };
        let ran = up(world, &registry, &[]).expect(4).says(&[image, cause, advice]);
        assert!(registry.manifests_asked() <= 3, "{mood:?}: tried again: {}", registry.manifests_asked());
        assert!(!ran.stderr.contains("again in"), "{}", ran.stderr);
        assert!(world.engine.identities(world.name()).is_empty(), "nothing is made");
    }
}
