//! The twin of each model: which rows it knows, in which order, and when.

use std::collections::BTreeMap;

use super::{Act, Input, sorted, text, walk};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;

fn continuous(bound: i64, watermark: &str) -> String {
    format!(
        "model = \"continuous\"\nparallelism = 1\nservice = \"0s\"\nfetch_delay = \"0s\"\nsink_delay = \"0s\"\n\
         guarantee = \"at_least_once\"\nwatermark = {{ bound = \"{bound}s\", {watermark} }}"
    )
}

#[test]
fn continuous_holds_what_the_watermark_has_not_passed_and_drops_what_it_has() {
    let (mut matched, mut late) = (0, 0);
    for seed in 0..48 {
        let (bound, interval) = ([0, 10, 120, 1_200][seed as usize % 4], [0, 200_000, 5 * SECOND][seed as usize % 3]);
        let watermark = match interval {
            0 => "emission = \"record\"".to_owned(),
            interval => format!("interval = \"{}ms\"", interval / 1_000),
        };
        // The TTL is longer than the stream: every duplicate is known.
        let dedup = ["", "dedup = { ttl = \"7d\" }"][seed as usize / 2 % 2];
        let input = Input::new(&text(seed, dedup, &continuous(bound, &watermark)));
        let bound = bound * SECOND;
        // The watermark that stands before a row: of all rows before it, or of those that had arrived by the last tick before.
        let mut largest: Vec<(i64, i64)> = Vec::new();
        let mut top = i64::MIN;
        for row in &input.rows {
            top = top.max(row.event_time);
            largest.push((row.arrival, top));
        }
        let by = |count: usize| if count == 0 { i64::MIN } else { largest[count - 1].1 - bound };
        let tick_before = |at: i64| (at - 1).div_euclid(interval) * interval;
        let stands = |row: &Act| match interval {
            0 => by(row.order),
            _ => by(largest.partition_point(|(arrival, _)| *arrival <= tick_before(row.arrival))),
        };
        let known = |row: &&Act| dedup.is_empty() || row.first;
        let (taken, dropped): (Vec<Act>, Vec<Act>) =
            input.rows.iter().filter(known).partition(|row| row.event_time >= stands(row));
        let walked = walk(&sorted(taken), &input.steps, input.within);
        // Visible when the watermark has passed the event, or at the end.
        let passed = |event_time: i64| {
            let count = largest.partition_point(|(_, largest)| largest - bound <= event_time);
            largest.get(count).map_or(input.until, |(arrival, _)| match interval {
                0 => *arrival,
                _ => ((arrival - 1).div_euclid(interval) * interval + interval).min(input.until),
            })
        };
        let wanted = Input::seen(&walked, |step| passed(step.4));
        let mut found = input.run(true);
        found.reached.sort_unstable();
        assert_eq!(found.reached, wanted, "seed {seed}");
        assert_eq!(found.late, dropped.len() as u64, "seed {seed}");
        matched += wanted.iter().filter(|of| of.2 + 1 == input.steps.len()).count();
        late += dropped.len();
    }
    assert!(matched > 5_000 && late > 10_000, "{matched} {late}");
}

/// An attempt in the state of a user.
struct Open {
    opened: Act,
    last: i64,
    reached: usize,
}

#[test]
fn a_micro_batch_sorts_within_its_batch_only() {
    let (mut matched, mut late, mut missed) = (0, 0, 0);
    for seed in 0..48 {
        let (trigger, delay) = ([10, 60, 600][seed as usize % 3], [0, 30, 600][seed as usize / 3 % 3]);
        let pipeline = format!(
            "model = \"micro_batch\"\ntrigger = \"{trigger}s\"\noverhead = \"0s\"\nthroughput = \"1e12/s\"\n\
             watermark_delay = \"{delay}s\"\nsink_delay = \"0s\""
        );
        let dedup = ["", "dedup = { ttl = \"7d\" }"][seed as usize / 2 % 2];
        let input = Input::new(&text(seed, dedup, &pipeline));
        let (trigger, delay, epoch) = (trigger * SECOND, delay * SECOND, input.scenario.start.epoch().0);
        let (mut late_filter, mut evict, mut largest) = (epoch, epoch, i64::MIN);
        let (mut wanted, mut open, mut dropped) = (Vec::new(), Vec::<Open>::new(), 0);
        let (mut now, mut next, mut taken) = (0, 0, Vec::new());
        while now < input.until + 2 * trigger {
            let from = next;
            while next < input.rows.len() && input.rows[next].arrival <= now {
                next += 1;
            }
            let batch = &input.rows[from..next];
            if batch.is_empty() && evict <= late_filter {
                now += trigger;
                continue;
            }
            let floor = late_filter.div_euclid(1_000) * 1_000;
            let known = batch.iter().filter(|row| dedup.is_empty() || row.first);
            let (on_time, behind): (Vec<Act>, Vec<Act>) = known.partition(|row| row.event_time > floor);
            dropped += behind.len();
            for row in sorted(on_time) {
                taken.push(row);
                for attempt in open.iter_mut().filter(|of| of.opened.user == row.user) {
                    let in_time =
                        row.event_time >= attempt.last && row.event_time - attempt.opened.event_time < input.within;
                    if input.steps.get(attempt.reached) == Some(&row.kind) && in_time {
                        let opened = attempt.opened;
                        wanted.push((opened.user, opened.event_time, attempt.reached, row.event_time, now));
                        (attempt.last, attempt.reached) = (row.event_time, attempt.reached + 1);
                    }
                }
                if row.kind == input.steps[0] {
                    wanted.push((row.user, row.event_time, 0, row.event_time, now));
                    open.push(Open { opened: row, last: row.event_time, reached: 1 });
                }
            }
            open.retain(|of| of.opened.event_time + input.within > evict && of.reached < input.steps.len());
            largest = batch.iter().map(|row| row.event_time).fold(largest, i64::max);
            (late_filter, evict) = (evict, evict.max(largest - delay));
            now += trigger;
        }
        wanted.sort_unstable();
        let mut found = input.run(false);
        found.reached.sort_unstable();
        assert_eq!(found.reached, wanted, "seed {seed}");
        assert_eq!(found.late, dropped as u64, "seed {seed}");
        let converted = |steps: usize| steps + 1 == input.steps.len();
        matched += wanted.iter().filter(|of| converted(of.2)).count();
        // The same rows in order of event time: none less.
        let whole = walk(&sorted(taken), &input.steps, input.within).iter().filter(|of| converted(of.3)).count();
        missed += whole - wanted.iter().filter(|of| converted(of.2)).count();
        late += dropped;
    }
    assert!(matched > 5_000 && late > 1_000 && missed > 100, "{matched} {late} {missed}");
}

