//! Reading from and writing to sockets that do not block.

use std::io::{ErrorKind, Read, Write};
use std::time::Instant;

/// More than this is not kept of a buffer that is empty.
const KEPT: usize = 64 * 1024;

/// What came of an attempt to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Got {
    /// So many bytes.
    Bytes(usize),
    /// Nothing at the moment.
    Nothing,
    /// The other side will send no more.
    End,
    /// The connection is broken.
    Gone,
}

/// Reads what is there, as far as it fits.
pub(super) fn read_some(stream: &mut impl Read, scratch: &mut [u8]) -> Got {
    loop {
        match stream.read(scratch) {
            Ok(0) => return Got::End,
            Ok(length) => return Got::Bytes(length),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Got::Nothing,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Got::Gone,
        }
    }
}

/// The connection does not take any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// Writes what the other side takes of `bytes`, and says how much.
pub(super) fn write_some(stream: &mut impl Write, bytes: &[u8]) -> Result<usize, Broken> {
    let mut sent = 0;
    while sent < bytes.len() {
        match stream.write(&bytes[sent..]) {
            Ok(0) => return Err(Broken),
            Ok(length) => sent += length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Err(Broken),
        }
    }
    Ok(sent)
}

/// What waits for a client to take it.
#[derive(Debug)]
pub(super) struct Output {
    /// To append to.
    pub(super) bytes: Vec<u8>,
    sent: usize,
    /// Everything sent so far.
    pub(super) total: u64,
    /// When the present window began, and what had been sent by then.
    window: (Instant, u64),
}

impl Output {
    /// Nothing yet.
    pub(super) const fn new(now: Instant) -> Self {
        Self { bytes: Vec::new(), sent: 0, total: 0, window: (now, 0) }
    }

    /// Bytes that wait.
    pub(super) fn pending(&self) -> usize {
        self.bytes.len() - self.sent
    }

    /// Sends what the client takes, and says whether that was anything.
    pub(super) fn flush(&mut self, stream: &mut impl Write, now: Instant) -> Result<bool, Broken> {
        if self.pending() == 0 {
            return Ok(false);
        }
        let sent = write_some(stream, &self.bytes[self.sent..])?;
        self.sent += sent;
        self.total += sent as u64;
        if self.pending() == 0 {
            self.bytes.clear();
            self.bytes.shrink_to(KEPT);
            self.sent = 0;
            self.window = (now, self.total);
        } else if self.sent > KEPT {
            self.bytes.drain(..self.sent);
            self.sent = 0;
        }
        Ok(sent > 0)
    }

    /// Nothing has waited up to now: the window begins.
    pub(super) fn begin_window(&mut self, now: Instant) {
        self.window = (now, self.total);
    }

    /// Since when the client has been taking the present window.
    pub(super) const fn window_began(&self) -> Instant {
        self.window.0
    }

    /// Begins a new window where the client took at least `least` bytes in the present one; else it is too slow.
    pub(super) fn renew_window(&mut self, least: usize, now: Instant) -> bool {
        let is_fast_enough = self.total - self.window.1 >= least as u64;
        if is_fast_enough {
            self.window = (now, self.total);
        }
        is_fast_enough
    }
}
