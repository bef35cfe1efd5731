//! Checkpoints as safetensors: 32-bit floats, facts as metadata. Tensors come back in the order of their names.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use safetensors::{Dtype, SafeTensors, View, serialize};

use super::atomic::replace;
use crate::error::{Problem, Report};
use crate::train::{Checkpoint, NamedTensor};

/// Writes a checkpoint as a whole.
pub(super) fn write(path: &Path, checkpoint: &Checkpoint) -> Result<(), Report> {
    replace(path, "the checkpoint", |file| {
        let misfit = checkpoint
            .tensors
            .iter()
            .find(|tensor| tensor.shape.iter().product::<usize>() != tensor.values.len());
        if let Some(NamedTensor {
            name,
            shape,
            values,
        }) = misfit
        {
            let found = values.len();
            return Err(format!("`{name}` of shape {shape:?} has {found} values").into());
        }
        let tensors = checkpoint
            .tensors
            .iter()
            .map(|tensor| (tensor.name.as_str(), Host(tensor)));
        let facts: HashMap<String, String> = checkpoint.facts.clone().into_iter().collect();
        Ok(file.write_all(&serialize(tensors, Some(facts))?)?)
    })
}

/// Reads a checkpoint; `None` if there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Checkpoint>, Report> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, "the file cannot be read").caused_by(error)),
    };
    let broken = |error| unreadable(path, "not a checkpoint").caused_by(error);
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(broken)?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(broken)?.tensors();
    let facts = metadata
        .metadata()
        .clone()
        .unwrap_or_default()
        .into_iter()
        .collect();
    let mut named = Vec::new();
    for (name, view) in tensors {
        if view.dtype() != Dtype::F32 {
            let problem = Problem::new(
                path.display().to_string(),
                format!("`{name}` has the wrong type"),
            );
            let problem = problem.expected("F32").found(format!("{:?}", view.dtype()));
            return Err(Report::failure("could not read the checkpoint").with(problem));
        }
        let values = view
            .data()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes));
        named.push(NamedTensor {
            name,
            shape: view.shape().to_vec(),
            values: values.collect(),
        });
    }
    named.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Some(Checkpoint {
        tensors: named,
        facts,
    }))
}

fn unreadable(path: &Path, message: &str) -> Report {
    let problem = Problem::new(path.display().to_string(), message);
    Report::failure("could not read the checkpoint").with(problem)
}

/// A tensor in the host's memory; its bytes are made when they are written.
struct Host<'a>(&'a NamedTensor);

impl View for Host<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.0.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.0
            .values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    }

    fn data_len(&self) -> usize {
        self.0.values.len() * size_of::<f32>()
    }
}
