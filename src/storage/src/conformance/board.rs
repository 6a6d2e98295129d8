//! The board, notes on cases, saved views.

use std::sync::Arc;

use podlinnik_domain::analysis::AnalysisState;
use podlinnik_domain::case::{CaseState, Risk, Topic, Triage};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{CaseId, IdSource as _, OrganisationId, UserId};
use podlinnik_domain::likelihood::Word;
use podlinnik_domain::note::SavedView;
use podlinnik_domain::notice::NoticeState;
use podlinnik_domain::original::{CopyMatchKind, CopyMatchState};
use podlinnik_domain::people::{Organisation, OrganisationLevel, User};
use podlinnik_domain::submission::Circumstances;
use podlinnik_domain::verdict::VerdictKind;
use serde_json::json;

use super::desk::{release, step};
use super::recognition::{decision, found, link};
use super::world::{World, at, words};
use crate::record::{
    AnalysisEnd, BoardCounts, BoardOrder, BoardQuestion, BoardRecord, CaseAction, ClaimedBy, NewNote,
    NoticeQuestion, Page, Steps,
};
use crate::{Store, StoreError};

const FACE: VerdictKind = VerdictKind::ManipulatedFace;

/// Everything, oldest first.
pub fn question(person: UserId) -> BoardQuestion {
    BoardQuestion {
        root: None,
        person,
        states: Vec::new(),
        region: None,
        network: None,
        risk: None,
        topic: None,
        claimed: ClaimedBy::Anybody,
        wants: None,
        series: None,
        search: None,
        notes: true,
        order: BoardOrder::Deadline,
        after: None,
        limit: 100,
    }
}

async fn page(world: &World, question: &BoardQuestion) -> Page<BoardRecord> {
    world.store.board_page(question).await.expect("a page of the board")
}

async fn cases(world: &World, question: &BoardQuestion) -> Vec<CaseId> {
    page(world, question).await.items.iter().map(|entry| entry.case.id).collect()
}

async fn entry(world: &World, case: CaseId) -> BoardRecord {
    let all = page(world, &question(world.author)).await.items;
    all.into_iter().find(|entry| entry.case.id == case).expect("the case is on the board")
}

/// Hands bytes in with words.
async fn submit(world: &World, content: &str, said: Circumstances) -> CaseId {
    let new = crate::record::NewSubmission { circumstances: said, ..world.submission(content) };
    world.store.submission_create(&new).await.expect("a submission").submission.case
}

/// An organisation below another with somebody in it.
async fn branch(world: &World, code: &str, parent: Option<OrganisationId>) -> (OrganisationId, UserId) {
    let id = OrganisationId::generate(&world.ids);
    let organisation = Organisation {
        id,
        code: code.to_owned(),
        level: OrganisationLevel::Municipality,
        name_ru: "Город".to_owned(),
        name_en: "Town".to_owned(),
        parent,
    };
    world.store.organisation_create(&organisation, world.now()).await.expect("an organisation");
    let user = User { organisation: id, ..world.user(UserId::generate(&world.ids), &code.to_lowercase()) };
    world.store.user_create(&user, None).await.expect("a user");
    (id, user.id)
}

