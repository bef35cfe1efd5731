//! Impressions of a made-up short-video app: five labels, some of which help each other while others are in each other's way.

use std::sync::Arc;

use crate::error::Problem;

use super::super::integers::Integers;
use super::super::table::{Column, Table, Values};
use super::bounds::check_rows;
use super::draw::{Draw, rounded};

/// More than the table has, for the draws behind it take room as well.
const NUM_COLUMNS: usize = 20;
const CATEGORIES: [&str; 12] = [
    "animals", "beauty", "comedy", "cooking", "dance", "games", "music", "news", "science",
    "sports", "travel", "vlog",
];
const DEVICES: [&str; 4] = ["phone", "tablet", "tv", "desktop"];
/// How often each device is used, as running sums.
const DEVICE_SUMS: [f64; 4] = [0.7, 0.82, 0.92, 1.0];
/// The first impression: 2024-03-01, 00:00:00 UTC.
const START: i64 = 1_709_251_200;
const WEEK_SECS: f64 = 7.0 * 86_400.0;
/// The mean of the logarithm of a video's seconds, and its standard deviation.
const LOG_DURATION: [f64; 2] = [2.9, 0.75];

/// A week of impressions.
///
/// `like` and `share` spring from one taste: the user's generosity plus the video's quality. A share is rare, so that a model of its own
/// hardly learns the ids, and it gains when it shares a network with `like`. `finish` and `watch_secs` are known after a click only. Both
/// are waves over the video's length and the user's activity, of opposite sign and different direction, so that they compete for the
/// width of a narrow shared bottom. Clickbait makes a click and a long watch likelier, and a finish less likely.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ShortVideoRecipe {
    /// Impressions.
    pub rows: usize,
    /// The seed of everything that is drawn.
    pub seed: u64,
}

impl Default for ShortVideoRecipe {
    fn default() -> Self {
        Self {
            rows: 25_000,
            seed: 7,
        }
    }
}

impl ShortVideoRecipe {
    /// What cannot be made.
    pub fn problems(&self) -> Vec<Problem> {
        check_rows(self.rows, NUM_COLUMNS).into_iter().collect()
    }
}

/// Makes the table, in the order of time.
pub fn short_video(recipe: &ShortVideoRecipe) -> Table {
    let mut draw = Draw::new(recipe.seed);
    let users = Users::draw(&mut draw, (recipe.rows / 50).max(20));
    let videos = Videos::draw(&mut draw, (recipe.rows / 42).max(24));
    let mut times: Vec<i64> = (0..recipe.rows)
        .map(|_| START + (draw.uniform() * WEEK_SECS) as i64)
        .collect();
    times.sort_unstable();

    let mut log = Log::default();
    for ts in times {
        let user = draw.below(users.generosity.len());
        let video = draw.by_weight(&videos.running_views);
        let hour = ts / 3600 % 24;
        let device = draw.by_weight(&DEVICE_SUMS);
        let taste = users.generosity[user] + videos.quality[video];
        let (bait, activity) = (videos.bait[video], users.activity[user]);
        let long = (videos.duration[video].ln() - LOG_DURATION[0]) / LOG_DURATION[1];
        let evening = if hour >= 18 { 0.3 } else { -0.1 };

        let click = draw.by_logit(-0.55 + 0.8 * bait + 0.5 * taste + 0.3 * activity + evening);
        let like = draw.by_logit(-1.2 + 1.2 * taste);
        let share = draw.by_logit(-4.0 + 1.2 * taste);
        let wave = (3.0 * long + 1.2 * activity).sin();
        let finish = draw.by_logit(-2.2 * wave - 0.5 * bait - 0.5 * long);
        let pull = 1.4 * (2.0 * activity - 1.5 * long + 1.0).sin() + 0.5 * long + 0.6 * bait;
        let secs = rounded((2.5 + 0.8 * (pull + 0.4 * draw.normal())).exp(), 1);

        log.ts.push(ts);
        log.user.push(user);
        log.video.push(video);
        log.hour.push(hour);
        log.device.push(device as u32);
        log.click.push(click);
        log.finish.push((click == 1).then_some(finish));
        log.like.push(like);
        log.share.push(share);
        log.watch_secs
            .push(if click == 1 { secs } else { f64::NAN });
    }
    log.table(&users, &videos)
}

/// What is true of each user.
struct Users {
    generosity: Vec<f64>,
    activity: Vec<f64>,
}

