//! Experts of each task that all tasks may use, level by level, with a way straight on for the task's own.

use burn::tensor::Tensor;

use super::ple::LEVELS;
use super::{Structure, StructureConfig, StructureEntry, Towers};
use crate::model::bottom::InputShape;
use crate::model::diagram::{GateNode, Owner, Sketch};
use crate::model::experts::{Experts, Gate, GateConfig, GateNames, Outputs, mixed};
use crate::model::input::Input;
use crate::model::layout::{Init, Slot};
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `adatt`: the paper's `AdaTT-sp`, whose experts all belong to a task.
#[derive(Debug)]
pub struct AdaTt;

static SPEC: Spec = Spec {
    id: "adatt",
    label: "AdaTT",
    summary: "Experts of each task that a gate of every task may use, and a way straight on for the task's own",
    formula: "x_t^j = softmax(W_t^j·x_t^{j−1} + b_t^j)·[all experts](…) + v_t^j·[own experts](x_t^{j−1});  ŷ_t = tower_t(x_t^L)",
    paper: Some(Paper {
        citation: "D. Li et al., AdaTT: Adaptive Task-to-Task Fusion Network for Multitask Learning in Recommendations, KDD 2023",
        url: "https://arxiv.org/abs/2304.04959",
    }),
    params: &[
        LEVELS,
        ParamSpec {
            name: "own_experts",
            meaning: "Experts of each task, in each level",
            kind: ParamKind::Integer {
                default: 2,
                min: 1,
                max: 64,
            },
        },
        super::GATE_UNITS,
    ],
};

impl StructureEntry for AdaTt {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>) {
        let tasks = sketch.config.tasks;
        let number = super::count(choice, &SPEC, "own_experts");
        let units = choice.widths(&SPEC, "gate_units");
        let levels = super::count(choice, &SPEC, "levels");
        let mut streams = vec![sketch.input(0); tasks.len()];
        for level in 1..=levels {
            sketch.column(&format!("level {level}"));
            let mut experts = Vec::new();
            for (task, &stream) in tasks.iter().zip(&streams) {
                let role = format!("level{level}.own.{task}");
                experts.extend(sketch.experts(("own", &Owner::task(task)), &role, number, stream));
            }
            sketch.column("gates");
            for (task, stream) in tasks.iter().zip(&mut streams) {
                let gate = GateNode {
                    label: "gate",
                    owner: Owner::task(task),
                    role: format!("level{level}.gates.{task}"),
                    units: &units,
                };
                *stream = sketch.gate(gate, &experts, &[*stream]);
                sketch.also(*stream, format!("level{level}.straight.{task}"));
            }
        }
        sketch.towers_and_outputs(&streams);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let number = super::count(choice, &SPEC, "own_experts");
        let gate_units = choice.widths(&SPEC, "gate_units");
        let num_levels = super::count(choice, &SPEC, "levels");
        let mut input = config.input;
        let mut levels = Vec::with_capacity(num_levels);
        for index in 0..num_levels {
            let add = |builder: &mut Builder| {
                Level::new(index, input, number, &gate_units, config, builder)
            };
            // What a level gives a task reaches all tasks in the next.
            let level = if index + 1 < num_levels {
                builder.shared(add)
            } else {
                add(builder)
            };
            input = InputShape::of_vector(level.width());
            levels.push(level);
        }
        let towers = config.build_towers(input.width(), builder);
        Box::new(Built { levels, towers })
    }
}

/// One level.
#[derive(Debug)]
struct Level {
    /// For each task.
    experts: Vec<Experts>,
    /// For each task, over all experts.
    gates: Vec<Gate>,
    /// For each task, over its own experts; a single one goes on as it is.
    straight: Option<Vec<Slot>>,
}

impl Level {
    fn new(
        index: usize,
        input: InputShape,
        number: usize,
        gate_units: &[usize],
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Self {
        let role = |part: &str, task: &String| format!("level{}.{part}.{task}", index + 1);
        let experts = |task: &String| {
            let role = role("own", task);
            builder.shared(|builder| Experts::new(builder, &role, number, input, config))
        };
        let experts: Vec<Experts> = config.tasks.iter().map(experts).collect();
        let gate = |task: &String| {
            let names = GateNames {
                tasks: vec![task.clone()],
                experts: experts.iter().flat_map(Experts::names).collect(),
            };
            let gate = GateConfig {
                names,
                inputs: input.width(),
                units: gate_units,
                has_bias: true,
                hidden: config.hidden,
            };
            Gate::new(builder, &role("gates", task), gate)
        };
        let gates = config.tasks.iter().map(gate).collect();
        let init = Init::Uniform { fan_in: number };
        let straight = |task: &String| {
            let (role, lanes) = (role("straight", task), [String::new()]);
            builder.layout.add(role, &lanes, [1, number], init)
        };
        let straight = (number > 1).then(|| config.tasks.iter().map(straight).collect());
        Self {
            experts,
            gates,
            straight,
        }
    }

    fn width(&self) -> usize {
        self.experts.first().map_or(0, Experts::width)
    }

    /// What the experts of each task make of its stream.
    fn made(&self, streams: &[Input], pass: &Pass) -> Vec<Outputs> {
        let each = self.experts.iter().zip(streams);
        each.map(|(experts, stream)| experts.forward(stream.clone(), pass))
            .collect()
    }

    /// A task's stream a level up, from what the experts of each task made.
    fn next(&self, task: usize, stream: Input, made: &[Outputs], pass: &Pass) -> Tensor<3> {
        let own = match &self.straight {
            Some(straight) => {
                let shares = pass.parameter(straight[task]);
                mixed(&shares, std::slice::from_ref(&made[task]))
            }
            None => made[task].planes.clone(),
        };
        self.gates[task].mix(stream, made, pass) + own
    }
}

#[derive(Debug)]
struct Built {
    levels: Vec<Level>,
    towers: Towers,
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let tasks = self.towers.number();
        let mut streams = vec![input; tasks];
        let Some((last, below)) = self.levels.split_last() else {
            let features = streams.into_iter().map(Input::whole);
            return self.towers.on_each(features, pass);
        };
        for level in below {
            let made = level.made(&streams, pass);
            let next = streams.into_iter().enumerate();
            streams = next
                .map(|(task, stream)| level.next(task, stream, &made, pass).into())
                .collect();
        }
        let made = last.made(&streams, pass);
        if below.is_empty() {
            // All streams are still the features.
            streams.truncate(1);
        }
        let views = Outputs::fork_with(made, streams, tasks, pass);
        let views = views.into_iter().enumerate();
        let own = views.map(|(task, (made, streams))| {
            let stream = streams[task.min(streams.len() - 1)].clone();
            last.next(task, stream, &made, pass)
        });
        self.towers.on_each(own, pass)
    }
}
