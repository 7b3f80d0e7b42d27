//! Plain HTTP, as a program speaks it: one request on a connection of its own, and streams that are read as they come. It
//! must not follow anything by itself.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// Every value of a header.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).collect()
    }

    /// A header; empty where it is not there.
    pub(crate) fn header(&self, name: &str) -> String {
        self.all(name).into_iter().next().unwrap_or_default()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

async fn open(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> TcpStream {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, path.to_owned()));
    let mut socket = TcpStream::connect(host).await.unwrap();
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    // HTTP/1.0: no chunks to put together, and the end of the connection is the end of the answer.
    let host =
        if headers.iter().any(|(name, _)| *name == "host") { String::new() } else { format!("host: {host}\r\n") };
    let head = format!("{method} /{path} HTTP/1.0\r\n{host}content-length: {length}\r\n{more}\r\n");
    socket.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    socket
}

/// Sends one request.
pub(crate) async fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut socket = open(method, url, headers, body).await;
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// One request of a browser: status, where it leads, cookies.
pub(crate) async fn get(url: &str, cookies: &str) -> (u16, String, Vec<String>) {
    let answer = send("GET", url, &[("cookie", cookies)], "").await;
    (answer.status, answer.header("location"), answer.all("set-cookie"))
}

/// One event of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) data: String,
}

/// A stream of events.
pub(crate) struct Events {
    socket: TcpStream,
    read: String,
}

impl Events {
    /// Opens one; the answer instead where it is no stream.
    pub(crate) async fn open(url: &str, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let mut it = Self { socket: open("GET", url, headers, "").await, read: String::new() };
        while !it.read.contains("\r\n\r\n") {
            it.more().await;
        }
        let (head, rest) = it.read.split_once("\r\n\r\n").unwrap();
        let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
        it.read = rest.to_owned();
        if status == 200 { Ok(it) } else { Err(status) }
    }

    async fn more(&mut self) {
        let mut bytes = [0; 16 * 1024];
        let count = self.socket.read(&mut bytes).await.unwrap();
        assert!(count > 0, "the stream ended: {}", self.read);
        self.read.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }

    /// The next event; signs of life are none.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            while let Some((block, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| {
                    let value = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    value.unwrap_or_default().to_owned()
                };
                let event = Event { id: field("id"), name: field("event"), data: field("data") };
                self.read = rest.to_owned();
                if !event.name.is_empty() {
                    return event;
                }
            }
            tokio::time::timeout(crate::house::PATIENCE, self.more()).await.expect("something comes");
        }
    }

    /// Reads until it ends.
    pub(crate) async fn ended(mut self) {
        let mut bytes = [0; 16 * 1024];
        let reading = async { while self.socket.read(&mut bytes).await.unwrap() > 0 {} };
        tokio::time::timeout(crate::house::PATIENCE, reading).await.expect("it ends");
    }

    /// Every event up to one of a name.
    pub(crate) async fn until(&mut self, name: &str) -> Vec<Event> {
        let mut all = Vec::new();
        loop {
            let event = self.next().await;
            all.push(event.clone());
            if event.name == name {
                return all;
            }
        }
    }
}
