//! A short computation on a fresh adapter beside the CPU backend: drivers and tuned kernels have been wrong before.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData, activation};

use super::optimizer::{OptimizerEntry as _, Sgd, StepSize, Stepped};
use crate::data::{Dataset, SparseField};
use crate::error::catch_panic;
use crate::model::embedding::{EmbeddingLayout, Lookup, LookupFinder, Places};
use crate::model::rows::taken;
use crate::model::{Init, Layout};
use crate::spec::Choice;

/// The largest relative difference that is taken for rounding.
const TOLERANCE: f32 = 1e-3;

/// Trains two layers for a few steps on both devices and compares every parameter.
///
/// # Errors
/// In words, how far its numbers are off or what broke.
pub fn run(device: &Device) -> Result<(), String> {
    let expected =
        trained(&Device::flex()).map_err(|error| format!("on the processor: {error}"))?;
    let found = catch_panic(|| trained(device))??;
    let worst = expected.iter().zip(&found).map(|(expected, found)| {
        let difference = (expected - found).abs() / expected.abs().max(1.0);
        if difference.is_nan() {
            f32::INFINITY
        } else {
            difference
        }
    });
    let worst = worst.fold(0.0, f32::max);
    if worst > TOLERANCE {
        return Err(format!(
            "after a few steps its parameters differ from the processor's by {worst:.2e}; \
             expected at most {TOLERANCE:.0e}"
        ));
    }
    Ok(())
}

/// Rows of a batch.
const ROWS: usize = 160;
/// Ids of the field, and the width of their embeddings.
const IDS: usize = 50;
const WIDTH: usize = 16;

/// A small network in both of its replicas, cut, looked up, added up and changed as that of a training is.
fn trained(device: &Device) -> Result<Vec<f32>, String> {
    let (lookup, places) = (lookup(device), 0..ROWS);
    let rows = lookup.table_rows(device);
    let places = lookup.places(places, 1, None, device);
    let mut layout = Layout::default();
    let lane = [String::new()];
    for (role, [rows, columns]) in [("0.weight", [WIDTH, 32]), ("1.weight", [32, 1])] {
        layout.add(
            role.to_owned(),
            &lane,
            [rows, columns],
            Init::Within { bound: 0.2 },
        );
    }
    let mut flat = layout.init(&[1, 2], device);
    let numbers = (0..2 * IDS * WIDTH).map(|place| (place * 37 % 101) as f32 / 50.0 - 1.0);
    let table = TensorData::new(numbers.collect(), [2 * IDS, WIDTH]);
    let mut table = Tensor::<2>::from_data(table, device);
    let optimizer = Sgd.build(&Choice::named("sgd"));
    for _ in 0..4 {
        let autodiff = device.clone().autodiff();
        let leaf = |tensor: Tensor<3>| {
            let tensor = Tensor::from_inner(tensor).to_device(&autodiff);
            tensor.require_grad()
        };
        let touched = taken(&table, &rows.rows);
        let features = leaf(places.taken(&touched).reshape([2, ROWS, WIDTH]));
        let weights: Vec<_> = layout.split(&flat, 1).into_iter().map(leaf).collect();
        let [first, second] = weights.as_slice() else {
            return Err("a network of two layers was cut otherwise".to_owned());
        };
        let hidden = activation::relu(features.clone().matmul(first.clone()));
        let gradients = hidden.matmul(second.clone()).square().mean().backward();
        let gradient = |tensor: &Tensor<3>| tensor.grad(&gradients).ok_or("no gradient");
        let dense = vec![gradient(first)?, gradient(second)?];
        let dense = layout.join(dense, 2);
        let uses = vec![(places.clone(), gradient(&features)?)];
        let sums = Places::added_up(uses, touched.dims()).ok_or("no rows")?;
        let steps = [
            (&mut flat, dense, None, 0.1),
            (&mut table, sums, Some(&rows), 10.0),
        ];
        for (numbers, gradient, rows, lr) in steps {
            let stepped = Stepped {
                numbers,
                moments: &mut [],
                gradient,
                rows,
                frozen: None,
            };
            optimizer.step(stepped, StepSize { lr, step: 1 });
        }
    }
    let mut values = Vec::new();
    for tensor in [flat, table] {
        let data = tensor.try_into_data().map_err(|error| error.to_string())?;
        values.extend(
            data.try_into_vec::<f32>()
                .map_err(|error| format!("{error:?}"))?,
        );
    }
    Ok(values)
}

/// A batch of which one id is in every other row, so that a group of threads adds it up.
fn lookup(device: &Device) -> Lookup {
    let field = SparseField {
        name: "id".to_owned(),
        vocabulary: IDS,
        embedding_dim: None,
    };
    let rows: Vec<u32> = (0..ROWS as u32).collect();
    let ids = rows.iter().map(|row| row % 2 * (row * 7 % IDS as u32));
    let dataset = Dataset {
        num_rows: ROWS,
        sparse_ids: Arc::new(ids.collect()),
        sparse_fields: vec![field],
        ..Dataset::default()
    };
    let lanes = [String::new()];
    let layout = EmbeddingLayout::new(&dataset.sparse_fields, &[], WIDTH, 0, &lanes);
    LookupFinder::new(layout, device).find(&[&rows, &rows], &dataset)
}
