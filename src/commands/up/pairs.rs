//! How those pairs stand that a plan makes anew.

use super::target::Target;
use crate::cli::UpArgs;
use crate::commands::{Context, open};
use crate::engine::PairSeen;
use crate::engine::docker::{Docker, Op};
use crate::error::Failure;
use crate::lifecycle::pairs::Pairs;
use crate::plan::Plan;
use crate::stack::Name;

/// The pairs of which a plan makes a node anew that is there. Only they are looked at: a look costs time.
pub(super) async fn made_anew(
    target: &Target,
    docker: &Docker,
    plan: &Plan<Op>,
    args: &UpArgs,
    context: &Context,
) -> Result<Vec<PairSeen>, Failure> {
    let goes = |name: &Name| {
        plan.steps().any(|s| s.member.as_ref() == Some(name) && matches!(s.op, Op::RemoveContainer { .. }))
    };
    let stack = &target.stack;
    let concerned: Vec<_> = stack.pairs.iter().filter(|pair| goes(&pair.master) || goes(&pair.backup)).collect();
    if concerned.is_empty() {
        return Ok(Vec::new());
    }
    let password = open::password(&target.directory).ok();
    let clients = open::clients(stack, password.as_deref(), docker.endpoint().remote_host().as_deref())?;
    let pairs = Pairs::new(docker, stack, clients, &*context.reporter, args.timeout);
    let looks = concerned.into_iter().map(|pair| pairs.look(pair));
    Ok(futures_util::future::try_join_all(looks).await?)
}
