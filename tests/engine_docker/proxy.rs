//! A socket before the engine's that writes down each request's method and path. One request per connection: the client
//! keeps none open.

use std::io::{Read, Write, copy};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::spawn;

/// The proxy; its threads end with the test process.
pub(crate) struct Proxy {
    socket: PathBuf,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Listens in a directory and passes on to the engine's socket.
    pub(crate) fn start(dir: &Path, engine: &str) -> Self {
        let socket = dir.join("proxy.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (noted, engine) = (Arc::clone(&requests), engine.trim_start_matches("unix://").to_owned());
        spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (noted, engine) = (Arc::clone(&noted), UnixStream::connect(&engine).unwrap());
                spawn(move || pass(client, engine, &noted));
            }
        });
        Self { socket, requests }
    }

    /// Address for the client.
    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// The requests since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}

fn pass(mut client: UnixStream, mut engine: UnixStream, noted: &Mutex<Vec<String>>) {
    let mut first = [0; 4096];
    let length = client.read(&mut first).unwrap_or(0);
    let line = String::from_utf8_lossy(&first[..length]);
    let line = line.split(['?', '\r']).next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    noted.lock().unwrap().push(line);
    if engine.write_all(&first[..length]).is_err() {
        return;
    }
    let (mut from, mut to) = (client.try_clone().unwrap(), engine.try_clone().unwrap());
    spawn(move || {
        let _ = copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let _ = copy(&mut engine, &mut client);
    let _ = client.shutdown(Shutdown::Both);
}