pub async fn the_board_shows_what_is_known(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let said = Circumstances {
        file_name: Some("gubernator.mp4".to_owned()),
        network: Some("Telegram".to_owned()),
        ..Circumstances::default()
    };
    let case = submit(&world, "clip", said).await;
    let fresh = entry(&world, case).await;
    assert_eq!((fresh.title.as_deref(), fresh.submissions), (Some("gubernator.mp4"), 1));
    assert_eq!((fresh.analysis, fresh.word, fresh.poster.clone()), (AnalysisState::Queued, None, None));
    let again = Circumstances { network: Some("telegram".to_owned()), ..Circumstances::default() };
    submit(&world, "clip", again).await;
    let again = Circumstances { network: Some("vk".to_owned()), ..Circumstances::default() };
    submit(&world, "clip", again).await;
    let told = entry(&world, case).await;
    assert_eq!((told.submissions, told.networks), (3, vec!["Telegram".to_owned(), "vk".to_owned()]));
    assert!(told.changed_at > fresh.changed_at);

    let report = json!({
        "combined": { "word": "strong_support_manipulated" }, "trace": { "original": { "sha256": "…" } },
    });
    let frame = |name: &str| podlinnik_domain::analysis::Derivative {
        name: name.to_owned(),
        kind: podlinnik_domain::analysis::DerivativeKind::Frame,
        media_type: "image/png".to_owned(),
        sha256: Sha256::of(name.as_bytes()),
        size_bytes: 1,
        at_s: None,
        track: None,
        recipe: "a frame".to_owned(),
    };
    let end = AnalysisEnd::Report {
        report_sha256: Sha256::of(report.to_string().as_bytes()),
        report,
        partial: false,
        derivatives: vec![frame("frame-2.png"), frame("frame-1.png")],
    };
    let job = world.claim().await.expect("the analysis job");
    let analysis = world.case(case).await.analysis;
    world.store.analysis_finish(&job.lease, analysis, &end, world.now()).await.expect("its end");
    let known = entry(&world, case).await;
    assert_eq!((known.analysis, known.word), (AnalysisState::Done, Some(Word::StrongManipulated)));
    assert_eq!((known.original_found, known.poster.as_deref()), (true, Some("frame-1.png")));
    assert_eq!(known.case, world.case(case).await);

    // A proposal is nobody's business; an approved verdict is.
    world.agreed(case, FACE).await;
    assert_eq!(
        (entry(&world, case).await.verdict, entry(&world, case).await.claimed_by),
        (None, Some("Мария Иванова".to_owned()))
    );
    let waiting = world.store.verdict_list(case).await.expect("a list").pop().expect("a verdict");
    world.store.verdict_approve(waiting.id, world.approver, world.now()).await.expect("an approval");
    let approved = entry(&world, case).await;
    assert_eq!((approved.verdict, approved.claimed_by), (Some(FACE), None));

    // A file without a name goes by its note, cut between words.
    let note = Circumstances {
        note: Some("Прислали в чат микрорайона".to_owned()),
        ..Circumstances::default()
    };
    let unnamed = submit(&world, "unnamed", note).await;
    assert_eq!(entry(&world, unnamed).await.title.as_deref(), Some("Прислали в чат микрорайона"));
    let bare = submit(&world, "bare", Circumstances::default()).await;
    assert_eq!(entry(&world, bare).await.title, None);
}

