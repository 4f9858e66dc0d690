//! What ids take in a real hash set, against the layout that sizes are computed from. By itself in its process: other tests
//! would touch memory of theirs meanwhile.

use std::collections::HashSet;
use std::fs;

/// Resident memory of this process, bytes; `None` where the system does not tell.
fn resident() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0)
}

#[test]
fn ten_million_ids_in_a_real_hash_set() {
    const IDS: u64 = 10_000_000;
    let before = resident();
    let mut set: HashSet<u64> = HashSet::new();
    for id in 0..IDS {
        // Odd multiples are a permutation: no id comes twice.
        assert!(set.insert(id.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    }
    assert!((0..IDS).step_by(1_001).all(|id| set.contains(&id.wrapping_mul(0x9e37_79b9_7f4a_7c15))));
    assert_eq!(set.len() as u64, IDS);
    // hashbrown: slots are a power of two of which seven eighths may be full, nine bytes each.
    let slots = (IDS as f64 * 8.0 / 7.0).log2().ceil().exp2();
    let law = slots * 9.0 / IDS as f64;
    assert!((law - 15.1).abs() < 0.01, "{law}");
    if let (Some(before), Some(after)) = (before, resident()) {
        let bytes = (after - before) / IDS as f64;
        println!("{bytes:.1} bytes an id resident, {law:.1} by the layout");
        // A page is touched when a slot in it is.
        assert!((bytes - law).abs() < 0.15 * law, "{bytes} {law}");
    }
    drop(set);
}
