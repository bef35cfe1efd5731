//! Strategies that weigh on two parts of a batch and follow the third.

use super::super::Update;
use super::fixtures::{
    A, B, Rows, assert_near, balancing, choice, gradients, number, numbers, progress, tensor,
};
use super::problem::assert_descends;
use crate::spec::{Choice, ParamValue};

// from problem import *
// from torchjd.aggregation import MoDoWeighting, SDMGradWeighting
// def of(weighting):
//     def make(t):
//         w = weighting()
//         return lambda p, x, k: w(p.gradients(x, -1.) @ p.gradients(x, .4).T) @ p.gradients(x, .6)
//     return make
// makes = dict(modo=of(lambda: MoDoWeighting(gamma=.3, rho=.1)), sdmgrad=of(lambda: SDMGradWeighting(lr=5., momentum=.5, n_iter=2, lambda_=.3)))
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
        &choice("sdmgrad", &[("rounds", ParamValue::Integer(2))]),
        1,
        [
            [0.450_109, 0.159_627, -0.277_594, 0.345_649],
            [0.143_579, 0.118_595, 0.005_347, -0.062_539],
            [0.438_796, 0.430_578, 0.393_098, 0.298_378],
            [0.313_275, 0.583_652, 0.304_526, 0.199_869],
        ],
    );
}

#[test]
fn the_third_part_is_followed() {
    for id in ["modo", "sdmgrad"] {
        let mut seen = gradients(&[A]);
        seen.parts[2] = gradients(&[B]);
        let mut running = balancing(&Choice::named(id), [3, 5], &[1]);
        let losses = tensor(&[1.0; 3], [1, 3]);
        let update = running.balance(&seen, &losses, progress(0)).unwrap();
        let found = numbers(seen.combine_dense(&update));
        let third = Update::weighted(update.weights);
        let expected = numbers(seen.parts[2].combine_dense(&third));
        assert_near(id, &found, &expected, 1e-6);
    }
}

#[test]
fn a_task_without_a_gradient_in_one_part_keeps_its_share() {
    let silent: Rows<'_> = &[&[0.0; 5], A[1], A[2]];
    for silent_part in [0, 1] {
        let mut seen = gradients(&[A]);
        seen.parts[silent_part] = gradients(&[silent]);
        let modo = choice("modo", &[("gamma", number(0.3))]);
        let mut running = balancing(&modo, [3, 5], &[1]);
        let losses = tensor(&[1.0; 3], [1, 3]);
        for at in 0..3 {
            let update = running.balance(&seen, &losses, progress(at)).unwrap();
            let found = numbers(update.weights);
            assert_near("modo", &found[..1], &[1.0 / 3.0], 1e-6);
            assert_near("modo", &[found[1] + found[2]], &[2.0 / 3.0], 1e-6);
            assert!((found[1] - found[2]).abs() > 1e-3, "{found:?}");
        }
    }
}
