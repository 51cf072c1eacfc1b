//! Background loops. Each is handed a token that ends it.

pub mod upkeep;
