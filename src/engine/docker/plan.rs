//! What must be done on the engine to get from what is there to what is wanted: operations, order, causes. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::fate::{Fate, Wake, fate};
use super::foreign;
use super::label;
use super::observed::{Observed, SeenContainer, SeenNetwork, SeenVolume};
use super::op::{Creation, NetworkRef, Op, Seeding, VolumeMount};
use super::rolling::{self, Turn};
use crate::blueprint::{Blueprint, Container, EnvValue};
use crate::catalog::image;
use crate::engine::{ContainerState, Health, Policy, Refusal};
use crate::plan::{GatewayStep, Plan, Stage, Step};
use crate::stack::Name;

/// Longest wait for a container that others need, in seconds: a database that fills an empty volume on a slow disk.
const HEALTHY_WITHIN_S: u32 = 300;

/// Decides what must be done. Removals come after pulls and networks, so that a failure there costs nothing that runs, and
/// before every start, so that a port is free when its new holder asks for it.
pub(super) fn plan(want: &Blueprint, have: &Observed, policy: &Policy) -> Result<Plan<Op>, Refusal> {
    let objects = foreign::in_the_way(want, have);
    if !objects.is_empty() {
        return Err(Refusal { objects });
    }
    let planner = Planner::new(want, have, policy);
    // Doubles go after the containers on them, or the engine keeps them, and before every start: it looks for networks by
    // name then, whatever identity a container was created with, and of two it takes neither (Docker before 25).
    let mut stages = vec![planner.images(), planner.networks(), planner.removals(), planner.surplus_networks()];
    stages.push(planner.first.iter().map(|&i| planner.create(i)).collect());
    let levels = levels(&want.containers);
    for level in 0..=levels.iter().copied().max().unwrap_or(0) {
        let at_once = |i: &usize| levels[*i] == level && !planner.waits_for_its_turn(*i);
        let members: Vec<usize> = (0..levels.len()).filter(at_once).collect();
        stages.push(planner.wait_before(&members));
        stages.push(members.iter().map(|&i| planner.sequence(i)).collect());
    }
    let last: Vec<usize> = planner.turns.iter().map(|turn| turn.active).collect();
    let needed = planner.wait_before(&last);
    if !stages.contains(&needed) {
        stages.push(needed);
    }
    stages.push(planner.turns.iter().map(|turn| planner.turn(turn)).collect());
    let stages = stages.into_iter().map(|sequences| sequences.into_iter().filter(|s| !s.is_empty()).collect());
    let stages = stages.filter(|s: &Sequences| !s.is_empty()).map(|sequences| Stage { sequences }).collect();
    Ok(Plan { stages, notes: planner.notes })
}

/// Steps that run in order, beside others.
pub(super) type Sequences = Vec<Vec<Step<Op>>>;

/// How many others must be up before each container: its stage. Circles end, because nothing rises above the number of
/// containers.
fn levels(containers: &[Container]) -> Vec<usize> {
    let place: BTreeMap<&Name, usize> = containers.iter().enumerate().map(|(i, c)| (&c.member, i)).collect();
    let mut levels = vec![0; containers.len()];
    for _ in containers {
        for (i, container) in containers.iter().enumerate() {
            let needs = container.after.iter().filter_map(|name| place.get(name)).filter(|&&dep| dep != i);
            let above = needs.map(|&dep| levels[dep] + 1).max().unwrap_or(0);
            levels[i] = above.min(containers.len() - 1);
        }
    }
    levels
}

fn step(op: Op, cause: &str) -> Step<Op> {
    Step { op, cause: cause.to_owned(), member: None }
}

/// The same steps, done to this member.
fn of(member: Option<&Name>, mut steps: Vec<Step<Op>>) -> Vec<Step<Op>> {
    for step in &mut steps {
        step.member = member.cloned();
    }
    steps
}

