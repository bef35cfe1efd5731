//! What the papers prove of single strategies.

use super::super::gradnorm::slope;
use super::fixtures::{
    A, B, C, Rows, assert_near, balancing, choice, direction, number, numbers, progress, step,
    tensor, weigh, weighting, weights,
};
use crate::spec::{Choice, ParamValue};

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn length(a: &[f32]) -> f32 {
    dot(a, a).sqrt()
}

fn sum(rows: Rows<'_>) -> Vec<f32> {
    let place = |place| rows.iter().map(|row| row[place]).sum();
    (0..rows[0].len()).map(place).collect()
}

/// The weights after many steps that always see the same.
fn settled(id: &str, params: &[(&str, ParamValue)], rows: Rows<'_>, steps: u64) -> Vec<f32> {
    let mut running = balancing(&choice(id, params), [rows.len(), rows[0].len()], &[1]);
    let next = |_, at| numbers(step(running.as_mut(), &[rows], at).0.weights);
    (0..steps).fold(Vec::new(), next)
}

#[test]
fn gradnorm_follows_the_slope_of_its_distance() {
    let (weights, norms) = ([0.8_f32, 1.3, 0.9], [2.0_f32, 0.5, 1.4]);
    let rate = [1.2_f32, 0.7, 1.1];
    let known = [1.0_f32; 3];
    let rows = [weights, norms, rate, known].map(|row| tensor(&row, [1, 3]));
    let found = numbers(slope(&rows[0], rows[1].clone(), &rows[2], &rows[3]));
    let lengths: Vec<f64> = weights
        .iter()
        .zip(norms)
        .map(|(w, n)| f64::from(w * n))
        .collect();
    let mean = lengths.iter().sum::<f64>() / 3.0;
    let distance = |task: usize, change: f64| {
        let at = |other: usize| {
            let weight = f64::from(weights[other]) + if other == task { change } else { 0.0 };
            (weight * f64::from(norms[other]) - mean * f64::from(rate[other])).abs()
        };
        (0..3).map(at).sum::<f64>()
    };
    let by_difference = |task| ((distance(task, 1e-5) - distance(task, -1e-5)) / 2e-5) as f32;
    let expected: Vec<f32> = (0..3).map(by_difference).collect();
    assert_near("gradnorm", &found, &expected, 1e-5);
}

#[test]
fn gradnorm_keeps_the_sum_and_with_alpha_0_makes_lengths_equal() {
    let params = [("alpha", number(0.0)), ("lr", number(0.01))];
    let last = settled("gradnorm", &params, A, 2000);
    assert!((last.iter().sum::<f32>() - 3.0).abs() < 1e-4, "{last:?}");
    let lengths: Vec<f32> = last.iter().zip(A).map(|(w, row)| w * length(row)).collect();
    let mean = lengths.iter().sum::<f32>() / 3.0;
    for found in &lengths {
        assert!((found / mean - 1.0).abs() < 0.05, "{lengths:?}");
    }
}

#[test]
fn dwa_weighs_alike_what_falls_alike() {
    let mut running = weighting(&Choice::named("dwa"));
    for step in 0..10 {
        let fall = 0.8_f32.powi(step as i32 / 2);
        let losses = [0.7 * fall, 4.0 * fall, 0.2 * fall];
        let found = weigh(running.as_mut(), &losses, step, step as u32 / 2);
        assert_near("dwa", &found, &[1.0; 3], 1e-6);
    }
}

#[test]
fn famo_stays_where_all_losses_fall_alike() {
    let mut running = weighting(&choice("famo", &[("decay", number(0.0))]));
    let whole = tensor(&[0.5; 3], [1, 3]);
    for step in 0..5 {
        running.learn(&whole, &(whole.clone() * 0.5), progress(step));
    }
    let found = weigh(running.as_mut(), &[0.5; 3], 5, 0);
    assert_near("famo", &found, &[1.0 / 3.0; 3], 1e-6);
}

#[test]
fn learned_scales_settle_where_the_papers_say() {
    let losses = [0.3, 4.0, 0.05];
    // ½ for a binary task and a regression alike; 1.
    for (id, expected) in [("uncertainty", 0.5), ("imtl_l", 1.0)] {
        let mut running = weighting(&choice(id, &[("lr", number(0.02))]));
        let next = |_, step| weigh(running.as_mut(), &losses, step, 0);
        let last = (0..2000).fold(Vec::new(), next);
        let scaled: Vec<f32> = last.iter().zip(losses).map(|(w, l)| w * l).collect();
        assert_near(id, &scaled, &[expected; 3], 1e-3);
    }
}

