//! The embeddings that batches touch, those of the next one looked up while a step is taken.

use burn::tensor::Device;

use crate::data::Dataset;
use crate::model::embedding::{EmbeddingLayout, Lookup, LookupFinder};

/// Looks up batches.
#[derive(Debug)]
pub(super) struct Lookups {
    finder: LookupFinder,
    /// The data rows of each replica that come next, until they are looked up.
    announced: Option<Vec<Vec<u32>>>,
    ahead: Option<(Vec<Vec<u32>>, Lookup)>,
}

impl Lookups {
    pub fn new(layout: EmbeddingLayout, device: &Device) -> Self {
        Self {
            finder: LookupFinder::new(layout, device),
            announced: None,
            ahead: None,
        }
    }

    /// Says which batch comes after the one that is looked up next.
    pub fn announce(&mut self, batch: &[&[u32]]) {
        self.announced = Some(batch.iter().map(|rows| rows.to_vec()).collect());
    }

    /// The lookup of a batch, by now or from before.
    pub fn find(&mut self, batch: &[&[u32]], dataset: &Dataset) -> Lookup {
        match self.ahead.take().filter(|(rows, _)| rows == batch) {
            Some((_, lookup)) => lookup,
            None => self.finder.find(batch, dataset),
        }
    }

    /// Looks up what was announced.
    pub fn look_ahead(&mut self, dataset: &Dataset) {
        if let Some(rows) = self.announced.take() {
            let batch: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
            let lookup = self.finder.find(&batch, dataset);
            self.ahead = Some((rows, lookup));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use burn::tensor::{Tensor, TensorData};

    use super::*;
    use crate::data::{Pooling, Sequence, SequenceField, SparseField};
    use crate::model::embedding::{Places, RepeatedFields};
    use crate::model::input::{Input, RepeatedRows};
    use crate::model::rows::pulled;
    use crate::spec::Choice;
    use crate::train::optimizer::{StepSize, Stepped, optimizer};
    use crate::train::{DeviceChoice, open};

    const ROWS: u32 = 300;
    const DIM: usize = 3;

    /// A field of two ids, each in very many rows, and one in which many ids come but once.
    fn dataset() -> Dataset {
        let field = |name: &str, vocabulary| SparseField {
            name: name.to_owned(),
            vocabulary,
            embedding_dim: None,
        };
        let ids = (0..ROWS).flat_map(|row| [row % 7 / 6, row * row % 251]);
        Dataset {
            num_rows: ROWS as usize,
            sparse_fields: vec![field("new", 2), field("video", 251)],
            sparse_ids: Arc::new(ids.collect()),
            ..Dataset::default()
        }
    }

    fn numbers(rows: usize, device: &Device) -> Tensor<2> {
        let number = |place: usize| (place * 37 % 101) as f32 / 8.0 - 6.0;
        let numbers: Vec<f32> = (0..rows * DIM).map(number).collect();
        Tensor::from_data(TensorData::new(numbers, [rows, DIM]), device)
    }

    fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    /// All that a step does with the rows of a batch of three replicas, two of which see the same.
    fn used(device: &Device, copies: usize) -> Vec<Vec<f32>> {
        let dataset = dataset();
        let lanes = [String::new(), "own".to_owned()];
        let layout = EmbeddingLayout::new(&dataset.sparse_fields, &[], DIM, 0, &lanes);
        let mut lookups = Lookups::new(layout.clone(), device);
        let (first, second): (Vec<u32>, Vec<u32>) = ((0..200).collect(), (100..300).collect());
        let lookup = lookups.find(&[&first, &second, &first], &dataset);
        let table = numbers(3 * lanes.len() * 253, device);
        let rows = lookup.rows(device);
        let touched = crate::model::rows::taken(&table, &rows);
        let mut found = vec![
            floats(lookup.counts(device)),
            floats(lookup.owners(device).float()),
            floats(lookup.by_replica(touched.clone().sum_dim(1))),
            floats(rows.clone().float()),
        ];
        for part in [0..200, 13..90] {
            let places = lookup.places(part.clone(), copies, None, device);
            let taken = places.taken(&touched);
            found.push(floats(taken.clone()));
            let planes = 3 * copies * lanes.len();
            let values = taken.reshape([planes, part.len(), 2 * DIM]) * 0.5;
            let uses = vec![(places, values)];
            found.push(floats(Places::added_up(uses, touched.dims()).unwrap()));
        }
        let gradient = touched.clone() - 1.0;
        let counts = lookup.counts(device);
        found.push(floats(pulled(gradient, &touched, counts, 0.25)));
        let optimizer = optimizer("adagrad").unwrap();
        let mut stepped = table.clone();
        let mut moments = [table.clone() + 8.0];
        let table_rows = lookup.table_rows(device);
        let rows = Stepped {
            numbers: &mut stepped,
            moments: &mut moments,
            gradient: touched * 0.25,
            rows: Some(&table_rows),
            frozen: None,
        };
        let size = StepSize { lr: 0.5, step: 1 };
        optimizer.build(&Choice::named("adagrad")).step(rows, size);
        found.extend([stepped].into_iter().chain(moments).map(floats));
        // The table that another looks at stays as it was.
        found.push(floats(table));
        let places = Places::in_table(&layout, 3, &[7, 299, 7], None, (&dataset, device));
        found.push(floats(
            places.taken(&numbers(3 * lanes.len() * 253, device)),
        ));
        found
    }

    #[test]
    fn repeated_fields_and_all_others_make_up_what_is_found() {
        const WIDE: usize = 8;
        let (dataset, device) = (dataset(), Device::flex());
        let lanes = [String::new(), "own".to_owned()];
        let layout = EmbeddingLayout::new(&dataset.sparse_fields, &[], WIDE, 0, &lanes);
        let candidates = layout.plain_fields();
        let candidates = (candidates.as_slice(), WIDE);
        let rows: Vec<u32> = (0..200).collect();
        let mut lookups = Lookups::new(layout.clone(), &device);
        let lookup = lookups.find(&[&rows, &rows[..]], &dataset);
        let table: Vec<f32> = (0..2 * 2 * 253 * WIDE)
            .map(|at| (at as f32).sin())
            .collect();
        let table = Tensor::<2>::from_data(TensorData::new(table, [2 * 2 * 253, WIDE]), &device);
        let touched = crate::model::rows::taken(&table, &lookup.rows(&device));
        let [distinct, _] = touched.dims();
        for copies in [1, 2] {
            let planes = 2 * copies * lanes.len();
            let part = 20..170;
            let all = lookup.places(part.clone(), copies, None, &device);
            let expected = all.taken(&touched).reshape([planes, part.len(), 2 * WIDE]);
            let gradient = expected.clone() * 0.5 + 1.0;
            let uses = vec![(all, gradient.clone())];
            let of_rows = Places::added_up(uses, touched.dims()).unwrap();

            // Of two ids in the first field, and of too many in the second.
            let fields = lookup.repeated(candidates, part.len(), copies).unwrap();
            assert_eq!(fields.width(), WIDE);
            let leaf = fields.table(&touched);
            let repeated = lookup.repeated_uses(&fields, leaf.clone(), part.clone());
            let places = lookup.places(part.clone(), copies, Some(&fields), &device);
            let others = places.taken(&touched).reshape([planes, part.len(), WIDE]);
            let whole = Input::Parted(Some(others), repeated.clone()).whole();
            assert_eq!(floats(whole), floats(expected.clone()), "{copies}");

            let tracked = Device::flex().autodiff();
            let leaf = Tensor::from_inner(leaf).to_device(&tracked).require_grad();
            let own = RepeatedRows {
                table: leaf.clone(),
                ..repeated
            };
            let columns = gradient.clone().narrow(2, 0, WIDE);
            let own = Input::Parted(None, own).whole() * Tensor::from_inner(columns);
            let own = leaf.grad(&own.sum().backward()).unwrap();
            let uses = vec![(places, gradient.narrow(2, WIDE, WIDE))];
            let others = Places::added_up(uses, touched.dims());
            let found = fields.added(own, others, distinct);
            let found = floats(found).into_iter().zip(floats(of_rows));
            assert!(
                found.into_iter().all(|(a, b)| (a - b).abs() < 1e-4),
                "{copies}"
            );
        }

        let fields = RepeatedFields::in_table(&layout, candidates, 2, 40).unwrap();
        let own = fields.uses_in_table((fields.table(&table), 2), &[7, 299, 7], &dataset);
        let in_table =
            |fields| Places::in_table(&layout, 2, &[7, 299, 7], fields, (&dataset, &device));
        let others = in_table(Some(&fields)).taken(&table);
        let whole = Input::Parted(Some(others.reshape([4, 3, WIDE])), own).whole();
        assert_eq!(floats(whole), floats(in_table(None).taken(&table)));
    }

    /// A list of at most three items, the second row of which has none.
    fn lists() -> Dataset {
        let field = SequenceField {
            name: "watched".to_owned(),
            target: None,
            vocabulary: 9,
            embedding_dim: None,
            len: 3,
            pooling: Pooling::Sum,
        };
        let list = Sequence {
            field,
            offsets: Arc::new(vec![0, 2, 2, 3]),
            ids: Arc::new(vec![8, 5, 8]),
        };
        Dataset {
            num_rows: 3,
            sequences: vec![list],
            ..Dataset::default()
        }
    }

    #[test]
    fn items_of_lists_are_found_and_any_row_where_there_is_none() {
        let dataset = lists();
        let lists = [dataset.sequences[0].field.clone()];
        let gpu = open(DeviceChoice::Gpu(None)).map(|(gpu, _)| gpu.handle);
        for device in std::iter::once(Device::flex()).chain(gpu) {
            let layout = EmbeddingLayout::new(&[], &lists, DIM, 0, &[String::new()]);
            let table = numbers(9, &device);
            let rows = floats(table.clone());
            let all: &[u32] = &[0, 1, 2];
            let lookup = Lookups::new(layout.clone(), &device).find(&[all], &dataset);
            let distinct = crate::model::rows::taken(&table, &lookup.rows(&device));
            assert_eq!(floats(lookup.counts(&device)), [1.0, 2.0]);
            let of_batch = lookup.places(0..3, 1, None, &device).taken(&distinct);
            let in_table = Places::in_table(&layout, 1, all, None, (&dataset, &device));
            for found in [of_batch, in_table.taken(&table)] {
                let found = floats(found);
                let found: Vec<&[f32]> = found.chunks(DIM).collect();
                for (place, id) in [(0, 8), (1, 5), (6, 8)] {
                    let expected = &rows[id * DIM..][..DIM];
                    assert_eq!(found[place], expected, "{place} on {device:?}");
                }
                assert_eq!(found.len(), 9);
                assert!(
                    found
                        .iter()
                        .all(|found| rows.chunks(DIM).any(|row| row == *found))
                );
            }
        }
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn a_graphics_card_does_with_rows_what_the_host_does() {
        let gpu = match open(DeviceChoice::Gpu(None)) {
            Ok((gpu, _)) => gpu,
            Err(report) => {
                eprintln!("skipped: {report}");
                return;
            }
        };
        for copies in [1, 2] {
            let expected = used(&Device::flex(), copies);
            let found = used(&gpu.handle, copies);
            for (step, (expected, found)) in expected.iter().zip(&found).enumerate() {
                assert_eq!(expected.len(), found.len(), "{step}");
                for (place, (a, b)) in expected.iter().zip(found).enumerate() {
                    assert!(
                        (a - b).abs() <= 1e-5 * a.abs().max(1.0),
                        "{step} {place}: {a} {b}"
                    );
                }
            }
        }
        let many = used(&Device::flex(), 1)[0]
            .iter()
            .any(|&count| count > 64.0);
        assert!(
            many,
            "no row is used so often that a group of threads adds it up"
        );
    }
}
