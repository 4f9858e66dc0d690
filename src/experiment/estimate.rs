//! Values over replications, with their confidence intervals.

use statrs::distribution::{Beta, ContinuousCDF, StudentsT};

use super::outcome::Estimate;

/// The mean of the replications' values and its 95 % confidence interval by Student's t, which
/// takes the replications' values as independent and nearly normal. `None` values (the measure
/// does not apply in some replication) make the whole estimate empty.
#[must_use]
pub fn estimate(values: &[Option<f64>]) -> Estimate {
    let Some(values) = values.iter().copied().collect::<Option<Vec<f64>>>() else { return Estimate::default() };
    let count = values.len() as f64;
    if values.is_empty() {
        return Estimate::default();
    }
    let mean = values.iter().sum::<f64>() / count;
    let half = half_width(&values, mean);
    Estimate { value: Some(mean), low: half.map(|half| mean - half), high: half.map(|half| mean + half) }
}

/// The share of `good` among `total` independent trials, and its exact 95 % confidence interval (Clopper and Pearson,
/// Biometrika 26, 1934): the values for which neither as many nor as few would be rarer than 2.5 %.
#[must_use]
pub fn proportion(good: u64, total: u64) -> Estimate {
    if total == 0 || good > total {
        return Estimate::default();
    }
    let bad = total - good;
    let quantile = |a: u64, b: u64, q: f64| Beta::new(a as f64, b as f64).ok().map(|beta| beta.inverse_cdf(q));
    let low = if good == 0 { Some(0.0) } else { quantile(good, bad + 1, 0.025) };
    let high = if bad == 0 { Some(1.0) } else { quantile(good + 1, bad, 0.975) };
    Estimate { value: Some(good as f64 / total as f64), low, high }
}

fn half_width(values: &[f64], mean: f64) -> Option<f64> {
    let freedom = values.len() as f64 - 1.0;
    let quantile = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(0.975);
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / freedom;
    Some(quantile * (variance / values.len() as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_students() {
        let estimate = estimate(&[Some(1.0), Some(2.0), Some(3.0), Some(4.0)]);
        assert_eq!(estimate.value, Some(2.5));
        // t(0.975, 3) = 3.182446; s/√n = 0.645497.
        assert!((estimate.high.unwrap() - 2.5 - 3.182_446 * 0.645_497).abs() < 1e-4);
        assert!((estimate.low.unwrap() - 2.5 + 3.182_446 * 0.645_497).abs() < 1e-4);
    }

    #[test]
    fn the_interval_of_a_share_is_clopper_and_pearsons() {
        // All good: the lower end is the n-th root of 2.5 %.
        for total in [12, 367, 368] {
            let found = proportion(total, total);
            assert!((found.low.unwrap() - 0.025_f64.powf(1.0 / total as f64)).abs() < 1e-6, "{found:?}");
            assert_eq!(found.high, Some(1.0));
        }
        // 8 of 10: 0.4439 to 0.9748 in the tables.
        let found = proportion(8, 10);
        assert!((found.low.unwrap() - 0.4439).abs() < 1e-4 && (found.high.unwrap() - 0.9748).abs() < 1e-4, "{found:?}");
        assert_eq!(proportion(0, 0), Estimate::default());
        assert_eq!(proportion(0, 5).low, Some(0.0));
    }

    #[test]
    fn one_replication_has_no_interval_and_a_missing_value_no_estimate() {
        assert_eq!(estimate(&[Some(1.0)]), Estimate { value: Some(1.0), low: None, high: None });
        assert_eq!(estimate(&[Some(1.0), None]), Estimate::default());
        assert_eq!(estimate(&[]), Estimate::default());
    }
}
