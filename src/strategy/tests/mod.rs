//! Every strategy against another program, and what must hold of all.

mod closed_forms;
mod fixtures;
mod gram;
mod held_out;
mod lengths;
mod losses;
mod parts;
mod problem;
mod properties;
mod references;
mod rows;
mod surgery;
