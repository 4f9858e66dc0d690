use millstream::{experiment, metrics::MEASURES, random::Distribution as D, scenario::*, units::*};
fn main() {
    let days: f64 = std::env::args().nth(1).map_or(1.0, |a| a.parse().unwrap());
    let c = |x: f64| D::Constant(x);
    let p = |name: &str, model| Pipeline {
        name: name.into(),
        model,
        dedup: true,
        bytes_per_id: 96.4,
        bytes_per_entry: 72.7,
        cores: 4.0,
        sink_delay: c(10_000.0),
    };
    let rt = |o: f64| RunTime { overhead: c(o), throughput: Rate(100_000.0) };
    let batch = |every: i64, after: i64, n| {
        Model::Batch(Batch {
            every: Span(every),
            start_after: Span(after),
            start_delay: c(0.0),
            partition_by: PartitionBy::EventTime,
            run_time: rt(60e6),
            late: LateRows::Lookback { periods: n },
        })
    };
    let scenario = Scenario {
        changes: Vec::new(),
        name: "smoke".into(),
        title: String::new(),
        question: String::new(),
        assumptions: vec![],
        limits: vec![],
        start: "2026-01-05T00:00:00Z".parse().unwrap(),
        warmup: Span(HOUR),
        duration: Some(Span((days * DAY as f64) as i64)),
        seed: 1,
        replications: 2,
        complete_share: 0.99,
        workload: Workload {
            source: Source::Poisson { rate: Rate(1000.0), hours: [1.0; 24] },
            keys: Keys { count: 10_000, zipf: 1.0 },
            payload: c(300.0),
            network: Network {
                delay: D::Lognormal { median: 150e3, sigma: 1.0 },
                late: Some(ShareOf { share: 0.01, after: D::Exponential { mean: 600e6 } }),
            },
            duplicates: Duplicates {
                retry: Some(ShareOf { share: 0.02, after: D::Exponential { mean: 3600e6 } }),
                repeat: None,
            },
        },
        job: Job {
            dedup: Some(Dedup { ttl: Span(HOUR) }),
            window: Some(Window { size: Span(MINUTE), by: WindowBy::Global }),
        },
        pipelines: vec![
            p("daily", batch(DAY, 30 * MINUTE, 1)),
            p("hourly", batch(HOUR, 5 * MINUTE, 3)),
            p(
                "micro",
                Model::MicroBatch(MicroBatch {
                    trigger: Span(MINUTE),
                    run_time: rt(600e3),
                    watermark_delay: Span(15 * SECOND),
                    output: Output::Update,
                }),
            ),
            p(
                "continuous",
                Model::Continuous(Continuous {
                    parallelism: 1,
                    dispatch: Dispatch::Key,
                    service: c(100.0),
                    fetch_interval: Span(0),
                    fetch_delay: Span(5000),
                    watermark_bound: Span(15 * SECOND),
                    watermark_interval: Span(200_000),
                    allowed_lateness: Span(300 * SECOND),
                    guarantee: Guarantee::AtLeastOnce,
                }),
            ),
        ],
        prices: Prices { currency: "USD".into(), core_hour: 0.04048, gb_hour: 0.004445 },
        objectives: vec![],
    };
    let t = std::time::Instant::now();
    let o = experiment::run(&scenario, None, 1, &|_| {}).unwrap();
    let e = t.elapsed();
    for (i, m) in MEASURES.iter().enumerate() {
        print!("{:38}", m.path);
        for p in &o.pipelines {
            print!(" {:>16}", p.measures[i].value.map_or("-".into(), |v| format!("{v:.4}")));
        }
        println!();
    }
    for (t, a) in &o.pipelines[3].curves.data_age {
        if *a > 75.3 {
            println!("{t} {a}");
        }
    }
    println!(
        "{} deliveries {:?} {:.1} ns",
        o.simulated_deliveries,
        e,
        e.as_nanos() as f64 / o.simulated_deliveries as f64
    );
}
