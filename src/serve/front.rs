//! Stand-in.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

pub(super) fn run(listener: TcpListener, upstream: PathBuf) {
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let upstream = upstream.clone();
            std::thread::spawn(move || {
                let Ok(mut up) = UnixStream::connect(upstream) else { return };
                let (mut a, mut b) = (client.try_clone().unwrap(), up.try_clone().unwrap());
                std::thread::spawn(move || {
                    let mut buffer = [0; 4096];
                    let mut first = true;
                    while let Ok(n) = a.read(&mut buffer) {
                        if n == 0 {
                            break;
                        }
                        if first {
                            let end = buffer[..n].windows(2).position(|w| w == b"\r\n").unwrap() + 2;
                            b.write_all(&buffer[..end]).unwrap();
                            b.write_all(b"x-statuary-peer: 127.0.0.1\r\n").unwrap();
                            b.write_all(&buffer[end..n]).unwrap();
                            first = false;
                        } else if b.write_all(&buffer[..n]).is_err() {
                            break;
                        }
                    }
                    let _ = b.shutdown(Shutdown::Write);
                });
                let mut client = client;
                let _ = std::io::copy(&mut up, &mut client);
                let _ = client.shutdown(Shutdown::Both);
            });
        }
    });
}
