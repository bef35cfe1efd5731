//! Training on a graphics adapter, a software one too, beside the processor.

use burn::tensor::{Device, Tensor, TensorData};
use mtl_lab::data::{Task, TaskKind};
use mtl_lab::experiment::Plan;
use mtl_lab::model::layer::dense;
use mtl_lab::model::mixture::mixture;
use mtl_lab::model::mlp::Builder;
use mtl_lab::model::rows::{TablePart, TableRows};
use mtl_lab::model::softmax::softmax;
use mtl_lab::model::{Init, Layout};
use mtl_lab::spec::Choice;
use mtl_lab::strategy::TaskLoss;
use mtl_lab::train::optimizer::{OPTIMIZERS, StepSize, Stepped};
use mtl_lab::train::{OpenDevice, Part, cpu};

use crate::fixture::{adapter, train};
use crate::replicas::{short_video_plan, short_video_plan_with};

#[test]
fn a_graphics_adapter_trains_as_the_processor_does() {
    let Some(adapter) = adapter() else { return };
    trains_alike(
        &short_video_plan(&["click", "watch_secs"], "[1, 2]", 500),
        &adapter,
    );
}

/// Copies of what the tasks share, and parts of a batch, have places of their own in the tables.
#[test]
fn a_graphics_adapter_balances_gradients_as_the_processor_does() {
    let Some(adapter) = adapter() else { return };
    let strategies = [
        r#"{ name = "uncertainty" }"#,
        r#"{ name = "pcgrad" }"#,
        r#"{ name = "modo", on = "parameters" }"#,
    ];
    let labels = ["click", "watch_secs"];
    let plan = short_video_plan_with(&strategies, &labels, "[1, 2]", 500);
    trains_alike(&plan, &adapter);
}

#[test]
fn a_graphics_adapter_cuts_and_joins_parameters_as_the_processor_does() {
    let Some(adapter) = adapter() else { return };
    let mut builder = Builder::default();
    let one = [String::new()];
    let two = ["a".to_owned(), "b".to_owned()];
    let init = Init::Uniform { fan_in: 4 };
    let add = |layout: &mut Layout, role: &str, lanes: &[String], shape| {
        layout.add(role.to_owned(), lanes, shape, init);
    };
    add(&mut builder.layout, "first", &two, [3, 5]);
    builder.shared(|builder| add(&mut builder.layout, "shared", &one, [16, 8]));
    add(&mut builder.layout, "bias", &one, [1, 1]);
    builder.shared(|builder| add(&mut builder.layout, "last", &two, [7, 2]));
    // More than are joined at once.
    for part in 0..40 {
        add(&mut builder.layout, &format!("part {part}"), &one, [2, 3]);
    }
    let layout = builder.layout;
    let numbers: Vec<f32> = (0..3 * layout.len()).map(|number| number as f32).collect();
    let flat = |device: &Device| {
        let data = TensorData::new(numbers.clone(), [3, layout.len()]);
        Tensor::<2>::from_data(data, device)
    };
    for copies in [1, 2, 1] {
        let expected = layout.split(&flat(&cpu().handle), copies);
        let found = layout.split(&flat(&adapter.handle), copies);
        assert_eq!(expected.len(), found.len());
        for (expected, found) in expected.into_iter().zip(found) {
            assert_eq!(expected.dims(), found.dims());
            // A part of a tensor has to be one for the operations that follow.
            let [expected, found] = [expected, found].map(|part| (part * 2.0).into_data());
            let [expected, found] = [expected, found].map(|it| it.try_to_vec::<f32>().unwrap());
            assert_eq!(expected, found, "{copies} copies");
        }
        let joined = |device: &Device| {
            // Turned and turned again, so that their numbers do not lie one behind the other.
            let parts = layout.split(&flat(device), copies).into_iter();
            let parts = parts.map(|part| part.flip([1]).swap_dims(1, 2).flip([1]).swap_dims(1, 2));
            let data = layout.join(parts.collect(), 3).into_data();
            (data.shape().clone(), data.try_to_vec::<f32>().unwrap())
        };
        assert_eq!(joined(&cpu().handle), joined(&adapter.handle));
    }
}

