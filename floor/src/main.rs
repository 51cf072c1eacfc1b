//! The floor: a bare server that benches compare with.
fn main() {}
