//! A strategy's help, file, results and report say what its registry entry says, and nothing has to be added for them.
#![expect(clippy::unwrap_used, reason = "a helper that fails ends its test")]

use std::process::Command;
use std::sync::Arc;

use mtl_lab::data::synth::{ShortVideoRecipe, short_video};
use mtl_lab::experiment::{self, Draft, Plan, VariantDraft, param_text};
use mtl_lab::lab::{self, Prepared};
use mtl_lab::report::{Format, render};
use mtl_lab::results::{Folder, Results};
use mtl_lab::spec::{Choice, ParamKind, ParamValue, Spec};
use mtl_lab::strategy::STRATEGIES;
use serde_json::{Value, json};

fn specs() -> impl Iterator<Item = &'static Spec> {
    STRATEGIES.iter().map(|entry| entry.spec())
}

/// The label of this kind in the experiments below.
fn label(kind: &str) -> &'static str {
    match kind {
        "binary" => "click",
        _ => "watch_secs",
    }
}

/// A value in the range of a parameter that is not its default.
fn another(kind: &ParamKind) -> ParamValue {
    let within = |default: f64, min: f64, max: f64| {
        if default < max {
            f64::midpoint(default, max.min(default + 1.0))
        } else {
            f64::midpoint(default, min.max(default - 1.0))
        }
    };
    match *kind {
        ParamKind::Number { default, min, max } => ParamValue::Number(within(default, min, max)),
        ParamKind::Integer { default, max, .. } => ParamValue::Integer(if default < max {
            default + 1
        } else {
            default - 1
        }),
        ParamKind::Widths { min, .. } => ParamValue::Widths(vec![min, min]),
        ParamKind::Flag { default } => ParamValue::Flag(!default),
        ParamKind::Choice { default, options } => {
            let other = options.iter().find(|option| **option != default);
            ParamValue::Word((*other.unwrap_or(&default)).to_owned())
        }
        ParamKind::Task { kind } => ParamValue::Word(label(kind).to_owned()),
        ParamKind::Columns => ParamValue::Columns(vec!["user".to_owned()]),
        ParamKind::PerTask { default, min, max } => {
            let tasks = ["click", "watch_secs"].map(str::to_owned);
            let value = within(default, min, max);
            ParamValue::PerTask(tasks.into_iter().map(|task| (task, value)).collect())
        }
    }
}

/// The strategy with another value for each of its parameters.
fn choice(spec: &Spec) -> Choice {
    let params = spec.params.iter();
    Choice {
        name: spec.id.to_owned(),
        params: params
            .map(|param| (param.name.to_owned(), another(&param.kind)))
            .collect(),
    }
}

