-- The foundation: people, submissions, analyses, queue, verdicts, notices, history.
--
-- Times are microseconds since the Unix epoch. Digests are 32 bytes. Text that is sorted by sorts by bytes. JSON is kept as the text that was
-- hashed. A guard is a named constraint, or a trigger whose message starts with `guard:`; the store turns both into its own errors.

-- people ----------------------------------------------------------------------------------------------------------------------------

create table organisations (
    id uuid not null,
    code text collate "C" not null,
    level text not null,
    name_ru text not null,
    name_en text not null,
    parent_id uuid,
    created_at bigint not null,
    constraint organisations_key primary key (id),
    constraint organisations_code_unique unique (code),
    constraint organisations_parent_exists foreign key (parent_id) references organisations (id),
    constraint organisations_level_known check (level in ('federal', 'region', 'municipality', 'partner')),
    constraint organisations_not_own_parent check (parent_id <> id)
);

create table users (
    id uuid not null,
    organisation_id uuid not null,
    login text collate "C" not null,
    display_name text not null,
    roles text not null,
    created_at bigint not null,
    disabled_at bigint,
    constraint users_key primary key (id),
    constraint users_login_unique unique (login),
    constraint users_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint users_roles_json check (json_typeof(roles::json) = 'array')
);

create table tokens (
    id uuid not null,
    user_id uuid not null,
    secret_sha256 bytea not null,
    label text not null,
    created_at bigint not null,
    expires_at bigint,
    revoked_at bigint,
    constraint tokens_key primary key (id),
    constraint tokens_secret_unique unique (secret_sha256),
    constraint tokens_user_exists foreign key (user_id) references users (id),
    constraint tokens_secret_length check (length(secret_sha256) = 32)
);

create index tokens_by_user on tokens (user_id);

-- media, analyses, cases, submissions -----------------------------------------------------------------------------------------------

create table media (
    sha256 bytea not null,
    blake3 bytea not null,
    size_bytes bigint not null,
    first_seen_at bigint not null,
    constraint media_key primary key (sha256),
    constraint media_sha256_length check (length(sha256) = 32),
    constraint media_blake3_length check (length(blake3) = 32),
    constraint media_size_not_negative check (size_bytes >= 0)
);

create table analyses (
    id uuid not null,
    media_sha256 bytea not null,
    state text not null,
    progress_permille bigint not null,
    error text,
    report text,
    report_sha256 bytea,
    requested_at bigint not null,
    finished_at bigint,
    constraint analyses_key primary key (id),
    constraint analyses_media_exists foreign key (media_sha256) references media (sha256),
    constraint analyses_state_known check (state in ('queued', 'running', 'done', 'partial', 'refused', 'dead', 'cancelled')),
    constraint analyses_progress_range check (progress_permille between 0 and 1000),
    constraint analyses_report_json check (report is null or report::json is not null),
    constraint analyses_report_complete check ((state in ('done', 'partial')) = (report is not null and report_sha256 is not null)),
    constraint analyses_error_given check ((state in ('refused', 'dead')) = (error is not null)),
    constraint analyses_end_dated check ((state in ('queued', 'running')) = (finished_at is null))
);

create index analyses_by_media on analyses (media_sha256);

create table derivatives (
    analysis_id uuid not null,
    name text collate "C" not null,
    kind text not null,
    media_type text not null,
    sha256 bytea not null,
    size_bytes bigint not null,
    at_s double precision,
    track bigint,
    recipe text not null,
    constraint derivatives_key primary key (analysis_id, name),
    constraint derivatives_analysis_exists foreign key (analysis_id) references analyses (id),
    constraint derivatives_sha256_length check (length(sha256) = 32)
);

create table cases (
    id uuid not null,
    media_sha256 bytea not null,
    organisation_id uuid not null,
    region text,
    state text not null,
    analysis_id uuid not null,
    first_seen_at bigint not null,
    version bigint not null,
    constraint cases_key primary key (id),
    constraint cases_media_unique unique (media_sha256),
    constraint cases_media_exists foreign key (media_sha256) references media (sha256),
    constraint cases_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint cases_analysis_exists foreign key (analysis_id) references analyses (id),
    constraint cases_state_known check (state in ('new', 'triaged', 'in_analysis', 'verdict_proposed', 'second_look', 'agreed', 'disputed', 'approved', 'parked'))
);

create index cases_newest on cases (first_seen_at, id);
create index cases_newest_of_organisation on cases (organisation_id, first_seen_at, id);

