//! The availability engine against a slow second reading of the spec, and its settled points one by one.

mod asked;
mod changes;
mod explained;
mod naive;
mod random;
mod settled;
