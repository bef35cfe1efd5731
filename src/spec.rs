//! What a registry entry tells of itself: forms, help, the experiment file and the report are generated from it.

use std::collections::BTreeMap;

/// A structure, bottom, strategy, metric or optimizer as the user meets it.
#[derive(Debug)]
pub struct Spec {
    /// The name in files and on the command line, `snake_case`.
    pub id: &'static str,
    /// The name on the screen, sentence case.
    pub label: &'static str,
    /// One line without a full stop.
    pub summary: &'static str,
    /// The formula in plain mathematics; empty where there is none.
    pub formula: &'static str,
    /// Title, authors, year and link of the source; `None` for what has no paper.
    pub paper: Option<Paper>,
    /// The parameters in the order of the form.
    pub params: &'static [ParamSpec],
}

impl Spec {
    /// The words that a parameter may have; `None` if there is no such choice.
    pub fn words_of(&self, name: &str) -> Option<&'static [&'static str]> {
        self.params.iter().find_map(|param| match param.kind {
            ParamKind::Choice { options, .. } if param.name == name => Some(options),
            _ => None,
        })
    }
}

/// Where a method comes from.
#[derive(Clone, Copy, Debug)]
pub struct Paper {
    /// Authors, title, venue and year.
    pub citation: &'static str,
    /// An https link.
    pub url: &'static str,
}

/// One parameter of a registry entry.
#[derive(Debug)]
pub struct ParamSpec {
    /// The key in the experiment file.
    pub name: &'static str,
    /// What it does, one line without a full stop.
    pub meaning: &'static str,
    /// Its type with default and range.
    pub kind: ParamKind,
}

/// The type of a parameter, with its default and range (both ends included).
#[derive(Clone, Copy, Debug)]
pub enum ParamKind {
    /// A real number.
    Number {
        /// What a missing key stands for.
        default: f64,
        /// The least value.
        min: f64,
        /// The greatest value.
        max: f64,
    },
    /// A whole number.
    Integer {
        /// What a missing key stands for.
        default: i64,
        /// The least value.
        min: i64,
        /// The greatest value.
        max: i64,
    },
    /// Layer widths, such as `[128, 64]`.
    Widths {
        /// What a missing key stands for.
        default: &'static [i64],
        /// The least width.
        min: i64,
        /// The greatest width.
        max: i64,
    },
    /// On or off.
    Flag {
        /// What a missing key stands for.
        default: bool,
    },
    /// One of several words.
    Choice {
        /// What a missing key stands for.
        default: &'static str,
        /// Every word allowed.
        options: &'static [&'static str],
    },
    /// The name of a label; empty: the first of its kind.
    Task {
        /// `binary` or `regression`.
        kind: &'static str,
    },
    /// The names of sparse and dense columns; none unless they are named.
    Columns,
    /// A number for each task by name; a task that is not named has the default.
    PerTask {
        /// What a task that is not named has.
        default: f64,
        /// The least value.
        min: f64,
        /// The greatest value.
        max: f64,
    },
}

impl ParamKind {
    /// The value that a missing key stands for.
    pub fn default_value(&self) -> ParamValue {
        match *self {
            Self::Number { default, .. } => ParamValue::Number(default),
            Self::Integer { default, .. } => ParamValue::Integer(default),
            Self::Widths { default, .. } => ParamValue::Widths(default.to_vec()),
            Self::Flag { default } => ParamValue::Flag(default),
            Self::Choice { default, .. } => ParamValue::Word(default.to_owned()),
            Self::Task { .. } => ParamValue::Word(String::new()),
            Self::Columns => ParamValue::Columns(Vec::new()),
            Self::PerTask { .. } => ParamValue::PerTask(BTreeMap::new()),
        }
    }

    /// The default in words.
    pub fn default_text(&self) -> String {
        match *self {
            Self::Number { default, .. } | Self::PerTask { default, .. } => default.to_string(),
            Self::Integer { default, .. } => default.to_string(),
            Self::Widths { default, .. } => format!("{default:?}"),
            Self::Flag { default } => default.to_string(),
            Self::Choice { default, .. } => default.to_owned(),
            Self::Task { kind } => format!("the first {kind} label"),
            Self::Columns => "none".to_owned(),
        }
    }

