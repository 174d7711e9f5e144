//! Nonsense on the socket, before and after the TLS handshake: no panic, no hang, no harm to others

use fastrand::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::{self, Certificate, Http};
use super::started;

/// The beginnings from which nonsense goes on
const BEGINNINGS: [&[u8]; 9] = [
    b"",
    b"GET / HTTP/1.1\r\n",
    b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n",
    b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 18446744073709551615\r\n\r\n",
    b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
];

fn nonsense(rng: &mut Rng) -> Vec<u8> {
    let mut bytes = BEGINNINGS[rng.usize(..BEGINNINGS.len())].to_vec();
    let length = rng.usize(..2048);
    bytes.extend(std::iter::repeat_with(|| rng.u8(..)).take(length));
    bytes
}

/// Sends it, and reads until the server is done with it
async fn send(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin, bytes: &[u8]) {
    // The server may close at any point of this.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

#[tokio::test]
async fn random_bytes_neither_stop_the_server_nor_hang_it() {
    let served = started().await;
    let mut rng = Rng::with_seed(4);
    for round in 0..120 {
        let bytes = nonsense(&mut rng);
        match round % 4 {
            0 => send(TcpStream::connect(served.address).await.unwrap(), &bytes).await,
            1 => send(client::tls(&served, Http::One, Certificate::None).await.unwrap(), &bytes).await,
            2 => send(client::tls(&served, Http::One, Certificate::Admin).await.unwrap(), &bytes).await,
            _ => send(client::tls(&served, Http::Two, Certificate::Admin).await.unwrap(), &bytes).await,
        }
    }
    for http in client::BOTH {
        assert_eq!(client::ask(&served, http, client::get("/")).await.0, http::StatusCode::OK);
    }
    served.stop().await;
}

#[tokio::test]
async fn clients_that_go_away_in_the_middle_leave_nothing_behind() {
    let served = started().await;
    let whole = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 20\r\n\r\n{\"kind\":\"Namespace\"}";
    for end in 0..whole.len() {
        let mut stream = client::tls(&served, Http::One, Certificate::Admin).await.unwrap();
        stream.write_all(&whole[..end]).await.unwrap();
        drop(stream);
    }
    for path in ["/never", "/endless"] {
        for http in client::BOTH {
            let mut sender = client::connect(&served, http, Certificate::Admin).await.unwrap();
            let gone = futures::future::select(
                Box::pin(sender.send(client::get(path))),
                Box::pin(async {
                    client::ask(&served, http, client::get("/")).await;
                }),
            );
            drop(gone.await);
        }
    }
    tokio::time::pause();
    let since = tokio::time::Instant::now();
    served.stop().await;
    assert_eq!(since.elapsed(), std::time::Duration::ZERO, "nothing was left to wait for");
}