/// A layer with its rectifier is one operation there, forward and backward.
#[test]
fn a_graphics_adapter_computes_layers_as_the_processor_does() {
    let Some(adapter) = adapter() else { return };
    // In the second several lanes read each plane; the rows of the last are more than a group has threads.
    let shapes = [[1, 1, 5, 3, 4], [2, 3, 40, 7, 1], [2, 1, 700, 9, 33]];
    for [planes, lanes, rows, inputs, outputs] in shapes {
        for slope in [None, Some(0.0), Some(0.01)] {
            let layer = |device: &Device| {
                let device = device.clone().autodiff();
                let wave = |dims: [usize; 3], step: f32| wave(dims, step, &device);
                let leaves = [
                    wave([planes, rows, inputs], 0.7),
                    wave([planes * lanes, inputs, outputs], 1.3),
                    wave([planes * lanes, 1, outputs], 2.1),
                ]
                .map(Tensor::require_grad);
                let [input, weight, bias] = leaves.clone();
                let output = dense(input, weight, bias, slope);
                let looked_at = wave([planes * lanes, rows, outputs], 0.31);
                let tape = (output.clone() * looked_at).sum().backward();
                let gradients = leaves.map(|leaf| leaf.grad(&tape).unwrap());
                let all = gradients.into_iter().chain([output.inner()]);
                all.map(|tensor| tensor.into_data().try_to_vec::<f32>().unwrap())
                    .collect::<Vec<_>>()
            };
            let expected = layer(&cpu().handle);
            let found = layer(&adapter.handle);
            for (expected, found) in expected.into_iter().zip(found) {
                assert_eq!(expected.len(), found.len());
                for (a, b) in expected.iter().zip(&found) {
                    assert!(
                        (a - b).abs() < 2e-4 * a.abs().max(1.0),
                        "{slope:?}: {a} {b}"
                    );
                }
            }
        }
    }
}

/// A mixture and the shares in it are an operation each there, forward and backward.
#[test]
fn a_graphics_adapter_mixes_as_the_processor_does() {
    let Some(adapter) = adapter() else { return };
    // Shares of each row and of all rows; rows of fewer and of more numbers than threads share one.
    let shapes = [
        ([1, 3, 5, 7], 5),
        ([2, 8, 70, 40], 70),
        ([2, 3, 9, 32], 1),
        ([3, 1, 4, 65], 4),
    ];
    for ([planes, number, rows, width], share_rows) in shapes {
        let mixed = |device: &Device| {
            let device = device.clone().autodiff();
            let logits = wave([planes, share_rows, number], 0.7, &device).require_grad();
            let experts = wave([planes * number, rows, width], 1.3, &device).require_grad();
            let shares = softmax(logits.clone() * 30.0);
            let output = mixture(shares.clone(), experts.clone());
            let looked_at = wave([planes, rows, width], 0.31, &device);
            let tape = (output.clone() * looked_at).sum().backward();
            let gradients = [logits, experts].map(|leaf| leaf.grad(&tape).unwrap());
            let all = gradients
                .into_iter()
                .chain([shares.inner(), output.inner()]);
            all.map(|tensor| tensor.into_data().try_to_vec::<f32>().unwrap())
                .collect::<Vec<_>>()
        };
        let expected = mixed(&cpu().handle).concat();
        let found = mixed(&adapter.handle).concat();
        assert_eq!(expected.len(), found.len());
        for (a, b) in expected.iter().zip(&found) {
            let shape = [planes, number, rows, width];
            assert!(
                (a - b).abs() < 5e-5 * a.abs().max(1.0),
                "{shape:?}: {a} {b}"
            );
        }
    }
}

/// The losses of a batch and their derivatives are one operation there, whatever the tasks.
#[test]
fn a_graphics_adapter_computes_losses_as_the_processor_does() {
    // Fewer rows than a group has threads, and more.
    const ROWS: [usize; 2] = [7, 700];
    let Some(adapter) = adapter() else { return };
    let task = |kind| Task {
        name: String::new(),
        kind,
        unscale: None,
    };
    let [click, watch] = [TaskKind::Binary, TaskKind::Regression].map(task);
    let losses = [
        TaskLoss::new(&[click.clone(), click.clone()]),
        TaskLoss::new(&[watch.clone(), click, watch]),
        TaskLoss::of_goal(),
    ];
    let cases = losses.iter().flat_map(|loss| ROWS.map(|rows| (loss, rows)));
    for ((loss, rows), has_more) in cases.flat_map(|case| [(case, false), (case, true)]) {
        let tasks = loss.num_tasks();
        let made = |device: &Device| {
            let wave = |rows: usize, of: fn(f32) -> f32| {
                let numbers = (0..2 * rows * tasks).map(|at| of(at as f32)).collect();
                Tensor::<3>::from_data(TensorData::new::<f32, _>(numbers, [2, rows, tasks]), device)
            };
            // Their columns do not lie one behind the other.
            let outputs = wave(rows, |at| 40.0 * (at * 0.7).sin().powi(3)).flip([2]);
            let labels = wave(rows, |at| (at % 3.0).min(1.0));
            let mask = wave(rows, |at| ((at + 1.0) % 4.0).min(1.0));
            let scale = wave(1, |at| 0.5 + at);
            let (mask, scale) = (has_more.then_some(&mask), has_more.then_some(&scale));
            let (sums, slopes) = loss.of(outputs, labels, mask, scale);
            let [sums, slopes] = [sums.unsqueeze_dim(1), slopes].map(Tensor::into_data);
            [sums, slopes].map(|data| data.try_to_vec::<f32>().unwrap())
        };
        let expected = made(&cpu().handle).concat();
        let found = made(&adapter.handle).concat();
        assert_eq!(expected.len(), found.len());
        for (a, b) in expected.iter().zip(&found) {
            assert!(
                (a - b).abs() < 5e-6 * a.abs().max(1.0),
                "{loss:?}, {rows} rows: {a} {b}"
            );
        }
    }
}

