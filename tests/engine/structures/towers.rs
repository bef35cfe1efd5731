//! Towers of several shapes in one network.

use burn::tensor::Device;

use super::{TASKS, choice, forward_and_back, network_with};

/// Those of one shape lie side by side, and each output stands where its task does.
#[test]
fn a_tower_gives_the_same_beside_towers_of_other_shapes() {
    let shapes = [vec![3], vec![4, 2], vec![3]];
    for name in ["shared_bottom", "separate", "mmoe"] {
        let outputs = |towers: &[Vec<usize>]| {
            let network = network_with(&choice(name, &[]), towers);
            // Parameters of one name start alike.
            let flat = network.layout.init(&[5], &Device::flex()).into_data();
            forward_and_back(&network, &flat.try_to_vec::<f32>().unwrap()).outputs
        };
        let found = outputs(&shapes);
        for (task, shape) in shapes.iter().enumerate() {
            let of_task = |outputs: &[f32]| -> Vec<f32> {
                let own = outputs.iter().skip(task).step_by(TASKS.len());
                own.copied().collect()
            };
            let alike = outputs(&vec![shape.clone(); TASKS.len()]);
            assert_eq!(of_task(&found), of_task(&alike), "{name}, {shape:?}");
        }
    }
}
