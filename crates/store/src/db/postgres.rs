//! PostgreSQL: pooled clients, each its own transaction.
//!
//! A client goes back to the pool only outside of a transaction and with no statement under way.

use std::{path::PathBuf, sync::Arc, time::Duration};

use deadpool_postgres::{Hook, HookError, Manager, Object, Pool, Runtime};
use futures_util::future::{try_join, try_join_all};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio::runtime::Handle;
use tokio_postgres::{
    Config, Statement,
    config::{Host, SslMode, TargetSessionAttrs},
    types::ToSql,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Error, FromRow, Param, Result, Row, Sql, deadline, migrate, row};

/// Given to each session: no lock is waited for long, no statement runs for long, no transaction idles.
/// A session that would acknowledge before the disk has the data is brought to do so after.
const SESSION: &str = "
    SET lock_timeout = '2s';
    SET statement_timeout = '5s';
    SET idle_in_transaction_session_timeout = '10s';
    SET TimeZone = 'UTC';
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'";
/// Statements that a client keeps prepared; built texts could otherwise fill the server's memory.
const STATEMENTS: usize = 500;

/// A pool of clients.
pub(super) struct Postgres {
    pool: Pool,
    tls: MakeRustlsConnect,
}

impl Postgres {
    pub(super) async fn open(url: &str, clients: usize) -> Result<Self> {
        let (config, roots) = read_url(url)?;
        let tls = MakeRustlsConnect::new(tls(roots)?);
        let pool = Pool::builder(Manager::new(config, tls.clone()))
            .max_size(clients.max(1))
            .wait_timeout(Some(Duration::from_secs(2)))
            .create_timeout(Some(Duration::from_secs(10)))
            .runtime(Runtime::Tokio1)
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move {
                    let set = client.batch_execute(SESSION).await;
                    set.map_err(HookError::Backend)
                })
            }))
            .build()
            .map_err(|error| Error::refused(error.to_string()))?;
        // A wrong address or password is told at start, not to the first request.
        drop(pool.get().await?);
        Ok(Self { pool, tls })
    }

    /// A client; `begin` opens a transaction.
    pub(super) async fn client(self: &Arc<Self>, begin: Option<&'static str>) -> Result<Client> {
        let object = deadline::bound(self.pool.get()).await??;
        Ok(Client {
            object: Some(object),
            postgres: self.clone(),
            state: State::Idle,
            begin,
            spent: None,
        })
    }

    /// A connection that never goes back to the pool, without limits of time.
    pub(super) async fn alone(&self) -> Result<deadpool_postgres::ClientWrapper> {
        let client = Object::take(self.pool.get().await?);
        client
            .batch_execute("SET statement_timeout = 0; SET lock_timeout = 0")
            .await?;
        Ok(client)
    }

    pub(super) async fn schema_version(&self) -> Result<i32> {
        migrate::postgres_version(&*self.pool.get().await?).await
    }

    pub(super) fn close(&self) {
        self.pool.close();
    }
}

/// What a client must do before the next one may use it.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Nothing.
    Idle,
    /// Roll back.
    Open,
    /// A statement is under way, or the connection is broken: it cannot be used again.
    Lost,
}

/// A client, inside or outside of a transaction.
pub(super) struct Client {
    object: Option<Object>,
    postgres: Arc<Postgres>,
    state: State,
    /// What opens the transaction, until it was sent.
    begin: Option<&'static str>,
    /// The first error of a transaction: the server takes no more statements, and answers `COMMIT` by rolling back.
    spent: Option<Error>,
}

impl Client {
    async fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&Object) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T> {
        if let Some(error) = &self.spent {
            return Err(error.clone());
        }
        let object = self
            .object
            .as_ref()
            .expect("invariant: only `commit` and `drop` take the client, and they end it");
        // Goes out with the first statement, and costs no round trip of its own.
        let begin = self.begin.take();
        // Stays so if this future is dropped or the deadline comes before the answer.
        let state = std::mem::replace(&mut self.state, State::Lost);
        let state = if begin.is_some() { State::Open } else { state };
        let all = async {
            let opened = async {
                match begin {
                    Some(begin) => object.batch_execute(begin).await,
                    None => Ok(()),
                }
            };
            let both = try_join(opened, work(object)).await;
            both.map(|((), answer)| answer)
        };
        let result = match deadline::bound(all).await {
            Ok(answer) => {
                self.state = state;
                answer.map_err(Error::from)
            }
            Err(timeout) => Err(timeout),
        };
        if let Err(error) = &result {
            if matches!(error, Error::Unavailable(_)) {
                self.state = State::Lost;
            }
            if state == State::Open {
                self.spent = Some(error.clone());
            }
        }
        result
    }

    pub(super) async fn query<T: FromRow>(
        &mut self,
        sql: Sql<'_>,
        params: &[Param<'_>],
    ) -> Result<Vec<T>> {
        let rows = self
            .run(async |object| {
                let statement = prepare(object, sql).await?;
                object.query(&statement, &borrow(params)).await
            })
            .await?;
        rows.iter()
            .map(|row| T::from_row(&Row(row::Inner::Postgres(row))))
            .collect()
    }

    pub(super) async fn execute(&mut self, sql: Sql<'_>, params: &[Param<'_>]) -> Result<u64> {
        self.run(async |object| {
            let statement = prepare(object, sql).await?;
            object.execute(&statement, &borrow(params)).await
        })
        .await
    }

    /// Sends all statements without waiting for the answers in between.
    pub(super) async fn execute_all(&mut self, all: &[(&'static str, &[Param<'_>])]) -> Result<()> {
        self.run(async |object| {
            let mut statements = Vec::with_capacity(all.len());
            for (sql, _) in all {
                statements.push(prepare(object, Sql::Static(sql)).await?);
            }
            let sent = statements.iter().zip(all);
            try_join_all(sent.map(async |(statement, (_, params))| {
                object.execute(statement, &borrow(params)).await
            }))
            .await
        })
        .await?;
        Ok(())
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        if let Some(error) = &self.spent {
            return Err(error.clone());
        }
        if self.state != State::Open {
            return Ok(());
        }
        deadline::check()?;
        let object = self
            .object
            .take()
            .expect("invariant: `commit` takes the client, so it runs once");
        // A task of its own, so that a caller who goes away does not break it off.
        let commit = tokio::spawn(async move {
            let result = object.batch_execute("COMMIT").await;
            if result.is_err() {
                drop(Object::take(object));
            }
            result
        });
        match commit.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if is_answer(&error) => Err(error.into()),
            _ => Err(Error::OutcomeUnknown),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let Some(object) = self.object.take() else {
            return;
        };
        match (self.state, Handle::try_current()) {
            (State::Idle, _) => drop(object),
            (State::Open, Ok(runtime)) => {
                runtime.spawn(async move {
                    if object.batch_execute("ROLLBACK").await.is_err() {
                        drop(Object::take(object));
                    }
                });
            }
            (State::Lost, Ok(runtime)) => {
                // Else the server would go on with the statement, and keep its locks.
                let tls = self.postgres.tls.clone();
                runtime.spawn(async move {
                    let client = Object::take(object);
                    if !client.is_closed() {
                        // Nobody is left to tell; the statement's own time limit is the second net.
                        let _ = client.cancel_token().cancel_query(tls).await;
                    }
                });
            }
            (_, Err(_)) => drop(Object::take(object)),
        }
    }
}

