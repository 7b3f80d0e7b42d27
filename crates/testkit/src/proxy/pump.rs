//! Moves bytes one way, as late and as badly as the weather says. A connection that lost bytes is
//! never resumed.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::Weather;

/// Chunks under way: with a delay more than one must be, or the proxy would limit throughput as well.
const UNDER_WAY: usize = 256;

const CHUNK_BYTES: usize = 16 * 1024;

type Chunk = (Instant, Vec<u8>);

/// Carries bytes until one side closes, or until a cut that lost some is over.
pub(super) async fn pump(from: OwnedReadHalf, to: OwnedWriteHalf, weather: watch::Receiver<Weather>) {
    let (sender, receiver) = mpsc::channel(UNDER_WAY);
    // Both must end: what was read before a close still has to arrive.
    tokio::join!(read(from, sender, weather), write(to, receiver));
}

/// Reads and drops everything until the network, which was cut at the moment `cut`, is back.
pub(super) async fn swallow_until_healed(
    mut from: impl AsyncRead + Unpin,
    cut: Weather,
    mut weather: watch::Receiver<Weather>,
) {
    let mut ignored = vec![0; CHUNK_BYTES];
    let swallowing = async {
        // Also after the client has closed: it may not notice anything of the far side.
        while from.read(&mut ignored).await.is_ok_and(|bytes| bytes > 0) {}
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = swallowing => (),
        _ = weather.wait_for(|now| now.heals != cut.heals) => (),
    }
}

async fn read(mut from: OwnedReadHalf, sender: mpsc::Sender<Chunk>, weather: watch::Receiver<Weather>) {
    let mut buffer = vec![0; CHUNK_BYTES];
    while let Ok(bytes @ 1..) = from.read(&mut buffer).await {
        let now = *weather.borrow();
        if now.is_cut {
            return swallow_until_healed(from, now, weather).await;
        }
        if sender.send((Instant::now() + now.delay, buffer[..bytes].to_vec())).await.is_err() {
            return;
        }
    }
}

async fn write(mut to: OwnedWriteHalf, mut receiver: mpsc::Receiver<Chunk>) {
    while let Some((due, bytes)) = receiver.recv().await {
        sleep_until(due).await;
        if to.write_all(&bytes).await.is_err() {
            return;
        }
    }
}
