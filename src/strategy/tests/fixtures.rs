//! Strategies and gradients of a few numbers.

use burn::tensor::{Device, Tensor, TensorData};

use super::super::{
    Balancing, Needs, Progress, STRATEGIES, Strategy, StrategyConfig, TaskGradients, Update,
    Weighting, strategy,
};
use crate::data::{Task, TaskKind};
use crate::spec::{Choice, ParamValue};

/// Gradients of one replica, task by task.
pub type Rows<'a> = &'a [&'a [f32]];

pub const A: Rows<'_> = &[
    &[1.0, -0.5, 0.3, 2.0, 0.1],
    &[-0.8, 0.4, 1.2, -0.6, 0.5],
    &[0.2, 1.5, -0.7, 0.3, -1.1],
];
pub const B: Rows<'_> = &[
    &[0.9, -0.2, 0.1, 1.5, 0.4],
    &[-1.0, 0.6, 0.8, -0.9, 0.2],
    &[0.5, 1.1, -0.4, -0.2, -0.8],
];
pub const C: Rows<'_> = &[&[1.0, 0.5, -0.2, 0.8], &[0.6, 1.2, 0.1, 0.3]];

/// Two steps make an epoch.
pub fn progress(step: u64) -> Progress {
    Progress {
        step,
        epoch: step as u32 / 2,
    }
}

pub fn number(number: f64) -> ParamValue {
    ParamValue::Number(number)
}

pub fn choice(id: &str, params: &[(&str, ParamValue)]) -> Choice {
    let mut choice = Choice::named(id);
    for (name, value) in params {
        choice.params.insert((*name).to_owned(), value.clone());
    }
    choice
}

/// Two labels of yes and no with a measure between them.
pub fn tasks(count: usize) -> Vec<Task> {
    let all = [
        ("click", TaskKind::Binary),
        ("watch", TaskKind::Regression),
        ("like", TaskKind::Binary),
    ];
    let task = |(name, kind): (&str, TaskKind)| Task {
        name: name.to_owned(),
        kind,
        unscale: None,
    };
    all.into_iter().map(task).take(count).collect()
}

pub fn build(choice: &Choice, tasks: &[Task], num_shared: usize, seeds: &[u64]) -> Strategy {
    let config = StrategyConfig {
        tasks,
        seeds,
        num_shared,
        device: &Device::flex(),
    };
    strategy(&choice.name).unwrap().build(choice, &config)
}

pub fn weighting(choice: &Choice) -> Box<dyn Weighting> {
    match build(choice, &tasks(3), 5, &[1]) {
        Strategy::Weighting(weighting) => weighting,
        Strategy::Balancing(_) => panic!("{} weighs no losses", choice.name),
    }
}

pub fn balancing(
    choice: &Choice,
    [count, num_shared]: [usize; 2],
    seeds: &[u64],
) -> Box<dyn Balancing> {
    match build(choice, &tasks(count), num_shared, seeds) {
        Strategy::Balancing(balancing) => balancing,
        Strategy::Weighting(_) => panic!("{} balances no gradients", choice.name),
    }
}

/// All strategies.
pub fn ids() -> impl Iterator<Item = &'static str> {
    STRATEGIES.iter().map(|entry| entry.spec().id)
}

/// All strategies that balance gradients.
pub fn balancings() -> impl Iterator<Item = &'static str> {
    let balances = |id: &&str| strategy(id).unwrap().needs(&Choice::named(id)) != Needs::Losses;
    ids().filter(balances)
}

pub fn tensor(numbers: &[f32], shape: [usize; 2]) -> Tensor<2> {
    Tensor::from_data(TensorData::new(numbers.to_vec(), shape), &Device::flex())
}

pub fn numbers(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Gradients of several replicas; every part of the batch has the same.
pub fn gradients(replicas: &[Rows<'_>]) -> TaskGradients {
    let (tasks, width) = (replicas[0].len(), replicas[0][0].len());
    let numbers: Vec<f32> = replicas
        .iter()
        .flat_map(|rows| rows.iter().flat_map(|row| row.iter().copied()))
        .collect();
    let shape = [replicas.len(), tasks, width];
    let whole = TaskGradients {
        dense: Tensor::from_data(TensorData::new(numbers, shape), &Device::flex()),
        rows: None,
        parts: Vec::new(),
    };
    TaskGradients {
        parts: vec![whole.clone(); 3],
        ..whole
    }
}

/// One step of any strategy: what it says and where it leads, replica by replica.
pub fn act(
    strategy: &mut Strategy,
    replicas: &[Rows<'_>],
    losses: &[f32],
    step: u64,
) -> (Update, Vec<f32>) {
    match strategy {
        Strategy::Balancing(balancing) => step_with(balancing.as_mut(), replicas, losses, step),
        Strategy::Weighting(weighting) => {
            let gradients = gradients(replicas);
            let losses = tensor(losses, gradients.dims());
            let update = Update::weighted(weighting.weigh(&losses, progress(step)));
            let direction = numbers(gradients.combine_dense(&update));
            (update, direction)
        }
    }
}

/// One step where all losses are 1.
pub fn step(running: &mut dyn Balancing, replicas: &[Rows<'_>], at: u64) -> (Update, Vec<f32>) {
    let losses: Vec<f32> = replicas
        .iter()
        .flat_map(|rows| vec![1.0; rows.len()])
        .collect();
    step_with(running, replicas, &losses, at)
}

pub fn step_with(
    running: &mut dyn Balancing,
    replicas: &[Rows<'_>],
    losses: &[f32],
    step: u64,
) -> (Update, Vec<f32>) {
    let gradients = gradients(replicas);
    let losses = tensor(losses, gradients.dims());
    let update = running
        .balance(&gradients, &losses, progress(step))
        .unwrap();
    let direction = numbers(gradients.combine_dense(&update));
    (update, direction)
}

/// The weights of a first step.
pub fn weights(id: &str, params: &[(&str, ParamValue)], rows: Rows<'_>) -> Vec<f32> {
    let shape = [rows.len(), rows[0].len()];
    let mut running = balancing(&choice(id, params), shape, &[1]);
    let (update, _) = step(running.as_mut(), &[rows], 0);
    assert!(running.unsolved().iter().all(|&steps| steps == 0), "{id}");
    numbers(update.weights)
}

/// The update of a first step.
pub fn direction(id: &str, rows: Rows<'_>) -> Vec<f32> {
    let shape = [rows.len(), rows[0].len()];
    let mut running = balancing(&Choice::named(id), shape, &[1]);
    step(running.as_mut(), &[rows], 0).1
}

/// The weights that one replica's losses get.
pub fn weigh(running: &mut dyn Weighting, losses: &[f32], step: u64, epoch: u32) -> Vec<f32> {
    let losses = tensor(losses, [1, losses.len()]);
    let at = Progress { step, epoch };
    let ahead = running.ahead(&losses.ones_like(), at);
    let found = numbers(running.weigh(&losses, at));
    if let Some(ahead) = ahead {
        assert_eq!(numbers(ahead), found, "what was said ahead");
    }
    found
}

#[track_caller]
pub fn assert_near(id: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!(
            (a - b).abs() <= tolerance * b.abs().max(1.0),
            "{id}: {found:?} instead of {expected:?}"
        );
    }
}
