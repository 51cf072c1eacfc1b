//! Clients that break the rules, by raw sockets against the real accept loop.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    routing::{get, post},
};
use server::{
    clock::Clock,
    config::{Config, Sources},
    health::{Health, Readiness},
    observe,
    serve::Server,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// More than the buffers between server and client hold.
const LARGE: usize = 64 << 20;

/// A server with small limits around a few plain handlers.
struct Target {
    address: SocketAddr,
    /// Of the listener for metrics.
    metrics: SocketAddr,
    server: Server,
    /// Ends the handler of `/wait` once for each permit.
    gate: Arc<Semaphore>,
}

impl Target {
    async fn start(settings: &[(&'static str, &str)]) -> Self {
        let mut args: HashMap<_, _> = [
            ("limit-request-line", "1 KiB"),
            ("limit-headers", "8"),
            ("limit-header-bytes", "2 KiB"),
            ("limit-body", "64"),
            ("limit-body-bulk", "4 KiB"),
            ("timeout-header", "100 ms"),
            ("timeout-body-idle", "100 ms"),
            ("timeout-queue", "50 ms"),
            ("shutdown-grace", "0 s"),
            ("metrics-token", "open-sesame"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into();
        args.extend(
            settings
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        let config = Config::load(Sources {
            args,
            env: &|_| None,
            file: None,
        })
        .unwrap();
        let gate = Arc::new(Semaphore::new(0));
        let waiting = Arc::clone(&gate);
        let router = Router::new()
            .route("/echo", post(|body: Bytes| async move { body }))
            .route("/bulk", post(|body: Bytes| async move { body }))
            .route("/large", get(|| async { vec![b'x'; LARGE] }))
            .route("/page", get(|| async { axum::response::Html("<p>") }))
            .route(
                "/panic",
                get(|| async { panic!("on purpose") as &'static str }),
            )
            .route(
                "/wait",
                get(move || async move {
                    waiting.acquire().await.unwrap().forget();
                    "done"
                }),
            );
        let health = Health::new(
            Arc::new(|| Box::pin(async { Readiness::Ready })),
            observe::start_metrics(),
            config.metrics_token.clone(),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::new(&config, health);
        server.serve(listener, router, &config, &Clock::system());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let metrics = listener.local_addr().unwrap();
        server.serve_metrics(listener, &config, &Clock::system());
        Self {
            address,
            metrics,
            server,
            gate,
        }
    }

    /// The same server seen through its listener for metrics.
    fn at_metrics(self) -> Self {
        Self {
            address: self.metrics,
            ..self
        }
    }

    async fn open(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Everything that the server says to these bytes until it closes the connection.
    async fn until_closed(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.open().await;
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(bytes.as_ref()).await;
        read_all(&mut stream).await
    }

    async fn get(&self, path: &str) -> String {
        self.until_closed(format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        ))
        .await
    }
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    // A reset is as good an end as any.
    while let Ok(length @ 1..) = stream.read(&mut part).await {
        answer.extend_from_slice(&part[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Reads one answer with a `content-length` from a connection that stays open.
async fn read_answer(stream: &mut TcpStream) -> String {
    let mut answer = String::new();
    loop {
        let byte = stream.read_u8().await.unwrap();
        answer.push(char::from(byte));
        if let Some(head) = answer.strip_suffix("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1).unwrap();
            let length = length.split("\r\n").next().unwrap().parse().unwrap();
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.unwrap();
            return answer + &String::from_utf8(body).unwrap();
        }
    }
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

fn answers(text: &str) -> usize {
    text.matches("HTTP/1.1 ").count()
}

#[tokio::test]
async fn silent_and_slow_clients_are_hung_up_on() {
    let target = Target::start(&[]).await;

    for start in [
        "",
        "G",
        "PRI * HTTP/2.0\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX: ",
    ] {
        assert_eq!(target.until_closed(start).await, "", "{start:?}");
    }
}

#[tokio::test]
async fn a_drip_of_header_bytes_does_not_renew_the_time() {
    let target = Target::start(&[]).await;
    let mut stream = target.open().await;

    let mut sent = 0;
    while stream
        .write_all(b"GET /page HTTP/1.1\r\nX"[sent % 20..][..1].as_ref())
        .await
        .is_ok()
    {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        sent += 1;
    }

    assert!(sent > 1);
}

#[tokio::test]
async fn a_second_header_has_the_same_time() {
    let target = Target::start(&[]).await;
    let mut stream = target.open().await;
    stream
        .write_all(b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(status(&read_answer(&mut stream).await), "200");

    stream.write_all(b"GET /page HTTP/1.1\r\nHo").await.unwrap();

    assert_eq!(read_all(&mut stream).await, "");
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let target = Target::start(&[("timeout-keep-alive", "20 ms")]).await;
    let mut stream = target.open().await;
    stream
        .write_all(b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(status(&read_answer(&mut stream).await), "200");

    assert_eq!(read_all(&mut stream).await, "");
}

#[tokio::test]
async fn a_slow_body_is_answered_408_and_holds_no_place() {
    let target = Target::start(&[("limit-in-flight", "1"), ("timeout-body-idle", "300 ms")]).await;
    let mut slow = target.open().await;
    slow.write_all(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx")
        .await
        .unwrap();

    assert_eq!(status(&target.get("/page").await), "200");

    let answer = read_all(&mut slow).await;
    assert_eq!(status(&answer), "408", "{answer}");
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_cut() {
    let target = Target::start(&[
        ("timeout-request", "20 ms"),
        ("timeout-queue", "20 ms"),
        ("timeout-body-idle", "20 ms"),
    ])
    .await;
    let mut stream = target.open().await;
    stream
        .write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();

    tokio::time::sleep(std::time::Duration::from_millis(400)).await;

    assert!(read_all(&mut stream).await.len() < LARGE);
}

#[tokio::test]
async fn large_heads_are_refused() {
    let target = Target::start(&[]).await;
    let long = "a".repeat(1100);
    let many = "X: 1\r\n".repeat(9);
    let table = [
        (format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"), "414"),
        (format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n"), "431"),
        (
            format!("GET / HTTP/1.1\r\nHost: x\r\nA: {long}\r\nB: {long}\r\n\r\n"),
            "431",
        ),
        (
            format!("GET / HTTP/1.1\r\nHost: x\r\nA: {}", "a".repeat(100_000)),
            "431",
        ),
    ];
    for (request, expected) in table {
        let answer = target.until_closed(&request).await;

        assert_eq!(status(&answer), expected, "{answer}");
    }
}

#[tokio::test]
async fn ambiguous_framing_gets_one_answer_and_the_connection_ends() {
    let target = Target::start(&[]).await;
    let smuggled = "GET /page HTTP/1.1\r\nHost: x\r\n\r\n";
    let chunked = "3\r\nabc\r\n0\r\n\r\n";
    let table = [
        format!("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}{smuggled}"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n{chunked}{smuggled}"),
        format!("Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc{smuggled}"),
        format!("Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc{smuggled}"),
        format!("Content-Length: 3, 3\r\n\r\nabc{smuggled}"),
        format!("Content-Length: +3\r\n\r\nabc{smuggled}"),
        format!("Content-Length: -3\r\n\r\nabc{smuggled}"),
        format!("Content-Length: 0x3\r\n\r\nabc{smuggled}"),
        format!("Content-Length: 99999999999999999999\r\n\r\nabc{smuggled}"),
        format!("Content-Length : 3\r\n\r\nabc{smuggled}"),
        format!("Transfer-Encoding: xchunked\r\n\r\n{chunked}{smuggled}"),
        format!("Transfer-Encoding: gzip, chunked\r\n\r\n{chunked}{smuggled}"),
        format!(
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}{smuggled}"
        ),
        format!("Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n{smuggled}"),
        format!("Host: y\r\n\r\n{smuggled}"),
    ];
    for rest in table {
        let answer = target
            .until_closed(format!("POST /echo HTTP/1.1\r\nHost: x\r\n{rest}"))
            .await;

        assert_eq!(status(&answer), "400", "{rest:?}: {answer}");
        assert_eq!(answers(&answer), 1, "{rest:?}: {answer}");
    }
}

#[tokio::test]
async fn bytes_that_are_not_http_get_one_answer() {
    let target = Target::start(&[]).await;
    let table: [&[u8]; 7] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS client\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"HELLO\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    ];
    for bytes in table {
        let answer = target.until_closed(bytes).await;

        assert_eq!(status(&answer), "400", "{bytes:?}: {answer}");
        assert_eq!(answers(&answer), 1);
    }
}

#[tokio::test]
async fn http2_garbage_ends_the_connection() {
    let target = Target::start(&[]).await;

    let answer = target
        .until_closed(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
        .await;

    assert_eq!(answers(&answer), 0);
}

#[tokio::test]
async fn large_bodies_are_refused_unread() {
    let target = Target::start(&[]).await;
    let body = "b".repeat(100);
    let chunked = format!("40\r\n{0}\r\n40\r\n{0}\r\n0\r\n\r\n", "c".repeat(64));
    let table = [
        (
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n".to_owned(),
            "413",
        ),
        (
            "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 65\r\n\r\n"
                .to_owned(),
            "413",
        ),
        (
            format!("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{body}"),
            "413",
        ),
        (
            format!(
                "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}"
            ),
            "413",
        ),
        (
            format!(
                "POST /bulk HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100\r\n\r\n{body}"
            ),
            "200",
        ),
    ];
    for (request, expected) in table {
        let answer = target.until_closed(&request).await;

        assert_eq!(status(&answer), expected, "{request}: {answer}");
        assert_eq!(answers(&answer), 1);
    }
}

#[tokio::test]
async fn bodies_together_stay_within_their_memory() {
    let target = Target::start(&[("limit-body-memory", "8")]).await;

    let answer = target
        .until_closed("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n123456789")
        .await;
    assert_eq!(status(&answer), "503", "{answer}");

    let answer = target
        .until_closed(
            "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 8\r\n\r\n12345678",
        )
        .await;
    assert_eq!(
        status(&answer),
        "200",
        "the first body's memory is free again: {answer}"
    );
}

#[tokio::test]
async fn chunked_and_cut_bodies_arrive_whole() {
    let target = Target::start(&[]).await;
    let mut stream = target.open().await;

    for part in [
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
        "c\r\n2\r\nde\r\n0\r\n",
        "\r\n",
    ] {
        stream.write_all(part.as_bytes()).await.unwrap();
        tokio::task::yield_now().await;
    }

    assert!(read_answer(&mut stream).await.ends_with("\r\n\r\nabcde"));
}

#[tokio::test]
async fn clients_that_leave_early_do_no_harm() {
    let target = Target::start(&[("limit-in-flight", "1")]).await;

    for start in [
        "",
        "GET /pa",
        "GET /page HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx",
        "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        let mut stream = target.open().await;
        stream.write_all(start.as_bytes()).await.unwrap();
        drop(stream);
    }

    // The place of the abandoned `/wait` is free once the server has seen the end of its connection.
    while status(&target.get("/page").await) != "200" {}
}

#[tokio::test]
async fn a_full_server_answers_503_at_once_and_recovers() {
    let target = Target::start(&[("limit-in-flight", "1"), ("limit-queue", "0")]).await;
    let mut first = target.open().await;
    first
        .write_all(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    while status(&target.get("/page").await) == "200" {}

    let answer = target.get("/v2/x").await;
    assert_eq!(status(&answer), "503");
    assert!(answer.contains("retry-after: 1\r\n"), "{answer}");
    assert!(
        answer.contains("access-control-allow-origin: *\r\n"),
        "{answer}"
    );
    assert!(answer.contains(r#""code":"busy""#), "{answer}");
    assert_eq!(
        status(&target.get("/healthz").await),
        "200",
        "health is ahead of the queue"
    );

    target.gate.add_permits(1);
    assert_eq!(status(&read_answer(&mut first).await), "200");
    assert_eq!(status(&target.get("/page").await), "200");
}

#[tokio::test]
async fn a_request_in_the_queue_waits_for_its_turn_or_its_time() {
    let target = Target::start(&[("limit-in-flight", "1"), ("limit-queue", "1")]).await;
    let mut first = target.open().await;
    first
        .write_all(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();

    while status(&target.get("/page").await) == "200" {}

    target.gate.add_permits(1);
    assert_eq!(status(&read_answer(&mut first).await), "200");
    assert_eq!(status(&target.get("/page").await), "200");
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_cancelled() {
    let target = Target::start(&[("timeout-request", "20 ms")]).await;

    let answer = target.get("/wait").await;

    assert_eq!(status(&answer), "503");
    assert!(answer.contains(r#""code":"timeout""#), "{answer}");
}

#[tokio::test]
async fn a_panic_is_an_answer_with_the_request_id() {
    let target = Target::start(&[]).await;
    let mut stream = target.open().await;

    stream
        .write_all(b"GET /panic HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let answer = read_answer(&mut stream).await;

    assert_eq!(status(&answer), "500");
    let id = answer
        .split("x-request-id: ")
        .nth(1)
        .unwrap()
        .split("\r\n")
        .next()
        .unwrap();
    assert!(
        answer.ends_with(&format!(
            r#"{{"error":"internal error","request_id":"{id}"}}"#
        )),
        "{answer}"
    );
    stream
        .write_all(b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(
        status(&read_answer(&mut stream).await),
        "200",
        "the connection lives on"
    );
}

#[tokio::test]
async fn an_address_has_its_share_of_connections() {
    let target = Target::start(&[
        ("limit-connections-per-address", "1"),
        ("timeout-header", "10 s"),
    ])
    .await;
    let mut first = target.open().await;
    first
        .write_all(b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(status(&read_answer(&mut first).await), "200");

    assert_eq!(target.get("/page").await, "", "refused");

    drop(first);
    while status(&target.get("/page").await) != "200" {}
}

#[tokio::test]
async fn pages_carry_their_security_headers() {
    let target = Target::start(&[("public-url", "https://x.example")]).await;

    let answer = target.get("/page").await;

    for header in [
        "content-security-policy: default-src 'none'; script-src 'self'",
        "x-content-type-options: nosniff",
        "strict-transport-security: max-age=31536000",
        "x-request-id: ",
    ] {
        assert!(
            answer.contains(&format!("\r\n{header}")),
            "{header} in {answer}"
        );
    }
}

#[tokio::test]
async fn plain_http_is_redirected_where_https_is_forced() {
    let target =
        Target::start(&[("force-https", "true"), ("trusted-proxies", "127.0.0.0/8")]).await;

    let plain = target.get("/page?x=1").await;
    let by_proxy = target
        .until_closed(
            "GET /page HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n",
        )
        .await;

    assert_eq!(status(&plain), "301");
    assert!(
        plain.contains("location: https://x/page?x=1\r\n"),
        "{plain}"
    );
    assert_eq!(status(&by_proxy), "200");
    assert_eq!(status(&target.get("/healthz").await), "200");
}

#[tokio::test]
async fn metrics_need_the_token() {
    let target = Target::start(&[]).await;
    let with = |token: &str| {
        format!(
            "GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        )
    };

    assert_eq!(status(&target.get("/metrics").await), "401");
    assert_eq!(
        status(&target.until_closed(with("open-sesam")).await),
        "401"
    );
    let answer = target.until_closed(with("open-sesame")).await;
    assert_eq!(status(&answer), "200");
    assert!(answer.contains("http_requests_total"), "{answer}");
}

#[tokio::test]
async fn the_listener_for_metrics_serves_nothing_else() {
    let target = Target::start(&[]).await.at_metrics();

    assert_eq!(status(&target.get("/metrics").await), "200");
    assert_eq!(status(&target.get("/healthz").await), "200");
    assert_eq!(status(&target.get("/page").await), "404");
}

#[tokio::test]
async fn shutting_down_ends_idle_connections_and_finishes_requests() {
    let target = Target::start(&[("timeout-header", "10 s")]).await;
    let mut idle = target.open().await;
    idle.write_all(b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    read_answer(&mut idle).await;
    let mut silent = target.open().await;
    let mut busy = target.open().await;
    busy.write_all(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    // The handler has begun once it takes its permit.
    target.gate.add_permits(1);
    while target.gate.available_permits() > 0 {
        tokio::task::yield_now().await;
    }

    target.server.shut_down(std::future::pending()).await;

    assert_eq!(status(&read_all(&mut busy).await), "200");
    assert_eq!(read_all(&mut idle).await, "");
    assert_eq!(read_all(&mut silent).await, "");
    assert!(TcpStream::connect(target.address).await.is_err());
}

#[tokio::test]
async fn requests_that_outlast_a_shutdown_are_cut() {
    let target = Target::start(&[("shutdown-timeout", "10 ms")]).await;
    let mut busy = target.open().await;
    busy.write_all(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();

    target.server.shut_down(std::future::pending()).await;

    assert_eq!(read_all(&mut busy).await, "");
    // Nothing of the router is left, once the accept loops have noticed.
    while Arc::strong_count(&target.gate) > 1 {
        tokio::task::yield_now().await;
    }
}
