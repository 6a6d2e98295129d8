-- Links: bytes that the service fetches from an address itself.

create table fetches (
    id uuid not null,
    user_id uuid not null,
    organisation_id uuid not null,
    url text not null,
    circumstances text not null,
    state text not null,
    received bigint not null,
    expected bigint,
    attempts bigint not null,
    -- What is needed to go on where a connection broke off.
    resume text,
    error text,
    detail text,
    evidence text,
    submission_id uuid,
    idempotency_key text,
    request_sha256 bytea,
    quota_per_day bigint,
    requested_at bigint not null,
    started_at bigint,
    finished_at bigint,
    constraint fetches_key primary key (id),
    constraint fetches_user_exists foreign key (user_id) references users (id),
    constraint fetches_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint fetches_submission_exists foreign key (submission_id) references submissions (id),
    constraint fetches_state_known check (state in ('queued', 'fetching', 'done', 'failed', 'cancelled')),
    constraint fetches_received_range check (received >= 0),
    constraint fetches_attempts_range check (attempts >= 0),
    constraint fetches_circumstances_json check (json_typeof(circumstances::json) = 'object'),
    constraint fetches_resume_json check (json_typeof(resume::json) = 'object'),
    constraint fetches_evidence_json check (json_typeof(evidence::json) = 'object'),
    constraint fetches_done_complete check ((state = 'done') = (submission_id is not null) and (state = 'done') = (evidence is not null)),
    constraint fetches_failed_told check (state <> 'failed' or error is not null),
    constraint fetches_end_dated check ((state in ('done', 'failed', 'cancelled')) = (finished_at is not null)),
    constraint fetches_request_complete check ((idempotency_key is null) = (request_sha256 is null)),
    constraint fetches_request_length check (length(request_sha256) = 32)
);

create unique index fetches_by_idempotency_key on fetches (user_id, idempotency_key) where idempotency_key is not null;
create index fetches_newest on fetches (user_id, requested_at, id);
create index fetches_under_way on fetches (user_id) where state in ('queued', 'fetching');
create index fetches_by_submission on fetches (submission_id) where submission_id is not null;

-- What was asked for stays as it was asked.
create trigger fetches_request_fixed
before update on fetches
for each row
when (
    new.id <> old.id
    or new.user_id <> old.user_id
    or new.organisation_id <> old.organisation_id
    or new.url <> old.url
    or new.circumstances <> old.circumstances
    or new.idempotency_key is distinct from old.idempotency_key
    or new.request_sha256 is distinct from old.request_sha256
    or new.requested_at <> old.requested_at
)
execute function guard('wrong_state');

-- What has ended stays as it ended, its evidence included. Only what our own side gave up can be taken up again.
create trigger fetches_end_fixed
before update on fetches
for each row
when (
    old.state in ('done', 'cancelled')
    or (old.state = 'failed' and not (old.error = 'link_given_up' and new.state = 'queued'))
)
execute function guard('wrong_state');

create trigger fetches_no_delete
before delete on fetches
for each row
execute function guard('append_only');

create trigger fetches_no_truncate
before truncate on fetches
execute function guard('append_only');

-- Jobs of a third kind.
alter table jobs add column fetch_id uuid constraint jobs_fetch_exists references fetches (id);
alter table jobs drop constraint jobs_kind_known;
alter table jobs add constraint jobs_kind_known check (kind in ('analyse', 'deliver', 'fetch'));
alter table jobs drop constraint jobs_subject_fits_kind;
alter table jobs add constraint jobs_subject_fits_kind check (
    (kind = 'analyse') = (analysis_id is not null)
    and (kind = 'deliver') = (delivery_id is not null)
    and (kind = 'fetch') = (fetch_id is not null)
);

create unique index jobs_one_live_per_fetch on jobs (fetch_id) where state in ('queued', 'leased');