/// What is said of a member that leaves the stack: its data does not go with it.
fn stays(want: &Blueprint, have: &Observed, member: &Name) -> Option<String> {
    let own = |volume: &&SeenVolume| {
        label::is_own(&volume.labels, &want.stack, want.stack_id)
            && label::member(&volume.labels).as_ref() == Some(member)
    };
    let volumes: Vec<&str> = have.volumes.iter().filter(own).map(|volume| volume.name.as_str()).collect();
    (!volumes.is_empty()).then(|| format!("{member} leaves the stack; its data stays in volume {}", volumes.join(", ")))
}

/// The question of one plan, and what follows from it for each member.
struct Planner<'a> {
    want: &'a Blueprint,
    have: &'a Observed,
    policy: &'a Policy,
    /// By key.
    networks: BTreeMap<&'a str, NetworkRef>,
    /// In the order of the blueprint's containers.
    fates: Vec<Fate<'a>>,
    /// Containers of ours that are no member, or a member twice.
    surplus: Vec<(&'a SeenContainer, &'static str)>,
    /// Networks of ours beside the one of that name that is used: two runs at once made them.
    doubles: Vec<&'a SeenNetwork>,
    /// Active nodes of pairs that wait until the other node is ready to take over.
    turns: Vec<Turn>,
    /// Masters whose containers are made before all others.
    first: Vec<usize>,
    notes: Vec<String>,
}

impl<'a> Planner<'a> {
    fn new(want: &'a Blueprint, have: &'a Observed, policy: &'a Policy) -> Self {
        let own = |c: &&SeenContainer| label::is_own(&c.labels, &want.stack, want.stack_id);
        let mut seen: BTreeMap<Name, Vec<&SeenContainer>> = BTreeMap::new();
        for container in have.containers.iter().filter(own) {
            if let Some(member) = label::member(&container.labels) {
                seen.entry(member).or_default().push(container);
            }
        }
        let mut networks = BTreeMap::new();
        let mut doubles = Vec::new();
        for network in want.networks.iter().filter(|network| network.external) {
            let name = network.name.clone();
            let there = have.networks.iter().find(|seen| seen.name == name);
            let found = there.map(|seen| NetworkRef::Existing { id: seen.id.clone(), name: name.clone() });
            networks.insert(network.key.as_str(), found.unwrap_or(NetworkRef::Planned { name }));
        }
        for network in want.networks.iter().filter(|network| !network.external) {
            let mut found = own_networks(want, have, &network.name).into_iter();
            let name = network.name.clone();
            networks.insert(
                network.key.as_str(),
                match found.next() {
                    Some(kept) => NetworkRef::Existing { id: kept.id.clone(), name },
                    None => NetworkRef::Planned { name },
                },
            );
            doubles.extend(found);
        }
        let mut surplus = Vec::new();
        let fates = want.containers.iter().map(|container| {
            let mut found = seen.remove(&container.member).unwrap_or_default();
            // Of several, the one with the expected name, then one that runs.
            found.sort_by_key(|c| (c.name != container.name, c.state != ContainerState::Running, &c.id));
            surplus.extend(found.iter().skip(1).map(|c| (*c, "a second container of this member")));
            let refs = container.networks.iter().filter_map(|key| networks.get(key.as_str()));
            match fate(container, found.first().copied(), &refs.collect::<Vec<_>>(), have.images.get(&container.image))
            {
                Fate::Keep { seen, .. } if doubles.iter().any(|double| is_on(seen, double)) => {
                    Fate::Create { replaces: Some(seen), cause: "network changed".into() }
                }
                // On a network of the stack that it shall not be on: leaving that one alone would leave a way to the others.
                Fate::Keep { seen, .. } if strays(want, have, container, seen) => {
                    Fate::Create { replaces: Some(seen), cause: "networks changed".into() }
                }
                fate => fate,
            }
        });
        let fates = fates.collect::<Vec<_>>();
        let left = seen.keys().filter_map(|member| stays(want, have, member)).collect::<Vec<_>>();
        surplus.extend(seen.into_values().flatten().map(|c| (c, "no longer part of the stack")));
        let (turns, mut notes) = rolling::turns(want, &fates, &networks, &policy.pairs);
        notes.extend(left);
        let first = rolling::masters_first(want, have, &fates);
        Self { want, have, policy, networks, fates, surplus, doubles, turns, first, notes }
    }

