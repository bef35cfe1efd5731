//! Problems as they are found while reading: all of them, but a file with a million alike lists only the first.

use crate::error::Problem;

/// So many of a kind are listed for each file, then they are only counted.
const LISTED: usize = 20;

/// Problems of several kinds.
#[derive(Debug, Default)]
pub(super) struct Findings {
    groups: Vec<Group>,
}

#[derive(Debug)]
struct Group {
    file: String,
    /// What is wrong with them, in words that follow a number.
    kind: &'static str,
    listed: Vec<Problem>,
    count: usize,
}

impl Findings {
    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Adds a problem of a kind (a plural such as `rows with too few fields`); it is not worded out once there are many.
    pub(super) fn add(
        &mut self,
        file: &str,
        kind: &'static str,
        problem: impl FnOnce() -> Problem,
    ) {
        let known = self
            .groups
            .iter()
            .position(|group| group.kind == kind && group.file == file);
        let index = known.unwrap_or_else(|| {
            let group = Group {
                file: file.to_owned(),
                kind,
                listed: Vec::new(),
                count: 0,
            };
            self.groups.push(group);
            self.groups.len() - 1
        });
        let Some(group) = self.groups.get_mut(index) else {
            return;
        };
        group.count += 1;
        if group.count <= LISTED {
            group.listed.push(problem());
        }
    }

    /// The problems in the order of the first of each kind.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for group in self.groups {
            let more = group.count - group.listed.len();
            problems.extend(group.listed);
            if more > 0 {
                problems.push(Problem::new(
                    group.file,
                    format!("{more} more {}", group.kind),
                ));
            }
        }
        problems
    }
}

/// A piece of a file in quotes for a message: escaped, and cut if it is long.
pub(super) fn quoted(bytes: &[u8]) -> String {
    const SHOWN: usize = 40;
    let text = String::from_utf8_lossy(bytes.get(..SHOWN * 4).unwrap_or(bytes));
    let shown: String = text.chars().take(SHOWN).collect();
    let dots = if shown.len() < bytes.len() { "…" } else { "" };
    format!("{shown:?}{dots}")
}

/// `1 field`, `2 fields`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_of_a_kind_are_listed_and_the_others_counted() {
        let mut findings = Findings::default();
        for line in 0..50 {
            findings.add("a.csv", "odd rows", || {
                Problem::new(format!("a.csv, line {line}"), "odd")
            });
        }
        findings.add("b.csv", "odd rows", || Problem::new("b.csv, line 1", "odd"));
        let problems = findings.into_problems();
        assert_eq!(problems.len(), 22);
        assert_eq!(problems[19].place, "a.csv, line 19");
        assert_eq!(problems[20].to_string(), "a.csv: 30 more odd rows");
        assert_eq!(problems[21].place, "b.csv, line 1");
    }

    #[test]
    fn long_pieces_are_cut() {
        assert_eq!(quoted(b"a\nb"), "\"a\\nb\"");
        assert_eq!(
            quoted("é".repeat(41).as_bytes()),
            format!("\"{}\"…", "é".repeat(40))
        );
    }
}
