//! Replications and what they found, with intervals and paired differences.

mod outcome;

pub use outcome::*;
