//! As much of an HTTP client as benches and races need: one kept connection, bodies with a length.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};

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
        self.send("GET", path, None, "")
    }

    pub fn post(&mut self, path: &str, body: &str) -> Result<(u16, String)> {
        self.send("POST", path, None, body)
    }

    /// Sends a request, possibly with one more header, and reads the whole answer.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        header: Option<(&str, &str)>,
        body: &str,
    ) -> Result<(u16, String)> {
        let header =
            header.map_or_else(String::new, |(name, value)| format!("{name}: {value}\r\n"));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\nContent-Type: application/json\r\n{header}Content-Length: {}\r\n\r\n{body}",
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
            if line.is_empty() {
                bail!("the connection was closed within an answer");
            }
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

/// The `Authorization` of an app key: Basic, with an empty user name.
pub fn basic(key: &str) -> String {
    format!("Basic {}", base64(format!(":{key}").as_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let padded = [
            chunk[0],
            chunk.get(1).copied().unwrap_or(0),
            chunk.get(2).copied().unwrap_or(0),
        ];
        let bits = u32::from_be_bytes([0, padded[0], padded[1], padded[2]]);
        for place in 0..4 {
            let letter = char::from(LETTERS[(bits >> (18 - 6 * place)) as usize & 63]);
            out.push(if place <= chunk.len() { letter } else { '=' });
        }
    }
    out
}

/// The text between the quotes that follow `label`.
pub fn text_after<'a>(json: &'a str, label: &str) -> Option<&'a str> {
    let rest = json[json.find(label)? + label.len()..]
        .trim_start()
        .strip_prefix('"')?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads_its_end() {
        for (bytes, written) in [("", ""), (":", "Og=="), (":k", "Oms="), (":ke", "Omtl")] {
            assert_eq!(base64(bytes.as_bytes()), written);
        }
    }

    #[test]
    fn a_text_is_found_behind_its_label() {
        let json = r#"{"data":{"id":"a","state": "confirmed","seats":3}}"#;

        assert_eq!(text_after(json, "\"id\":"), Some("a"));
        assert_eq!(text_after(json, "\"state\":"), Some("confirmed"));
        assert_eq!(text_after(json, "\"seats\":"), None);
    }
}
