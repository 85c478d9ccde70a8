//! Idle connections are closed, so that a client cannot hold them open forever.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;

/// Responses are sent at once, so an idle connection waits for its client.
const MAX_IDLE: Duration = Duration::from_secs(60);

pub struct Connections(pub TcpListener);

impl Listener for Connections {
    type Io = Pin<Box<TimeoutStream<TcpStream>>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        let (stream, from) = Listener::accept(&mut self.0).await;
        let mut stream = TimeoutStream::new(stream);
        stream.set_read_timeout(Some(MAX_IDLE));
        stream.set_write_timeout(Some(MAX_IDLE));
        (Box::pin(stream), from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
