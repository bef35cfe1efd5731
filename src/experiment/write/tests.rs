//! What is written is read again as it was.

use std::collections::BTreeMap;

use super::*;
use crate::data::{Missing, Pooling, Role, Scale, SplitMethod, SplitSpec, TaskKind};
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
            'a', 'Z', '0', '_', '-', ' ', '.', '"', '\\', '\n', '\t', '\u{7}', '\u{7f}', '€', '任',
            '#', '\'',
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
        match self.below(7) {
            0 => ParamValue::Number(self.number()),
            1 => ParamValue::Integer(self.integer()),
            2 => ParamValue::Widths(self.widths()),
            3 => ParamValue::Flag(self.flag()),
            4 => ParamValue::Word(self.word()),
            // Without a name it would read as no widths.
            5 => ParamValue::Columns([vec![self.word()], self.many(Self::word)].concat()),
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
            after: self.maybe(Self::word),
            scale: self.maybe(|lot| lot.of(&Scale::ALL)),
            min_count: self.maybe(Self::whole),
            group: self.flag(),
            separator: self.maybe(Self::word),
            attends_to: self.maybe(Self::word),
            max_len: self.maybe(Self::whole),
            pooling: self.maybe(|lot| lot.of(&Pooling::ALL)),
            hash_buckets: self.maybe(Self::whole),
            embedding_dim: self.maybe(Self::whole),
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
                tasks: lot.maybe(|lot| lot.many(Self::word)),
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
