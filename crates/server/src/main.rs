//! The `daybook` binary.

use std::process::ExitCode;

/// Requests are many small pieces of memory on two or more threads, over whose arenas glibc's `malloc` lets them wait.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::cli::main()
}