pub async fn the_board_is_filtered(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let sorted = world.submit("sorted").await.submission.case;
    let triage = Triage {
        topic: Some(Topic::Health),
        network: Some("Одноклассники".to_owned()),
        risk: Some(Risk::High),
        ..Triage::default()
    };
    let triage = step(&world, &world.case(sorted).await, world.author, CaseAction::Triage(triage));
    world.store.case_step(&triage).await.expect("a step");
    let claim = step(&world, &world.case(sorted).await, world.second, CaseAction::Claim);
    world.store.case_step(&claim).await.expect("a step");
    let said = Circumstances {
        network: Some("vk.com".to_owned()),
        region: Some("RU-TVE".to_owned()),
        ..Circumstances::default()
    };
    let elsewhere = submit(&world, "elsewhere", said).await;
    let base = question(world.author);
    let only = |change: &dyn Fn(&mut BoardQuestion)| {
        let mut asked = base.clone();
        change(&mut asked);
        asked
    };
    for (asked, expected) in [
        (only(&|_| {}), vec![sorted, elsewhere]),
        (only(&|asked| asked.states = vec![CaseState::New]), vec![elsewhere]),
        (only(&|asked| asked.states = vec![CaseState::Parked, CaseState::Triaged]), vec![sorted]),
        (only(&|asked| asked.region = Some("RU-TVE".to_owned())), vec![elsewhere]),
        (only(&|asked| asked.network = Some("ОДНОКЛАССНИКИ".to_owned())), vec![sorted]),
        (only(&|asked| asked.network = Some("VK.com".to_owned())), vec![elsewhere]),
        (only(&|asked| asked.network = Some("vk".to_owned())), vec![]),
        (only(&|asked| asked.network = Some("%".to_owned())), vec![]),
        (only(&|asked| asked.risk = Some(Risk::High)), vec![sorted]),
        (only(&|asked| asked.risk = Some(Risk::Low)), vec![]),
        (only(&|asked| asked.topic = Some(Topic::Health)), vec![sorted]),
        (only(&|asked| asked.claimed = ClaimedBy::Nobody), vec![elsewhere]),
        (only(&|asked| asked.claimed = ClaimedBy::One(world.second)), vec![sorted]),
        (only(&|asked| asked.claimed = ClaimedBy::One(world.author)), vec![]),
    ] {
        assert_eq!(cases(&world, &asked).await, expected, "{asked:?}");
    }
    let series = world.store.series_link(&link(&world, "sorted", "elsewhere")).await.expect("a series").id;
    let of_series = only(&|asked| asked.series = Some(series));
    let found = page(&world, &of_series).await.items;
    assert_eq!(found.iter().map(|entry| entry.series).collect::<Vec<_>>(), [Some((series, 2)); 2]);
    let other = only(&|asked| asked.series = Some(world.ids.next().into()));
    assert_eq!(cases(&world, &other).await, []);
}

pub async fn the_board_has_three_orders(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(world.submit(&format!("clip {number}")).await.submission.case);
    }
    let claim = step(&world, &world.case(ids[1]).await, world.author, CaseAction::Claim);
    world.store.case_step(&claim).await.expect("a step");
    let newest: Vec<_> = ids.iter().rev().copied().collect();
    let changed = vec![ids[1], ids[4], ids[3], ids[2], ids[0]];
    for (order, expected) in
        [(BoardOrder::Deadline, ids), (BoardOrder::Newest, newest), (BoardOrder::Changed, changed)]
    {
        let mut asked = BoardQuestion { order, limit: 2, ..question(world.author) };
        let mut seen = Vec::new();
        for _ in 0..4 {
            let page = page(&world, &asked).await;
            seen.extend(page.items.iter().map(|entry| entry.case.id));
            asked.after = page.next;
            if page.next.is_none() {
                break;
            }
        }
        assert_eq!((seen, asked.after), (expected, None), "{order}");
    }
}

