//! The HTTP side of the process: listeners, connections, limits, drain. It serves any [`Router`].
//!
//! `connection` bounds what a socket may do, `request` what a request may do; the API knows neither.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use address::{Client, Network};
pub use html::POLICY;

use crate::{
    clock::Clock,
    config::{Config, Limits},
    health::{Audience, Health},
    observe::HttpMetrics,
};

mod address;
mod body;
mod connection;
mod html;
mod request;

/// What all connections of a listener share.
struct Shared {
    router: Router,
    health: Health,
    audience: Audience,
    clock: Clock,
    limits: Limits,
    trusted_proxies: Vec<Network>,
    public_url: String,
    is_https: bool,
    force_https: bool,
    access_log: bool,
    metrics: HttpMetrics,
    in_flight: Semaphore,
    waiting: AtomicUsize,
    body_memory: Arc<body::Memory>,
}

/// The HTTP server of a process.
pub struct Server {
    stop: CancellationToken,
    drain: CancellationToken,
    cut: CancellationToken,
    connections: TaskTracker,
    health: Health,
    grace: Duration,
    timeout: Duration,
}

impl Server {
    /// Takes the times of a shutdown from the settings. Metrics must have been started.
    pub fn new(config: &Config, health: Health) -> Self {
        Self {
            stop: CancellationToken::new(),
            drain: CancellationToken::new(),
            cut: CancellationToken::new(),
            connections: TaskTracker::new(),
            health,
            grace: config.shutdown_grace,
            timeout: config.shutdown_timeout,
        }
    }

    /// Serves a router on a listener until [`shut_down`](Self::shut_down).
    pub fn serve(&self, listener: TcpListener, router: Router, config: &Config, clock: &Clock) {
        self.listen(listener, router, config, clock, Audience::Token);
    }

    /// Serves `/metrics` and the health pages alone.
    pub fn serve_metrics(&self, listener: TcpListener, config: &Config, clock: &Clock) {
        self.listen(listener, Router::new(), config, clock, Audience::Everybody);
    }

    fn listen(
        &self,
        listener: TcpListener,
        router: Router,
        config: &Config,
        clock: &Clock,
        audience: Audience,
    ) {
        let shared = Arc::new(Shared {
            router,
            health: self.health.clone(),
            audience,
            clock: clock.clone(),
            limits: config.limits.clone(),
            trusted_proxies: config.trusted_proxies.clone(),
            public_url: config.public_url(),
            is_https: config.is_https(),
            force_https: config.force_https,
            access_log: config.access_log,
            metrics: HttpMetrics::new(),
            in_flight: Semaphore::new(config.limits.in_flight.min(Semaphore::MAX_PERMITS)),
            waiting: AtomicUsize::new(0),
            body_memory: body::Memory::new(config.limits.body_memory),
        });
        let (drain, cut) = (self.drain.clone(), self.cut.clone());
        let accept = accept(listener, shared, self.connections.clone(), drain, cut);
        let stop = self.stop.clone();
        tokio::spawn(async move { stop.run_until_cancelled(accept).await });
    }

    /// Readiness off, grace, no new connections, requests in flight to their end. `hurry` cuts all of it short.
    pub async fn shut_down(self, hurry: impl Future<Output = ()>) {
        self.health.drain();
        self.connections.close();
        let calm = async {
            tokio::time::sleep(self.grace).await;
            self.stop.cancel();
            self.drain.cancel();
            if tokio::time::timeout(self.timeout, self.connections.wait())
                .await
                .is_err()
            {
                tracing::warn!(
                    connections = self.connections.len(),
                    "connections that did not end in time are cut"
                );
            }
        };
        tokio::select! {
            () = calm => {}
            () = hurry => tracing::warn!("stopping at once"),
        }
        self.stop.cancel();
        self.cut.cancel();
        // What was cut lets go of the database within moments.
        let _ = tokio::time::timeout(CUT_TIME, self.connections.wait()).await;
    }
}

/// How long connections that are cut may take to be gone.
const CUT_TIME: Duration = Duration::from_millis(500);

/// Accepts connections for ever.
async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    connections: TaskTracker,
    drain: CancellationToken,
    cut: CancellationToken,
) {
    let open = Arc::new(Semaphore::new(
        shared.limits.connections.min(Semaphore::MAX_PERMITS),
    ));
    let per_address = address::PerAddress::new(shared.limits.connections_per_address);
    loop {
        // At the limit the backlog waits: refusing would only bring the clients back at once.
        let Ok(permit) = Arc::clone(&open).acquire_owned().await else {
            return;
        };
        let (stream, peer) = next(&listener).await;
        let peer = peer.ip();
        let is_proxy = shared
            .trusted_proxies
            .iter()
            .any(|proxy| proxy.contains(peer));
        let seat = match per_address.enter(peer) {
            _ if is_proxy => None,
            Some(seat) => Some(seat),
            None => {
                shared.metrics.refused_connections.increment(1);
                continue;
            }
        };
        let (shared, drain, cut) = (Arc::clone(&shared), drain.clone(), cut.clone());
        connections.spawn(async move {
            shared.metrics.connections.increment(1);
            let metric = shared.metrics.connections.clone();
            let serve = connection::serve(stream, peer, shared, drain);
            cut.run_until_cancelled(serve).await;
            metric.decrement(1);
            drop((seat, permit));
        });
    }
}

/// The next connection; while the process is out of sockets, it waits for one to close.
async fn next(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are written whole: waiting for more would only delay them.
                let _ = stream.set_nodelay(true);
                return (stream, peer);
            }
            Err(error) if is_about_the_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections, trying again");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn is_about_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}
