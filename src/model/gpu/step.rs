//! Steps along gradients by one kernel: each number and what is remembered of it is read and written once.

use burn::backend::fusion::custom::{
    CustomOpIr, HandleContainer, OperationFn, OperationIr, StreamId, TensorIr,
};
use burn::backend::ir::BackendIr;
use burn::backend::wgpu::{CubeBackend, CubeTensor, Wgpu};
use burn::tensor::{Int, Tensor, TensorData};

use super::kernels;
use super::rows::threads;
use super::written::{Written, written};
use crate::model::formula::Formula;
use crate::model::rows::TableRows;

/// Steps some rows of a table, or all.
///
/// # Shapes
/// - table, each of moments: `[row, width]`
/// - gradient: `[stepped, width]`
/// - rows: which are stepped; `None`: all
/// - frozen: `[stepped]`, those that stay as they are
pub fn stepped<const M: usize>(
    formula: &impl Formula<M>,
    (table, moments): (&mut Tensor<2>, &mut [Tensor<2>; M]),
    gradient: Tensor<2>,
    rows: Option<&TableRows>,
    frozen: Option<&[bool]>,
) {
    let (written, constants) = written(formula);
    let frozen = frozen.map(|frozen| {
        let flags: Vec<i32> = frozen.iter().map(|&frozen| i32::from(frozen)).collect();
        Tensor::<1, Int>::from_data(TensorData::new(flags, [frozen.len()]), &gradient.device())
    });
    let mut numbers: Vec<&mut Tensor<2>> = std::iter::once(table).chain(moments).collect();
    // The gradient stands in for numbers while they are away, so that the card is told nothing else.
    let away = numbers
        .iter_mut()
        .map(|own| std::mem::replace(*own, gradient.clone()))
        .collect();
    let given = Given {
        numbers: away,
        gradient,
        rows: rows.map(|rows| rows.rows.clone()),
        frozen,
    };
    for (own, stepped) in numbers.into_iter().zip(given.stepped(written, constants)) {
        *own = stepped;
    }
}

/// What a step reads.
struct Given {
    /// A table, and what is remembered of its numbers.
    numbers: Vec<Tensor<2>>,
    gradient: Tensor<2>,
    rows: Option<Tensor<1, Int>>,
    frozen: Option<Tensor<1, Int>>,
}

impl Given {
    /// The numbers after the step.
    fn stepped(self, written: Written, constants: Vec<f32>) -> Vec<Tensor<2>> {
        let of_float = |tensor: Tensor<2>| tensor.try_into_primitive::<Wgpu>();
        let of_int = |tensor: Tensor<1, Int>| tensor.try_into_primitive::<Wgpu>();
        let number = self.numbers.len();
        let floats = self.numbers.into_iter().chain([self.gradient]);
        let [has_rows, has_frozen] = [&self.rows, &self.frozen].map(Option::is_some);
        let ints = self.rows.into_iter().chain(self.frozen);
        let inputs: Result<Vec<_>, _> = floats.map(of_float).chain(ints.map(of_int)).collect();
        let Ok(inputs) = inputs else {
            unreachable!("tensors on a graphics card");
        };
        let client = inputs[0].client.clone();
        let inputs: Vec<TensorIr> = inputs.into_iter().map(|input| input.into_ir()).collect();
        let output = |input: &TensorIr| {
            let id = client.create_empty_handle();
            TensorIr::uninit(id, input.shape.clone(), input.dtype)
        };
        let outputs: Vec<TensorIr> = inputs[..number].iter().map(output).collect();
        let operation = CustomOpIr::new("step", &inputs, &outputs);
        let run = move |handles: &mut HandleContainer<<CubeBackend as BackendIr>::Handle>| {
            let (floats, ints) = inputs.split_at(number + 1);
            let mut floats: Vec<CubeTensor> = floats
                .iter()
                .map(|input| handles.get_float_tensor::<CubeBackend>(input))
                .collect();
            let mut ints = ints
                .iter()
                .map(|input| handles.get_int_tensor::<CubeBackend>(input));
            let rows = if has_rows { ints.next() } else { None };
            let frozen = if has_frozen { ints.next() } else { None };
            let gradient = floats.remove(number);
            let stepped = step(floats, gradient, [rows, frozen], &constants, &written);
            for (output, stepped) in outputs.iter().zip(stepped) {
                handles.register_float_tensor::<CubeBackend>(&output.id, stepped);
            }
            Ok(())
        };
        let stream = StreamId::current();
        let stepped = client.register(stream, OperationIr::Custom(operation), OperationFn(run));
        stepped
            .into_iter()
            .map(Tensor::from_primitive::<Wgpu>)
            .collect()
    }
}

fn step(
    numbers: Vec<CubeTensor>,
    gradient: CubeTensor,
    [rows, frozen]: [Option<CubeTensor>; 2],
    constants: &[f32],
    written: &Written,
) -> Vec<CubeTensor> {
    let own = |own: CubeTensor| if own.can_mut() { own } else { own.copy() };
    let numbers: Vec<CubeTensor> = numbers.into_iter().map(own).collect();
    let (count, dim) = threads(&gradient, gradient.meta.num_elements());
    let arg = |tensor: CubeTensor| tensor.into_tensor_arg();
    kernels::step::launch(
        &gradient.client.clone(),
        count,
        dim,
        numbers.iter().cloned().map(arg).collect(),
        arg(gradient),
        rows.map(arg).into(),
        frozen.map(arg).into(),
        constants.iter().copied().collect(),
        written.clone(),
    );
    numbers
}
