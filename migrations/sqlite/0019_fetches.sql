-- Links: bytes that the service fetches from an address itself.

create table fetches (
    id blob not null,
    user_id blob not null,
    organisation_id blob not null,
    url text not null,
    circumstances text not null,
    state text not null,
    received integer not null,
    expected integer,
    attempts integer not null,
    -- What is needed to go on where a connection broke off.
    resume text,
    error text,
    detail text,
    evidence text,
    submission_id blob,
    idempotency_key text,
    request_sha256 blob,
    quota_per_day integer,
    requested_at integer not null,
    started_at integer,
    finished_at integer,
    constraint fetches_key primary key (id),
    constraint fetches_user_exists foreign key (user_id) references users (id),
    constraint fetches_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint fetches_submission_exists foreign key (submission_id) references submissions (id),
    constraint fetches_id_length check (length(id) = 16),
    constraint fetches_state_known check (state in ('queued', 'fetching', 'done', 'failed', 'cancelled')),
    constraint fetches_received_range check (received >= 0),
    constraint fetches_attempts_range check (attempts >= 0),
    constraint fetches_circumstances_json check (json_type(circumstances) = 'object'),
    constraint fetches_resume_json check (json_type(resume) = 'object'),
    constraint fetches_evidence_json check (json_type(evidence) = 'object'),
    constraint fetches_done_complete check ((state = 'done') = (submission_id is not null) and (state = 'done') = (evidence is not null)),
    constraint fetches_failed_told check (state <> 'failed' or error is not null),
    constraint fetches_end_dated check ((state in ('done', 'failed', 'cancelled')) = (finished_at is not null)),
    constraint fetches_request_complete check ((idempotency_key is null) = (request_sha256 is null)),
    constraint fetches_request_length check (length(request_sha256) = 32)
) strict;

create unique index fetches_by_idempotency_key on fetches (user_id, idempotency_key) where idempotency_key is not null;
create index fetches_newest on fetches (user_id, requested_at, id);
create index fetches_under_way on fetches (user_id) where state in ('queued', 'fetching');
create index fetches_by_submission on fetches (submission_id) where submission_id is not null;

-- What was asked for stays as it was asked.
create trigger fetches_request_fixed
before update on fetches
when new.id <> old.id
    or new.user_id <> old.user_id
    or new.organisation_id <> old.organisation_id
    or new.url <> old.url
    or new.circumstances <> old.circumstances
    or new.idempotency_key is not old.idempotency_key
    or new.request_sha256 is not old.request_sha256
    or new.requested_at <> old.requested_at
begin
    select raise(abort, 'guard:wrong_state fetches');
end;

-- What has ended stays as it ended, its evidence included. Only what our own side gave up can be taken up again.
create trigger fetches_end_fixed
before update on fetches
when old.state in ('done', 'cancelled')
    or (old.state = 'failed' and not (old.error = 'link_given_up' and new.state = 'queued'))
begin
    select raise(abort, 'guard:wrong_state fetches');
end;

create trigger fetches_no_delete
before delete on fetches
begin
    select raise(abort, 'guard:append_only fetches');
end;

-- Jobs of a third kind. A constraint of a table cannot be changed in place: the table is made anew.
create table jobs_anew (
    id blob not null,
    kind text not null,
    payload text not null,
    analysis_id blob,
    delivery_id blob,
    fetch_id blob,
    state text not null,
    priority integer not null,
    run_at integer not null,
    attempts integer not null,
    max_attempts integer not null,
    fencing integer not null,
    leased_until integer,
    worker text,
    last_error text,
    finished_at integer,
    constraint jobs_key primary key (id),
    constraint jobs_analysis_exists foreign key (analysis_id) references analyses (id),
    constraint jobs_delivery_exists foreign key (delivery_id) references deliveries (id),
    constraint jobs_fetch_exists foreign key (fetch_id) references fetches (id),
    constraint jobs_id_length check (length(id) = 16),
    constraint jobs_kind_known check (kind in ('analyse', 'deliver', 'fetch')),
    constraint jobs_subject_fits_kind check (
        (kind = 'analyse') = (analysis_id is not null)
        and (kind = 'deliver') = (delivery_id is not null)
        and (kind = 'fetch') = (fetch_id is not null)
    ),
    constraint jobs_payload_json check (json_type(payload) = 'object'),
    constraint jobs_state_known check (state in ('queued', 'leased', 'done', 'dead', 'cancelled')),
    constraint jobs_lease_complete check ((state = 'leased') = (leased_until is not null and worker is not null)),
    constraint jobs_attempts_within_limit check (attempts between 0 and max_attempts),
    constraint jobs_some_attempt_allowed check (max_attempts >= 1),
    constraint jobs_end_dated check ((state in ('queued', 'leased')) = (finished_at is null))
) strict;

insert into jobs_anew (
    id, kind, payload, analysis_id, delivery_id, state, priority, run_at, attempts, max_attempts, fencing, leased_until, worker,
    last_error, finished_at
)
select
    id, kind, payload, analysis_id, delivery_id, state, priority, run_at, attempts, max_attempts, fencing, leased_until, worker,
    last_error, finished_at
from jobs;

drop table jobs;

alter table jobs_anew rename to jobs;

create index jobs_waiting on jobs (priority desc, run_at, id) where state in ('queued', 'leased');
create unique index jobs_one_live_per_analysis on jobs (analysis_id) where state in ('queued', 'leased');
create unique index jobs_one_live_per_delivery on jobs (delivery_id) where state in ('queued', 'leased');
create unique index jobs_one_live_per_fetch on jobs (fetch_id) where state in ('queued', 'leased');
