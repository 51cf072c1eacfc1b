//! A whole server in memory: the real router over a real database, with a clock that is moved by hand.
//!
//! Every answer under `/v2` is checked against the OpenAPI document.

mod browser;
mod contract;

pub use browser::Browser;

use std::{future::Future, sync::Once};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::{Mode, PersonId};
use http_body_util::BodyExt;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use server::{
    app::App,
    clock::Clock,
    config::{Config, Sources},
    seal::{MasterKey, Seal},
    signup::Draft,
};
use store::{Db, Options, Scope, persons::Person};
use tower::ServiceExt;

/// The password of every test's owner.
pub const PASSWORD: &str = "correct horse battery";

/// A server with one app in it.
pub struct TestApp {
    pub app: App,
    router: Router,
    /// The app key.
    pub key: String,
    pub widget_key: String,
    pub slug: String,
    /// E-mail and personal token of the owner.
    pub owner: (String, String),
    /// The owner's resource.
    pub owner_resource: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON, with the keys of objects in alphabetical order; null where there is none.
    pub fn json(&self) -> Value {
        let mut json = self.json_in_order();
        json.sort_all_objects();
        json
    }

    /// The body as JSON, with the keys of objects as they came.
    pub fn json_in_order(&self) -> Value {
        if self.text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&self.text).expect("JSON")
        }
    }

    /// `data` of the body.
    pub fn data(&self) -> Value {
        self.json()["data"].clone()
    }

    /// A text in the body, by JSON pointer.
    pub fn text_at(&self, pointer: &str) -> String {
        self.json()
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .unwrap_or_default()
    }

    /// Fails with the body where the status is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

/// Who asks.
pub enum As<'a> {
    /// The app key.
    App,
    /// The widget key.
    Widget,
    /// E-mail and token, with the app's slug in the header.
    Resource(&'a str, &'a str),
    /// This user name and password.
    Basic(&'a str, &'a str),
    /// Nobody.
    Nobody,
}

/// Runs a test on SQLite and, where `DAYBOOK_TEST_POSTGRES` names a server, on PostgreSQL.
pub async fn each_engine<F: Future<Output = ()> + Send + 'static>(test: impl Fn(TestApp) -> F) {
    each_engine_with(&[], test).await;
}

/// The same with settings that differ from the defaults.
pub async fn each_engine_with<F: Future<Output = ()> + Send + 'static>(
    settings: &[(&'static str, &str)],
    test: impl Fn(TestApp) -> F,
) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/test.db", folder.path().display());
    tokio::spawn(test(TestApp::open(&url, settings).await))
        .await
        .expect("passes on SQLite");

    on_postgres(async |url| {
        let app = TestApp::open(url, settings).await;
        let db = app.app.db.clone();
        let passed = tokio::spawn(test(app)).await;
        db.close().await.expect("closed");
        passed.expect("passes on PostgreSQL");
    })
    .await;
}

/// Runs a test with the address of an empty PostgreSQL database, where `DAYBOOK_TEST_POSTGRES` names a server.
pub async fn on_postgres(test: impl AsyncFnOnce(&str)) {
    static LEFT_OUT: Once = Once::new();
    let Ok(server) = std::env::var("DAYBOOK_TEST_POSTGRES") else {
        LEFT_OUT.call_once(|| {
            eprintln!("PostgreSQL is left out: DAYBOOK_TEST_POSTGRES names no server");
        });
        return;
    };
    let name = format!("daybook_http_{}", new_id().simple());
    let admin = Db::open(&Options::new(&server))
        .await
        .expect("the server answers");
    // CREATE DATABASE runs outside of transactions, hence a reading connection.
    let run = async |sql: String| {
        let mut conn = admin
            .read(Scope::System("test"))
            .await
            .expect("a connection");
        conn.execute(Box::leak(sql.into_boxed_str()), &[])
            .await
            .expect("done");
    };
    run(format!("CREATE DATABASE {name}")).await;
    let url = on_database(&server, &name);
    test(&url).await;
    // A test that failed leaves its database for a look.
    run(format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

/// The server's address with another database in it.
fn on_database(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let host = base.find("://").map_or(0, |at| at + 3);
    let base = base[host..].find('/').map_or(base, |at| &base[..host + at]);
    format!("{base}/{name}?{query}")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the name of a throw-away database"
)]
fn new_id() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}

