//! A label after another, judged among the rows of the one before in every structure alike.

use crate::fixture::{plan_on, train};

/// The share of pairs of a yes and a no that are ranked right, ties counting half.
fn share_ranked_right(rows: &[(f32, f32)]) -> f64 {
    let of = |wanted: f32| rows.iter().filter(move |(truth, _)| *truth == wanted);
    let (mut right, mut pairs) = (0.0, 0.0);
    for (_, yes) in of(1.0) {
        for (_, no) in of(0.0) {
            right += f64::from(u8::from(yes > no)) + 0.5 * f64::from(u8::from(yes == no));
            pairs += 1.0;
        }
    }
    right / pairs
}

#[test]
fn conversions_are_ranked_among_clicks() {
    let mut table = String::from("kind,size,click,buy\n");
    for row in 0_u32..1500 {
        let chance = row.wrapping_mul(2_654_435_761) >> 8;
        let (kind, size) = (chance % 7, chance / 7 % 50);
        let click = u32::from(chance / 350 % 10 < 3 + kind / 2);
        let buy = click * u32::from(chance / 3500 % 10 < 2 + size / 10);
        table.push_str(&format!("k{kind},{size},{click},{buy}\n"));
    }
    let text = r#"
        [data]
        path = "table.csv"
        [data.columns]
        kind = { role = "sparse" }
        size = { role = "dense" }
        click = { role = "label", task = "binary" }
        buy = { role = "label", task = "binary", after = "click" }
        [training]
        epochs = 3
        batch_size = 64
        [[variants]]
        name = "shared"
        bottom = { kind = "mlp", units = [8] }
        towers = { default = [4] }
        [[variants]]
        name = "esmm"
        structure = { name = "esmm", conversion = "buy" }
        "#;
    let told = train(&plan_on(&table, text), &mtl_lab::train::cpu());
    for run in 0..2 {
        let [click, buy] = [0, 1].map(|task| &told.predictions[&run].tasks[task]);
        assert_eq!((&*click.task, &*buy.task), ("click", "buy"));
        let all = buy.labels.iter().zip(&buy.scores);
        let all = all.zip(click.labels.iter().zip(&click.scores));
        let clicked = all.filter(|(_, (click, _))| **click == 1.0);
        let given: Vec<(f32, f32)> = clicked
            .map(|((truth, score), (_, click))| (*truth, score / click))
            .collect();
        let test = &told.outcomes[&run].test;
        let found = test["buy"]["conditional_auc"].unwrap();
        assert!((found - share_ranked_right(&given)).abs() < 1e-9, "{found}");
        assert_ne!(test["buy"]["auc"], Some(found));
        assert_eq!(test["click"]["conditional_auc"], None);
    }
}
