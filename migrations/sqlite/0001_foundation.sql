-- The foundation: people, submissions, analyses, queue, verdicts, notices, history.
--
-- Times are microseconds since the Unix epoch. Identifiers are the 16 bytes of a UUID, digests 32 bytes. JSON is kept as the text that was
-- hashed. A guard is a named constraint, or a trigger whose message starts with `guard:`; the store turns both into its own errors.

-- people ----------------------------------------------------------------------------------------------------------------------------

create table organisations (
    id blob not null,
    code text not null,
    level text not null,
    name_ru text not null,
    name_en text not null,
    parent_id blob,
    created_at integer not null,
    constraint organisations_key primary key (id),
    constraint organisations_code_unique unique (code),
    constraint organisations_parent_exists foreign key (parent_id) references organisations (id),
    constraint organisations_id_length check (length(id) = 16),
    constraint organisations_level_known check (level in ('federal', 'region', 'municipality', 'partner')),
    constraint organisations_not_own_parent check (parent_id <> id)
) strict;

create table users (
    id blob not null,
    organisation_id blob not null,
    login text not null,
    display_name text not null,
    roles text not null,
    created_at integer not null,
    disabled_at integer,
    constraint users_key primary key (id),
    constraint users_login_unique unique (login),
    constraint users_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint users_id_length check (length(id) = 16),
    constraint users_roles_json check (json_type(roles) = 'array')
) strict;

create table tokens (
    id blob not null,
    user_id blob not null,
    secret_sha256 blob not null,
    label text not null,
    created_at integer not null,
    expires_at integer,
    revoked_at integer,
    constraint tokens_key primary key (id),
    constraint tokens_secret_unique unique (secret_sha256),
    constraint tokens_user_exists foreign key (user_id) references users (id),
    constraint tokens_id_length check (length(id) = 16),
    constraint tokens_secret_length check (length(secret_sha256) = 32)
) strict;

create index tokens_by_user on tokens (user_id);

-- media, analyses, cases, submissions -----------------------------------------------------------------------------------------------

create table media (
    sha256 blob not null,
    blake3 blob not null,
    size_bytes integer not null,
    first_seen_at integer not null,
    constraint media_key primary key (sha256),
    constraint media_sha256_length check (length(sha256) = 32),
    constraint media_blake3_length check (length(blake3) = 32),
    constraint media_size_not_negative check (size_bytes >= 0)
) strict;

create table analyses (
    id blob not null,
    media_sha256 blob not null,
    state text not null,
    progress_permille integer not null,
    error text,
    report text,
    report_sha256 blob,
    requested_at integer not null,
    finished_at integer,
    constraint analyses_key primary key (id),
    constraint analyses_media_exists foreign key (media_sha256) references media (sha256),
    constraint analyses_id_length check (length(id) = 16),
    constraint analyses_state_known check (state in ('queued', 'running', 'done', 'partial', 'refused', 'dead', 'cancelled')),
    constraint analyses_progress_range check (progress_permille between 0 and 1000),
    constraint analyses_report_json check (json_valid(report)),
    constraint analyses_report_complete check ((state in ('done', 'partial')) = (report is not null and report_sha256 is not null)),
    constraint analyses_error_given check ((state in ('refused', 'dead')) = (error is not null)),
    constraint analyses_end_dated check ((state in ('queued', 'running')) = (finished_at is null))
) strict;

create index analyses_by_media on analyses (media_sha256);

create table derivatives (
    analysis_id blob not null,
    name text not null,
    kind text not null,
    media_type text not null,
    sha256 blob not null,
    size_bytes integer not null,
    at_s real,
    track integer,
    recipe text not null,
    constraint derivatives_key primary key (analysis_id, name),
    constraint derivatives_analysis_exists foreign key (analysis_id) references analyses (id),
    constraint derivatives_sha256_length check (length(sha256) = 32)
) strict;

create table cases (
    id blob not null,
    media_sha256 blob not null,
    organisation_id blob not null,
    region text,
    state text not null,
    analysis_id blob not null,
    first_seen_at integer not null,
    version integer not null,
    constraint cases_key primary key (id),
    constraint cases_media_unique unique (media_sha256),
    constraint cases_media_exists foreign key (media_sha256) references media (sha256),
    constraint cases_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint cases_analysis_exists foreign key (analysis_id) references analyses (id),
    constraint cases_id_length check (length(id) = 16),
    constraint cases_state_known check (state in ('new', 'triaged', 'in_analysis', 'verdict_proposed', 'second_look', 'agreed', 'disputed', 'approved', 'parked'))
) strict;