impl TestApp {
    async fn open(url: &str, settings: &[(&'static str, &str)]) -> Self {
        server::observe::start_logging("error", server::config::LogFormat::Text);
        let clock = Clock::fixed("2026-11-24T08:00:00Z".parse().expect("an instant"));
        let args = [("database-url", url), ("public-url", "http://daybook.test")];
        let args = args
            .iter()
            .chain(settings)
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        let config = Config::load(Sources {
            args,
            env: &|_| None,
            file: None,
        })
        .expect("settings");
        let db = Db::open(&Options::new(url)).await.expect("a database");
        db.migrate().await.expect("the schema");
        let seal = Seal::new(&MasterKey::generate(&clock));
        let app = App::new(db, config, clock, seal);
        let router = server::router(&app);
        let mut made = Self {
            app,
            router,
            key: String::new(),
            widget_key: String::new(),
            slug: String::new(),
            owner: (String::new(), String::new()),
            owner_resource: String::new(),
        };
        made.add_app("Hill Valley", "doc@example.org", Mode::Live)
            .await;
        made
    }

    /// Makes an app with a new owner, and speaks for it from now on.
    pub async fn add_app(&mut self, name: &str, email: &str, mode: Mode) {
        let app = &self.app;
        let now = app.clock.now();
        let hash = app
            .auth
            .passwords
            .hash(&app.clock, PASSWORD.to_owned().into())
            .await
            .expect("a hash");
        let owner = Person {
            id: PersonId(app.clock.id()),
            email: email.to_owned(),
            name: "Emmett Brown".to_owned(),
            timezone: "America/Los_Angeles".to_owned(),
            password_hash: Some(hash),
            created_at: now,
            updated_at: now,
        };
        let draft = Draft::new(app, name, serde_json::Map::new(), mode);
        let mut conn = app.db.write(Scope::System("test")).await.expect("a unit");
        store::persons::insert(&mut conn, &owner)
            .await
            .expect("a person");
        let created = draft.save(&mut conn, app, &owner).await.expect("an app");
        conn.commit().await.expect("committed");
        self.key = created.app_key.expose_secret().into();
        self.widget_key = created.widget_key.expose_secret().into();
        self.slug = created.app.slug;
        self.owner = (email.to_owned(), created.token.expose_secret().to_owned());
        self.owner_resource = created.resource.id.to_string();
    }

    /// A request, with a JSON body where `body` is not null.
    pub async fn send(&self, who: As<'_>, method: &str, path: &str, body: Value) -> Answer {
        self.send_with(who, method, path, body, &[]).await
    }

    /// The same with more headers.
    pub async fn send_with(
        &self,
        who: As<'_>,
        method: &str,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        let basic = |user: &str, password: &str| {
            format!(
                "Basic {}",
                BASE64_STANDARD.encode(format!("{user}:{password}"))
            )
        };
        request = match who {
            As::App => request.header(header::AUTHORIZATION, basic("", &self.key)),
            As::Widget => request.header(header::AUTHORIZATION, basic("", &self.widget_key)),
            As::Resource(email, token) => request
                .header(header::AUTHORIZATION, basic(email, token))
                .header("Timekit-App", &self.slug),
            As::Basic(user, password) => {
                request.header(header::AUTHORIZATION, basic(user, password))
            }
            As::Nobody => request,
        };
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        self.raw(request.body(body).expect("a request")).await
    }

    /// Any request.
    pub async fn raw(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).expect("UTF-8"),
        };
        assert!(
            answer.status.as_u16() < 500
                || answer.status == StatusCode::SERVICE_UNAVAILABLE
                || answer.status == StatusCode::NOT_IMPLEMENTED,
            "{}",
            answer.text
        );
        if path.starts_with("/v2/") && method != Method::OPTIONS {
            contract::check(&method, &path, &answer);
        }
        answer
    }

    /// GET with the app key.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(As::App, "GET", path, Value::Null).await
    }

    /// POST with the app key.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(As::App, "POST", path, body).await
    }

    /// PUT with the app key.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(As::App, "PUT", path, body).await
    }

    /// DELETE with the app key.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(As::App, "DELETE", path, Value::Null).await
    }

    /// A new resource; its id.
    pub async fn resource(&self, name: &str) -> String {
        let body = json!({ "name": name, "timezone": "Europe/Copenhagen" });
        self.post("/v2/resources", body)
            .await
            .expect(201)
            .text_at("/data/id")
    }

    /// The body of a booking, `from` and `to` as wall clock of 24 November 2026 in UTC.
    #[expect(clippy::unused_self, reason = "reads like the other requests")]
    pub fn booking(&self, resource: &str, graph: &str, from: &str, to: &str) -> Value {
        json!({
            "resource_id": resource,
            "graph": graph,
            "start": format!("2026-11-24T{from}:00Z"),
            "end": format!("2026-11-24T{to}:00Z"),
            "what": "Catch the lightning",
            "where": "Courthouse, Hill Valley",
            "description": "10:04 PM",
            "customer": { "name": "Marty McFly", "email": "marty@example.org", "timezone": "America/Los_Angeles" }
        })
    }

    /// A new booking; its id.
    pub async fn book(&self, resource: &str, graph: &str, from: &str, to: &str) -> String {
        self.post("/v2/bookings", self.booking(resource, graph, from, to))
            .await
            .expect(201)
            .text_at("/data/id")
    }
}
