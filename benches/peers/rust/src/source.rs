//! The stream: Poisson events, their delays, those that are late, those that are delivered again.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1, LogNormal};

use crate::{PROBES, Period, Row};

/// Makes events in order of event time.
pub struct Source {
    random: SmallRng,
    delay: LogNormal<f64>,
    /// When the next event happens.
    pub next: i64,
    clock: f64,
}

impl Source {
    pub fn new(period: &Period) -> Self {
        let delay = LogNormal::new(150e3_f64.ln(), 1.0).expect("sigma is finite");
        let mut source =
            Self { random: SmallRng::seed_from_u64(period.seed), delay, next: 0, clock: period.from as f64 };
        source.step();
        source
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        let unit: f64 = Exp1.sample(&mut self.random);
        mean * unit
    }

    fn step(&mut self) {
        self.clock += self.exponential(1e3);
        self.next = self.clock as i64;
    }

    /// The next event's first delivery and its duplicate.
    #[inline]
    pub fn event(&mut self) -> (Row, Option<Row>) {
        let event = self.next;
        let mut delay = self.delay.sample(&mut self.random);
        if self.random.random::<f64>() < 0.01 {
            delay += self.exponential(600e6);
        }
        let arrival = event + delay as i64;
        let again = (self.random.random::<f64>() < 0.02).then(|| {
            let again = arrival + self.exponential(3_600e6) as i64;
            Row { arrival: again, event, first: Some(arrival) }
        });
        self.step();
        (Row { arrival, event, first: None }, again)
    }
}

/// One instant at a random place in each of the equal parts of the period.
pub fn probes(period: &Period) -> Vec<i64> {
    let mut random = SmallRng::seed_from_u64(!period.seed);
    let part = (period.to - period.from) as f64 / PROBES as f64;
    (0..PROBES).map(|number| period.from + (part * (number as f64 + random.random::<f64>())) as i64).collect()
}
