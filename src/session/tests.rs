//! The session without a window: commands in, effects out.

use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::data::{Column, Role, Table, Values};
use crate::error::{Problem, Report};
use crate::lab::Prepared;
use crate::model::Part;
use crate::results::{Results, Run};
use crate::train::{Event, Outcome, Status};

/// Twenty rows with an id, a number and two labels.
fn table() -> Table {
    let whole =
        |modulus: i64| Values::Integer(Arc::new((0..200).map(|row| row % modulus).collect()));
    let real = Values::Real(Arc::new(
        (0..200).map(|row| f64::from(row) * 0.37).collect(),
    ));
    let column = |name: &str, values| Column {
        name: name.to_owned(),
        values,
    };
    let columns = vec![
        column("user_id", whole(7)),
        column("price", real),
        column("is_click", whole(2)),
        column("is_buy", whole(2)),
    ];
    Table {
        columns,
        num_rows: 200,
    }
}

fn prepared(table: Table) -> Prepared {
    Prepared {
        table: Arc::new(table),
        num_test_rows: 0,
        warnings: Vec::new(),
    }
}

fn loaded_session() -> Session {
    let mut session = Session::default();
    let effects = session.apply(Command::Open(PathBuf::from("/data/shop.csv")));
    let ticket = effects.iter().find_map(|effect| match effect {
        Effect::LoadTable(request) => Some(request.ticket),
        _ => None,
    });
    let loaded = LoadedData::gather(vec![PathBuf::from("/data/shop.csv")], prepared(table()));
    session.receive(Message::Loaded {
        ticket: ticket.unwrap(),
        result: Ok(Box::new(loaded)),
    });
    session
}

#[test]
fn a_table_becomes_an_experiment_that_can_run() {
    let session = loaded_session();
    assert_eq!(session.tasks(), ["is_click", "is_buy"]);
    assert_eq!(session.draft.data.paths, ["shop.csv"]);
    assert_eq!(session.problems, []);
    assert_eq!((session.num_runs(), session.can_run()), (2, true));
    assert_eq!(session.light(Station::Data), Light::Ready);
    assert!(
        session.sentence.ends_with("= 2 runs"),
        "{}",
        session.sentence
    );
    // Separate models: two tables and two bottoms instead of one.
    let [shared, separate] = &session.pictures[..] else {
        panic!("two pictures")
    };
    let lanes = |picture: &Picture| {
        let nodes = picture.diagram.nodes.iter();
        nodes.filter(|node| node.part == Part::Embeddings).count()
    };
    assert_eq!((lanes(shared), lanes(separate)), (1, 2));
    assert_eq!(separate.block("bottom"), 2 * shared.block("bottom"));
    assert_eq!(
        separate.block("towers.is_click"),
        shared.block("towers.is_click")
    );
}

#[test]
fn an_old_table_that_arrives_late_is_dropped() {
    let mut session = loaded_session();
    session.apply(Command::Reload);
    let old = LoadedData::gather(Vec::new(), prepared(Table::default()));
    session.receive(Message::Loaded {
        ticket: 1,
        result: Ok(Box::new(old)),
    });
    assert!(matches!(session.data, DataState::Loading { .. }));
}

#[test]
fn a_table_that_cannot_be_read_says_why() {
    let mut session = Session::default();
    session.apply(Command::Open(PathBuf::from("/data/shop.csv")));
    let report = Report::input(
        "could not read the data",
        vec![Problem::new("shop.csv", "no rows")],
    );
    session.receive(Message::Loaded {
        ticket: 1,
        result: Err(report),
    });
    assert!(
        matches!(&session.data, DataState::Failed { summary, .. } if summary == "Could not read the data")
    );
    assert_eq!(session.light(Station::Data), Light::Attention);
    assert_eq!(session.notices.list().len(), 1);
    assert!(!session.can_run());
}

