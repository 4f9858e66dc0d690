//! The exponential function, inlined and the same on every platform.
//!
//! Sampling lognormal delays calls it once a delivery; a call into a mathematical library costs
//! three times as much and may differ in the last bit from one system to the next.

/// 1.5 · 2⁵²: adding it rounds to a whole number, which then stands in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// ln 2 in two parts, the first exact in few bits (fdlibm, `e_exp.c`).
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// 1/13! to 1/2!: Taylor's series reaches 10⁻¹⁷ for arguments up to ln 2 / 2.
const TERMS: [f64; 12] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    1.0 / 2.0,
];

/// eˣ to a relative error of 4·10⁻¹⁶; below −708 and above 709 the value there.
// Always: else the loops that call it would not run on vector units.
#[inline(always)]
#[must_use]
pub fn exp(x: f64) -> f64 {
    let x = x.clamp(-708.0, 709.0);
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let power = shifted - ROUND;
    let rest = (x - power * LN2_HIGH) - power * LN2_LOW;
    // By pairs (Estrin 1960), which does not wait for one product after the other.
    let square = rest * rest;
    let fourth = square * square;
    let [a, b, c, d, e, f, g, h, i, j, k, l] = TERMS;
    let highest = (a * rest + b) * square + (c * rest + d);
    let middle = (e * rest + f) * square + (g * rest + h);
    let lowest = (i * rest + j) * square + (k * rest + l);
    let series = (highest * fourth + middle) * fourth + lowest;
    let mantissa = 1.0 + rest + square * series;
    let scale = f64::from_bits(shifted.to_bits().wrapping_add(1_023) << 52);
    mantissa * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_library() {
        for step in -70_000..=70_000 {
            let x = f64::from(step) * 0.010_003;
            let want = libm::exp(x);
            assert!((exp(x) / want - 1.0).abs() < 4.5e-16, "{x}: {} {want}", exp(x));
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(f64::INFINITY).is_finite() && exp(f64::NEG_INFINITY) > 0.0);
    }
}
