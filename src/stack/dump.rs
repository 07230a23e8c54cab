//! Stack -> spec with every field filled: what `--dry-run` prints and the record keeps.

use super::{Gateway, Node, ProxyMode, Stack};
use crate::spec::{
    AttachmentSpec, DATABASE_ROLE, GatewaySpec, PairMode, RedundancySpec, ReverseProxySpec, ServiceSpec, Spec, VERSION,
};

impl Stack {
    /// The spec that resolves to exactly this stack.
    pub fn dump(&self) -> Spec {
        Spec {
            version: VERSION,
            name: self.name.to_string(),
            stack_id: Some(self.id),
            architecture: self.architecture,
            ignition_image: Some(self.image.clone()),
            timezone: Some(self.timezone.clone()),
            admin_username: Some(self.admin_username.clone()),
            gateway_network: self.transport,
            network_split: Some(self.network_split),
            bind_address: Some(self.bind_address.to_string()),
            reverse_proxy: self.proxy.as_ref().map(|proxy| ReverseProxySpec {
                mode: if proxy.scaffold.is_some() { ProxyMode::Scaffold } else { ProxyMode::External },
                network: Some(proxy.network.clone()),
                path: proxy.scaffold.clone(),
                address: proxy.address.as_ref().map(ToString::to_string),
            }),
            gateways: self.gateways.iter().map(|g| self.dump_gateway(g)).collect(),
            service_instances: self
                .services
                .iter()
                .map(|s| ServiceSpec {
                    id: s.id.to_string(),
                    service: s.slug.clone(),
                    image: Some(s.image.clone()),
                    env: s.env.clone(),
                })
                .collect(),
        }
    }

    fn dump_gateway(&self, gateway: &Gateway) -> GatewaySpec {
        let gan_port = Some(self.transport.port());
        let redundancy = match &gateway.node {
            Node::Independent => None,
            Node::Master { backup } => {
                Some(RedundancySpec { mode: PairMode::Master, peer: Some(backup.to_string()), gan_port })
            }
            Node::Backup { master } => {
                Some(RedundancySpec { mode: PairMode::Backup, peer: Some(master.to_string()), gan_port })
            }
        };
        GatewaySpec {
            name: gateway.name.to_string(),
            role: gateway.role,
            ignition_edition: gateway.edition,
            memory_mb: Some(gateway.memory_mb),
            http_port: gateway.http_port.get().into(),
            volume: Some(gateway.volume.clone()),
            networks: Some(gateway.networks.clone()),
            modules: Vec::new(),
            disable_builtins: gateway.disabled.iter().map(|module| module.slug.to_owned()).collect(),
            env: gateway.env.clone(),
            redundancy,
            services: gateway
                .attachments
                .iter()
                .map(|id| AttachmentSpec { instance: id.to_string(), role: DATABASE_ROLE.to_owned() })
                .collect(),
            gan_outgoing: self.links_from(&gateway.name).map(|l| l.to.to_string()).collect(),
        }
    }
}
