//! Which objectives exclude one another, among the candidates that were tried.

use super::evaluate::Finding;

/// Objectives that no candidate meets together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Their places; one alone that nobody meets, or two or three of which any smaller part is met by somebody.
    pub objectives: Vec<usize>,
}

/// The smallest sets of objectives, of up to three, that no finding meets together.
#[must_use]
pub fn conflicts(findings: &[Finding], objectives: usize) -> Vec<Conflict> {
    let good: Vec<Vec<bool>> =
        findings.iter().map(|finding| finding.judgements.iter().map(|judgement| judgement.good).collect()).collect();
    smallest(&good, objectives)
}

fn smallest(good: &[Vec<bool>], objectives: usize) -> Vec<Conflict> {
    let meets_all =
        |set: &[usize]| good.iter().any(|good| set.iter().all(|place| good.get(*place).copied().unwrap_or(false)));
    let mut found: Vec<Conflict> = Vec::new();
    let mut add = |set: Vec<usize>| {
        let is_smallest = !found.iter().any(|other| other.objectives.iter().all(|place| set.contains(place)));
        if is_smallest && !meets_all(&set) {
            found.push(Conflict { objectives: set });
        }
    };
    (0..objectives).for_each(|one| add(vec![one]));
    for one in 0..objectives {
        (one + 1..objectives).for_each(|two| add(vec![one, two]));
    }
    // More than a few dozen objectives are not looked at by threes.
    for one in 0..objectives.min(32) {
        for two in one + 1..objectives.min(32) {
            (two + 1..objectives.min(32)).for_each(|three| add(vec![one, two, three]));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_smallest_sets_are_named() {
        let of = |good: &[[u8; 4]]| {
            let good: Vec<Vec<bool>> = good.iter().map(|row| row.iter().map(|good| *good == 1).collect()).collect();
            smallest(&good, 4).into_iter().map(|conflict| conflict.objectives).collect::<Vec<_>>()
        };
        assert_eq!(of(&[[1, 1, 1, 1]]), Vec::<Vec<usize>>::new());
        // Nobody meets 3; 0 and 1 are met, but not together.
        assert_eq!(of(&[[1, 0, 1, 0], [0, 1, 1, 0]]), [vec![3], vec![0, 1]]);
        // Any two are met, not all three.
        assert_eq!(of(&[[1, 1, 0, 1], [1, 0, 1, 1], [0, 1, 1, 1]]), [vec![0, 1, 2]]);
    }
}
