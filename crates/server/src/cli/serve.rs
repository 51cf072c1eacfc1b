//! `daybook serve`: everything in one process.

use std::{io::IsTerminal, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use store::Db;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    auth::cookie::Style,
    clock::Clock,
    config::Config,
    health::{Health, Readiness},
    jobs::upkeep,
    observe,
    serve::Server,
};

use super::{open, say};

pub(super) const EXAMPLES: &str = "\
Examples:
  daybook serve
  daybook serve --database-url postgres://daybook@db.example.org/daybook --master-key-file /etc/daybook/key
  DAYBOOK_LISTEN=0.0.0.0:8080 DAYBOOK_TRUSTED_PROXIES=10.0.0.0/8 daybook serve --public-url https://booking.example.org";

/// How far the clocks of server and database may differ before an operator should look (`reliability.md` §9).
const SKEW: Duration = Duration::from_secs(2);
/// How long a look at the database may take, and how long its result serves the next one who asks.
const PROBE_TIME: Duration = Duration::from_secs(5);
const PROBE_REST: Duration = Duration::from_secs(1);
/// Samples of histograms are gathered this often, also where nobody reads the metrics.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);
/// How long background work, then the database, may take to end once no request is left: with the grace and the
/// time for requests that makes 30 seconds.
const LAST_WORDS: Duration = Duration::from_secs(1);
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// Serves until a signal ends it.
pub(super) async fn run(mut config: Config) -> anyhow::Result<()> {
    observe::start_logging(&config.log, config.log_format);
    observe::start_metrics();
    // Before the slow part, so that a signal during the start is not lost.
    let signals = Signals::listen()?;
    let listener = listen(config.listen).await?;
    config.listen = listener.local_addr()?;
    let metrics_listener = match config.metrics_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };

    let options = open::options(&config);
    let lock = store::db::lock_server(&options)?;
    let db = Db::open(&options).await?;
    if lock.after_unclean_stop() {
        tracing::info!("the last stop was not clean, checking the database");
        db.quick_check().await?;
    }
    let served = with_database(config, &db, listener, metrics_listener, signals).await;
    if let Ok(closed) = tokio::time::timeout(CLOSE_TIME, db.close()).await {
        closed?;
        lock.release()?;
    } else {
        tracing::warn!("the database is still at work, the next start checks it");
    }
    served
}

/// The part of the work that ends by closing the database, whatever happens.
async fn with_database(
    mut config: Config,
    db: &Db,
    listener: TcpListener,
    metrics_listener: Option<TcpListener>,
    mut signals: Signals,
) -> anyhow::Result<()> {
    db.migrate().await?;
    let clock = Clock::system();
    let seal = open::seal(&config, db, &clock).await?;

    if std::io::stdout().is_terminal() {
        config.shutdown_grace = Duration::ZERO;
    }
    if !front::is_built() {
        tracing::warn!("this build has no panel: it was made without Node");
    }
    let app = App::new(db.clone(), config, clock.clone(), seal);
    if app.auth.cookie == Style::Plain {
        tracing::warn!(
            "the panel's sessions can be read on the way: set `public-url` to an https address"
        );
    }
    let config = &app.config;
    let metrics = observe::start_metrics();
    let probe = probe(db.clone(), clock.clone());
    let health = Health::new(probe, metrics.clone(), config.metrics_token.clone());
    let server = Server::new(config, health);
    let router = crate::router(&app);
    server.serve(listener, router, config, &clock);
    if let Some(listener) = metrics_listener {
        server.serve_metrics(listener, config, &clock);
    }
    let stop = CancellationToken::new();
    let upkeep = tokio::spawn(upkeep::run(app.clone(), stop.clone()));
    let metrics = tokio::spawn(async move {
        loop {
            tokio::time::sleep(METRICS_UPKEEP).await;
            metrics.run_upkeep();
        }
    });
    say(format!("Daybook is ready: {}/admin", config.public_url()))?;

    signals.next().await;
    tracing::info!("stopping");
    server.shut_down(signals.next()).await;
    metrics.abort();
    stop.cancel();
    if tokio::time::timeout(LAST_WORDS, upkeep).await.is_err() {
        tracing::warn!("the last uses of keys and sessions could not be written");
    }
    Ok(())
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Looks at the database, at most once in a while however many ask.
fn probe(db: Db, clock: Clock) -> crate::health::Probe {
    let last: Arc<tokio::sync::Mutex<Option<(Instant, Readiness)>>> = Arc::default();
    Arc::new(move || {
        let (db, clock, last) = (db.clone(), clock.clone(), Arc::clone(&last));
        Box::pin(async move {
            let mut last = last.lock().await;
            if let Some((at, found)) = &*last
                && at.elapsed() < PROBE_REST
            {
                return found.clone();
            }
            let found = tokio::time::timeout(PROBE_TIME, look(&db, &clock))
                .await
                .unwrap_or_else(|_| Readiness::Down("the database does not answer".to_owned()));
            *last = Some((Instant::now(), found.clone()));
            found
        })
    })
}

async fn look(db: &Db, clock: &Clock) -> Readiness {
    let look = async {
        db.check_writable().await?;
        db.ping_clock().await
    };
    match look.await {
        Ok(millis) => {
            let skew = Duration::from_millis(millis.abs_diff(clock.now().as_millisecond()));
            if skew > SKEW {
                Readiness::Degraded("the clocks of server and database differ".to_owned())
            } else {
                Readiness::Ready
            }
        }
        Err(error) => {
            // The details, a host name perhaps, are for the log: anybody may ask whether a server is ready.
            tracing::warn!(%error, "the database does not take writes");
            match error {
                // Reads go on, and writes come back by themselves once there is space.
                store::Error::Full => Readiness::Degraded("the disk is full".to_owned()),
                store::Error::Corrupt(_) => Readiness::Down("the database is damaged".to_owned()),
                _ => Readiness::Down("the database does not take writes".to_owned()),
            }
        }
    }
}