create table submissions (
    id uuid not null,
    submitter_id uuid not null,
    organisation_id uuid not null,
    media_sha256 bytea not null,
    file_name text,
    source_url text,
    network text,
    region text,
    note text,
    state text not null,
    rejection text,
    case_id uuid not null,
    received_at bigint not null,
    idempotency_key text,
    request_sha256 bytea,
    constraint submissions_key primary key (id),
    constraint submissions_idempotency_unique unique (submitter_id, idempotency_key),
    constraint submissions_submitter_exists foreign key (submitter_id) references users (id),
    constraint submissions_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint submissions_media_exists foreign key (media_sha256) references media (sha256),
    constraint submissions_case_exists foreign key (case_id) references cases (id),
    constraint submissions_state_known check (state in ('quarantined', 'accepted', 'rejected', 'duplicate')),
    constraint submissions_rejection_given check ((state = 'rejected') = (rejection is not null)),
    constraint submissions_idempotency_complete check ((idempotency_key is null) = (request_sha256 is null)),
    constraint submissions_request_length check (length(request_sha256) = 32)
);

create index submissions_newest on submissions (received_at, id);
create index submissions_newest_of_organisation on submissions (organisation_id, received_at, id);
create index submissions_by_media on submissions (media_sha256);

-- verdicts --------------------------------------------------------------------------------------------------------------------------

create table evidence (
    sha256 bytea not null,
    evidence text not null,
    created_at bigint not null,
    constraint evidence_key primary key (sha256),
    constraint evidence_sha256_length check (length(sha256) = 32),
    constraint evidence_json check (evidence::json is not null)
);

create table verdicts (
    id uuid not null,
    case_id uuid not null,
    revision bigint not null,
    kind text not null,
    proposal text not null,
    state text not null,
    author_id uuid not null,
    second_analyst_id uuid,
    second_kind text,
    second_rationale text,
    second_at bigint,
    approver_id uuid,
    analysis_id uuid not null,
    evidence_sha256 bytea not null,
    proposed_at bigint not null,
    approved_at bigint,
    constraint verdicts_key primary key (id),
    constraint verdicts_revision_unique unique (case_id, revision),
    constraint verdicts_case_exists foreign key (case_id) references cases (id),
    constraint verdicts_author_exists foreign key (author_id) references users (id),
    constraint verdicts_second_analyst_exists foreign key (second_analyst_id) references users (id),
    constraint verdicts_approver_exists foreign key (approver_id) references users (id),
    constraint verdicts_analysis_exists foreign key (analysis_id) references analyses (id),
    constraint verdicts_evidence_exists foreign key (evidence_sha256) references evidence (sha256),
    constraint verdicts_proposal_json check (json_typeof(proposal::json) = 'object'),
    constraint verdicts_state_known check (state in ('proposed', 'agreed', 'disputed', 'approved', 'superseded')),
    constraint verdicts_person_second_is_not_author check (second_analyst_id <> author_id),
    constraint verdicts_person_approver_is_not_author check (approver_id <> author_id),
    constraint verdicts_person_approver_is_not_second check (approver_id <> second_analyst_id),
    constraint verdicts_second_look_complete check (state not in ('agreed', 'disputed', 'approved') or (second_analyst_id is not null and second_kind is not null and second_at is not null)),
    constraint verdicts_agreement check (state not in ('agreed', 'approved') or second_kind = kind),
    constraint verdicts_approval_complete check (state <> 'approved' or (approver_id is not null and approved_at is not null))
);

create unique index verdicts_one_approved on verdicts (case_id) where state = 'approved';
create unique index verdicts_one_open on verdicts (case_id) where state in ('proposed', 'agreed', 'disputed');

-- notices ---------------------------------------------------------------------------------------------------------------------------

create table notices (
    id uuid not null,
    case_id uuid not null,
    verdict_id uuid not null,
    organisation_id uuid not null,
    region text,
    version bigint not null,
    text text not null,
    state text not null,
    author_id uuid not null,
    approver_id uuid,
    created_at bigint not null,
    updated_at bigint not null,
    published_at bigint,
    constraint notices_key primary key (id),
    constraint notices_case_exists foreign key (case_id) references cases (id),
    constraint notices_verdict_exists foreign key (verdict_id) references verdicts (id),
    constraint notices_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint notices_author_exists foreign key (author_id) references users (id),
    constraint notices_approver_exists foreign key (approver_id) references users (id),
    constraint notices_text_json check (json_typeof(text::json) = 'object'),
    constraint notices_state_known check (state in ('draft', 'in_review', 'approved', 'published', 'correction_open', 'corrected', 'clarified', 'upheld', 'retracted', 'superseded')),
    constraint notices_person_approver_is_not_author check (approver_id <> author_id),
    constraint notices_approval_complete check (state in ('draft', 'in_review', 'superseded') or approver_id is not null),
    constraint notices_publication_dated check (state in ('draft', 'in_review', 'approved', 'superseded') or published_at is not null)
);

