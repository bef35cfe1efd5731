//! The shares of experts as they are told after each epoch.

use mtl_lab::train::{GATE, Part, cpu};

use crate::fixture::train;
use crate::replicas::short_video_plan_of;

fn told(structure: &str) -> Vec<(usize, String, String, Vec<f64>)> {
    let plan = short_video_plan_of(structure, &["click", "finish"], "[1]", 600);
    let told = train(&plan, &cpu());
    let gates = told.series.into_iter().filter_map(|(key, values)| {
        let (run, part, task, metric) = key;
        let expert = metric
            .strip_prefix(GATE)?
            .strip_prefix(" with ")?
            .to_owned();
        assert_eq!(part, Part::Train);
        Some((run, task, expert, values.into_iter().flatten().collect()))
    });
    gates.collect()
}

#[test]
fn shares_of_each_gate_sum_to_one_after_each_epoch() {
    let gates = told(r#"{ name = "mmoe", experts = 3 }"#);
    // One run of two has gates; each task has one over three experts.
    assert_eq!(gates.len(), 6);
    for task in ["click", "finish"] {
        let own = gates.iter().filter(|gate| gate.1 == task);
        let names: Vec<&str> = own.clone().map(|gate| gate.2.as_str()).collect();
        assert_eq!(names, ["experts.0", "experts.1", "experts.2"]);
        for epoch in 0..2 {
            let sum: f64 = own.clone().map(|gate| gate.3[epoch]).sum();
            assert!((sum - 1.0).abs() < 1e-6, "{task}: {sum}");
        }
        assert!(own.clone().all(|gate| gate.0 == 0 && gate.3.len() == 2));
    }
}

#[test]
fn choices_are_told_as_shares() {
    let gates = told(r#"{ name = "ltb", branches = 2, units = [8] }"#);
    let names: Vec<&str> = gates.iter().map(|gate| gate.2.as_str()).collect();
    assert_eq!(names, ["layer2.0", "layer2.1", "layer2.0", "layer2.1"]);
    for own in gates.chunks(2) {
        for (one, other) in own[0].3.iter().zip(&own[1].3) {
            // Both logits have learned, and neither is certain.
            assert!((one + other - 1.0).abs() < 1e-6 && (one - other).abs() > 1e-6);
        }
    }
}

#[test]
fn a_gate_names_the_experts_of_its_level() {
    let gates = told(r#"{ name = "ple", levels = 2 }"#);
    let of_click = gates.iter().filter(|gate| gate.1 == "click");
    let names: Vec<&str> = of_click.map(|gate| gate.2.as_str()).collect();
    let expected = [
        "level1.own.click.0",
        "level1.shared.0",
        "level2.own.click.0",
        "level2.shared.0",
    ];
    assert_eq!(names, expected);
    // One gate for both tasks is told for both; without gates nothing is told.
    assert_eq!(told(r#"{ name = "omoe", experts = 2 }"#).len(), 4);
    assert_eq!(told(r#""shared_bottom""#).len(), 0);
}