pub async fn the_board_keeps_to_a_branch(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (town, townsman) = branch(&world, "TOWN", Some(world.organisation)).await;
    let (other, stranger) = branch(&world, "OTHER", None).await;
    let regional = world.submit("regional").await.submission.case;
    let of = |content: &str, organisation, submitter| crate::record::NewSubmission {
        organisation,
        desk: organisation,
        submitter,
        ..world.submission(content)
    };
    let local = world.store.submission_create(&of("local", town, townsman)).await.expect("a submission");
    let foreign = world.store.submission_create(&of("foreign", other, stranger)).await.expect("a submission");
    let (local, foreign) = (local.submission.case, foreign.submission.case);
    for (root, expected) in [
        (None, vec![regional, local, foreign]),
        (Some(world.organisation), vec![regional, local]),
        (Some(town), vec![local]),
        (Some(other), vec![foreign]),
    ] {
        assert_eq!(
            cases(&world, &BoardQuestion { root, ..question(world.author) }).await,
            expected,
            "{root:?}"
        );
    }

    // Others handed the same bytes in: their words lead nobody there who may not read them.
    let secret = Circumstances {
        note: Some("Секретный источник".to_owned()), ..Circumstances::default()
    };
    let new = crate::record::NewSubmission { circumstances: secret, ..of("regional", other, stranger) };
    world.store.submission_create(&new).await.expect("a submission");
    let search = |root, search: &str| BoardQuestion {
        root,
        search: Some(search.to_owned()),
        ..question(world.author)
    };
    assert_eq!(cases(&world, &search(Some(world.organisation), "секретный")).await, []);
    assert_eq!(cases(&world, &search(None, "секретный источник ru tam")).await, [regional]);
    assert_eq!(cases(&world, &search(Some(other), "секретный")).await, [], "the case itself is out of sight");
    // A copy of a case that one may not know of is not told of either.
    let copy = crate::record::NewCopyMatch {
        kind: CopyMatchKind::KnownCopy,
        ..found(&world, "regional", "foreign")
    };
    world.store.copy_match_suggest(&copy).await.expect("a match");
    let noticed = world.store.copy_match_list_by_media(Sha256::of(b"regional")).await.expect("a list");
    let confirmed = decision(&world, &noticed[0], CopyMatchState::Confirmed);
    world.store.copy_match_decide(&confirmed).await.expect("a decision");
    let known = async |root| {
        let entries = page(&world, &BoardQuestion { root, ..question(world.author) }).await.items;
        entries.iter().find(|entry| entry.case.id == regional).map(|entry| entry.known_copy)
    };
    assert_eq!((known(None).await, known(Some(world.organisation)).await), (Some(true), Some(false)));
}

pub async fn cases_are_found_by_words(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let said = Circumstances {
        file_name: Some("Ёлка_в_Моршанске.mp4".to_owned()),
        source_url: Some("https://t.me/example/17".to_owned()),
        network: Some("telegram".to_owned()),
        region: Some("RU-TAM".to_owned()),
        note: Some("Прислали в чат 100% правда".to_owned()),
    };
    submit(&world, "clip", said).await;
    submit(&world, "other", Circumstances::default()).await;
    let job = world.claim().await.expect("a job");
    let analysis = job.payload["analysis"].as_str().expect("an analysis").parse().expect("an identifier");
    let end = super::world::report("clip", false);
    world.store.analysis_finish(&job.lease, analysis, &end, world.now()).await.expect("its end");
    let case = world.store.case_by_media(Sha256::of(b"clip")).await.expect("an answer").expect("the case");
    let search = |search: &str| BoardQuestion { search: Some(search.to_owned()), ..question(world.author) };
    let sha256 = case.media_sha256.to_string();
    let identifier = case.id.to_string();
    for words in [
        "елка",
        "ЁЛКА морш",
        "моршанске прислали",
        "t.me/example/17",
        "17 telegram",
        "правда 100%",
        "ru-tam",
        &sha256,
        &sha256[..12],
        &identifier,
    ] {
        assert_eq!(cases(&world, &search(words)).await, [case.id], "{words}");
    }
    for words in ["лка", "моршанск вода", "_", "1000%", "\\"] {
        let found = cases(&world, &search(words)).await;
        let wordless = words.chars().all(|letter| !letter.is_alphanumeric());
        assert_eq!(found.len(), if wordless { 2 } else { 0 }, "{words}");
    }
    let triage = Triage { place: Some("Кирсанов".to_owned()), ..Triage::default() };
    let triage = step(&world, &world.case(case.id).await, world.author, CaseAction::Triage(triage));
    world.store.case_step(&triage).await.expect("a step");
    assert_eq!(cases(&world, &search("кирсан")).await, [case.id]);

    // The words of a proposal are found once it is approved, those of a notice as soon as they are written.
    let verdict = world.agreed(case.id, FACE).await;
    assert_eq!(cases(&world, &search("подменено")).await, []);
    let verdict =
        world.store.verdict_approve(verdict.id, world.approver, world.now()).await.expect("an approval");
    assert_eq!(cases(&world, &search("подменено")).await, [case.id]);
    let notice = world.drafted(&verdict).await;
    assert_eq!(cases(&world, &search("эвакуацию губернатор")).await, [case.id]);
    let text = words("Наводнения не было");
    let revised = world.store.notice_revise(notice.id, 1, &text, world.author, world.now());
    revised.await.expect("a revision");
    assert_eq!(cases(&world, &search("наводнения")).await, [case.id]);
    assert_eq!(cases(&world, &search("подделано")).await, [], "the words of an earlier version");

    // However much is said by those who hand in, what was decided is found.
    for number in 0..8 {
        let words: String = (0..600).map(|word| format!("с{number}л{word} ")).collect();
        let said = Circumstances { note: Some(words), ..Circumstances::default() };
        submit(&world, "clip", said).await;
    }
    for words in ["наводнения", "подменено", "кирсан", &identifier, &sha256] {
        assert_eq!(cases(&world, &search(words)).await, [case.id], "{words}");
    }
}

