//! What holds a stack's volumes while they are copied, and what marks a restore that is not done.

use std::collections::BTreeMap;
use std::slice::from_ref;

use ignition_stack::engine::Engine;
use ignition_stack::engine::Undone;
use ignition_stack::engine::docker::{Purpose, Scope, VolumeLabels};
use ignition_stack::stack::Name;

use crate::world::{World, docker, docker_text};

#[tokio::test]
async fn the_image_of_a_killed_holder_goes_with_the_next() {
    let Some(world) = World::new("the_image_of_a_killed_holder_goes_with_the_next").await else { return };
    let scope = Scope { stack: world.name.clone(), id: Some(world.id) };
    let image = || docker_text(&["inspect", "-f", "{{.Image}}", &format!("{}-snapshot", world.name)]);
    // Never given back, as by a run that was killed.
    world.engine.hold(&scope, &[], Purpose::Read).await.unwrap();
    let mut left = vec![image()];
    world.engine.hold(&scope, &[], Purpose::Read).await.unwrap();
    left.push(image());
    // By one that was killed between the container and its image.
    docker_text(&["rm", &format!("{}-snapshot", world.name)]);
    let holder = world.engine.hold(&scope, &[], Purpose::Read).await.unwrap();
    left.push(image());
    world.engine.release(holder).await.unwrap();
    for image in left {
        let all = docker_text(&["images", "--all", "--quiet", "--no-trunc"]);
        assert!(image.starts_with("sha256:") && !all.contains(&image), "{image} is left:\n{all}");
    }
}

#[tokio::test]
async fn a_restore_that_is_not_done_is_marked_until_its_volumes_are_whole_or_gone() {
    let Some(world) = World::new("a_restore_that_is_not_done_is_marked").await else { return };
    let want = world.blueprint();
    let scope = Scope { stack: world.name.clone(), id: Some(world.id) };
    let (data, mark) = (format!("{}_gw-data", world.name), format!("{}_restore", world.name));
    let own = [("ignition-stack.stack", world.name.to_string()), ("ignition-stack.stack-id", world.id.to_string())];
    let volume =
        VolumeLabels { name: data.clone(), labels: own.clone().map(|(key, value)| (key.to_owned(), value)).into() };
    let theirs = format!("{}_theirs-data", world.name);
    let foreign = VolumeLabels { name: theirs.clone(), labels: BTreeMap::default() };
    docker(&["volume", "create", &theirs]);

    let holder = world.engine.hold(&scope, &[volume.clone(), foreign], Purpose::Fill).await.unwrap();
    docker(&["rm", &format!("{}-restore", world.name)]);
    assert_eq!(
        world.engine.unfinished(&scope).await.unwrap(),
        Some((Undone::Restore, vec![data.clone()])),
        "ours alone"
    );
    assert_eq!(world.engine.volumes_of(&scope).await.unwrap(), from_ref(&data), "the mark is no data");
    let seen = world.engine.observe(&want).await.unwrap();
    assert!(seen.undone == Some(Undone::Restore) && seen.volumes.iter().all(|v| v.name != mark), "{:?}", seen.volumes);
    let found = world.engine.stacks().await.unwrap().into_iter().find(|s| s.name == world.name.as_str()).unwrap();
    assert!(found.undone == Some(Undone::Restore) && found.volumes == 1, "{found:?}");
    let twin = Scope { id: Some(uuid::Uuid::new_v4()), ..scope.clone() };
    assert_eq!(world.engine.unfinished(&twin).await.unwrap(), None);
    assert_eq!(world.engine.foreign_mark(&twin).await.unwrap(), Some(mark.clone()));
    assert!(world.engine.hold(&twin, &[], Purpose::Fill).await.is_err(), "the mark of another stack of the name");
    assert_eq!(world.engine.undo_restore(&scope).await.unwrap(), from_ref(&data));
    docker(&["volume", "rm", &theirs]);

    let holder_again = world.engine.hold(&scope, &[volume], Purpose::Fill).await.unwrap();
    drop(holder);
    world.engine.restored(&scope, holder_again).await.unwrap();
    assert_eq!(world.engine.unfinished(&scope).await.unwrap(), None);
    assert_eq!(world.engine.observe(&want).await.unwrap().undone, None);
    // As by an earlier version of the program, which made no mark.
    let name = format!("{}-restore", world.name);
    let labels = own.map(|(key, value)| format!("{key}={value}"));
    let labels = ["--label", &labels[0], "--label", &labels[1], "--label", "ignition-stack.holds=restore"];
    let mount = format!("{data}:/0/data");
    docker(&[&["create", "--name", &name, "--volume", &mount], &labels[..], &[&world.image]].concat());
    assert_eq!(world.engine.unfinished(&scope).await.unwrap(), Some((Undone::Restore, vec![data.clone()])));
    assert_eq!(world.engine.observe(&want).await.unwrap().undone, Some(Undone::Restore));
    assert_eq!(world.engine.undo_restore(&scope).await.unwrap(), [data]);
    assert!(world.engine.volumes_of(&scope).await.unwrap().is_empty());
    // A volume of somebody else with the mark's name.
    docker(&["volume", "create", &mark]);
    assert!(world.engine.hold(&scope, &[], Purpose::Fill).await.is_err());
    world.engine.remove_mark(&scope).await.unwrap();
    docker(&["volume", "rm", &mark]);
}

/// Takes the name off the image of a holder, as it has none when its build was cut off before that.
fn without_its_name(world: &World) -> String {
    let name = format!("ignition-stack-volumes:{}-snapshot", world.name);
    let image = docker_text(&["image", "inspect", "-f", "{{.Id}}", &name]);
    docker(&["rm", &format!("{}-snapshot", world.name)]);
    docker(&["tag", &world.image, &name]);
    docker(&["rmi", &name]);
    image
}

#[tokio::test]
async fn an_image_of_a_holder_is_the_stacks_from_birth_and_goes_with_the_next_run() {
    let Some(world) = World::new("an_image_of_a_holder_is_the_stacks_from_birth").await else { return };
    let scope = Scope { stack: world.name.clone(), id: Some(world.id) };
    let neighbour = Scope { stack: Name::parse(&format!("{}-b", world.name)).unwrap(), id: Some(world.id) };
    let twin = Scope { id: Some(uuid::Uuid::new_v4()), ..scope.clone() };
    let kept = world.engine.hold(&neighbour, &[], Purpose::Read).await.unwrap();
    let labelled = |scope: &Scope| {
        let label = format!("label=ignition-stack.stack={}", scope.stack);
        docker_text(&["images", "--all", "--quiet", "--no-trunc", "--filter", &label])
    };
    for next in [Some(Purpose::Read), Some(Purpose::Fill), None] {
        world.engine.hold(&scope, &[], Purpose::Read).await.unwrap();
        let image = without_its_name(&world);
        assert!(labelled(&scope).contains(&image), "{image} is the stack's");
        world.engine.down(&twin).await.unwrap();
        assert!(labelled(&scope).contains(&image), "it is not that of another stack of the name");
        match next {
            None => drop(world.engine.down(&scope).await.unwrap()),
            Some(purpose) => {
                let holder = world.engine.hold(&scope, &[], purpose).await.unwrap();
                assert!(!labelled(&scope).contains(&image), "{purpose:?} leaves {image}");
                world.engine.restored(&scope, holder).await.unwrap();
            }
        }
        assert_eq!(labelled(&scope), "", "after {next:?}");
    }
    assert!(!labelled(&neighbour).is_empty(), "that of another stack stays");
    world.engine.release(kept).await.unwrap();
}
