//! What a graphics card is told at each step: the same program each time, since a program that was never seen before is
//! fused anew, which takes longer than the step, and is kept for ever.
//!
//! A process of its own, where nothing else tells a card anything.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests stop where they fail and say what they skip"
)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use burn::backend::fusion::observer::{BlockOperations, FusionObservation, FusionObserver};
use burn::backend::ir::{OperationIr, TensorId};
use mtl_lab::experiment::Plan;
use mtl_lab::train::OpenDevice;
use mtl_lab::train::device_data::DeviceData;

#[expect(dead_code, reason = "the tests of the engine use the rest of it")]
#[path = "engine/combination.rs"]
mod combination;
#[expect(dead_code, reason = "the tests of the engine use the rest of it")]
#[path = "engine/fixture.rs"]
mod fixture;
#[path = "../benches/shared/steps.rs"]
mod steps;

use combination::Combination;
use fixture::{adapter, plan_on};
use steps::Steps;

/// Steps before those that are compared; all are of the first epoch, since some strategies change from one to the next.
const WARM_UP: usize = 2;

const ALIKE: &str = "{ default = [4] }";
const OWN: &str = "{ default = [4], second = [8, 4] }";
const EQUAL: &str = r#"{ name = "equal" }"#;
const UNCERTAINTY: &str = r#"{ name = "uncertainty" }"#;

/// A structure, strategies whose runs are of one cohort, and towers: every way from the losses to a step (weights of losses, those
/// of several strategies, copies of what is shared, a cut tape, parts of a batch, a penalty), towers side by side and apart, and
/// a mixture.
const CASES: [(&str, &[&str], &str); 9] = [
    ("shared_bottom", &[EQUAL], ALIKE),
    ("shared_bottom", &[UNCERTAINTY], ALIKE),
    ("shared_bottom", &[EQUAL, UNCERTAINTY], ALIKE),
    ("shared_bottom", &[EQUAL], OWN),
    ("shared_bottom", &[r#"{ name = "pcgrad" }"#], ALIKE),
    ("shared_bottom", &[r#"{ name = "mgda" }"#], ALIKE),
    (
        "shared_bottom",
        &[r#"{ name = "modo", on = "parameters" }"#],
        ALIKE,
    ),
    ("mmoe", &[EQUAL], ALIKE),
    ("dselect_k", &[EQUAL], ALIKE),
];

/// Operations as they are registered, their tensors numbered in the order in which they come.
#[derive(Default)]
struct Program(Mutex<(Vec<String>, HashMap<TensorId, usize>)>);

impl FusionObserver for Program {
    fn registered(&self, operation: &OperationIr) {
        let (lines, numbers) = &mut *self.0.lock().unwrap();
        let words = format!("{operation:?}");
        let mut line = words.split('{').next().unwrap_or_default().to_owned();
        for tensor in operation.nodes() {
            let next = numbers.len();
            let number = numbers.entry(tensor.id).or_insert(next);
            write!(line, " {number} {:?}", tensor.status).unwrap();
        }
        lines.push(line);
    }

    fn block_starts(&self, _block: BlockOperations<'_>) {}

    fn block_ran(&self) {}
}

/// One test at a time: all operations of a process are observed together.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn every_step_is_the_same_program() {
    let _alone = ALONE.lock().unwrap();
    let Some(device) = adapter() else { return };
    for case in CASES {
        let plan = plan(case);
        let runs: Vec<usize> = (0..plan.runs().len()).collect();
        let [first, second] = two_steps(&plan, &runs, &device);
        assert!(first.len() > 50, "{case:?}");
        assert_eq!(difference(&first, &second), None, "{case:?}");
    }
}

#[test]
#[ignore = "many minutes on a software driver, which compiles the kernels of each"]
fn every_structure_bottom_and_strategy_is_the_same_program_each_step() {
    let _alone = ALONE.lock().unwrap();
    let Some(device) = adapter() else { return };
    let first = Combination {
        batch_size: 32,
        ..Combination::first(2)
    };
    let mut others = Vec::new();
    for own in Combination::pairs(&[2]) {
        let is_on_first_bottom = own.bottom == first.bottom;
        let has_first_structure = own.structure == first.structure;
        if !is_on_first_bottom && !has_first_structure {
            continue;
        }
        let combination = Combination {
            batch_size: first.batch_size,
            ..own
        };
        let plan = combination.plan(1);
        let strategies = plan.runs().len();
        let strategies = if is_on_first_bottom && has_first_structure {
            strategies
        } else {
            1
        };
        for run in 0..strategies {
            let [first, second] = two_steps(&plan, &[run], &device);
            if let Some(line) = difference(&first, &second) {
                let found = format!("{}: {line}", combination.title(run));
                eprintln!("{found}");
                others.push(found);
            }
        }
    }
    assert!(others.is_empty(), "{others:#?}");
}

/// The first line in which two programs differ.
fn difference(first: &[String], second: &[String]) -> Option<String> {
    let differs = |line: &usize| first.get(*line) != second.get(*line);
    let line = (0..first.len().max(second.len())).find(differs)?;
    let both = [first, second].map(|program| program.get(line));
    Some(format!("{line} {both:?}"))
}

/// What is told in each of two steps.
fn two_steps(plan: &Plan, runs: &[usize], device: &OpenDevice) -> [Vec<String>; 2] {
    let data = DeviceData::new(plan.dataset(), &device.handle);
    let mut steps = Steps::new(plan, runs, &data, device).unwrap();
    steps.take(WARM_UP).unwrap();
    [(); 2].map(|()| {
        let program = Arc::new(Program::default());
        let observation = FusionObservation::new(program.clone());
        steps.take(1).unwrap();
        drop(observation);
        std::mem::take(&mut program.0.lock().unwrap().0)
    })
}

/// Two fields of ids, one number, two labels.
fn table() -> String {
    let mut table = String::from("kind,place,size,first,second\n");
    for row in 0..600 {
        let (kind, place, size) = (row % 7, (row * 13) % 50, (row * 31) % 97);
        let bit = |factor: u32| u32::from((kind * 13 + size * factor) % 5 < 2);
        writeln!(table, "k{kind},p{place},{size},{},{}", bit(1), bit(3)).unwrap();
    }
    table
}

fn plan((structure, strategies, towers): (&str, &[&str], &str)) -> Plan {
    let mut text = String::from(
        r#"
        seeds = [1]
        [data]
        path = "table.csv"
        [data.columns]
        kind = { role = "sparse" }
        place = { role = "sparse" }
        size = { role = "dense" }
        first = { role = "label", task = "binary" }
        second = { role = "label", task = "binary" }
        [training]
        batch_size = 64
        "#,
    );
    for (index, strategy) in strategies.iter().enumerate() {
        write!(
            text,
            r#"
            [[variants]]
            name = "{index}"
            structure = "{structure}"
            bottom = {{ kind = "mlp", units = [16, 8] }}
            towers = {towers}
            strategy = {strategy}
            "#
        )
        .unwrap();
    }
    plan_on(&table(), &text)
}
