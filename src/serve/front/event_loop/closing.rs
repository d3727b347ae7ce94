//! How connections end: told to `record`, given to a stream's host, or cut off when the front stops.

use std::sync::atomic::Ordering;
use std::time::Instant;

use mio::net::TcpStream;
use mio::{Interest, Token};

use super::EventLoop;
use crate::serve::front::Handled;
use crate::serve::front::exchange::Exchange;
use crate::serve::front::refusal::Refusal;

/// The status of a request whose client left.
const CLIENT_LEFT: u16 = 499;

impl EventLoop {
    pub(super) fn hand_over(&mut self, id: usize, mut exchange: Exchange, ticket: &str, now: Instant) {
        let (from, name, began) = (exchange.from, exchange.id.clone(), exchange.began);
        let _ = self.poll.registry().deregister(&mut exchange.socket);
        self.crowd.forget(id, &mut exchange);
        let mut handled = handled(&exchange, true);
        match self.options.streams.adopt(exchange.socket.into(), ticket) {
            Ok(()) => {
                handled.status = 200;
                (self.options.record)(&handled);
            }
            Err(socket) => {
                let mut socket = TcpStream::from_std(socket);
                if self.poll.registry().register(&mut socket, Token(id), Interest::READABLE | Interest::WRITABLE).is_err() {
                    return;
                }
                let mut refused = Exchange::new(socket, from, name, began);
                (refused.peer, refused.head) = (exchange.peer, exchange.head);
                refused.refuse(Refusal::FULL, &self.context(now));
                let progress = refused.advance(&mut self.context(now));
                self.follow(id, refused, progress, now);
            }
        }
    }

    /// The connection is over.
    pub(super) fn end(&mut self, id: usize, mut exchange: Exchange) {
        self.release(&mut exchange);
        self.crowd.forget(id, &mut exchange);
        self.record(&mut exchange, false);
    }

    pub(super) fn record(&self, exchange: &mut Exchange, complete: bool) {
        let was_asked = exchange.head.is_some() || exchange.status.is_some();
        if was_asked && !exchange.recorded {
            exchange.recorded = true;
            (self.options.record)(&handled(exchange, complete));
        }
    }

    /// Whether there is nothing more to do; begins to stop where that is ordered.
    pub(super) fn is_finished(&mut self, now: Instant) -> bool {
        if self.stopping.load(Ordering::SeqCst) && self.stops_at.is_none() {
            self.begin_to_stop(now);
        }
        if self.stops_at.is_some_and(|moment| now >= moment) {
            self.close_those(|_| true);
        }
        self.stops_at.is_some() && self.crowd.len() == 0
    }

    /// Takes what came before the order, and nothing after it.
    fn begin_to_stop(&mut self, now: Instant) {
        self.stops_at = Some(now + self.options.limits.stop);
        for index in 0..self.listening.len() {
            self.accept_at(index, now);
        }
        self.listening.close();
        self.knocking.clear();
        for id in self.crowd.ids() {
            self.drive(id, now);
        }
        self.close_those(Exchange::is_untouched);
    }

    fn close_those(&mut self, which: impl Fn(&Exchange) -> bool) {
        for id in self.crowd.ids() {
            if self.crowd.get(id).is_some_and(&which) {
                self.close(id);
            }
        }
    }
}

fn handled(exchange: &Exchange, complete: bool) -> Handled {
    let head = exchange.head.as_ref();
    Handled {
        id: exchange.id.clone(),
        peer: exchange.peer,
        method: head.map(|head| head.method.to_owned()).unwrap_or_default(),
        path: head.map(|head| head.path().to_owned()).unwrap_or_default(),
        status: exchange.status.unwrap_or(CLIENT_LEFT),
        bytes: exchange.sent(),
        duration: exchange.began.elapsed(),
        complete,
    }
}
