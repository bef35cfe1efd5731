//! Directions by the inner products of gradients.

use super::fixtures::{A, B, C, assert_near, choice, direction, number, weights};
use super::problem::assert_descends;
use crate::spec::{Choice, ParamValue};

// import numpy as np, torch
// from scipy.optimize import fsolve, minimize
// from torchjd.aggregation import MGDA, IMTLG, AlignedMTL, UPGrad, DualProj, ConFIG
// torch.set_default_dtype(torch.float64)
// A = [[1., -.5, .3, 2., .1], [-.8, .4, 1.2, -.6, .5], [.2, 1.5, -.7, .3, -1.1]]
// B = [[.9, -.2, .1, 1.5, .4], [-1., .6, .8, -.9, .2], [.5, 1.1, -.4, -.2, -.8]]
// C = [[1., .5, -.2, .8], [.6, 1.2, .1, .3]]
// J = [np.array(x) for x in (A, B, C)]
// G = [j @ j.T for j in J]
// show = lambda name, rows: print(name, [[round(float(v), 6) for v in row] for row in rows])
// solve = lambda f, g, **k: minimize(lambda w: f(w, g), np.full(len(g), 1 / len(g)), method="SLSQP", options=dict(ftol=1e-16, maxiter=10000), **k).x
// simplex = lambda low: dict(bounds=None, constraints=[dict(type="eq", fun=lambda w: w.sum() - 1), dict(type="ineq", fun=lambda w: w - low(w))])
// for name, agg in dict(mgda=MGDA(epsilon=1e-12, max_iters=1000000), imtl_g=IMTLG(), upgrad=UPGrad(), dualproj=DualProj()).items():
//     show(name, [agg.gramian_weighting(torch.tensor(g)) for g in G])
// show("aligned_mtl", [len(g) * AlignedMTL().gramian_weighting(torch.tensor(g)) for g in G])
// show("config (update)", [ConFIG()(torch.tensor(j)) for j in J])
// show("mgda slsqp", [solve(lambda w, g: w @ g @ w, g, **simplex(lambda w: 0)) for g in G])
// show("pe_mtl", [solve(lambda w, g: w @ g @ w, g, **simplex(lambda w: .9 / len(w))) for g in G])
// def cagrad(g, c=.4):
//     t = len(g); m = np.full(t, 1 / t); n = np.sqrt(m @ g @ m)
//     w = solve(lambda w, g: w @ g @ m + c * n * np.sqrt(w @ g @ w + 1e-18), g, **simplex(lambda w: 0))
//     return (m + c * n / np.sqrt(w @ g @ w) * w) / (1 + c * c)
// show("cagrad", map(cagrad, G))
// fair = lambda g, a: fsolve(lambda w: g @ w - np.abs(w) ** (-1 / a), np.full(len(g), .5), xtol=1e-14)
// show("fairgrad 1", [fair(g, 1) for g in G]); show("fairgrad 2", [fair(g, 2) for g in G])
// show("nash_mtl", [w * min(1, .5 / np.sqrt(w @ g @ w)) for g in G for w in [fair(g, 1)]])
#[test]
fn weights_are_those_of_other_programs() {
    let check = |id: &str, params: &[(&str, ParamValue)], expected: [&[f32]; 3]| {
        for (rows, expected) in [A, B, C].into_iter().zip(expected) {
            assert_near(id, &weights(id, params, rows), expected, 2e-5);
        }
    };
    let mgda: [&[f32]; 3] = [
        &[0.266_018, 0.460_108, 0.273_874],
        &[0.383_23, 0.402_775, 0.213_995],
        &[0.484_848, 0.515_152],
    ];
    check("mgda", &[], mgda);
    let pe_mtl: [&[f32]; 3] = [
        &[0.3, 0.4, 0.3],
        &[0.344_307, 0.355_693, 0.3],
        &[0.484_848, 0.515_152],
    ];
    check("pe_mtl", &[("least", number(0.9))], pe_mtl);
    let imtl_g: [&[f32]; 3] = [
        &[0.279_589, 0.444_905, 0.275_505],
        &[0.390_041, 0.406_993, 0.202_966],
        &[0.498_042, 0.501_958],
    ];
    check("imtl_g", &[], imtl_g);
    let upgrad: [&[f32]; 3] = [
        &[0.527_106, 0.758_8, 0.523_189],
        &[0.682_208, 0.701_288, 0.475_531],
        &[0.5, 0.5],
    ];
    check("upgrad", &[], upgrad);
    let dualproj: [&[f32]; 3] = [
        &[0.333_333, 0.341_373, 0.333_333],
        &[0.333_333, 0.333_333, 0.333_333],
        &[0.5, 0.5],
    ];
    check("dualproj", &[], dualproj);
    let aligned_mtl: [&[f32]; 3] = [
        &[0.811_612, 1.170_516, 0.836_049],
        &[1.030_092, 1.064_457, 0.733_285],
        &[0.381_996, 0.388_489],
    ];
    check("aligned_mtl", &[], aligned_mtl);
    let cagrad: [&[f32]; 3] = [
        &[0.287_356, 0.452_737, 0.287_356],
        &[0.427_416, 0.446_424, 0.287_356],
        &[0.585_102, 0.621_671],
    ];
    check("cagrad", &[], cagrad);
}