/// Every optimizer's step is one operation there: of a whole table, and of some of its rows.
#[test]
fn a_graphics_adapter_steps_as_the_processor_does() {
    const ROWS: usize = 12;
    const WIDTH: usize = 5;
    let Some(adapter) = adapter() else { return };
    let places = [1, 2, 5, 9, 11];
    let parts = [(0..6, 0..3), (6..ROWS, 3..places.len())];
    let parts = parts.map(|(table, distinct)| TablePart { table, distinct });
    for entry in OPTIMIZERS {
        let id = entry.spec().id;
        for (by_rows, some_frozen) in [(false, false), (false, true), (true, false), (true, true)] {
            let steps = |device: &Device| {
                let wave = |rows: usize, step: f32| {
                    let numbers = (0..rows * WIDTH)
                        .map(|at| (at as f32 * step).sin())
                        .collect();
                    let data = TensorData::new::<f32, _>(numbers, [rows, WIDTH]);
                    Tensor::<2>::from_data(data, device)
                };
                let rule = entry.build(&Choice::named(id));
                let mut numbers = wave(ROWS, 0.7);
                let mut moments = vec![numbers.zeros_like(); rule.num_moments()];
                let rows = TableRows {
                    rows: Tensor::from_data(TensorData::from(places), device),
                    parts: parts.to_vec(),
                };
                let stepped = if by_rows { places.len() } else { ROWS };
                let frozen: Vec<bool> = (0..stepped).map(|row| row % 3 == 1).collect();
                for step in 1..4 {
                    let stepped = Stepped {
                        numbers: &mut numbers,
                        moments: &mut moments,
                        // Its columns do not lie one behind the other.
                        gradient: wave(stepped, 0.3 * step as f32).flip([1]),
                        rows: by_rows.then_some(&rows),
                        frozen: some_frozen.then_some(frozen.as_slice()),
                    };
                    rule.step(stepped, StepSize { lr: 0.01, step });
                }
                let all = std::iter::once(numbers).chain(moments);
                all.map(|tensor| tensor.into_data().try_to_vec::<f32>().unwrap())
                    .collect::<Vec<_>>()
            };
            let (expected, found) = (steps(&cpu().handle), steps(&adapter.handle));
            for (a, b) in expected.concat().iter().zip(found.concat()) {
                assert!(
                    (a - b).abs() < 2e-6 * a.abs().max(1.0),
                    "{id}, rows {by_rows}, frozen {some_frozen}: {a} {b}"
                );
            }
        }
    }
}

fn wave(dims: [usize; 3], step: f32, device: &Device) -> Tensor<3> {
    let len = dims.iter().product();
    let numbers: Vec<f32> = (0..len).map(|at| (at as f32 * step).sin()).collect();
    Tensor::from_data(TensorData::new(numbers, dims), device)
}

/// Trains a plan on both and compares all losses and scores.
fn trains_alike(plan: &Plan, adapter: &OpenDevice) {
    let (expected, found) = (train(plan, &cpu()), train(plan, adapter));
    let losses = |part: Part| {
        let of_part = expected
            .series
            .iter()
            .filter(move |(key, _)| key.1 == part && key.3 == "loss");
        of_part.map(|(key, values)| (key, values.iter().flatten().copied().collect::<Vec<f64>>()))
    };
    let mut compared = 0;
    for (key, expected) in losses(Part::Train) {
        let found: Vec<f64> = found.series[key].iter().flatten().copied().collect();
        // A point is the mean of the steps between two points, and those are as many on both.
        assert_eq!(found.len(), expected.len(), "{key:?}");
        for (a, b) in expected.iter().zip(&found) {
            assert!((a - b).abs() < 2e-3 * a.abs().max(1.0), "{key:?}: {a} {b}");
            compared += 1;
        }
    }
    assert!(compared > 10, "{compared} points compared");
    for (run, outcome) in &expected.outcomes {
        for (task, scores) in &outcome.test {
            for (metric, score) in scores {
                let other = found.outcomes[run].test[task][metric];
                let (Some(a), Some(b)) = (score, other) else {
                    assert_eq!(*score, other, "{task} {metric}");
                    continue;
                };
                assert!(
                    (a - b).abs() < 5e-3 * a.abs().max(1.0),
                    "{task} {metric}: {a} {b}"
                );
            }
        }
    }
}
