//! One connection: which protocol it speaks, and how long it may take for each phase.
//!
//! The library's own timers begin with the header; ours covers the first byte, the protocol sniff, the header, idling
//! and an answer that nobody reads. One timer a connection is armed at most once a phase limit, not once a request.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
    net::IpAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use hyper::{
    body::{Body as HttpBody, Frame, SizeHint},
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{Shared, request};
use crate::config::Limits;

const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Serves a connection until it ends, stalls, or the server drains.
pub(crate) async fn serve(
    mut stream: TcpStream,
    peer: IpAddr,
    shared: Arc<Shared>,
    drain: CancellationToken,
) {
    let pulse = Arc::new(Pulse::new(&shared.limits));
    let sniffed = tokio::select! {
        biased;
        sniffed = tokio::time::timeout(shared.limits.header_time, sniff(&mut stream)) => sniffed,
        () = drain.cancelled() => return,
    };
    let Ok(Ok((protocol, start))) = sniffed else {
        return;
    };
    let io = TokioIo::new(Io {
        stream,
        start,
        pulse: Arc::clone(&pulse),
        scan: HeadScan::default(),
    });
    let limits = shared.limits.clone();
    let service = {
        let pulse = Arc::clone(&pulse);
        service_fn(move |request| {
            request::handle(Arc::clone(&shared), Arc::clone(&pulse), peer, request)
        })
    };
    match protocol {
        Protocol::Http1 => {
            let connection = http1::Builder::new()
                .max_headers(limits.headers)
                // Line and fields are told apart once they are parsed; this bounds both together.
                .max_header_size(limits.request_line + limits.header_bytes)
                .serve_connection(io, service);
            watch(
                connection,
                &pulse,
                &drain,
                http1::Connection::graceful_shutdown,
            )
            .await;
        }
        Protocol::Http2 => {
            pulse.is_http2.store(true, Ordering::Relaxed);
            let connection = http2::Builder::new(TokioExecutor::new())
                .max_concurrent_streams(limits.http2_streams)
                .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
                .serve_connection(io, service);
            watch(
                connection,
                &pulse,
                &drain,
                http2::Connection::graceful_shutdown,
            )
            .await;
        }
    }
}

/// Drives a connection under its timer.
async fn watch<C: Future>(
    connection: C,
    pulse: &Pulse,
    drain: &CancellationToken,
    finish: impl Fn(Pin<&mut C>),
) {
    let mut connection = pin!(connection);
    let mut timer = pin!(tokio::time::sleep_until(pulse.start));
    let mut drained = pin!(drain.cancelled());
    let mut draining = false;
    poll_fn(|context| {
        loop {
            if connection.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            // A header that has begun and is not whole yet has less time than the idling before it.
            if pulse.is_reading_head() && pulse.deadline() < timer.deadline() {
                timer.as_mut().reset(pulse.deadline());
            }
            if timer.as_mut().poll(context).is_ready() {
                if pulse.deadline() <= Instant::now() {
                    return Poll::Ready(());
                }
                timer.as_mut().reset(pulse.deadline());
            } else if !draining && drained.as_mut().poll(context).is_ready() {
                draining = true;
                finish(connection.as_mut());
            } else {
                return Poll::Pending;
            }
        }
    })
    .await;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Http1,
    Http2,
}

/// Reads as much as tells the protocols apart, and gives it back for parsing.
async fn sniff(stream: &mut TcpStream) -> io::Result<(Protocol, Bytes)> {
    let mut start = [0; HTTP2_PREFACE.len()];
    let mut length = 0;
    loop {
        let read = stream.read(&mut start[length..]).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        length += read;
        if start[..length] != HTTP2_PREFACE[..length] {
            return Ok((Protocol::Http1, Bytes::copy_from_slice(&start[..length])));
        }
        if length == start.len() {
            return Ok((Protocol::Http2, Bytes::copy_from_slice(&start)));
        }
    }
}

/// What a connection is doing, and since when.
pub(crate) struct Pulse {
    start: Instant,
    phase: AtomicU8,
    /// Milliseconds from `start` to the last change of phase or, while busy, to the last byte.
    since: AtomicU64,
    active: AtomicUsize,
    is_http2: AtomicBool,
    /// Whether bytes wait to be written: an answer leaves its body before it leaves the machine.
    unsent: AtomicBool,
    /// `Content-Length` lines in the head that was read last (HTTP/1).
    lengths: AtomicU8,
    times: [Duration; 3],
}

const HEAD: u8 = 0;
const BUSY: u8 = 1;
const IDLE: u8 = 2;

impl Pulse {
    fn new(limits: &Limits) -> Self {
        // While a request is in work no byte need flow until its handler's time is over.
        let stalled = limits.queue_time + limits.request_time + limits.body_idle_time;
        Self {
            start: Instant::now(),
            phase: AtomicU8::new(HEAD),
            since: AtomicU64::new(0),
            active: AtomicUsize::new(0),
            is_http2: AtomicBool::new(false),
            unsent: AtomicBool::new(false),
            lengths: AtomicU8::new(0),
            times: [limits.header_time, stalled, limits.keep_alive_time],
        }
    }

    /// A request has arrived; the guard's end is the end of its answer.
    pub(crate) fn begin(self: &Arc<Self>) -> Active {
        self.active.fetch_add(1, Ordering::Relaxed);
        self.enter(BUSY);
        Active(Arc::clone(self))
    }

    /// How many `Content-Length` lines the request's head had; HTTP/1 only.
    pub(crate) fn content_lengths(&self) -> u8 {
        self.lengths.load(Ordering::Relaxed)
    }

    fn enter(&self, phase: u8) {
        self.touch();
        self.phase.store(phase, Ordering::Relaxed);
    }

    fn touch(&self) {
        let millis = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.since.store(millis, Ordering::Relaxed);
    }

    /// Whether these bytes begin a new head.
    fn received(&self) -> bool {
        match self.phase.load(Ordering::Relaxed) {
            BUSY => {
                self.touch();
                false
            }
            // Frames of an idle HTTP/2 connection need not begin a request.
            IDLE if !self.is_http2.load(Ordering::Relaxed) => {
                self.enter(HEAD);
                true
            }
            _ => false,
        }
    }

    fn sending(&self, result: &Poll<io::Result<usize>>) {
        self.unsent.store(true, Ordering::Relaxed);
        if result.is_ready() {
            self.touch();
        }
    }

    fn sent(&self) {
        self.unsent.store(false, Ordering::Relaxed);
    }

    fn is_reading_head(&self) -> bool {
        self.phase.load(Ordering::Relaxed) == HEAD
    }

    /// When the present phase must be over.
    fn deadline(&self) -> Instant {
        let phase = match self.phase.load(Ordering::Relaxed) {
            IDLE if self.unsent.load(Ordering::Relaxed) => BUSY,
            phase => phase,
        };
        let time = self.times[usize::from(phase)];
        self.start + Duration::from_millis(self.since.load(Ordering::Relaxed)) + time
    }
}

/// A request in work.
pub(crate) struct Active(Arc<Pulse>);

impl Drop for Active {
    fn drop(&mut self) {
        if self.0.active.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.enter(IDLE);
        }
    }
}

