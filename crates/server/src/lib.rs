//! The server: HTTP API, panel API, workers and command line.
