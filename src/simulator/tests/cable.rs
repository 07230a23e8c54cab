//! A cable between two gateways that a test can cut: forwards one port on loopback to another.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

const WHOLE: u8 = 0;
const CUT: u8 = 1;
const SILENT: u8 = 2;
const GONE: u8 = 3;

/// The cable; its end is the test's end.
pub(crate) struct Cable {
    pub(crate) port: u16,
    state: Arc<AtomicU8>,
    ends: Arc<Mutex<Vec<TcpStream>>>,
}

impl Cable {
    /// A whole cable to a port on loopback.
    pub(crate) fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(AtomicU8::new(WHOLE));
        let ends: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let (now, live) = (Arc::clone(&state), Arc::clone(&ends));
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                match now.load(Ordering::SeqCst) {
                    GONE => return,
                    WHOLE => {}
                    _ => continue,
                }
                let Ok(far) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                live.lock().unwrap().extend([near.try_clone().unwrap(), far.try_clone().unwrap()]);
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to, now) = (from.try_clone().unwrap(), to.try_clone().unwrap(), Arc::clone(&now));
                    std::thread::spawn(move || carry(from, to, &now));
                }
            }
        });
        Self { port, state, ends }
    }

    /// Cuts it so that both ends see it.
    pub(crate) fn cut(&self) {
        self.state.store(CUT, Ordering::SeqCst);
        self.hang_up();
    }

    /// From now on nothing comes through, and nobody is told.
    pub(crate) fn silence(&self) {
        self.state.store(SILENT, Ordering::SeqCst);
    }

    /// Whole again for new connections.
    pub(crate) fn mend(&self) {
        self.state.store(WHOLE, Ordering::SeqCst);
    }

    fn hang_up(&self) {
        for end in self.ends.lock().unwrap().drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.state.store(GONE, Ordering::SeqCst);
        self.hang_up();
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, state: &AtomicU8) {
    let mut buffer = [0; 16 * 1024];
    let mut broken = false;
    while let Ok(n @ 1..) = from.read(&mut buffer) {
        // What was swallowed once is missing for ever.
        broken |= state.load(Ordering::SeqCst) == SILENT;
        if !broken && to.write_all(&buffer[..n]).is_err() {
            break;
        }
    }
    if !broken && state.load(Ordering::SeqCst) != SILENT {
        let _ = to.shutdown(Shutdown::Both);
    }
}
