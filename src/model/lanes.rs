//! Networks side by side on the first axis: features laid out for them, outputs taken apart.

use burn::tensor::Tensor;

/// The same features for each of so many lanes.
///
/// # Shapes
/// - input: `[plane, batch, width]`
/// - output: `[plane · lane, batch, width]`
pub fn spread(input: Tensor<3>, lanes: usize) -> Tensor<3> {
    if lanes == 1 {
        return input;
    }
    let [planes, batch, width] = input.dims();
    input
        .reshape([planes, 1, batch, width])
        .expand([planes, lanes, batch, width])
        .reshape([planes * lanes, batch, width])
}

/// `Σ_s share_ts·x_s` for each `t`.
///
/// # Shapes
/// - input: `[plane · s, batch, width]`
/// - shares: `[plane, t, s]`
/// - output: `[plane · t, batch, width]`
pub fn summed(input: Tensor<3>, shares: Tensor<3>) -> Tensor<3> {
    let [planes, to, from] = shares.dims();
    let [_, batch, width] = input.dims();
    shares
        .matmul(input.reshape([planes, from, batch * width]))
        .reshape([planes * to, batch, width])
}

/// What the lanes have, side by side on the last axis.
///
/// # Shapes
/// - input: `[plane · lane, batch, width]`
/// - output: `[plane, batch, lane · width]`
pub fn widened(input: Tensor<3>, lanes: usize) -> Tensor<3> {
    if lanes == 1 {
        return input;
    }
    let [planes, batch, width] = input.dims();
    let by_lane = input.reshape([planes / lanes, lanes, batch, width]);
    let by_row = by_lane.swap_dims(1, 2);
    by_row.reshape([planes / lanes, batch, lanes * width])
}

/// The reverse of [`widened`].
///
/// # Shapes
/// - input: `[plane, batch, lane · width]`
/// - output: `[plane · lane, batch, width]`
pub fn narrowed(input: Tensor<3>, lanes: usize) -> Tensor<3> {
    if lanes == 1 {
        return input;
    }
    let [planes, batch, width] = input.dims();
    let by_row = input.reshape([planes, batch, lanes, width / lanes]);
    let by_lane = by_row.swap_dims(1, 2);
    by_lane.reshape([planes * lanes, batch, width / lanes])
}

/// The one number of each lane, as columns of which none is moved.
///
/// # Shapes
/// - input: `[plane · lane, batch, 1]`
/// - output: `[plane, batch, lane]`
pub fn columns(input: Tensor<3>, lanes: usize) -> Tensor<3> {
    if lanes == 1 {
        return input;
    }
    let [planes, batch, _] = input.dims();
    input
        .reshape([planes / lanes, lanes, batch])
        .swap_dims(1, 2)
}

/// What each lane has, beside that of the others.
///
/// # Shapes
/// - each: `[plane, batch, width]`, at least one
/// - output: `[plane · lane, batch, width]`
pub fn side_by_side(mut each: Vec<Tensor<3>>) -> Tensor<3> {
    let lanes = each.len();
    if lanes == 1 {
        return each.swap_remove(0);
    }
    let [planes, batch, width] = each.first().map_or([0; 3], Tensor::dims);
    let stacked: Tensor<4> = Tensor::stack(each, 1);
    stacked.reshape([planes * lanes, batch, width])
}

/// The reverse of [`side_by_side`].
///
/// # Shapes
/// - input: `[plane · lane, batch, width]`
/// - output: `[plane, batch, width]` for each of `lanes`
pub fn apart(input: Tensor<3>, lanes: usize) -> Vec<Tensor<3>> {
    if lanes == 1 {
        return vec![input];
    }
    let [planes, batch, width] = input.dims();
    let by_lane = input.reshape([planes / lanes, lanes, batch, width]);
    let one = |lane| {
        let own = by_lane.clone().narrow(1, lane, 1);
        own.reshape([planes / lanes, batch, width])
    };
    (0..lanes).map(one).collect()
}
