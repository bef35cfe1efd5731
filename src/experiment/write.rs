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
        ("scale", column.scale.map(|scale| word(scale.id()))),
        ("min_count", column.min_count.map(whole)),
        ("group", column.group.then(|| "true".to_owned())),
        ("separator", column.separator.as_ref().map(text)),
        ("attends_to", column.attends_to.as_ref().map(text)),
        ("max_len", column.max_len.map(whole)),
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
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::data::{Missing, Role, Scale, SplitMethod, SplitSpec, TaskKind};
    use crate::experiment::{Selection, parse};

    /// Numbers by lot, the same every time (a linear congruential generator of Knuth's).
    struct Lot(u64);

    impl Lot {
        fn next(&mut self) -> u64 {
            self.0 = self
                .0
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            self.0 >> 11
        }

        fn below(&mut self, end: usize) -> usize {
            (self.next() % end as u64) as usize
        }

        fn flag(&mut self) -> bool {
            self.below(2) == 0
        }

        fn of<T: Copy>(&mut self, all: &[T]) -> T {
            all[self.below(all.len())]
        }

        fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
            self.flag().then(|| make(self))
        }

        fn many<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
            (0..self.below(4)).map(|_| make(self)).collect()
        }

        fn number(&mut self) -> f64 {
            let plain = [
                0.0,
                1.0,
                -2.5,
                1e-5,
                1e16,
                0.1,
                f64::MAX,
                f64::MIN_POSITIVE,
                f64::INFINITY,
            ];
            if self.flag() {
                self.of(&plain)
            } else {
                f64::from_bits(self.next() | 1 << 61)
            }
        }

        fn whole(&mut self) -> u32 {
            self.next() as u32
        }

        fn integer(&mut self) -> i64 {
            self.of(&[0, 1, -7, i64::MAX, i64::MIN, 8192])
        }

        fn word(&mut self) -> String {
            let letters = [
                'a', 'Z', '0', '_', '-', ' ', '.', '"', '\\', '\n', '\t', '\u{7}', '\u{7f}', '€',
                '任', '#', '\'',
            ];
            (0..self.below(8)).map(|_| self.of(&letters)).collect()
        }

        fn widths(&mut self) -> Vec<i64> {
            self.many(Self::integer)
        }

        fn table<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> BTreeMap<String, T> {
            let entries = self.many(|lot| (format!("{}x", lot.word()), make(lot)));
            entries.into_iter().collect()
        }

        fn param(&mut self) -> ParamValue {
            match self.below(6) {
                0 => ParamValue::Number(self.number()),
                1 => ParamValue::Integer(self.integer()),
                2 => ParamValue::Widths(self.widths()),
                3 => ParamValue::Flag(self.flag()),
                4 => ParamValue::Word(self.word()),
                _ => ParamValue::PerTask(self.table(Self::number)),
            }
        }

        fn choice(&mut self) -> Choice {
            Choice {
                name: self.word(),
                params: self.table(Self::param),
            }
        }

        fn column(&mut self) -> ColumnSpec {
            ColumnSpec {
                role: self.maybe(|lot| lot.of(&Role::ALL)),
                task: self.maybe(|lot| lot.of(&TaskKind::ALL)),
                positive: self.maybe(Self::word),
                scale: self.maybe(|lot| lot.of(&Scale::ALL)),
                min_count: self.maybe(Self::whole),
                group: self.flag(),
                separator: self.maybe(Self::word),
                attends_to: self.maybe(Self::word),
                max_len: self.maybe(Self::whole),
            }
        }

        fn draft(&mut self) -> Draft {
            Draft {
                name: self.word(),
                seeds: self.many(|lot| {
                    if lot.flag() {
                        lot.next()
                    } else {
                        u64::MAX - lot.next()
                    }
                }),
                data: DataDraft {
                    paths: self.many(Self::word),
                    test_paths: self.many(Self::word),
                    header: self.maybe(Self::flag),
                    missing: self.of(&Missing::ALL),
                    split: SplitSpec {
                        method: self.of(&SplitMethod::ALL),
                        validation: self.number(),
                        test: self.number(),
                        seed: u64::MAX - self.next(),
                        column: self.maybe(Self::word),
                    },
                    columns: self.table(Self::column),
                },
                training: TrainingDraft {
                    epochs: self.whole(),
                    batch_size: self.whole(),
                    optimizer: self.choice(),
                    schedule: self.choice(),
                    embedding_dim: self.whole(),
                    l2_embedding: self.number(),
                    l2_dnn: self.number(),
                    dropout: self.number(),
                    activation: self.word(),
                    batch_norm: self.flag(),
                    normalize_weights: self.flag(),
                    gradient_rows: self.whole(),
                    clip_norm: self.maybe(Self::number),
                    early_stop: self.maybe(Self::whole),
                    selection: self.of(&Selection::ALL),
                },
                variants: self.many(|lot| VariantDraft {
                    name: lot.word(),
                    structure: lot.choice(),
                    bottom: lot.maybe(Self::choice),
                    towers: lot.maybe(|lot| TowersDraft {
                        default: lot.widths(),
                        per_task: lot.table(Self::widths),
                    }),
                    strategy: lot.choice(),
                }),
            }
        }
    }

    #[test]
    fn any_draft_reads_back_as_it_was() {
        let mut lot = Lot(1);
        for _ in 0..500 {
            let draft = lot.draft();
            let text = write(&draft);
            let (read, problems) = parse(&text, "e.toml");
            assert_eq!(problems, [], "{text}");
            assert_eq!(read, draft, "{text}");
        }
    }

    #[test]
    fn the_text_is_as_a_person_would_write_it() {
        let mut draft = crate::experiment::fixtures::draft();
        let label = ColumnSpec {
            role: Some(Role::Label),
            task: Some(TaskKind::Binary),
            ..ColumnSpec::default()
        };
        draft.data.columns.insert("is click".to_owned(), label);
        let expected = r#"name = "short video"
seeds = [1, 2]

[data]
path = "click.csv"
# test_path: none, the split makes the test rows
# header: found out from the file
missing = "impute"

[data.split]
method = "random"
validation = 0.1
test = 0.1
seed = 0

[data.columns]
"is click" = { role = "label", task = "binary" }
user_id = {}

[training]
epochs = 10
batch_size = 1024
optimizer = { name = "adam" }
schedule = { name = "constant" }
embedding_dim = 8
l2_embedding = 1e-5
l2_dnn = 0.0
dropout = 0.0
activation = "relu"
batch_norm = false
normalize_weights = false
gradient_rows = 1024
# clip_norm: none, gradients are not clipped
# early_stop: never
selection = "common"

[[variants]]
name = "shared, equal"
structure = { name = "shared_bottom" }
bottom = { kind = "mlp", units = [128, 128] }
towers = { default = [64, 32] }
strategy = { name = "equal" }

[[variants]]
name = "separate"
structure = { name = "separate" }
# bottom: that of the first variant
# towers: those of the first variant
strategy = { name = "equal" }
"#;
        assert_eq!(write(&draft), expected);
    }
}
