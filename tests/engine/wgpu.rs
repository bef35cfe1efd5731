//! Training on a graphics adapter, a software one too, beside the processor.

use mtl_lab::train::{DeviceChoice, OpenDevice, Part, cpu, devices, open};

use crate::fixture::train;
use crate::replicas::short_video_plan;

/// The first adapter, or `None` with a word where there is none; `MTL_LAB_REQUIRE_GPU=1` makes that a failure.
fn adapter() -> Option<OpenDevice> {
    let has_adapter = devices().iter().any(|entry| entry.backend == "wgpu");
    if !has_adapter {
        let required = std::env::var_os("MTL_LAB_REQUIRE_GPU").is_some_and(|value| value == "1");
        assert!(!required, "there is no graphics adapter to test with");
        eprintln!("skipped: there is no graphics adapter");
        return None;
    }
    let (device, warnings) = open(DeviceChoice::Gpu(None)).unwrap();
    assert_eq!(device.info.backend, "wgpu", "{warnings:?}");
    Some(device)
}

#[test]
fn a_graphics_adapter_trains_as_the_processor_does() {
    let Some(adapter) = adapter() else { return };
    let plan = short_video_plan(&["click", "watch_secs"], "[1, 2]", 500);
    let (expected, found) = (train(&plan, &cpu()), train(&plan, &adapter));
    let losses = |part: Part| {
        let of_part = expected
            .series
            .iter()
            .filter(move |(key, _)| key.1 == part && key.3 == "loss");
        of_part.map(|(key, values)| (key, values.iter().flatten().copied().collect::<Vec<f64>>()))
    };
    let mut compared = 0;
    for (key, expected) in losses(Part::Train) {
        let found: Vec<f64> = found.series[key].iter().flatten().copied().collect();
        // A point is the mean of the steps between two points, and those are as many on both.
        assert_eq!(found.len(), expected.len(), "{key:?}");
        for (a, b) in expected.iter().zip(&found) {
            assert!((a - b).abs() < 2e-3 * a.abs().max(1.0), "{key:?}: {a} {b}");
            compared += 1;
        }
    }
    assert!(compared > 10, "{compared} points compared");
    for (run, outcome) in &expected.outcomes {
        for (task, scores) in &outcome.test {
            for (metric, score) in scores {
                let other = found.outcomes[run].test[task][metric];
                let (Some(a), Some(b)) = (score, other) else {
                    assert_eq!(*score, other, "{task} {metric}");
                    continue;
                };
                assert!(
                    (a - b).abs() < 5e-3 * a.abs().max(1.0),
                    "{task} {metric}: {a} {b}"
                );
            }
        }
    }
}
