//! What must hold of every strategy.

use burn::tensor::Tensor;

use super::super::Strategy;
use super::fixtures::{
    A, B, C, Rows, act, assert_near, balancings, build, choice, direction, ids, number, numbers,
    tasks, weights,
};
use super::problem::problems;
use crate::spec::{Choice, ParamValue};

const LOSSES: [[f32; 3]; 3] = [[0.7, 4.0, 0.2], [0.6, 3.0, 0.25], [0.5, 2.5, 0.1]];

/// Their weights may be negative: a task that all others oppose is held back.
const SIGNED: [&str; 5] = ["imtl_g", "imtl", "aligned_mtl", "config", "gradvac"];

fn start(id: &str, count: usize, num_shared: usize, seeds: &[u64]) -> Strategy {
    build(&Choice::named(id), &tasks(count), num_shared, seeds)
}

fn length(numbers: &[f32]) -> f32 {
    numbers.iter().map(|it| it * it).sum::<f32>().sqrt()
}

fn unit(numbers: &[f32]) -> Vec<f32> {
    let length = length(numbers);
    numbers.iter().map(|it| it / length).collect()
}

fn unsolved(strategy: &Strategy) -> Vec<u64> {
    match strategy {
        Strategy::Balancing(balancing) => balancing.unsolved().to_vec(),
        Strategy::Weighting(_) => Vec::new(),
    }
}

#[test]
fn weights_are_positive_and_finite() {
    for id in ids() {
        for gradients in [&[A, B, A][..], &[C, C, C]] {
            let count = gradients[0].len();
            let mut running = start(id, count, gradients[0][0].len(), &[1]);
            for ((at, rows), losses) in (0..).zip(gradients).zip(LOSSES) {
                let update = act(&mut running, &[rows], &losses[..count], at).0;
                let found = numbers(update.weights);
                let is_fit = |it: &f32| it.is_finite() && (*it >= 0.0 || SIGNED.contains(&id));
                assert!(found.iter().all(is_fit), "{id}: {found:?}");
                assert!(found.iter().sum::<f32>() > 0.0, "{id}: {found:?}");
            }
        }
    }
}

#[test]
fn weights_sum_to_what_the_paper_says() {
    let one = [
        "rlw",
        "famo",
        "mgda",
        "pe_mtl",
        "imtl_g",
        "modo",
        "sdmgrad",
        "auto_lambda",
        "moml",
    ];
    let as_many_as_tasks = ["equal", "manual", "dwa", "gradnorm", "excess_mtl"];
    let sums = one.map(|id| (id, 1.0)).into_iter();
    for (id, sum) in sums.chain(as_many_as_tasks.map(|id| (id, 3.0))) {
        let mut running = start(id, 3, 5, &[1]);
        for at in 0..6 {
            let (rows, losses) = ([A, B, A][at % 3], LOSSES[at % 3]);
            let update = act(&mut running, &[rows], &losses, at as u64).0;
            let found: f32 = numbers(update.weights).iter().sum();
            assert!((found - sum).abs() < 1e-5, "{id}: {found}");
        }
    }
}

#[test]
fn moco_mixes_unit_gradients_by_shares_of_one() {
    let mut running = start("moco", 3, 5, &[1]);
    for ((at, rows), losses) in (0..).zip([A, B, A]).zip(LOSSES) {
        let weights = numbers(act(&mut running, &[rows], &losses, at).0.weights);
        let shares = weights.iter().zip(rows).zip(losses);
        let sum: f32 = shares.map(|((w, row), loss)| w * length(row) / loss).sum();
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
    }
}

#[test]
fn one_task_is_followed_as_it_is() {
    for id in ids() {
        let mut running = start(id, 1, 5, &[1]);
        for ((at, rows), losses) in (0..).zip([A, B, A]).zip(LOSSES) {
            // A memory would mix the gradients of two steps.
            let rows = if matches!(id, "db_mtl" | "moco") {
                A
            } else {
                rows
            };
            let found = act(&mut running, &[&rows[..1]], &losses[..1], at).1;
            assert_near(id, &unit(&found), &unit(rows[0]), 1e-5);
        }
    }
}

