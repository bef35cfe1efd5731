//! The plan: an experiment that has passed its check, with every default filled in.

use std::sync::Arc;

use super::check::{Roles, check_draft};
use super::draft::{Draft, TowersDraft, TrainingDraft, VariantDraft};
use super::network_check::check_networks;
use super::params::resolve_choice;
use super::registries::Registries;
use crate::data::{Dataset, Role, Task};
use crate::error::{Problem, Report};
use crate::model::structure::structure;
use crate::spec::Choice;
use crate::strategy::{Fusion, Reading, strategy};

const SUMMARY: &str = "the experiment cannot be trained as it is";

/// An experiment that can be trained; made only by [`Plan::new`].
#[derive(Clone, Debug)]
pub struct Plan {
    resolved: Draft,
    dataset: Arc<Dataset>,
    variants: Vec<Variant>,
}

/// One way of training, nothing left open.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The name in charts and tables.
    pub name: String,
    /// How tasks share the network, with all parameters.
    pub structure: Choice,
    /// The network over the features, with all parameters.
    pub bottom: Choice,
    /// The widths of each task's tower, in the order of the data's tasks.
    pub towers: Vec<Vec<usize>>,
    /// How the task losses become one update, with all parameters.
    pub strategy: Choice,
    /// How its strategy makes one target of several labels, if it does.
    pub fusion: Option<Fusion>,
    /// Which of the data's tasks have an output of their own, in the order of the data.
    pub trained: Vec<usize>,
}

impl Variant {
    /// The tasks with an output of their own.
    pub fn trained_tasks(&self, tasks: &[Task]) -> Vec<Task> {
        let own = self.trained.iter().filter_map(|&task| tasks.get(task));
        own.cloned().collect()
    }

    /// Where each task's score comes from: the output's place among those trained, and its reading.
    pub fn readings(&self, tasks: &[Task]) -> Vec<(usize, Reading)> {
        if let Some(fusion) = &self.fusion {
            let readings = fusion.readings.iter();
            return readings.map(|&reading| (0, reading)).collect();
        }
        let reading = |(place, task): (usize, &Task)| {
            let output = self.trained.iter().position(|&trained| trained == place);
            output.map_or((0, Reading::Nothing), |output| (output, Reading::own(task)))
        };
        tasks.iter().enumerate().map(reading).collect()
    }
}

impl Plan {
    /// Checks the draft against data and registries.
    ///
    /// The draft's columns are kept as they are; give it those of [`crate::data::resolve`], so that the results name every role.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn new(
        draft: &Draft,
        dataset: Arc<Dataset>,
        registries: &Registries<'_>,
    ) -> Result<Self, Report> {
        let columns = roles_of(&dataset);
        let mut problems = check_draft(draft, registries, Some(&columns));
        problems.extend(check_dataset(&dataset));
        problems.extend(check_fusions(draft, &dataset.tasks));
        problems.extend(check_trained(draft, &dataset.tasks));
        problems.extend(check_structures(draft, &dataset.tasks));
        if !problems.is_empty() {
            return Err(Report::input(SUMMARY, problems));
        }
        let resolved = resolve(draft, &dataset, registries);
        let variants: Vec<Variant> = resolved
            .variants
            .iter()
            .map(|variant| variant_of(variant, &dataset.tasks))
            .collect();
        let problems = check_networks(&variants, &dataset, &resolved.training);
        if !problems.is_empty() {
            return Err(Report::input(SUMMARY, problems));
        }
        Ok(Self {
            resolved,
            dataset,
            variants,
        })
    }

    /// The title.
    pub fn name(&self) -> &str {
        &self.resolved.name
    }

    /// The seeds, each once.
    pub fn seeds(&self) -> &[u64] {
        &self.resolved.seeds
    }

    /// The encoded data.
    pub fn dataset(&self) -> &Arc<Dataset> {
        &self.dataset
    }

    /// The settings that all variants share.
    pub fn training(&self) -> &TrainingDraft {
        &self.resolved.training
    }

    /// What is compared.
    pub fn variants(&self) -> &[Variant] {
        &self.variants
    }

    /// The variant's index and the seed of each run, variant by variant.
    pub fn runs(&self) -> Vec<(usize, u64)> {
        self.resolved.runs()
    }

    /// The experiment with every default written out.
    pub fn resolved(&self) -> &Draft {
        &self.resolved
    }
}

