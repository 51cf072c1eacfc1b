//! As much of an HTTP client as seeding needs: one kept connection, bodies with a length.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result};

/// A connection to a server on this machine.
pub struct Client {
    stream: BufReader<TcpStream>,
    authorization: String,
}

impl Client {
    /// `address` is host and port.
    pub fn connect(address: &str, authorization: &str) -> Result<Self> {
        let stream =
            TcpStream::connect(address).with_context(|| format!("connect to {address}"))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            authorization: authorization.to_owned(),
        })
    }

    pub fn get(&mut self, path: &str) -> Result<(u16, String)> {
        self.send("GET", path, "")
    }

    pub fn post(&mut self, path: &str, body: &str) -> Result<(u16, String)> {
        self.send("POST", path, body)
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Result<(u16, String)> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.authorization,
            body.len()
        );
        self.stream
            .get_mut()
            .write_all(request.as_bytes())
            .context("send the request")?;

        let mut line = String::new();
        self.stream
            .read_line(&mut line)
            .context("read the answer")?;
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .context("an answer without a status")?;
        let mut length = 0;
        loop {
            line.clear();
            self.stream
                .read_line(&mut line)
                .context("read the answer")?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().context("a length that is no number")?;
            }
        }
        let mut bytes = vec![0; length];
        self.stream
            .read_exact(&mut bytes)
            .context("read the answer's body")?;
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }
}