    fn images(&self) -> Sequences {
        let made = self.want.containers.iter().zip(&self.fates).filter(|(_, f)| matches!(f, Fate::Create { .. }));
        let needed: BTreeSet<&str> = made.map(|(c, _)| c.image.as_str()).collect();
        let missing = needed.into_iter().filter(|i| !self.have.images.contains_key(*i) && !image::is_simulated(i));
        missing.map(|image| vec![step(Op::PullImage { image: image.to_owned() }, "missing")]).collect()
    }

    fn networks(&self) -> Sequences {
        let own = self.want.networks.iter().filter(|n| !n.external);
        let missing = own.filter(|n| matches!(self.networks[n.key.as_str()], NetworkRef::Planned { .. }));
        let create = missing.map(|n| Op::CreateNetwork {
            name: n.name.clone(),
            labels: label::of_network(self.want, &n.key, &n.labels),
        });
        create.map(|op| vec![step(op, "missing")]).collect()
    }

    fn removals(&self) -> Sequences {
        let at_once = self.fates.iter().enumerate().filter(|(i, _)| !self.waits_for_its_turn(*i));
        let replaced = at_once.filter_map(|(_, fate)| match fate {
            Fate::Create { replaces: Some(seen), cause } => Some((*seen, cause.as_ref())),
            _ => None,
        });
        let all = self.surplus.iter().copied().chain(replaced).map(|(seen, cause)| removal(seen, cause)).collect();
        self.policy.parting.iter().fold(all, rolling::backup_first)
    }

    /// Networks that go: second ones of a name, and those that the stack had and has no more.
    fn surplus_networks(&self) -> Sequences {
        let doubles = self.doubles.iter().map(|n| (*n, "a second network of this name"));
        let own = |n: &&SeenNetwork| label::is_own(&n.labels, &self.want.stack, self.want.stack_id);
        let former =
            self.have.networks.iter().filter(own).filter(|n| self.want.networks.iter().all(|w| w.name != n.name));
        // The engine keeps a network that a container is on.
        let former = former.filter(|n| !self.have.containers.iter().any(|c| is_on(c, n) && !self.goes(c)));
        let all = doubles.chain(former.map(|n| (n, "no longer part of the stack")));
        all.map(|(n, cause)| vec![step(Op::RemoveNetwork { name: n.name.clone(), id: n.id.clone() }, cause)]).collect()
    }

    /// Whether the plan removes a container.
    fn goes(&self, seen: &SeenContainer) -> bool {
        let replaced = self.fates.iter().filter_map(|fate| match fate {
            Fate::Create { replaces, .. } => *replaces,
            Fate::Keep { .. } => None,
        });
        self.surplus.iter().map(|(c, _)| *c).chain(replaced).any(|c| c.id == seen.id)
    }

    /// The wait that a level's starts need: for what they come after, unless that is known to be healthy.
    fn wait_before(&self, members: &[usize]) -> Sequences {
        let mut waited = BTreeSet::new();
        let mut waiting = Vec::new();
        for &i in members.iter().filter(|&&i| self.fates[i].starts()) {
            let container = &self.want.containers[i];
            let pending = container.after.iter().filter(|name| **name != container.member && !self.is_ready(name));
            let pending: Vec<String> = pending.filter_map(|name| self.container_name(name)).collect();
            if !pending.is_empty() {
                waited.extend(pending);
                waiting.push(container.member.as_str());
            }
        }
        if waited.is_empty() {
            return Vec::new();
        }
        let op = Op::WaitHealthy {
            containers: waited.into_iter().collect(),
            stack: self.want.stack.clone(),
            timeout_s: self.policy.healthy_within.map_or(HEALTHY_WITHIN_S, |limit| {
                u32::try_from(limit.as_secs()).unwrap_or(u32::MAX).clamp(1, HEALTHY_WITHIN_S)
            }),
        };
        vec![vec![step(op, &format!("needed by {}", waiting.join(", ")))]]
    }

    fn position(&self, member: &Name) -> Option<usize> {
        self.want.containers.iter().position(|c| &c.member == member)
    }

