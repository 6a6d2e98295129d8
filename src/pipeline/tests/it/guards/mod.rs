//! Whether there is a way around a guard: the service and [`model`] play the same random attempts, by people of every kind under a clock that jumps, and have to agree on each
//! of them. `PROPTEST_CASES=500 cargo nextest run -p podlinnik-pipeline no_way_around` plays longer.

mod model;

use jiff::SignedDuration;
use podlinnik_domain::case::Case;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{CorrectionId, NoticeId, RandomIds, VerdictId};
use podlinnik_domain::notice::CorrectionDraft;
use podlinnik_domain::people::Actor;
use podlinnik_domain::verdict::{ReleaseGround, VerdictState};
use podlinnik_pipeline::{LogKey, Service, ServiceError};
use podlinnik_storage::record::{CorrectionSettling, Publication, SecondLook};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::BoxedStrategy;
use proptest::test_runner::Config;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use tokio::runtime::Runtime;

use self::model::{Attempt, KINDS, Model, PEOPLE, SETTLEMENTS, STRANGER, Step, is_versioned};
use crate::support::{World, proposal, words};

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Attempt;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::new()).boxed()
    }

    /// Mostly what is allowed, so that the game gets anywhere; else anything.
    fn transitions(state: &Self) -> BoxedStrategy<Attempt> {
        let steps = state.steps();
        let people = 0..PEOPLE.len();
        let all: Vec<_> = steps
            .iter()
            .flat_map(|step| people.clone().map(|by| Attempt { by, step: *step, stale: false, jump_s: 0 }))
            .collect();
        let allowed: Vec<_> = all.iter().copied().filter(|attempt| state.allows(*attempt)).collect();
        let late =
            |attempts: Vec<Attempt>| select(attempts).prop_map(|attempt| Attempt { stale: true, ..attempt });
        let attempts = prop_oneof![6 => select(allowed.clone()), 3 => select(all), 1 => late(allowed)];
        let jumps = prop_oneof![8 => Just(1), 1 => -100_000_i64..0, 1 => 0_i64..100_000];
        (attempts, jumps).prop_map(|(attempt, jump_s)| Attempt { jump_s, ..attempt }).boxed()
    }

    fn apply(state: Self, attempt: &Attempt) -> Self {
        state.after(*attempt)
    }

    /// What shrinking has left out may be what this stood on.
    fn preconditions(state: &Self, attempt: &Attempt) -> bool {
        state.steps().contains(&attempt.step)
    }
}

/// The service under test, with its people and the identifiers of what the model numbers.
struct Game {
    runtime: Runtime,
    world: World,
    service: Service,
    people: Vec<Actor>,
    case: Case,
    verdicts: Vec<VerdictId>,
    notices: Vec<NoticeId>,
    corrections: Vec<CorrectionId>,
}

