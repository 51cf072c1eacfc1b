//! The real binary, as an operator runs it.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

use crate::support::on_postgres;

/// A folder with an installation in it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daybook"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        // What the developer's shell says must not decide the outcome.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DAYBOOK_")) {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command that succeeds; gives what it printed.
    fn done(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {output:?}");
        text(&output.stdout)
    }

    fn serve(&self, args: &[&str]) -> Running {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(["--shutdown-grace", "0 s"]).args(args);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = line.strip_prefix("Daybook is ready: ").unwrap_or_else(|| {
            let mut errors = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut errors)
                .unwrap();
            panic!("not ready: {line}{errors}")
        });
        let address = url
            .strip_prefix("http://")
            .unwrap()
            .strip_suffix("/admin\n")
            .unwrap();
        Running {
            address: address.to_owned(),
            child,
            stdout,
        }
    }
}

/// A server; killed where a test ends without stopping it.
struct Running {
    address: String,
    child: Child,
    stdout: BufReader<std::process::ChildStdout>,
}

impl Running {
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn signal(&self, signal: &str) {
        let kill = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    }

    /// The exit code, what else was on stdout, and what was on stderr.
    fn end(mut self) -> (Option<i32>, String, String) {
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).unwrap();
        let mut stderr = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        (self.child.wait().unwrap().code(), stdout, stderr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command that fails with one line on stderr; gives that line.
fn fails(command: &mut Command, code: i32) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert_eq!(text(&output.stdout), "");
    let line = text(&output.stderr);
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_server_says_one_line_serves_and_ends_by_a_signal() {
    for signal in ["-TERM", "-INT"] {
        let place = Place::new();
        let server = place.serve(&[]);

        assert!(server.get("/readyz").contains(r#"{"status":"ready"}"#));
        assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
        assert!(
            server.get("/metrics").starts_with("HTTP/1.1 404"),
            "no token, no metrics"
        );
        server.signal(signal);
        let (code, stdout, stderr) = server.end();

        assert_eq!((code, stdout.as_str()), (Some(0), ""));
        for line in stderr.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(
                line["time"].is_string() && line["level"].is_string(),
                "{line}"
            );
        }
        assert!(place.path("data/daybook.db").exists());
    }
}

#[test]
fn stuck_sockets_do_not_keep_a_server_from_its_end() {
    let place = Place::new();
    let server = place.serve(&["--shutdown-timeout", "50 ms"]);
    let mut stuck = TcpStream::connect(&server.address).unwrap();
    stuck
        .write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        .unwrap();
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));

    server.signal("-TERM");

    assert_eq!(server.end().0, Some(0));
}

#[test]
fn a_server_that_cannot_start_says_why_in_one_line() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    fs::write(place.path("file"), "").unwrap();
    let free = ["--listen", "127.0.0.1:0"];

    let line = fails(&mut place.command(&["--listen", &address]), 1);
    assert!(
        line.contains(&format!("cannot listen on {address}")),
        "{line}"
    );

    let inside_a_file = ["--database-url", "sqlite://file/daybook.db"];
    let line = fails(place.command(&free).args(inside_a_file), 1);
    assert!(line.contains("file/daybook.db"), "{line}");

    let running = place.serve(&[]);
    let line = fails(&mut place.command(&free), 1);
    assert!(line.contains("another server uses this database"), "{line}");
    drop(running);
}

#[test]
fn a_newer_schema_is_refused() {
    let place = Place::new();
    let server = place.serve(&[]);
    server.signal("-TERM");
    server.end();
    let db = rusqlite::Connection::open(place.path("data/daybook.db")).unwrap();
    db.execute(
        "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) VALUES (999, 'later', '', '0')",
        [],
    )
    .unwrap();
    drop(db);

    let line = fails(&mut place.command(&["--listen", "127.0.0.1:0"]), 1);

    assert!(line.contains("schema 999"), "{line}");
}

