//! Fields of few ids beside one of many and a list: it must not matter which of them a block repeats.

use std::fmt::Write as _;

use mtl_lab::experiment::Plan;
use mtl_lab::strategy::{Look, Needs, On, Strategy};

use crate::balance::Sum;
use crate::fixture::plan;
use crate::replicas::{PLAIN, Way, after_steps, worst};

/// 12 users, 400 videos, a list of videos, and an hour.
fn mixed() -> Plan {
    let folder = tempfile::tempdir().unwrap();
    let mut table = "user,video,seen,hour,length,click,like\n".to_owned();
    for row in 0..2000 {
        let seen: Vec<String> = (0..row % 5)
            .map(|item| (row * (item + 3) % 400).to_string())
            .collect();
        let (user, video, hour) = (row * 7 % 12, row * 37 % 400, row % 24);
        let (click, like) = (u8::from(row * 11 % 7 < 3), u8::from(row * 5 % 9 < 2));
        let (seen, length) = (seen.join("|"), f64::from(row % 13) / 13.0);
        writeln!(
            table,
            "u{user},v{video},{seen},{hour},{length},{click},{like}"
        )
        .unwrap();
    }
    std::fs::write(folder.path().join("table.csv"), table).unwrap();
    let text = r#"
        [data]
        path = "table.csv"
        [data.columns]
        user = { role = "sparse" }
        video = { role = "sparse" }
        seen = { role = "sequence", separator = "|" }
        hour = { role = "sparse" }
        length = { role = "dense" }
        click = { role = "label", task = "binary" }
        like = { role = "label", task = "binary" }
        [[variants]]
        name = "shared"
        structure = "mmoe"
        bottom = { kind = "mlp", units = [32, 16] }
    "#;
    plan(text, folder.path())
}

#[test]
fn it_does_not_matter_what_a_block_repeats() {
    let plan = mixed();
    let seeds = [1, 2];
    // A batch of 128 rows repeats users and hours, a block of 60 users alone, a block of 20 nothing.
    let nothing = Way {
        block: Some(20),
        ..PLAIN
    };
    let plain = after_steps(&plan, &seeds, nothing);
    for on in [None, Some(On::Parameters), Some(On::Representation)] {
        for block in [None, Some(60)] {
            let way = match on {
                None => Way { block, ..PLAIN },
                Some(on) => Way {
                    block,
                    needs: Needs::Gradients {
                        on,
                        look: Look::Batch,
                    },
                    strategy: |_| Strategy::balancing(Sum),
                },
            };
            let found = worst(&plain, &after_steps(&plan, &seeds, way));
            assert!(found < 2e-5, "{on:?} {block:?}: {found}");
        }
    }
}
