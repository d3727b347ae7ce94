//! Somebody who listens to a live stream, and the door through which they come.

use std::io::{ErrorKind, Read};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use statuary::serve::live::{Listener, Live, Topic};

/// How long anything may take on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// An event as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) data: String,
}

impl Heard {
    /// A field of its line of JSON.
    pub(super) fn field(&self, name: &str) -> String {
        serde_json::from_str::<serde_json::Value>(&self.data).unwrap()[name].as_str().unwrap_or_default().to_owned()
    }
}

/// The listener's end of a stream.
pub(super) struct Client {
    pub(super) socket: TcpStream,
    bytes: Vec<u8>,
    ended: bool,
}

/// Both ends of a connection; the second is the listener's.
pub(super) fn connection() -> (TcpStream, TcpStream) {
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let outside = TcpStream::connect(door.local_addr().unwrap()).unwrap();
    (door.accept().unwrap().0, outside)
}

/// Who listens to `topic` from this machine, and has got everything up to `after`.
pub(super) fn listener(topic: &Topic, after: Option<i64>) -> Listener {
    Listener { topic: topic.clone(), after, peer: Ipv4Addr::LOCALHOST.into(), head_only: false }
}

impl Client {
    /// Somebody who listens from now on.
    #[track_caller]
    pub(super) fn listening(live: &Live, topic: &Topic, after: Option<i64>) -> Self {
        let (inside, outside) = connection();
        assert!(live.listen(inside, listener(topic, after)).is_ok(), "there is room");
        Self::of(outside)
    }

    pub(super) fn of(socket: TcpStream) -> Self {
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        Self { socket, bytes: Vec::new(), ended: false }
    }

    /// Reads on until what came is as `enough` says.
    #[track_caller]
    pub(super) fn until(&mut self, what: &str, enough: impl Fn(&Self) -> bool) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        while !enough(self) {
            assert!(Instant::now() < deadline, "waited for {what} and got {:?}: {}", self.ids(), self.head_so_far());
            assert!(!self.ended, "the stream ended before {what} with {:?}: {}", self.ids(), self.head_so_far());
            let mut piece = [0; 16 * 1024];
            match self.socket.read(&mut piece) {
                Ok(0) => self.ended = true,
                Ok(read) => self.bytes.extend_from_slice(&piece[..read]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => self.ended = true,
                Err(error) => panic!("{error}"),
            }
        }
        self
    }

    /// The events up to and with the one with this number.
    #[track_caller]
    pub(super) fn through(&mut self, id: i64) -> Vec<Heard> {
        self.until(&format!("event {id}"), |client| client.events().iter().any(|event| event.id == id)).events()
    }

    /// Everything there was, once the stream has ended.
    #[track_caller]
    pub(super) fn until_the_end(&mut self) -> String {
        self.until("the end", |client| client.ended);
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    /// What came so far: head and body.
    fn parts(&self) -> Option<(&str, &str)> {
        std::str::from_utf8(&self.bytes).ok()?.split_once("\r\n\r\n")
    }

    fn head_so_far(&self) -> String {
        String::from_utf8_lossy(&self.bytes[..self.bytes.len().min(400)]).into_owned()
    }

    /// The answer's head.
    #[track_caller]
    pub(super) fn head(&mut self) -> String {
        self.until("the head", |client| client.parts().is_some());
        self.parts().unwrap().0.to_owned()
    }

    /// What came so far after the head.
    pub(super) fn body(&self) -> String {
        self.parts().map_or(String::new(), |(_, body)| body.to_owned())
    }

    /// The events that came whole so far.
    pub(super) fn events(&self) -> Vec<Heard> {
        events(self.parts().map_or("", |(_, body)| body))
    }

    pub(super) fn ids(&self) -> Vec<i64> {
        self.events().iter().map(|event| event.id).collect()
    }

    /// Says that nothing more comes from here.
    pub(super) fn says_no_more(&self) {
        self.socket.shutdown(Shutdown::Write).unwrap();
    }
}

/// The events that stand whole in a stream.
pub(super) fn events(body: &str) -> Vec<Heard> {
    let whole = body.rfind("\n\n").map_or("", |end| &body[..end + 2]);
    let one = |block: &str| {
        let fields = |wanted: &str| -> Vec<String> {
            let fields = block.lines().filter_map(|line| line.split_once(": "));
            fields.filter(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned()).collect()
        };
        let data = fields("data");
        let id = fields("id").pop()?;
        (!data.is_empty()).then(|| Heard { id: id.parse().unwrap(), name: fields("event").concat(), data: data.join("\n") })
    };
    whole.split("\n\n").filter_map(one).collect()
}

/// Waits until it is so.
#[track_caller]
pub(super) fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
