//! Finds the rows of the table that batches touch.

use std::ops::Range;

use burn::tensor::Device;

use super::layout::{EmbeddingLayout, IdRows};
use super::lookup::Lookup;
use crate::data::Dataset;

/// The place of a use that is none: where a list has no more items. Any row may be read there.
pub const MASKED: u32 = u32::MAX;

/// What one batch uses of one lane of the tables.
#[derive(Clone, Debug, Default)]
pub struct BatchRows {
    /// The distinct rows, at least one: those of one table behind those of the table before it.
    pub rows: Vec<u32>,
    /// How often each is used.
    pub counts: Vec<u32>,
    /// For each use which of the distinct rows it is, or [`MASKED`].
    pub places: Vec<u32>,
    /// The tables in their order.
    pub tables: Vec<UsedTable>,
}

impl BatchRows {
    /// The distinct rows that lie in a table.
    pub fn distinct(&self, table: usize) -> Range<usize> {
        let start = |table: usize| self.tables.get(table).map(|used| used.distinct);
        let end = start(table + 1).unwrap_or(self.rows.len());
        start(table).unwrap_or(end)..end
    }
}

/// What a batch uses of a table.
#[derive(Clone, Copy, Debug)]
pub struct UsedTable {
    /// Its first row in a lane.
    pub first: usize,
    /// Where the batch's rows of it begin among the distinct ones.
    pub distinct: usize,
}

/// Finds the distinct rows of batches; keeps its memory from one to the next.
#[derive(Debug)]
pub struct LookupFinder {
    layout: EmbeddingLayout,
    /// For each row of a lane: the batch that saw it last, and its place there among the rows of its table.
    seen: Vec<(u32, u32)>,
    generation: u32,
    /// What the batch uses of each table.
    found: Vec<Found>,
    device: Device,
}

/// Data rows that are looked up at a time: few enough that their ids stay in the cache from one table to the next.
const TILE: usize = 64;

/// A few data rows.
#[derive(Clone, Copy)]
struct Tile<'a> {
    rows: &'a [u32],
    /// What they have in the sparse fields.
    fields: &'a [u32],
    dataset: &'a Dataset,
}

/// The distinct rows of a table.
#[derive(Debug)]
struct Found {
    /// The rows of its ids.
    ids: IdRows,
    /// How many there are; behind them there is room for more.
    len: usize,
    rows: Vec<u32>,
    counts: Vec<u32>,
}

/// What a data row has in one field or list.
#[derive(Clone, Copy, Debug)]
struct Source {
    kind: SourceKind,
    /// Its table.
    table: usize,
    /// Where its uses begin among those of a data row.
    start: usize,
    /// How many they are.
    len: usize,
}

#[derive(Clone, Copy, Debug)]
enum SourceKind {
    Field(usize),
    List(usize),
}

impl Found {
    /// Makes room for so many uses.
    fn reserve(&mut self, uses: usize) {
        let len = self.rows.len().max(self.len + uses);
        self.rows.resize(len, 0);
        self.counts.resize(len, 0);
    }

    /// Notes the use of an id, and of each of its rows which of the table's distinct ones it is.
    #[inline]
    fn note(&mut self, id: u32, places: &mut [u32], (seen, generation): (&mut [(u32, u32)], u32)) {
        for (row, place) in self.ids.of(id).zip(places) {
            let seen = &mut seen[row];
            let is_new = seen.0 != generation;
            // No branch: whether a row is new cannot be foretold.
            *place = if is_new { self.len as u32 } else { seen.1 };
            *seen = (generation, *place);
            self.rows[*place as usize] = row as u32;
            self.counts[*place as usize] += 1;
            self.len += usize::from(is_new);
        }
    }
}

impl LookupFinder {
    /// A finder for a table on a device.
    pub fn new(layout: EmbeddingLayout, device: &Device) -> Self {
        let found = |ids| Found {
            ids,
            len: 0,
            rows: Vec::new(),
            counts: Vec::new(),
        };
        Self {
            seen: vec![(0, 0); layout.rows()],
            generation: 0,
            found: layout.tables().map(found).collect(),
            layout,
            device: device.clone(),
        }
    }

    /// The lookup of a batch.
    ///
    /// # Shapes
    /// - batches: the data rows of each replica, all of one length
    pub fn find(&mut self, batches: &[&[u32]], dataset: &Dataset) -> Lookup {
        let mut firsts: Vec<usize> = Vec::new();
        let mut seen = Vec::with_capacity(batches.len());
        for (replica, rows) in batches.iter().enumerate() {
            let twin = firsts.iter().position(|&first| batches[first] == *rows);
            seen.push(twin.unwrap_or(firsts.len()));
            if twin.is_none() {
                firsts.push(replica);
            }
        }
        let found = firsts
            .iter()
            .map(|&first| self.rows(batches[first], dataset));
        Lookup::new(found.collect(), seen, &self.layout, &self.device)
    }