/// Whether the server said that the commit failed, and was not cut off in the midst of it.
fn is_answer(error: &tokio_postgres::Error) -> bool {
    error
        .code()
        .is_some_and(|it| !it.code().starts_with("57P") && !it.code().starts_with("08"))
}

async fn prepare(object: &Object, sql: Sql<'_>) -> Result<Statement, tokio_postgres::Error> {
    match sql {
        Sql::Static(sql) => object.prepare_cached(sql).await,
        Sql::Built(sql) => {
            if object.statement_cache.size() >= STATEMENTS {
                object.statement_cache.clear();
            }
            object.prepare_cached(sql).await
        }
    }
}

fn borrow<'a>(params: &'a [Param<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|it| it as _).collect()
}

/// Reads the address; `sslrootcert` and the `verify` modes are libpq's, the driver does not know them.
fn read_url(url: &str) -> Result<(Config, Option<PathBuf>)> {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut roots, mut rest, mut mode) = (None, Vec::new(), None);
    for pair in query.split('&').filter(|it| !it.is_empty()) {
        match pair.split_once('=') {
            Some(("sslrootcert", path)) => roots = Some(path.into()),
            Some(("sslmode", it)) => mode = Some(it),
            _ => rest.push(pair),
        }
    }
    let mut config: Config =
        format!("{base}?{}", rest.join("&"))
            .parse()
            .map_err(|error: tokio_postgres::Error| {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                Error::refused(format!(
                    "the database address cannot be read: {}",
                    source.unwrap_or_else(|| error.to_string())
                ))
            })?;
    let local = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1" | "[::1]"),
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    config.ssl_mode(match mode {
        Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
        Some("disable") => SslMode::Disable,
        // We always check the certificate, and a local server's is rarely signed by anyone.
        None | Some("prefer") if local => SslMode::Disable,
        None | Some("prefer") => SslMode::Prefer,
        Some(other) => {
            return Err(Error::refused(format!(
                "unknown sslmode `{other}`, use disable, prefer or require"
            )));
        }
    });
    config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    config.keepalives_idle(Duration::from_secs(30));
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(5));
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(Duration::from_secs(10));
    }
    if config.get_application_name().is_none() {
        config.application_name("daybook");
    }
    Ok((config, roots))
}

fn tls(roots: Option<PathBuf>) -> Result<ClientConfig> {
    let mut store = RootCertStore::empty();
    match roots {
        None => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let read = CertificateDer::pem_file_iter(&path).and_then(|it| {
                it.collect::<Result<Vec<_>, _>>()
                    .map(|it| store.add_parsable_certificates(it))
            });
            if !read.is_ok_and(|(added, _)| added > 0) {
                return Err(Error::refused(format!(
                    "`{}` (sslrootcert) holds no certificate",
                    path.display()
                )));
            }
        }
    }
    let provider = rustls::crypto::ring::default_provider();
    Ok(ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Db(Arc::new(error)))?
        .with_root_certificates(store)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_tells_whether_to_encrypt() {
        for (url, expected) in [
            ("postgres://u@localhost/d", SslMode::Disable),
            ("postgres://u@localhost/d?sslmode=require", SslMode::Require),
            ("postgres://u@db.example/d", SslMode::Prefer),
            (
                "postgres://u@db.example/d?sslmode=verify-full&connect_timeout=3",
                SslMode::Require,
            ),
            (
                "postgres://u@db.example/d?sslmode=disable",
                SslMode::Disable,
            ),
        ] {
            let (config, _) = read_url(url).expect("a good address");

            assert_eq!(config.get_ssl_mode(), expected, "{url}");
        }
        assert!(read_url("postgres://u@h/d?sslmode=maybe").is_err());
        assert!(read_url("postgres://u@h/d?nonsense=1").is_err());
    }

    #[test]
    fn the_address_may_name_roots_of_trust() {
        let (_, roots) = read_url("postgres://u@h/d?sslrootcert=/etc/ca.pem").expect("good");

        assert_eq!(roots, Some("/etc/ca.pem".into()));
        assert!(tls(Some("/nonexistent.pem".into())).is_err());
    }
}