#[test]
fn form_and_text_edit_the_same_experiment() {
    let mut session = loaded_session();
    let mut draft = session.draft.clone();
    draft.training.epochs = 17;
    session.apply(Command::EditDraft(Box::new(draft)));
    assert!(session.text.contains("epochs = 17"), "{}", session.text);
    let text = session.text.replace("epochs = 17", "epochs = 19");
    session.apply(Command::EditText(text));
    assert_eq!(session.draft.training.epochs, 19);
    let broken = session.text.replace("epochs = 19", "epochs = ");
    session.apply(Command::EditText(broken.clone()));
    assert_eq!(session.text, broken, "what was typed stays");
    assert_eq!(
        session.draft.training.epochs, 19,
        "and the draft is the last that could be read"
    );
    assert!(
        session.text_problems[0].place.contains("line "),
        "{}",
        session.text_problems[0]
    );
    assert!(!session.can_run());
}

#[test]
fn a_draft_without_labels_is_refused_in_words() {
    let mut session = loaded_session();
    for task in ["is_click", "is_buy"] {
        let mut spec = session.column_spec(task);
        spec.role = Some(Role::Ignore);
        let draft = session.with_column(task, spec);
        session.apply(Command::EditDraft(Box::new(draft)));
    }
    let why = session.why_not_run().unwrap();
    assert!(why.contains("there is no label to predict"), "{why}");
    assert_eq!(session.light(Station::Data), Light::Attention);
}

#[test]
fn training_runs_its_course() {
    let mut session = loaded_session();
    let effects = session.apply(Command::Run);
    assert!(matches!(&effects[..], [Effect::Train(request)] if !request.resume));
    assert_eq!(session.station, Station::Compare);
    assert!(
        session.apply(Command::Run).is_empty(),
        "one training at a time"
    );
    assert!(
        session.apply(Command::PauseOrGoOn).is_empty(),
        "nothing to pause yet"
    );
    let results = Results {
        runs: vec![Run::default(), Run::default()],
        ..Results::default()
    };
    let out = PathBuf::from("/data/shop-results-1");
    session.receive(Message::TrainingStarted(Ok(Box::new(Started {
        results,
        out,
    }))));
    assert!(matches!(
        session.apply(Command::PauseOrGoOn)[..],
        [Effect::Pause]
    ));
    assert!(matches!(
        session.apply(Command::PauseOrGoOn)[..],
        [Effect::GoOn]
    ));
    session.receive(Message::Training(Event::RunStarted {
        run: 1,
        parameters: 9,
    }));
    assert!(matches!(
        session.apply(Command::SkipCurrent)[..],
        [Effect::Skip(1)]
    ));
    let outcome = Outcome {
        status: Status::Stopped,
        ..Outcome::default()
    };
    let ended = Event::RunFinished {
        run: 1,
        outcome: Box::new(outcome),
    };
    assert!(matches!(
        session.receive(Message::Training(ended))[..],
        [Effect::Compare { .. }]
    ));
    assert!(matches!(session.apply(Command::Stop)[..], [Effect::Stop]));
    session.receive(Message::Training(Event::Finished));
    assert!(session.training.is_none());
    assert!(session.results.is_some(), "the curves stay");
}

#[test]
fn an_experiment_is_trained_until_it_is_edited() {
    for (status, expected) in [(Status::Finished, true), (Status::Stopped, false)] {
        let mut session = loaded_session();
        session.apply(Command::Run);
        let results = Results {
            runs: vec![Run::default()],
            ..Results::default()
        };
        let out = PathBuf::from("/data/shop-results-1");
        let started = Box::new(Started { results, out });
        session.receive(Message::TrainingStarted(Ok(started)));
        assert!(!session.is_trained(), "not yet");
        let outcome = Outcome {
            status,
            ..Outcome::default()
        };
        session.receive(Message::Training(Event::RunFinished {
            run: 0,
            outcome: Box::new(outcome),
        }));
        session.receive(Message::Training(Event::Finished));
        assert_eq!(session.is_trained(), expected, "{status:?}");
        let mut draft = session.draft.clone();
        draft.training.epochs += 1;
        session.apply(Command::EditDraft(Box::new(draft)));
        assert!(!session.is_trained(), "edited");
    }
}