impl Users {
    fn draw(draw: &mut Draw, count: usize) -> Self {
        let generosity = draw.normals(count);
        let activity = draw
            .normals(count)
            .into_iter()
            .map(|value| rounded(value, 3))
            .collect();
        Self {
            generosity,
            activity,
        }
    }
}

/// What is true of each video.
struct Videos {
    author: Vec<usize>,
    category: Vec<usize>,
    quality: Vec<f64>,
    bait: Vec<f64>,
    /// Seconds.
    duration: Vec<f64>,
    /// The share of earlier impressions that were clicked.
    ctr: Vec<f64>,
    /// How often each is shown, as running sums.
    running_views: Vec<f64>,
}

impl Videos {
    fn draw(draw: &mut Draw, count: usize) -> Self {
        let author_quality = draw.normals((count / 5).max(1));
        let category_quality = draw.normals(CATEGORIES.len());
        let author: Vec<usize> = (0..count)
            .map(|_| draw.below(author_quality.len()))
            .collect();
        let category: Vec<usize> = (0..count).map(|_| draw.below(CATEGORIES.len())).collect();
        let own = draw.normals(count);
        let quality =
            own.iter()
                .zip(author.iter().zip(&category))
                .map(|(own, (&author, &category))| {
                    0.7 * own + 0.6 * author_quality[author] + 0.4 * category_quality[category]
                });
        let quality = quality.collect();
        let bait = draw.normals(count);
        let [mean, deviation] = LOG_DURATION;
        let duration = (0..count)
            .map(|_| rounded((mean + deviation * draw.normal()).clamp(1.6, 5.2).exp(), 1))
            .collect();
        let shown = |bait: &f64| {
            let logit = -0.8 + 0.4 * bait + 0.5 * draw.normal();
            rounded(1.0 / (1.0 + (-logit).exp()), 4)
        };
        let ctr = bait.iter().map(shown).collect();
        let mut total = 0.0;
        let running_views = (0..count)
            .map(|_| {
                total += (0.7 * draw.normal()).exp();
                total
            })
            .collect();
        Self {
            author,
            category,
            quality,
            bait,
            duration,
            ctr,
            running_views,
        }
    }
}

/// The impressions, column by column.
#[derive(Default)]
struct Log {
    ts: Vec<i64>,
    user: Vec<usize>,
    video: Vec<usize>,
    hour: Vec<i64>,
    device: Vec<u32>,
    click: Vec<i64>,
    finish: Vec<Option<i64>>,
    like: Vec<i64>,
    share: Vec<i64>,
    watch_secs: Vec<f64>,
}

impl Log {
    fn table(self, users: &Users, videos: &Videos) -> Table {
        let num_rows = self.ts.len();
        let of_user = |facts: &[f64]| real(self.user.iter().map(|&user| facts[user]).collect());
        let of_video = |facts: &[f64]| real(self.video.iter().map(|&video| facts[video]).collect());
        let ids = |first: i64, numbers: Vec<usize>| {
            whole(
                numbers
                    .into_iter()
                    .map(|number| first + i64::try_from(number).unwrap_or(i64::MAX - first))
                    .collect(),
            )
        };
        let categories = self
            .video
            .iter()
            .map(|&video| videos.category[video] as u32)
            .collect();
        let authors = self
            .video
            .iter()
            .map(|&video| videos.author[video])
            .collect();
        let columns = [
            ("ts", whole(self.ts)),
            ("user_id", ids(1001, self.user.clone())),
            ("video_id", ids(50_001, self.video.clone())),
            ("author_id", ids(301, authors)),
            ("category", words(categories, &CATEGORIES)),
            ("hour", whole(self.hour)),
            ("device", words(self.device, &DEVICES)),
            ("duration_secs", of_video(&videos.duration)),
            ("user_activity", of_user(&users.activity)),
            ("video_ctr", of_video(&videos.ctr)),
            ("click", whole(self.click)),
            ("finish", whole(self.finish)),
            ("like", whole(self.like)),
            ("share", whole(self.share)),
            ("watch_secs", real(self.watch_secs)),
        ];
        let columns = columns.map(|(name, values)| Column {
            name: name.to_owned(),
            values,
        });
        Table {
            columns: columns.into(),
            num_rows,
        }
    }
}

fn whole<T>(values: Vec<T>) -> Values
where
    Integers: FromIterator<T>,
{
    Values::Integer(Arc::new(values.into_iter().collect()))
}

fn real(values: Vec<f64>) -> Values {
    Values::Real(Arc::new(values.into_iter().collect()))
}