#[test]
fn the_master_key_is_made_once_kept_private_and_must_fit() {
    let place = Place::new();
    let server = place.serve(&[]);
    server.signal("-TERM");
    server.end();
    let path = place.path("data/daybook.key");
    let other = "ab".repeat(32);
    let start = ["--listen", "127.0.0.1:0"];

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let line = fails(place.command(&start).env("DAYBOOK_MASTER_KEY", &other), 1);
    assert!(
        line.contains("does not fit this database") && !line.contains(&other),
        "{line}"
    );

    let line = fails(place.command(&start).env("DAYBOOK_MASTER_KEY", "short"), 1);
    assert!(line.contains("64 hex digits"), "{line}");

    fs::rename(&path, place.path("moved")).unwrap();
    let line = fails(&mut place.command(&start), 1);
    assert!(line.contains("daybook.key` is missing"), "{line}");
    assert!(!path.exists(), "no second key is made");

    let server = place.serve(&["--master-key-file", "moved"]);
    server.signal("-TERM");
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn wrong_usage_exits_with_2() {
    let place = Place::new();
    fs::write(place.path("daybook.toml"), "lisen = \"127.0.0.1:0\"\n").unwrap();

    for args in [
        vec!["--nope"],
        vec!["nope"],
        vec!["backup"],
        vec!["--listen", "1", "version"],
    ] {
        assert_eq!(place.run(&args).status.code(), Some(2), "{args:?}");
    }
    let line = fails(&mut place.command(&["--config", "daybook.toml"]), 2);
    assert!(
        line.contains("daybook.toml: unknown setting `lisen`"),
        "{line}"
    );
    let line = fails(
        place.command(&["serve"]).env("DAYBOOK_CONFIG", "none.toml"),
        2,
    );
    assert!(line.contains("none.toml: cannot be read"), "{line}");
    let line = fails(place.command(&[]).env("DAYBOOK_LISTEN", "here"), 2);
    assert!(
        line.contains("DAYBOOK_LISTEN: `here` is no address"),
        "{line}"
    );
}

#[test]
fn settings_come_from_file_environment_and_command_line_in_that_order() {
    let place = Place::new();
    fs::write(
        place.path("daybook.toml"),
        "metrics-token = \"file\"\npublic-url = \"http://from.file\"\n",
    )
    .unwrap();
    let mut command = place.command(&["--config", "daybook.toml", "--listen", "127.0.0.1:0"]);
    command
        .args(["--public-url", "http://from.args"])
        .env("DAYBOOK_PUBLIC_URL", "http://from.env");

    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    assert_eq!(line, "Daybook is ready: http://from.args/admin\n");
}

#[test]
fn every_command_explains_itself_with_an_example_and_shows_no_secret() {
    let place = Place::new();
    let commands: [&[&str]; 13] = [
        &[],
        &["serve"],
        &["app"],
        &["app", "create"],
        &["app", "list"],
        &["key", "rotate"],
        &["user", "reset-password"],
        &["backup"],
        &["restore"],
        &["verify"],
        &["doctor"],
        &["openapi"],
        &["seed-demo"],
    ];
    for words in commands {
        let mut command = place.command(words);
        command
            .arg("--help")
            .env("DAYBOOK_METRICS_TOKEN", "open-sesame");

        let output = command.output().unwrap();

        let help = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0));
        assert!(help.contains("Examples:\n  daybook"), "{words:?}: {help}");
        assert!(!help.contains("open-sesame"));
    }
    let help = place.done(&["serve", "--help"]);
    for setting in server::config::settings() {
        let is_shown = help.contains(&format!("--{}", setting.name));
        assert_eq!(
            is_shown,
            setting.on_command_line() || setting.name == "master-key",
            "{}",
            setting.name
        );
    }
}

