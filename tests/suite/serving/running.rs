//! A `statuary serve` or `watch` that runs until it is told to end, and a client that asks it plainly.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::test_org::TestOrg;

/// However busy the machine is, something that shall happen has happened by then.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that runs beside the test, and is gone with this.
pub(crate) struct Running {
    child: Child,
    said: Arc<Mutex<String>>,
    /// The first line it printed on standard output.
    pub(crate) first: String,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// By names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Running {
    /// Starts `statuary` with these arguments and waits for its first line on standard output, unless it prints none.
    #[track_caller]
    pub(crate) fn start(org: &TestOrg, arguments: &str, prints: bool) -> Self {
        let split = shlex::split(arguments).expect("arguments a shell could split");
        let mut command = org.command(&split);
        command.stdin(Stdio::null());
        Self::begin(command, arguments, prints)
    }

    #[track_caller]
    fn begin(mut command: Command, arguments: &str, prints: bool) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (errors, heard) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&said));
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                heard.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        let mut first = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        if prints {
            out.read_line(&mut first).unwrap();
            assert!(!first.is_empty(), "`{arguments}` ended: {}", said.lock().unwrap());
        }
        // What else it prints must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Self { child, said, first: first.trim_end().to_owned() }
    }

    /// Serves `org` at a port that is free.
    #[track_caller]
    pub(crate) fn serve(org: &TestOrg, arguments: &str) -> Self {
        Self::start(org, &format!("{arguments} serve --port 0"), true)
    }

    /// Starts `statuary` after a command of the shell that sets its limits.
    #[track_caller]
    pub(crate) fn within(org: &TestOrg, limits: &str, arguments: &str) -> Self {
        let split = shlex::split(arguments).expect("arguments a shell could split");
        let mut command = through_a_shell(&org.command(&split), &format!("{limits}; exec \"$0\" \"$@\""));
        command.stdin(Stdio::null());
        Self::begin(command, arguments, true)
    }

    /// Starts it with a socket that is bound already, as a service manager does.
    #[track_caller]
    pub(crate) fn with_socket(org: &TestOrg, arguments: &str, listener: TcpListener) -> Self {
        let split = shlex::split(arguments).expect("arguments a shell could split");
        let statuary = org.command(&split);
        // The shell puts the socket where the first one is expected, and names itself as the one it is meant for.
        let mut command = through_a_shell(&statuary, "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" \"$@\"");
        command.stdin(OwnedFd::from(listener));
        Self::begin(command, arguments, true)
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        self.first.strip_prefix("http://").and_then(|rest| rest.strip_suffix('/')).expect("an address")
    }

    /// What it has said on standard error so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks for a path.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    /// Asks with a method, headers and a body.
    #[track_caller]
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.try_ask(method, path, headers, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same, where the server may be gone.
    pub(crate) fn try_ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> std::io::Result<Answer> {
        ask(self.address(), method, path, headers, body)
    }

    /// Opens a stream and reads along.
    #[track_caller]
    pub(crate) fn listen(&self, path: &str, headers: &[(&str, &str)]) -> Stream {
        let mut socket = TcpStream::connect(self.address()).unwrap();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        write!(socket, "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\n{headers}\r\n", self.address()).unwrap();
        let heard = Arc::new(Mutex::new(String::new()));
        let (mut reader, told) = (socket.try_clone().unwrap(), Arc::clone(&heard));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                told.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
        });
        Stream { socket, heard }
    }

    /// Waits until something holds.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !holds() {
            assert!(begun.elapsed() < PATIENCE, "{what} did not happen; it said:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until it serves all sites.
    #[track_caller]
    pub(crate) fn until_ready(&self) -> &Self {
        self.until("being ready", || self.get("/readyz").status == 200);
        self
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end; it said:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The same command, by way of a line of the shell in which it is `"$0" "$@"`.
fn through_a_shell(statuary: &Command, line: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line).arg(statuary.get_program()).args(statuary.get_args());
    command.env_clear().envs(statuary.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(statuary.get_current_dir().unwrap());
    command
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An open stream, closed with this.
pub(crate) struct Stream {
    socket: TcpStream,
    heard: Arc<Mutex<String>>,
}

impl Stream {
    /// All that has come so far, the head of the answer included.
    pub(crate) fn text(&self) -> String {
        self.heard.lock().unwrap().clone()
    }

    /// Waits until what has come is so.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, holds: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !holds(&self.text()) {
            assert!(begun.elapsed() < PATIENCE, "{what} did not come, only:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        drop(self.socket.shutdown(Shutdown::Both));
    }
}

impl Answer {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// One request on a connection of its own.
pub(crate) fn ask(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut head = format!("{method} {path} HTTP/1.1\r\n");
    let has = |name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if !has("host") {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    if !body.is_empty() && !has("content-length") {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
    stream.write_all(body)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let nonsense = || std::io::Error::other(format!("no answer: {:?}", String::from_utf8_lossy(&bytes)));
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(nonsense)?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok()).ok_or_else(nonsense)?;
    let headers = lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
    Ok(Answer { status, headers: headers.collect(), body: bytes[end + 4..].to_vec() })
}