impl Draft {
    /// The variant that the others are compared with unless the user says otherwise: separate models, else the first.
    pub fn baseline(&self) -> &str {
        let separate = self
            .variants
            .iter()
            .find(|variant| variant.structure.name == "separate");
        separate
            .or_else(|| self.variants.first())
            .map_or("", |variant| &variant.name)
    }

    /// The variant's index and the seed of each run, variant by variant.
    pub fn runs(&self) -> Vec<(usize, u64)> {
        let seeds = |variant| self.seeds.iter().map(move |&seed| (variant, seed));
        (0..self.variants.len()).flat_map(seeds).collect()
    }
}

/// Strategies that make one target of several labels need these labels.
fn check_fusions(draft: &Draft, tasks: &[Task]) -> Vec<Problem> {
    let check = |(index, variant): (usize, &VariantDraft)| {
        let mut problem = fusion(&variant.strategy, tasks).err()?;
        problem.place = format!("variants[{index}].strategy.{}", problem.place);
        Some(problem)
    };
    draft
        .variants
        .iter()
        .enumerate()
        .filter_map(check)
        .collect()
}

/// Structures that make a difference between tasks need these labels.
fn check_structures(draft: &Draft, tasks: &[Task]) -> Vec<Problem> {
    let check = |(index, variant): (usize, &VariantDraft)| {
        let fusion = fusion(&variant.strategy, tasks).ok()?;
        let trained = trained(variant, fusion.as_ref(), tasks);
        let trained: Vec<Task> = trained.iter().map(|&task| tasks[task].clone()).collect();
        let choice = &variant.structure;
        let mut problem = structure(&choice.name)?.check(choice, &trained).err()?;
        problem.place = format!("variants[{index}].structure.{}", problem.place);
        Some(problem)
    };
    draft
        .variants
        .iter()
        .enumerate()
        .filter_map(check)
        .collect()
}

/// Labels that are made one target are all needed.
fn check_trained(draft: &Draft, tasks: &[Task]) -> Vec<Problem> {
    let check = |(index, variant): (usize, &VariantDraft)| {
        variant.tasks.as_ref()?;
        fusion(&variant.strategy, tasks).ok()??;
        let message = format!(
            "`{}` makes one target of the labels that it names, whichever are trained on",
            variant.strategy.name
        );
        let problem = Problem::new(format!("variants[{index}].tasks"), message);
        Some(problem.help("leave `tasks` out, or take another strategy"))
    };
    let variants = draft.variants.iter().enumerate();
    variants.filter_map(check).collect()
}

/// The places of the tasks that have an output of their own.
fn trained(variant: &VariantDraft, fusion: Option<&Fusion>, tasks: &[Task]) -> Vec<usize> {
    match (fusion, &variant.tasks) {
        (Some(fusion), _) => vec![fusion.carrier],
        (None, None) => (0..tasks.len()).collect(),
        (None, Some(own)) => (0..tasks.len())
            .filter(|&task| own.contains(&tasks[task].name))
            .collect(),
    }
}

fn fusion(choice: &Choice, tasks: &[Task]) -> Result<Option<Fusion>, Problem> {
    strategy(&choice.name).map_or(Ok(None), |entry| entry.fusion(choice, tasks))
}