#[test]
fn a_backup_of_a_running_server_can_be_checked_and_restored() {
    let place = Place::new();
    let server = place.serve(&[]);

    let output = place.run(&["backup", "saved"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stderr), "", "silent in a pipe");
    server.signal("-TERM");
    server.end();
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(place.path("saved/manifest.json")).unwrap()).unwrap();
    let key = fs::read_to_string(place.path("data/daybook.key")).unwrap();

    assert_eq!(manifest["rows"]["server_setting"], 1);
    assert_eq!(
        manifest["schema_version"],
        store::db::known_schema_version()
    );
    assert!(manifest["master_key_id"].is_string());
    assert!(manifest["tz_data"].is_string());
    assert!(
        !manifest.to_string().contains(key.trim()),
        "the key itself stays out"
    );
    assert!(
        place
            .done(&["verify", "saved"])
            .starts_with("saved is sound: ")
    );
    let restored = place.done(&[
        "restore",
        "saved",
        "--database-url",
        "sqlite://new/daybook.db",
    ]);
    assert!(
        restored.starts_with("Restored new/daybook.db: "),
        "{restored}"
    );
    assert!(restored.contains("  server_setting: 1\n"), "{restored}");
    assert!(
        restored.contains("at new/daybook.key before you start"),
        "{restored}"
    );

    fs::rename(
        place.path("data/daybook.key"),
        place.path("new/daybook.key"),
    )
    .unwrap();
    let server = place.serve(&["--database-url", "sqlite://new/daybook.db"]);
    assert!(server.get("/readyz").contains("ready"));
}

#[test]
fn a_restore_refuses_what_it_could_damage() {
    let place = Place::new();
    let server = place.serve(&[]);
    place.done(&["backup", "saved"]);
    let restore = |url: &str| place.command(&["restore", "saved", "--database-url", url]);

    let line = fails(&mut restore("sqlite://data/daybook.db"), 1);
    assert!(line.contains("`data/daybook.db` exists"), "{line}");
    fs::write(place.path("stale.db-wal"), "old").unwrap();
    let line = fails(&mut restore("sqlite://stale.db"), 1);
    assert!(
        line.contains("`stale.db-wal` is left of another database"),
        "{line}"
    );
    assert!(!place.path("stale.db").exists());
    let line = fails(&mut place.command(&["backup", "saved"]), 1);
    assert!(line.contains("`saved` is not empty"), "{line}");
    drop(server);
}

#[test]
fn a_damaged_or_unfinished_backup_is_told() {
    let place = Place::new();
    let server = place.serve(&[]);
    place.done(&["backup", "saved"]);
    drop(server);
    let copy = place.path("saved/daybook.db");
    let sound = fs::read(&copy).unwrap();

    let mut damaged = sound.clone();
    damaged[5000] ^= 1;
    fs::write(&copy, damaged).unwrap();
    let line = fails(&mut place.command(&["verify", "saved"]), 1);
    assert!(line.contains("not what the manifest says"), "{line}");

    fs::write(&copy, &sound[..sound.len() / 2]).unwrap();
    let line = fails(
        &mut place.command(&["restore", "saved", "--database-url", "sqlite://x.db"]),
        1,
    );
    assert!(line.contains("not what the manifest says"), "{line}");
    assert!(!place.path("x.db").exists());

    fs::remove_file(place.path("saved/manifest.json")).unwrap();
    let line = fails(&mut place.command(&["verify", "saved"]), 1);
    assert!(line.contains("no finished backup"), "{line}");
}

#[test]
fn backing_up_nothing_makes_nothing() {
    let place = Place::new();

    let line = fails(&mut place.command(&["backup", "saved"]), 1);

    assert!(
        line.contains("there is no database at `data/daybook.db`"),
        "{line}"
    );
    assert!(!place.path("data").exists());
    assert!(!place.path("saved").exists());
}