    /// What is allowed, in words.
    pub fn range_text(&self) -> String {
        match *self {
            Self::Number { min, max, .. } => format!("{min} to {max}"),
            Self::Integer { min, max, .. } => format!("{min} to {max}"),
            Self::Widths { min, max, .. } => format!("each {min} to {max}"),
            Self::Flag { .. } => "true or false".to_owned(),
            Self::Choice { options, .. } => options.join(", "),
            Self::Task { kind } => format!("the name of a {kind} label"),
            Self::Columns => "names of sparse and dense columns".to_owned(),
            Self::PerTask { min, max, .. } => format!("for each task, {min} to {max}"),
        }
    }
}

/// A parameter's value as the user set it.
#[derive(Clone, Debug, PartialEq)]
pub enum ParamValue {
    /// A real number.
    Number(f64),
    /// A whole number.
    Integer(i64),
    /// Layer widths.
    Widths(Vec<i64>),
    /// On or off.
    Flag(bool),
    /// One of several words.
    Word(String),
    /// The names of columns.
    Columns(Vec<String>),
    /// A number for each task by name.
    PerTask(BTreeMap<String, f64>),
}

/// A registry entry picked by name, with the parameters that were set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// The entry's id; may be unknown until the experiment is checked.
    pub name: String,
    /// Only what was set; the rest has the entry's defaults.
    pub params: BTreeMap<String, ParamValue>,
}

impl Choice {
    /// An entry with all its defaults.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            params: BTreeMap::new(),
        }
    }

    /// The value of a parameter, or its default; `None` if the entry has no such parameter.
    pub fn value(&self, spec: &Spec, name: &str) -> Option<ParamValue> {
        let param = spec.params.iter().find(|param| param.name == name)?;
        Some(
            self.params
                .get(name)
                .cloned()
                .unwrap_or_else(|| param.kind.default_value()),
        )
    }

    /// A parameter as a real number; `0` if there is no such number.
    pub fn number(&self, spec: &Spec, name: &str) -> f64 {
        match self.value(spec, name) {
            Some(ParamValue::Number(number)) => number,
            Some(ParamValue::Integer(number)) => number as f64,
            _ => 0.0,
        }
    }

    /// A parameter as a whole number; `0` if there is no such number.
    pub fn integer(&self, spec: &Spec, name: &str) -> i64 {
        match self.value(spec, name) {
            Some(ParamValue::Integer(number)) => number,
            _ => 0,
        }
    }

    /// Whether a parameter is on; `false` if there is no such flag.
    pub fn flag(&self, spec: &Spec, name: &str) -> bool {
        self.value(spec, name) == Some(ParamValue::Flag(true))
    }

    /// A parameter as one of several words; empty if there is no such word.
    pub fn word(&self, spec: &Spec, name: &str) -> String {
        match self.value(spec, name) {
            Some(ParamValue::Word(word)) => word,
            _ => String::new(),
        }
    }

    /// A parameter as layer widths; empty if there are none.
    pub fn widths(&self, spec: &Spec, name: &str) -> Vec<usize> {
        match self.value(spec, name) {
            Some(ParamValue::Widths(widths)) => {
                widths.iter().map(|&width| width.max(0) as usize).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A parameter as the names of columns; empty if there are none.
    pub fn columns(&self, spec: &Spec, name: &str) -> Vec<String> {
        match self.value(spec, name) {
            Some(ParamValue::Columns(names)) => names,
            _ => Vec::new(),
        }
    }

    /// A parameter as a number for each of `tasks`.
    pub fn per_task(&self, spec: &Spec, name: &str, tasks: &[&str]) -> Vec<f64> {
        let default = spec
            .params
            .iter()
            .find(|param| param.name == name)
            .map_or(0.0, |param| match param.kind {
                ParamKind::PerTask { default, .. } => default,
                _ => 0.0,
            });
        let set = match self.value(spec, name) {
            Some(ParamValue::PerTask(set)) => set,
            _ => BTreeMap::new(),
        };
        tasks
            .iter()
            .map(|task| set.get(*task).copied().unwrap_or(default))
            .collect()
    }
}
