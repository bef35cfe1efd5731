//! Reading an experiment file: never stops at the first problem, and whatever is right reaches the draft.
//!
//! Each problem names file and line. Names and parameters of registry entries are kept as they stand; checking them is another step.

use std::io::ErrorKind;
use std::path::Path;

use toml_edit::{Document, TomlError};

use super::draft::Draft;
use super::fields::{Fields, Reader};
use super::sections::read_draft;
use crate::data::read::is_table_file;
use crate::error::{Problem, Report};

/// Reads the text of an experiment file; what is missing has its default, what is wrong is told.
pub fn parse(text: &str, file_name: &str) -> (Draft, Vec<Problem>) {
    match parse_toml(text, file_name) {
        Ok(found) => found,
        Err(problem) => (blank(file_name), vec![problem]),
    }
}

/// As [`parse`], but a text that is no TOML at all is an error.
///
/// # Errors
/// The first fault of the syntax, with line and column.
pub fn parse_toml(text: &str, file_name: &str) -> Result<(Draft, Vec<Problem>), Problem> {
    // A byte-order mark is no fault of the user's.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document =
        Document::parse(text).map_err(|error| syntax_problem(text, file_name, &error))?;
    let reader = Reader::new(file_name, text);
    let top = Fields {
        reader: &reader,
        table: document.as_table(),
        path: String::new(),
    };
    let draft = read_draft(top, &default_name(file_name));
    Ok((draft, reader.into_problems()))
}

/// Reads an experiment file; only a file that cannot be read at all is an error.
///
/// # Errors
/// If there is no such file, or it is no text, or no TOML, with line and column.
pub fn load(path: &Path) -> Result<(Draft, Vec<Problem>), Report> {
    let place = path.display().to_string();
    let summary = "could not read the experiment";
    if path.is_dir() {
        let problem = Problem::new(&place, "this is a folder");
        let problem = problem.expected("an experiment file (.toml)");
        return Err(Report::input(summary, vec![problem]));
    }
    let table = is_table_file(path)
        .then_some("this looks like a table; `mtl-lab new` makes an experiment for it");
    let helped = |problem: Problem| match table {
        Some(help) => problem.help(help),
        None => problem,
    };
    let bytes = std::fs::read(path).map_err(|error| {
        if error.kind() == ErrorKind::NotFound {
            let problem = Problem::new(&place, "there is no such file");
            let help = "check the path, or make an experiment with `mtl-lab new`";
            return Report::input(summary, vec![problem.help(help)]);
        }
        let problem = Problem::new(&place, "the file cannot be read");
        Report::input(summary, vec![problem]).caused_by(error)
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let problem = Problem::new(&place, "not a text file").expected("UTF-8 text");
        Report::input(summary, vec![helped(problem)]).caused_by(error)
    })?;
    parse_toml(&text, &place).map_err(|problem| Report::input(summary, vec![helped(problem)]))
}

/// The draft of an empty file.
fn blank(file_name: &str) -> Draft {
    Draft {
        name: default_name(file_name),
        seeds: Draft::DEFAULT_SEEDS.to_vec(),
        variants: Draft::default_variants(),
        ..Draft::default()
    }
}

