//! A column while it grows: whole numbers until a real one comes, numbers until a text comes.

use std::mem;
use std::sync::Arc;

use super::cell::{Cell, classify, is_missing};
use super::dictionary::Dictionary;
use crate::data::{Integers, Reals, Values};

/// A column that is being read.
#[derive(Debug)]
pub(super) struct Builder {
    name: String,
    content: Content,
    /// So many rows are to come in all, as far as that is known.
    expected: usize,
}

#[derive(Debug)]
enum Content {
    /// Nothing but missing cells so far.
    Empty(usize),
    Integer(Integers),
    Real(Reals),
    Text {
        codes: Integers,
        dictionary: Dictionary,
    },
    List {
        offsets: Vec<usize>,
        codes: Vec<u32>,
        dictionary: Dictionary,
    },
}

/// What adding a cell led to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Added {
    /// All is well.
    Fine,
    /// A number column met a text; it has to be read again as text.
    Fell,
    /// The cell is not UTF-8.
    NotText,
}

impl Builder {
    /// An empty column; its type is found out.
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            content: Content::Empty(0),
            expected: 0,
        }
    }

    /// An empty column of text.
    pub(super) fn text(name: String) -> Self {
        Self {
            name,
            content: Content::Text {
                codes: Integers::default(),
                dictionary: Dictionary::default(),
            },
            expected: 0,
        }
    }

    /// An empty column of lists.
    pub(super) fn list(name: String) -> Self {
        let content = Content::List {
            offsets: vec![0],
            codes: Vec::new(),
            dictionary: Dictionary::default(),
        };
        Self {
            name,
            content,
            expected: 0,
        }
    }

    /// Makes room for so many rows in all.
    pub(super) fn expect(&mut self, rows: usize) {
        self.expected = rows;
        match &mut self.content {
            Content::Empty(_) => {}
            Content::Integer(values) => values.expect(rows),
            Content::Real(values) => values.expect(rows),
            Content::Text { codes, .. } => codes.expect(rows),
            Content::List { offsets, .. } => {
                offsets.reserve_exact((rows + 1).saturating_sub(offsets.len()));
            }
        }
    }

    /// The column's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Rows so far.
    pub(super) fn len(&self) -> usize {
        match &self.content {
            Content::Empty(rows) => *rows,
            Content::Integer(values) => values.len(),
            Content::Real(values) => values.len(),
            Content::Text { codes, .. } => codes.len(),
            Content::List { offsets, .. } => offsets.len() - 1,
        }
    }

    /// Whether it holds numbers.
    pub(super) fn is_number(&self) -> bool {
        matches!(self.content, Content::Integer(_) | Content::Real(_))
    }

    /// Adds a cell of a text file.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Added {
        if let Content::Text { codes, dictionary } = &mut self.content {
            if is_missing(bytes) {
                codes.push(None);
                return Added::Fine;
            }
            let code = dictionary.code(bytes);
            codes.push(code.map(i64::from));
            return if code.is_some() {
                Added::Fine
            } else {
                Added::NotText
            };
        }
        match classify(bytes) {
            // In a column that has no number yet this may be a text; only reading again tells.
            Cell::Word if matches!(self.content, Content::Empty(_)) => {
                return self.begin_text(bytes);
            }
            Cell::Missing | Cell::Word => self.add_missing(),
            Cell::Integer(value) => self.add_integer(value),
            Cell::Big(text) => self.add_real(text.parse().unwrap_or(f64::NAN)),
            Cell::Real(value) => self.add_real(value),
            Cell::Text(bytes) if matches!(self.content, Content::Empty(_)) => {
                return self.begin_text(bytes);
            }
            Cell::Text(_) => {
                self.add_missing();
                return Added::Fell;
            }
        }
        Added::Fine
    }

    /// Adds a missing value.
    pub(super) fn add_missing(&mut self) {
        match &mut self.content {
            Content::Empty(rows) => *rows += 1,
            Content::Integer(values) => values.push(None),
            Content::Real(values) => values.push(f64::NAN),
            Content::Text { codes, .. } => codes.push(None),
            Content::List { offsets, codes, .. } => offsets.push(codes.len()),
        }
    }

    /// Adds a whole number.
    pub(super) fn add_integer(&mut self, value: i64) {
        match &mut self.content {
            Content::Empty(rows) => {
                let mut values = Integers::missing(*rows);
                values.expect(self.expected);
                values.push(Some(value));
                self.content = Content::Integer(values);
            }
            Content::Integer(values) => values.push(Some(value)),
            Content::Real(values) => values.push(value as f64),
            Content::Text { .. } | Content::List { .. } => {
                self.add_item(&value.to_string());
            }
        }
    }

    /// Adds a real number.
    pub(super) fn add_real(&mut self, value: f64) {
        let mut reals = match &mut self.content {
            Content::Empty(rows) => Reals::missing(*rows),
            Content::Integer(values) => Reals::of_integers(mem::take(values)),
            Content::Real(values) => {
                values.push(value);
                return;
            }
            Content::Text { .. } | Content::List { .. } => {
                self.add_item(&value.to_string());
                return;
            }
        };
        reals.expect(self.expected);
        reals.push(value);
        self.content = Content::Real(reals);
    }

    /// Adds a text.
    pub(super) fn add_text(&mut self, text: &str) {
        if matches!(self.content, Content::Empty(_)) {
            self.begin_text(text.as_bytes());
        } else {
            self.add_item(text);
        }
    }

    /// Adds a list.
    pub(super) fn add_list<'a>(&mut self, items: impl Iterator<Item = &'a str>) {
        if let Content::List {
            offsets,
            codes,
            dictionary,
        } = &mut self.content
        {
            codes.extend(items.filter_map(|item| dictionary.code(item.as_bytes())));
            offsets.push(codes.len());
        }
    }

    fn add_item(&mut self, text: &str) {
        match &mut self.content {
            Content::Text { codes, dictionary } => {
                codes.push(dictionary.code(text.as_bytes()).map(i64::from));
            }
            Content::List {
                offsets,
                codes,
                dictionary,
            } => {
                codes.extend(dictionary.code(text.as_bytes()));
                offsets.push(codes.len());
            }
            _ => self.add_missing(),
        }
    }

    fn begin_text(&mut self, bytes: &[u8]) -> Added {
        let rows = self.len();
        let mut dictionary = Dictionary::default();
        let code = dictionary.code(bytes);
        let mut codes = Integers::missing(rows);
        codes.expect(self.expected);
        codes.push(code.map(i64::from));
        self.content = Content::Text { codes, dictionary };
        if code.is_some() {
            Added::Fine
        } else {
            Added::NotText
        }
    }

    /// The values.
    pub(super) fn finish(self) -> (String, Values) {
        let values = match self.content {
            Content::Empty(rows) => Values::Real(Arc::new(Reals::missing(rows))),
            Content::Integer(values) => Values::Integer(Arc::new(values)),
            Content::Real(values) => Values::Real(Arc::new(values)),
            Content::Text { codes, dictionary } => Values::Text {
                codes: Arc::new(codes),
                dictionary: Arc::new(dictionary.into_texts()),
            },
            Content::List {
                offsets,
                codes,
                dictionary,
            } => Values::List {
                offsets: Arc::new(offsets),
                codes: Arc::new(codes),
                dictionary: Arc::new(dictionary.into_texts()),
            },
        };
        (self.name, values)
    }
}

/// Text cut into lists; other values stay as they are.
pub(super) fn split_lists(values: Values, separator: &str) -> Values {
    let (Values::Text { codes, dictionary }, false) = (&values, separator.is_empty()) else {
        return values;
    };
    let mut builder = Builder::list(String::new());
    for code in codes.iter() {
        match code.and_then(|code| dictionary.get(code as usize)) {
            Some(text) => builder.add_list(text.split(separator).filter(|item| !item.is_empty())),
            None => builder.add_missing(),
        }
    }
    builder.finish().1
}