#[test]
fn bargains_are_those_of_other_programs() {
    let check = |id: &str, params: &[(&str, ParamValue)], expected: [&[f32]; 3]| {
        for (rows, expected) in [A, B, C].into_iter().zip(expected) {
            assert_near(id, &weights(id, params, rows), expected, 2e-5);
        }
    };
    let fairgrad: [&[f32]; 3] = [
        &[0.661_357, 1.028_501, 0.685_939],
        &[1.212_3, 1.259_364, 0.828_247],
        &[0.545_45, 0.549_739],
    ];
    check("fairgrad", &[("alpha", number(1.0))], fairgrad);
    let fairgrad: [&[f32]; 3] = [
        &[0.599_907, 0.977_995, 0.621_472],
        &[1.278_195, 1.334_44, 0.804_834],
        &[0.444_898, 0.451_113],
    ];
    check("fairgrad", &[("alpha", number(2.0))], fairgrad);
    let nash_mtl: [&[f32]; 3] = [
        &[0.190_917, 0.296_903, 0.198_013],
        &[0.349_961, 0.363_547, 0.239_094],
        &[0.192_846, 0.194_362],
    ];
    check("nash_mtl", &[("largest", number(0.5))], nash_mtl);
}

#[test]
fn config_points_where_the_reference_points() {
    let expected: [&[f32]; 3] = [
        &[-0.065_422, 1.390_84, 1.309_143, 1.155_024, -0.162_197],
        &[0.134_235, 1.148_296, 0.835_641, 0.525_346, 0.221_261],
        &[1.598_458, 1.702_768, -0.098_827, 1.098_059],
    ];
    for (rows, expected) in [A, B, C].into_iter().zip(expected) {
        assert_near("config", &direction("config", rows), expected, 2e-5);
    }
}

