//! What is asked: a scenario, read from TOML, checked and typed.
//!
//! [`load`] finds the text and turns it into a [`Scenario`] or into every problem at once. On the
//! way: `tree` is the text's values with their places, `overrides` what the command line changes,
//! `read` and `deserialize` bring them into the shape of `file` (serde), `check` decides what must
//! be there and within which bounds, `findings` collects what is wrong, `presets` holds the
//! defaults and where they come from. Nothing here knows how a scenario is run.

mod builtin;
mod check;
mod deserialize;
mod file;
mod findings;
mod load;
mod model;
mod overrides;
mod path;
mod presets;
mod read;
mod reference;
mod schema;
mod suggest;
mod tree;

pub use builtin::{Builtin, builtins};
pub use load::{load, parse};
pub use model::*;
pub use overrides::{Overrides, quoted};
pub use reference::reference;
pub use schema::schema;
