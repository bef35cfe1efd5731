//! What must hold of every strategy that balances gradients.

use burn::tensor::Tensor;

use super::balance_tests::{
    A, B, C, Rows, assert_near, balancings, build, direction, step, weights,
};

#[test]
fn gradnorm_keeps_the_sum_and_with_alpha_0_makes_lengths_equal() {
    let params = [("alpha", 0.0), ("lr", 0.01)];
    let mut running = build("gradnorm", &params, [3, 5], &[1]);
    let mut last = Vec::new();
    for at in 0..2000 {
        let update = step(running.as_mut(), &[A], at).0;
        last = update.weights.into_data().try_to_vec::<f32>().unwrap();
        assert!((last.iter().sum::<f32>() - 3.0).abs() < 1e-4, "{last:?}");
    }
    let norm = |row: &[f32]| row.iter().map(|slope| slope * slope).sum::<f32>().sqrt();
    let lengths: Vec<f32> = last.iter().zip(A).map(|(w, row)| w * norm(row)).collect();
    let mean = lengths.iter().sum::<f32>() / 3.0;
    assert_near("gradnorm", &lengths, &[mean; 3], 0.05 * mean);
}

#[test]
fn gradients_that_agree_are_summed_or_averaged() {
    let sum: Vec<f32> = C[0].iter().zip(C[1]).map(|(a, b)| a + b).collect();
    let mean: Vec<f32> = sum.iter().map(|sum| sum / 2.0).collect();
    assert_near("pcgrad", &direction("pcgrad", C), &sum, 1e-6);
    for id in ["upgrad", "dualproj"] {
        assert_near(id, &direction(id, C), &mean, 1e-5);
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
        assert_near(id, &found, &expected, 1e-4 * factor.max(1.0));
    }
}

#[test]
fn the_order_of_tasks_does_not_matter() {
    let swapped: Rows<'_> = &[A[1], A[0]];
    // The main task of MetaBalance is named by its place.
    for id in balancings().filter(|id| *id != "metabalance") {
        let (plain, swapped) = (direction(id, &A[..2]), direction(id, swapped));
        assert_near(id, &swapped, &plain, 2e-5);
    }
}

#[test]
fn the_unit_of_a_loss_does_not_matter_to_the_scale_free() {
    let scaled: Vec<f32> = A[1].iter().map(|slope| slope * 1000.0).collect();
    let rows: Rows<'_> = &[A[0], &scaled, A[2]];
    for (id, params) in [
        ("imtl_g", &[][..]),
        ("fairgrad", &[][..]),
        ("nash_mtl", &[("largest", 1e6)][..]),
    ] {
        let (plain, scaled) = (weights(id, params, A), weights(id, params, rows));
        let share = |weights: &[f32], length: f32| weights[1] * length / weights[0];
        let (a, b) = (share(&plain, 1.0), share(&scaled, 1000.0));
        assert!((a / b - 1.0).abs() < 1e-3, "{id}: {a} {b}");
    }
}

#[test]
fn a_broken_replica_or_a_task_without_labels_disturbs_none() {
    let broken: Rows<'_> = &[&[f32::NAN; 5], A[1], A[2]];
    let silent: Rows<'_> = &[&[0.0; 5], A[1], A[2]];
    let dead: Rows<'_> = &[&[0.0; 5], &[0.0; 5], &[0.0; 5]];
    for id in balancings() {
        let alone = direction(id, A);
        let mut running = build(id, &[], [3, 5], &[1, 2, 3, 4]);
        let (_, found) = step(running.as_mut(), &[A, broken, silent, dead], 0);
        assert_near(id, &found[..5], &alone, 1e-6);
        assert!(
            found[10..20].iter().all(|it| it.is_finite()),
            "{id}: {found:?}"
        );
        assert!(found[15..20].iter().all(|it| *it == 0.0), "{id}: {found:?}");
        for replica in [0, 2, 3] {
            let unsolved = running.unsolved().get(replica).copied().unwrap_or(0);
            assert_eq!(unsolved, 0, "{id}");
        }
    }
}

#[test]
fn a_kept_state_goes_on_as_it_was() {
    for id in balancings() {
        let mut first = build(id, &[], [3, 5], &[1]);
        let mut second = build(id, &[], [3, 5], &[1]);
        step(first.as_mut(), &[A], 0);
        step(first.as_mut(), &[B], 1);
        let kept: Vec<Tensor<2>> = first.state().into_iter().map(|it| it.clone()).collect();
        for (own, kept) in second.state().into_iter().zip(kept) {
            *own = kept;
        }
        for at in 2..4 {
            let a = step(first.as_mut(), &[A], at).1;
            let b = step(second.as_mut(), &[A], at).1;
            assert_eq!(a, b, "{id}");
        }
    }
}