#[test]
fn the_doctor_looks_and_advises() {
    let place = Place::new();
    let before = place.done(&["doctor"]);
    assert!(
        before.contains("advice  database: `data/daybook.db` does not exist yet"),
        "{before}"
    );
    drop(place.serve(&[]));

    let after = place.done(&["doctor"]);

    for line in [
        "ok      database: SQLite 3.",
        "ok      schema: ",
        "ok      master key: ",
        "ok      writing: works",
    ] {
        assert!(after.contains(line), "{line} in {after}");
    }
    let wrong = place
        .command(&["doctor"])
        .env("DAYBOOK_MASTER_KEY", "cd".repeat(32))
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        text(&wrong.stdout).contains("BROKEN  master key: "),
        "{wrong:?}"
    );
}

#[test]
fn the_version_is_one_line() {
    assert_eq!(
        Place::new().done(&["version"]),
        format!("daybook {}\n", env!("CARGO_PKG_VERSION"))
    );
}

/// A request with an app key.
fn call(
    server: &Running,
    method: &str,
    path: &str,
    key: &str,
    body: &str,
) -> (String, serde_json::Value) {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let authorization = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!(":{key}"),
    );
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic {authorization}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().to_owned();
    (status, serde_json::from_str(body).unwrap_or_default())
}

impl Place {
    /// Runs a command that prints exactly one JSON object.
    fn json(&self, args: &[&str]) -> serde_json::Value {
        let printed = self.done(args);
        assert_eq!(printed.lines().count(), 1, "{printed}");
        let value: serde_json::Value = serde_json::from_str(&printed).unwrap();
        assert!(value.is_object(), "{printed}");
        value
    }

    /// Runs a command that reads a password.
    fn with_stdin(&self, args: &[&str], text: &str) -> Output {
        let mut command = self.command(args);
        let piped = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    }
}

