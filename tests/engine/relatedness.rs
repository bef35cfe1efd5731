//! The experiment `sample_data/mmoe.toml`: what a second task costs the first, the less they are related.

use mtl_lab::data::synth::{MmoeRecipe, mmoe, write_csv};
use mtl_lab::train::cpu;

use crate::fixture::{plan, train};

const EXPERIMENT: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/sample_data/mmoe.toml"
));
const SEEDS: usize = 3;
const NAMES: [&str; 4] = [
    "shared, cosine 1",
    "MMoE, cosine 1",
    "shared, cosine 0.5",
    "MMoE, cosine 0.5",
];

/// The experiment with fewer seeds and variants.
fn shortened() -> String {
    let mut parts = EXPERIMENT.split("[[variants]]");
    let head = parts.next().unwrap_or_default();
    let head = head.replace("seeds = [1, 2, 3, 4, 5, 6, 7, 8]", "seeds = [1, 2, 3]");
    let is_wanted = |part: &&str| {
        NAMES
            .iter()
            .any(|name| part.contains(&format!("\"{name}\"")))
    };
    let variants: Vec<&str> = parts.filter(is_wanted).collect();
    assert_eq!(variants.len(), NAMES.len());
    let variants = variants.iter().map(|part| format!("[[variants]]{part}"));
    std::iter::once(head).chain(variants).collect()
}

#[test]
fn a_narrow_shared_bottom_suffers_from_an_unrelated_task_and_experts_do_not() {
    let recipe = MmoeRecipe {
        rows: 10_000,
        dims: 20,
        cosines: vec![1.0, 0.9, 0.5],
        scale: 0.5,
        num_sines: 6,
        seed: 1,
    };
    let folder = tempfile::tempdir().unwrap();
    write_csv(&folder.path().join("mmoe.csv.gz"), &mmoe(&recipe)).unwrap();
    let told = train(&plan(&shortened(), folder.path()), &cpu());
    let rmse = |run: usize| told.outcomes[&run].test["label_1"]["rmse"].unwrap();
    let mean = |variant: usize| {
        let runs = variant * SEEDS..(variant + 1) * SEEDS;
        runs.map(rmse).sum::<f64>() / SEEDS as f64
    };
    // In the order of the file: related tasks first.
    let (shared, experts) = (mean(2) - mean(0), mean(3) - mean(1));
    assert!(shared > 0.015, "{shared}");
    assert!(experts < 0.5 * shared, "{experts} {shared}");
}
