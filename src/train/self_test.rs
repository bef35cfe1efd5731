//! A short computation on a fresh adapter beside the CPU backend: drivers and tuned kernels have been wrong before.

use burn::tensor::{Device, IndexingUpdateOp, Tensor, TensorData, activation};

use crate::error::catch_panic;

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

fn trained(device: &Device) -> Result<Vec<f32>, String> {
    let numbers = |len: usize, scale: f32| -> Vec<f32> {
        (0..len)
            .map(|index| ((index * 37 % 101) as f32 / 50.0 - 1.0) * scale)
            .collect()
    };
    let tensor = |shape: [usize; 3], scale| {
        let values = numbers(shape.iter().product(), scale);
        Tensor::<3>::from_data(TensorData::new(values, shape), device)
    };
    let features = tensor([2, 64, 16], 1.0);
    let mut first = tensor([2, 16, 32], 0.2);
    let mut second = tensor([2, 32, 1], 0.3);
    let mut table = tensor([1, 50, 8], 0.1).reshape([50, 8]);
    let rows: Vec<i32> = (0..20).map(|index| index * 7 % 50).collect();
    for _ in 0..4 {
        let gradients_device = device.clone().autodiff();
        let leaf = |tensor: &Tensor<3>| {
            Tensor::from_inner(tensor.clone())
                .to_device(&gradients_device)
                .require_grad()
        };
        let (w1, w2) = (leaf(&first), leaf(&second));
        let hidden = activation::relu(Tensor::from_inner(features.clone()).matmul(w1.clone()));
        let output = hidden.matmul(w2.clone());
        let gradients = output.square().mean().backward();
        let taken = |tensor: &Tensor<3>| tensor.grad(&gradients).ok_or("no gradient");
        first = first - taken(&w1)? * 0.1;
        second = second - taken(&w2)? * 0.1;
        let index = Tensor::from_data(TensorData::new(rows.clone(), [rows.len()]), device);
        let picked = table.clone().select(0, index) * 0.9;
        let index = Tensor::from_data(TensorData::new(rows.clone(), [rows.len()]), device);
        table = table.select_assign(0, index, picked, IndexingUpdateOp::Assign);
    }
    let mut values = Vec::new();
    for tensor in [
        first.flatten::<1>(0, 2),
        second.flatten(0, 2),
        table.flatten(0, 1),
    ] {
        let data = tensor.try_into_data().map_err(|error| error.to_string())?;
        values.extend(
            data.try_to_vec::<f32>()
                .map_err(|error| format!("{error:?}"))?,
        );
    }
    Ok(values)
}
