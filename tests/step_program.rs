//! What a graphics card is told at each step: the same program each time, since a program that was never seen before is
//! fused anew, which takes longer than the step, and is kept for ever.
//!
//! A process of its own: all operations of a process are observed together.

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
use mtl_lab::train::device_data::DeviceData;

#[expect(dead_code, reason = "the tests of the engine use the rest of it")]
#[path = "engine/fixture.rs"]
mod fixture;
#[path = "../benches/shared/steps.rs"]
mod steps;

use fixture::{adapter, plan_on};
use steps::Steps;

/// Steps before those that are compared.
const WARM_UP: usize = 2;

/// Every way from the losses to a step: weights of losses, copies of what is shared, a cut tape, parts of a batch, a penalty.
const CASES: [[&str; 2]; 6] = [
    ["shared_bottom", r#"{ name = "equal" }"#],
    ["shared_bottom", r#"{ name = "uncertainty" }"#],
    ["shared_bottom", r#"{ name = "pcgrad" }"#],
    ["shared_bottom", r#"{ name = "mgda" }"#],
    ["shared_bottom", r#"{ name = "modo", on = "parameters" }"#],
    ["dselect_k", r#"{ name = "equal" }"#],
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

#[test]
fn every_step_is_the_same_program() {
    let Some(device) = adapter() else { return };
    for case in CASES {
        let plan = plan(case);
        let data = DeviceData::new(plan.dataset(), &device.handle);
        let mut steps = Steps::new(&plan, &[0], &data, &device).unwrap();
        steps.take(WARM_UP).unwrap();
        let programs = [(); 2].map(|()| {
            let program = Arc::new(Program::default());
            let observation = FusionObservation::new(program.clone());
            steps.take(1).unwrap();
            drop(observation);
            std::mem::take(&mut program.0.lock().unwrap().0)
        });
        assert!(programs[0].len() > 50, "{case:?}");
        assert_eq!(programs[0], programs[1], "{case:?}");
    }
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

fn plan([structure, strategy]: [&str; 2]) -> Plan {
    let text = format!(
        r#"
        [data]
        path = "table.csv"
        [data.columns]
        kind = {{ role = "sparse" }}
        place = {{ role = "sparse" }}
        size = {{ role = "dense" }}
        first = {{ role = "label", task = "binary" }}
        second = {{ role = "label", task = "binary" }}
        [training]
        batch_size = 64
        [[variants]]
        name = "one"
        structure = "{structure}"
        bottom = {{ kind = "mlp", units = [16, 8] }}
        towers = {{ default = [4] }}
        strategy = {strategy}
        "#
    );
    plan_on(&table(), &text)
}
