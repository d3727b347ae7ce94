//! The HTTP library, where only our own front reaches it: a socket in a private folder, a few threads that answer, nothing else. The library
//! ceases to listen where it finds no descriptor for a connection; then it is begun again.

use std::fs::Metadata;
use std::io::{Cursor, ErrorKind, Read};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use rustix::fs::Mode;
use tiny_http::{Header, Server, StatusCode};

use crate::serve::exchange::{Body, Request, Response};
use crate::serve::problem::problem;

/// Answers one request; may be called by several threads at once.
pub(super) type Answer = Arc<dyn Fn(Request) -> Response + Send + Sync>;

/// A server behind the front.
pub(super) struct Behind {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What its threads share.
struct Shared {
    folder: PrivateFolder,
    answer: Answer,
    /// Whoever takes connections now.
    server: RwLock<Arc<Server>>,
    stopping: AtomicBool,
    /// When it was last begun to listen again.
    again: Mutex<Option<Instant>>,
    /// Those that listen no longer: one that is dropped takes the socket of its successor away.
    former: Mutex<Vec<Arc<Server>>>,
}

/// The library stops listening for good where the system refuses it a descriptor. So often at most it is begun again.
const AGAIN: Duration = Duration::from_secs(1);

/// For how long requests may still come over connections that were taken before: longer than the front waits for any answer.
const LAST_REQUESTS: Duration = Duration::from_secs(60);

impl Behind {
    /// Begins to answer, so many requests at once.
    pub(super) fn start(answer: &Answer, most: usize) -> anyhow::Result<Self> {
        let folder = PrivateFolder::make()?;
        let server = RwLock::new(Arc::new(listen(&folder)?));
        let (answer, stopping) = (Arc::clone(answer), AtomicBool::new(false));
        let shared = Arc::new(Shared { folder, answer, server, stopping, again: Mutex::default(), former: Mutex::default() });
        let mut behind = Self { shared, threads: Vec::new() };
        for number in 0..most {
            let shared = Arc::clone(&behind.shared);
            let thread = thread::Builder::new().name(format!("answer {number}")).spawn(move || shared.answer_all());
            match thread.context("cannot start a thread") {
                Ok(thread) => behind.threads.push(thread),
                Err(error) => {
                    behind.stop();
                    return Err(error);
                }
            }
        }
        Ok(behind)
    }

    /// Where the front reaches it.
    pub(super) fn socket(&self) -> PathBuf {
        self.shared.folder.0.join("http")
    }

    /// Called where nobody listens there any more, it listens again; it returns at once, and may be called as often as that is seen.
    pub(super) fn listener(&self) -> Arc<dyn Fn() + Send + Sync> {
        let shared = Arc::clone(&self.shared);
        Arc::new(move || Shared::listen_again(&shared))
    }

