//! The sections of an experiment file, from keys to a draft.

use std::collections::BTreeMap;

use toml_edit::{Item, TableLike, Value};

use super::draft::{DataDraft, Draft, Selection, TowersDraft, TrainingDraft, VariantDraft};
use super::fields::{Fields, Reader, list, number};
use crate::data::{ColumnSpec, Missing, Pooling, Role, Scale, SplitMethod, SplitSpec, TaskKind};
use crate::error::Problem;
use crate::spec::{Choice, ParamValue};

/// The whole file.
pub(super) fn read_draft(top: Fields<'_>, default_name: &str) -> Draft {
    let top = top.allow(&["name", "seeds", "data", "training", "variants"]);
    Draft {
        name: top.text("name").unwrap_or_else(|| default_name.to_owned()),
        seeds: top
            .seeds("seeds")
            .unwrap_or_else(|| Draft::DEFAULT_SEEDS.to_vec()),
        data: top.table("data").map(read_data).unwrap_or_default(),
        training: top.table("training").map(read_training).unwrap_or_default(),
        variants: match top.get("variants") {
            Some(item) => read_variants(top.reader, item),
            None => Draft::default_variants(),
        },
    }
}

fn read_data(data: Fields<'_>) -> DataDraft {
    let data = data.allow(&["path", "test_path", "header", "missing", "split", "columns"]);
    let columns = data.table("columns").map(|columns| {
        let keys = columns.table.iter().filter(|(_, item)| !item.is_none());
        keys.map(|(key, item)| (key.to_owned(), read_column(&columns, key, item)))
            .collect()
    });
    DataDraft {
        paths: data.texts("path").unwrap_or_default(),
        test_paths: data.texts("test_path").unwrap_or_default(),
        header: data.flag("header"),
        missing: data
            .word("missing", &Missing::ALL, Missing::id)
            .unwrap_or_default(),
        split: data.table("split").map(read_split).unwrap_or_default(),
        columns: columns.unwrap_or_default(),
    }
}

fn read_split(split: Fields<'_>) -> SplitSpec {
    let split = split.allow(&["method", "validation", "test", "seed", "column"]);
    let default = SplitSpec::default();
    SplitSpec {
        method: split
            .word("method", &SplitMethod::ALL, SplitMethod::id)
            .unwrap_or(default.method),
        validation: split.number("validation").unwrap_or(default.validation),
        test: split.number("test").unwrap_or(default.test),
        seed: split.seed("seed").unwrap_or(default.seed),
        column: split.text("column"),
    }
}

fn read_column(columns: &Fields<'_>, key: &str, item: &Item) -> ColumnSpec {
    let Some(table) = item.as_table_like() else {
        columns.reader.wrong(
            item,
            &columns.key(key),
            "a table such as { role = \"sparse\" }",
        );
        return ColumnSpec::default();
    };
    let column = Fields {
        reader: columns.reader,
        table,
        path: columns.key(key),
    };
    let column = column.allow(&[
        "role",
        "task",
        "positive",
        "after",
        "scale",
        "min_count",
        "group",
        "separator",
        "attends_to",
        "max_len",
        "pooling",
        "hash_buckets",
        "embedding_dim",
    ]);
    ColumnSpec {
        role: column.word("role", &Role::ALL, Role::id),
        task: column.word("task", &TaskKind::ALL, TaskKind::id),
        positive: read_positive(&column),
        after: column.text("after"),
        scale: column.word("scale", &Scale::ALL, Scale::id),
        min_count: column.whole("min_count"),
        group: column.flag("group").unwrap_or(false),
        separator: column.text("separator"),
        attends_to: column.text("attends_to"),
        max_len: column.whole("max_len"),
        pooling: column.word("pooling", &Pooling::ALL, Pooling::id),
        hash_buckets: column.whole("hash_buckets"),
        embedding_dim: column.whole("embedding_dim"),
    }
}

/// The value that counts as yes; `positive = 1` and `positive = true` are as good as texts.
fn read_positive(column: &Fields<'_>) -> Option<String> {
    match column.get("positive")? {
        Item::Value(Value::Integer(whole)) => Some(whole.value().to_string()),
        Item::Value(Value::Float(number)) => Some(number.value().to_string()),
        Item::Value(Value::Boolean(flag)) => Some(flag.value().to_string()),
        _ => column.text("positive"),
    }
}

fn read_training(training: Fields<'_>) -> TrainingDraft {
    let training = training.allow(&[
        "epochs",
        "batch_size",
        "optimizer",
        "schedule",
        "embedding_dim",
        "l2_embedding",
        "l2_dnn",
        "dropout",
        "activation",
        "batch_norm",
        "normalize_weights",
        "gradient_rows",
        "clip_norm",
        "early_stop",
        "selection",
    ]);
    let default = TrainingDraft::default();
    TrainingDraft {
        epochs: training.whole("epochs").unwrap_or(default.epochs),
        batch_size: training.whole("batch_size").unwrap_or(default.batch_size),
        optimizer: read_choice(&training, "optimizer", "name").unwrap_or(default.optimizer),
        schedule: read_choice(&training, "schedule", "name").unwrap_or(default.schedule),
        embedding_dim: training
            .whole("embedding_dim")
            .unwrap_or(default.embedding_dim),
        l2_embedding: training
            .number("l2_embedding")
            .unwrap_or(default.l2_embedding),
        l2_dnn: training.number("l2_dnn").unwrap_or(default.l2_dnn),
        dropout: training.number("dropout").unwrap_or(default.dropout),
        activation: training.text("activation").unwrap_or(default.activation),
        batch_norm: training.flag("batch_norm").unwrap_or(default.batch_norm),
        normalize_weights: training
            .flag("normalize_weights")
            .unwrap_or(default.normalize_weights),
        gradient_rows: training
            .whole("gradient_rows")
            .unwrap_or(default.gradient_rows),
        clip_norm: training.number("clip_norm"),
        early_stop: training.table("early_stop").and_then(|early_stop| {
            let early_stop = early_stop.allow(&["patience"]);
            if early_stop.get("patience").is_none() {
                note_missing(&training, "early_stop", "patience");
            }
            early_stop.whole("patience")
        }),
        selection: training
            .word("selection", &Selection::ALL, Selection::id)
            .unwrap_or(default.selection),
    }
}

