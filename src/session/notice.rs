//! What the user is told: a summary, details on demand; errors stay until they are dismissed.

use std::path::PathBuf;

use crate::error::Report;

/// How much a notice matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Level {
    /// Done.
    Good,
    /// Worth knowing.
    Warning,
    /// Something did not work.
    Error,
}

impl Level {
    /// The word beside the color.
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "Done",
            Self::Warning => "Note",
            Self::Error => "Error",
        }
    }
}

/// One thing the user is told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Notice {
    /// Its number, counted up.
    pub id: u64,
    /// How much it matters.
    pub level: Level,
    /// One line.
    pub summary: String,
    /// More lines, on demand.
    pub details: Vec<String>,
    /// A file it speaks of, which can be opened.
    pub file: Option<PathBuf>,
    /// Whether it has been seen in the list.
    pub seen: bool,
}

/// Everything the user was told, oldest first.
#[derive(Debug, Default)]
pub struct Notices {
    list: Vec<Notice>,
    next: u64,
}

impl Notices {
    /// The most that are kept.
    const CAPACITY: usize = 100;

    /// Tells something.
    pub fn tell(&mut self, level: Level, summary: impl Into<String>) -> &mut Notice {
        let summary = summary.into();
        if self.list.len() >= Self::CAPACITY {
            self.list.remove(0);
        }
        let notice = Notice {
            id: self.next,
            level,
            summary,
            details: Vec::new(),
            file: None,
            seen: false,
        };
        self.next += 1;
        self.list.push(notice);
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// Tells what went wrong.
    pub fn tell_report(&mut self, report: &Report) {
        let notice = self.tell(
            Level::Error,
            crate::session::notice::sentence(&report.summary),
        );
        notice.details = report.details();
    }

    /// All notices, oldest first.
    pub fn list(&self) -> &[Notice] {
        &self.list
    }

    /// How many have not been seen.
    pub fn num_unseen(&self) -> usize {
        self.list.iter().filter(|notice| !notice.seen).count()
    }

    /// Marks all as seen.
    pub fn see(&mut self) {
        for notice in &mut self.list {
            notice.seen = true;
        }
    }

    /// Takes one away.
    pub fn dismiss(&mut self, id: u64) {
        self.list.retain(|notice| notice.id != id);
    }

    /// Takes all away.
    pub fn clear(&mut self) {
        self.list.clear();
    }
}

/// A lower-case phrase with a capital first letter.
pub fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::{Level, Notices, sentence};
    use crate::error::{Problem, Report};

    #[test]
    fn a_report_keeps_its_details_until_dismissed() {
        let mut notices = Notices::default();
        let report = Report::failure("could not read the data").with(
            Problem::new("a.csv, line 7", "too few cells")
                .expected("3")
                .found("2"),
        );
        notices.tell_report(&report);
        assert_eq!(notices.list()[0].summary, "Could not read the data");
        assert_eq!(notices.list()[0].details.len(), 1);
        assert_eq!(notices.num_unseen(), 1);
        notices.see();
        assert_eq!(notices.num_unseen(), 0);
        let id = notices.list()[0].id;
        notices.dismiss(id);
        assert!(notices.list().is_empty());
    }

    #[test]
    fn the_list_does_not_grow_without_end() {
        let mut notices = Notices::default();
        for _ in 0..150 {
            notices.tell(Level::Warning, "again");
        }
        assert_eq!(notices.list().len(), 100);
        assert_eq!(sentence("über"), "Über");
    }
}