    /// What a batch uses of a lane.
    fn rows(&mut self, rows: &[u32], dataset: &Dataset) -> BatchRows {
        let each = self.layout.num_places();
        let sources = self.sources(dataset);
        self.begin();
        let mut places = vec![MASKED; rows.len() * each];
        // A loop that does nothing but fetch keeps several rows on their way from memory at a time.
        let mut fields = Vec::with_capacity(TILE * dataset.sparse_fields.len());
        for (rows, places) in rows.chunks(TILE).zip(places.chunks_mut(TILE * each)) {
            fields.clear();
            for &row in rows {
                fields.extend_from_slice(dataset.fields_of(row));
            }
            let tile = Tile {
                rows,
                fields: &fields,
                dataset,
            };
            for source in &sources {
                let found = &mut self.found[source.table];
                found.reserve(rows.len() * source.len);
                let seen = (self.seen.as_mut_slice(), self.generation);
                source.note(tile, places.chunks_exact_mut(each), found, seen);
            }
        }
        let distinct = self.found.iter().map(|found| found.len).sum();
        let mut batch = BatchRows {
            rows: Vec::with_capacity(distinct),
            counts: Vec::with_capacity(distinct),
            places,
            tables: Vec::with_capacity(self.found.len()),
        };
        for found in &self.found {
            batch.tables.push(UsedTable {
                first: found.ids.first,
                distinct: batch.rows.len(),
            });
            batch.rows.extend_from_slice(&found.rows[..found.len]);
            batch.counts.extend_from_slice(&found.counts[..found.len]);
        }
        // So far each place counts from the first row of its table.
        let mut bases = vec![0; each];
        for source in &sources {
            bases[source.start..][..source.len].fill(batch.tables[source.table].distinct as u32);
        }
        for places in batch.places.chunks_exact_mut(each.max(1)) {
            for (place, base) in places.iter_mut().zip(&bases) {
                *place = if *place == MASKED {
                    MASKED
                } else {
                    *place + base
                };
            }
        }
        if batch.rows.is_empty() {
            batch.rows.push(0);
            batch.counts.push(0);
        }
        batch
    }

    /// Begins a batch.
    fn begin(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.seen.fill((0, 0));
            self.generation = 1;
        }
        for found in &mut self.found {
            found.counts[..found.len].fill(0);
            found.len = 0;
        }
    }

    /// What a data row has.
    fn sources(&self, dataset: &Dataset) -> Vec<Source> {
        let fields = (0..dataset.sparse_fields.len()).map(|field| (SourceKind::Field(field), 1));
        let lists = dataset.sequences.iter().enumerate();
        let lists = lists.map(|(list, sequence)| (SourceKind::List(list), sequence.field.len));
        let tables = self.layout.tables_of_ids();
        let (mut id, mut start) = (0, 0);
        let mut sources = Vec::new();
        for (kind, ids_of_row) in fields.chain(lists) {
            // A list of no items has no table of its own.
            let Some(&table) = tables.get(id).filter(|_| ids_of_row > 0) else {
                continue;
            };
            let len = ids_of_row * self.found[table].ids.each;
            sources.push(Source {
                kind,
                table,
                start,
                len,
            });
            id += ids_of_row;
            start += len;
        }
        sources
    }
}

impl Source {
    /// Notes what a tile uses.
    fn note<'a>(
        &self,
        tile: Tile<'_>,
        places: impl Iterator<Item = &'a mut [u32]>,
        found: &mut Found,
        (seen, generation): (&mut [(u32, u32)], u32),
    ) {
        let places = places.map(|places| &mut places[self.start..][..self.len]);
        match self.kind {
            SourceKind::Field(field) => {
                let each = tile.dataset.sparse_fields.len();
                let ids = tile.fields.iter().skip(field).step_by(each);
                for (&id, places) in ids.zip(places) {
                    found.note(id, places, (seen, generation));
                }
            }
            SourceKind::List(list) => {
                let list = &tile.dataset.sequences[list];
                for (&row, places) in tile.rows.iter().zip(places) {
                    let places = places.chunks_exact_mut(found.ids.each);
                    for (&id, places) in list.items(row).iter().zip(places) {
                        found.note(id, places, (seen, generation));
                    }
                }
            }
        }
    }
}