// from problem import *
// import torchjd.aggregation as jd
// from scipy.optimize import minimize, least_squares
// torch.randperm = torch.arange
// def by(aggregator, factor=lambda t: 1.):
//     def make(t):
//         a = aggregator()
//         return lambda p, x, k: factor(t) * a(p.gradients(x))
//     return make
// def slsqp(f, g, low):
//     t = len(g); return minimize(f, np.full(t, 1 / t), method="SLSQP", options=dict(ftol=1e-16, maxiter=10000), constraints=[dict(type="eq", fun=lambda w: w.sum() - 1), dict(type="ineq", fun=lambda w: w - low)]).x
// def gram(weigh):
//     def make(t):
//         def update(p, x, k):
//             j = p.gradients(x); return T_(weigh((j @ j.T).numpy())) @ j
//         return update
//     return make
// def cagrad(g, c=.4):
//     t = len(g); m = np.full(t, 1 / t); n = np.sqrt(m @ g @ m)
//     w = slsqp(lambda w: w @ g @ m + c * n * np.sqrt(w @ g @ w + 1e-18), g, 0)
//     return (m + c * n / np.sqrt(w @ g @ w) * w) / (1 + c * c)
// def fair(g, a): return least_squares(lambda w: g @ w - w ** (-1 / a), np.full(len(g), .5), bounds=(0, np.inf), xtol=1e-15, ftol=1e-15, gtol=1e-15).x
// def nash(g):
//     w = fair(g, 1.); return w * min(1, .5 / np.sqrt(w @ g @ w))
// makes = dict(
//     mgda=by(lambda: jd.MGDA(epsilon=1e-12, max_iters=200000)), pcgrad=by(jd.PCGrad), gradvac=by(jd.GradVac),
//     imtl_g=by(jd.IMTLG), aligned_mtl=by(jd.AlignedMTL, lambda t: t), upgrad=by(jd.UPGrad), dualproj=by(jd.DualProj), config=by(jd.ConFIG),
//     cagrad=gram(cagrad), cagrad_jd=by(lambda: jd.CAGrad(c=.4), lambda t: 1 / 1.16), nash_mtl=gram(nash), fairgrad=gram(lambda g: fair(g, 2.)), fairgrad_jd=by(lambda: jd.FairGrad(alpha=2.)),
//     pe_mtl=gram(lambda g: slsqp(lambda w: w @ g @ w, g, .9 / len(g))), mgda_slsqp=gram(lambda g: slsqp(lambda w: w @ g @ w, g, 0)))
// if __name__ == "__main__":
//     for name, make in makes.items():
//         for row in descend(make): print(name, row)
#[test]
fn directions_lead_where_other_programs_go() {
    assert_descends(
        &Choice::named("mgda"),
        1,
        [
            [0.017_236, 0.322_301, -0.105_576, 0.037_456],
            [0.099_351, 0.070_725, 0.021_746, -0.067_254],
            [0.397_252, 0.406_323, 0.348_791, 0.291_356],
            [0.236_078, 0.292_516, 0.439_137, 0.281_65],
        ],
    );
    assert_descends(
        &Choice::named("imtl_g"),
        1,
        [
            [0.027_356, 0.318_723, -0.112_505, 0.044_622],
            [0.098_147, 0.080_787, 0.014_97, -0.061_313],
            [0.379_992, 0.462_907, 0.322_413, 0.271_431],
            [0.274_177, 0.433_462, 0.355_802, 0.254_848],
        ],
    );
    assert_descends(
        &Choice::named("aligned_mtl"),
        1,
        [
            [0.051_724, 0.491_817, -0.172_164, 0.073_438],
            [0.183_373, 0.174_366, 0.011_527, -0.101_688],
            [0.493_171, 0.585_302, 0.403_336, 0.347_366],
            [0.117_346, 0.153_859, 0.176_767, 0.118_289],
        ],
    );
    assert_descends(
        &Choice::named("upgrad"),
        1,
        [
            [0.047_192, 0.460_235, -0.161_913, 0.068_149],
            [0.186_276, 0.159_701, 0.023_124, -0.113_86],
            [0.374_513, 0.480_273, 0.313_684, 0.265_228],
            [0.322_239, 0.375_603, 0.377_893, 0.281_857],
        ],
    );
    assert_descends(
        &Choice::named("dualproj"),
        1,
        [
            [0.067_22, 0.304_563, -0.139_415, 0.073_166],
            [0.121_654, 0.102_92, -0.012_131, -0.040_26],
            [0.374_513, 0.480_273, 0.313_684, 0.265_228],
            [0.322_239, 0.375_603, 0.377_893, 0.281_857],
        ],
    );
    assert_descends(
        &Choice::named("config"),
        1,
        [
            [0.035_962, 0.501_341, -0.163_847, 0.062_858],
            [0.192_904, 0.156_479, 0.030_483, -0.125_206],
            [0.614_956, 0.729_871, 0.474_937, 0.422_487],
            [0.543_61, 0.827_97, 0.670_411, 0.513_254],
        ],
    );
    assert_descends(
        &Choice::named("cagrad"),
        1,
        [
            [0.018_526, 0.344_867, -0.112_592, 0.040_044],
            [0.111_539, 0.088_157, -0.008_169, -0.039_512],
            [0.450_074, 0.462_216, 0.386_333, 0.327_781],
            [0.336_145, 0.362_519, 0.475_407, 0.337_545],
        ],
    );
}

