//! Gradients of embedding rows count as those of the dense parameters do.

use burn::tensor::{Device, Tensor, TensorData};

use super::super::task_gradients::TaskRows;
use super::super::{Direction, TaskGradients, strategy};
use super::fixtures::{
    A, B, Rows, assert_near, balancing, balancings, choice, gradients, numbers, progress, tensor,
};
use crate::spec::{Choice, ParamValue};

/// The first number of each gradient is dense, the others are embedding rows of two numbers.
fn in_rows(replicas: &[Rows<'_>]) -> TaskGradients {
    let tasks = replicas[0].len();
    let each: Vec<usize> = replicas
        .iter()
        .map(|rows| (rows[0].len() - 1) / 2)
        .collect();
    let all: usize = each.iter().sum();
    let values: Vec<f32> = (0..tasks)
        .flat_map(|task| {
            replicas
                .iter()
                .flat_map(move |rows| rows[task][1..].iter().copied())
        })
        .collect();
    let dense: Vec<f32> = replicas
        .iter()
        .flat_map(|rows| rows.iter().map(|row| row[0]))
        .collect();
    let owners: Vec<i32> = (0..)
        .zip(&each)
        .flat_map(|(owner, &rows)| vec![owner; rows])
        .collect();
    let mut start = 0;
    let ranges = each.iter().map(|&rows| {
        start += rows;
        start - rows..start
    });
    let device = Device::flex();
    let whole = TaskGradients {
        dense: Tensor::from_data(TensorData::new(dense, [replicas.len(), tasks, 1]), &device),
        rows: Some(TaskRows {
            values: Tensor::from_data(TensorData::new(values, [tasks, all, 2]), &device),
            ranges: ranges.collect(),
            owners: Tensor::from_data(TensorData::new(owners, [all]), &device),
        }),
        parts: Vec::new(),
    };
    TaskGradients {
        parts: vec![whole.clone(); 3],
        ..whole
    }
}

#[test]
fn products_and_lengths_count_the_rows_of_their_replica() {
    let short: Rows<'_> = &[&A[0][..3], &A[1][..3], &A[2][..3]];
    let (found, other) = (in_rows(&[A, short]), in_rows(&[B, short]));
    let products = |a: Rows<'_>, b: Rows<'_>| -> Vec<f32> {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum();
        a.iter()
            .flat_map(|a| b.iter().map(move |b| dot(a, b)))
            .collect()
    };
    let flat = |tensor: Tensor<3>| -> Vec<f32> { tensor.into_data().try_to_vec().unwrap() };
    let expected = [products(A, B), products(short, short)].concat();
    assert_near(
        "products",
        &flat(found.products_with(&other)),
        &expected,
        1e-6,
    );
    let gram = [products(A, A), products(short, short)].concat();
    assert_near("gram", &flat(found.gram()), &gram, 1e-6);
    let norms: Vec<f32> = [0, 4, 8, 9, 13, 17]
        .iter()
        .map(|&at| gram[at].sqrt())
        .collect();
    assert_near("norms", &numbers(found.norms()), &norms, 1e-6);
}

#[test]
fn rows_are_combined_as_dense_numbers_are() {
    // They keep running gradients of the dense parameters alone, or draw a lot for each number.
    let dense_alone = ["moco", "db_mtl", "excess_mtl", "graddrop"];
    for id in balancings().filter(|id| !dense_alone.contains(id)) {
        let replicas = [A, B];
        let [mut in_dense, mut with_rows] =
            [5, 1].map(|width| balancing(&Choice::named(id), [3, width], &[1, 2]));
        let losses = tensor(&[0.7, 4.0, 0.2, 0.6, 3.0, 0.25], [2, 3]);
        let (plain, split) = (gradients(&replicas), in_rows(&replicas));
        let expected = in_dense.balance(&plain, &losses, progress(0)).unwrap();
        let expected = numbers(plain.combine_dense(&expected));
        let update = with_rows.balance(&split, &losses, progress(0)).unwrap();
        let dense = numbers(split.combine_dense(&update));
        let rows = numbers(split.combine_rows(&update).unwrap());
        let found = [&dense[..1], &rows[..4], &dense[1..], &rows[4..]].concat();
        assert_near(id, &found, &expected, 2e-5);
    }
}

#[test]
fn on_the_representation_this_steps_gradients_are_followed_with_the_same_weights() {
    for id in balancings() {
        let entry = strategy(id).unwrap();
        let there = choice(id, &[("on", ParamValue::Word("representation".to_owned()))]);
        assert!(entry.needs(&there).on_representation(), "{id}");
        let [mut here, mut there] =
            [Choice::named(id), there].map(|choice| balancing(&choice, [3, 5], &[1]));
        for ((at, rows), loss) in (0..).zip([A, B, A]).zip([0.7, 0.6, 0.5]) {
            let seen = gradients(&[rows]);
            let losses = tensor(&[loss, 4.0 * loss, 0.3], [1, 3]);
            let [here, there] = [&mut here, &mut there]
                .map(|running| running.balance(&seen, &losses, progress(at)).unwrap());
            assert!(
                !matches!(there.direction, Direction::Made { .. }),
                "{id}: a row has no past"
            );
            assert_eq!(numbers(here.weights), numbers(there.weights), "{id}");
        }
    }
}

#[test]
fn missing_parts_are_told() {
    for id in balancings() {
        let parts = strategy(id).unwrap().needs(&Choice::named(id)).parts();
        let mut seen = gradients(&[A]);
        seen.parts.truncate(1);
        let mut running = balancing(&Choice::named(id), [3, 5], &[1]);
        let losses = tensor(&[1.0; 3], [1, 3]);
        let found = running.balance(&seen, &losses, progress(0)).map(|_| ());
        let expected = format!("{parts} parts of a batch were expected, 1 found");
        match found {
            Ok(()) => assert_eq!(parts, 1, "{id}"),
            Err(report) => assert_eq!(report.to_string(), expected, "{id}"),
        }
    }
}