fn check_dataset(dataset: &Dataset) -> Vec<Problem> {
    let mut problems = Vec::new();
    if dataset.tasks.is_empty() {
        let problem = Problem::new("data.columns", "there is no label to predict");
        problems.push(problem.help("give a column the role `label`"));
    }
    let has_ids = !dataset.sparse_fields.is_empty() || !dataset.sequences.is_empty();
    if !has_ids && dataset.dense_names.is_empty() {
        let problem = Problem::new("data.columns", "there is no feature to learn from");
        problems.push(problem.help("give a column the role `sparse` or `dense`"));
    }
    let split = &dataset.split;
    for (part, rows) in [
        ("training", &split.train),
        ("validation", &split.validation),
        ("test", &split.test),
    ] {
        if rows.is_empty() {
            problems.push(Problem::new(
                "data.split",
                format!("there are no {part} rows"),
            ));
        }
    }
    problems
}

fn resolve(draft: &Draft, dataset: &Dataset, registries: &Registries<'_>) -> Draft {
    let tasks = &dataset.tasks;
    let columns = roles_of(dataset);
    let mut resolved = draft.clone();
    for (name, column) in &mut resolved.data.columns {
        column.role = column.role.or_else(|| columns.get(name).copied());
    }
    let training = &mut resolved.training;
    training.optimizer = resolve_choice(&training.optimizer, &registries.optimizers, tasks);
    training.schedule = resolve_choice(&training.schedule, &registries.schedules, tasks);

    let first = draft.variants.first();
    let first_bottom = first.and_then(|first| first.bottom.clone());
    let first_bottom = first_bottom.unwrap_or_else(VariantDraft::default_bottom);
    let first_towers = first.and_then(|first| first.towers.clone());
    let first_towers = first_towers.unwrap_or_else(VariantDraft::default_towers);
    for variant in &mut resolved.variants {
        variant.name = variant.name.trim().to_owned();
        variant.structure = resolve_choice(&variant.structure, &registries.structures, tasks);
        variant.strategy = resolve_choice(&variant.strategy, &registries.strategies, tasks);
        let bottom = variant.bottom.as_ref().unwrap_or(&first_bottom);
        variant.bottom = Some(resolve_choice(bottom, &registries.bottoms, tasks));
        variant.towers.get_or_insert_with(|| first_towers.clone());
    }
    resolved
}

/// The columns that the encoded data know, with their roles.
fn roles_of(dataset: &Dataset) -> Roles {
    let tasks = dataset.tasks.iter().map(|task| (&task.name, Role::Label));
    let sparse = dataset.sparse_fields.iter();
    let sparse = sparse.map(|field| (&field.name, Role::Sparse));
    let lists = dataset.sequences.iter();
    let lists = lists.map(|list| (&list.field.name, Role::Sequence));
    let dense = dataset.dense_names.iter().map(|name| (name, Role::Dense));
    let all = dense.chain(lists).chain(sparse).chain(tasks);
    all.map(|(name, role)| (name.clone(), role)).collect()
}

/// The variant of a resolved draft.
fn variant_of(variant: &VariantDraft, tasks: &[Task]) -> Variant {
    let towers = variant
        .towers
        .clone()
        .unwrap_or_else(VariantDraft::default_towers);
    let fusion = fusion(&variant.strategy, tasks).ok().flatten();
    Variant {
        trained: trained(variant, fusion.as_ref(), tasks),
        fusion,
        name: variant.name.clone(),
        structure: variant.structure.clone(),
        bottom: variant
            .bottom
            .clone()
            .unwrap_or_else(VariantDraft::default_bottom),
        towers: tasks
            .iter()
            .map(|task| tower_widths(&towers, &task.name))
            .collect(),
        strategy: variant.strategy.clone(),
    }
}

