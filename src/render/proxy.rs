//! The scaffold of a reverse proxy: a compose project with a Traefik that serves every stack on its network.

use std::net::SocketAddr;

use serde::Serialize;

use super::RenderError;
use super::compose::Literal;
use crate::stack::{Proxy, Stack};

/// Image of the proxy.
const IMAGE: &str = "traefik:v3.5";

const HEADER: &str = "\
# A reverse proxy for every stack on its network. Start it before them: docker compose up -d
# Written by ignition-stack.
";

#[derive(Serialize)]
struct File {
    services: Services,
    networks: Networks,
}

#[derive(Serialize)]
struct Services {
    traefik: Traefik,
}

#[derive(Serialize)]
struct Traefik {
    image: &'static str,
    command: Vec<Literal>,
    ports: Vec<String>,
    volumes: [&'static str; 1],
    networks: [&'static str; 1],
    restart: &'static str,
}

#[derive(Serialize)]
struct Networks {
    proxy: Named,
}

#[derive(Serialize)]
struct Named {
    name: Literal,
}

/// The compose file of the scaffold.
pub(super) fn compose(stack: &Stack, proxy: &Proxy) -> Result<String, RenderError> {
    let words = [
        "--providers.docker=true".to_owned(),
        // A container without labels of its own is nobody's to show.
        "--providers.docker.exposedbydefault=false".to_owned(),
        format!("--providers.docker.network={}", proxy.network),
        "--entrypoints.web.address=:80".to_owned(),
    ];
    let file = File {
        services: Services {
            traefik: Traefik {
                image: IMAGE,
                command: words.iter().map(|word| Literal::of(word)).collect(),
                ports: vec![port(stack)],
                volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"],
                networks: ["proxy"],
                restart: "unless-stopped",
            },
        },
        networks: Networks { proxy: Named { name: Literal::of(&proxy.network) } },
    };
    let options = serde_yaml::ser_options! { compact_list_indent: false, prefer_block_scalars: false };
    let body = serde_yaml::to_string_with_options(&file, options)
        .map_err(|error| RenderError::Yaml { reason: error.to_string() })?;
    Ok(format!("{HEADER}\n{body}"))
}

fn port(stack: &Stack) -> String {
    format!("{}:80", SocketAddr::new(stack.bind_address, stack.proxy_port()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture;

    #[test]
    fn golden() {
        let proxy = Proxy { network: "proxy".to_owned(), scaffold: Some("reverse-proxy".to_owned()), address: None };
        insta::assert_snapshot!(compose(&fixture::stack(), &proxy).unwrap());
    }
}
