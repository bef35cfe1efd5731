//! How large a made-up table may be: beyond it the memory would end, which no program can report any more.

use crate::error::Problem;

/// The most cells of a table; eight bytes each.
const MAX_CELLS: usize = 500_000_000;

/// What is wrong with the number of rows of a table with so many columns.
pub(super) fn check_rows(rows: usize, columns: usize) -> Option<Problem> {
    let most = (MAX_CELLS / columns.max(1)).max(1);
    if rows == 0 {
        let problem = Problem::new("rows", "there must be rows");
        return Some(problem.expected("1 or more").found("0"));
    }
    (rows > most).then(|| {
        Problem::new("rows", "the table would not fit in memory")
            .expected(format!("at most {most} rows with {columns} columns"))
            .found(rows.to_string())
    })
}

/// What is wrong with a count that must stay inside bounds.
pub(super) fn check_most(place: &str, count: usize, most: usize) -> Option<Problem> {
    (count > most).then(|| {
        Problem::new(place, "out of range")
            .expected(format!("at most {most}"))
            .found(count.to_string())
    })
}