#[test]
fn bargains_and_bounds_lead_where_other_programs_go() {
    assert_descends(
        &choice("nash_mtl", &[("largest", number(0.5))]),
        1,
        [
            [0.024_772, 0.278_834, -0.099_916, 0.039_89],
            [0.207_155, 0.164_258, 0.034_784, -0.137_21],
            [0.151_843, 0.188_58, 0.137_555, 0.111_594],
            [0.139_651, 0.157_526, 0.174_211, 0.123_811],
        ],
    );
    assert_descends(
        &choice("fairgrad", &[("alpha", number(2.0))]),
        1,
        [
            [0.060_139, 0.799_268, -0.214_461, 0.093_707],
            [0.242_958, 0.227_38, 0.032_352, -0.152_009],
            [0.365_465, 0.431_795, 0.314_591, 0.263_112],
            [0.383_823, 0.446_41, 0.485_444, 0.359_309],
        ],
    );
    assert_descends(
        &choice("pe_mtl", &[("least", number(0.9))]),
        1,
        [
            [0.025_991, 0.319_391, -0.111_662, 0.043_793],
            [0.110_822, 0.098_389, -0.014_352, -0.034_234],
            [0.384_136, 0.449_411, 0.329_002, 0.275_958],
            [0.312_15, 0.353_305, 0.391_09, 0.285_283],
        ],
    );
}

// from problem import *
// import functools, torchjd.aggregation as jd
// def hybrid(t, lr=.1):
//     s = torch.zeros(t, requires_grad=True); opt = torch.optim.Adam([s], lr=lr); g = jd.IMTLG()
//     def update(p, x, k):
//         scale = s.exp().detach(); opt.zero_grad(); (s.exp() * p.losses(x) - s).sum().backward(); opt.step()
//         return g(scale[:, None] * p.gradients(x))
//     return update
// def normalized(length):
//     def make(t):
//         a = jd.MGDA(epsilon=1e-12, max_iters=200000)
//         def update(p, x, k):
//             j = p.gradients(x); return a(j / length(p.losses(x), j.norm(dim=1))[:, None])
//         return update
//     return make
// makes = {"imtl": hybrid, "l2": normalized(lambda l, n: n), "loss": normalized(lambda l, n: l), "loss+": normalized(lambda l, n: l * n)}
// for name, make in makes.items():
//     for row in descend(make): print(name, row)
#[test]
fn scaled_gradients_lead_where_torchjd_goes() {
    assert_descends(
        &choice("imtl", &[("lr", number(0.1))]),
        1,
        [
            [0.026_776, 0.309_19, -0.109_55, 0.043_524],
            [0.101_135, 0.083_206, 0.015_459, -0.063_246],
            [0.341_239, 0.417_201, 0.293_191, 0.245_063],
            [0.252_17, 0.398_39, 0.327_048, 0.234_02],
        ],
    );
    let mgda = |by: &str| choice("mgda", &[("normalize", ParamValue::Word(by.to_owned()))]);
    assert_descends(
        &mgda("l2"),
        1,
        [
            [0.022_025, 0.240_01, -0.087_221, 0.035_036],
            [0.085_269, 0.070_328, 0.012_887, -0.053_037],
            [0.258_034, 0.317_781, 0.227_27, 0.187_3],
            [0.203_519, 0.320_849, 0.263_444, 0.188_232],
        ],
    );
    assert_descends(
        &mgda("loss"),
        1,
        [
            [0.028_85, 0.317_458, -0.113_319, 0.045_6],
            [0.108_548, 0.086_976, 0.016_905, -0.067_805],
            [0.407_45, 0.486_217, 0.344_78, 0.291_324],
            [0.266_137, 0.432_433, 0.417_036, 0.280_561],
        ],
    );
    assert_descends(
        &mgda("loss+"),
        1,
        [
            [0.029_508, 0.227_817, -0.090_035, 0.039_742],
            [0.088_046, 0.078_015, 0.007_697, -0.049_511],
            [0.217_775, 0.296_332, 0.187_795, 0.156_886],
            [0.216_717, 0.296_521, 0.188_642, 0.156_982],
        ],
    );
}
