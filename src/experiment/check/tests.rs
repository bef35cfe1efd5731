//! Each refusal of the check, word by word.

use super::*;
use crate::experiment::fixtures::{draft, registries};
use crate::experiment::parse;

/// The problems of the good draft after a change, as text.
fn told(change: impl FnOnce(&mut Draft)) -> Vec<String> {
    let mut draft = draft();
    change(&mut draft);
    let columns = [
        ("watch", Role::Label),
        ("click", Role::Label),
        ("user_id", Role::Sparse),
        ("age", Role::Dense),
        ("history", Role::Sequence),
    ];
    let columns = columns.map(|(name, role)| (name.to_owned(), role)).into();
    let problems = check_draft(&draft, &registries(), Some(&columns));
    problems.iter().map(ToString::to_string).collect()
}

fn variants(text: &str) -> Vec<String> {
    let (read, problems) = parse(text, "e.toml");
    assert_eq!(problems, []);
    told(|draft| draft.variants = read.variants)
}

#[test]
fn a_good_draft_passes() {
    assert_eq!(told(|_| ()), [""; 0]);
}

#[test]
fn name_and_seeds() {
    assert_eq!(
        told(|draft| draft.name = "  ".to_owned()),
        ["name: the experiment has no name"]
    );
    assert_eq!(
        told(|draft| draft.seeds.clear()),
        ["seeds: there is no seed; expected at least one"]
    );
    assert_eq!(
        told(|draft| draft.seeds = vec![4, 1, 4]),
        ["seeds[2]: the seed 4 occurs twice"]
    );
}

#[test]
fn data_and_split() {
    assert_eq!(
        told(|draft| draft.data.paths.clear()),
        ["data.path: no data file is named"]
    );
    assert_eq!(
        told(|draft| draft.data.test_paths = vec![" ".to_owned()]),
        ["data.test_path: a path is empty"]
    );
    assert_eq!(
        told(|draft| (draft.data.split.validation, draft.data.split.test) = (0.0, 1.0)),
        [
            "data.split.validation: out of range; expected a share above 0 and below 1; found 0",
            "data.split.test: out of range; expected a share above 0 and below 1; found 1",
        ]
    );
    assert_eq!(
        told(|draft| (draft.data.split.validation, draft.data.split.test) = (0.25, 0.75)),
        [
            "data.split: validation and test leave no rows to train on; expected a sum below 1; found 1"
        ]
    );
    assert_eq!(
        told(|draft| draft.data.split.validation = f64::NAN),
        ["data.split.validation: out of range; expected a share above 0 and below 1; found NaN"]
    );
    for method in [SplitMethod::Time, SplitMethod::Group, SplitMethod::Column] {
        let message = format!(
            "data.split.column: the split `{}` needs a column",
            method.id()
        );
        assert_eq!(told(|draft| draft.data.split.method = method), [message]);
    }
    // Shares that are not used are not judged.
    assert_eq!(
        told(|draft| {
            draft.data.split.method = SplitMethod::Column;
            draft.data.split.column = Some("part".to_owned());
            draft.data.split.validation = 0.0;
        }),
        [""; 0]
    );
    assert_eq!(
        told(|draft| {
            draft.data.test_paths = vec!["test.csv".to_owned()];
            draft.data.split.test = 0.0;
        }),
        [""; 0]
    );
}

