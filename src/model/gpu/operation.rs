//! Operations of our own on any number of tensors, told to a card as one.

use burn::backend::fusion::custom::{
    CustomOpIr, HandleContainer, OperationFn, OperationIr, StreamId, TensorIr,
};
use burn::backend::ir::BackendIr;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor, Wgpu};
use burn::tensor::{Int, Shape, Tensor};

/// Tells a card one operation, which makes tensors of these shapes, in their order and of the first input's type.
pub fn told<const D: usize>(
    name: &'static str,
    floats: Vec<Tensor<D>>,
    ints: Vec<Tensor<1, Int>>,
    shapes: Vec<Shape>,
    make: impl Fn(Vec<CubeTensor>, Vec<CubeTensor>) -> Vec<CubeTensor> + Send + Sync + 'static,
) -> Vec<FloatTensor<Wgpu>> {
    let number = floats.len();
    let floats = floats.into_iter().map(Tensor::try_into_primitive::<Wgpu>);
    let ints = ints.into_iter().map(Tensor::try_into_primitive::<Wgpu>);
    let inputs: Result<Vec<_>, _> = floats.chain(ints).collect();
    let Ok(inputs) = inputs else {
        unreachable!("tensors on a graphics card");
    };
    let (client, dtype) = (inputs[0].client.clone(), inputs[0].dtype);
    let inputs: Vec<TensorIr> = inputs.into_iter().map(|input| input.into_ir()).collect();
    let output = |shape| TensorIr::uninit(client.create_empty_handle(), shape, dtype);
    let outputs: Vec<TensorIr> = shapes.into_iter().map(output).collect();
    let operation = CustomOpIr::new(name, &inputs, &outputs);
    let run = move |handles: &mut HandleContainer<<CubeBackend as BackendIr>::Handle>| {
        let (floats, ints) = inputs.split_at(number);
        let floats = floats.iter();
        let floats = floats.map(|input| handles.get_float_tensor::<CubeBackend>(input));
        let floats = floats.collect();
        let ints = ints.iter();
        let ints = ints.map(|input| handles.get_int_tensor::<CubeBackend>(input));
        let ints = ints.collect();
        for (output, made) in outputs.iter().zip(make(floats, ints)) {
            handles.register_float_tensor::<CubeBackend>(&output.id, made);
        }
        Ok(())
    };
    let stream = StreamId::current();
    client.register(stream, OperationIr::Custom(operation), OperationFn(run))
}
