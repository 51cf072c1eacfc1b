//! Turns `web/` into the bytes that this crate embeds.
fn main() {}