#[test]
fn ranges_of_the_training() {
    let told = |change: fn(&mut TrainingDraft)| told(|draft| change(&mut draft.training));
    let whole = |key: &str, end: u32, found: u32| {
        let expected = format!("expected a whole number from 1 to {end}");
        vec![format!(
            "training.{key}: out of range; {expected}; found {found}"
        )]
    };
    assert_eq!(
        told(|training| training.epochs = 0),
        whole("epochs", 10_000, 0)
    );
    assert_eq!(
        told(|training| training.epochs = 10_001),
        whole("epochs", 10_000, 10_001)
    );
    assert_eq!(
        told(|training| training.batch_size = 0),
        whole("batch_size", 1_048_576, 0)
    );
    assert_eq!(
        told(|training| training.embedding_dim = 1025),
        whole("embedding_dim", 1024, 1025)
    );
    assert_eq!(
        told(|training| training.l2_embedding = -0.5),
        ["training.l2_embedding: out of range; expected a finite number from 0; found -0.5"]
    );
    assert_eq!(
        told(|training| training.l2_dnn = f64::INFINITY),
        ["training.l2_dnn: out of range; expected a finite number from 0; found inf"]
    );
    assert_eq!(
        told(|training| training.dropout = 1.0),
        ["training.dropout: out of range; expected a share from 0 to below 1; found 1"]
    );
    assert_eq!(
        told(|training| training.clip_norm = Some(0.0)),
        ["training.clip_norm: out of range; expected a finite number above 0; found 0"]
    );
    assert_eq!(
        told(|training| training.early_stop = Some(0)),
        ["training.early_stop.patience: out of range; expected at least 1; found 0"]
    );
}

#[test]
fn choices_of_the_training() {
    let (read, _) = parse(
        "[training]\noptimizer = { name = \"adam\", lr = 2.0, beta = 1 }\nschedule = { name = \"constant\", x = 1 }\n\
         activation = \"rellu\"",
        "e.toml",
    );
    assert_eq!(
        told(|draft| draft.training = read.training),
        [
            "training.optimizer.beta: unknown parameter `beta` of optimizer `adam` (known: lr)",
            "training.optimizer.lr: out of range; expected a number from 0 to 1; found 2.0",
            "training.schedule.x: unknown parameter `x` of schedule `constant` (schedule `constant` has no parameters)",
            "training.activation: unknown activation `rellu` (did you mean `relu`?)",
        ]
    );
    let (read, _) = parse(
        "training.optimizer = \"lion\"\ntraining.schedule = \"const\"",
        "e.toml",
    );
    assert_eq!(
        told(|draft| draft.training = read.training),
        [
            "training.optimizer.name: unknown optimizer `lion` (known: adam, sgd)",
            "training.schedule.name: unknown schedule `const` (known: constant)",
        ]
    );
    let (read, _) = parse("training.optimizer = { name = \"sgd\", lr = -1 }", "e.toml");
    assert_eq!(
        told(|draft| draft.training = read.training),
        ["training.optimizer.lr: out of range; expected a number of at least 0; found -1"]
    );
}

#[test]
fn names_of_variants() {
    assert_eq!(
        told(|draft| draft.variants.clear()),
        ["variants: there is nothing to train; expected at least one variant"]
    );
    assert_eq!(
        variants("variants = [{ name = \"a\" }, { name = \" \" }, { name = \"a \" }]"),
        [
            "variants[1].name: the variant has no name",
            "variants[2].name: the name `a` is taken by variants[0]; expected a name of its own",
        ]
    );
}

#[test]
fn choices_of_variants() {
    assert_eq!(
        variants(
            "[[variants]]\nstructure = \"shared_botom\"\nbottom = \"deepfm\"\nstrategy = \"equl\"\n\
             [[variants]]\nname = \"b\"\nstructure = { name = \"mmoe\", experts = 0, expert = 2 }\n\
             bottom = { kind = \"mlp\", units = [0, 9000] }\n\
             strategy = { name = \"gradnorm\", alpha = \"x\", detach = 1, norm = \"l3\" }"
        ),
        [
            "variants[0].structure.name: unknown structure `shared_botom` (did you mean `shared_bottom`?)",
            "variants[0].bottom.kind: unknown bottom `deepfm` (known: mlp)",
            "variants[0].strategy.name: unknown strategy `equl` (did you mean `equal`?)",
            "variants[1].structure.expert: unknown parameter `expert` of structure `mmoe` (did you mean `experts`?)",
            "variants[1].structure.experts: out of range; expected a whole number from 1 to 64; found 0",
            "variants[1].bottom.units[0]: out of range; expected a width from 1 to 8192; found 0",
            "variants[1].bottom.units[1]: out of range; expected a width from 1 to 8192; found 9000",
            "variants[1].strategy.alpha: wrong type; expected a number from 0 to 10; found \"x\"",
            "variants[1].strategy.detach: wrong type; expected true or false; found 1",
            "variants[1].strategy.norm: unknown word `l3`; expected one of l1, l2 (did you mean `l1`?)",
        ]
    );
    assert_eq!(
        variants(
            "[[variants]]\nstructure = { name = \"mmoe\", experts = 1.5 }\nbottom = { kind = \"mlp\", units = 3 }\n\
             strategy = { name = \"manual\", weights = 2.0 }"
        ),
        [
            "variants[0].structure.experts: wrong type; expected a whole number from 1 to 64; found 1.5",
            "variants[0].bottom.units: wrong type; expected a list of whole numbers; found 3",
            "variants[0].strategy.weights: wrong type; expected a table of a number from 0 to 100 for each task; found 2.0",
        ]
    );
}

