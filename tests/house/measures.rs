//! The list of measures is what a run yields.

use std::path::Path;

use millstream::engine::advance;
use millstream::metrics::{Collector, MEASURES, StreamMeter};
use millstream::pipelines::{AnyPipeline, Frame};
use millstream::scenario::{Overrides, parse};
use millstream::workload::{Block, Stream};

const TEXT: &str = "title = \"t\"\nquestion = \"q\"\nduration = \"10m\"\n[workload]\nrate = \"5/s\"\n\
                    [job]\ndedup = { ttl = \"1h\" }\nwindow = { size = \"1m\" }\n";

#[test]
fn every_pipeline_yields_the_measures_in_their_order() {
    let scenario = parse("tiny", TEXT, Path::new(""), &Overrides::default()).unwrap();
    let measured = scenario.measured(None);
    let frame = Frame::new(scenario.seed, 0, measured, 16);
    for pipeline in &scenario.pipelines {
        let mut stream = Stream::new(&scenario, None, 0).unwrap();
        let mut meter = StreamMeter::new(measured, 0);
        let mut lane =
            AnyPipeline::new(&scenario, pipeline, &frame, |setup| Collector::new(&scenario, pipeline, setup));
        let mut block = Block::default();
        while block.until < measured.to && stream.next(&mut block).unwrap() {
            meter.observe(&block);
            lane.facts_mut().observe(&block);
            advance(&mut lane, &block);
        }
        let result = lane.into_facts().finish(&meter);
        let yielded: Vec<&str> = result.measures.iter().map(|(path, _)| *path).collect();
        let listed: Vec<&str> = MEASURES.iter().map(|measure| measure.path).collect();
        assert_eq!(yielded, listed, "{}", pipeline.name);
        assert!(meter.first_deliveries > 1_000 && result.events == meter.first_deliveries);
    }
}

#[test]
fn paths_are_unique_and_meanings_are_sentences_without_a_stop() {
    let mut paths: Vec<&str> = MEASURES.iter().map(|measure| measure.path).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), MEASURES.len());
    assert!(MEASURES.iter().all(|measure| !measure.meaning.is_empty() && !measure.meaning.ends_with('.')));
}