/// A list of tables, be it `[[variants]]` or `variants = [{ … }]`.
fn read_variants(reader: &Reader<'_>, item: &Item) -> Vec<VariantDraft> {
    let tables: Option<Vec<&dyn TableLike>> = match item {
        Item::ArrayOfTables(tables) => {
            Some(tables.iter().map(|table| table as &dyn TableLike).collect())
        }
        Item::Value(Value::Array(array)) => {
            let table = |value: &'_ Value| value.is_inline_table();
            let tables = array.iter().filter_map(Value::as_inline_table);
            array
                .iter()
                .all(table)
                .then(|| tables.map(|table| table as &dyn TableLike).collect())
        }
        _ => None,
    };
    let Some(tables) = tables else {
        reader.wrong(
            item,
            "variants",
            "a list of tables, each headed by [[variants]]",
        );
        return Vec::new();
    };
    let fields = tables.into_iter().enumerate();
    fields
        .map(|(index, table)| Fields {
            reader,
            table,
            path: format!("variants[{index}]"),
        })
        .map(read_variant)
        .collect()
}

fn read_variant(variant: Fields<'_>) -> VariantDraft {
    let variant = variant.allow(&["name", "tasks", "structure", "bottom", "towers", "strategy"]);
    let structure = read_choice(&variant, "structure", "name");
    let strategy = read_choice(&variant, "strategy", "name");
    let structure = structure.unwrap_or_else(|| Choice::named("shared_bottom"));
    let strategy = strategy.unwrap_or_else(|| Choice::named("equal"));
    let default_name = || format!("{}, {}", structure.name, strategy.name);
    VariantDraft {
        name: variant.text("name").unwrap_or_else(default_name),
        tasks: variant.texts("tasks"),
        bottom: read_choice(&variant, "bottom", "kind"),
        towers: variant.table("towers").as_ref().map(read_towers),
        structure,
        strategy,
    }
}

fn read_towers(towers: &Fields<'_>) -> TowersDraft {
    let tasks = towers
        .table
        .iter()
        .filter(|(key, item)| *key != "default" && !item.is_none());
    let per_task = tasks
        .filter_map(|(task, _)| towers.widths(task).map(|widths| (task.to_owned(), widths)))
        .collect();
    let default = towers.widths("default");
    TowersDraft {
        default: default.unwrap_or_else(|| VariantDraft::default_towers().default),
        per_task,
    }
}

/// A registry entry: a word, or a table of its name and parameters.
fn read_choice(parent: &Fields<'_>, key: &str, name_key: &str) -> Option<Choice> {
    let item = parent.get(key)?;
    if let Some(name) = item.as_str() {
        return Some(Choice::named(name));
    }
    let Some(table) = item.as_table_like() else {
        let expected = format!("a word or a table such as {{ {name_key} = \"…\" }}");
        parent.reader.wrong(item, &parent.key(key), expected);
        return None;
    };
    let choice = Fields {
        reader: parent.reader,
        table,
        path: parent.key(key),
    };
    // `kind` and `name` are easily mixed up, and no parameter is called so.
    let Some(name_key) = [name_key, "name", "kind"]
        .into_iter()
        .find(|&key| choice.get(key).is_some())
    else {
        note_missing(parent, key, name_key);
        return None;
    };
    let name = choice.text(name_key)?;
    let mut params = BTreeMap::new();
    for (param, item) in table
        .iter()
        .filter(|(param, item)| *param != name_key && !item.is_none())
    {
        if let Some(value) = param_value(item) {
            params.insert(param.to_owned(), value);
        } else {
            let expected = "a number, a word, true or false, a list of whole numbers or of words, \
                or a table of a number for each task";
            choice.reader.wrong(item, &choice.key(param), expected);
        }
    }
    Some(Choice { name, params })
}

fn param_value(item: &Item) -> Option<ParamValue> {
    match item {
        Item::Value(Value::Integer(whole)) => Some(ParamValue::Integer(*whole.value())),
        Item::Value(Value::Float(number)) => Some(ParamValue::Number(*number.value())),
        Item::Value(Value::Boolean(flag)) => Some(ParamValue::Flag(*flag.value())),
        Item::Value(Value::String(word)) => Some(ParamValue::Word(word.value().clone())),
        // An empty list is either.
        Item::Value(Value::Array(_)) => match list(item, Value::as_integer) {
            Some(widths) => Some(ParamValue::Widths(widths)),
            None => list(item, |entry| entry.as_str().map(str::to_owned)).map(ParamValue::Columns),
        },
        _ => {
            let entries = item.as_table_like()?.iter();
            let numbers = entries.map(|(task, item)| Some((task.to_owned(), number(item)?)));
            numbers.collect::<Option<_>>().map(ParamValue::PerTask)
        }
    }
}

fn note_missing(parent: &Fields<'_>, key: &str, missing: &str) {
    let problem = Problem::new(
        "",
        format!("missing key `{missing}` in `{}`", parent.key(key)),
    );
    parent.reader.note(parent.key_span(key), problem);
}
