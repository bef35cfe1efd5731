//! The table of references names every strategy.

use super::super::STRATEGIES;

#[test]
fn every_strategy_has_its_line() {
    let table = include_str!("../references.md");
    let named: Vec<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    let ids: Vec<&str> = STRATEGIES.iter().map(|entry| entry.spec().id).collect();
    assert_eq!(named, ids, "one line for each strategy, in their order");
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        assert_eq!(line.matches(" | ").count(), 2, "{line}");
    }
}
