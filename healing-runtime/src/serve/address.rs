//! Where a server listens: the form in which flags say it, and how it is bound

use std::{fmt, io, net::IpAddr, str::FromStr};

use tokio::net::TcpListener;

/// Where a server listens, or that it does not
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BindAddress {
    /// There is no such server; written `0`
    Off,
    /// On every interface; written `:8080`
    Everywhere {
        /// TCP port; 0 lets the system choose
        port: u16,
    },
    /// On one interface; written `127.0.0.1:8080`, `[::1]:8080` or `localhost:8080`
    One {
        /// Address of the interface
        ip: IpAddr,
        /// TCP port; 0 lets the system choose
        port: u16,
    },
}

/// Why a text is no address
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    /// Not retried: there is no `:` with a port behind it
    #[error("no port; write ':8080', '127.0.0.1:8080', or '0' to switch the server off")]
    NoPort,
    /// Not retried: the port is no number, or too large
    #[error("the port must be a number from 0 to 65535")]
    Port,
    /// Not retried: what stands before the port is no address
    #[error(
        "the host must be an IP address, in brackets if it is IPv6, 'localhost', or empty for every interface"
    )]
    Host,
}

// === impl BindAddress ===

impl BindAddress {
    /// A port of the system's choice, for this machine alone
    pub(crate) const fn loopback() -> Self {
        Self::One { ip: IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), port: 0 }
    }

    /// Every interface
    pub(crate) const fn everywhere(port: u16) -> Self {
        Self::Everywhere { port }
    }

    /// Listens there; `None` where the server is switched off
    ///
    /// Every interface means IPv6 and IPv4, or IPv4 alone on a host that has no IPv6.
    ///
    /// # Errors
    /// What the system says, such as an address that is in use.
    pub(crate) async fn bind(self) -> io::Result<Option<TcpListener>> {
        let listener = match self {
            Self::Off => return Ok(None),
            Self::One { ip, port } => TcpListener::bind((ip, port)).await?,
            Self::Everywhere { port } => match TcpListener::bind(("::", port)).await {
                // An address that is taken is an answer; only a missing protocol is a reason to try the other.
                Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                    TcpListener::bind(("0.0.0.0", port)).await?
                }
                bound => bound?,
            },
        };
        Ok(Some(listener))
    }
}

impl FromStr for BindAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "0" {
            return Ok(Self::Off);
        }
        let (host, port) = text.rsplit_once(':').ok_or(AddressError::NoPort)?;
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(AddressError::Port);
        }
        let port = port.parse().map_err(|_| AddressError::Port)?;
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let ip = match (host, bracketed) {
            ("", _) => return Ok(Self::Everywhere { port }),
            ("localhost", _) => IpAddr::from([127, 0, 0, 1]),
            (_, Some(inside)) => IpAddr::V6(inside.parse().map_err(|_| AddressError::Host)?),
            (host, None) => IpAddr::V4(host.parse().map_err(|_| AddressError::Host)?),
        };
        Ok(Self::One { ip, port })
    }
}

impl fmt::Display for BindAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => out.write_str("0"),
            Self::Everywhere { port } => write!(out, ":{port}"),
            Self::One { ip: IpAddr::V4(ip), port } => write!(out, "{ip}:{port}"),
            Self::One { ip: IpAddr::V6(ip), port } => write!(out, "[{ip}]:{port}"),
        }
    }
}
