//! The keys of one table of an experiment file, read one by one; what is wrong is noted with its line and reading goes on.

use std::cell::RefCell;
use std::ops::Range;

use toml_edit::{Item, TableLike, Value};

use super::nearest::suggestion;
use crate::error::Problem;

/// The text that is read and what was found wrong with it.
pub(super) struct Reader<'a> {
    file_name: &'a str,
    text: &'a str,
    problems: RefCell<Vec<(usize, Problem)>>,
}

impl<'a> Reader<'a> {
    /// Nothing found yet.
    pub fn new(file_name: &'a str, text: &'a str) -> Self {
        Self {
            file_name,
            text,
            problems: RefCell::default(),
        }
    }

    /// Notes a problem, whose place becomes the line where `span` begins.
    pub fn note(&self, span: Option<Range<usize>>, mut problem: Problem) {
        let start = span.map(|span| span.start);
        problem.place = match start {
            Some(start) => format!("{}, line {}", self.file_name, self.line_and_column(start).0),
            None => self.file_name.to_owned(),
        };
        self.problems
            .borrow_mut()
            .push((start.unwrap_or(0), problem));
    }

    /// Line and column from 1, the column in characters.
    pub fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before
            .chars()
            .rev()
            .take_while(|&letter| letter != '\n')
            .count()
            + 1;
        (line, column)
    }

    /// All problems in the order of the lines.
    pub fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|(start, _)| *start);
        problems.into_iter().map(|(_, problem)| problem).collect()
    }

    /// Notes a value of the wrong type.
    pub fn wrong(&self, item: &Item, key: &str, expected: impl Into<String>) {
        let problem = Problem::new("", format!("`{key}` has the wrong type"));
        self.note(
            item.span(),
            problem.expected(expected).found(describe(item)),
        );
    }

    /// Notes a word that is none of `known`.
    pub fn unknown_word(&self, item: &Item, key: &str, word: &str, known: &[&str]) {
        let problem = Problem::new("", format!("unknown word `{word}` for `{key}`"));
        let problem = problem.expected(format!("one of {}", known.join(", ")));
        let near = super::nearest::nearest(word, known.iter().copied());
        let problem = match near {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        };
        self.note(item.span(), problem);
    }
}

/// One table with the path of its keys.
pub(super) struct Fields<'a> {
    /// Where problems go.
    pub reader: &'a Reader<'a>,
    /// The table.
    pub table: &'a dyn TableLike,
    /// Such as `training`; empty at the top.
    pub path: String,
}

impl<'a> Fields<'a> {
    /// The keys of `item`, or `None` (and a problem) if it is no table.
    pub fn of(reader: &'a Reader<'a>, item: &'a Item, path: String) -> Option<Self> {
        let table = item.as_table_like();
        if table.is_none() {
            reader.wrong(item, &path, "a table");
        }
        table.map(|table| Self {
            reader,
            table,
            path,
        })
    }

    /// Notes every key that is none of `known`.
    pub fn allow(self, known: &[&str]) -> Self {
        for (key, item) in self.table.iter() {
            if known.contains(&key) || item.is_none() {
                continue;
            }
            let place = if self.path.is_empty() {
                "at the top of the file".to_owned()
            } else {
                format!("in `{}`", self.path)
            };
            let problem = Problem::new("", format!("unknown key `{key}` {place}"));
            let problem = problem.help(suggestion(key, known.iter().copied()));
            self.reader.note(self.key_span(key), problem);
        }
        self
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&'a Item> {
        self.table.get(key).filter(|item| !item.is_none())
    }

    /// The key with the path before it.
    pub fn key(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Where a key stands.
    pub fn key_span(&self, key: &str) -> Option<Range<usize>> {
        let (key, item) = self.table.get_key_value(key)?;
        key.span().or_else(|| item.span())
    }

    /// The table under a key.
    pub fn table(&self, key: &str) -> Option<Self> {
        Self::of(self.reader, self.get(key)?, self.key(key))
    }

    /// A text.
    pub fn text(&self, key: &str) -> Option<String> {
        self.read(key, "a text", |item| item.as_str().map(str::to_owned))
    }

    /// True or false.
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.read(key, "true or false", Item::as_bool)
    }