pub async fn a_notice_without_a_verdict_that_holds_waits_for_nobody(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let steps = Steps { approve: true, publish: true, ..Steps::default() };
    let waiting = async || {
        let asked = BoardQuestion { wants: Some(steps), ..question(world.deputy) };
        let states = vec![NoticeState::InReview, NoticeState::Approved];
        let listed =
            NoticeQuestion { root: None, person: world.deputy, states, region: None, after: None, limit: 10 };
        let notices = world.store.notice_page(&listed).await.expect("a page").items;
        let hold: Vec<_> = notices.iter().map(|entry| entry.verdict_holds).collect();
        (cases(&world, &asked).await, hold)
    };
    for approved in [false, true] {
        let case = world.analysed(&format!("clip {approved}")).await;
        let verdict = world.approved(case.id, FACE).await;
        let notice = world.drafted(&verdict).await;
        world.store.notice_submit(notice.id, 1, world.author, world.now()).await.expect("a submission");
        if approved {
            world.store.notice_approve(notice.id, 1, world.approver, world.now()).await.expect("an approval");
        }
        assert_eq!(waiting().await.0, [case.id]);
        // A later revision takes the verdict's place, not the notice's.
        world.approved(case.id, VerdictKind::Satire).await;
        assert_eq!(waiting().await.0, []);
    }
    assert_eq!(waiting().await, (vec![], vec![false, false]));

    // A released verdict counts until the second look.
    let case = world.analysed("released").await;
    let verdict = world.proposed(case.id, FACE).await;
    let case = world.case(case.id).await;
    world.store.verdict_release(&release(&world, &case, &verdict, 4 * 3600)).await.expect("a release");
    let notice = world.drafted(&verdict).await;
    world.store.notice_submit(notice.id, 1, world.author, world.now()).await.expect("a submission");
    let approver = Steps { approve: true, ..Steps::default() };
    let asked = BoardQuestion { wants: Some(approver), ..question(world.deputy) };
    assert_eq!(cases(&world, &asked).await, [case.id]);
    world.store.verdict_second_look(&world.look(&verdict, VerdictKind::Satire)).await.expect("a second look");
    assert_eq!(cases(&world, &asked).await, []);
}

