//! Connections on which nothing moves are closed, so that none can be held open for ever.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;

/// Every answer comes at once, so only a client can be what is waited for.
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
