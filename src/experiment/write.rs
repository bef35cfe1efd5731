//! Writing an experiment file: every default written out, and reading it gives the same draft again.

use super::draft::{DataDraft, Draft, TowersDraft, TrainingDraft, VariantDraft};
use crate::data::ColumnSpec;
use crate::spec::{Choice, ParamValue};

/// The text of an experiment file.
pub fn write(draft: &Draft) -> String {
    let mut lines = Lines::default();
    lines.entry("name", &quoted(&draft.name));
    lines.entry(
        "seeds",
        &list(draft.seeds.iter().map(|&seed| seed_text(seed))),
    );
    if draft.variants.is_empty() {
        // Without this line the file would have the two default variants.
        lines.entry("variants", "[]");
    }
    write_data(&mut lines, &draft.data);
    write_training(&mut lines, &draft.training);
    for (index, variant) in draft.variants.iter().enumerate() {
        write_variant(&mut lines, index, variant);
    }
    lines.0
}

fn write_data(lines: &mut Lines, data: &DataDraft) {
    lines.head("[data]");
    lines.entry("path", &paths(&data.paths));
    if data.test_paths.is_empty() {
        lines.note("test_path: none, the split makes the test rows");
    } else {
        lines.entry("test_path", &paths(&data.test_paths));
    }
    match data.header {
        Some(header) => lines.entry("header", &header.to_string()),
        None => lines.note("header: found out from the file"),
    }
    lines.entry("missing", &quoted(data.missing.id()));

    let split = &data.split;
    lines.head("[data.split]");
    lines.entry("method", &quoted(split.method.id()));
    lines.entry("validation", &number(split.validation));
    lines.entry("test", &number(split.test));
    lines.entry("seed", &seed_text(split.seed));
    if let Some(column) = &split.column {
        lines.entry("column", &quoted(column));
    }

    if !data.columns.is_empty() {
        lines.head("[data.columns]");
        for (name, column) in &data.columns {
            lines.entry(&key(name), &column_table(column));
        }
    }
}

fn column_table(column: &ColumnSpec) -> String {
    let word = |id: &'static str| quoted(id);
    let whole = |number: u32| number.to_string();
    let text = |text: &String| quoted(text);
    let entries = [
        ("role", column.role.map(|role| word(role.id()))),
        ("task", column.task.map(|task| word(task.id()))),
        ("positive", column.positive.as_ref().map(text)),
        ("after", column.after.as_ref().map(text)),
        ("scale", column.scale.map(|scale| word(scale.id()))),
        ("min_count", column.min_count.map(whole)),
        ("group", column.group.then(|| "true".to_owned())),
        ("separator", column.separator.as_ref().map(text)),
        ("attends_to", column.attends_to.as_ref().map(text)),
        ("max_len", column.max_len.map(whole)),
        ("pooling", column.pooling.map(|way| word(way.id()))),
        ("hash_buckets", column.hash_buckets.map(whole)),
        ("embedding_dim", column.embedding_dim.map(whole)),
    ];
    let set = entries
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    table(set)
}

fn write_training(lines: &mut Lines, training: &TrainingDraft) {
    lines.head("[training]");
    lines.entry("epochs", &training.epochs.to_string());
    lines.entry("batch_size", &training.batch_size.to_string());
    lines.entry("optimizer", &choice_table("name", &training.optimizer));
    lines.entry("schedule", &choice_table("name", &training.schedule));
    lines.entry("embedding_dim", &training.embedding_dim.to_string());
    lines.entry("l2_embedding", &number(training.l2_embedding));
    lines.entry("l2_dnn", &number(training.l2_dnn));
    lines.entry("dropout", &number(training.dropout));
    lines.entry("activation", &quoted(&training.activation));
    lines.entry("batch_norm", &training.batch_norm.to_string());
    let normalize = training.normalize_weights.to_string();
    lines.entry("normalize_weights", &normalize);
    lines.entry("gradient_rows", &training.gradient_rows.to_string());
    match training.clip_norm {
        Some(clip_norm) => lines.entry("clip_norm", &number(clip_norm)),
        None => lines.note("clip_norm: none, gradients are not clipped"),
    }
    match training.early_stop {
        Some(patience) => lines.entry("early_stop", &format!("{{ patience = {patience} }}")),
        None => lines.note("early_stop: never"),
    }
    lines.entry("selection", &quoted(training.selection.id()));
}