/// Codes of a list of words as text, the dictionary in order of first appearance.
fn words(codes: Vec<u32>, list: &[&str]) -> Values {
    let mut dictionary = Vec::new();
    let mut new_code = vec![None; list.len()];
    let codes = codes.into_iter().map(|code| {
        let word = code as usize;
        *new_code[word].get_or_insert_with(|| {
            dictionary.push(list[word].to_owned());
            dictionary.len() as i64 - 1
        })
    });
    Values::Text {
        codes: Arc::new(codes.collect()),
        dictionary: Arc::new(dictionary),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::data::scale::number;

    fn column(table: &Table, name: &str) -> Vec<f64> {
        let values = &table.column(name).unwrap().values;
        (0..table.num_rows).map(|row| number(values, row)).collect()
    }

    fn mean(values: impl Iterator<Item = f64>) -> f64 {
        let (sum, count) =
            values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        sum / count
    }

    #[test]
    fn labels_have_their_balance_and_are_known_where_they_should_be() {
        let table = short_video(&ShortVideoRecipe {
            rows: 20_000,
            seed: 1,
        });
        let [click, finish, like, share, secs] =
            ["click", "finish", "like", "share", "watch_secs"].map(|name| column(&table, name));
        for row in 0..table.num_rows {
            assert_eq!(click[row] == 1.0, finish[row].is_finite());
            assert_eq!(click[row] == 1.0, secs[row].is_finite());
        }
        let balance = [&click, &like, &share].map(|label| mean(label.iter().copied()));
        assert!(
            (0.3..0.5).contains(&balance[0])
                && (0.2..0.45).contains(&balance[1])
                && (0.02..0.1).contains(&balance[2]),
            "{balance:?}"
        );
    }

    #[test]
    fn shares_follow_likes_and_clickbait_is_watched_longer_but_finished_less() {
        let table = short_video(&ShortVideoRecipe::default());
        let [click, finish, like, share, secs, ctr] = [
            "click",
            "finish",
            "like",
            "share",
            "watch_secs",
            "video_ctr",
        ]
        .map(|name| column(&table, name));
        let share_given = |liked: f64| {
            mean(
                (0..table.num_rows)
                    .filter(|&row| like[row] == liked)
                    .map(|row| share[row]),
            )
        };
        assert!(share_given(1.0) > 2.0 * share_given(0.0));
        let given = |label: &[f64], bait: bool| {
            mean(
                (0..table.num_rows)
                    .filter(|&row| click[row] == 1.0 && (ctr[row] > 0.35) == bait)
                    .map(|row| label[row]),
            )
        };
        assert!(given(&secs, true) > given(&secs, false));
        assert!(given(&finish, true) < given(&finish, false));
    }

    #[test]
    fn one_seed_gives_one_table_in_the_order_of_time() {
        let recipe = ShortVideoRecipe { rows: 300, seed: 2 };
        let [a, b] = [short_video(&recipe), short_video(&recipe)];
        let row = |table: &Table, row| {
            table
                .columns
                .iter()
                .map(|column| column.values.display(row))
                .collect::<Vec<_>>()
                .join(",")
        };
        assert!((0..300).all(|at| row(&a, at) == row(&b, at)));
        assert_ne!(
            row(&a, 5),
            row(&short_video(&ShortVideoRecipe { seed: 3, ..recipe }), 5)
        );
        assert!(column(&a, "ts").is_sorted());
        // The first row of this seed, so that a change of the recipe does not go unnoticed.
        assert_eq!(
            row(&a, 0),
            "1709255890,1015,50018,304,dance,1,phone,7,0.505,0.4772,0,,1,0,"
        );
    }

    #[test]
    fn the_sample_file_is_what_the_command_in_its_readme_makes() {
        let sample = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/sample_data/short_video.csv.gz"
        );
        let folder = tempfile::tempdir().unwrap();
        let fresh = folder.path().join("short_video.csv.gz");
        super::super::write_csv(
            &fresh,
            &short_video(&ShortVideoRecipe {
                rows: 25_000,
                seed: 7,
            }),
        )
        .unwrap();
        let unzipped = |bytes: Vec<u8>| {
            let mut text = String::new();
            flate2::read::GzDecoder::new(bytes.as_slice())
                .read_to_string(&mut text)
                .unwrap();
            text
        };
        assert!(
            unzipped(std::fs::read(sample).unwrap()) == unzipped(std::fs::read(fresh).unwrap())
        );
    }
}
