//! Turns `web/` into the folder `$OUT_DIR/web` that this crate embeds.
//!
//! The only place that runs npm. Without Node, or without a network on the first build, the folder stays empty, the
//! build goes on with a warning, and the server's pages say what to do.

use std::{
    env, fs,
    fs::File,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    process::Command,
};

/// What of `web/` decides the output.
const SOURCES: &[&str] = &[
    ".npmrc",
    "admin.html",
    "book.html",
    "package-lock.json",
    "package.json",
    "public",
    "scripts/plugins.mjs",
    "src",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
];

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("invariant: cargo sets OUT_DIR"));
    let output = out.join("web");
    println!("cargo::rerun-if-env-changed=WEB_DIST");
    println!("cargo::rerun-if-env-changed=WEB_REQUIRED");
    println!("cargo::rerun-if-changed=build.rs");

    let done = match env::var_os("WEB_DIST").filter(|path| !path.is_empty()) {
        Some(finished) => embed_finished(Path::new(&finished), &output),
        None => build(&output, &out.join("web.hash")),
    };

    let Err(cause) = done else { return };
    // A path that does not exist makes cargo run this script again next time.
    println!("cargo::rerun-if-changed=try-again");
    if env::var_os("WEB_REQUIRED").is_some_and(|value| value == "1") {
        println!(
            "cargo::error=the web front could not be built: {}",
            one_line(&cause)
        );
        return;
    }
    println!(
        "cargo::warning=this build has no web front: {}; the API works, the panel answers 503. \
         Install Node 20.19 or newer and build again, or set WEB_DIST to a finished folder.",
        one_line(&cause)
    );
    fs::remove_file(out.join("web.hash")).ok();
    fs::remove_dir_all(&output).ok();
    fs::create_dir_all(&output).expect("OUT_DIR can be written");
}

fn embed_finished(finished: &Path, output: &Path) -> Result<(), String> {
    println!("cargo::rerun-if-changed={}", finished.display());
    if let Some(entry) = missing(finished) {
        return Err(format!("WEB_DIST={} holds no {entry}", finished.display()));
    }
    fs::remove_dir_all(output).ok();
    copy(finished, output)
        .map_err(|error| format!("{} cannot be copied: {error}", finished.display()))
}

fn build(output: &Path, hash_file: &Path) -> Result<(), String> {
    // Cargo runs this script in the folder of the package; a path that is not absolute holds for every checkout.
    let web = Path::new("../../web");
    let mut hasher = DefaultHasher::new();
    for source in SOURCES {
        let path = web.join(source);
        println!("cargo::rerun-if-changed={}", path.display());
        hash(&path, &mut hasher)
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    }
    let hash = hasher.finish().to_string();
    if fs::read_to_string(hash_file).is_ok_and(|last| last == hash) && missing(output).is_none() {
        return Ok(());
    }

    check_node()?;
    let lock = File::create(web.join("node_modules.lock"))
        .map_err(|error| format!("no lock file: {error}"))?;
    lock.lock()
        .map_err(|error| format!("the lock file cannot be locked: {error}"))?;
    if !installed(web) {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let flags = [
            "ci",
            "--omit=dev",
            "--ignore-scripts",
            "--prefer-offline",
            "--no-audit",
            "--no-fund",
        ];
        run(Command::new(npm).args(flags).current_dir(web))?;
    }
    // The panel first, which empties the folder, then the booking page beside it.
    for mode in ["production", "book"] {
        run(Command::new("node")
            .args(["node_modules/vite/bin/vite.js", "build", "--mode", mode])
            .arg("--outDir")
            .arg(output)
            .env("NODE_ENV", "production")
            .current_dir(web))?;
    }
    if let Some(entry) = missing(output) {
        return Err(format!("vite wrote no {entry}"));
    }
    fs::write(hash_file, hash).map_err(|error| format!("the hash cannot be written: {error}"))
}

/// The first entry that a built folder lacks.
fn missing(folder: &Path) -> Option<&'static str> {
    ["admin.html", "book.html"]
        .into_iter()
        .find(|entry| !folder.join(entry).is_file())
}

/// Whether `node_modules` is at least as new as the lock file: npm writes its own copy of the lock when it is done.
fn installed(web: &Path) -> bool {
    let written = |path: &str| fs::metadata(web.join(path)).and_then(|file| file.modified());
    match (
        written("node_modules/.package-lock.json"),
        written("package-lock.json"),
    ) {
        (Ok(installed), Ok(wanted)) => installed >= wanted,
        _ => false,
    }
}

fn check_node() -> Result<(), String> {
    let output = Command::new("node")
        .arg("--version")
        .output()
        .map_err(|_| "`node` is not installed or not in PATH".to_owned())?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let mut numbers = version
        .trim_start_matches('v')
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    if (numbers.next(), numbers.next()) < (Some(20), Some(19)) {
        return Err(format!("Node {version} is too old"));
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("`{name}` cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .concat();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    for line in &lines[lines.len().saturating_sub(12)..] {
        println!("cargo::warning={name}: {line}");
    }
    Err(format!("`{name}` failed ({})", output.status))
}

fn hash(path: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    if !path.is_dir() {
        path.file_name().hash(hasher);
        fs::read(path)?.hash(hasher);
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(path)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    entries.sort();
    path.file_name().hash(hasher);
    entries.iter().try_for_each(|entry| hash(entry, hasher))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
