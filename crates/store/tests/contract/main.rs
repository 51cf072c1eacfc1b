//! One suite for both engines: every function of the store runs here, since SQL is not checked by the compiler.

mod harness;
mod units;