/// An answer's body; the request is over when it has been sent.
pub(crate) struct Answer {
    body: Body,
    _active: Active,
}

impl Answer {
    pub(crate) fn new(body: Body, active: Active) -> Self {
        Self {
            body,
            _active: active,
        }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The socket, with the bytes that the sniff took first, telling the pulse of every byte.
struct Io {
    stream: TcpStream,
    start: Bytes,
    pulse: Arc<Pulse>,
    scan: HeadScan,
}

impl Io {
    fn received(&mut self, bytes: &[u8]) {
        if self.pulse.received() {
            self.scan = HeadScan::default();
        }
        if self.scan.read(bytes) {
            self.pulse
                .lengths
                .store(self.scan.lengths, Ordering::Relaxed);
        }
    }

    fn sending(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.pulse.sending(&result);
        result
    }
}

impl AsyncRead for Io {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let io = self.get_mut();
        let before = buffer.filled().len();
        if io.start.is_empty() {
            ready!(Pin::new(&mut io.stream).poll_read(context, buffer))?;
        } else {
            let length = io.start.len().min(buffer.remaining());
            buffer.put_slice(&io.start.split_to(length));
        }
        let bytes = &buffer.filled()[before..];
        if !bytes.is_empty() {
            io.received(bytes);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Io {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.sending(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.sending(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The library flushes once it has written all that it had.
        self.pulse.sent();
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Counts the `Content-Length` lines of a head as it arrives.
///
/// The parser drops what it does not use, a second equal length or one beside `Transfer-Encoding`, so that a handler
/// could not see them; a proxy in front of us may have believed the other one (RFC 9112 §6.3).
#[derive(Default)]
struct HeadScan {
    lengths: u8,
    line: [u8; LENGTH_FIELD.len()],
    line_length: usize,
    started: bool,
    done: bool,
}

const LENGTH_FIELD: &[u8; 15] = b"content-length:";

impl HeadScan {
    /// Takes the next bytes; true while they belong to the head.
    fn read(&mut self, bytes: &[u8]) -> bool {
        if self.done {
            return false;
        }
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let kept = part.len().min(self.line.len() - self.line_length);
            self.line[self.line_length..][..kept].copy_from_slice(&part[..kept]);
            self.line_length += kept;
            if part.last() != Some(&b'\n') {
                continue;
            }
            let line = &self.line[..self.line_length];
            if matches!(line, b"\n" | b"\r\n") {
                if self.started {
                    self.done = true;
                    break;
                }
            } else {
                self.started = true;
                if line.eq_ignore_ascii_case(LENGTH_FIELD) {
                    self.lengths = self.lengths.saturating_add(1);
                }
            }
            self.line_length = 0;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_in_the_head_alone_however_it_is_cut() {
        let text = b"\r\nPOST / HTTP/1.1\r\nCONTENT-Length: 3\r\nX: content-length: 4\r\ncontent-length:3\r\n\r\n\
            Content-Length: 9\r\nContent-Length: 9\r\n";
        for cut in 1..text.len() {
            let mut scan = HeadScan::default();

            for part in text.chunks(cut) {
                scan.read(part);
            }

            assert_eq!(scan.lengths, 2, "cut at {cut}");
            assert!(scan.done);
        }
    }
}