fn tower_widths(towers: &TowersDraft, task: &str) -> Vec<usize> {
    let widths = towers.per_task.get(task).unwrap_or(&towers.default);
    widths
        .iter()
        .filter_map(|&width| usize::try_from(width).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::fixtures::{dataset, draft, plan, registries};
    use crate::experiment::parse;
    use crate::spec::ParamValue;

    #[test]
    fn runs_come_variant_by_variant() {
        let plan = plan();
        assert_eq!(plan.runs(), [(0, 1), (0, 2), (1, 1), (1, 2)]);
        assert_eq!((plan.name(), plan.seeds()), ("short video", &[1, 2][..]));
    }

    #[test]
    fn what_is_open_comes_from_the_first_variant() {
        let text = "[[variants]]\nname = \"a\"\nbottom = { kind = \"mlp\", units = [7] }\n\
            towers = { default = [5], click = [4, 3] }\n\
            [[variants]]\nname = \"b\"\nstructure = \"separate\"\n\
            [[variants]]\nname = \"c\"\nbottom = \"mlp\"\ntowers = {}";
        let mut draft = draft();
        draft.variants = parse(text, "e.toml").0.variants;
        let plan = Plan::new(&draft, dataset(), &registries()).unwrap();
        let units = |variant: &Variant| variant.bottom.params["units"].clone();
        let (a, b, c) = (
            &plan.variants()[0],
            &plan.variants()[1],
            &plan.variants()[2],
        );
        // The data's tasks are `watch` and `click`, in this order.
        assert_eq!(a.towers, [vec![5], vec![4, 3]]);
        assert_eq!((&b.towers, &b.bottom), (&a.towers, &a.bottom));
        assert_eq!(units(b), ParamValue::Widths(vec![7]));
        assert_eq!(units(c), ParamValue::Widths(vec![128, 128]));
        assert_eq!(c.towers, [vec![64, 32], vec![64, 32]]);

        draft.variants = parse("[[variants]]\n", "e.toml").0.variants;
        let plan = Plan::new(&draft, dataset(), &registries()).unwrap();
        assert_eq!(
            units(&plan.variants()[0]),
            ParamValue::Widths(vec![128, 128])
        );
        assert_eq!(plan.variants()[0].towers, [vec![64, 32], vec![64, 32]]);
    }

    #[test]
    fn every_default_is_written_out() {
        let mut draft = draft();
        let text = "training.optimizer = { name = \"sgd\", lr = 1 }\n\
            [[variants]]\nstrategy = { name = \"manual\", weights = { click = 3 } }\n\
            [[variants]]\nstructure = \"mmoe\"\nstrategy = \"gradnorm\"";
        let (read, _) = parse(text, "e.toml");
        (draft.training, draft.variants) = (read.training, read.variants);
        let plan = Plan::new(&draft, dataset(), &registries()).unwrap();
        let text = crate::experiment::write(plan.resolved());
        let lines = [
            "user_id = { role = \"sparse\" }",
            "optimizer = { name = \"sgd\", lr = 1.0 }",
            "strategy = { name = \"manual\", weights = { click = 3.0, watch = 1.0 } }",
            "structure = { name = \"mmoe\", experts = 4 }",
            "strategy = { name = \"gradnorm\", alpha = 1.5, detach = true, norm = \"l2\" }",
        ];
        for line in lines {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
        assert_eq!(
            text.matches("bottom = { kind = \"mlp\", units = [128, 128] }")
                .count(),
            2
        );
        // A resolved experiment is its own resolution.
        let again = Plan::new(plan.resolved(), dataset(), &registries()).unwrap();
        assert_eq!(again.resolved(), plan.resolved());
    }

    #[test]
    fn what_is_wrong_with_draft_and_data_is_told_at_once() {
        let mut draft = draft();
        draft.seeds.clear();
        let data = Dataset {
            tasks: Vec::new(),
            sparse_fields: Vec::new(),
            split: Default::default(),
            ..(*dataset()).clone()
        };
        let report = Plan::new(&draft, Arc::new(data), &registries()).unwrap_err();
        assert_eq!(report.exit_status(), 2);
        let expected = "the experiment cannot be trained as it is\n  \
            seeds: there is no seed; expected at least one\n  \
            data.columns: there is no label to predict (give a column the role `label`)\n  \
            data.columns: there is no feature to learn from (give a column the role `sparse` or `dense`)\n  \
            data.split: there are no training rows\n  \
            data.split: there are no validation rows\n  \
            data.split: there are no test rows";
        assert_eq!(report.to_string(), expected);
    }
}
