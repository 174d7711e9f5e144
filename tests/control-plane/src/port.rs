//! Free ports on loopback

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// `N` different ports that were free a moment ago
///
/// All are held together and then let go, so they differ; another process may still be faster to take one, which
/// the start of the component reports.
///
/// # Errors
/// The operating system has none to give.
pub fn free_ports<const N: usize>() -> io::Result<[u16; N]> {
    let held: Vec<TcpListener> =
        (0..N).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<io::Result<_>>()?;
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}
