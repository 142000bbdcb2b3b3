//! Asks a server to stop what it does for a connection, and waits until it has been told.
//!
//! tokio-postgres closes the request's connection as soon as it is sent. That ends pgbouncer 1.18,
//! which then closes it once more (<https://github.com/pgbouncer/pgbouncer/pull/846>). libpq waits
//! for the other side to close, and so does this.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{self, AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{CancelToken, NoTls};

use crate::hosts::Address;
use crate::tls::Tls;

/// Sends the request to where the connection goes; with TLS as it has it, if any is given.
pub(crate) async fn cancel(
    token: CancelToken,
    address: &Address,
    host: &str,
    tls: Option<Tls>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    match address {
        Address::Socket(path) => {
            let stream = UntilClosed(UnixStream::connect(path).await?);
            token.cancel_query_raw(stream, NoTls).await?;
        }
        Address::Tcp(address) => {
            let stream = UntilClosed(TcpStream::connect(address).await?);
            match tls {
                None => token.cancel_query_raw(stream, NoTls).await?,
                Some(mut tls) => {
                    let connect =
                        MakeTlsConnect::<UntilClosed<TcpStream>>::make_tls_connect(&mut tls, host)?;
                    token.cancel_query_raw(stream, Cancelling(connect)).await?;
                }
            }
        }
    }
    Ok(())
}

/// A stream whose end waits for the other side's.
struct UntilClosed<S>(S);

impl<S: AsyncRead + Unpin> AsyncRead for UntilClosed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for UntilClosed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; 64];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            // However it ends: there is nothing to be told.
            let read = ready!(Pin::new(&mut self.0).poll_read(context, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: TlsStream + Unpin> TlsStream for UntilClosed<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.0.channel_binding()
    }
}

/// TLS that is not ended before the other side has: its end is a message, too.
struct Cancelling<T>(T);

impl<S, T> TlsConnect<S> for Cancelling<T>
where
    T: TlsConnect<S, Future: Send + 'static>,
{
    type Stream = UntilClosed<T::Stream>;
    type Error = T::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, T::Error>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        let connecting = self.0.connect(stream);
        Box::pin(async move { connecting.await.map(UntilClosed) })
    }
}
