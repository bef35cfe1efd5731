//! A log loss below 1 beside a squared error in seconds²: weightings that promise not to mind the scale keep their word.

use std::fmt::Write as _;

use mtl_lab::data::synth::{ShortVideoRecipe, short_video, write_csv};
use mtl_lab::train::{GRADIENT_NORM, Part, cpu};

use crate::fixture::{Told, plan, train};

const TASKS: [&str; 2] = ["click", "watch_secs"];
const STRATEGIES: [&str; 3] = [
    r#"{ name = "equal" }"#,
    r#"{ name = "uncertainty", lr = 0.2 }"#,
    r#"{ name = "gradnorm", alpha = 0.0 }"#,
];
const EQUAL: usize = 0;
const UNCERTAINTY: usize = 1;
const GRADNORM: usize = 2;
/// Points of a training curve in an epoch.
const POINTS: usize = 20;

fn trained() -> Told {
    let folder = tempfile::tempdir().unwrap();
    let recipe = ShortVideoRecipe {
        rows: 6000,
        seed: 3,
    };
    write_csv(&folder.path().join("table.csv"), &short_video(&recipe)).unwrap();
    let mut text = String::from(
        r#"
        seeds = [1]
        [data]
        path = "table.csv"
        [data.columns]
        ts = { role = "ignore" }
        finish = { role = "ignore" }
        like = { role = "ignore" }
        share = { role = "ignore" }
        click = { role = "label", task = "binary" }
        watch_secs = { role = "label", task = "regression", scale = "none" }
        [training]
        epochs = 20
        batch_size = 64
        optimizer = { name = "adam", lr = 0.003 }
        "#,
    );
    for strategy in STRATEGIES {
        write!(
            text,
            r#"
        [[variants]]
        name = '{strategy}'
        structure = "shared_bottom"
        bottom = {{ kind = "mlp", units = [24] }}
        towers = {{ default = [16] }}
        strategy = {strategy}
        "#
        )
        .unwrap();
    }
    train(&plan(&text, folder.path()), &cpu())
}

/// The last values of a training curve.
fn last(told: &Told, run: usize, task: &str, metric: &str, count: usize) -> Vec<f64> {
    let key = (run, Part::Train, task.to_owned(), metric.to_owned());
    let values = &told.series[&key];
    let last = &values[values.len() - count..];
    last.iter().map(|value| value.unwrap()).collect()
}

/// How many times the one task's weighted gradient is as long as the other's after the last epoch.
fn imbalance(told: &Told, run: usize) -> f64 {
    let length = |task| {
        let weights = last(told, run, task, "weight", POINTS);
        let weight = weights.iter().sum::<f64>() / weights.len() as f64;
        weight * last(told, run, task, GRADIENT_NORM, 1)[0]
    };
    let [first, second] = TASKS.map(length);
    (first / second).max(second / first)
}

#[test]
fn losses_of_different_scale_find_their_balance() {
    let told = trained();

    // Where the log-variance s_t rests, its gradient ½ − w_t·L_t is zero.
    for task in TASKS {
        let losses = last(&told, UNCERTAINTY, task, "loss", POINTS);
        let weights = last(&told, UNCERTAINTY, task, "weight", POINTS);
        let products = losses
            .iter()
            .zip(&weights)
            .map(|(loss, weight)| loss * weight);
        let product = products.sum::<f64>() / POINTS as f64;
        assert!((product - 0.5).abs() < 0.05, "{task}: {product}");
    }

    // With α = 0 the target is one length for all weighted gradients.
    let (equal, gradnorm) = (imbalance(&told, EQUAL), imbalance(&told, GRADNORM));
    assert!(equal > 1000.0, "{equal}");
    assert!(gradnorm < 2.5, "{gradnorm}");

    // The seconds no longer drown the click: it is ranked better, not only no worse.
    let auc = |run: usize| told.outcomes[&run].test["click"]["auc"].unwrap();
    for run in [UNCERTAINTY, GRADNORM] {
        assert!(
            auc(run) > auc(EQUAL) + 0.03,
            "{run}: {} {}",
            auc(run),
            auc(EQUAL)
        );
    }
}
