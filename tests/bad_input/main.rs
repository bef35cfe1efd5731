//! Bad input of every kind: exit status 2, each problem with its place, all of them at once, and no panic.

mod bench;
mod experiments;
mod folders;
mod odd_tables;
mod tables;
