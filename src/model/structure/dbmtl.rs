//! Tasks in a chain: each predicts from its own features and from those of all tasks before it.

use burn::tensor::Tensor;

use super::chain::{ORDER, chain};
use super::{Structure, StructureConfig, StructureEntry};
use crate::model::bottom::Bottom;
use crate::model::dense::Dense;
use crate::model::diagram::{Node, Owner, Part, Sketch};
use crate::model::input::Input;
use crate::model::mlp::{Builder, Mlp};
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `dbmtl`: the graph of the paper is the chain in full, each task a child of all before it.
#[derive(Debug)]
pub struct DbMtl;

static SPEC: Spec = Spec {
    id: "dbmtl",
    label: "DBMTL",
    summary: "A shared bottom and tasks in a chain, each seeing what all tasks before it have made",
    formula: "h_t = tower_t(bottom(x));  r_t = MLP_t([h_t, r_1 … r_{t−1}]);  ŷ_t = w_t·r_t + b_t",
    paper: Some(Paper {
        citation: "Q. Wang et al., Multi-Objective Ranking via Deep Bayesian Multi-Task Learning, 2019",
        url: "https://arxiv.org/abs/1902.09154",
    }),
    params: &[
        ORDER,
        ParamSpec {
            name: "relation_units",
            meaning: "The width of each layer that joins a task's features with those before it",
            kind: ParamKind::Widths {
                default: &[32],
                min: 1,
                max: 8192,
            },
        },
    ],
};

impl StructureEntry for DbMtl {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>) {
        let tasks = sketch.config.tasks;
        sketch.column("bottom");
        let features = sketch.input(0);
        let bottom = sketch.bottom("bottom", Owner::Shared, "bottom".to_owned(), features);
        let mut outputs = sketch.towers(&vec![bottom; tasks.len()]);
        let units = choice.widths(&SPEC, "relation_units");
        let mut before = Vec::with_capacity(tasks.len());
        for task in chain(choice, &SPEC, tasks) {
            sketch.column("relation");
            let name = &tasks[task];
            let node = Node::new(Part::Layers, "relation", Owner::task(name)).layers(&units);
            let node = node.role(format!("relations.{name}"));
            let node = node.role(format!("towers.{name}.output"));
            let from = [&[outputs[task]], before.as_slice()].concat();
            outputs[task] = sketch.add(node, &from);
            before.push(outputs[task]);
        }
        sketch.outputs(&outputs);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let chain = chain(choice, &SPEC, config.tasks);
        let units = choice.widths(&SPEC, "relation_units");
        let bottom =
            builder.shared(|builder| config.build_bottom("bottom", &[String::new()], builder));
        let mut before = 0;
        let mut steps = Vec::with_capacity(chain.len());
        for (place, &task) in chain.iter().enumerate() {
            let add = |builder: &mut Builder| {
                let relation = (before, units.as_slice());
                Step::new(task, bottom.width(), relation, config, builder)
            };
            // The last task is the only one that no other depends on.
            let step = if place + 1 < chain.len() {
                builder.shared(add)
            } else {
                add(builder)
            };
            before += step.relation.width();
            steps.push(step);
        }
        let output = |step: &Step| {
            let role = format!("towers.{}.output", config.tasks[step.task]);
            let (width, lanes) = (step.relation.width(), [String::new()]);
            Dense::new(&mut builder.layout, &role, &lanes, width, 1)
        };
        let outputs = steps.iter().map(output).collect();
        Box::new(Built {
            bottom,
            steps,
            outputs,
        })
    }
}

/// A task in the chain.
#[derive(Debug)]
struct Step {
    task: usize,
    tower: Mlp,
    relation: Mlp,
}

impl Step {
    /// `relation` is the width of what the tasks before have made, and the widths of the layers that join it.
    fn new(
        task: usize,
        width: usize,
        relation: (usize, &[usize]),
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Self {
        let (before, units) = relation;
        let (name, lanes) = (&config.tasks[task], [String::new()]);
        let mut mlp = |role: String, width, units: &[usize]| {
            Mlp::new(builder, &role, &lanes, width, units, config.hidden)
        };
        let tower = mlp(format!("towers.{name}"), width, &config.towers[task]);
        let width = tower.width() + before;
        Self {
            task,
            tower,
            relation: mlp(format!("relations.{name}"), width, units),
        }
    }

    /// # Shapes
    /// - shared: `[plane, batch, in]`
    /// - before: what the tasks before have made, each `[plane, batch, width]`
    fn forward(&self, shared: Tensor<3>, before: &[Tensor<3>], pass: &Pass) -> Tensor<3> {
        let own = self.tower.forward(shared, pass);
        let all = std::iter::once(own).chain(before.iter().cloned());
        self.relation.forward(Tensor::cat(all.collect(), 2), pass)
    }
}

#[derive(Debug)]
struct Built {
    bottom: Box<dyn Bottom>,
    /// From the first of the chain to the last.
    steps: Vec<Step>,
    /// For each step.
    outputs: Vec<Dense>,
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let shared = self.bottom.forward(input, pass);
        let earlier = self.steps.len().saturating_sub(1);
        let mut made: Vec<Tensor<3>> = Vec::with_capacity(self.steps.len());
        for step in &self.steps[..earlier] {
            made.push(step.forward(shared.clone(), &made, pass));
        }
        made.push(shared);
        let views = pass.fork_all(made, self.steps.len());
        let mut outputs: Vec<(usize, Tensor<3>)> = Vec::with_capacity(self.steps.len());
        for (place, (step, output)) in self.steps.iter().zip(&self.outputs).enumerate() {
            let view = &views[step.task];
            let own = match (place == earlier, view.split_last()) {
                (true, Some((shared, before))) => step.forward(shared.clone(), before, pass),
                _ => view[place].clone(),
            };
            outputs.push((step.task, output.forward(own, pass)));
        }
        outputs.sort_by_key(|(task, _)| *task);
        Tensor::cat(outputs.into_iter().map(|(_, output)| output).collect(), 2)
    }
}
