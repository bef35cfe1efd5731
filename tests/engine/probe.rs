//! The tasks' gradients as they are told after each epoch.

use mtl_lab::train::{GRADIENT_COSINE, GRADIENT_NORM, Part, cpu};

use crate::fixture::{plan_on, train};

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

#[test]
fn labels_that_agree_agree_and_opposites_conflict() {
    let told = train(&plan_on(&table(), &experiment(600)), &cpu());
    let cosines = |task: &str, other: &str| {
        let metric = format!("{GRADIENT_COSINE} with {other}");
        told.series[&(0, Part::Train, task.to_owned(), metric)].clone()
    };
    // Towers of one layer start from other numbers each, so only the sign and the order are sure.
    let order = ["yes", "again", "no"];
    for epoch in 0..2 {
        let cosine = |a: usize, b: usize| cosines(order[a], order[b])[epoch].unwrap();
        for value in [cosine(0, 1), cosine(0, 2), cosine(1, 2)] {
            assert!((-1.0..=1.0).contains(&value), "{value}");
        }
        assert!(cosine(0, 1) > cosine(0, 2), "{epoch}");
    }
}
