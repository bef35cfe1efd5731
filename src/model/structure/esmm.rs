//! A click and what follows it: the conversion is learned over all impressions, by the product of two probabilities.

use burn::tensor::Tensor;

use super::shared_embeddings::OwnNetworks;
use super::{Structure, StructureConfig, StructureEntry};
use crate::data::{Dataset, Task, TaskKind, task_of};
use crate::error::Problem;
use crate::model::diagram::{Node, Owner, Part, Sketch};
use crate::model::input::Input;
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `esmm`.
///
/// Each task has a bottom and a tower of its own over shared embeddings. The conversion's output is that of the
/// click *and* the conversion, so that its loss over all impressions needs no clicked rows apart; scores of the conversion
/// are probabilities over all impressions too. The conversion given a click is judged on clicked rows, here and in every
/// other structure, once the conversion's column says `after` which label it comes: see the metric `conditional_auc`.
/// Other tasks go their own way.
#[derive(Debug)]
pub struct Esmm;

static SPEC: Spec = Spec {
    id: "esmm",
    label: "ESMM",
    summary: "Click and conversion over all impressions: the conversion's probability is a product with the click's",
    formula: "p_click = σ(a(x));  p_conversion = σ(a(x))·σ(b(x));  L = ℓ(click, p_click) + ℓ(conversion, p_conversion)",
    paper: Some(Paper {
        citation: "X. Ma et al., Entire Space Multi-Task Model: An Effective Approach for Estimating Post-Click Conversion Rate, SIGIR 2018",
        url: "https://arxiv.org/abs/1804.07931",
    }),
    params: &[
        ParamSpec {
            name: "click",
            meaning: "The label that comes first",
            kind: ParamKind::Task { kind: "binary" },
        },
        ParamSpec {
            name: "conversion",
            meaning: "The label that implies the click; it must be named",
            kind: ParamKind::Task { kind: "binary" },
        },
    ],
};

/// The places of the click and the conversion.
fn labels(choice: &Choice, tasks: &[Task]) -> Result<[usize; 2], Problem> {
    let task = |param| task_of(tasks, &choice.word(&SPEC, param), TaskKind::Binary, param);
    let (click, conversion) = (task("click")?, task("conversion")?);
    if click == conversion {
        let problem = Problem::new("conversion", "the conversion is the click itself");
        return Err(problem
            .expected("the name of another binary label")
            .found(tasks[click].name.clone())
            .help("name the label that follows a click, such as a purchase"));
    }
    Ok([click, conversion])
}

/// The same by name alone; drawn before it is checked, an experiment may name no conversion yet.
fn named(choice: &Choice, tasks: &[String]) -> Option<[usize; 2]> {
    let place = |param| {
        let name = choice.word(&SPEC, param);
        tasks.iter().position(|task| *task == name)
    };
    let (click, conversion) = place("click").zip(place("conversion"))?;
    (click != conversion).then_some([click, conversion])
}

impl StructureEntry for Esmm {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn check(&self, choice: &Choice, tasks: &[Task]) -> Result<(), Problem> {
        labels(choice, tasks).map(|_| ())
    }

    fn remark(&self, choice: &Choice, dataset: &Dataset) -> Option<String> {
        let tasks = &dataset.tasks;
        let [click, conversion] = labels(choice, tasks).ok()?;
        let rows = dataset.labels.chunks(tasks.len());
        let converted = rows.filter(|labels| labels[conversion] == 1.0);
        let (mut all, mut without) = (0, 0);
        for labels in converted {
            all += 1;
            without += usize::from(labels[click] == 0.0);
        }
        let [click, conversion] = [click, conversion].map(|task| &tasks[task].name);
        (without > 0).then(|| {
            format!(
                "{without} of {all} rows with `{conversion}` have no `{click}`; ESMM takes a conversion for a click too, so \
                 check which label is which, or leave these rows out"
            )
        })
    }

    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>) {
        let tasks = sketch.config.tasks;
        let bottoms = sketch.own_bottoms();
        let mut outputs = sketch.towers(&bottoms);
        if let Some([click, conversion]) = named(choice, tasks) {
            sketch.column("product");
            let label = format!("{} × {}", tasks[click], tasks[conversion]);
            let node = Node::new(Part::Product, &label, Owner::task(&tasks[conversion]));
            outputs[conversion] = sketch.add(node, &[outputs[click], outputs[conversion]]);
        }
        sketch.outputs(&outputs);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let Some([click, conversion]) = named(choice, config.tasks) else {
            return Box::new(OwnNetworks::of_all(config, builder));
        };
        let others: Vec<usize> = (0..config.tasks.len())
            .filter(|task| *task != click)
            .collect();
        Box::new(Built {
            click: builder.shared(|builder| OwnNetworks::new(&[click], config, builder)),
            others: OwnNetworks::new(&others, config, builder),
            labels: [click, conversion],
        })
    }
}