fn word(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

#[test]
fn an_app_is_made_on_an_empty_database_and_beside_a_running_server() {
    let place = Place::new();
    let first = place.json(&[
        "app",
        "create",
        "--name",
        "Ink & Paper",
        "--email",
        "ann@example.org",
    ]);
    let server = place.serve(&[]);
    let second = place.json(&[
        "app",
        "create",
        "--name",
        "Ink & Paper",
        "--email",
        "ANN@example.org",
        "--test",
    ]);

    assert_eq!(first["app"]["slug"], "ink-paper");
    assert_eq!(second["app"]["slug"], "ink-paper-2");
    for (made, mode) in [(&first, "live"), (&second, "test")] {
        assert!(word(&made["app_key"]).starts_with(&format!("{mode}_api_key_")));
        assert!(word(&made["widget_key"]).starts_with(&format!("{mode}_widget_key_")));
        assert_eq!(made["personal"]["email"], "ann@example.org");
        assert_eq!(word(&made["personal"]["token"]).len(), 32);
        assert_eq!(made.as_object().unwrap().len(), 4);
        let (status, bookings) = call(&server, "GET", "/v2/bookings", word(&made["app_key"]), "");
        assert_eq!((status.as_str(), &bookings["total"]), ("200", &0.into()));
    }
    let listed = place.json(&["app", "list"]);
    assert_eq!(listed["apps"].as_array().unwrap().len(), 2);
    assert_eq!(listed["apps"][0]["name"], "Ink & Paper");
}

#[test]
fn values_that_make_no_app_are_wrong_usage() {
    let place = Place::new();
    let create = |name: &str, email: &str| {
        place.command(&["app", "create", "--name", name, "--email", email])
    };

    assert!(fails(&mut create(" ", "ann@example.org"), 2).contains("--name"));
    assert!(fails(&mut create("Ink", "ann"), 2).contains("--email"));
    let line = fails(
        create("Ink", "ann@example.org").args(["--timezone", "Mars/Base"]),
        2,
    );
    assert!(line.contains("`Mars/Base`"), "{line}");
    let line = fails(create("Ink", "ann@example.org").arg("--password-stdin"), 2);
    assert!(line.contains("no password on stdin"), "{line}");
    let short = place.with_stdin(
        &[
            "app",
            "create",
            "--name",
            "Ink",
            "--email",
            "ann@example.org",
            "--password-stdin",
        ],
        "short\n",
    );
    assert_eq!(short.status.code(), Some(2), "{short:?}");
    assert_eq!(place.json(&["app", "list"])["apps"], serde_json::json!([]));
}

#[test]
fn keys_are_listed_rotated_and_revoked() {
    let place = Place::new();
    let made = place.json(&[
        "app",
        "create",
        "--name",
        "Ink",
        "--email",
        "ann@example.org",
    ]);
    let old = word(&made["app_key"]);
    let server = place.serve(&[]);

    let rotated = place.json(&["key", "rotate", "--app", "ink", "--grace", "1h"]);
    let new = word(&rotated["value"]);
    assert_ne!(old, new);
    for key in [old, new] {
        assert_eq!(call(&server, "GET", "/v2/bookings", key, "").0, "200");
    }
    let listed = place.json(&["key", "list", "--app", "ink"]);
    let keys = listed["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 3);
    assert!(!listed.to_string().contains(new), "a list shows no key");
    let replaced = keys.iter().find(|key| key["current"] == false).unwrap();
    let current = keys
        .iter()
        .find(|key| key["id"] == rotated["key"]["id"])
        .unwrap();

    let line = fails(
        &mut place.command(&[
            "key",
            "revoke",
            "--app",
            "ink",
            "--key",
            word(&current["id"]),
        ]),
        1,
    );
    assert!(line.contains("rotate --grace none"), "{line}");
    place.json(&[
        "key",
        "revoke",
        "--app",
        "ink",
        "--key",
        word(&replaced["id"]),
    ]);
    assert_eq!(
        place.json(&["key", "list", "--app", "ink"])["keys"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    // A running server may remember a key for a second.
    while call(&server, "GET", "/v2/bookings", old, "").0 == "200" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(call(&server, "GET", "/v2/bookings", new, "").0, "200");
    assert!(
        fails(&mut place.command(&["key", "list", "--app", "none"]), 1).contains("no app `none`")
    );
}

#[test]
fn a_password_is_reset_by_a_link_or_at_once() {
    let place = Place::new();
    place.json(&[
        "app",
        "create",
        "--name",
        "Ink",
        "--email",
        "ann@example.org",
    ]);
    let server = place.serve(&[]);
    let reset = ["user", "reset-password", "--email", "Ann@Example.org"];

    let made = place.json(&[&reset[..], &["--public-url", "https://booking.example.org"]].concat());
    let token = word(&made["link"])
        .strip_prefix("https://booking.example.org/admin/reset/")
        .unwrap();
    assert!(
        server
            .get(&format!("/admin/api/resets/{token}"))
            .contains("ann@example.org")
    );

    let password = "violet harbor tandem";
    let output = place.with_stdin(&[&reset[..], &["--password-stdin"]].concat(), password);
    assert!(output.status.success(), "{output:?}");
    assert!(!text(&output.stdout).contains(password));
    assert!(
        server
            .get(&format!("/admin/api/resets/{token}"))
            .starts_with("HTTP/1.1 404"),
        "the link has ended"
    );
    let body = format!(r#"{{"email":"ann@example.org","password":"{password}"}}"#);
    assert_eq!(
        call(&server, "POST", "/admin/api/login", "", &body).0,
        "200"
    );
    let unknown = ["user", "reset-password", "--email", "bob@example.org"];
    assert!(fails(&mut place.command(&unknown), 1).contains("nobody has an account"));
}

#[test]
fn the_demo_is_full_of_bookings_in_several_states() {
    let place = Place::new();

    let demo = place.json(&["seed-demo"]);

    let server = place.serve(&[]);
    let (_, bookings) = call(
        &server,
        "GET",
        "/v2/bookings?limit=1000",
        word(&demo["app_key"]),
        "",
    );
    assert_eq!(bookings["total"], demo["bookings"]);
    let states: std::collections::BTreeSet<_> = bookings["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| word(&it["state"]))
        .collect();
    for state in [
        "tentative",
        "confirmed",
        "declined",
        "completed",
        "cancelled_by_customer",
    ] {
        assert!(states.contains(state), "{state} in {states:?}");
    }
    let pages = demo["booking_pages"].as_array().unwrap();
    assert_eq!(pages.len(), 4);
    let slug = word(&pages[0]).rsplit('/').next().unwrap();
    let hosted = format!("/v2/projects/hosted/{slug}");
    let (_, project) = call(&server, "GET", &hosted, "", "");
    assert_eq!(project["data"]["name"], "First consultation");
    let off = word(&pages[3]).rsplit('/').next().unwrap();
    let off = call(
        &server,
        "GET",
        &format!("/v2/projects/hosted/{off}"),
        "",
        "",
    );
    assert_eq!(off.0, "404");
    let search = serde_json::json!({"project_id": project["data"]["id"]}).to_string();
    let key = word(&project["data"]["app_key"]);
    let (_, slots) = call(&server, "POST", "/v2/availability", key, &search);
    assert!(slots["data"].as_array().unwrap().len() > 50);
    let login =
        serde_json::json!({"email": demo["login"]["email"], "password": demo["login"]["password"]});
    assert_eq!(
        call(&server, "POST", "/admin/api/login", "", &login.to_string()).0,
        "200"
    );
    let again = place.json(&["seed-demo", "--name", "Another"]);
    assert_eq!(
        again["login"]["password"],
        serde_json::Value::Null,
        "the owner keeps the password"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_works_without_a_master_key_until_it_was_given_one() {
    on_postgres(async |url| {
        let place = Place::new();
        let database = ["--database-url", url];
        let create = [
            "app",
            "create",
            "--name",
            "Ink",
            "--email",
            "ann@example.org",
        ];
        let made = place.run(&[&create[..], &database].concat());
        assert!(made.status.success(), "{made:?}");
        assert!(text(&made.stderr).contains("secrets are stored unsealed"));

        let server = place.serve(&database);
        assert!(server.get("/readyz").contains(r#"{"status":"ready"}"#));
        let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
        assert_eq!(
            call(&server, "GET", "/v2/bookings", word(&made["app_key"]), "").0,
            "200"
        );
        let advice = place.done(&[&["doctor"], &database[..]].concat());
        assert!(advice.contains("ok      database: PostgreSQL"), "{advice}");
        assert!(advice.contains("advice  master key: none"), "{advice}");

        let list = [&["app", "list"], &database[..]].concat();
        let with_key = place
            .command(&list)
            .env("DAYBOOK_MASTER_KEY", "ab".repeat(32))
            .status();
        assert!(with_key.unwrap().success());
        assert!(fails(&mut place.command(&list), 1).contains("this database needs master key"));
        let backup = [&["backup", "saved"], &database[..]].concat();
        assert!(fails(&mut place.command(&backup), 1).contains("pg_dump"));
    })
    .await;
}

#[test]
fn the_openapi_document_is_printed() {
    let document: serde_json::Value =
        serde_json::from_str(&Place::new().done(&["openapi"])).unwrap();

    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/v2/bookings"]["post"].is_object());
}

#[test]
fn the_page_on_configuration_lists_every_setting_with_its_default() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
    let page = fs::read_to_string(page).unwrap();

    for setting in server::config::settings() {
        let default = match setting.default.as_str() {
            "" => "none".to_owned(),
            default => format!("`{default}`"),
        };
        let row = format!("| `{}` | `{}` | {default} |", setting.name, setting.env());
        assert!(page.contains(&row), "no row {row}");
    }
}
