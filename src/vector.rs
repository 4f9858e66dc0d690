//! Loops on the widest vector units that the machine has.
//!
//! The program is compiled for any machine of its kind; what the one at hand has beyond that is asked at run time, by a crate
//! that does it safely. Nothing is fused or reordered: results are the same to the bit, with and without.

/// Does work whose loops without calls or branches run on vector units.
#[inline]
pub fn widest<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    #[test]
    fn results_are_the_same_with_and_without() {
        let samples: Vec<f64> = (0..1_003).map(|place| f64::from(place).powi(4) * 1.234_567).collect();
        let micros = |samples: &[f64]| -> Vec<Span> {
            samples.iter().map(|sample| Span::from_micros_f64(sample - 1e5)).collect()
        };
        assert_eq!(widest(|| micros(&samples)), micros(&samples));
    }
}