#[test]
fn orthogonal_gradients_of_one_length_weigh_alike() {
    let rows: Rows<'_> = &[&[0.0, 0.5, 0.0], &[0.5, 0.0, 0.0], &[0.0, 0.0, -0.5]];
    for id in balancings() {
        let found = weights(id, &[], rows);
        assert!(found[0] > 0.0, "{id}: {found:?}");
        // MetaBalance adds 1e-5 to lengths that begin at a tenth of these.
        assert_near(id, &found, &[found[0]; 3], 2e-4);
    }
}

#[test]
fn equal_gradients_are_followed() {
    let rows: Rows<'_> = &[&[1.0, -2.0, 0.5], &[1.0, -2.0, 0.5]];
    for id in balancings() {
        let found = direction(id, rows);
        let factor = found[0];
        assert!(factor > 0.0, "{id}: {found:?}");
        let expected = [factor, -2.0 * factor, 0.5 * factor];
        assert_near(id, &found, &expected, 1e-4);
    }
}

#[test]
fn the_order_of_tasks_does_not_matter() {
    // The draws of random weights are those of a place.
    for id in ids().filter(|id| *id != "rlw") {
        // Three tasks meet in an order drawn by their places.
        let order = match id {
            "pcgrad" | "gradvac" => &[1, 0][..],
            _ => &[2, 0, 1],
        };
        let plain = tasks(order.len());
        let moved: Vec<_> = order.iter().map(|&place| plain[place].clone()).collect();
        let main_after = order.iter().position(|&place| place == 1).unwrap();
        let with_main = |place: usize| match id {
            "metabalance" => choice(id, &[("main", ParamValue::Integer(place as i64 + 1))]),
            _ => Choice::named(id),
        };
        let mut running = build(&with_main(1), &plain, 5, &[1]);
        let mut moving = build(&with_main(main_after), &moved, 5, &[1]);
        for ((at, rows), losses) in (0..).zip([A, B, A]).zip(LOSSES) {
            let moved_rows: Vec<&[f32]> = order.iter().map(|&place| rows[place]).collect();
            let moved_losses: Vec<f32> = order.iter().map(|&place| losses[place]).collect();
            let (rows, losses) = (&rows[..order.len()], &losses[..order.len()]);
            let expected = act(&mut running, &[rows], losses, at).1;
            let found = act(&mut moving, &[&moved_rows], &moved_losses, at).1;
            assert_near(id, &found, &expected, 3e-5);
        }
    }
}

#[test]
fn the_unit_of_a_loss_changes_no_way() {
    for choice in [
        choice("si", &[]),
        choice("stch", &[("warmup", ParamValue::Integer(0))]),
        choice("db_mtl", &[]),
        choice("nash_mtl", &[("largest", number(1e6))]),
        choice("fairgrad", &[("alpha", number(1.0))]),
    ] {
        for plain in problems() {
            let mut scaled = plain;
            scaled.unit = 1000.0;
            let expected = plain.descend(&choice, 1);
            let found = scaled.descend(&choice, 1);
            assert_near(&choice.name, &found, &expected, 1e-4);
        }
    }
}

#[test]
fn the_unit_of_a_loss_changes_no_direction() {
    for id in [
        "gls", "si", "stch", "famo", "db_mtl", "imtl_g", "nash_mtl", "config",
    ] {
        let [plain, scaled] = in_units([1.0, 1000.0], id);
        for (plain, scaled) in plain.iter().zip(&scaled) {
            assert_near(id, &unit(&scaled.1), &unit(&plain.1), 1e-3);
        }
    }
}

#[test]
fn the_unit_of_a_loss_changes_no_weight_that_follows_ratios() {
    for id in ["equal", "manual", "rlw", "dwa", "excess_mtl"] {
        let [plain, scaled] = in_units([1.0, 1000.0], id);
        for (plain, scaled) in plain.iter().zip(&scaled) {
            assert_near(id, &scaled.0, &plain.0, 1e-5);
        }
    }
}

