//! The servers to try, in order.
//! <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS>

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use tokio::net::lookup_host;

use crate::ParameterError;
use crate::parameters::Parameters;

/// Folders in which servers have their sockets: Debian's, and that of Postgres itself.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// A server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    /// A host name, an address, or the folder of a socket.
    pub(crate) name: String,
    /// The address, where it is not to be looked up by the name.
    pub(crate) address: Option<IpAddr>,
    pub(crate) port: u16,
}

/// Where a server listens.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    Tcp(SocketAddr),
    Socket(PathBuf),
}

impl Host {
    /// Where it can be reached, each to be tried.
    pub(crate) async fn addresses(&self) -> io::Result<Vec<Address>> {
        if self.is_socket() {
            let file = format!(".s.PGSQL.{}", self.port);
            return Ok(vec![Address::Socket(Path::new(&self.name).join(file))]);
        }
        let addresses: Vec<SocketAddr> = match self.address {
            Some(address) => vec![SocketAddr::new(address, self.port)],
            None => lookup_host((self.name.as_str(), self.port)).await?.collect(),
        };
        Ok(addresses.into_iter().map(Address::Tcp).collect())
    }

    /// Whether it is reached by a Unix socket.
    pub(crate) fn is_socket(&self) -> bool {
        self.address.is_none() && self.name.starts_with('/')
    }

    /// Whether it is this machine.
    pub(crate) fn is_local(&self) -> bool {
        let address = self.address.or_else(|| self.name.parse().ok());
        address
            .map_or(self.is_socket() || self.name == "localhost", |address| address.is_loopback())
    }

    /// What a password file calls it.
    pub(crate) fn name_in_passfile(&self) -> &str {
        if SOCKET_FOLDERS.contains(&self.name.as_str()) { "localhost" } else { &self.name }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} port {}", self.name, self.port)
    }
}

/// The hosts of these parameters.
pub(crate) fn hosts(parameters: &Parameters) -> Result<Vec<Host>, ParameterError> {
    let [names, addresses, ports] =
        ["host", "hostaddr", "port"].map(|name| list(parameters.get(name)));
    let count = names.len().max(addresses.len()).max(1);
    for (name, values) in [("host", names.len()), ("hostaddr", addresses.len())] {
        if values != 0 && values != count {
            return Err(ParameterError::Lists { name, values, hosts: count });
        }
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(ParameterError::Lists { name: "port", values: ports.len(), hosts: count });
    }
    (0..count).map(|n| host(nth(&names, n), nth(&addresses, n), port_of(&ports, n))).collect()
}

fn list(value: Option<&str>) -> Vec<&str> {
    value.map(|value| value.split(',').collect()).unwrap_or_default()
}

fn nth<'a>(list: &[&'a str], n: usize) -> Option<&'a str> {
    list.get(n).copied().filter(|value| !value.is_empty())
}

/// One port stands for all hosts.
fn port_of<'a>(ports: &[&'a str], n: usize) -> Option<&'a str> {
    nth(ports, if ports.len() == 1 { 0 } else { n })
}

fn host(
    name: Option<&str>,
    address: Option<&str>,
    port: Option<&str>,
) -> Result<Host, ParameterError> {
    let wrong = |name, value: Option<&str>, expected| ParameterError::Value {
        name,
        value: value.unwrap_or_default().to_owned(),
        expected,
    };
    let ip = address.map(str::parse).transpose();
    let ip = ip.map_err(|_| wrong("hostaddr", address, "an IP address"))?;
    let number = port.map_or(Some(5432), |port| port.trim().parse().ok().filter(|&port| port > 0));
    let number = number.ok_or_else(|| wrong("port", port, "a number from 1 to 65535"))?;
    let name = name.or(address).map_or_else(default_host, str::to_owned);
    Ok(Host { name, address: ip, port: number })
}

fn default_host() -> String {
    let there = SOCKET_FOLDERS.into_iter().find(|folder| Path::new(folder).is_dir());
    there.unwrap_or("localhost").to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Host, Parameters, hosts};

    fn of(text: &str) -> Vec<String> {
        let hosts = hosts(&Parameters::of(text).expect(text)).expect(text);
        hosts.iter().map(Host::to_string).collect()
    }

    #[test]
    fn lists_go_side_by_side() {
        assert_eq!(of("host=a,b port=1"), ["a port 1", "b port 1"]);
        assert_eq!(of("host=a,b port=1,"), ["a port 1", "b port 5432"]);
        assert_eq!(of("hostaddr=::1"), ["::1 port 5432"]);
        for text in ["host=a,b port=1,2,3", "host=a hostaddr=::1,::2", "port=x", "hostaddr=a"] {
            assert!(hosts(&Parameters::of(text).expect(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn this_machine_is_known_by_any_name() {
        for (text, is_local) in [
            ("host=/tmp", true),
            ("host=localhost", true),
            ("host=db hostaddr=127.0.0.2", true),
            ("host=::1", true),
            ("host=db.example", false),
            ("host=localhost hostaddr=192.0.2.1", false),
        ] {
            let hosts = hosts(&Parameters::of(text).expect(text)).expect(text);
            assert_eq!(hosts[0].is_local(), is_local, "{text}");
        }
    }
}
