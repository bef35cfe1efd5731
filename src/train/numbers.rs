//! Numbers of every row that batches are gathered from: on the device, or on the host where they lie or where alone they fit.

use std::cell::OnceCell;
use std::sync::Arc;

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::model::host::is_host;
use crate::model::rows::taken;

/// A table of more bytes stays on the host: no binding of a graphics interface has to hold more, and the memory of many cards is
/// better used for tables and activations.
const MOST_ON_DEVICE: usize = 1 << 30;

/// `[row, column]`: one number for each row and column.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    place: Place,
    width: usize,
    device: Device,
}

#[derive(Clone, Debug)]
enum Place {
    /// Gathered by the device.
    Device(Box<Tensor<2>>),
    /// Gathered here, and each batch uploaded by itself; a number may be changed on its way.
    Host(Arc<Vec<f32>>, Option<fn(f32) -> f32>),
}

/// Rows to gather, for several tables.
#[derive(Debug)]
pub(super) struct Chosen {
    rows: Vec<u32>,
    on_device: OnceCell<Tensor<1, Int>>,
}

impl Chosen {
    /// These rows, in this order.
    pub(super) fn new(rows: Vec<u32>) -> Self {
        Self {
            rows,
            on_device: OnceCell::new(),
        }
    }

    fn on_device(&self, device: &Device) -> &Tensor<1, Int> {
        self.on_device.get_or_init(|| {
            let places: Vec<i32> = self.rows.iter().map(|&row| row as i32).collect();
            Tensor::from_data(TensorData::new(places, [self.rows.len()]), device)
        })
    }
}

impl Numbers {
    /// A table whose every number goes through `change`, if there is one.
    ///
    /// # Shapes
    /// - values: `row · width`
    pub(super) fn new(
        values: Arc<Vec<f32>>,
        width: usize,
        change: Option<fn(f32) -> f32>,
        device: &Device,
    ) -> Self {
        Self::within(MOST_ON_DEVICE, values, width, change, device)
    }

    fn within(
        most_bytes: usize,
        values: Arc<Vec<f32>>,
        width: usize,
        change: Option<fn(f32) -> f32>,
        device: &Device,
    ) -> Self {
        let fits = size_of_val(values.as_slice()) <= most_bytes;
        let place = if is_host(device) || !fits {
            Place::Host(values, change)
        } else {
            let shape = [values.len() / width.max(1), width];
            let mut values = values.to_vec();
            changed(&mut values, change);
            Place::Device(Box::new(Tensor::from_data(
                TensorData::new(values, shape),
                device,
            )))
        };
        Self {
            place,
            width,
            device: device.clone(),
        }
    }

    /// The chosen rows.
    ///
    /// # Shapes
    /// - output: `[chosen, column]`
    pub(super) fn rows(&self, chosen: &Chosen) -> Tensor<2> {
        match &self.place {
            Place::Device(table) => taken(table, chosen.on_device(&self.device)),
            Place::Host(values, change) => {
                let mut found = Vec::with_capacity(chosen.rows.len() * self.width);
                for &row in &chosen.rows {
                    let start = row as usize * self.width;
                    found.extend_from_slice(&values[start..start + self.width]);
                }
                changed(&mut found, *change);
                let shape = [chosen.rows.len(), self.width];
                Tensor::from_data(TensorData::new(found, shape), &self.device)
            }
        }
    }
}

fn changed(values: &mut [f32], change: Option<fn(f32) -> f32>) {
    if let Some(change) = change {
        for value in values {
            *value = change(*value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn rows_are_the_same_wherever_the_table_lies() {
        let values: Vec<f32> = (0..60)
            .map(|number| {
                if number == 13 {
                    f32::NAN
                } else {
                    number as f32
                }
            })
            .collect();
        let change: fn(f32) -> f32 = |value| if value.is_nan() { -1.0 } else { value };
        let chosen = Chosen::new(vec![4, 0, 4, 19]);
        let expected = [
            12.0, -1.0, 14.0, 0.0, 1.0, 2.0, 12.0, -1.0, 14.0, 57.0, 58.0, 59.0,
        ];
        let cpu = Device::flex();
        let found = Numbers::new(Arc::new(values.clone()), 3, Some(change), &cpu).rows(&chosen);
        assert_eq!(found.dims(), [4, 3]);
        assert_eq!(found.into_data().try_to_vec::<f32>().unwrap(), expected);
        let Ok((gpu, _)) = crate::train::open(crate::train::DeviceChoice::Gpu(None)) else {
            eprintln!("skipped: there is no graphics adapter");
            return;
        };
        let gpu = gpu.handle;
        for most_bytes in [usize::MAX, 0] {
            let values = Arc::new(values.clone());
            let table = Numbers::within(most_bytes, values, 3, Some(change), &gpu);
            assert_eq!(most_bytes == 0, matches!(table.place, Place::Host(..)));
            let found = table.rows(&Chosen::new(vec![4, 0, 4, 19]));
            assert_eq!(found.into_data().try_to_vec::<f32>().unwrap(), expected);
        }
    }
}
