//! `mtl-lab synth`

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::output;
use crate::data::Table;
use crate::data::synth::{self, MmoeRecipe, ShortVideoRecipe};
use crate::error::{Problem, Report};

/// Arguments of `synth`.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(subcommand)]
    recipe: Recipe,
}

#[derive(Debug, Subcommand)]
enum Recipe {
    /// Regression tasks whose weight vectors have chosen cosines with that of the first (the recipe of the `MMoE` paper).
    Mmoe {
        /// Rows.
        #[arg(long, default_value_t = MmoeRecipe::default().rows)]
        rows: usize,
        /// The cosine of each other task's weight vector with that of the first, from -1 to 1; several by commas.
        #[arg(
            long,
            value_delimiter = ',',
            default_values_t = MmoeRecipe::default().cosines,
            allow_negative_numbers = true
        )]
        cosine: Vec<f64>,
        /// Features.
        #[arg(long, default_value_t = MmoeRecipe::default().dims)]
        dims: usize,
        /// The length of the weight vectors.
        #[arg(long, default_value_t = MmoeRecipe::default().scale)]
        scale: f64,
        /// Sine terms of each label.
        #[arg(long, default_value_t = MmoeRecipe::default().num_sines)]
        sines: usize,
        /// The seed; equal seeds give equal files.
        #[arg(long, default_value_t = MmoeRecipe::default().seed)]
        seed: u64,
        /// The file, packed if it ends in .gz; an existing file is never overwritten.
        #[arg(short, long)]
        output: PathBuf,
    },
    /// Impressions of short videos with one pair of tasks that help each other and one that fight.
    ShortVideo {
        /// Rows.
        #[arg(long, default_value_t = ShortVideoRecipe::default().rows)]
        rows: usize,
        /// The seed; equal seeds give equal files.
        #[arg(long, default_value_t = ShortVideoRecipe::default().seed)]
        seed: u64,
        /// The file, packed if it ends in .gz; an existing file is never overwritten.
        #[arg(short, long)]
        output: PathBuf,
    },
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Report> {
    let (table, output): (Table, &PathBuf) = match &arguments.recipe {
        Recipe::Mmoe {
            rows,
            cosine,
            dims,
            scale,
            sines,
            seed,
            output,
        } => {
            let recipe = MmoeRecipe {
                rows: *rows,
                dims: *dims,
                cosines: cosine.clone(),
                scale: *scale,
                num_sines: *sines,
                seed: *seed,
            };
            check(recipe.problems(), output)?;
            (synth::mmoe(&recipe), output)
        }
        Recipe::ShortVideo { rows, seed, output } => {
            let recipe = ShortVideoRecipe {
                rows: *rows,
                seed: *seed,
            };
            check(recipe.problems(), output)?;
            (synth::short_video(&recipe), output)
        }
    };
    synth::write_csv(output, &table)?;
    output::tell(&format!(
        "wrote {} rows to {}",
        table.num_rows,
        output.display()
    ));
    Ok(())
}

/// Before anything is made, for that may take long.
fn check(problems: Vec<Problem>, output: &Path) -> Result<(), Report> {
    let target = output::check_new(output, "the table");
    if problems.is_empty() {
        return target;
    }
    let mut report = Report::input("the recipe cannot be followed", problems);
    if let Err(more) = target {
        report.problems.extend(more.problems);
    }
    Err(report)
}
