//! Loops on the widest vector units that the machine has.
//!
//! The program is compiled for any machine of its kind; what the one at hand has beyond that is asked at run time, by a crate
//! that does it safely. Nothing is fused or reordered: results are the same to the bit, with and without.

/// Does work whose loops without calls or branches run on vector units.
#[inline]
pub fn widest<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}