create index cases_newest on cases (first_seen_at, id);
create index cases_newest_of_organisation on cases (organisation_id, first_seen_at, id);

create table submissions (
    id blob not null,
    submitter_id blob not null,
    organisation_id blob not null,
    media_sha256 blob not null,
    file_name text,
    source_url text,
    network text,
    region text,
    note text,
    state text not null,
    rejection text,
    case_id blob not null,
    received_at integer not null,
    idempotency_key text,
    request_sha256 blob,
    constraint submissions_key primary key (id),
    constraint submissions_idempotency_unique unique (submitter_id, idempotency_key),
    constraint submissions_submitter_exists foreign key (submitter_id) references users (id),
    constraint submissions_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint submissions_media_exists foreign key (media_sha256) references media (sha256),
    constraint submissions_case_exists foreign key (case_id) references cases (id),
    constraint submissions_id_length check (length(id) = 16),
    constraint submissions_state_known check (state in ('quarantined', 'accepted', 'rejected', 'duplicate')),
    constraint submissions_rejection_given check ((state = 'rejected') = (rejection is not null)),
    constraint submissions_idempotency_complete check ((idempotency_key is null) = (request_sha256 is null)),
    constraint submissions_request_length check (length(request_sha256) = 32)
) strict;

create index submissions_newest on submissions (received_at, id);
create index submissions_newest_of_organisation on submissions (organisation_id, received_at, id);
create index submissions_by_media on submissions (media_sha256);

-- verdicts --------------------------------------------------------------------------------------------------------------------------

create table evidence (
    sha256 blob not null,
    evidence text not null,
    created_at integer not null,
    constraint evidence_key primary key (sha256),
    constraint evidence_sha256_length check (length(sha256) = 32),
    constraint evidence_json check (json_valid(evidence))
) strict;

create table verdicts (
    id blob not null,
    case_id blob not null,
    revision integer not null,
    kind text not null,
    proposal text not null,
    state text not null,
    author_id blob not null,
    second_analyst_id blob,
    second_kind text,
    second_rationale text,
    second_at integer,
    approver_id blob,
    analysis_id blob not null,
    evidence_sha256 blob not null,
    proposed_at integer not null,
    approved_at integer,
    constraint verdicts_key primary key (id),
    constraint verdicts_revision_unique unique (case_id, revision),
    constraint verdicts_case_exists foreign key (case_id) references cases (id),
    constraint verdicts_author_exists foreign key (author_id) references users (id),
    constraint verdicts_second_analyst_exists foreign key (second_analyst_id) references users (id),
    constraint verdicts_approver_exists foreign key (approver_id) references users (id),
    constraint verdicts_analysis_exists foreign key (analysis_id) references analyses (id),
    constraint verdicts_evidence_exists foreign key (evidence_sha256) references evidence (sha256),
    constraint verdicts_id_length check (length(id) = 16),
    constraint verdicts_proposal_json check (json_type(proposal) = 'object'),
    constraint verdicts_state_known check (state in ('proposed', 'agreed', 'disputed', 'approved', 'superseded')),
    constraint verdicts_person_second_is_not_author check (second_analyst_id <> author_id),
    constraint verdicts_person_approver_is_not_author check (approver_id <> author_id),
    constraint verdicts_person_approver_is_not_second check (approver_id <> second_analyst_id),
    constraint verdicts_second_look_complete check (state not in ('agreed', 'disputed', 'approved') or (second_analyst_id is not null and second_kind is not null and second_at is not null)),
    constraint verdicts_agreement check (state not in ('agreed', 'approved') or second_kind = kind),
    constraint verdicts_approval_complete check (state <> 'approved' or (approver_id is not null and approved_at is not null))
) strict;

create unique index verdicts_one_approved on verdicts (case_id) where state = 'approved';
create unique index verdicts_one_open on verdicts (case_id) where state in ('proposed', 'agreed', 'disputed');

-- notices ---------------------------------------------------------------------------------------------------------------------------

