-- The desk: triage, claims, parking, break-glass, questions to agencies, corrections after publication, appeals.

-- triage, claim, parking -------------------------------------------------------------------------------------------------------------

alter table cases add column topic text
    constraint cases_topic_known check (topic in ('official_statement', 'emergency', 'military', 'health', 'fraud', 'utilities', 'unrest', 'other'));
alter table cases add column place text;
alter table cases add column network text;
alter table cases add column views bigint constraint cases_views_not_negative check (views >= 0);
alter table cases add column risk text constraint cases_risk_known check (risk in ('low', 'moderate', 'high', 'critical'));
alter table cases add column spread_since bigint;
alter table cases add column claimed_by uuid constraint cases_claimant_exists references users (id);
alter table cases add column claimed_at bigint constraint cases_claim_complete check ((claimed_by is null) = (claimed_at is null));
alter table cases add column parked_reason text;
alter table cases add column wake_at bigint;

create index cases_by_claimant on cases (claimed_by) where claimed_by is not null;
create index cases_parked on cases (wake_at) where state = 'parked';

-- Who parks says why and until when; nothing else is parked. Cases parked before this migration do not exist: nothing parked them.
create trigger cases_parking_complete
before update on cases
for each row
when ((new.state = 'parked') <> (new.parked_reason is not null and new.wake_at is not null))
execute function guard('wrong_state');

-- Of two claims exactly one holds: whoever has a case gives it back first.
create trigger cases_claimed_once
before update of claimed_by on cases
for each row
when (old.claimed_by is not null and new.claimed_by is not null and new.claimed_by <> old.claimed_by)
execute function guard('claimed');

create function verdicts_by_the_claimant()
returns trigger
language plpgsql
as $$
begin
    if exists (select 1 from cases where id = new.case_id and claimed_by is not null and claimed_by <> new.author_id) then
        raise exception 'guard:claimed verdicts' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end;
$$;

create trigger verdicts_by_the_claimant
before insert on verdicts
for each row
execute function verdicts_by_the_claimant();

-- an approver can send a verdict back ------------------------------------------------------------------------------------------------

drop trigger verdicts_transition on verdicts;

create trigger verdicts_transition
before update of state on verdicts
for each row
when (old.state <> new.state and old.state || '>' || new.state not in (
    'proposed>agreed', 'proposed>disputed', 'agreed>approved', 'agreed>disputed', 'disputed>superseded', 'approved>superseded'
))
execute function guard('wrong_state');

-- break-glass ------------------------------------------------------------------------------------------------------------------------

-- A proposed verdict that may go out before its second look.
create table releases (
    verdict_id uuid not null,
    approver_id uuid not null,
    ground text not null,
    reason text not null,
    released_at bigint not null,
    second_look_due_at bigint not null,
    constraint releases_key primary key (verdict_id),
    constraint releases_verdict_exists foreign key (verdict_id) references verdicts (id),
    constraint releases_approver_exists foreign key (approver_id) references users (id),
    constraint releases_ground_known check (ground in ('known_copy', 'located_original')),
    constraint releases_reason_given check (length(trim(reason)) > 0),
    constraint releases_second_look_within_a_day check (second_look_due_at - released_at between 1 and 86400000000)
);

create trigger releases_no_update
before update on releases
for each row
execute function guard('append_only');

create trigger releases_no_delete
before delete on releases
for each row
execute function guard('append_only');

create trigger releases_no_truncate
before truncate on releases
execute function guard('append_only');

create function releases_by_another()
returns trigger
language plpgsql
as $$
begin
    if exists (select 1 from verdicts where id = new.verdict_id and author_id = new.approver_id) then
        raise exception 'guard:same_person releases' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end;
$$;

create trigger releases_by_another
before insert on releases
for each row
execute function releases_by_another();

-- Only a proposal that nobody has looked at, that rests on a known copy or a located original, with less than an hour left to the
-- four-hour mark.
create function releases_in_need()
returns trigger
language plpgsql
as $$
begin
    if not exists (
    select 1
    from verdicts
    join cases on cases.id = verdicts.case_id
    where verdicts.id = new.verdict_id
        and verdicts.state = 'proposed'
        and new.released_at > cases.first_seen_at + 10800000000
        and exists (
            select 1
            from json_array_elements(proposal_json(verdicts.proposal) -> 'basis') as piece
            where piece ->> 'kind' = new.ground
        )
) then
        raise exception 'guard:break_glass releases' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end;
$$;

create trigger releases_in_need
before insert on releases
for each row
execute function releases_in_need();

