//! The fault proxy does each of its faults, and only while it is told to.

use std::time::Duration;

use testkit::proxy::Proxy;
use testkit::{SECONDS_10, wait_for};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};

const A_MOMENT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn bytes_go_through_both_ways() {
    let proxy = Proxy::start(echo_server().await).await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(echo(&mut client).await, Some(*b"ping"));
}

#[tokio::test]
async fn a_cut_swallows_everything_and_heal_closes_what_lost_bytes() {
    let proxy = Proxy::start(echo_server().await).await;
    let mut talking = TcpStream::connect(proxy.address()).await.unwrap();
    let mut silent = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(echo(&mut talking).await, Some(*b"ping"));
    assert_eq!(echo(&mut silent).await, Some(*b"ping"));

    proxy.cut();
    let mut newcomer = TcpStream::connect(proxy.address()).await.unwrap();
    assert!(timeout(A_MOMENT, echo(&mut talking)).await.is_err());
    assert!(timeout(A_MOMENT, echo(&mut newcomer)).await.is_err());

    proxy.heal();
    assert_eq!(echo(&mut talking).await, None);
    assert_eq!(echo(&mut newcomer).await, None);
    assert_eq!(echo(&mut silent).await, Some(*b"ping"));
    assert_eq!(echo(&mut TcpStream::connect(proxy.address()).await.unwrap()).await, Some(*b"ping"));
}

#[tokio::test]
async fn a_reset_closes_every_connection_and_takes_new_ones() {
    let proxy = Proxy::start(echo_server().await).await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(echo(&mut client).await, Some(*b"ping"));
    proxy.reset();
    assert_eq!(client.read(&mut [0]).await.unwrap_or(0), 0);
    let mut next = TcpStream::connect(proxy.address()).await.unwrap();
    assert_eq!(echo(&mut next).await, Some(*b"ping"));
}

#[tokio::test]
async fn a_delay_is_paid_in_both_directions() {
    let proxy = Proxy::start(echo_server().await).await;
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    proxy.delay(Duration::from_millis(50));
    let start = Instant::now();
    assert_eq!(echo(&mut client).await, Some(*b"ping"));
    assert!(start.elapsed() >= Duration::from_millis(100));
}

#[tokio::test]
async fn a_dropped_proxy_closes_its_port() {
    let proxy = Proxy::start(echo_server().await).await;
    let address = proxy.address();
    drop(proxy);
    wait_for("the port to close", SECONDS_10, async || match TcpStream::connect(address).await {
        Ok(_) => Err("still open".to_owned()),
        Err(_) => Ok(()),
    })
    .await;
}

/// What comes back for `ping`; None when the connection is closed.
async fn echo(client: &mut TcpStream) -> Option<[u8; 4]> {
    let mut reply = [0; 4];
    client.write_all(b"ping").await.ok()?;
    client.read_exact(&mut reply).await.ok()?;
    Some(reply)
}

async fn echo_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = client.split();
                // Ends when the client does, and that is all there is to say about it.
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    address.to_string()
}