    /// A real number; a whole one will do.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.read(key, "a number", number)
    }

    /// A whole number that fits 32 bits without a sign.
    pub fn whole(&self, key: &str) -> Option<u32> {
        self.read(
            key,
            &format!("a whole number from 0 to {}", u32::MAX),
            |item| {
                item.as_integer()
                    .and_then(|whole| u32::try_from(whole).ok())
            },
        )
    }

    /// A seed: a whole number, as a text where it is beyond what the format can hold.
    pub fn seed(&self, key: &str) -> Option<u64> {
        self.read(key, SEED, seed)
    }

    /// One of several words.
    pub fn word<T: Copy>(&self, key: &str, all: &[T], id: fn(T) -> &'static str) -> Option<T> {
        let word = self.text(key)?;
        let found = all.iter().copied().find(|&entry| id(entry) == word);
        if found.is_none() {
            let known: Vec<&str> = all.iter().map(|&entry| id(entry)).collect();
            if let Some(item) = self.get(key) {
                self.reader
                    .unknown_word(item, &self.key(key), &word, &known);
            }
        }
        found
    }

    /// A text or a list of texts.
    pub fn texts(&self, key: &str) -> Option<Vec<String>> {
        self.read(key, "a text or a list of texts", |item| {
            match item.as_str() {
                Some(text) => Some(vec![text.to_owned()]),
                None => list(item, |value| value.as_str().map(str::to_owned)),
            }
        })
    }

    /// A list of seeds.
    pub fn seeds(&self, key: &str) -> Option<Vec<u64>> {
        self.read(key, &format!("a list of which each is {SEED}"), |item| {
            list(item, |value| seed(&Item::Value(value.clone())))
        })
    }

    /// A list of whole numbers.
    pub fn widths(&self, key: &str) -> Option<Vec<i64>> {
        self.read(key, "a list of whole numbers", |item| {
            list(item, Value::as_integer)
        })
    }

    fn read<T>(
        &self,
        key: &str,
        expected: &str,
        take: impl FnOnce(&Item) -> Option<T>,
    ) -> Option<T> {
        let item = self.get(key)?;
        let value = take(item);
        if value.is_none() {
            self.reader.wrong(item, &self.key(key), expected);
        }
        value
    }
}

const SEED: &str = "a whole number from 0";

/// A real or whole number.
pub(super) fn number(item: &Item) -> Option<f64> {
    item.as_float()
        .or_else(|| item.as_integer().map(|whole| whole as f64))
}

/// All entries of a list, or `None` if one of them is not what is wanted.
pub(super) fn list<T>(item: &Item, take: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    item.as_array()?.iter().map(take).collect()
}

fn seed(item: &Item) -> Option<u64> {
    match item.as_str() {
        Some(text) => text.parse().ok(),
        None => item
            .as_integer()
            .and_then(|whole| u64::try_from(whole).ok()),
    }
}

/// A value as a message names it.
fn describe(item: &Item) -> String {
    let list = |entries: Vec<String>| format!("the list [{}]", entries.join(", "));
    match item {
        Item::None => "nothing".to_owned(),
        Item::Value(Value::String(text)) => format!("the text {:?}", text.value()),
        Item::Value(Value::Integer(whole)) => format!("the number {}", whole.value()),
        Item::Value(Value::Float(number)) => format!("the number {:?}", number.value()),
        Item::Value(Value::Boolean(flag)) => flag.value().to_string(),
        Item::Value(Value::Datetime(date)) => format!("the date {}", date.value()),
        Item::Value(Value::Array(array)) if array.len() <= 16 => list(
            array
                .iter()
                .map(|value| value.to_string().trim().to_owned())
                .collect(),
        ),
        Item::Value(Value::Array(array)) => format!("a list of {} values", array.len()),
        Item::Value(Value::InlineTable(_)) | Item::Table(_) => "a table".to_owned(),
        Item::ArrayOfTables(_) => "a list of tables".to_owned(),
    }
}