fn write_variant(lines: &mut Lines, index: usize, variant: &VariantDraft) {
    lines.head("[[variants]]");
    lines.entry("name", &quoted(&variant.name));
    if let Some(tasks) = &variant.tasks {
        lines.entry("tasks", &list(tasks.iter().map(|task| quoted(task))));
    }
    lines.entry("structure", &choice_table("name", &variant.structure));
    match &variant.bottom {
        Some(bottom) => lines.entry("bottom", &choice_table("kind", bottom)),
        None if index > 0 => lines.note("bottom: that of the first variant"),
        None => {}
    }
    match &variant.towers {
        Some(towers) => lines.entry("towers", &towers_table(towers)),
        None if index > 0 => lines.note("towers: those of the first variant"),
        None => {}
    }
    lines.entry("strategy", &choice_table("name", &variant.strategy));
}

fn towers_table(towers: &TowersDraft) -> String {
    let default = ("default".to_owned(), widths(&towers.default));
    let tasks = towers
        .per_task
        .iter()
        .map(|(task, units)| (key(task), widths(units)));
    table([default].into_iter().chain(tasks))
}

fn choice_table(name_key: &str, choice: &Choice) -> String {
    let name = (name_key.to_owned(), quoted(&choice.name));
    let params = choice
        .params
        .iter()
        .map(|(name, value)| (key(name), param_text(value)));
    table([name].into_iter().chain(params))
}

/// A parameter's value as it stands in the file.
pub fn param_text(value: &ParamValue) -> String {
    match value {
        ParamValue::Number(value) => number(*value),
        ParamValue::Integer(whole) => whole.to_string(),
        ParamValue::Widths(units) => widths(units),
        ParamValue::Flag(flag) => flag.to_string(),
        ParamValue::Word(word) => quoted(word),
        ParamValue::Columns(names) => list(names.iter().map(|name| quoted(name))),
        ParamValue::PerTask(numbers) => table(
            numbers
                .iter()
                .map(|(task, value)| (key(task), number(*value))),
        ),
    }
}

/// Text that grows line by line.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn entry(&mut self, key: &str, value: &str) {
        self.add(&[key, " = ", value]);
    }

    fn head(&mut self, head: &str) {
        self.add(&["\n", head]);
    }

    /// Says what an absent key means.
    fn note(&mut self, note: &str) {
        self.add(&["# ", note]);
    }

    fn add(&mut self, pieces: &[&str]) {
        self.0.extend(pieces.iter().copied());
        self.0.push('\n');
    }
}

fn paths(paths: &[String]) -> String {
    match paths {
        [path] => quoted(path),
        _ => list(paths.iter().map(|path| quoted(path))),
    }
}

fn widths(units: &[i64]) -> String {
    list(units.iter().map(ToString::to_string))
}

fn list(entries: impl Iterator<Item = String>) -> String {
    format!("[{}]", entries.collect::<Vec<_>>().join(", "))
}

fn table(entries: impl IntoIterator<Item = (String, String)>) -> String {
    let entries: Vec<String> = entries
        .into_iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    if entries.is_empty() {
        "{}".to_owned()
    } else {
        format!("{{ {} }}", entries.join(", "))
    }
}

/// The format holds whole numbers up to 2⁶³ − 1; a larger seed goes as a text.
fn seed_text(seed: u64) -> String {
    if i64::try_from(seed).is_ok() {
        seed.to_string()
    } else {
        format!("\"{seed}\"")
    }
}

/// The shortest digits that give the same number, always with a point or an exponent.
fn number(value: f64) -> String {
    if value.is_nan() {
        "nan".to_owned()
    } else {
        format!("{value:?}")
    }
}

fn key(name: &str) -> String {
    let bare = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        quoted(name)
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            letter if letter.is_control() => {
                quoted.extend(format!("\\u{:04X}", letter as u32).chars());
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests;