    /// Ends once what is being answered is.
    pub(super) fn stop(self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        let server = self.shared.server();
        self.threads.iter().for_each(|_| server.unblock());
        for thread in self.threads {
            // One that panicked has ended, too.
            drop(thread.join());
        }
    }
}

fn listen(folder: &PrivateFolder) -> anyhow::Result<Server> {
    let path = folder.0.join("http");
    Server::http_unix(&path).map_err(|error| anyhow::anyhow!("cannot listen at `{}`: {error}", path.display()))
}

impl Shared {
    fn server(&self) -> Arc<Server> {
        Arc::clone(&self.server.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn answer_all(&self) {
        while !self.stopping.load(Ordering::Relaxed) {
            // The wait ends now and then, since a wake-up can go to another thread.
            if let Ok(Some(request)) = self.server().recv_timeout(Duration::from_secs(1)) {
                self.answer(request);
            }
        }
    }

    fn answer(&self, mut request: tiny_http::Request) {
        let response = match taken(&mut request) {
            // What goes wrong with one request must not take the thread from all others.
            Ok(taken) => catch_unwind(AssertUnwindSafe(|| (self.answer)(taken)))
                .unwrap_or_else(|_| problem(500, "the server could not do it; its log says why", None)),
            Err(_) => problem(400, "the request ended early", None),
        };
        let headers = response.headers.iter().filter_map(|(name, value)| Header::from_bytes(*name, value.as_bytes()).ok()).collect();
        let (reader, length): (Box<dyn Read + Send>, usize) = match response.body {
            Body::Bytes(bytes) => {
                let length = bytes.len();
                (Box::new(Cursor::new(bytes)), length)
            }
            Body::File(file, length) => (Box::new(file.take(length as u64)), length),
        };
        let response = tiny_http::Response::new(StatusCode(response.status), headers, reader, Some(length), None);
        // A reader who has gone needs no answer.
        drop(request.respond(response.with_chunked_threshold(usize::MAX)));
    }

    fn listen_again(shared: &Arc<Self>) {
        let mut again = shared.again.lock().unwrap_or_else(PoisonError::into_inner);
        if again.is_some_and(|begun| begun.elapsed() < AGAIN) || shared.stopping.load(Ordering::Relaxed) {
            return;
        }
        *again = Some(Instant::now());
        let _ = rustix::fs::unlink(shared.folder.0.join("http"));
        // Where that is refused, too, whoever finds nobody there will say so again.
        let Ok(server) = listen(&shared.folder) else { return };
        tracing::warn!("the system had refused a descriptor; listening again");
        let mut current = shared.server.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *current, Arc::new(server));
        drop(current);
        shared.former.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&before));
        let (last, begun) = (Arc::clone(shared), Instant::now());
        let answer_last = move || {
            while begun.elapsed() < LAST_REQUESTS && !last.stopping.load(Ordering::Relaxed) {
                if let Ok(Some(request)) = before.recv_timeout(Duration::from_secs(1)) {
                    last.answer(request);
                }
            }
        };
        // Without it the last of those requests may be lost, which the front says in time.
        let _ = thread::Builder::new().name("last answers".to_owned()).spawn(answer_last);
    }
}

/// The request as our own value. The front has checked its form, its length and who sends it.
fn taken(request: &mut tiny_http::Request) -> std::io::Result<Request> {
    let mut body = Vec::new();
    request.as_reader().read_to_end(&mut body)?;
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|header| (header.field.as_str().as_str().to_ascii_lowercase(), header.value.as_str().to_owned()))
        .collect();
    let told = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let (path, query) = request.url().split_once('?').unwrap_or((request.url(), ""));
    Ok(Request {
        method: request.method().as_str().to_ascii_uppercase(),
        path: path.to_owned(),
        query: query.to_owned(),
        body,
        peer: told("x-statuary-peer").and_then(|peer| peer.parse().ok()).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        id: told("x-statuary-request").unwrap_or_default(),
        headers,
    })
}

/// A folder that nobody else may enter, gone with this value.
struct PrivateFolder(PathBuf);

impl PrivateFolder {
    fn make() -> anyhow::Result<Self> {
        let within = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_dir());
        let within = within.unwrap_or_else(std::env::temp_dir);
        let folder = within.join(format!("{NAMED}{}", crate::domain::PublicId::random()?));
        rustix::fs::mkdir(&folder, Mode::RWXU).with_context(|| format!("cannot make `{}`", folder.display()))?;
        let made = Self(folder);
        // What was made just now tells what time it is where the others' times come from.
        if let Ok(now) = made.0.metadata().and_then(|about| about.modified()) {
            sweep(&within, now);
        }
        Ok(made)
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

/// What the names of private folders begin with.
const NAMED: &str = "statuary-";

/// A folder is left behind by a server that died only once it is this old: a younger one may be about to listen.
const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// Removes the folders of servers that were killed, as of `now`: at whose socket nobody listens.
fn sweep(within: &Path, now: SystemTime) {
    let Ok(entries) = within.read_dir() else { return };
    let me = rustix::process::geteuid().as_raw();
    // Only what we made ourselves: in a folder that everybody may write to, a link or a folder of this name can be anybody's.
    let is_ours = |about: Metadata| about.is_dir() && about.uid() == me && about.mode() & 0o777 == 0o700;
    let named = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(NAMED));
    for folder in named.map(|entry| entry.path()).filter(|folder| folder.symlink_metadata().is_ok_and(is_ours)) {
        let socket = folder.join("http");
        let modified = socket.symlink_metadata().ok().filter(|about| about.file_type().is_socket()).and_then(|about| about.modified().ok());
        let is_old = modified.and_then(|since| now.duration_since(since).ok()).is_some_and(|age| age > LEFT_BEHIND);
        if is_old && UnixStream::connect(&socket).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused) {
            remove(&folder);
        }
    }
}

