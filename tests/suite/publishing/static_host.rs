//! A web server for a folder, which may be slow or fail.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What becomes of the request with a number.
pub(super) type Manner = fn(usize) -> Fate;

/// What becomes of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is answered.
    Answered,
    /// It is answered late.
    Late(Duration),
    /// It is refused.
    Refused,
}

/// Serves a folder until the process ends; its address, ending in `/`.
pub(super) fn serve(root: &Path, manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let (root, count) = (root.to_owned(), Arc::new(AtomicUsize::new(0)));
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (root, count) = (root.clone(), Arc::clone(&count));
            thread::spawn(move || drop(answer(client, &root, manner(count.fetch_add(1, Ordering::Relaxed)))));
        }
    });
    address
}

fn answer(mut client: TcpStream, root: &Path, fate: Fate) -> std::io::Result<()> {
    let mut lines = BufReader::new(client.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let path = first.split(' ').nth(1).unwrap_or("/").trim_start_matches('/');
    let path = if path.is_empty() || path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
    let body = match fate {
        Fate::Refused => None,
        Fate::Late(pause) => {
            thread::sleep(pause);
            std::fs::read(root.join(path)).ok()
        }
        Fate::Answered => std::fs::read(root.join(path)).ok(),
    };
    let status = match (&body, fate) {
        (Some(_), _) => "200 OK",
        (None, Fate::Refused) => "503 No",
        (None, _) => "404 No",
    };
    let body = body.unwrap_or_default();
    write!(client, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len())?;
    client.write_all(&body)
}