    fn container_name(&self, member: &Name) -> Option<String> {
        let i = self.position(member)?;
        Some(match &self.fates[i] {
            Fate::Keep { seen, .. } => seen.name.clone(),
            Fate::Create { .. } => self.want.containers[i].name.clone(),
        })
    }

    fn is_ready(&self, member: &Name) -> bool {
        match self.position(member).map(|i| &self.fates[i]) {
            Some(Fate::Keep { seen, wake: None, .. }) => {
                seen.state == ContainerState::Running && matches!(seen.health, None | Some(Health::Healthy))
            }
            Some(_) => false,
            None => true,
        }
    }

    fn waits_for_its_turn(&self, i: usize) -> bool {
        self.turns.iter().any(|turn| turn.active == i)
    }

    /// The active node of a pair is made anew: when the other one is ready, that one takes over first.
    fn turn(&self, turn: &Turn) -> Vec<Step<Op>> {
        let Fate::Create { replaces: Some(seen), cause } = &self.fates[turn.active] else { return Vec::new() };
        let (active, standby) = (&self.want.containers[turn.active].member, &self.want.containers[turn.standby].member);
        let in_sync = |node: &Name, peer: &Name, cause: &str| {
            let op = Op::Gateways(GatewayStep::WaitInSync { node: node.clone(), peer: peer.clone() });
            of(Some(node), vec![step(op, cause)])
        };
        let mut steps = Vec::new();
        if turn.standby_comes {
            steps.extend(in_sync(standby, active, &format!("{active} waits until its peer can take over")));
        }
        let hand_over = Op::Gateways(GatewayStep::HandOver { from: active.clone(), to: standby.clone() });
        steps.extend(of(Some(active), vec![step(hand_over, cause)]));
        steps.extend(removal(seen, cause));
        steps.extend(self.sequence(turn.active));
        steps.extend(in_sync(active, standby, "the pair is whole again"));
        steps
    }

    /// The step that makes a member's container, where one is to be made.
    fn create(&self, i: usize) -> Vec<Step<Op>> {
        let (container, Fate::Create { cause, .. }) = (&self.want.containers[i], &self.fates[i]) else {
            return Vec::new();
        };
        let network = self.network_refs(container).into_iter().next();
        let creation = self.creation(container, network);
        of(Some(&container.member), vec![step(Op::CreateContainer(Box::new(creation)), cause)])
    }

    fn sequence(&self, i: usize) -> Vec<Step<Op>> {
        let container = &self.want.containers[i];
        let mut steps = Vec::new();
        match &self.fates[i] {
            Fate::Create { cause, .. } => {
                if !self.first.contains(&i) {
                    steps.extend(self.create(i));
                }
                let others = self.network_refs(container).into_iter().skip(1);
                steps.extend(others.map(|n| step(self.connect(&container.name, n, &container.member), cause)));
                steps.extend(seeding(container, &container.name).map(|op| step(op, cause)));
                steps.push(step(Op::Start { container: container.name.clone() }, cause));
            }
            Fate::Keep { seen, detached, wake } => {
                let attach = detached.iter().map(|n| self.connect(&seen.name, n.clone(), &container.member));
                steps.extend(attach.map(|op| step(op, "detached from the network")));
                match wake {
                    None => {}
                    Some(Wake::FirstStart) => {
                        let cause = "created, never started";
                        steps.extend(seeding(container, &seen.name).map(|op| step(op, cause)));
                        steps.push(step(Op::Start { container: seen.name.clone() }, cause));
                    }
                    Some(Wake::Start) => steps.push(step(Op::Start { container: seen.name.clone() }, "stopped")),
                    Some(Wake::Unpause) => steps.push(step(Op::Unpause { container: seen.name.clone() }, "paused")),
                }
            }
        }
        of(Some(&container.member), steps)
    }

    fn connect(&self, container: &str, network: NetworkRef, member: &Name) -> Op {
        let external = self.want.networks.iter().any(|n| n.external && n.name == network.name());
        let alias = (!external).then(|| member.clone());
        Op::ConnectNetwork { container: container.to_owned(), network, alias }
    }

