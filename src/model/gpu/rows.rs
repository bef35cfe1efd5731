//! Rows of embedding tables on a graphics card: taken and added up.

use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::cubecl::{CubeCount, CubeDim, calculate_cube_count_elemwise};
use burn::tensor::{DType, Int, Shape, Tensor};

use super::index::Index;
use super::kernels;

/// A part of a batch, and the copies of each replica that go through it.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Uses of the batch before it.
    pub first: usize,
    /// Uses in it.
    pub len: usize,
    /// Copies of each replica.
    pub copies: usize,
}

/// For each distinct row of all replicas its row in the table, how often it is used, and its replica.
///
/// # Shapes
/// - output: `[distinct]`, `[distinct, 1]`, `[distinct]`
pub fn unfolded(index: &Index) -> (Tensor<1, Int>, Tensor<2>, Tensor<1, Int>) {
    let words = index.words.clone().into_dispatch();
    let distinct = index.shape.distinct;
    let (rows, counts, owners) = <Dispatch as IndexedRows>::unfold_index(words, distinct);
    (
        Tensor::from_dispatch(rows),
        Tensor::from_dispatch(counts),
        Tensor::from_dispatch(owners),
    )
}

/// What the uses of a part of the batch find among the distinct rows.
///
/// # Shapes
/// - table: `[distinct, width]`
/// - output: `[replica · copy · lane · use, width]`
pub fn taken(table: &Tensor<2>, index: &Index, part: Part) -> Tensor<2> {
    let (table, words) = (table.clone(), index.words.clone());
    let [table, words] = [table.into_dispatch(), words.into_dispatch()];
    let launch = Launch::of(index, part);
    Tensor::from_dispatch(<Dispatch as IndexedRows>::take_rows(table, words, launch))
}

/// What the uses of each distinct row add up to.
///
/// # Shapes
/// - values: `[replica · copy · lane · use, width]`
/// - output: `[copy · distinct, width]`
pub fn added_up(values: Tensor<2>, index: &Index, part: Part) -> Tensor<2> {
    let [values, words] = [values.into_dispatch(), index.words.clone().into_dispatch()];
    let launch = Launch::of(index, part);
    Tensor::from_dispatch(<Dispatch as IndexedRows>::add_up_rows(
        values, words, launch,
    ))
}

/// What the distinct rows of each replica add up to.
///
/// # Shapes
/// - values: `[distinct, 1]`
/// - output: `[replica, 1]`
pub fn added_up_by_replica(values: Tensor<2>, index: &Index) -> Tensor<2> {
    let [values, words] = [values.into_dispatch(), index.words.clone().into_dispatch()];
    let replicas = index.shape.replicas;
    Tensor::from_dispatch(<Dispatch as IndexedRows>::add_up_replicas(
        values, words, replicas,
    ))
}

/// The sizes that kernels are launched with.
#[derive(Clone, Copy, Debug)]
pub struct Launch {
    planes: usize,
    distinct: usize,
    many: usize,
    part: Part,
}

impl Launch {
    fn of(index: &Index, part: Part) -> Self {
        let shape = index.shape;
        Self {
            planes: shape.planes,
            distinct: shape.distinct,
            many: shape.many,
            part,
        }
    }

    fn uses(&self) -> usize {
        self.planes * self.part.copies * self.part.len
    }

    fn sums(&self) -> usize {
        self.part.copies * self.distinct
    }
}

#[backend_extension(Cube, Fusion)]
trait IndexedRows: Backend {
    /// See [`unfolded`].
    #[fusion(meta = |index, distinct| {
        let of = |shape: Shape, dtype| TensorSpec::new(shape, dtype);
        (
            of([*distinct].into(), index.dtype),
            of([*distinct, 1].into(), DType::F32),
            of([*distinct].into(), index.dtype),
        )
    })]
    fn unfold_index(
        index: IntTensor<Self>,
        distinct: usize,
    ) -> (IntTensor<Self>, FloatTensor<Self>, IntTensor<Self>);

    /// See [`taken`].
    #[fusion(meta = |table, _index, launch| {
        TensorSpec::new([launch.uses(), table.shape[1]].into(), table.dtype)
    })]
    fn take_rows(
        table: FloatTensor<Self>,
        index: IntTensor<Self>,
        launch: Launch,
    ) -> FloatTensor<Self>;

    /// See [`added_up`].
    #[fusion(meta = |values, _index, launch| {
        TensorSpec::new([launch.sums(), values.shape[1]].into(), values.dtype)
    })]
    fn add_up_rows(
        values: FloatTensor<Self>,
        index: IntTensor<Self>,
        launch: Launch,
    ) -> FloatTensor<Self>;

    /// See [`added_up_by_replica`].
    #[fusion(meta = |values, _index, replicas| {
        TensorSpec::new([*replicas, 1].into(), values.dtype)
    })]
    fn add_up_replicas(
        values: FloatTensor<Self>,
        index: IntTensor<Self>,
        replicas: usize,
    ) -> FloatTensor<Self>;
}

