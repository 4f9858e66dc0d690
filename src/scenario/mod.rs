//! What is asked: a scenario, read from TOML, checked and typed.
//!
//! [`file`] is the shape of the file (serde), [`check`] turns it into the immutable [`Scenario`]
//! below or into every problem at once, [`presets`] holds the defaults and where they come from.
//! Nothing here knows how a scenario is run.

mod model;

pub use model::*;
