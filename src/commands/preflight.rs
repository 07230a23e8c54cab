//! Gathers what the judge of an `up` is asked with, and turns what it finds into words: warnings, or one failure with every problem.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::blueprint::Blueprint;
use crate::catalog::image;
use crate::diagnosis::Cause;
use crate::engine::docker::{Docker, Observed, Op};
use crate::engine::{Around, EngineError, Facts, Refusal};
use crate::error::{Class, Failure};
use crate::lifecycle::preflight::facts::Wanted;
use crate::lifecycle::preflight::{
    Finding, PortUse, Question, State, There, Topic, WantedImage, WantedPort, here, judge, reach as judge_reach,
};
use crate::plan::Plan;
use crate::stack::Stack;

/// The stack that is asked about.
pub(super) struct Asked<'a> {
    pub(super) stack: &'a Stack,
    pub(super) blueprint: &'a Blueprint,
    /// What was seen of it on the engine, and what shall be done.
    pub(super) observed: &'a Observed,
    pub(super) plan: Result<&'a Plan<Op>, &'a Refusal>,
    /// Whether its project is there.
    pub(super) exists: bool,
    /// Where it is or will be.
    pub(super) directory: &'a Path,
    pub(super) force: bool,
    /// Whether `up` will look at the gateways.
    pub(super) proven: bool,
    pub(super) never_pull: bool,
    /// Also the ports of what runs on, which are its own.
    pub(super) all_ports: bool,
}

/// Judges an engine, and a stack on it.
pub(super) async fn findings(docker: &Docker, asked: Option<Asked<'_>>) -> Result<Vec<Finding>, EngineError> {
    let facts = docker.facts().await?;
    let nothing;
    let around = if let Some(asked) = &asked {
        &asked.observed.around
    } else {
        nothing = docker.around().await?;
        &nothing
    };
    let mut question = question(docker, &facts, around);
    question.wanted = asked.map(|asked| wanted(&asked, question.local, question.host.as_deref()));
    Ok(judge(&question))
}

/// Whether a stack's gateways can be looked at from here: all there is to say where nothing is to be done.
pub(super) fn reach(docker: &Docker, stack: &Stack, proven: bool) -> Option<Finding> {
    judge_reach(stack, docker.endpoint().remote_host().as_deref(), proven)
}

fn question<'a>(docker: &Docker, facts: &'a Facts, around: &'a Around) -> Question<'a> {
    let endpoint = docker.endpoint();
    let same_kernel = here::is_same_kernel(facts);
    // A virtual machine's engine opens its ports on this machine, but keeps its data and networks there.
    let on_this_kernel = same_kernel && (endpoint.is_local() || endpoint.remote_host().is_none());
    Question {
        endpoint: endpoint.to_string(),
        local: endpoint.is_local() || on_this_kernel,
        host: endpoint.remote_host(),
        engine: facts,
        around,
        free_bytes: facts.root_directory.as_deref().filter(|_| on_this_kernel).and_then(here::free_bytes),
        routes: if on_this_kernel { here::routes() } else { Vec::new() },
        unprivileged_from: if on_this_kernel { here::unprivileged_from() } else { None },
        program: here::program(),
        wanted: None,
    }
}

fn wanted<'a>(asked: &Asked<'a>, local: bool, host: Option<&str>) -> Wanted<'a> {
    let steps = || asked.plan.into_iter().flat_map(Plan::steps).map(|step| &step.op);
    let starts: BTreeSet<&str> = steps()
        .filter_map(|op| match op {
            Op::Start { container } => Some(container.as_str()),
            _ => None,
        })
        .collect();
    let made: BTreeSet<&str> = steps()
        .filter_map(|op| match op {
            Op::CreateContainer(creation) => Some(creation.container.image.as_str()),
            _ => None,
        })
        .collect();
    let published = &asked.observed.around.published;
    let there = host.map(There::new);
    let look = |address| match &there {
        Some(there) if there.is_taken(address) => PortUse::Process(None),
        None if local => here::look(address),
        _ => PortUse::NotSeen,
    };
    let containers = asked.blueprint.containers.iter();
    let ports = containers.filter(|c| asked.all_ports || starts.contains(c.name.as_str())).flat_map(|container| {
        container.ports.iter().map(|port| {
            let address = std::net::SocketAddr::new(port.host_ip, port.host_port);
            // The engine knows who has what a container publishes.
            let known = published.iter().any(|by| by.covers(address));
            let used = if known { PortUse::NotSeen } else { look(address) };
            WantedPort { member: container.member.clone(), container: container.name.clone(), address, used }
        })
    });
    let proxy = asked.stack.proxy.as_ref();
    Wanted {
        stack: asked.stack,
        exists: asked.exists,
        force: asked.force,
        proven: asked.proven,
        never_pull: asked.never_pull,
        ports: ports.collect(),
        images: made
            .into_iter()
            .map(|reference| WantedImage {
                reference: reference.to_owned(),
                simulated: image::is_simulated(reference),
                platform: asked.observed.images.get(reference).map(|seen| seen.platform.clone()),
            })
            .collect(),
        new_networks: steps().filter(|op| matches!(op, Op::CreateNetwork { .. })).count(),
        foreign: asked.plan.err().map(|refusal| refusal.objects.clone()).unwrap_or_default(),
        missing_proxy_network: proxy
            .filter(|proxy| !asked.observed.networks.iter().any(|network| network.name == proxy.network))
            .map(|proxy| proxy.network.clone()),
        proxy_scaffold: proxy
            .and_then(|proxy| proxy.scaffold.as_ref())
            .map(|path| if asked.exists { asked.directory.join(path).display().to_string() } else { path.clone() }),
    }
}

