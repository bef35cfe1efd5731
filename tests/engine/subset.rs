//! Variants that are trained on some of the labels.

use mtl_lab::train::cpu;

use crate::fixture::{plan_on, train};

const TABLE: fn(u32) -> String = |rows| {
    let mut table = String::from("kind,size,yes,no\n");
    for row in 0..rows {
        let (kind, size) = (row % 7, (row * 31) % 97);
        let bit = |factor: u32| u32::from((kind * 13 + size * factor) % 5 < 2);
        table.push_str(&format!("k{kind},{size},{},{}\n", bit(1), bit(3)));
    }
    table
};

fn experiment(no: &str, tasks: &str) -> String {
    format!(
        r#"
        seeds = [1, 2]
        [data]
        path = "table.csv"
        [data.columns]
        kind = {{ role = "sparse" }}
        size = {{ role = "dense" }}
        yes = {{ role = "label", task = "binary" }}
        no = {no}
        [training]
        epochs = 2
        [[variants]]
        name = "one"
        {tasks}
        bottom = {{ kind = "mlp", units = [16] }}
        towers = {{ default = [4] }}
        strategy = "gradnorm"
        "#
    )
}

#[test]
fn a_label_that_is_left_out_might_as_well_not_be_there() {
    let label = r#"{ role = "label", task = "binary" }"#;
    let table = TABLE(2000);
    let both = train(&plan_on(&table, &experiment(label, "")), &cpu());
    let left_out = experiment(label, r#"tasks = ["yes"]"#);
    let left_out = train(&plan_on(&table, &left_out), &cpu());
    let ignored = experiment(r#"{ role = "ignore" }"#, "");
    let alone = train(&plan_on(&table, &ignored), &cpu());
    for run in 0..2 {
        assert_eq!(left_out.best[&run], alone.best[&run]);
        let scores = |told: &crate::fixture::Told, task: &str| {
            told.outcomes[&run]
                .test
                .get(task)
                .cloned()
                .unwrap_or_default()
        };
        assert_eq!(scores(&left_out, "yes"), scores(&alone, "yes"));
        assert!(scores(&left_out, "no").values().all(Option::is_none));
        assert_ne!(scores(&left_out, "yes"), scores(&both, "yes"));
        let tasks: Vec<&String> = left_out.outcomes[&run].task_weights.keys().collect();
        assert_eq!(tasks, ["yes"]);
    }
}