impl IndexedRows for CubeBackend {
    fn unfold_index(index: CubeTensor, distinct: usize) -> (CubeTensor, CubeTensor, CubeTensor) {
        let rows = empty(&index, [distinct], index.dtype);
        let counts = empty(&index, [distinct, 1], DType::F32);
        let owners = empty(&index, [distinct], index.dtype);
        let (count, dim) = threads(&index, distinct);
        kernels::rows::unfold::launch(
            &index.client.clone(),
            count,
            dim,
            index.into_tensor_arg(),
            rows.clone().into_tensor_arg(),
            counts.clone().into_tensor_arg(),
            owners.clone().into_tensor_arg(),
        );
        (rows, counts, owners)
    }

    fn take_rows(table: CubeTensor, index: CubeTensor, launch: Launch) -> CubeTensor {
        let width = width(&table);
        let found = empty(&table, [launch.uses(), width], table.dtype);
        let (count, dim) = threads(&table, launch.uses() * width);
        let Part { first, len, copies } = launch.part;
        kernels::rows::take::launch(
            &table.client.clone(),
            count,
            dim,
            table.into_tensor_arg(),
            index.into_tensor_arg(),
            found.clone().into_tensor_arg(),
            first,
            len,
            copies,
        );
        found
    }

    fn add_up_rows(values: CubeTensor, index: CubeTensor, launch: Launch) -> CubeTensor {
        let width = width(&values);
        let sums = empty(&values, [launch.sums(), width], values.dtype);
        let (count, dim) = threads(&values, launch.sums() * width);
        let client = values.client.clone();
        let Part { first, len, copies } = launch.part;
        kernels::rows::add_up::launch(
            &client,
            count,
            dim,
            values.clone().into_tensor_arg(),
            index.clone().into_tensor_arg(),
            sums.clone().into_tensor_arg(),
            first,
            len,
            copies,
        );
        if launch.many > 0 {
            let (count, dim) = groups(&values, launch.planes * copies * launch.many * width);
            kernels::rows::add_up_many::launch(
                &client,
                count,
                dim,
                values.into_tensor_arg(),
                index.into_tensor_arg(),
                sums.clone().into_tensor_arg(),
                first,
                len,
                copies,
                launch.many,
            );
        }
        sums
    }

    fn add_up_replicas(values: CubeTensor, index: CubeTensor, replicas: usize) -> CubeTensor {
        let sums = empty(&values, [replicas, 1], values.dtype);
        let (count, dim) = groups(&values, replicas);
        kernels::rows::add_up_replicas::launch(
            &values.client.clone(),
            count,
            dim,
            values.into_tensor_arg(),
            index.into_tensor_arg(),
            sums.clone().into_tensor_arg(),
        );
        sums
    }
}

fn width(tensor: &CubeTensor) -> usize {
    tensor.meta.shape()[1]
}

/// A thread for each of so many numbers.
pub(super) fn threads(tensor: &CubeTensor, numbers: usize) -> (CubeCount, CubeDim) {
    let dim = CubeDim::new(&tensor.client, numbers);
    (
        calculate_cube_count_elemwise(&tensor.client, numbers, dim),
        dim,
    )
}

/// So many groups of threads that add up together.
pub(super) fn groups(tensor: &CubeTensor, number: usize) -> (CubeCount, CubeDim) {
    let dim = CubeDim::new_1d(kernels::GROUP as u32);
    let threads = number * kernels::GROUP;
    (
        calculate_cube_count_elemwise(&tensor.client, threads, dim),
        dim,
    )
}

/// A tensor beside another, its numbers still to be written.
pub(super) fn empty<const D: usize>(
    beside: &CubeTensor,
    dims: [usize; D],
    dtype: DType,
) -> CubeTensor {
    let bytes = dims.iter().product::<usize>() * dtype.size();
    CubeTensor::new_contiguous(
        beside.client.clone(),
        beside.device.clone(),
        Shape::from(dims),
        beside.client.empty(bytes),
        dtype,
    )
}