-- Whoever released a verdict is its approver already: the second look is a third person's.
create function verdicts_second_look_is_not_the_releasers()
returns trigger
language plpgsql
as $$
begin
    if new.second_analyst_id is not null
    and exists (select 1 from releases where verdict_id = new.id and approver_id = new.second_analyst_id) then
        raise exception 'guard:same_person verdicts' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end;
$$;

create trigger verdicts_second_look_is_not_the_releasers
before update of second_analyst_id on verdicts
for each row
execute function verdicts_second_look_is_not_the_releasers();

create or replace function notices_drafted_on_current_verdict()
returns trigger
language plpgsql
as $$
begin
    -- The lock keeps the revision current until this transaction ends.
    perform
    from verdicts
    where id = new.verdict_id
        and case_id = new.case_id
        and (state = 'approved' or (state in ('proposed', 'agreed') and exists (select from releases where verdict_id = verdicts.id)))
    for share;
    if not found then
        raise exception 'guard:stale notices' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end;
$$;

create or replace function notices_current_verdict()
returns trigger
language plpgsql
as $$
begin
    if old.state = new.state or new.state not in ('approved', 'published') then
        return new;
    end if;
    perform
    from verdicts
    where id = new.verdict_id
        and (state = 'approved' or (state in ('proposed', 'agreed') and exists (select from releases where verdict_id = verdicts.id)))
    for share;
    if not found then
        raise exception 'guard:stale notices' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end;
$$;

-- notices: checklist and what follows publication --------------------------------------------------------------------------------------

create trigger notices_checklist
before update of state on notices
for each row
when (old.state <> new.state
    and new.state = 'in_review'
    and (
        coalesce(trim(proposal_json(new.text) ->> 'claim'), '') = ''
        or proposal_json(new.text) ->> 'rating' is null
        or coalesce(trim(proposal_json(new.text) ->> 'spread'), '') = ''
        or coalesce(json_array_length(proposal_json(new.text) -> 'sources'), 0) = 0
        or coalesce(proposal_json(new.text) -> 'attested' ->> 'no_clean_reshare', 'false') <> 'true'
        or coalesce(proposal_json(new.text) -> 'attested' ->> 'privacy', 'false') <> 'true'
    ))
execute function guard('checklist');

drop trigger notices_transition on notices;

create trigger notices_transition
before update of state on notices
for each row
when (old.state <> new.state and old.state || '>' || new.state not in (
    'draft>in_review', 'draft>superseded',
    'in_review>draft', 'in_review>approved', 'in_review>superseded',
    'approved>published', 'approved>draft', 'approved>superseded',
    'published>correction_open', 'published>superseded',
    'correction_open>corrected', 'correction_open>clarified', 'correction_open>upheld', 'correction_open>retracted',
    'correction_open>superseded', 'corrected>superseded', 'clarified>superseded', 'upheld>superseded',
    'corrected>correction_open', 'clarified>correction_open', 'upheld>correction_open'
))
execute function guard('wrong_state');

-- The words that the public reads change only together with the settlement of a correction.
drop trigger notices_text_fixed_after_review on notices;

create trigger notices_text_fixed_after_review
before update on notices
for each row
when ((new.text <> old.text or new.version <> old.version)
    and old.state not in ('draft', 'in_review')
    and not (old.state = 'correction_open' and new.state in ('corrected', 'clarified')))
execute function guard('wrong_state');

create table corrections (
    id uuid not null,
    notice_id uuid not null,
    version_before bigint not null,
    reason text not null,
    opened_by uuid,
    opened_at bigint not null,
    draft text,
    draft_version bigint not null,
    drafted_by uuid,
    kind text,
    statement text,
    statement_en text,
    version_after bigint,
    settled_by uuid,
    settled_at bigint,
    constraint corrections_key primary key (id),
    constraint corrections_notice_exists foreign key (notice_id) references notices (id),
    constraint corrections_opener_exists foreign key (opened_by) references users (id),
    constraint corrections_drafter_exists foreign key (drafted_by) references users (id),
    constraint corrections_settler_exists foreign key (settled_by) references users (id),
    constraint corrections_reason_given check (length(trim(reason)) > 0),
    constraint corrections_draft_json check (json_typeof(draft::json) = 'object'),
    constraint corrections_draft_complete check ((draft is null) = (drafted_by is null) and (draft is null) = (draft_version = 0)),
    constraint corrections_kind_known check (kind in ('correction', 'clarification', 'upheld', 'retraction')),
    constraint corrections_settled_complete check (
        (kind is null) = (settled_at is null)
        and (kind is null) = (statement is null)
        and (kind is null) = (settled_by is null)
        and (kind is null) = (version_after is null)
    ),
    constraint corrections_person_settler_is_not_drafter check (settled_by <> drafted_by)
);

create unique index corrections_one_open on corrections (notice_id) where settled_at is null;
create index corrections_newest on corrections (settled_at, id) where settled_at is not null;

