//! Strategies that weigh on two parts of a batch and follow the third.

use super::fixtures::{choice, number};
use super::problem::assert_descends;
use crate::spec::Choice;

// from problem import *
// from torchjd.aggregation import MoDoWeighting, SDMGradWeighting
// def of(weighting):
//     def make(t):
//         w = weighting()
//         return lambda p, x, k: w(p.gradients(x, -1.) @ p.gradients(x, .4).T) @ p.gradients(x, .6)
//     return make
// makes = dict(modo=of(lambda: MoDoWeighting(gamma=.3, rho=.1)), sdmgrad=of(lambda: SDMGradWeighting(lr=5., momentum=.5, n_iter=20, lambda_=.3)))
// if __name__ == "__main__":
//     for name, make in makes.items():
//         for row in descend(make): print(name, row)
#[test]
fn parts_lead_where_torchjd_goes() {
    assert_descends(
        &choice("modo", &[("gamma", number(0.3))]),
        1,
        [
            [0.016_746, 0.367_179, -0.038_974, 0.005_217],
            [0.120_968, 0.124_373, 0.019_735, -0.073_328],
            [0.449_855, 0.401_507, 0.403_695, 0.310_407],
            [0.375_585, 0.344_974, 0.401_606, 0.305_926],
        ],
    );
    assert_descends(
        &Choice::named("sdmgrad"),
        1,
        [
            [0.348_61, 0.208_652, -0.223_511, 0.258_534],
            [0.026_618, 0.224_458, 0.053_474, -0.112_604],
            [0.488_091, 0.299_978, 0.436_005, 0.355_846],
            [0.414_491, 0.290_556, 0.413_611, 0.332_211],
        ],
    );
}