pub async fn the_board_knows_what_waits_for_whom(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let analyst = Steps { analyse: true, ..Steps::default() };
    let approver = Steps { approve: true, ..Steps::default() };
    let editor = Steps { publish: true, ..Steps::default() };
    let waiting =
        async |person, steps| cases(&world, &BoardQuestion { wants: Some(steps), ..question(person) }).await;
    let counts = async |person, steps| {
        let late = at(world.now().as_second() + 1);
        world.store.board_counts(None, None, person, steps, late).await.expect("counts")
    };
    let free = world.analysed("free").await.id;
    assert_eq!(waiting(world.second, analyst).await, [], "nobody has it yet");
    let proposed = world.analysed("proposed").await.id;
    let verdict = world.proposed(proposed, FACE).await;
    assert_eq!(waiting(world.author, analyst).await, [], "their own proposal");
    assert_eq!(waiting(world.second, analyst).await, [proposed]);
    assert_eq!(waiting(world.second, Steps::default()).await, []);
    let claim = step(&world, &world.case(free).await, world.author, CaseAction::Claim);
    world.store.case_step(&claim).await.expect("a step");
    assert_eq!(waiting(world.author, analyst).await, [free]);
    assert_eq!(
        counts(world.second, analyst).await,
        BoardCounts { open: 2, overdue: 2, second_look_for_me: 1, ..BoardCounts::default() }
    );
    assert_eq!(counts(world.author, analyst).await.mine, 2);

    // Whoever let a verdict go does not look second.
    let case = world.case(proposed).await;
    world.store.verdict_release(&release(&world, &case, &verdict, 4 * 3600)).await.expect("a release");
    assert_eq!(waiting(world.approver, analyst).await, []);
    assert_eq!(counts(world.approver, analyst).await.second_look_for_me, 0);
    assert_eq!(waiting(world.second, analyst).await, [proposed]);

    world.store.verdict_second_look(&world.look(&verdict, FACE)).await.expect("a second look");
    for person in [world.author, world.second] {
        assert_eq!(
            (waiting(person, approver).await, counts(person, approver).await.approvals_for_me),
            (vec![], 0)
        );
    }
    assert_eq!(waiting(world.deputy, approver).await, [proposed]);
    assert_eq!(counts(world.deputy, approver).await.approvals_for_me, 1);
    let verdict =
        world.store.verdict_approve(verdict.id, world.approver, world.now()).await.expect("an approval");
    assert_eq!(waiting(world.deputy, approver).await, []);

    let notice = world.drafted(&verdict).await;
    world.store.notice_submit(notice.id, 1, world.author, world.now()).await.expect("a submission");
    assert_eq!(
        (waiting(world.author, approver).await, waiting(world.deputy, approver).await),
        (vec![], vec![proposed])
    );
    assert_eq!(waiting(world.author, editor).await, []);
    world.store.notice_approve(notice.id, 1, world.approver, world.now()).await.expect("an approval");
    assert_eq!(waiting(world.author, editor).await, [proposed]);

    let park = CaseAction::Park { reason: "ждём".to_owned(), wake_at: at(2_000_000_000) };
    world.store.case_step(&step(&world, &world.case(free).await, world.author, park)).await.expect("a step");
    let now = world.store.board_counts(None, None, world.author, analyst, at(0)).await.expect("counts");
    assert_eq!(now, BoardCounts { mine: 1, parked: 1, ..BoardCounts::default() });
    let (town, _) = branch(&world, "TOWN", None).await;
    let none =
        world.store.board_counts(Some(town), Some(town), world.second, analyst, at(0)).await.expect("counts");
    assert_eq!(none, BoardCounts::default());
}

pub async fn an_event_about_a_case_is_news(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    assert_eq!(world.store.board_sequence().await.expect("a number"), 0, "people are no cases");
    let mut news = world.store.recorded();
    news.mark_unchanged();
    world.submit("clip").await;
    assert!(news.has_changed().expect("the store is there"));
    let last = world.store.board_sequence().await.expect("a number");
    assert_eq!(world.store.event_since(last, 10).await.expect("events"), []);
    world.receiver().await;
    assert_eq!(world.store.board_sequence().await.expect("a number"), last);
}