/// An experiment with two labels and a variant for each of these.
fn draft(choices: impl Iterator<Item = Choice>) -> Draft {
    let text = "
        [data]
        path = \"made-up\"
        [data.columns]
        click = { role = \"label\", task = \"binary\" }
        finish = { role = \"ignore\" }
        like = { role = \"ignore\" }
        share = { role = \"ignore\" }
        watch_secs = { role = \"label\", task = \"regression\" }
    ";
    let (mut draft, problems) = experiment::parse(text, "test.toml");
    assert!(problems.is_empty(), "{problems:?}");
    let shared = draft.variants[0].clone();
    let variants = choices.map(|strategy| VariantDraft {
        name: format!("by {}", strategy.name),
        strategy,
        ..shared.clone()
    });
    draft.variants = variants.collect();
    draft
}

fn plan(draft: &Draft) -> Plan {
    let prepared = Prepared {
        table: Arc::new(short_video(&ShortVideoRecipe { rows: 500, seed: 3 })),
        num_test_rows: 0,
        warnings: Vec::new(),
    };
    lab::plan(draft, prepared).unwrap()
}

/// A parameter's value in JSON.
fn in_json(value: &ParamValue) -> Value {
    match value {
        ParamValue::Number(number) => json!(number),
        ParamValue::Integer(whole) => json!(whole),
        ParamValue::Widths(widths) => json!(widths),
        ParamValue::Flag(flag) => json!(flag),
        ParamValue::Word(word) => json!(word),
        ParamValue::Columns(names) => json!(names),
        ParamValue::PerTask(numbers) => json!(numbers),
    }
}

/// Text as a page shows it.
fn shown(page: &str) -> String {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x2f;", "/"),
        ("&amp;", "&"),
    ];
    let text = page.to_owned();
    entities
        .iter()
        .fold(text, |text, (entity, letter)| text.replace(entity, letter))
}

#[test]
fn the_help_has_every_word_of_an_entry() {
    let list = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mtl-lab"));
        command.args(["list", "strategies"]).args(words);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let (text, json) = (list(&[]), list(&["--json"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    let entries = json["strategies"].as_array().unwrap();
    assert_eq!(entries.len(), STRATEGIES.len());
    for (spec, entry) in specs().zip(entries) {
        assert!(text.contains(spec.summary), "{}", spec.id);
        for (key, value) in [
            ("name", spec.id),
            ("label", spec.label),
            ("summary", spec.summary),
            ("formula", spec.formula),
        ] {
            assert_eq!(entry[key], value, "{}", spec.id);
        }
        let paper = spec.paper.map_or(Value::Null, |paper| {
            assert!(text.contains(paper.citation) && text.contains(paper.url));
            json!({ "citation": paper.citation, "url": paper.url })
        });
        assert_eq!(entry["paper"], paper, "{}", spec.id);
        let parameters = entry["parameters"].as_array().unwrap();
        assert_eq!(parameters.len(), spec.params.len(), "{}", spec.id);
        for (param, entry) in spec.params.iter().zip(parameters) {
            let place = format!("{}: {}", spec.id, param.name);
            assert!(text.contains(param.meaning), "{place}");
            assert_eq!(entry["name"], param.name, "{place}");
            assert_eq!(entry["meaning"], param.meaning, "{place}");
            let (default, range) = (entry["default"].as_str(), entry["range"].as_str());
            let (default, range) = (default.unwrap(), range.unwrap());
            match param.kind {
                ParamKind::Number {
                    default: number,
                    min,
                    max,
                }
                | ParamKind::PerTask {
                    default: number,
                    min,
                    max,
                } => {
                    assert_eq!(default.parse(), Ok(number), "{place}");
                    assert!(
                        range.ends_with(&format!("{min} to {max}")),
                        "{place}: {range}"
                    );
                }
                ParamKind::Integer {
                    default: whole,
                    min,
                    max,
                } => {
                    assert_eq!(default.parse(), Ok(whole), "{place}");
                    assert_eq!(range, format!("{min} to {max}"), "{place}");
                }
                ParamKind::Choice {
                    default: word,
                    options,
                } => {
                    assert_eq!(default, word, "{place}");
                    assert!(
                        options.iter().all(|option| range.contains(option)),
                        "{place}"
                    );
                }
                ParamKind::Task { kind } => {
                    assert!(default.contains(kind) && range.contains(kind), "{place}");
                }
                ParamKind::Widths { min, max, .. } => {
                    assert_eq!(range, format!("each {min} to {max}"), "{place}");
                }
                ParamKind::Flag { default: flag } => {
                    assert_eq!(default.parse(), Ok(flag), "{place}");
                }
                ParamKind::Columns => {
                    assert_eq!(default, "none", "{place}");
                    assert!(range.contains("sparse and dense columns"), "{place}");
                }
            }
        }
    }
}

#[test]
fn a_file_with_every_parameter_reads_back_equal() {
    let draft = draft(specs().map(choice));
    let text = experiment::write(&draft);
    for param in specs().flat_map(|spec| spec.params) {
        let entry = format!("{} = {}", param.name, param_text(&another(&param.kind)));
        assert!(text.contains(&entry), "{entry}");
    }
    let (again, problems) = experiment::parse(&text, "test.toml");
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(again, draft);
    // Nothing in it is refused or changed on the way to training.
    let plan = plan(&draft);
    for (variant, choice) in plan.variants().iter().zip(specs().map(choice)) {
        assert_eq!(variant.strategy, choice);
    }
}

#[test]
fn the_results_name_the_parameters_in_force() {
    let of = |choices: Vec<Choice>| {
        let folder = tempfile::tempdir().unwrap();
        let results = Results::for_plan(&plan(&draft(choices.into_iter())));
        let none: [Value; 0] = [];
        let written = Folder::create(folder.path()).unwrap();
        written.write_summary(&results, &none).unwrap();
        let text = std::fs::read_to_string(folder.path().join("results.json")).unwrap();
        let summary: Value = serde_json::from_str(&text).unwrap();
        summary["variants"].as_array().unwrap().clone()
    };
    let set = of(specs().map(choice).collect());
    let unset = of(specs().map(|spec| Choice::named(spec.id)).collect());
    for ((spec, set), unset) in specs().zip(set).zip(unset) {
        for variant in [&set, &unset] {
            assert_eq!(variant["strategy"], spec.id);
            let parameters = variant["strategy_parameters"].as_object().unwrap();
            assert_eq!(parameters.len(), spec.params.len(), "{}", spec.id);
        }
        for param in spec.params {
            let place = format!("{}: {}", spec.id, param.name);
            let found = |variant: &Value| variant["strategy_parameters"][param.name].clone();
            assert_eq!(found(&set), in_json(&another(&param.kind)), "{place}");
            let default = match param.kind {
                ParamKind::PerTask { default, .. } => {
                    json!({ "click": default, "watch_secs": default })
                }
                ParamKind::Task { kind } => json!(label(kind)),
                kind => in_json(&kind.default_value()),
            };
            assert_eq!(found(&unset), default, "{place}");
        }
    }
}

#[test]
fn the_report_says_what_a_strategy_is_and_how_it_was_set() {
    for spec in specs() {
        let plan = plan(&draft([choice(spec)].into_iter()));
        let results = Results::for_plan(&plan);
        let page = shown(&render(Format::Html, &results, &[]).unwrap());
        let text = render(Format::Markdown, &results, &[]).unwrap();
        let plain = text.replace('\\', "");
        for (format, page) in [("html", &page), ("md", &shown(&plain))] {
            let place = format!("{}, {format}", spec.id);
            let mut words = vec![spec.label, spec.summary, spec.formula];
            words.extend(
                spec.paper
                    .iter()
                    .flat_map(|paper| [paper.citation, paper.url]),
            );
            for param in spec.params {
                words.extend([param.name, param.meaning]);
                let value = param_text(&another(&param.kind));
                assert!(page.contains(&value), "{place}: {value}");
            }
            for word in words {
                assert!(page.contains(word), "{place}: {word}");
            }
        }
        let link = spec
            .paper
            .map_or_else(String::new, |paper| format!("({})", paper.url));
        assert!(text.contains(&link), "{}: {link}", spec.id);
    }
}
