//! Several labels as one target: what is learned, and which tasks are scored.

use mtl_lab::train::{Part, cpu};

use crate::fixture::{plan_on, train};

/// Impressions of two kinds: `a` is clicked one time in ten and watched for 20 or 40 seconds, `b` one in five for 5.
fn table() -> String {
    let mut table = String::from("kind,click,like,watch\n");
    for row in 0..4000 {
        let turn = row / 2;
        let (kind, click, watch) = if row % 2 == 0 {
            (
                "a",
                turn % 10 == 3,
                if turn % 20 == 3 { 20.0 } else { 40.0 },
            )
        } else {
            ("b", turn % 5 == 1, 5.0)
        };
        let (click, watch) = (u32::from(click), if click { watch } else { 0.0 });
        // What was not clicked could not be liked.
        let like = if click == 1 {
            (row / 4 % 2).to_string()
        } else {
            String::new()
        };
        table.push_str(&format!("{kind},{click},{like},{watch}\n"));
    }
    table
}

fn experiment(strategy: &str) -> String {
    format!(
        r#"
        seeds = [1]
        [data]
        path = "table.csv"
        split = {{ method = "random", validation = 0.1, test = 0.1 }}
        [data.columns]
        kind = {{ role = "sparse" }}
        click = {{ role = "label", task = "binary" }}
        like = {{ role = "label", task = "binary" }}
        watch = {{ role = "label", task = "regression" }}
        [training]
        epochs = 30
        batch_size = 256
        optimizer = {{ name = "adam", lr = 0.02 }}
        selection = "last"
        [[variants]]
        name = "fused"
        bottom = {{ kind = "mlp", units = [8] }}
        towers = {{ default = [] }}
        strategy = {strategy}
        "#
    )
}

#[test]
fn the_odds_are_the_expected_watch_time() {
    let plan = plan_on(&table(), &experiment("\"weighted_cross_entropy\""));
    let told = train(&plan, &cpu());
    let predictions = &told.predictions[&0];
    let tasks: Vec<&str> = predictions
        .tasks
        .iter()
        .map(|task| task.task.as_str())
        .collect();
    assert_eq!(tasks, ["click", "watch"], "`like` is not stood for");
    let (click, watch) = (&predictions.tasks[0], &predictions.tasks[1]);
    // By kind: the seconds of all clicks over the rows without one, 100·20 + 100·40 over 1800 and 400·5 over 1600;
    // which rows are trained on moves them a little.
    let expected = [6000.0 / 1800.0, 2000.0 / 1600.0];
    for (row, (&seconds, &chance)) in watch.scores.iter().zip(&click.scores).enumerate() {
        let kind = usize::from(predictions.rows[row] % 2 == 1);
        assert!(
            (seconds / expected[kind] - 1.0).abs() < 0.15,
            "{kind}: {seconds}"
        );
        assert!(
            (chance - seconds / (1.0 + seconds)).abs() < 1e-5,
            "odds and chance belong together"
        );
    }
    let outcome = &told.outcomes[&0];
    assert!(outcome.test["watch"]["mae"].is_some() && outcome.test["watch"]["xauc"].is_some());
    assert!(outcome.test["click"]["auc"].is_some());
    assert!(outcome.test["like"].values().all(Option::is_none));
    assert!(outcome.task_weights.is_empty());
    // The one tower is the click's: 8 inputs and a bias.
    let names: Vec<&str> = told.best[&0].keys().map(String::as_str).collect();
    assert!(
        names.iter().any(|name| name.starts_with("towers.click")),
        "{names:?}"
    );
    assert!(
        !names.iter().any(|name| name.starts_with("towers.like")),
        "{names:?}"
    );
}

#[test]
fn a_formula_over_labels_ranks_by_what_rows_are_worth() {
    let strategy = r#"{ name = "sample_weights", worth = { click = 0.3, like = 0.7 } }"#;
    let plan = plan_on(&table(), &experiment(strategy));
    let told = train(&plan, &cpu());
    let predictions = &told.predictions[&0];
    let tasks: Vec<&str> = predictions
        .tasks
        .iter()
        .map(|task| task.task.as_str())
        .collect();
    assert_eq!(tasks, ["click", "like"]);
    assert_eq!(
        predictions.tasks[0].scores, predictions.tasks[1].scores,
        "one output serves both"
    );
    // Half of the clicks are likes: 0.3 or 1 each, over the rows without a click.
    let expected = [200.0 * 0.65 / 1800.0, 400.0 * 0.65 / 1600.0];
    for (row, &chance) in predictions.tasks[0].scores.iter().enumerate() {
        let odds = f64::from(chance / (1.0 - chance));
        let kind = usize::from(predictions.rows[row] % 2 == 1);
        assert!((odds / expected[kind] - 1.0).abs() < 0.2, "{kind}: {odds}");
    }
    let loss = (0, Part::Train, "click".to_owned(), "loss".to_owned());
    assert!(
        !told.series.contains_key(&loss),
        "the loss of the formula is no task's own"
    );
}

#[test]
fn labels_that_a_fusion_needs_are_asked_for() {
    let text = experiment("\"weighted_cross_entropy\"").replace(
        "watch = { role = \"label\", task = \"regression\" }",
        "watch = { role = \"ignore\" }",
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("table.csv"), table()).unwrap();
    let (draft, _) = mtl_lab::experiment::parse(&text, "test.toml");
    let prepared =
        mtl_lab::lab::read_tables(&draft.data, folder.path(), &mtl_lab::data::read::Quiet).unwrap();
    let report = mtl_lab::lab::plan(&draft, prepared).unwrap_err();
    let expected = "variants[0].strategy.watch_time: there is no such label; expected the name of a regression label";
    assert!(report.to_string().contains(expected), "{report}");
}
