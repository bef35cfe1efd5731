//! One report type for everything that can go wrong: a summary, all problems at once, the cause behind them.
//!
//! A [`Report`] is made where the fault is known and shown exactly once: by the command line on stderr or by the window as a notice.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Whose turn it is: the user's to mend the input, or nobody's, because something broke while running.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The input is wrong; exit status 2.
    Input,
    /// Something failed while running; exit status 1, what finished is kept.
    Failure,
}

/// One thing that is wrong, with its place, what was expected and what was found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Problem {
    /// File, line, key or column, such as `click.csv, line 7` or `training.epochs`; empty when there is no better place.
    pub place: String,
    /// A lower-case phrase without a full stop.
    pub message: String,
    /// What would have been right.
    pub expected: Option<String>,
    /// What stood there instead.
    pub found: Option<String>,
    /// What to do next.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at a place.
    pub fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
            ..Self::default()
        }
    }

    /// Adds what would have been right.
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Adds what stood there instead.
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// Adds what to do next.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.message)?;
        if let Some(expected) = &self.expected {
            write!(f, "; expected {expected}")?;
        }
        if let Some(found) = &self.found {
            write!(f, "; found {found}")?;
        }
        if let Some(help) = &self.help {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

/// Why something could not be done.
#[derive(Debug)]
pub struct Report {
    /// Whether the input is wrong or something broke.
    pub kind: Kind,
    /// One line, such as `could not read the data`.
    pub summary: String,
    /// All problems found, not only the first.
    pub problems: Vec<Problem>,
    /// The error of another library that lies behind it.
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Report {
    /// The input is wrong.
    pub fn input(summary: impl Into<String>, problems: Vec<Problem>) -> Self {
        Self {
            kind: Kind::Input,
            summary: summary.into(),
            problems,
            cause: None,
        }
    }

    /// Something broke while running.
    pub fn failure(summary: impl Into<String>) -> Self {
        Self {
            kind: Kind::Failure,
            summary: summary.into(),
            problems: Vec::new(),
            cause: None,
        }
    }

    /// Adds a problem.
    pub fn with(mut self, problem: Problem) -> Self {
        self.problems.push(problem);
        self
    }

    /// Keeps the error that lies behind this one.
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The exit status of a command that ends with this report.
    pub fn exit_status(&self) -> u8 {
        match self.kind {
            Kind::Input => 2,
            Kind::Failure => 1,
        }
    }

    /// Everything but the summary, a line each: the problems, then the chain of causes.
    pub fn details(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
        let mut cause = self
            .cause
            .as_ref()
            .map(|cause| cause.as_ref() as &dyn Error);
        while let Some(error) = cause {
            lines.push(format!("because: {error}"));
            cause = error.source();
        }
        lines
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)?;
        for line in self.details() {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}

impl Error for Report {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause
            .as_ref()
            .map(|cause| cause.as_ref() as &(dyn Error + 'static))
    }
}

/// Runs code of a library that may panic where it should report; `Err` holds the panic's message.
///
/// # Errors
/// The work panicked. What it was changing may be half done and is not to be used again.
pub fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no reason given")
            .to_owned()
    })
}