create table notices (
    id blob not null,
    case_id blob not null,
    verdict_id blob not null,
    organisation_id blob not null,
    region text,
    version integer not null,
    text text not null,
    state text not null,
    author_id blob not null,
    approver_id blob,
    created_at integer not null,
    updated_at integer not null,
    published_at integer,
    constraint notices_key primary key (id),
    constraint notices_case_exists foreign key (case_id) references cases (id),
    constraint notices_verdict_exists foreign key (verdict_id) references verdicts (id),
    constraint notices_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint notices_author_exists foreign key (author_id) references users (id),
    constraint notices_approver_exists foreign key (approver_id) references users (id),
    constraint notices_id_length check (length(id) = 16),
    constraint notices_text_json check (json_type(text) = 'object'),
    constraint notices_state_known check (state in ('draft', 'in_review', 'approved', 'published', 'correction_open', 'corrected', 'clarified', 'upheld', 'retracted', 'superseded')),
    constraint notices_person_approver_is_not_author check (approver_id <> author_id),
    constraint notices_approval_complete check (state in ('draft', 'in_review', 'superseded') or approver_id is not null),
    constraint notices_publication_dated check (state in ('draft', 'in_review', 'approved', 'superseded') or published_at is not null)
) strict;

create index notices_by_case on notices (case_id, created_at, id);
create index notices_newest on notices (published_at, id) where published_at is not null;

create table notice_versions (
    notice_id blob not null,
    version integer not null,
    text text not null,
    author_id blob not null,
    written_at integer not null,
    constraint notice_versions_key primary key (notice_id, version),
    constraint notice_versions_notice_exists foreign key (notice_id) references notices (id),
    constraint notice_versions_author_exists foreign key (author_id) references users (id)
) strict;

create table webhooks (
    id blob not null,
    organisation_id blob not null,
    url text not null,
    secret blob not null,
    created_at integer not null,
    disabled_at integer,
    constraint webhooks_key primary key (id),
    constraint webhooks_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint webhooks_id_length check (length(id) = 16),
    constraint webhooks_secret_length check (length(secret) between 24 and 64)
) strict;

create table deliveries (
    id blob not null,
    webhook_id blob not null,
    event_type text not null,
    data text not null,
    state text not null,
    attempts integer not null,
    last_result text,
    created_at integer not null,
    finished_at integer,
    constraint deliveries_key primary key (id),
    constraint deliveries_webhook_exists foreign key (webhook_id) references webhooks (id),
    constraint deliveries_id_length check (length(id) = 16),
    constraint deliveries_data_json check (json_valid(data)),
    constraint deliveries_state_known check (state in ('waiting', 'delivered', 'given_up'))
) strict;

create index deliveries_newest_of_webhook on deliveries (webhook_id, created_at, id);

-- queue -----------------------------------------------------------------------------------------------------------------------------

create table jobs (
    id blob not null,
    kind text not null,
    payload text not null,
    analysis_id blob,
    delivery_id blob,
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
    constraint jobs_id_length check (length(id) = 16),
    constraint jobs_kind_known check (kind in ('analyse', 'deliver')),
    constraint jobs_subject_fits_kind check ((kind = 'analyse') = (analysis_id is not null) and (kind = 'deliver') = (delivery_id is not null)),
    constraint jobs_payload_json check (json_type(payload) = 'object'),
    constraint jobs_state_known check (state in ('queued', 'leased', 'done', 'dead', 'cancelled')),
    constraint jobs_lease_complete check ((state = 'leased') = (leased_until is not null and worker is not null)),
    constraint jobs_attempts_within_limit check (attempts between 0 and max_attempts),
    constraint jobs_some_attempt_allowed check (max_attempts >= 1),
    constraint jobs_end_dated check ((state in ('queued', 'leased')) = (finished_at is null))
) strict;

create index jobs_waiting on jobs (priority desc, run_at, id) where state in ('queued', 'leased');
create unique index jobs_one_live_per_analysis on jobs (analysis_id) where state in ('queued', 'leased');
create unique index jobs_one_live_per_delivery on jobs (delivery_id) where state in ('queued', 'leased');

-- history ---------------------------------------------------------------------------------------------------------------------------

create table events (
    sequence integer not null,
    subject_kind text not null,
    subject_id text not null,
    kind text not null,
    actor_id blob,
    reason text,
    occurred_at integer not null,
    payload text not null,
    previous_hash blob not null,
    hash blob not null,
    constraint events_key primary key (sequence),
    constraint events_hash_unique unique (hash),
    constraint events_previous_hash_unique unique (previous_hash),
    constraint events_actor_exists foreign key (actor_id) references users (id),
    constraint events_sequence_positive check (sequence >= 1),
    constraint events_payload_json check (json_valid(payload)),
    constraint events_previous_hash_length check (length(previous_hash) = 32),
    constraint events_hash_length check (length(hash) = 32)
) strict;

create index events_by_subject on events (subject_kind, subject_id, sequence);