impl Game {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let (world, service, people, case) = runtime.block_on(async {
            let world = World::new().await;
            let mut people = Vec::new();
            for (number, (login, roles)) in PEOPLE.iter().enumerate() {
                let organisation = if number == STRANGER { world.lipetsk } else { world.tambov };
                people.push(world.person(organisation, login, roles).await);
            }
            let case = world.analysed(&people[0], b"fake").await;
            // Less than an hour to the four-hour mark, so that break-glass is not closed for the time alone.
            world.clock.advance(SignedDuration::from_mins(200).as_secs());
            let service =
                world.service.clone().with_log(LogKey::open_or_make(world.folder.path()).expect("a key"));
            (world, service, people, case)
        });
        let (verdicts, notices, corrections) = (Vec::new(), Vec::new(), Vec::new());
        Self { runtime, world, service, people, case, verdicts, notices, corrections }
    }

    /// Tries a step and keeps the identifiers of what came into being.
    async fn attempt(&mut self, attempt: Attempt) -> Result<(), ServiceError> {
        let Attempt { by, step, stale, .. } = attempt;
        let (service, actor) = (&self.service, &self.people[by]);
        let case = self.world.store.case_get(self.case.id).await.expect("a store").expect("a record");
        let version = case.version - u64::from(stale);
        match step {
            Step::Claim => service.case_claim(actor, case.id, version).await.map(drop),
            Step::Unclaim => {
                service.case_unclaim(actor, case.id, version, Some("нужнее там")).await.map(drop)
            }
            Step::Park => {
                let wake_at = self.world.now() + SignedDuration::from_hours(1);
                service.case_park(actor, case.id, version, "ждём ответа", wake_at).await.map(drop)
            }
            Step::Wake => service.case_wake(actor, case.id, version).await.map(drop),
            Step::Propose { kind } => {
                let proposed =
                    service.verdict_propose(actor, case.id, version, proposal(KINDS[kind])).await?;
                self.verdicts.push(proposed.id);
                Ok(())
            }
            Step::Look { verdict, kind } => {
                service.verdict_second_look(actor, self.verdicts[verdict], KINDS[kind], "моё").await.map(drop)
            }
            Step::Approve { verdict } => {
                service.verdict_approve(actor, self.verdicts[verdict]).await.map(drop)
            }
            Step::Return { verdict } => {
                service.verdict_return(actor, self.verdicts[verdict], "мало оснований").await.map(drop)
            }
            Step::Release { verdict } => {
                let ground = ReleaseGround::LocatedOriginal;
                service.verdict_release(actor, self.verdicts[verdict], ground, "срочно").await.map(drop)
            }
            Step::Draft { verdict } => {
                let drafted = service.notice_draft(actor, self.verdicts[verdict], words("Подделка")).await?;
                self.notices.push(drafted.id);
                Ok(())
            }
            Step::Revise { .. }
            | Step::Submit { .. }
            | Step::ApproveNotice { .. }
            | Step::Publish { .. }
            | Step::Doubt { .. } => self.attempt_notice(actor, step, stale).await,
            Step::DraftSettlement { .. } | Step::Settle { .. } => {
                self.attempt_correction(actor, step, stale).await
            }
        }
    }

    async fn attempt_notice(&self, actor: &Actor, step: Step, stale: bool) -> Result<(), ServiceError> {
        let service = &self.service;
        let id = self.notices[notice_of(step)];
        let seen = self.world.store.notice_get(id).await.expect("a store").expect("a record").version
            - u32::from(stale);
        match step {
            Step::Revise { .. } => {
                service.notice_revise(actor, id, seen, words("Подделка, и вот почему")).await
            }
            Step::Submit { .. } => service.notice_submit(actor, id, seen).await,
            Step::ApproveNotice { .. } => service.notice_approve(actor, id, seen).await,
            Step::Publish { .. } => service.notice_publish(actor, id, seen).await,
            _ => return service.correction_open(actor, id, seen, "неверный год").await.map(drop),
        }
        .map(drop)
    }

    async fn attempt_correction(&self, actor: &Actor, step: Step, stale: bool) -> Result<(), ServiceError> {
        let service = &self.service;
        let (Step::DraftSettlement { correction, .. } | Step::Settle { correction }) = step else {
            unreachable!("a step about corrections");
        };
        let id = self.corrections[correction];
        let drafts =
            self.world.store.correction_get(id).await.expect("a store").expect("a record").draft_version;
        let seen = if stale { drafts + 1 } else { drafts };
        let Step::DraftSettlement { kind, .. } = step else {
            return service.correction_settle(actor, id, seen).await.map(drop);
        };
        let kind = SETTLEMENTS[kind];
        let text = kind.changes_text().then(|| words("Подделка другого года"));
        let draft =
            CorrectionDraft { kind, statement: "Год исправлен".into(), statement_en: None, text };
        service.correction_draft(actor, id, seen, draft).await.map(drop)
    }

    /// Tries past the service what does not fit: the store has to refuse as well, whoever asks.
    async fn attempt_below(&self, attempt: Attempt) -> Option<bool> {
        let store = &self.world.store;
        let (user, at) = (self.people[attempt.by].user.id, self.world.now());
        let notice = async |id| store.notice_get(id).await.expect("a store").expect("a record");
        Some(match attempt.step {
            Step::Look { verdict, kind } => {
                let look = SecondLook {
                    case: self.case.id,
                    verdict: self.verdicts[verdict],
                    analyst: user,
                    kind: KINDS[kind],
                    rationale: "в обход".into(),
                    at,
                };
                store.verdict_second_look(&look).await.is_ok()
            }
            Step::Approve { verdict } => {
                store.verdict_approve(self.verdicts[verdict], user, at).await.is_ok()
            }
            Step::ApproveNotice { notice: number } => {
                let notice = notice(self.notices[number]).await;
                store.notice_approve(notice.id, notice.version, user, at).await.is_ok()
            }
            Step::Publish { notice: number } => {
                let notice = notice(self.notices[number]).await;
                let publication = Publication {
                    notice: notice.id,
                    version: notice.version,
                    actor: user,
                    at,
                    max_attempts: 1,
                };
                store.notice_publish(&publication, &RandomIds).await.is_ok()
            }
            Step::Settle { correction } => {
                let correction = self.corrections[correction];
                let draft_version =
                    store.correction_get(correction).await.expect("a store").expect("a record").draft_version;
                let settling =
                    CorrectionSettling { correction, draft_version, actor: user, max_attempts: 1, at };
                store.correction_settle(&settling, &RandomIds).await.is_ok()
            }
            _ => return None,
        })
    }

    /// Corrections that came into being without being asked for are learnt in the order in which the model numbers them.
    async fn learn_corrections(&mut self) {
        let mut fresh = Vec::new();
        for notice in &self.notices {
            let listed = self.world.store.correction_list(*notice).await.expect("an answer");
            let unknown = listed.into_iter().filter(|one| !self.corrections.contains(&one.id));
            fresh.extend(unknown.map(|one| one.id));
        }
        self.corrections.extend(fresh);
    }

    /// Everything that there is, against the model.
    async fn compare(&self, model: &Model) {
        let store = &self.world.store;
        let case = store.case_get(self.case.id).await.expect("a store").expect("a record");
        let claimant = case.claim.map(|claim| claim.by);
        let expected = model.claim.map(|number| self.people[number].user.id);
        assert_eq!((case.state, claimant), (model.case, expected));
        let verdicts = store.verdict_list(case.id).await.expect("an answer");
        let states: Vec<_> = verdicts.iter().map(|verdict| verdict.state).collect();
        assert_eq!(states, model.verdicts.iter().map(|verdict| verdict.state).collect::<Vec<_>>());
        let current = verdicts.iter().filter(|verdict| verdict.is_current()).count();
        assert!(current <= 1, "one verdict at a time");
        for verdict in verdicts.iter().filter(|verdict| verdict.state == VerdictState::Approved) {
            let (second, approver) =
                (verdict.second_analyst.expect("a second analyst"), verdict.approver.expect("an approver"));
            let apart = verdict.author != second && verdict.author != approver && second != approver;
            assert!(apart, "three people stand behind what counts");
        }
        for (notice, id) in model.notices.iter().zip(&self.notices) {
            let found = store.notice_get(*id).await.expect("a store").expect("a record");
            assert_eq!(found.state, notice.state, "notice {id}");
            let shown = self.service.published_notice(*id).await.expect("an answer").is_some();
            assert_eq!(shown, found.state.is_public() || found.published_at.is_some());
        }
        assert_eq!(
            store.log_size().await.expect("an answer"),
            model.logged,
            "the log has every decision, and no other"
        );
        // Nobody but its author knows a proposal before the second look.
        for (verdict, id) in model.verdicts.iter().zip(&self.verdicts) {
            if verdict.state == VerdictState::Proposed {
                for (number, reader) in self.people.iter().enumerate() {
                    let seen = self.service.verdict(reader, *id).await;
                    let code = seen.err().map(|error| error.code());
                    let expected = (number != verdict.author).then_some(ErrorCode::NotFound);
                    assert_eq!(code, expected, "{}", PEOPLE[number].0);
                }
            }
        }
    }
}