create trigger corrections_settled_for_good
before update on corrections
for each row
when (old.settled_at is not null)
execute function guard('append_only');

create trigger corrections_content_fixed
before update on corrections
for each row
when (new.id <> old.id
    or new.notice_id <> old.notice_id
    or new.version_before <> old.version_before
    or new.reason <> old.reason
    or new.opened_by is distinct from old.opened_by
    or new.opened_at <> old.opened_at
    or new.draft_version < old.draft_version)
execute function guard('append_only');

create trigger corrections_no_delete
before delete on corrections
for each row
execute function guard('no_delete');

create trigger corrections_no_truncate
before truncate on corrections
execute function guard('no_delete');

-- questions to agencies -----------------------------------------------------------------------------------------------------------------

create table inquiries (
    id uuid not null,
    case_id uuid not null,
    organisation_id uuid,
    addressee text not null,
    contact text,
    question text not null,
    secret_sha256 bytea not null,
    asked_by uuid not null,
    asked_at bigint not null,
    due_at bigint not null,
    reminded_at bigint,
    reminders bigint not null,
    state text not null,
    answer text,
    answer_sha256 bytea,
    answered_by uuid,
    answered_at bigint,
    constraint inquiries_key primary key (id),
    constraint inquiries_case_exists foreign key (case_id) references cases (id),
    constraint inquiries_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint inquiries_author_exists foreign key (asked_by) references users (id),
    constraint inquiries_answerer_exists foreign key (answered_by) references users (id),
    constraint inquiries_secret_length check (length(secret_sha256) = 32),
    constraint inquiries_state_known check (state in ('open', 'answered', 'withdrawn')),
    constraint inquiries_due_later check (due_at > asked_at),
    constraint inquiries_answer_json check (json_typeof(answer::json) = 'object'),
    constraint inquiries_answer_complete check (
        (state = 'answered') = (answer is not null and answer_sha256 is not null and answered_at is not null)
    ),
    constraint inquiries_answer_is_evidence foreign key (answer_sha256) references evidence (sha256)
);

create index inquiries_by_case on inquiries (case_id, asked_at, id);
create index inquiries_by_organisation on inquiries (organisation_id, asked_at, id) where organisation_id is not null;
create index inquiries_due on inquiries (due_at) where state = 'open';

create trigger inquiries_closed_for_good
before update on inquiries
for each row
when (old.state <> 'open')
execute function guard('wrong_state');

create trigger inquiries_content_fixed
before update on inquiries
for each row
when (new.id <> old.id
    or new.case_id <> old.case_id
    or new.question <> old.question
    or new.addressee <> old.addressee
    or new.asked_by <> old.asked_by
    or new.asked_at <> old.asked_at)
execute function guard('append_only');

create trigger inquiries_no_delete
before delete on inquiries
for each row
execute function guard('no_delete');

create trigger inquiries_no_truncate
before truncate on inquiries
execute function guard('no_delete');

-- appeals -------------------------------------------------------------------------------------------------------------------------------

create table appeals (
    id uuid not null,
    notice_id uuid not null,
    name text,
    contact text,
    statement text not null,
    received_at bigint not null,
    state text not null,
    decision text,
    decided_by uuid,
    decided_at bigint,
    constraint appeals_key primary key (id),
    constraint appeals_notice_exists foreign key (notice_id) references notices (id),
    constraint appeals_decider_exists foreign key (decided_by) references users (id),
    constraint appeals_state_known check (state in ('open', 'granted', 'rejected')),
    constraint appeals_decision_complete check (
        (state = 'open') = (decided_at is null) and (state = 'open') = (decision is null) and (state = 'open') = (decided_by is null)
    )
);

create index appeals_newest on appeals (received_at, id);
create index appeals_by_notice on appeals (notice_id, received_at, id);

create trigger appeals_decided_for_good
before update on appeals
for each row
when (old.state <> 'open')
execute function guard('wrong_state');

-- Nobody decides on an appeal against their own work.
create function appeals_decided_by_another()
returns trigger
language plpgsql
as $$
begin
    if exists (
    select 1
    from notices
    join verdicts on verdicts.id = notices.verdict_id
    where notices.id = new.notice_id
        and new.decided_by in (notices.author_id, notices.approver_id, verdicts.author_id, verdicts.second_analyst_id, verdicts.approver_id)
) then
        raise exception 'guard:same_person appeals' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end;
$$;

create trigger appeals_decided_by_another
before update of decided_by on appeals
for each row
execute function appeals_decided_by_another();

create trigger appeals_no_delete
before delete on appeals
for each row
execute function guard('no_delete');

create trigger appeals_no_truncate
before truncate on appeals
execute function guard('no_delete');