#[test]
fn a_run_of_a_batch_matches_all_that_it_reads() {
    let policies =
        [("drop", ""), ("next_run", ""), ("lookback", "lookback = 1"), ("lookback", "lookback = 3"), ("arrival", "")];
    let (mut matched, mut later) = (0, 0);
    for seed in 0..60 {
        let (policy, more) = policies[seed as usize % policies.len()];
        let (every, after) = ([HOUR, HOUR / 4][seed as usize % 2], [0, 120 * SECOND][seed as usize / 2 % 2]);
        let by_arrival = policy == "arrival";
        let late =
            if by_arrival { "partition_by = \"arrival\"".to_owned() } else { format!("late = \"{policy}\"\n{more}") };
        let pipeline = format!(
            "model = \"batch\"\nevery = \"{}s\"\nstart_after = \"{}s\"\nstart_delay = \"0s\"\noverhead = \"0s\"\n\
             throughput = \"1e12/s\"\nsink_delay = \"0s\"\n{late}",
            every / SECOND,
            after / SECOND
        );
        let input = Input::new(&text(seed, "", &pipeline));
        let lookback = more.strip_prefix("lookback = ").map_or(0, |periods| periods.parse::<i64>().unwrap());
        // The run that reads a row, by the number of its period; run k starts at (k + 1) · every + after.
        let start = |run: i64| (run + 1) * every + after;
        let run_of = |row: &Act| {
            let period = row.event_time.div_euclid(every);
            if by_arrival {
                return Some(row.arrival.div_euclid(every));
            }
            if row.arrival <= start(period) {
                return Some(period);
            }
            let next = (row.arrival - after + every - 1).div_euclid(every) - 1;
            match policy {
                "drop" => None,
                "next_run" => Some(next),
                _ => (next - period <= lookback).then_some(next),
            }
        };
        let mut reads: BTreeMap<i64, Vec<Act>> = BTreeMap::new();
        for row in &input.rows {
            // What a clock puts before the start of all is read by the first run.
            if let Some(run) = run_of(row) {
                reads.entry(run.max(0)).or_default().push(*row);
            }
        }
        let reach = input.within.max(lookback * every);
        let (mut wanted, mut depth, mut kept) = (Vec::new(), BTreeMap::<usize, usize>::new(), Vec::<Act>::new());
        let last = reads.last_key_value().map_or(0, |(run, _)| *run);
        for run in 0..=last {
            let of = |row: &Act| if by_arrival { row.arrival } else { row.event_time };
            kept.retain(|row| of(row) >= run * every - reach);
            kept.extend(reads.remove(&run).unwrap_or_default());
            for (user, opened, place, step, by) in walk(&sorted(kept.clone()), &input.steps, input.within) {
                let depth = depth.entry(place).or_insert(0);
                if step >= *depth {
                    *depth = step + 1;
                    wanted.push((user, opened, step, by, start(run)));
                }
            }
        }
        wanted.sort_unstable();
        let mut found = input.run(false);
        found.reached.sort_unstable();
        assert_eq!(found.reached, wanted, "seed {seed} {policy} {more}");
        let published = |of: &(u32, i64, usize, i64, i64)| (of.4 - after) / every - 1;
        matched += wanted.iter().filter(|of| of.2 + 1 == input.steps.len()).count();
        later += wanted.iter().filter(|of| of.2 > 0 && published(of) > of.3.div_euclid(every)).count();
    }
    assert!(matched > 5_000 && later > 100, "{matched} {later}");
}
