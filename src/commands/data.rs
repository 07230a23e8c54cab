//! What keeps the data of a stack from being used, or its gateways from going on: a restore or a deletion that did not end, a snapshot that
//! was killed.
//! For commands that refuse because of it, and for those that only tell it.

use std::time::SystemTime;

use super::lease;
use crate::engine::docker::{Docker, Scope};
use crate::engine::{ContainerState, Engine as _, MemberState, Undone};
use crate::error::{Class, Failure};
use crate::holder::{Holder, Life};
use crate::process;
use crate::stack::Name;

/// A restore, or a deletion, was begun and is not done: what is in the volumes is not a stack's data.
pub(super) fn half_done(scope: &Scope, undone: Undone) -> Failure {
    let stack = &scope.stack;
    let (what, advice) = match undone {
        Undone::Restore => (
            format!("a restore of {stack} was begun and did not end: its volumes are not whole"),
            format!(
                "run ignition-stack restore {stack} FILE again; or remove what is there: ignition-stack down {stack} --delete-data"
            ),
        ),
        Undone::Deletion => (
            format!("a deletion of all data of {stack} was begun and did not end: some of its volumes are gone"),
            format!(
                "ignition-stack down {stack} --delete-data   (removes the rest); or take the data out of a snapshot: \
                 ignition-stack restore {stack} FILE"
            ),
        ),
    };
    Failure::new(Class::Refused, what).advise(advice)
}

/// The same when there is one, for who holds the lease: nobody else is at work then.
pub(super) async fn unfinished(docker: &Docker, scope: &Scope) -> Result<Option<Failure>, Failure> {
    Ok(docker.unfinished(scope).await?.map(|(undone, _)| half_done(scope, undone)))
}

/// The same for who does not hold the lease: what is not whole may be in the hands of a run that is just making it so. Then that is told
/// ([`Class::Busy`]).
pub(super) async fn not_whole(docker: &Docker, scope: &Scope) -> Result<Option<Failure>, Failure> {
    // Asked before and after: who is at work may begin or end in between.
    let before = docker.lease_holder(&scope.stack).await?;
    let Some(unfinished) = unfinished(docker, scope).await? else { return Ok(None) };
    let after = docker.lease_holder(&scope.stack).await?;
    let leases: Vec<Holder> = before.into_iter().chain(after).collect();
    Ok(Some(other_at_work(&leases).map_or(unfinished, |holder| in_work(&scope.stack, holder))))
}

/// The same for who has seen that it is so, and the leases as well.
pub(super) fn half_done_in(scope: &Scope, undone: Undone, leases: &[Holder]) -> Failure {
    other_at_work(leases).map_or_else(|| half_done(scope, undone), |holder| in_work(&scope.stack, holder))
}

fn other_at_work(leases: &[Holder]) -> Option<&Holder> {
    let own = process::own();
    leases.iter().find(|holder| holder.process != own && lease::life(holder) != Life::Ended)
}

fn in_work(stack: &Name, holder: &Holder) -> Failure {
    Failure::new(Class::Busy, format!("the volumes of {stack} are not whole yet: another run works on them"))
        .seen(format!("it is {}", holder.told(SystemTime::now())))
        .advise(lease::patience(stack, holder, ""))
}

/// Ends when a restore, or a deletion, did not end and nobody is at work on it: no waiting makes that data whole. Else never, nor when the
/// engine cannot be asked: whoever waits will be told that as well.
pub(super) async fn left_half_done(docker: &Docker, scope: &Scope) {
    match not_whole(docker, scope).await {
        Ok(Some(failure)) if failure.class != Class::Busy => {}
        _ => std::future::pending().await,
    }
}

/// What makes containers where there are none: `up`, unless a restore did not end.
pub(super) async fn containers_by(docker: &Docker, scope: &Scope) -> Result<String, Failure> {
    let mended = not_whole(docker, scope).await?.and_then(|failure| failure.advice);
    Ok(mended.unwrap_or_else(|| format!("ignition-stack up {}", scope.stack)))
}

