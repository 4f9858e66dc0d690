//! The maximum of a function of a few variables, without derivatives.

/// Evaluations at most, a start.
const MOST: usize = 600;
/// Differences of a log-likelihood below this change no parameter visibly.
const CLOSE: f64 = 1e-7;

/// A point and the function's value there.
type Vertex = (Vec<f64>, f64);

/// The largest value of `of` near `start` and where it is, by the simplex of Nelder and Mead (1965),
/// begun anew once at what it found. A value that is not a number counts as the smallest.
pub fn maximise(start: &[f64], of: &dyn Fn(&[f64]) -> f64) -> Vertex {
    let value = |at: Vec<f64>| {
        let found = of(&at);
        (at, if found.is_nan() { f64::NEG_INFINITY } else { found })
    };
    let mut best = value(start.to_vec());
    for step in [0.25, 0.02] {
        let found = simplex(&best.0, step, &value);
        if found.1 > best.1 {
            best = found;
        }
    }
    best
}

fn simplex(start: &[f64], step: f64, value: &dyn Fn(Vec<f64>) -> Vertex) -> Vertex {
    let corners = (0..start.len()).map(|moved| {
        value(start.iter().enumerate().map(|(axis, x)| if axis == moved { x + step } else { *x }).collect())
    });
    let mut vertices: Vec<Vertex> = std::iter::once(value(start.to_vec())).chain(corners).collect();
    let mut evaluations = vertices.len();
    loop {
        vertices.sort_by(|a, b| b.1.total_cmp(&a.1));
        let Some((worst, rest)) = vertices.split_last_mut() else { return value(start.to_vec()) };
        let (Some(best), Some(last)) = (rest.first().cloned(), rest.last().map(|vertex| vertex.1)) else {
            return worst.clone();
        };
        if evaluations > MOST || best.1 - worst.1 < CLOSE {
            return best;
        }
        let centre: Vec<f64> = (0..start.len())
            .map(|axis| rest.iter().filter_map(|vertex| vertex.0.get(axis)).sum::<f64>() / rest.len() as f64)
            .collect();
        let along = |by: f64| value(centre.iter().zip(&worst.0).map(|(c, w)| c + by * (c - w)).collect());
        let reflected = along(1.0);
        evaluations += 1;
        let replaced = if reflected.1 > best.1 {
            evaluations += 1;
            let expanded = along(2.0);
            Some(if expanded.1 > reflected.1 { expanded } else { reflected })
        } else if reflected.1 > last {
            Some(reflected)
        } else {
            evaluations += 1;
            let contracted = along(if reflected.1 > worst.1 { 0.5 } else { -0.5 });
            (contracted.1 > worst.1.max(reflected.1)).then_some(contracted)
        };
        if let Some(vertex) = replaced {
            *worst = vertex;
        } else {
            evaluations += start.len();
            for vertex in vertices.iter_mut().skip(1) {
                *vertex = value(vertex.0.iter().zip(&best.0).map(|(x, b)| b + 0.5 * (x - b)).collect());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maxima_are_found() {
        // Rosenbrock's valley.
        let valley = |x: &[f64]| -((1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
        let (at, value) = maximise(&[-1.2, 1.0], &valley);
        assert!((at[0] - 1.0).abs() < 0.01 && (at[1] - 1.0).abs() < 0.02 && value > -1e-4, "{at:?} {value}");
        let (at, _) = maximise(&[5.0], &|x: &[f64]| -(x[0] - 2.0).abs());
        assert!((at[0] - 2.0).abs() < 1e-5, "{at:?}");
        assert_eq!(maximise(&[1.0], &|_: &[f64]| f64::NAN).1, f64::NEG_INFINITY);
        assert_eq!(maximise(&[], &|_: &[f64]| 3.0).1, 3.0);
    }
}
