//! A terminal: the program in a pty, and the screen as a person would see it, also while its window changes its size.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::program::program;

/// Rows of every terminal: more than any scenario shows.
const ROWS: u16 = 60;

/// What has come so far.
struct Seen {
    screen: vt100::Parser,
    raw: Vec<u8>,
    first: Option<Instant>,
}

/// A run of the program in a terminal.
pub struct Terminal {
    child: Child,
    master: File,
    seen: Arc<Mutex<Seen>>,
    reader: Option<JoinHandle<()>>,
    began: Instant,
}

/// What a run left.
#[derive(Debug)]
pub struct Shown {
    /// Exit code.
    pub code: Option<i32>,
    /// The rows of the screen, without blanks at their ends and without empty rows at its end.
    pub rows: Vec<String>,
    /// Every byte that the terminal was sent.
    pub raw: Vec<u8>,
    /// From the start to the first byte.
    pub quiet: Duration,
}

impl Terminal {
    /// Starts the program in a terminal of so many columns.
    pub fn start<S: AsRef<str>>(directory: &Path, words: &[S], columns: u16, env: &[(&str, &str)]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pty can be made");
        grantpt(&master).and_then(|()| unlockpt(&master)).expect("it can be used");
        tcsetwinsize(&master, size(columns)).expect("it can be given a size");
        let path = ptsname(&master, Vec::new()).expect("it has a name").into_string().expect("of ASCII");
        let end = || {
            let file = OpenOptions::new().read(true).write(true).open(&path).expect("its other end can be opened");
            Stdio::from(OwnedFd::from(file))
        };
        let mut command = Command::new(program());
        command.args(words.iter().map(AsRef::as_ref)).current_dir(directory);
        command.env("TERM", "xterm-256color").env_remove("NO_COLOR").envs(env.iter().copied());
        command.stdin(end()).stdout(end()).stderr(end());
        let began = Instant::now();
        let child = command.spawn().expect("the program can be started");
        // It holds the other end; without it nobody else does, and the end of the program is the end of what comes.
        drop(command);
        let master = File::from(master);
        let screen = vt100::Parser::new(cells(ROWS), cells(columns), 0);
        let seen = Arc::new(Mutex::new(Seen { screen, raw: Vec::new(), first: None }));
        let (mut from, into) = (master.try_clone().expect("a second handle"), Arc::clone(&seen));
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Linux tells the end of a terminal that nobody holds any more by an error.
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                let mut seen = into.lock().unwrap_or_else(PoisonError::into_inner);
                seen.first.get_or_insert_with(Instant::now);
                seen.screen.process(&bytes[..count]);
                seen.raw.extend(&bytes[..count]);
            }
        });
        Self { child, master, seen, reader: Some(reader), began }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows of the screen as it is now.
    pub fn rows(&self) -> Vec<String> {
        rows(self.seen().screen.screen())
    }

    /// Waits until the screen is as wanted.
    pub fn until(&self, what: &str, limit: Duration, wanted: impl Fn(&[String]) -> bool) {
        crate::wait::until(what, limit, || {
            let rows = self.rows();
            if wanted(&rows) { Ok(()) } else { Err(rows.join("\n")) }
        });
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Makes the window so many columns wide. The program is told as every program in a window is.
    pub fn resize(&self, columns: u16) {
        let mut seen = self.seen();
        tcsetwinsize(&self.master, size(columns)).expect("it can be given a size");
        seen.screen.screen_mut().set_size(cells(ROWS), cells(columns));
    }

    /// Waits for the program's end.
    pub fn end(mut self) -> Shown {
        let code = self.child.wait().expect("a child can be waited for").code();
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader ends");
        }
        let seen = self.seen();
        let screen = seen.screen.screen();
        let quiet = seen.first.map_or(Duration::MAX, |first| first - self.began);
        Shown { code, rows: rows(screen), raw: seen.raw.clone(), quiet }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Ended already, unless a scenario gave up on it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Shown {
    /// Rows that begin with a word.
    pub fn rows_of(&self, word: &str) -> Vec<usize> {
        let begins = |row: &String| row.split_whitespace().next() == Some(word);
        self.rows.iter().enumerate().filter(|(_, row)| begins(row)).map(|(index, _)| index).collect()
    }
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap_or(NonZero::<u16>::MIN)
}

fn size(columns: u16) -> Winsize {
    Winsize { ws_row: ROWS, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

fn rows(screen: &vt100::Screen) -> Vec<String> {
    let (_, columns) = screen.size();
    let mut rows: Vec<String> = screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect();
    while rows.last().is_some_and(String::is_empty) {
        rows.pop();
    }
    rows
}
