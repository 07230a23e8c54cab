//! Errors of the rooms -> what the user is told: class, message, one thing to try.

use crate::diagnosis::Cause;
use crate::engine::foreign::{self, ForeignObject, Kind};
use crate::engine::{EngineError, PullFault, Refusal};
use crate::error::{Class, Failure};
use crate::project::ProjectError;
use crate::spec::Problems;

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let told = error.to_string();
        let cause = match &error {
            EngineError::Unreachable { .. } => Cause::EngineUnreachable,
            EngineError::PortTaken { .. } => Cause::PortTaken,
            EngineError::ImageMissing { .. } => Cause::ImageMissing,
            EngineError::NotHealthy { cause_id: Some(id), .. } if Cause::all().any(|cause| cause.id() == *id) => {
                Cause::all().find(|cause| cause.id() == *id).unwrap_or(Cause::ServiceUnhealthy)
            }
            EngineError::NotHealthy { timed_out: true, .. } => Cause::ServiceStarting,
            EngineError::NotHealthy { .. } => Cause::ServiceUnhealthy,
            EngineError::Build { .. }
            | EngineError::Seed { .. }
            | EngineError::NetworkInUse { .. }
            | EngineError::Refused { .. } => Cause::EngineRefused,
            EngineError::NotALease { .. } => Cause::ForeignObject,
        };
        let failure = match &error {
            EngineError::Unreachable { reason, denied, .. } => {
                Self::new(Class::Engine, told).advise(unreachable_advice(reason, *denied))
            }
            EngineError::PortTaken { address, .. } => Self::new(Class::Engine, told).advise(format!(
                "end what listens on {address} (ss -ltnp shows it), or choose other ports under another name: --base-port"
            )),
            EngineError::ImageMissing { image, reason } => {
                Self::new(Class::Engine, told).advise(PullFault::of(reason).advice(image))
            }
            EngineError::NetworkInUse { network, by } => {
                let disconnect = by.iter().map(|container| format!("docker network disconnect {network} {container}"));
                Self::new(Class::Engine, told).advise(format!(
                    "when nobody needs it there: {}; then the same command again",
                    disconnect.collect::<Vec<_>>().join("; ")
                ))
            }
            EngineError::Build { .. } => Self::new(Class::Engine, told).advise("docker system df shows whether the engine's disk is full"),
            EngineError::NotHealthy { timed_out, .. } => {
                let class = if *timed_out { Class::TimedOut } else { Class::NotAsItShouldBe };
                Self::new(class, told)
            }
            EngineError::NotALease { volume, bare } => {
                let it = ForeignObject { kind: Kind::Volume, name: volume.clone(), stack: None, bare: *bare };
                Self::new(Class::Refused, told).seen("nothing was touched").advise(foreign::advice_for_all(&[it]))
            }
            EngineError::Seed { .. } | EngineError::Refused { .. } => Self::new(Class::Engine, told),
        };
        failure.because(cause)
    }
}

/// What helps against the commonest reasons why an engine is not reached.
fn unreachable_advice(reason: &str, denied: bool) -> &'static str {
    let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if says(&["ssh://"]) {
        "forward its socket and the gateways' ports: ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock -L 9088:localhost:9088 HOST, then DOCKER_HOST=unix:///tmp/docker.sock"
    } else if denied {
        "sudo usermod -aG docker $USER, then log in anew; or name an engine that you may use: DOCKER_HOST, DOCKER_CONTEXT"
    } else if says(&["another engine's is there"]) {
        "start Docker, or use the other engine: set DOCKER_HOST as shown"
    } else if says(&["certificate", "ca.pem", "HandshakeFailure", "CertPath", "DOCKER_CERT_PATH"]) {
        "give ca.pem, cert.pem and key.pem of this engine: DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or a context that has them"
    } else {
        "start Docker, or name the engine that is meant: DOCKER_HOST, DOCKER_CONTEXT"
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::new(Class::Refused, refusal.to_string())
            .because(Cause::ForeignObject)
            .seen("nothing was touched")
            .advise(foreign::advice_for_all(&refusal.objects))
    }
}

impl From<ProjectError> for Failure {
    fn from(error: ProjectError) -> Self {
        let class = match &error {
            ProjectError::NotEmpty { .. } | ProjectError::NotDirectory { .. } | ProjectError::Exists { .. } => {
                Class::Refused
            }
            ProjectError::Busy { .. } => Class::Busy,
            _ => Class::Usage,
        };
        Self::new(class, error.to_string()).advise(error.hint())
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        match problems.0.as_slice() {
            [one] => Self::new(Class::Usage, format!("{}: {}", one.path, one.message)),
            many => Self::new(Class::Usage, format!("{} problems", many.len())).seen(problems.to_string()),
        }
    }
}