const fn notice_of(step: Step) -> usize {
    match step {
        Step::Revise { notice }
        | Step::Submit { notice }
        | Step::ApproveNotice { notice }
        | Step::Publish { notice }
        | Step::Doubt { notice } => notice,
        _ => 0,
    }
}

/// The test.
struct Play;

impl StateMachineTest for Play {
    type SystemUnderTest = (Game, Model);
    type Reference = Model;

    fn init_test(model: &Model) -> Self::SystemUnderTest {
        (Game::new(), model.clone())
    }

    fn apply(
        (mut game, before): Self::SystemUnderTest,
        model: &Model,
        attempt: Attempt,
    ) -> Self::SystemUnderTest {
        let runtime = game.runtime.handle().clone();
        runtime.block_on(async {
            game.world.clock.advance(attempt.jump_s);
            let outcome = game.attempt(attempt).await;
            assert_eq!(
                outcome.is_ok(),
                model.was_allowed,
                "{} {:?}: {outcome:?}",
                PEOPLE[attempt.by].0,
                attempt
            );
            let stale = attempt.stale && is_versioned(attempt.step);
            if !(model.was_allowed || stale || before.fits(attempt.by, attempt.step)) {
                assert_ne!(game.attempt_below(attempt).await, Some(true), "past the service: {attempt:?}");
            }
            game.learn_corrections().await;
            game.compare(model).await;
        });
        (game, model.clone())
    }

    fn teardown((game, _): Self::SystemUnderTest, _: Model) {
        let Game { runtime, service, people, .. } = game;
        runtime.block_on(async {
            let chain = service.chain_check(&people[PEOPLE.len() - 2], true).await.expect("an answer");
            assert_eq!((chain.broken_at, chain.checked), (None, chain.last));
            assert_eq!(
                service.log().expect("a log").audit(None).await.expect("an answer").problems,
                Vec::<String>::new()
            );
        });
    }
}

prop_state_machine! {
    #![proptest_config(Config { cases: 32, max_shrink_iters: 400, failure_persistence: None, ..Config::default() })]

    #[test]
    fn there_is_no_way_around_a_guard(sequential 20..60 => Play);
}