create index notices_by_case on notices (case_id, created_at, id);
create index notices_newest on notices (published_at, id) where published_at is not null;

create table notice_versions (
    notice_id uuid not null,
    version bigint not null,
    text text not null,
    author_id uuid not null,
    written_at bigint not null,
    constraint notice_versions_key primary key (notice_id, version),
    constraint notice_versions_notice_exists foreign key (notice_id) references notices (id),
    constraint notice_versions_author_exists foreign key (author_id) references users (id)
);

create table webhooks (
    id uuid not null,
    organisation_id uuid not null,
    url text not null,
    secret bytea not null,
    created_at bigint not null,
    disabled_at bigint,
    constraint webhooks_key primary key (id),
    constraint webhooks_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint webhooks_secret_length check (length(secret) between 24 and 64)
);

create table deliveries (
    id uuid not null,
    webhook_id uuid not null,
    event_type text not null,
    data text not null,
    state text not null,
    attempts bigint not null,
    last_result text,
    created_at bigint not null,
    finished_at bigint,
    constraint deliveries_key primary key (id),
    constraint deliveries_webhook_exists foreign key (webhook_id) references webhooks (id),
    constraint deliveries_data_json check (data::json is not null),
    constraint deliveries_state_known check (state in ('waiting', 'delivered', 'given_up'))
);

create index deliveries_newest_of_webhook on deliveries (webhook_id, created_at, id);

-- queue -----------------------------------------------------------------------------------------------------------------------------

create table jobs (
    id uuid not null,
    kind text not null,
    payload text not null,
    analysis_id uuid,
    delivery_id uuid,
    state text not null,
    priority bigint not null,
    run_at bigint not null,
    attempts bigint not null,
    max_attempts bigint not null,
    fencing bigint not null,
    leased_until bigint,
    worker text,
    last_error text,
    finished_at bigint,
    constraint jobs_key primary key (id),
    constraint jobs_analysis_exists foreign key (analysis_id) references analyses (id),
    constraint jobs_delivery_exists foreign key (delivery_id) references deliveries (id),
    constraint jobs_kind_known check (kind in ('analyse', 'deliver')),
    constraint jobs_subject_fits_kind check ((kind = 'analyse') = (analysis_id is not null) and (kind = 'deliver') = (delivery_id is not null)),
    constraint jobs_payload_json check (json_typeof(payload::json) = 'object'),
    constraint jobs_state_known check (state in ('queued', 'leased', 'done', 'dead', 'cancelled')),
    constraint jobs_lease_complete check ((state = 'leased') = (leased_until is not null and worker is not null)),
    constraint jobs_attempts_within_limit check (attempts between 0 and max_attempts),
    constraint jobs_some_attempt_allowed check (max_attempts >= 1),
    constraint jobs_end_dated check ((state in ('queued', 'leased')) = (finished_at is null))
);

create index jobs_waiting on jobs (priority desc, run_at, id) where state in ('queued', 'leased');
create unique index jobs_one_live_per_analysis on jobs (analysis_id) where state in ('queued', 'leased');
create unique index jobs_one_live_per_delivery on jobs (delivery_id) where state in ('queued', 'leased');

-- history ---------------------------------------------------------------------------------------------------------------------------

create table events (
    sequence bigint not null,
    subject_kind text not null,
    subject_id text collate "C" not null,
    kind text not null,
    actor_id uuid,
    reason text,
    occurred_at bigint not null,
    payload text not null,
    previous_hash bytea not null,
    hash bytea not null,
    constraint events_key primary key (sequence),
    constraint events_hash_unique unique (hash),
    constraint events_previous_hash_unique unique (previous_hash),
    constraint events_actor_exists foreign key (actor_id) references users (id),
    constraint events_sequence_positive check (sequence >= 1),
    constraint events_payload_json check (payload::json is not null),
    constraint events_previous_hash_length check (length(previous_hash) = 32),
    constraint events_hash_length check (length(hash) = 32)
);

create index events_by_subject on events (subject_kind, subject_id, sequence);