#[derive(Debug)]
struct Built {
    /// The click's network, which the conversion uses too.
    click: OwnNetworks,
    /// Those of all other tasks.
    others: OwnNetworks,
    labels: [usize; 2],
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let [click, conversion] = self.labels;
        let tasks = 1 + self.others.num_tasks();
        let input = input.whole();
        let shared = vec![self.click.outputs(vec![input.clone()], pass), input];
        let mut features = Vec::with_capacity(tasks);
        let mut clicks = Vec::with_capacity(tasks);
        for mut view in pass.fork_all(shared, tasks) {
            features.extend(view.pop());
            clicks.extend(view.pop());
        }
        features.remove(click);
        let others = self.others.outputs(features, pass);
        let column = |other| others.clone().narrow(2, other, 1);
        let mut outputs: Vec<Tensor<3>> = (0..self.others.num_tasks()).map(column).collect();
        outputs.insert(click, clicks[click].clone());
        outputs[conversion] = both(clicks[conversion].clone(), outputs[conversion].clone());
        Tensor::cat(outputs, 2)
    }
}

/// The logit of `σ(a)·σ(b)`, which is `−ln(e^−a + e^−b + e^−(a+b))`; no step of it overflows.
///
/// # Shapes
/// - a, b, output: `[replica, batch, 1]`
fn both(a: Tensor<3>, b: Tensor<3>) -> Tensor<3> {
    let (a, b) = (-a, -b);
    let terms = Tensor::cat(vec![a.clone(), b.clone(), a + b], 2);
    let largest = terms.clone().detach().max_dim(2);
    -((terms - largest.clone()).exp().sum_dim(2).log() + largest)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    // import torch; a = torch.tensor([0.3, -2., 90., -90., 90., 30.]).double(); b = torch.tensor([-1.2, 4., 80., -80., -90., 2.]).double()
    // print((-torch.logsumexp(torch.stack([-a, -b, -a - b]), 0)).tolist())
    #[test]
    fn the_product_of_two_probabilities_has_a_finite_logit() {
        let column = |values: [f32; 6]| {
            Tensor::from_data(TensorData::new(values.to_vec(), [1, 6, 1]), &Device::flex())
        };
        let found = both(
            column([0.3, -2.0, 90.0, -90.0, 90.0, 30.0]),
            column([-1.2, 4.0, 80.0, -80.0, -90.0, 2.0]),
        );
        let found: Vec<f32> = found.into_data().try_to_vec().unwrap();
        let expected = [-1.87496, -2.02058, 79.99995, -170.0, -90.0, 2.0];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }

    #[test]
    fn a_click_is_no_conversion() {
        let task = |name: &str, kind| Task {
            name: name.to_owned(),
            kind,
            unscale: None,
        };
        let tasks = [
            task("watch", TaskKind::Regression),
            task("click", TaskKind::Binary),
            task("buy", TaskKind::Binary),
        ];
        let text = |conversion: &str| {
            let mut choice = Choice::named("esmm");
            let word = crate::spec::ParamValue::Word(conversion.to_owned());
            choice.params.insert("conversion".to_owned(), word);
            let problem = Esmm.check(&choice, &tasks).err();
            problem.map(|problem| problem.to_string())
        };
        assert_eq!(text("buy"), None);
        assert_eq!(
            text("").as_deref(),
            Some(
                "conversion: the conversion is the click itself; expected the name of another binary label; found click \
                 (name the label that follows a click, such as a purchase)"
            )
        );
        assert_eq!(
            text("watch").as_deref(),
            Some(
                "conversion: there is no such label; expected the name of a binary label; found watch, which is regression"
            )
        );
    }
}
