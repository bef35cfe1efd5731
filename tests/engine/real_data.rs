//! The census data of the MMoE paper, where they lie beside the checkout.

use std::path::{Path, PathBuf};

use mtl_lab::train::cpu;

use crate::fixture::{plan, train};

/// The folder of the data, or `None` with a word.
fn census() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if folder.join("census_income.csv.gz").is_file() {
        return Some(folder);
    }
    eprintln!("skipped: the census data are not there");
    None
}

const EXPERIMENT: &str = r#"
    [data]
    path = "census_income.csv.gz"
    [data.split]
    method = "column"
    column = "split"
    [data.columns]
    income_50k = { role = "label", task = "binary" }
    never_married = { role = "label", task = "binary" }
    instance_weight = { role = "ignore" }
    [training]
    epochs = 3
    batch_size = 1024
    [[variants]]
    name = "shared, equal"
    structure = { name = "shared_bottom" }
    [[variants]]
    name = "separate"
    structure = { name = "separate" }
"#;

/// The AUC by counting, for each positive row, the negative rows ranked below it.
fn auc(labels: &[f32], scores: &[f32]) -> f64 {
    let of = |label: f32| {
        let own = labels
            .iter()
            .zip(scores)
            .filter(move |(own, _)| **own == label);
        own.map(|(_, score)| *score).collect::<Vec<f32>>()
    };
    let (mut negatives, positives) = (of(0.0), of(1.0));
    negatives.sort_by(f32::total_cmp);
    let won = positives.iter().map(|score| {
        let below = negatives.partition_point(|other| other < score);
        let tied = negatives.partition_point(|other| other <= score) - below;
        below as f64 + 0.5 * tied as f64
    });
    won.sum::<f64>() / (positives.len() as f64 * negatives.len() as f64)
}

#[test]
fn census_income_is_learned_as_well_as_by_others() {
    let Some(folder) = census() else { return };
    let plan = plan(EXPERIMENT, &folder);
    assert_eq!(plan.dataset().num_rows, 299_285);
    let told = train(&plan, &cpu());
    for (run, outcome) in &told.outcomes {
        for (task, least) in [("income_50k", 0.95), ("never_married", 0.993)] {
            let reported = outcome.test[task]["auc"].unwrap();
            assert!(reported >= least, "run {run}, {task}: {reported}");
            let kept = told.predictions[run]
                .tasks
                .iter()
                .find(|kept| kept.task == task)
                .unwrap();
            let counted = auc(&kept.labels, &kept.scores);
            assert!(
                (reported - counted).abs() < 1e-9,
                "{task}: {reported} {counted}"
            );
        }
    }
}