/// A file without a name is called as its file.
fn default_name(file_name: &str) -> String {
    let stem = Path::new(file_name).file_stem();
    stem.map_or_else(
        || "experiment".to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

fn syntax_problem(text: &str, file_name: &str, error: &TomlError) -> Problem {
    let span = error.span().unwrap_or(text.len()..text.len());
    let (line, column) = Reader::new(file_name, text).line_and_column(span.start);
    let place = format!("{file_name}, line {line}, column {column}");
    let rest = text.get(span.start..).unwrap_or("");
    let found = match rest.chars().next() {
        None => "the end of the file".to_owned(),
        Some('\n' | '\r') => "the end of the line".to_owned(),
        Some(_) => {
            let spanned = text.get(span).filter(|spanned| !spanned.is_empty());
            let line = spanned.unwrap_or(rest).lines().next().unwrap_or("");
            format!("`{}`", line.chars().take(40).collect::<String>().trim_end())
        }
    };
    match error.message().split_once(", expected ") {
        Some((message, expected)) => Problem::new(place, message).expected(expected).found(found),
        None => Problem::new(place, error.message()).found(found),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::data::{ColumnSpec, Missing, Role, Scale, SplitMethod, SplitSpec, TaskKind};
    use crate::experiment::{DataDraft, Selection, TowersDraft, TrainingDraft, VariantDraft};
    use crate::spec::{Choice, ParamValue};

    const EXAMPLE: &str = r#"
name  = "short video: does sharing help?"
seeds = [1, 2, 3]

[data]
path = "short_video.csv"            # relative to this file
missing = "drop"
header = true
[data.split]
method = "time"
validation = 0.2
test = 0.1
seed = 7
column = "date"
[data.columns]
user_id = { role = "sparse", group = true }
video_id = { role = "sparse", min_count = 2 }
duration = { role = "dense", scale = "log_standard" }
history = { role = "sequence", separator = "|", attends_to = "video_id", max_len = 20 }
finish = { role = "label", task = "binary", positive = "yes" }
watch_secs = { role = "label", task = "regression", scale = "standard" }
ts = { role = "ignore" }

[training]
epochs = 12
batch_size = 2048
optimizer = { name = "adam", lr = 0.002 }
schedule = "cosine"
embedding_dim = 16
l2_embedding = 1e-6
l2_dnn = 1
dropout = 0.5
activation = "tanh"
batch_norm = true
normalize_weights = true
gradient_rows = 0
clip_norm = 5.0
early_stop = { patience = 3 }
selection = "per_task"

[[variants]]
name = "shared, equal"
structure = { name = "shared_bottom" }
bottom = { kind = "mlp", units = [128, 64] }
towers = { default = [64, 32], watch_secs = [128] }
strategy = { name = "manual", weights = { finish = 2, watch_secs = 0.5 } }

[[variants]]
name = "separate"
structure = "separate"
"#;

    fn column(role: Role) -> ColumnSpec {
        ColumnSpec {
            role: Some(role),
            ..ColumnSpec::default()
        }
    }

    fn choice(name: &str, params: &[(&str, ParamValue)]) -> Choice {
        let params = params
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        Choice {
            name: name.to_owned(),
            params: params.collect(),
        }
    }

    fn example_columns() -> BTreeMap<String, ColumnSpec> {
        let text = |text: &str| Some(text.to_owned());
        let label = |task| ColumnSpec {
            task: Some(task),
            ..column(Role::Label)
        };
        let columns = [
            (
                "user_id",
                ColumnSpec {
                    group: true,
                    ..column(Role::Sparse)
                },
            ),
            (
                "video_id",
                ColumnSpec {
                    min_count: Some(2),
                    ..column(Role::Sparse)
                },
            ),
            (
                "duration",
                ColumnSpec {
                    scale: Some(Scale::LogStandard),
                    ..column(Role::Dense)
                },
            ),
            (
                "history",
                ColumnSpec {
                    separator: text("|"),
                    attends_to: text("video_id"),
                    max_len: Some(20),
                    ..column(Role::Sequence)
                },
            ),
            (
                "finish",
                ColumnSpec {
                    positive: text("yes"),
                    ..label(TaskKind::Binary)
                },
            ),
            (
                "watch_secs",
                ColumnSpec {
                    scale: Some(Scale::Standard),
                    ..label(TaskKind::Regression)
                },
            ),
            ("ts", column(Role::Ignore)),
        ];
        columns
            .into_iter()
            .map(|(name, column)| (name.to_owned(), column))
            .collect()
    }

    #[test]
    fn every_key_of_the_example_arrives() {
        let (draft, problems) = parse(EXAMPLE, "e.toml");
        assert_eq!(problems, []);
        let weights = BTreeMap::from([("finish".to_owned(), 2.0), ("watch_secs".to_owned(), 0.5)]);
        let shared = VariantDraft {
            name: "shared, equal".to_owned(),
            tasks: None,
            structure: Choice::named("shared_bottom"),
            bottom: Some(choice(
                "mlp",
                &[("units", ParamValue::Widths(vec![128, 64]))],
            )),
            towers: Some(TowersDraft {
                default: vec![64, 32],
                per_task: BTreeMap::from([("watch_secs".to_owned(), vec![128])]),
            }),
            strategy: choice("manual", &[("weights", ParamValue::PerTask(weights))]),
        };
        let separate = VariantDraft {
            name: "separate".to_owned(),
            structure: Choice::named("separate"),
            strategy: Choice::named("equal"),
            ..VariantDraft::default()
        };
        let expected = Draft {
            name: "short video: does sharing help?".to_owned(),
            seeds: vec![1, 2, 3],
            data: DataDraft {
                paths: vec!["short_video.csv".to_owned()],
                test_paths: Vec::new(),
                header: Some(true),
                missing: Missing::Drop,
                split: SplitSpec {
                    method: SplitMethod::Time,
                    validation: 0.2,
                    test: 0.1,
                    seed: 7,
                    column: Some("date".to_owned()),
                },
                columns: example_columns(),
            },
            training: TrainingDraft {
                epochs: 12,
                batch_size: 2048,
                optimizer: choice("adam", &[("lr", ParamValue::Number(0.002))]),
                schedule: Choice::named("cosine"),
                embedding_dim: 16,
                l2_embedding: 1e-6,
                l2_dnn: 1.0,
                dropout: 0.5,
                activation: "tanh".to_owned(),
                batch_norm: true,
                normalize_weights: true,
                gradient_rows: 0,
                clip_norm: Some(5.0),
                early_stop: Some(3),
                selection: Selection::PerTask,
            },
            variants: vec![shared, separate],
        };
        assert_eq!(draft, expected);
    }

    #[test]
    fn what_is_missing_has_its_default() {
        let (draft, problems) = parse("data.path = [\"a.csv\", 'b.csv']", "some/where/click.toml");
        assert_eq!(problems, []);
        assert_eq!(draft.name, "click");
        assert_eq!(draft.seeds, [1, 2, 3]);
        assert_eq!(draft.data.paths, ["a.csv", "b.csv"]);
        assert_eq!(draft.training, TrainingDraft::default());
        assert_eq!(draft.variants, Draft::default_variants());

        let (draft, problems) = parse("variants = [{ strategy = \"uncertainty\" }, {}]", "e.toml");
        assert_eq!(problems, []);
        let names: Vec<&str> = draft
            .variants
            .iter()
            .map(|variant| variant.name.as_str())
            .collect();
        assert_eq!(
            names,
            ["shared_bottom, uncertainty", "shared_bottom, equal"]
        );
    }

    #[test]
    fn all_problems_are_told_with_their_lines() {
        let text = r#"naem = "x"
seeds = [1, -2]
[data]
pth = "a.csv"
header = "yes"
missing = "imputee"
split = 3
[data.columns]
a = "label"
b = { roll = "label", task = "ranking" }
c = { max_len = 1.5, group = 1 }
[training]
epoch = 3
epochs = "ten"
batch_size = -1
optimizer = 5
schedule = { warmup = 3 }
early_stop = {}
clip_norm = 2024-01-01
[[variants]]
towers = { default = [1, "x"], click = 5 }
strategy = { name = "gradnorm", alpha = [1.5] }
bottom = { name = 3 }
frobnicate = 1
[variants.structure]
name = "mmoe"
deep = { a = "b" }
"#;
        let (draft, problems) = parse(text, "e.toml");
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let expected = [
            "e.toml, line 1: unknown key `naem` at the top of the file (did you mean `name`?)",
            "e.toml, line 2: `seeds` has the wrong type; expected a list of which each is a whole number from 0; found the list [1, -2]",
            "e.toml, line 4: unknown key `pth` in `data` (did you mean `path`?)",
            "e.toml, line 5: `data.header` has the wrong type; expected true or false; found the text \"yes\"",
            "e.toml, line 6: unknown word `imputee` for `data.missing`; expected one of impute, drop (did you mean `impute`?)",
            "e.toml, line 7: `data.split` has the wrong type; expected a table; found the number 3",
            "e.toml, line 9: `data.columns.a` has the wrong type; expected a table such as { role = \"sparse\" }; found the text \"label\"",
            "e.toml, line 10: unknown key `roll` in `data.columns.b` (did you mean `role`?)",
            "e.toml, line 10: unknown word `ranking` for `data.columns.b.task`; expected one of binary, regression",
            "e.toml, line 11: `data.columns.c.max_len` has the wrong type; expected a whole number from 0 to 4294967295; found the number 1.5",
            "e.toml, line 11: `data.columns.c.group` has the wrong type; expected true or false; found the number 1",
            "e.toml, line 13: unknown key `epoch` in `training` (did you mean `epochs`?)",
            "e.toml, line 14: `training.epochs` has the wrong type; expected a whole number from 0 to 4294967295; found the text \"ten\"",
            "e.toml, line 15: `training.batch_size` has the wrong type; expected a whole number from 0 to 4294967295; found the number -1",
            "e.toml, line 16: `training.optimizer` has the wrong type; expected a word or a table such as { name = \"…\" }; found the number 5",
            "e.toml, line 17: missing key `name` in `training.schedule`",
            "e.toml, line 18: missing key `patience` in `training.early_stop`",
            "e.toml, line 19: `training.clip_norm` has the wrong type; expected a number; found the date 2024-01-01",
            "e.toml, line 21: `variants[0].towers.default` has the wrong type; expected a list of whole numbers; found the list [1, \"x\"]",
            "e.toml, line 21: `variants[0].towers.click` has the wrong type; expected a list of whole numbers; found the number 5",
            "e.toml, line 22: `variants[0].strategy.alpha` has the wrong type; expected a number, a word, true or false, a list of whole numbers or of words, or a table of a number for each task; found the list [1.5]",
            "e.toml, line 23: `variants[0].bottom.name` has the wrong type; expected a text; found the number 3",
            "e.toml, line 24: unknown key `frobnicate` in `variants[0]` (known: name, tasks, structure, bottom, towers, strategy)",
            "e.toml, line 27: `variants[0].structure.deep` has the wrong type; expected a number, a word, true or false, a list of whole numbers or of words, or a table of a number for each task; found a table",
        ];
        assert_eq!(told, expected);
        // What is right arrives all the same.
        assert_eq!(draft.variants[0].structure.name, "mmoe");
    }

    #[test]
    fn sections_of_the_wrong_type_are_told() {
        let (_, problems) = parse("data = 1\ntraining = []\nvariants = [1]\n", "e.toml");
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let expected = [
            "e.toml, line 1: `data` has the wrong type; expected a table; found the number 1",
            "e.toml, line 2: `training` has the wrong type; expected a table; found the list []",
            "e.toml, line 3: `variants` has the wrong type; expected a list of tables, each headed by [[variants]]; found the list [1]",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_fault_of_the_syntax_has_line_and_column() {
        let told = |text: &str| {
            let (draft, problems) = parse(text, "e.toml");
            assert_eq!(draft.variants.len(), 2);
            assert_eq!(problems.len(), 1);
            problems[0].to_string()
        };
        assert_eq!(
            told("a = 1\nb = [1, 2\n"),
            "e.toml, line 2, column 10: unclosed array; expected `]`; found the end of the line"
        );
        assert_eq!(
            told("a = 1\nä = 1\n"),
            "e.toml, line 2, column 1: invalid unquoted key; expected letters, numbers, `-`, `_`; found `ä`"
        );
        assert_eq!(
            told("[data\npath = 1"),
            "e.toml, line 1, column 6: unclosed table; expected `]`; found the end of the line"
        );
        assert_eq!(
            told("x = \"abc\ny = 1\n"),
            "e.toml, line 1, column 9: invalid basic string; expected `\"`; found the end of the line"
        );
        assert_eq!(
            told("x = 1\nx = 2\n"),
            "e.toml, line 2, column 1: duplicate key; found `x`"
        );
        assert_eq!(
            told("x = yes\n"),
            "e.toml, line 1, column 5: string values must be quoted; expected literal string; found `yes`"
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_fault() {
        let (draft, problems) = parse("\u{feff}name = \"x\"\nb = 1", "e.toml");
        assert_eq!(draft.name, "x");
        assert_eq!(problems[0].place, "e.toml, line 2");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_a_report() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("e.toml");
        let report = load(&path).unwrap_err();
        assert_eq!(report.exit_status(), 2);
        assert_eq!(report.problems[0].message, "there is no such file");
        let report = load(folder.path()).unwrap_err();
        assert_eq!(report.problems[0].message, "this is a folder");
        // Nothing else is known of a file whose syntax is wrong.
        std::fs::write(&path, "name = ").unwrap();
        let report = load(&path).unwrap_err();
        assert_eq!((report.exit_status(), report.problems.len()), (2, 1));
        assert!(report.problems[0].place.ends_with("line 1, column 8"));
        std::fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
        assert_eq!(
            load(&path).unwrap_err().problems[0].message,
            "not a text file"
        );
        std::fs::write(&path, "name = \"x\"").unwrap();
        let (draft, problems) = load(&path).unwrap();
        assert_eq!((draft.name.as_str(), problems.len()), ("x", 0));
    }
}
