//! How long the board takes with many cases: `cargo run --release -p podlinnik-storage-sqlite --example board_speed -- FILE [CASES]`. Fills the file if
//! it is not there yet (put it where flushing costs nothing), then asks each question often and prints the median, the 99th percentile and the worst
//! in milliseconds.

#![expect(clippy::print_stdout, reason = "a measurement by hand, no part of the service")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use podlinnik_domain::case::{CaseState, Risk, Topic, Triage};
use podlinnik_domain::submission::Circumstances;
use podlinnik_domain::verdict::VerdictKind;
use podlinnik_storage::conformance::board::question;
use podlinnik_storage::conformance::desk::step;
use podlinnik_storage::conformance::world::{World, at};
use podlinnik_storage::record::{BoardOrder, BoardQuestion, CaseAction, ClaimedBy, NewSubmission, Steps};
use podlinnik_storage::{BoardStore as _, Store, StoreError};
use podlinnik_storage_sqlite::SqliteStore;

const TIMES: usize = 200;
const WORDS: &[&str] = &[
    "губернатор",
    "эвакуация",
    "вода",
    "отключение",
    "взрыв",
    "завод",
    "мост",
    "школа",
    "больница",
    "вирус",
    "деньги",
    "выплаты",
    "банк",
    "мошенники",
    "выборы",
    "мэр",
    "паводок",
    "плотина",
    "пожар",
    "дрон",
    "тревога",
    "полиция",
    "поезд",
    "автобус",
    "хлеб",
    "цены",
    "бензин",
    "мобилизация",
    "повестка",
    "учения",
    "карантин",
    "прививка",
    "дети",
    "лагерь",
    "ёлка",
    "площадь",
    "митинг",
    "слухи",
    "чат",
    "район",
];

#[tokio::main]
async fn main() -> Result<(), StoreError> {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().expect("the file to measure"));
    let cases: u32 = arguments.next().map_or(10_000, |text| text.parse().expect("a number of cases"));
    if !path.exists() {
        fill(&path, cases).await?;
    }
    let store = SqliteStore::open(&path).await?;
    let people = store.user_list().await?;
    let person = people.iter().find(|user| user.login == "second").expect("an analyst");
    let base = BoardQuestion { limit: 50, ..question(person.id) };
    let open: Vec<CaseState> = CaseState::ALL
        .iter()
        .copied()
        .filter(|state| !matches!(state, CaseState::Approved | CaseState::Parked))
        .collect();
    let steps = Steps { analyse: true, approve: true, publish: true };
    let search = |words: &str| BoardQuestion { search: Some(words.to_owned()), ..base.clone() };
    let asked = [
        ("everything by deadline", base.clone()),
        ("one branch by deadline", BoardQuestion { root: Some(person.organisation), ..base.clone() }),
        ("newest", BoardQuestion { order: BoardOrder::Newest, ..base.clone() }),
        ("changed last", BoardQuestion { order: BoardOrder::Changed, ..base.clone() }),
        ("open by deadline", BoardQuestion { states: open.clone(), ..base.clone() }),
        (
            "open, critical, health",
            BoardQuestion {
                states: open,
                risk: Some(Risk::Critical),
                topic: Some(Topic::Health),
                ..base.clone()
            },
        ),
        ("mine", BoardQuestion { claimed: ClaimedBy::One(person.id), ..base.clone() }),
        ("waits for me", BoardQuestion { wants: Some(steps), ..base.clone() }),
        (
            "of a network that nobody named",
            BoardQuestion { network: Some("myspace".to_owned()), ..base.clone() },
        ),
        ("search: a frequent word", search("губер")),
        ("search: two words", search("взрыв мост")),
        ("search: six words, in one case or none", search("ёлка вирус поезд хлеб мэр дрон")),
        ("search: nothing found", search("зззззз")),
        ("search: one letter and nothing", search("а яяяя")),
        ("search: newest first", BoardQuestion { order: BoardOrder::Newest, ..search("паводок плот") }),
        ("search in one branch", BoardQuestion { root: Some(person.organisation), ..search("зззззз") }),
    ];
    for (name, asked) in &asked {
        let mut times = Vec::new();
        let mut found = 0;
        for _ in 0..TIMES {
            let start = Instant::now();
            found = store.board_page(asked).await?.items.len();
            times.push(start.elapsed().as_secs_f64() * 1000.0);
        }
        print(name, found, &mut times);
    }
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let start = Instant::now();
        store.board_counts(None, None, person.id, steps, at(1_800_000_000)).await?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    print("counts", 0, &mut times);
    Ok(())
}

fn print(name: &str, found: usize, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let at = |part: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a rank among 200"
        )]
        let rank = ((times.len() - 1) as f64 * part).round() as usize;
        times.get(rank).copied().unwrap_or_default()
    };
    println!("{name:40} {found:3} found  {:6.1} {:6.1} {:6.1} ms", at(0.5), at(0.99), at(1.0));
}

/// Cases as a year leaves them: most decided, some open, each with a note of thirty words.
async fn fill(path: &Path, cases: u32) -> Result<(), StoreError> {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(path).await?);
    let world = World::new(store).await;
    let mut state = 12_345_u64;
    let mut roll = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or_default() % below
    };
    for number in 0..cases {
        let words = |roll: &mut dyn FnMut(usize) -> usize, count: usize| {
            (0..count).filter_map(|_| WORDS.get(roll(WORDS.len())).copied()).collect::<Vec<_>>().join(" ")
        };
        let note = format!(
            "{} {}",
            words(&mut roll, 8),
            (0..22).map(|_| format!("слово{}", roll(20_000))).collect::<Vec<_>>().join(" ")
        );
        let content = format!("clip {number}");
        let new = NewSubmission {
            circumstances: Circumstances {
                file_name: Some(format!("{}-{number}.mp4", words(&mut roll, 2))),
                source_url: Some(format!("https://t.me/channel{}/{number}", roll(500))),
                network: [Some("telegram"), Some("vk"), Some("ok"), None]
                    .get(roll(4))
                    .copied()
                    .flatten()
                    .map(str::to_owned),
                region: Some("RU-TAM".to_owned()),
                note: Some(note),
            },
            ..world.submission(&content)
        };
        let submission = world.store.submission_create(&new).await?.submission;
        let job = world.claim().await.expect("the analysis job");
        let end = podlinnik_storage::conformance::world::report(&content, false);
        world.store.analysis_finish(&job.lease, submission.analysis, &end, world.now()).await?;
        if roll(3) == 0 {
            let triage = Triage {
                topic: Topic::ALL.get(roll(Topic::ALL.len())).copied(),
                risk: Risk::ALL.get(roll(Risk::ALL.len())).copied(),
                place: Some("Моршанск".to_owned()),
                ..Triage::default()
            };
            let case = world.case(submission.case).await;
            world.store.case_step(&step(&world, &case, world.author, CaseAction::Triage(triage))).await?;
        }
        match roll(20) {
            0 => drop(world.proposed(submission.case, VerdictKind::ManipulatedFace).await),
            1 => drop(world.agreed(submission.case, VerdictKind::ManipulatedFace).await),
            2..4 => {}
            _ => {
                let verdict = world.approved(submission.case, VerdictKind::ManipulatedFace).await;
                if roll(4) == 0 {
                    world.drafted(&verdict).await;
                }
            }
        }
    }
    Ok(())
}