#[test]
fn a_geometric_mean_and_a_sum_of_logarithms_point_alike() {
    for losses in [[0.7, 4.0, 0.2], [0.01, 30.0, 5.0]] {
        let [gls, si] = ["gls", "si"].map(|id| {
            let mut running = weighting(&Choice::named(id));
            weigh(running.as_mut(), &losses, 0, 0)
        });
        let ratio: Vec<f32> = gls.iter().zip(&si).map(|(a, b)| a / b).collect();
        assert_near("gls", &ratio, &[ratio[0]; 3], 1e-5);
    }
}

#[test]
fn two_gradients_have_their_shortest_mean_in_closed_form() {
    let pairs: [Rows<'_>; 5] = [
        &A[..2],
        C,
        &[&[1.0, 0.0], &[3.0, 1.0]],
        &[&[4.0, 0.5], &[1.0, 0.0]],
        &[&[1.0, 2.0], &[-2.0, 1.0]],
    ];
    for rows in pairs {
        let difference: Vec<f32> = rows[1].iter().zip(rows[0]).map(|(b, a)| b - a).collect();
        let first = dot(&difference, rows[1]) / dot(&difference, &difference);
        let first = first.clamp(0.0, 1.0);
        let found = weights("mgda", &[], rows);
        assert_near("mgda", &found, &[first, 1.0 - first], 2e-5);
    }
}

#[test]
fn two_tasks_bargain_for_contributions_of_one_length() {
    for rows in [&A[..2], &B[..2], C] {
        let lengths = [length(rows[0]), length(rows[1])];
        let cosine = dot(rows[0], rows[1]) / (lengths[0] * lengths[1]);
        let found = weights("nash_mtl", &[("largest", number(1e6))], rows);
        let contributions = [found[0] * lengths[0], found[1] * lengths[1]];
        let expected = (1.0 + cosine).sqrt().recip();
        assert_near("nash_mtl", &contributions, &[expected; 2], 2e-5);
    }
}

#[test]
fn projections_are_equal() {
    for rows in [A, B, C] {
        for id in ["imtl_g", "config"] {
            let found = direction(id, rows);
            let along = rows.iter().map(|row| dot(&found, row) / length(row));
            let along: Vec<f32> = along.collect();
            assert!(along[0] > 0.0, "{id}: {along:?}");
            assert_near(id, &along, &vec![along[0]; rows.len()], 2e-5);
        }
    }
}

#[test]
fn gradients_that_agree_are_summed_or_averaged() {
    let sum = sum(C);
    let mean: Vec<f32> = sum.iter().map(|sum| sum / 2.0).collect();
    assert_near("pcgrad", &direction("pcgrad", C), &sum, 1e-6);
    for id in ["upgrad", "dualproj"] {
        assert_near(id, &direction(id, C), &mean, 1e-5);
    }
}

#[test]
fn projected_directions_harm_no_task() {
    for id in ["mgda", "upgrad", "dualproj", "nash_mtl", "fairgrad"] {
        for rows in [A, B, C] {
            let found = direction(id, rows);
            for row in rows {
                // UPGrad and DualProj add 1e-4 of the trace to the products.
                assert!(dot(&found, row) > -2e-3, "{id}: {found:?}");
            }
        }
    }
}

#[test]
fn ends_of_a_range_are_other_strategies() {
    let mean = [1.0 / 3.0; 3];
    let mgda = weights("mgda", &[], A);
    for (id, name, value, expected) in [
        ("cagrad", "c", 0.0, &mean[..]),
        ("pe_mtl", "least", 0.0, &mgda),
        ("pe_mtl", "least", 1.0, &mean),
        ("sdmgrad", "lambda", 100.0, &mean),
    ] {
        let found = weights(id, &[(name, number(value))], A);
        let tolerance = if id == "sdmgrad" { 0.01 } else { 2e-5 };
        assert_near(id, &found, expected, tolerance);
    }
    let fairgrad = weights("fairgrad", &[("alpha", number(1.0))], A);
    let nash = weights("nash_mtl", &[("largest", number(1e6))], A);
    assert_near("fairgrad", &fairgrad, &nash, 1e-5);
}

#[test]
fn shares_that_descend_settle_at_the_shortest_mean() {
    let mgda = weights("mgda", &[], A);
    let modo = [("gamma", number(0.05)), ("rho", number(0.0))];
    assert_near("modo", &settled("modo", &modo, A, 3000), &mgda, 1e-4);
}

#[test]
fn a_trial_step_goes_as_far_as_the_weights_say() {
    for (id, expected) in [
        ("auto_lambda", Some(0.1)),
        ("moml", Some(0.1)),
        ("forum", None),
    ] {
        let params = [("rate", number(0.3))];
        let running = balancing(&choice(id, &params), [3, 5], &[1]);
        let found: Option<Vec<f32>> = running.trial().map(numbers);
        let expected = expected.map(|each: f32| vec![each; 3]);
        match (found, expected) {
            (Some(found), Some(expected)) => assert_near(id, &found, &expected, 1e-6),
            (found, expected) => assert_eq!(found, expected, "{id}"),
        }
    }
}
