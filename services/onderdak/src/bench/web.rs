//! HTTP with as little as it takes, so that what is measured is the pages and not who asks: one request on a connection of
//! its own, and streams of events that are read as they come. It must not follow or keep anything.

use std::time::Instant;

use service::clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::failed;
use crate::{Exit, Failure};

/// Largest piece of a stream that is read at a time.
const PIECE: usize = 2_048;

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    head: String,
    pub(super) body: String,
}

impl Answer {
    /// A header; empty where it is not there.
    pub(super) fn header<'a>(&'a self, name: &'a str) -> &'a str {
        self.all(name).next().unwrap_or_default()
    }

    /// The cookies it sets, as the next request says them.
    pub(super) fn cookies(&self) -> String {
        self.all("set-cookie").filter_map(|it| it.split(';').next()).collect::<Vec<_>>().join("; ")
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

async fn open(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Result<TcpStream, Failure> {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut socket = TcpStream::connect(host).await.map_err(failed)?;
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    // HTTP/1.0: nothing to put together again, and the end of the connection is the end of the answer.
    let head = format!("{method} /{path} HTTP/1.0\r\nhost: {host}\r\ncontent-length: {}\r\n{more}\r\n", body.len());
    socket.write_all(format!("{head}{body}").as_bytes()).await.map_err(failed)?;
    Ok(socket)
}

/// Sends one request.
pub(super) async fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer, Failure> {
    let mut socket = open(method, url, headers, body).await?;
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).await.map_err(failed)?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| odd(&text))?;
    Ok(Answer { status: status(head)?, head: head.to_owned(), body: body.to_owned() })
}

fn status(head: &str) -> Result<u16, Failure> {
    head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| odd(head))
}

fn odd(text: &str) -> Failure {
    let begin: String = text.chars().take(80).collect();
    Failure::new(Exit::Failed, format!("de pagina's antwoorden iets vreemds: {begin}"))
}

/// A line of a stream, and when it came.
pub(super) struct Lines {
    socket: TcpStream,
    read: Vec<u8>,
    from: usize,
    at: Instant,
}

impl Lines {
    /// Opens a stream.
    pub(super) async fn open(url: &str, headers: &[(&str, &str)]) -> Result<Self, Failure> {
        let socket = open("GET", url, headers, "").await?;
        let mut it = Self { socket, read: Vec::new(), from: 0, at: clock::stopwatch() };
        let first = it.next().await?.map(|(line, _)| line.to_owned()).unwrap_or_default();
        if status(&first)? == 200 { Ok(it) } else { Err(odd(&first)) }
    }

    /// The next line; none once the stream ended.
    pub(super) async fn next(&mut self) -> Result<Option<(&str, Instant)>, Failure> {
        loop {
            let rest = self.read.get(self.from..).unwrap_or_default();
            if let Some(length) = rest.iter().position(|byte| *byte == b'\n') {
                let (begin, end) = (self.from, self.from + length);
                self.from = end + 1;
                let line = self.read.get(begin..end).unwrap_or_default();
                return Ok(Some((std::str::from_utf8(line).map_err(failed)?.trim_end(), self.at)));
            }
            self.read.drain(..self.from);
            self.from = 0;
            let before = self.read.len();
            self.read.resize(before + PIECE, 0);
            let piece = self.read.get_mut(before..).unwrap_or_default();
            let count = self.socket.read(piece).await.map_err(failed)?;
            self.read.truncate(before + count);
            self.at = clock::stopwatch();
            if count == 0 {
                return Ok(None);
            }
        }
    }
}
