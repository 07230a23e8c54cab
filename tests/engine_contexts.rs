//! Ways to an engine: a port of TCP, TLS with certificates at both ends, contexts of the docker command line. Against the real
//! engine, behind a door of this test's own.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "test code outside of test functions too")]

#[path = "engine_docker/gate.rs"]
mod gate;

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use ignition_stack::engine::EngineError;
use ignition_stack::engine::docker::{Docker, EndpointSettings};
use sha2::Digest as _;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The engine's socket; nothing, and a word about it, where no engine answers. CI must have one.
async fn socket(test: &str) -> Option<String> {
    let settings = EndpointSettings { docker_host: std::env::var("DOCKER_HOST").ok(), ..Default::default() };
    let found = Docker::connect(&settings).await.map(|engine| engine.endpoint().host.clone());
    match found {
        Ok(host) if host.starts_with("unix://") => Some(host),
        Err(why) if std::env::var("CI").is_ok_and(|ci| ci == "true") => panic!("{test}: {why}"),
        other => {
            eprintln!("SKIPPED {test}: no engine behind a socket: {other:?}");
            None
        }
    }
}

fn over_tls(host: &str, certificates: &Path) -> EndpointSettings {
    EndpointSettings {
        docker_host: Some(host.to_owned()),
        tls_verify: true,
        cert_path: Some(certificates.to_owned()),
        ..EndpointSettings::default()
    }
}

/// What a connection that must fail says.
async fn refused(settings: &EndpointSettings) -> String {
    match Docker::connect(settings).await {
        Err(EngineError::Unreachable { endpoint, reason, .. }) => format!("{endpoint}: {reason}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_engine_behind_a_port() {
    let Some(engine) = socket("an_engine_behind_a_port").await else { return };
    let host = format!("tcp://{}", gate::open(HERE, &engine, None).await);
    let settings = EndpointSettings { docker_host: Some(host.clone()), ..EndpointSettings::default() };
    let docker = Docker::connect(&settings).await.unwrap();
    assert_eq!(docker.endpoint().to_string(), format!("{host} (from DOCKER_HOST)"));
    assert!(docker.facts().await.unwrap().memory_bytes > 0);
    // A door without TLS, spoken to with it: said with the endpoint.
    let certificates = tempfile::tempdir().unwrap();
    gate::certificates(certificates.path());
    let told = refused(&over_tls(&host, certificates.path())).await;
    assert!(told.contains(&host), "{told}");
}

#[tokio::test]
async fn an_engine_behind_tls_shows_its_certificate_and_sees_ours() {
    let Some(engine) = socket("an_engine_behind_tls_shows_its_certificate_and_sees_ours").await else { return };
    let certificates = tempfile::tempdir().unwrap();
    let tls = gate::certificates(certificates.path());
    let host = format!("tcp://{}", gate::open(HERE, &engine, Some(tls)).await);
    let docker = Docker::connect(&over_tls(&host, certificates.path())).await.unwrap();
    assert!(docker.facts().await.unwrap().memory_bytes > 0);

    // Certificates of another authority: neither is the engine believed, nor are we.
    let strange = tempfile::tempdir().unwrap();
    gate::certificates(strange.path());
    let told = refused(&over_tls(&host, strange.path())).await;
    assert!(told.contains(&host) && told.to_lowercase().contains("certificate"), "{told}");
    // The engine's own authority with a client's certificate of another one.
    std::fs::copy(certificates.path().join("ca.pem"), strange.path().join("ca.pem")).unwrap();
    let told = refused(&over_tls(&host, strange.path())).await;
    assert!(told.contains(&host), "{told}");
    // Without TLS nothing is understood.
    let plain = EndpointSettings { docker_host: Some(host.clone()), ..EndpointSettings::default() };
    assert!(refused(&plain).await.contains(&host));
}

#[tokio::test]
async fn a_context_brings_its_certificates() {
    let Some(engine) = socket("a_context_brings_its_certificates").await else { return };
    let home = tempfile::tempdir().unwrap();
    let digest = sha2::Sha256::digest("works").iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let contexts = home.path().join("contexts");
    let (meta, tls) = (contexts.join("meta").join(&digest), contexts.join("tls").join(&digest).join("docker"));
    std::fs::create_dir_all(&meta).unwrap();
    std::fs::create_dir_all(&tls).unwrap();
    let host = format!("tcp://{}", gate::open(HERE, &engine, Some(gate::certificates(&tls))).await);
    let text = format!(r#"{{"Name":"works","Endpoints":{{"docker":{{"Host":"{host}","SkipTLSVerify":false}}}}}}"#);
    std::fs::write(meta.join("meta.json"), text).unwrap();
    let named = EndpointSettings {
        docker_context: Some("works".to_owned()),
        docker_config: Some(home.path().to_owned()),
        ..EndpointSettings::default()
    };
    let docker = Docker::connect(&named).await.unwrap();
    assert_eq!(docker.endpoint().to_string(), format!("{host} (context works)"));
    assert!(docker.facts().await.unwrap().memory_bytes > 0);

    std::fs::write(home.path().join("config.json"), r#"{"currentContext":"works"}"#).unwrap();
    let current = EndpointSettings { docker_context: None, ..named.clone() };
    assert_eq!(Docker::connect(&current).await.unwrap().endpoint().host, host);
    // DOCKER_HOST comes first, as with Docker's own command line.
    let other = EndpointSettings { docker_host: Some(engine.clone()), ..named.clone() };
    assert_eq!(Docker::connect(&other).await.unwrap().endpoint().host, engine);

    std::fs::remove_file(tls.join("key.pem")).unwrap();
    let told = refused(&named).await;
    assert!(told.contains("context works") && told.contains("key.pem is not in"), "{told}");
}