#[test]
fn columns_of_choices() {
    let of_one = |prior: &str| {
        let structure = format!("{{ name = \"pepnet\", prior = {prior} }}");
        variants(&format!("[[variants]]\nstructure = {structure}"))
    };
    assert_eq!(of_one("[]"), [""; 0]);
    assert_eq!(of_one("[\"user_id\", \"age\"]"), [""; 0]);
    assert_eq!(
        of_one("[\"usr_id\", \"click\", \"history\"]"),
        [
            "variants[0].structure.prior[0]: `usr_id` is not a feature; expected the name of a sparse or dense column (did \
             you mean `user_id`?)",
            "variants[0].structure.prior[1]: `click` is not a feature; expected the name of a sparse or dense column; found \
             click with the role label",
            "variants[0].structure.prior[2]: `history` is not a feature; expected the name of a sparse or dense column; \
             found history with the role sequence",
        ]
    );
    let wrong = ["[1]", "\"user_id\""].map(of_one);
    let expected = ["[1]", "\"user_id\""].map(|found| {
        format!(
            "variants[0].structure.prior: wrong type; expected a list of names of sparse and dense columns; found {found}"
        )
    });
    assert_eq!(wrong.concat(), expected);
    // Without data no column is known.
    let (read, _) = parse(
        "data.path = \"a.csv\"\n[[variants]]\nstructure = { name = \"pepnet\", prior = [\"any\"] }",
        "e.toml",
    );
    assert_eq!(check_draft(&read, &registries(), None), []);
}

#[test]
fn tasks_and_towers() {
    assert_eq!(
        variants(
            "[[variants]]\ntowers = { default = [0], clik = [3], watch = [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1] }\n\
             strategy = { name = \"manual\", weights = { wach = 1, click = -1 } }"
        ),
        [
            "variants[0].strategy.weights.click: out of range; expected a number from 0 to 100; found -1.0",
            "variants[0].strategy.weights.wach: `wach` is not a label (did you mean `watch`?)",
            "variants[0].towers.default[0]: out of range; expected a width from 1 to 8192; found 0",
            "variants[0].towers.clik: `clik` is not a label (did you mean `click`?)",
            "variants[0].towers.watch: too many layers; expected at most 16; found 17",
        ]
    );
}

#[test]
fn before_the_data_are_read_the_declared_labels_count() {
    let text = "data.path = \"a.csv\"\ndata.columns.like = { task = \"binary\" }\n\
        [[variants]]\ntowers = { lik = [1] }";
    let (read, _) = parse(text, "e.toml");
    let told = check_draft(&read, &registries(), None);
    let expected = "variants[0].towers.lik: `lik` is not a label (did you mean `like`?)";
    assert_eq!(
        told.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [expected]
    );
    let (read, _) = parse(&text.replace("task", "positive"), "e.toml");
    assert_eq!(check_draft(&read, &registries(), None).len(), 1);
    let (read, _) = parse(&text.replace("task = \"binary\"", ""), "e.toml");
    assert_eq!(check_draft(&read, &registries(), None), []);
}
