//! Properties of the domain's types and text formats, over random input.

mod text;
mod time;
