//! Labels that do not overlap.

/// Moves labels as little as needed so that no two are nearer than `gap` and all lie in
/// `[top, bottom]`; their order stays. Where they cannot all fit, the gap shrinks.
pub(super) fn spread(wanted: &[i32], gap: i32, top: i32, bottom: i32) -> Vec<i32> {
    let count = wanted.len() as i32;
    if count == 0 {
        return Vec::new();
    }
    let gap =
        if count > 1 { f64::from(gap).min(f64::from(bottom - top) / f64::from(count - 1)) } else { f64::from(gap) };
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|&label| wanted.get(label));
    // Clusters of labels that touch: each stands with its middle where its labels want it.
    let mut clusters: Vec<Cluster> = Vec::new();
    for &label in &order {
        let at = f64::from(wanted.get(label).copied().unwrap_or(top));
        clusters.push(Cluster { labels: vec![label], sum: at, start: at }.within(gap, top, bottom));
        while let [.., before, last] = clusters.as_slice() {
            if before.start + gap * before.labels.len() as f64 <= last.start + 1e-9 {
                break;
            }
            let merged = before.with(last, gap).within(gap, top, bottom);
            clusters.truncate(clusters.len() - 2);
            clusters.push(merged);
        }
    }
    let mut out = vec![top; wanted.len()];
    for cluster in &clusters {
        for (place, &label) in cluster.labels.iter().enumerate() {
            if let Some(out) = out.get_mut(label) {
                *out = (cluster.start + gap * place as f64).round() as i32;
            }
        }
    }
    out
}

/// Labels one gap apart.
struct Cluster {
    labels: Vec<usize>,
    /// Sum over labels of where each wants the cluster to start.
    sum: f64,
    start: f64,
}

impl Cluster {
    fn with(&self, after: &Self, gap: f64) -> Self {
        let shift = gap * self.labels.len() as f64;
        let sum = self.sum + after.sum - shift * after.labels.len() as f64;
        Self { labels: [self.labels.as_slice(), after.labels.as_slice()].concat(), sum, start: 0.0 }
    }

    fn within(mut self, gap: f64, top: i32, bottom: i32) -> Self {
        let count = self.labels.len() as f64;
        let last = f64::from(bottom) - gap * (count - 1.0);
        self.start = (self.sum / count).min(last).max(f64::from(top));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_order_and_distance() {
        assert_eq!(spread(&[100, 300], 30, 0, 600), [100, 300]);
        assert_eq!(spread(&[300, 300], 30, 0, 600), [285, 315]);
        assert_eq!(spread(&[600, 600, 10], 30, 0, 600), [570, 600, 10]);
        let many = spread(&[300; 40], 30, 0, 600);
        assert!(many.windows(2).all(|pair| pair[0] < pair[1]) && many[0] == 0 && many[39] == 600, "{many:?}");
        assert!(spread(&[], 30, 0, 600).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_labels_fit(wanted in proptest::collection::vec(-50..900_i32, 1..16)) {
            let mut got = spread(&wanted, 30, 100, 700);
            got.sort_unstable();
            assert!(got.iter().all(|y| (100..=700).contains(y)));
            assert!(got.windows(2).all(|pair| pair[1] - pair[0] >= 29));
        }
    }
}