pub async fn a_note_stands_until_its_author_takes_it_back(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let new = NewNote {
        id: world.ids.next().into(),
        case: case.id,
        author: world.author,
        text: "Звонила в пресс-службу: записи не было.".to_owned(),
        at: world.now(),
    };
    let note = world.store.note_create(&new).await.expect("a note");
    assert_eq!((note.text.as_deref(), note.author_name.as_str()), (Some(new.text.as_str()), "Мария Иванова"));
    let later = NewNote {
        id: world.ids.next().into(),
        text: "Перезвонят.".to_owned(),
        at: world.now(),
        ..new.clone()
    };
    world.store.note_create(&later).await.expect("a note");
    let listed = world.store.note_list(case.id).await.expect("a list");
    assert_eq!(listed.iter().map(|note| note.id).collect::<Vec<_>>(), [new.id, later.id]);
    let found = BoardQuestion { search: Some("пресс служб".to_owned()), ..question(world.author) };
    assert_eq!(cases(&world, &found).await, [case.id]);
    let unread = BoardQuestion { notes: false, ..found.clone() };
    assert_eq!(cases(&world, &unread).await, [], "not for those who may not read notes");
    let identifier = case.id.to_string();
    let both = |notes| BoardQuestion {
        search: Some(format!("{identifier} пресс")),
        notes,
        ..question(world.author)
    };
    assert_eq!(
        (cases(&world, &both(true)).await, cases(&world, &both(false)).await),
        (vec![case.id], vec![])
    );
    let known = BoardQuestion { search: Some(identifier.clone()), ..unread.clone() };
    assert_eq!(cases(&world, &known).await, [case.id], "other words are found as ever");
    assert_eq!(world.case(case.id).await, case, "the case stays as it is");

    let refused = world.store.note_withdraw(note.id, world.second, "чужая", world.now()).await;
    assert!(matches!(refused, Err(StoreError::Missing { .. })), "{refused:?}");
    let gone = world.store.note_withdraw(note.id, world.author, "ошиблась номером", world.now()).await;
    let gone = gone.expect("a withdrawal");
    assert_eq!(gone.text, None);
    assert_eq!(gone.withdrawal.map(|withdrawal| withdrawal.reason).as_deref(), Some("ошиблась номером"));
    let refused = world.store.note_withdraw(note.id, world.author, "ещё раз", world.now()).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    assert_eq!(cases(&world, &found).await, [], "what was taken back is not found");
    let nowhere = NewNote { id: world.ids.next().into(), case: world.ids.next().into(), ..new };
    let refused = world.store.note_create(&nowhere).await;
    assert!(matches!(refused, Err(StoreError::Missing { .. })), "{refused:?}");
}

pub async fn views_are_personal(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let view = |name: &str, query: &str| SavedView {
        id: world.ids.next().into(),
        name: name.to_owned(),
        query: query.to_owned(),
        saved_at: world.now(),
    };
    let first = view("Срочное", "risk=critical");
    assert_eq!(world.store.view_save(world.author, &first, 2).await.expect("a view"), first);
    let replaced = view("Срочное", "risk=high");
    let saved = world.store.view_save(world.author, &replaced, 2).await.expect("a view");
    assert_eq!((saved.id, saved.query.as_str()), (first.id, "risk=high"));
    world.store.view_save(world.author, &view("Мои", "claimed=me"), 2).await.expect("a view");
    let full = world.store.view_save(world.author, &view("Лишнее", ""), 2).await;
    assert!(matches!(full, Err(StoreError::WrongState { .. })), "{full:?}");
    world.store.view_save(world.author, &replaced, 2).await.expect("one that is there may change");
    let names = async |user| {
        let views = world.store.view_list(user).await.expect("a list");
        views.into_iter().map(|view| view.name).collect::<Vec<_>>()
    };
    assert_eq!(
        (names(world.author).await, names(world.second).await),
        (vec!["Мои".to_owned(), "Срочное".to_owned()], vec![])
    );
    assert!(!world.store.view_remove(world.second, first.id).await.expect("an answer"), "another's");
    assert!(world.store.view_remove(world.author, first.id).await.expect("an answer"));
    assert!(!world.store.view_remove(world.author, first.id).await.expect("an answer"));
    assert_eq!(names(world.author).await, ["Мои"]);
}