/// Removes the folder and the socket in it, as far as they are there.
fn remove(folder: &Path) {
    let _ = rustix::fs::unlink(folder.join("http"));
    let _ = rustix::fs::rmdir(folder);
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::net::UnixListener;

    use super::*;

    /// What is answered to a request over this connection.
    fn asked(stream: &mut UnixStream) -> String {
        stream.write_all(b"GET /there HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
        let mut answer = String::new();
        let mut lines = BufReader::new(stream);
        while !answer.ends_with("\r\n\r\n") {
            assert_ne!(lines.read_line(&mut answer).unwrap(), 0, "{answer}");
        }
        let mut body = [0; 6];
        lines.read_exact(&mut body).unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[test]
    fn it_listens_again_and_still_answers_whoever_came_before() {
        let answer: Answer = Arc::new(|request| Response::of(200, "text/plain", request.path.into_bytes()));
        let behind = Behind::start(&answer, 2).unwrap();
        let mut first = UnixStream::connect(behind.socket()).unwrap();
        assert_eq!(asked(&mut first), "/there");
        let again = behind.listener();
        // As where the system has refused it a descriptor: the socket is there, and nobody listens.
        rustix::fs::unlink(behind.socket()).unwrap();
        drop(UnixListener::bind(behind.socket()).unwrap());
        assert!(UnixStream::connect(behind.socket()).is_err());
        again();
        let mut second = UnixStream::connect(behind.socket()).unwrap();
        assert_eq!((asked(&mut second).as_str(), asked(&mut first).as_str()), ("/there", "/there"));
        // Not over and over.
        *behind.shared.again.lock().unwrap() = Some(Instant::now() + Duration::from_secs(60));
        again();
        assert_eq!(behind.shared.former.lock().unwrap().len(), 1);
        let folder = behind.socket().parent().unwrap().to_owned();
        drop((first, second, again));
        behind.stop();
        let gone = |_: &u32| {
            thread::sleep(Duration::from_millis(20));
            !folder.exists()
        };
        assert!((0..500).any(|turn| gone(&turn)), "its folder is left behind");
    }

    #[test]
    fn what_killed_servers_left_is_removed_and_nothing_else() {
        let temp = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let folder = temp.path().join(name);
            rustix::fs::mkdir(&folder, Mode::RWXU).unwrap();
            UnixListener::bind(folder.join("http")).unwrap()
        };
        let age = |name: &str| {
            // Long ago: the year 2001.
            let moment = rustix::fs::Timespec { tv_sec: 1_000_000_000, tv_nsec: 0 };
            let times = rustix::fs::Timestamps { last_access: moment, last_modification: moment };
            rustix::fs::utimensat(rustix::fs::CWD, temp.path().join(name).join("http"), &times, rustix::fs::AtFlags::empty()).unwrap();
        };
        let alive = make("statuary-alive");
        for name in ["statuary-dead", "statuary-young", "other"] {
            drop(make(name));
        }
        let elsewhere = tempfile::tempdir().unwrap();
        drop(UnixListener::bind(elsewhere.path().join("http")).unwrap());
        std::os::unix::fs::symlink(elsewhere.path(), temp.path().join("statuary-link")).unwrap();
        for name in ["statuary-alive", "statuary-dead", "other", "statuary-link"] {
            age(name);
        }
        rustix::fs::mkdir(temp.path().join("statuary-folder"), Mode::RWXU).unwrap();
        sweep(temp.path(), temp.path().metadata().unwrap().modified().unwrap());
        let mut left: Vec<_> = temp.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, ["other", "statuary-alive", "statuary-folder", "statuary-link", "statuary-young"]);
        assert!(elsewhere.path().join("http").exists());
        drop(alive);
    }
}