/// Whether only ports are in the way: those of a run that was killed may be given back in a moment.
pub(super) fn only_ports(findings: &[Finding]) -> bool {
    let mut problems = findings.iter().filter(|f| f.state == State::Problem).peekable();
    problems.peek().is_some() && problems.all(|f| f.topic == Topic::Ports)
}

/// The warnings, as lines.
pub(super) fn warnings(findings: &[Finding]) -> impl Iterator<Item = String> {
    findings.iter().filter(|f| f.state == State::Warning).map(line)
}

/// Every problem in one failure; nothing when there is none. What is refused for safety decides the exit code, then what was
/// asked for wrongly, then the engine.
pub(super) fn failure(findings: &[Finding]) -> Option<Failure> {
    let problems: Vec<&Finding> = findings.iter().filter(|f| f.state == State::Problem).collect();
    let first = problems.first()?;
    let order = [Class::Refused, Class::Usage, Class::Engine];
    let class = order.into_iter().find(|c| problems.iter().any(|f| f.class == *c)).unwrap_or(first.class);
    let failure = match problems.as_slice() {
        [one] => {
            let failure = Failure::new(class, one.seen.clone());
            one.member.as_ref().map_or(failure.clone(), |member| failure.of(member.as_str()))
        }
        many => {
            let alike = many.iter().all(|f| f.advice == first.advice);
            let failure = Failure::new(class, format!("{} are in the way", counted(many)));
            many.iter().fold(failure, |failure, f| failure.seen(if alike { told(f) } else { line(f) }))
        }
    };
    let mut failure = failure.seen("nothing was touched");
    // The cause of all of them, when they have one.
    let cause = cause(first.topic).filter(|_| problems.iter().all(|f| f.topic == first.topic));
    failure.cause_id = cause.map(Cause::id);
    Some(match (&first.advice, problems.iter().all(|f| f.advice == first.advice)) {
        (Some(advice), true) => failure.advise(advice.clone()),
        _ => failure.advise("see to each of them, then run the same command again"),
    })
}

fn cause(topic: Topic) -> Option<Cause> {
    match topic {
        Topic::Ports => Some(Cause::PortTaken),
        Topic::Image => Some(Cause::ImageMissing),
        Topic::Objects => Some(Cause::ForeignObject),
        _ => None,
    }
}

/// `2 ports`, or `3 things` when they are of several kinds.
fn counted(problems: &[&Finding]) -> String {
    let one_kind = problems.iter().all(|f| f.topic == problems[0].topic);
    let word = match problems[0].topic {
        Topic::Ports if one_kind => "ports",
        Topic::Objects if one_kind => "objects that were not made for this stack",
        Topic::Image if one_kind => "images",
        _ => "things",
    };
    format!("{} {word}", problems.len())
}

fn told(finding: &Finding) -> String {
    finding.member.as_ref().map_or_else(|| finding.seen.clone(), |member| format!("{member}: {}", finding.seen))
}

fn line(finding: &Finding) -> String {
    match &finding.advice {
        Some(advice) => format!("{}; try: {advice}", told(finding)),
        None => told(finding),
    }
}

/// How many findings there are of each state, by its word.
pub(super) fn counts(findings: &[Finding]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.state.word()).or_insert(0) += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_of_any_class_is_a_failure_and_refusals_come_first() {
        let problem = |class| Finding::of_failure(Topic::Data, Failure::new(class, "seen"));
        let all = [
            Class::NotAsItShouldBe,
            Class::Usage,
            Class::Refused,
            Class::Engine,
            Class::TimedOut,
            Class::Busy,
            Class::Interrupted,
        ];
        for class in all {
            assert_eq!(failure(&[problem(class)]).map(|failure| failure.class), Some(class));
            let more = [problem(class), problem(Class::Refused)];
            assert_eq!(failure(&more).map(|failure| failure.class), Some(Class::Refused));
        }
        let warning = Finding { state: State::Warning, ..problem(Class::Refused) };
        assert_eq!(failure(&[warning]), None);
    }
}