/// That members are paused and nobody is at work who will let them go on: a snapshot does, unless it was killed. `seen` is a look at them.
pub(super) async fn left_paused(
    docker: &Docker,
    scope: &Scope,
    seen: &[MemberState],
) -> Result<Option<Failure>, Failure> {
    if paused(&scope.stack, seen).is_none() {
        return Ok(None);
    }
    let leases: Vec<Holder> = docker.lease_holder(&scope.stack).await?.into_iter().collect();
    // A snapshot may have ended since that look.
    let members = docker.members(&scope.stack, scope.id.as_ref()).await?;
    Ok(left_paused_in(&scope.stack, &members, &leases))
}

/// The same for who has seen the leases.
pub(super) fn left_paused_in(stack: &Name, members: &[MemberState], leases: &[Holder]) -> Option<Failure> {
    paused(stack, members).filter(|_| other_at_work(leases).is_none())
}

fn paused(stack: &Name, members: &[MemberState]) -> Option<Failure> {
    let asleep = members.iter().filter(|m| m.state == ContainerState::Paused);
    let mut names: Vec<String> = asleep.map(|m| m.member.to_string()).collect();
    names.sort();
    let are = if names.len() == 1 { "is" } else { "are" };
    let what = format!("{} {are} paused: by a snapshot that was killed, or by hand", names.join(", "));
    let advice = format!("ignition-stack start {stack}   (lets what is paused go on)");
    (!names.is_empty()).then(|| Failure::new(Class::NotAsItShouldBe, what).advise(advice))
}

/// A failure in one line, for commands that only tell it.
pub(super) fn line(failure: Failure) -> String {
    match failure.advice {
        Some(advice) => format!("{}; try: {advice}", failure.what),
        None => failure.what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn member(name: &str, state: ContainerState) -> MemberState {
        MemberState {
            member: Name::parse(name).unwrap(),
            container: format!("demo-{name}-1"),
            state,
            health: None,
            addresses: BTreeMap::new(),
            published: BTreeMap::new(),
            image: String::new(),
            simulated: true,
            config_hash: None,
            ended: None,
        }
    }

    /// A run on another machine: whether it still goes on cannot be seen.
    fn another() -> Holder {
        Holder { command: "restore demo".to_owned(), ..Holder::default() }
    }

    /// This run, which sees that it still goes on.
    fn own() -> Holder {
        Holder { process: process::own(), ..another() }
    }

    #[test]
    fn who_is_paused_is_told_by_name() {
        let demo = Name::parse("demo").unwrap();
        let told = |members: &[MemberState], leases: &[Holder]| left_paused_in(&demo, members, leases).map(line);
        let asleep = || member("db", ContainerState::Exited { code: Some(0) });
        let paused = |name| member(name, ContainerState::Paused);
        assert_eq!(told(&[], &[]), None);
        assert_eq!(told(&[member("hub", ContainerState::Running), asleep()], &[]), None);
        let start =
            "by a snapshot that was killed, or by hand; try: ignition-stack start demo   (lets what is paused go on)";
        assert_eq!(told(&[paused("hub"), asleep()], &[]).unwrap(), format!("hub is paused: {start}"));
        assert_eq!(told(&[paused("hub"), paused("db")], &[own()]).unwrap(), format!("db, hub are paused: {start}"));
        assert_eq!(told(&[paused("hub")], &[another()]), None, "whoever is at work lets it go on");
    }

    #[test]
    fn who_fills_the_volumes_is_told_while_it_may_be_at_work() {
        let scope = Scope { stack: Name::parse("demo").unwrap(), id: None };
        let failure = half_done_in(&scope, Undone::Restore, &[own(), another()]);
        assert_eq!(failure.class, Class::Busy);
        assert!(
            failure.details.iter().any(|seen| seen.contains("ignition-stack restore demo, process")),
            "{failure:?}"
        );
        assert!(failure.advice.unwrap().contains("ignition-stack unlock demo"), "it cannot be seen from here");
        for leases in [&[][..], &[own()]] {
            assert_eq!(half_done_in(&scope, Undone::Deletion, leases).class, Class::Refused, "nobody else is at work");
        }
    }
}
