//! Gradients told apart by task: put together again they are the gradient of the sum.

use burn::tensor::Tensor;
use mtl_lab::error::Report;
use mtl_lab::model::STRUCTURES;
use mtl_lab::strategy::{Balancing, Needs, Progress, Strategy, TaskGradients, Update};

use crate::fixture::structure_setting;
use crate::replicas::{PLAIN, Way, after_steps, named, short_video_plan, short_video_plan_of};

/// Adds the gradients up as they are.
#[derive(Debug)]
struct Sum;

impl Balancing for Sum {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        _progress: Progress,
    ) -> Result<Update, Report> {
        let ones = Tensor::ones(gradients.dims(), &gradients.device());
        Ok(Update::weighted(ones))
    }
}

fn worst(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn task_gradients_sum_to_the_gradient_of_the_sum() {
    let seeds = [1, 2];
    for structure in STRUCTURES {
        let id = structure.spec().id;
        let labels = ["click", "finish", "like"];
        let plan = short_video_plan_of(&structure_setting(id), &labels, "[1]", 3000);
        let plain = after_steps(&plan, &seeds, PLAIN);
        for needs in [Needs::ParameterGradients, Needs::RepresentationGradients] {
            for block in [None, Some(50)] {
                let way = Way {
                    needs,
                    block,
                    strategy: |_| Strategy::balancing(Sum),
                };
                let found = after_steps(&plan, &seeds, way);
                let worst = worst(&plain, &found);
                assert!(worst < 2e-5, "{id} {needs:?} {block:?}: {worst}");
            }
        }
    }
}

#[test]
fn balanced_replicas_do_not_see_each_other() {
    let plan = short_video_plan(&["click", "finish", "watch_secs"], "[1]", 3000);
    for needs in [Needs::ParameterGradients, Needs::RepresentationGradients] {
        let way = Way {
            needs,
            strategy: |config| named("pcgrad", config),
            ..PLAIN
        };
        let together = after_steps(&plan, &[1, 2, 3], way);
        for (seed, stacked) in [1, 2, 3].into_iter().zip(&together) {
            let alone = after_steps(&plan, &[seed], way);
            let worst = worst(&alone, std::slice::from_ref(stacked));
            assert!(worst < 2e-5, "{needs:?}, seed {seed}: {worst}");
        }
        let plain = after_steps(&plan, &[1], PLAIN);
        assert!(worst(&plain, &together[..1]) > 1e-4, "nothing was balanced");
    }
}
