//! The tasks' gradients as they are told after each epoch.

use std::sync::{Mutex, PoisonError};

use burn::tensor::Tensor;
use mtl_lab::error::Report;
use mtl_lab::strategy::{Balancing, Look, Needs, On, Progress, Strategy, TaskGradients, Update};
use mtl_lab::train::device_data::DeviceData;
use mtl_lab::train::{GRADIENT_COSINE, GRADIENT_NORM, Part, cpu};

use crate::fixture::{plan_on, train};
use crate::replicas::{Way, cohort, place};

/// Two labels that are one, and a third that is its opposite.
fn table() -> String {
    let mut table = String::from("kind,size,yes,again,no\n");
    for row in 0..600 {
        let (kind, size) = (row % 7, (row * 31) % 97);
        let yes = u32::from((kind * 13 + size) % 5 < 2);
        table.push_str(&format!("k{kind},{size},{yes},{yes},{}\n", 1 - yes));
    }
    table
}

fn experiment(rows: u32) -> String {
    format!(
        r#"
        seeds = [1]
        [data]
        path = "table.csv"
        [data.columns]
        kind = {{ role = "sparse" }}
        size = {{ role = "dense" }}
        yes = {{ role = "label", task = "binary" }}
        again = {{ role = "label", task = "binary" }}
        no = {{ role = "label", task = "binary" }}
        [training]
        epochs = 2
        batch_size = 64
        dropout = 0.1
        gradient_rows = {rows}
        [[variants]]
        name = "shared"
        bottom = {{ kind = "mlp", units = [16] }}
        towers = {{ default = [] }}
        [[variants]]
        name = "separate"
        structure = "separate"
        "#
    )
}

#[test]
fn looking_at_gradients_changes_nothing() {
    let table = table();
    let with = train(&plan_on(&table, &experiment(200)), &cpu());
    let without = train(&plan_on(&table, &experiment(0)), &cpu());
    assert_eq!(with.best, without.best);
    let told = |metric: &str| {
        let told = with
            .series
            .iter()
            .filter(|(key, _)| key.3.starts_with(metric));
        told.map(|((run, part, task, _), values)| (*run, *part, task.as_str(), values.len()))
            .collect::<Vec<_>>()
    };
    let shared = |task| (0, Part::Train, task, 2);
    assert_eq!(
        told(GRADIENT_NORM),
        [shared("again"), shared("no"), shared("yes")]
    );
    assert_eq!(told(GRADIENT_COSINE).len(), 3);
    let probed = |key: &&(usize, Part, String, String)| key.3.starts_with("gradient");
    assert_eq!(without.series.keys().filter(probed).count(), 0);
}

/// Keeps the inner products that it saw last.
#[derive(Debug)]
struct Keeper;

static KEPT: Mutex<Vec<f32>> = Mutex::new(Vec::new());

impl Balancing for Keeper {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        _progress: Progress,
    ) -> Result<Update, Report> {
        let products = gradients.gram().into_data().try_to_vec().unwrap();
        *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = products;
        let ones = Tensor::ones(gradients.dims(), &gradients.device());
        Ok(Update::weighted(ones))
    }
}

#[test]
fn what_is_told_is_what_a_strategy_would_see() {
    let plan = plan_on(&table(), &experiment(0));
    let way = Way {
        needs: Needs::Gradients {
            on: On::Parameters,
            look: Look::Batch,
        },
        block: Some(100),
        strategy: |_| Strategy::balancing(Keeper),
    };
    let mut cohort = cohort(&plan, &[1, 2], way);
    let data = DeviceData::new(plan.dataset(), &cpu().handle);
    let rows = &plan.dataset().split.train[..300];
    let at = place(&plan, 0);
    let told = cohort
        .probe(rows, plan.dataset(), &data, at)
        .unwrap()
        .unwrap();
    cohort
        .step(&[rows, rows], plan.dataset(), &data, at)
        .unwrap();
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    // The last strategy is that of the second replica.
    let product = |a: usize, b: usize| f64::from(kept[a * 3 + b]);
    for task in 0..3 {
        let norm = told[1].norms[task].unwrap();
        assert!(
            (norm - product(task, task).sqrt()).abs() < 1e-6 * norm,
            "{norm}"
        );
    }
    for &(a, b, cosine) in &told[1].cosines {
        let expected = product(a, b) / (product(a, a) * product(b, b)).sqrt();
        assert!((cosine.unwrap() - expected).abs() < 1e-6, "{a} {b}");
    }
}