#[test]
fn a_training_that_breaks_is_told_and_over() {
    let mut session = loaded_session();
    session.apply(Command::Run);
    session.receive(Message::TrainingStarted(Err(Report::failure("no memory"))));
    assert!(session.training.is_none());
    assert_eq!(session.notices.list()[0].level, Level::Error);
}

#[test]
fn a_file_saved_elsewhere_still_finds_its_data() {
    let mut session = loaded_session();
    let path = PathBuf::from("/other/place.toml");
    let effects = session.receive(Message::Picked {
        picking: Picking::Save,
        path: path.clone(),
    });
    assert_eq!(session.draft.data.paths, ["/data/shop.csv"]);
    assert!(
        matches!(&effects[..], [Effect::WriteText { path: written, text }]
        if *written == path && text.contains("/data/shop.csv"))
    );
}

#[test]
fn a_reopened_folder_brings_its_experiment_and_goes_on() {
    let draft = starter_draft(&["../shop.csv".to_owned()]);
    let results = Results {
        draft,
        runs: vec![Run::default()],
        ..Results::default()
    };
    let folder = PathBuf::from("/data/shop-results-1");
    let mut session = Session::default();
    let message = Message::Results {
        folder: folder.clone(),
        results: Box::new(results),
    };
    let effects = session.receive(message);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::LoadTable(_)))
    );
    assert_eq!(
        (session.station, session.base.clone()),
        (Station::Compare, folder.clone())
    );
    let gone = Report::input("could not read the data", Vec::new());
    session.receive(Message::Loaded {
        ticket: 1,
        result: Err(gone),
    });
    assert_eq!(
        session.station,
        Station::Compare,
        "curves stay in sight without the data"
    );
    let effects = session.apply(Command::ResumeFolder);
    assert!(matches!(&effects[..], [Effect::Train(request)]
        if request.resume && request.out == folder && request.draft.name == "shop"));
}

#[test]
fn a_sweep_lands_on_the_design_and_only_once() {
    let mut session = loaded_session();
    session.apply(Command::Go(Station::Compare));
    session.apply(Command::SweepWeights(None));
    assert_eq!(session.station, Station::Design);
    assert_eq!(session.draft.variants.len(), 7);
    assert_eq!(session.problems, []);
    assert!(
        session.text.contains("10:90 is_click:is_buy"),
        "{}",
        session.text
    );
    let added = session.added.clone();
    let name = added.as_deref().unwrap();
    assert!(name.ends_with("10:90 is_click:is_buy"), "{name}");
    session.apply(Command::SweepWeights(None));
    assert_eq!(session.draft.variants.len(), 7);
    assert_eq!(session.added, added);
}

#[test]
fn an_adaptive_variant_is_replayed_on_the_design() {
    let mut session = loaded_session();
    session.apply(Command::Replay(None));
    assert_eq!(
        session.notices.list()[0].summary,
        "There are no results to replay yet"
    );
    let mut results = Results {
        draft: session.draft.clone(),
        ..Results::default()
    };
    results.draft.variants[0].strategy = crate::spec::Choice::named("uncertainty");
    let weights = [("is_click".to_owned(), 1.25), ("is_buy".to_owned(), 0.5)];
    let outcome = Outcome {
        status: Status::Finished,
        task_weights: weights.into(),
        ..Outcome::default()
    };
    results.runs.push(Run {
        outcome: Some(outcome),
        ..Run::default()
    });
    session.results = Some(results);
    let before = session.draft.clone();
    session.apply(Command::Replay(Some(1)));
    assert_eq!(session.draft, before, "separate models weigh nothing");
    session.apply(Command::Replay(None));
    assert_eq!(session.station, Station::Design);
    assert_eq!(session.problems, []);
    let replayed = session.draft.variants.last().unwrap();
    assert_eq!(replayed.name, "shared, equal, replayed");
    assert!(session.text.contains("is_click = 1.25"), "{}", session.text);
}
