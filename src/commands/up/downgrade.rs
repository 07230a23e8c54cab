//! A gateway whose data a newer Ignition has used does not start with an older one (fact sheet 8), so that is refused.

use crate::blueprint::{Blueprint, Container, Kind, labels};
use crate::catalog::image::{is_older, version_of};
use crate::engine::ContainerState;
use crate::engine::docker::Observed;
use crate::error::{Class, Failure};

/// Refuses a version that is older than the one that a gateway's data was used with. What nobody knows is not judged.
pub(super) fn check(want: &Blueprint, observed: &Observed) -> Result<(), Failure> {
    let gateways = want.containers.iter().filter(|c| matches!(c.kind, Kind::Gateway(_)));
    let older: Vec<_> = gateways
        .filter_map(|container| {
            let wanted = version_of(&container.image)?;
            let used = used(want, container, observed).filter(|used| is_older(wanted, used))?;
            Some((&container.member, wanted, used))
        })
        .collect();
    let Some(newest) = older.iter().map(|(_, _, used)| *used).reduce(newer) else { return Ok(()) };
    let failure = older.iter().fold(
        Failure::new(Class::Refused, "an older Ignition cannot go on with data that a newer one has used"),
        |failure, (member, wanted, used)| {
            failure.seen(format!("{member}: its data was used with {used}, which {wanted} cannot go back from"))
        },
    );
    let name = &want.stack;
    Err(failure.seen("nothing was touched").advise(format!(
        "keep Ignition {newest}; or begin anew without that data: ignition-stack down {name} --delete-data \
         (takes a snapshot first)"
    )))
}

/// The newest version that is known to have had the data of a gateway: that of its container, unless that never ran, and the one
/// that its volume was made for.
fn used<'a>(want: &Blueprint, container: &Container, observed: &'a Observed) -> Option<&'a str> {
    let id = want.stack_id.to_string();
    let own = |label: Option<&String>| label.is_some_and(|seen| *seen == id);
    let ran = observed.containers.iter().filter(|seen| {
        own(seen.labels.get(labels::STACK_ID))
            && seen.labels.get(labels::MEMBER).is_some_and(|member| *member == container.member.as_str())
            && seen.state != ContainerState::Created
    });
    let volume = |name: &str| {
        let mounted = want.volumes.iter().filter(|v| container.mounts.iter().any(|m| m.volume == v.key));
        mounted.into_iter().any(|v| v.name == name)
    };
    let kept = observed.volumes.iter().filter(|seen| own(seen.labels.get(labels::STACK_ID)) && volume(&seen.name));
    let made_for = kept.filter_map(|seen| seen.labels.get(labels::IGNITION_VERSION)).map(String::as_str);
    ran.filter_map(|seen| version_of(&seen.image)).chain(made_for).reduce(newer)
}

fn newer<'a>(one: &'a str, other: &'a str) -> &'a str {
    if is_older(one, other) { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blueprint;
    use crate::engine::docker::plan_fixture::complete;
    use crate::render::fixture;

    fn want(image: &str) -> Blueprint {
        let mut stack = fixture::stack();
        image.clone_into(&mut stack.image);
        blueprint::build(&stack)
    }

    fn told(want: &Blueprint, have: &Observed) -> Option<String> {
        check(want, have).err().map(|failure| {
            assert_eq!(failure.class, Class::Refused);
            failure.details.join("\n")
        })
    }

    #[test]
    fn an_older_version_is_refused_with_every_gateway_and_what_to_do() {
        let (new, old) = (want("a/b:8.3.9"), want("a/b:8.3.1"));
        let failure = check(&old, &complete(&new)).unwrap_err();
        let gateways = old.containers.iter().filter(|c| matches!(c.kind, Kind::Gateway(_)));
        let mut expected: Vec<_> = gateways
            .map(|c| format!("{}: its data was used with 8.3.9, which 8.3.1 cannot go back from", c.member))
            .collect();
        assert!(!expected.is_empty());
        expected.push("nothing was touched".to_owned());
        assert_eq!((failure.class, &failure.details), (Class::Refused, &expected));
        let advice = failure.advice.unwrap();
        assert_eq!(
            advice,
            "keep Ignition 8.3.9; or begin anew without that data: ignition-stack down demo --delete-data \
             (takes a snapshot first)"
        );
    }

    #[test]
    fn the_same_a_newer_and_an_unknown_version_pass() {
        let seen = complete(&want("a/b:8.3.9"));
        for image in ["a/b:8.3.9", "a/b:8.3.10", "a/b:8.3", "a/b:latest", "a/b@sha256:00"] {
            assert_eq!(told(&want(image), &seen), None, "{image}");
        }
        assert_eq!(told(&want("a/b:8.3.1"), &complete(&want("a/b:latest"))), None);
        assert_eq!(told(&want("a/b:8.3.1"), &Observed::default()), None);
        let mut other = want("a/b:8.3.1");
        other.stack_id = uuid::Uuid::from_u128(99);
        assert_eq!(told(&other, &seen), None, "another stack's data");
    }

    #[test]
    fn the_volume_says_it_when_the_container_is_gone_and_the_newest_counts() {
        let old = want("a/b:8.3.1");
        let mut have = complete(&want("a/b:8.3.9"));
        have.containers.clear();
        assert!(told(&old, &have).unwrap().contains("used with 8.3.9, which 8.3.1"));
        // Made for 8.3.1 and used with 8.3.9 since.
        let mut have = complete(&want("a/b:8.3.9"));
        have.volumes = complete(&old).volumes;
        assert!(told(&old, &have).unwrap().contains("used with 8.3.9, which 8.3.1"));
        // A container that never ran has used nothing.
        for container in &mut have.containers {
            container.state = ContainerState::Created;
        }
        assert_eq!(told(&old, &have), None);
    }
}