/// Weights and directions of some steps with the second loss in two units.
fn in_units(units: [f32; 2], id: &str) -> [Vec<(Vec<f32>, Vec<f32>)>; 2] {
    units.map(|unit| {
        let mut running = start(id, 3, 5, &[1]);
        let steps = (0..6).map(|at| {
            let (rows, mut losses) = ([A, B, A][at % 3], LOSSES[at % 3]);
            let second: Vec<f32> = rows[1].iter().map(|slope| slope * unit).collect();
            losses[1] *= unit;
            let rows = [rows[0], &second, rows[2]];
            let (update, direction) = act(&mut running, &[&rows], &losses, at as u64);
            (numbers(update.weights), direction)
        });
        steps.collect()
    })
}

#[test]
fn a_broken_replica_or_a_task_without_labels_disturbs_none() {
    let broken: Rows<'_> = &[&[f32::NAN; 5], A[1], A[2]];
    let silent: Rows<'_> = &[&[0.0; 5], A[1], A[2]];
    let dead: Rows<'_> = &[&[0.0; 5], &[0.0; 5], &[0.0; 5]];
    for id in ids() {
        let mut alone = start(id, 3, 5, &[1]);
        let mut running = start(id, 3, 5, &[1, 2, 3, 4]);
        for at in 0..3 {
            let plain = LOSSES[at as usize];
            let [mut nan, mut without] = [plain; 2];
            (nan[0], without[0]) = (f32::NAN, 0.0);
            let losses = [plain, nan, without, [0.0; 3]].concat();
            let replicas = [A, broken, silent, dead];
            let expected = act(&mut alone, &[A], &plain, at).1;
            let (update, found) = act(&mut running, &replicas, &losses, at);
            assert_near(id, &found[..5], &expected, 1e-6);
            assert!(
                found[10..].iter().all(|it| it.is_finite()),
                "{id}: {found:?}"
            );
            assert!(found[15..].iter().all(|it| *it == 0.0), "{id}: {found:?}");
            let weights = numbers(update.weights);
            assert!(
                weights[6..].iter().all(|it| it.is_finite()),
                "{id}: {weights:?}"
            );
        }
        for (replica, steps) in unsolved(&running).into_iter().enumerate() {
            assert_eq!(
                steps > 0,
                replica == 1,
                "{id}: {steps} of replica {replica}"
            );
        }
    }
}

#[test]
fn losses_and_gradients_near_zero_are_borne() {
    // A batch of one class, all of it told with certainty, then an ordinary one.
    let tiny: Rows<'_> = &[A[0], &[1e-39; 5], A[2]];
    let small: Rows<'_> = &[A[0], &[1e-12, 0.0, -1e-12, 0.0, 0.0], A[2]];
    for id in ids() {
        let mut running = start(id, 3, 5, &[1]);
        for (at, (rows, loss)) in (0..).zip([(A, 0.5), (tiny, 1e-39), (small, 1e-12), (B, 0.5)]) {
            let (update, found) = act(&mut running, &[rows], &[0.7, loss, 0.2], at);
            let weights = numbers(update.weights);
            assert!(weights.iter().all(|it| it.is_finite()), "{id}: {weights:?}");
            assert!(found.iter().all(|it| it.is_finite()), "{id}: {found:?}");
        }
    }
}

#[test]
fn a_kept_state_goes_on_as_it_was() {
    for id in ids() {
        let [mut first, mut second] = [0, 1].map(|_| start(id, 3, 5, &[1]));
        let at = |running: &mut Strategy, at: u64| {
            let (rows, losses) = ([A, B][at as usize % 2], LOSSES[at as usize % 3]);
            act(running, &[rows], &losses, at).1
        };
        for step in 0..4 {
            at(&mut first, step);
        }
        let kept: Vec<Tensor<2>> = first.state().into_iter().map(|it| it.clone()).collect();
        for (own, kept) in second.state().into_iter().zip(kept) {
            *own = kept;
        }
        for step in 4..8 {
            assert_eq!(at(&mut first, step), at(&mut second, step), "{id}");
        }
    }
}