    fn network_refs(&self, container: &Container) -> Vec<NetworkRef> {
        container.networks.iter().filter_map(|key| self.networks.get(key.as_str()).cloned()).collect()
    }

    fn creation(&self, container: &Container, network: Option<NetworkRef>) -> Creation {
        let volumes = container.mounts.iter().map(|mount| {
            let known = self.want.volumes.iter().find(|v| v.key == mount.volume);
            // A mount without its volume would put data into the container itself: name it by the rule instead.
            let name = known.map_or_else(|| format!("{}_{}", self.want.stack, mount.volume), |v| v.name.clone());
            let given = known.map(|v| v.labels.clone()).unwrap_or_default();
            VolumeMount {
                name,
                target: mount.target.clone(),
                labels: label::of_volume(self.want, &mount.volume, &given),
            }
        });
        Creation {
            container: container.clone(),
            volumes: volumes.collect(),
            network,
            labels: label::of_container(self.want, container, self.policy),
        }
    }
}

/// Our networks of one name, the one to use first: where a container is that no plan removes, then where any of ours is.
fn own_networks<'a>(want: &Blueprint, have: &'a Observed, name: &str) -> Vec<&'a SeenNetwork> {
    let is_own = |labels| label::is_own(labels, &want.stack, want.stack_id);
    let users = |id: &str| {
        let on = |c: &&SeenContainer| c.networks.values().any(|a| a.network_id.as_deref() == Some(id));
        have.containers.iter().filter(|c| is_own(&c.labels)).filter(on).collect::<Vec<_>>()
    };
    let mut own: Vec<_> = have.networks.iter().filter(|n| n.name == name && is_own(&n.labels)).collect();
    own.sort_by_cached_key(|n| {
        let users = users(&n.id);
        (!users.iter().any(|c| label::is_one_off(&c.labels)), users.is_empty(), n.id.clone())
    });
    own
}

/// Whether a container is on a network of the stack that is none of its own.
fn strays(want: &Blueprint, have: &Observed, container: &Container, seen: &SeenContainer) -> bool {
    let own = |n: &&SeenNetwork| label::is_own(&n.labels, &want.stack, want.stack_id);
    let is_its =
        |n: &SeenNetwork| want.networks.iter().any(|w| w.name == n.name && container.networks.contains(&w.key));
    have.networks.iter().filter(own).any(|n| is_on(seen, n) && !is_its(n))
}

/// Whether a container is on a network, or may have been created for it: before the first start only the name is known.
fn is_on(seen: &SeenContainer, network: &SeenNetwork) -> bool {
    seen.networks.iter().any(|(name, attachment)| match &attachment.network_id {
        Some(id) => *id == network.id,
        None => *name == network.name,
    })
}

/// Removing kills at once, so what runs is stopped first: a gateway must write down what it holds.
fn removal(seen: &SeenContainer, cause: &str) -> Vec<Step<Op>> {
    let (container, id) = (seen.name.clone(), seen.id.clone());
    let alive = matches!(seen.state, ContainerState::Running | ContainerState::Paused | ContainerState::Restarting);
    let mut steps = Vec::new();
    if alive {
        steps.push(step(Op::Stop { container: container.clone(), id: id.clone() }, cause));
    }
    steps.push(step(Op::RemoveContainer { container, id }, cause));
    of(label::member(&seen.labels).as_ref(), steps)
}

fn seeding(container: &Container, name: &str) -> Option<Op> {
    let secrets = container.env.values().filter_map(|value| match value {
        EnvValue::Secret(secret) => Some(secret.clone()),
        EnvValue::Plain(_) => None,
    });
    let secrets: Vec<_> = secrets.collect::<BTreeSet<_>>().into_iter().collect();
    if container.seeds.is_empty() && secrets.is_empty() {
        return None;
    }
    Some(Op::Seed(Box::new(Seeding {
        container: name.to_owned(),
        image: container.image.clone(),
        kind: container.kind,
        target: container.mounts.first().map(|m| m.target.clone()),
        seeds: container.seeds.clone(),
        secrets,
    })))
}
