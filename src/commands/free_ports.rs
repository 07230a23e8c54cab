//! `--auto-ports`: every gateway whose port is taken gets the next one that is not.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use crate::error::{Class, Failure};
use crate::stack::{Port, Stack};

/// Moves each gateway whose port is taken to the next one that is free and that no other gateway of the stack has.
pub(super) fn assign(stack: &mut Stack, is_taken: impl Fn(SocketAddr) -> bool) -> Result<(), Failure> {
    let ip = stack.bind_address;
    let mut ours: BTreeSet<Port> = stack.gateways.iter().map(|gateway| gateway.http_port).collect();
    for gateway in &mut stack.gateways {
        let wanted = gateway.http_port;
        if !is_taken(SocketAddr::new(ip, wanted.get())) {
            continue;
        }
        let above = (wanted.get()..=u16::MAX).filter_map(Port::new);
        let free = above.filter(|port| !ours.contains(port)).find(|port| !is_taken(SocketAddr::new(ip, port.get())));
        let Some(free) = free else {
            return Err(Failure::new(Class::Usage, format!("no port from {wanted} on is free on {ip}"))
                .of(gateway.name.as_str())
                .advise("choose a lower first port: --base-port"));
        };
        ours.insert(free);
        gateway.http_port = free;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::{Choice, build};
    use crate::stack::{Architecture, resolve};

    fn ports(base: u16, taken: &[u16]) -> Result<Vec<u16>, Failure> {
        let choice = Choice {
            frontends: Some(2),
            redundant: Some("backend".into()),
            base_port: Some(base),
            stack_id: Some(uuid::Uuid::from_u128(7)),
            ..Choice::of("demo", Architecture::ScaleOut)
        };
        let mut stack = resolve(&build(&choice).unwrap()).unwrap();
        assign(&mut stack, |address| taken.contains(&address.port()))?;
        // What was chosen is what the record keeps.
        assert_eq!(resolve(&stack.dump()).unwrap(), stack);
        Ok(stack.gateways.iter().map(|gateway| gateway.http_port.get()).collect())
    }

    #[test]
    fn taken_ports_are_left_out_and_free_ones_stay() {
        assert_eq!(ports(9088, &[]).unwrap(), [9088, 9089, 9090, 9091]);
        assert_eq!(ports(9088, &[9089, 9091, 9092]).unwrap(), [9088, 9093, 9090, 9094]);
    }

    #[test]
    fn where_none_is_left_the_gateway_is_named() {
        let failure = ports(65_532, &[65_533]).unwrap_err();
        assert_eq!(failure.member.as_deref(), Some("frontend-2"));
    }
}
