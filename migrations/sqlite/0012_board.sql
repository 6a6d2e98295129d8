-- What the page needs: the board of cases, notes on cases, saved views, uploads that can be resumed.

-- the board --------------------------------------------------------------------------------------------------------------------------

-- What a listing shows of a case beyond its own row, kept up to date with every event. What this migration leaves empty is filled in when the
-- store is next opened.
create table case_board (
    case_id blob not null,
    changed_at integer not null,
    title text,
    networks text not null,
    network_keys text not null,
    submissions integer not null,
    word text,
    original_found integer not null,
    poster text,
    copy_of blob,
    constraint case_board_key primary key (case_id),
    constraint case_board_case_exists foreign key (case_id) references cases (id),
    constraint case_board_networks_json check (json_type(networks) = 'array'),
    constraint case_board_submissions_not_negative check (submissions >= 0),
    constraint case_board_original_found_truth check (original_found in (0, 1)),
    constraint case_board_copy_of_length check (length(copy_of) = 32)
) strict;

create index case_board_changed on case_board (changed_at, case_id);

-- The words by which a case is found: folded, each once, sorted, a space before and after each. One row per organisation whose words they are,
-- so that nobody finds a case by words that they may not read.
create table case_texts (
    case_id blob not null,
    organisation_id blob not null,
    words text not null,
    constraint case_texts_key primary key (case_id, organisation_id),
    constraint case_texts_case_exists foreign key (case_id) references cases (id),
    constraint case_texts_organisation_exists foreign key (organisation_id) references organisations (id)
) strict;

create index submissions_by_case on submissions (case_id, received_at, id);

-- notes ------------------------------------------------------------------------------------------------------------------------------

-- What the desk says among itself about a case; no part of the evidence.
create table case_notes (
    id blob not null,
    case_id blob not null,
    author_id blob not null,
    text text not null,
    written_at integer not null,
    withdrawn_at integer,
    withdrawn_reason text,
    constraint case_notes_key primary key (id),
    constraint case_notes_case_exists foreign key (case_id) references cases (id),
    constraint case_notes_author_exists foreign key (author_id) references users (id),
    constraint case_notes_id_length check (length(id) = 16),
    constraint case_notes_text_length check (length(text) between 1 and 4000),
    constraint case_notes_withdrawal_complete check ((withdrawn_at is null) = (withdrawn_reason is null))
) strict;

create index case_notes_by_case on case_notes (case_id, written_at, id);

create trigger case_notes_start
before insert on case_notes
when new.withdrawn_at is not null
begin
    select raise(abort, 'guard:wrong_state case_notes');
end;

create trigger case_notes_content_fixed
before update on case_notes
when new.id <> old.id
    or new.case_id <> old.case_id
    or new.author_id <> old.author_id
    or new.text <> old.text
    or new.written_at <> old.written_at
    or old.withdrawn_at is not null
begin
    select raise(abort, 'guard:append_only case_notes');
end;

create trigger case_notes_no_delete
before delete on case_notes
begin
    select raise(abort, 'guard:no_delete case_notes');
end;

-- saved views ------------------------------------------------------------------------------------------------------------------------

-- A person's own; no record of anything that happened.
create table saved_views (
    id blob not null,
    user_id blob not null,
    name text not null,
    query text not null,
    saved_at integer not null,
    constraint saved_views_key primary key (id),
    constraint saved_views_name_unique unique (user_id, name),
    constraint saved_views_user_exists foreign key (user_id) references users (id),
    constraint saved_views_id_length check (length(id) = 16),
    constraint saved_views_name_length check (length(name) between 1 and 100),
    constraint saved_views_query_length check (length(query) <= 2000)
) strict;

-- uploads ----------------------------------------------------------------------------------------------------------------------------

-- Bytes on their way in, piece by piece (tus 1.0.0). The pieces lie in the blob store's staging area under the upload's identifier.
create table uploads (
    id blob not null,
    user_id blob not null,
    organisation_id blob not null,
    length integer not null,
    received integer not null,
    circumstances text not null,
    started_at integer not null,
    expires_at integer not null,
    sha256 blob,
    blake3 blob,
    submission_id blob,
    constraint uploads_key primary key (id),
    constraint uploads_user_exists foreign key (user_id) references users (id),
    constraint uploads_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint uploads_submission_exists foreign key (submission_id) references submissions (id),
    constraint uploads_id_length check (length(id) = 16),
    constraint uploads_sha256_length check (length(sha256) = 32),
    constraint uploads_blake3_length check (length(blake3) = 32),
    constraint uploads_digests_complete check ((sha256 is null) = (blake3 is null)),
    constraint uploads_received_range check (received between 0 and length),
    constraint uploads_circumstances_json check (json_type(circumstances) = 'object'),
    constraint uploads_submission_complete check (submission_id is null or received = length)
) strict;

create index uploads_unfinished on uploads (user_id) where submission_id is null;
create index uploads_expiring on uploads (expires_at);

-- What was received stays received, and an upload becomes one submission.
create trigger uploads_grow
before update on uploads
when new.id <> old.id
    or new.user_id <> old.user_id
    or new.organisation_id <> old.organisation_id
    or new.length <> old.length
    or new.received < old.received
    or new.circumstances <> old.circumstances
    or new.started_at <> old.started_at
    or (old.submission_id is not null and new.submission_id is not old.submission_id)
begin
    select raise(abort, 'guard:wrong_state uploads');
end;
