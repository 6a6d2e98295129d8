-- Genuine official footage with a signed register, signatures of media, what matches what, and series of items that belong together.

-- the archive -----------------------------------------------------------------------------------------------------------------------

create table archive_items (
    id blob not null,
    sequence integer not null,
    sha256 blob not null,
    blake3 blob not null,
    size_bytes integer not null,
    path text not null,
    keeping text not null,
    modified_at integer,
    kind text not null,
    duration_s real,
    width integer,
    height integer,
    fps real,
    title text,
    source text,
    recorded text,
    link text,
    vouched_by text not null,
    added_by blob,
    added_at integer not null,
    withdrawn_sequence integer,
    withdrawn_at integer,
    withdrawn_by blob,
    withdrawn_reason text,
    constraint archive_items_key primary key (id),
    constraint archive_items_sequence_unique unique (sequence),
    constraint archive_items_sequence_exists foreign key (sequence) references archive_register (sequence) deferrable initially deferred,
    constraint archive_items_withdrawal_exists foreign key (withdrawn_sequence) references archive_register (sequence) deferrable initially deferred,
    constraint archive_items_added_user_exists foreign key (added_by) references users (id),
    constraint archive_items_withdrawn_user_exists foreign key (withdrawn_by) references users (id),
    constraint archive_items_id_length check (length(id) = 16),
    constraint archive_items_sha256_length check (length(sha256) = 32),
    constraint archive_items_blake3_length check (length(blake3) = 32),
    constraint archive_items_size_not_negative check (size_bytes >= 0),
    constraint archive_items_keeping_known check (keeping in ('in_place', 'copied')),
    constraint archive_items_kind_known check (kind in ('image', 'animation', 'video', 'audio')),
    constraint archive_items_vouched_for check (trim(vouched_by) <> ''),
    constraint archive_items_withdrawal_complete check (
        (withdrawn_sequence is null) = (withdrawn_at is null) and (withdrawn_sequence is null) = (withdrawn_reason is null)
    ),
    constraint archive_items_withdrawal_whole check (withdrawn_by is null or withdrawn_at is not null)
) strict;

create unique index archive_items_one_live on archive_items (sha256) where withdrawn_at is null;
create index archive_items_by_media on archive_items (sha256, sequence);
create index archive_items_by_path on archive_items (path, sequence);

-- Each addition and each withdrawal, signed; every record names the hash of the one before it.
create table archive_register (
    sequence integer not null,
    action text not null,
    item_id blob not null,
    record text not null,
    previous_hash blob not null,
    hash blob not null,
    public_key blob not null,
    signature blob not null,
    constraint archive_register_key primary key (sequence),
    constraint archive_register_once unique (item_id, action),
    constraint archive_register_hash_unique unique (hash),
    constraint archive_register_previous_hash_unique unique (previous_hash),
    constraint archive_register_item_exists foreign key (item_id) references archive_items (id),
    constraint archive_register_sequence_positive check (sequence >= 1),
    constraint archive_register_action_known check (action in ('added', 'withdrawn')),
    constraint archive_register_record_json check (json_type(record) = 'object'),
    constraint archive_register_previous_hash_length check (length(previous_hash) = 32),
    constraint archive_register_hash_length check (length(hash) = 32),
    constraint archive_register_public_key_length check (length(public_key) = 32),
    constraint archive_register_signature_length check (length(signature) = 64)
) strict;

create trigger archive_register_chain
before insert on archive_register
when new.sequence <> (select coalesce(max(sequence), 0) + 1 from archive_register)
    or new.previous_hash <> coalesce((select hash from archive_register order by sequence desc limit 1), zeroblob(32))
begin
    select raise(abort, 'guard:append_only archive_register');
end;

create trigger archive_register_no_update
before update on archive_register
begin
    select raise(abort, 'guard:append_only archive_register');
end;

create trigger archive_register_no_delete
before delete on archive_register
begin
    select raise(abort, 'guard:append_only archive_register');
end;

create trigger archive_items_start
before insert on archive_items
when new.withdrawn_at is not null
begin
    select raise(abort, 'guard:wrong_state archive_items');
end;

create trigger archive_items_no_delete
before delete on archive_items
begin
    select raise(abort, 'guard:no_delete archive_items');
end;

-- Only the place of the file may change, and only while the item counts.
create trigger archive_items_withdrawn_once
before update on archive_items
when old.withdrawn_at is not null
begin
    select raise(abort, 'guard:wrong_state archive_items');
end;

create trigger archive_items_content_fixed
before update on archive_items
when new.id <> old.id
    or new.sequence <> old.sequence
    or new.sha256 <> old.sha256
    or new.blake3 <> old.blake3
    or new.size_bytes <> old.size_bytes
    or new.kind <> old.kind
    or new.duration_s is not old.duration_s
    or new.width is not old.width
    or new.height is not old.height
    or new.fps is not old.fps
    or new.title is not old.title
    or new.source is not old.source
    or new.recorded is not old.recorded
    or new.link is not old.link
    or new.vouched_by <> old.vouched_by
    or new.added_by is not old.added_by
    or new.added_at <> old.added_at
begin
    select raise(abort, 'guard:append_only archive_items');
end;

-- signatures ------------------------------------------------------------------------------------------------------------------------

-- What originals and submitted media are recognised by; numbered, so that an index can follow.
create table signatures (
    sequence integer not null,
    sha256 blob not null,
    kind text not null,
    version integer not null,
    signature blob not null,
    created_at integer not null,
    constraint signatures_key primary key (sequence),
    constraint signatures_subject_unique unique (sha256, kind, version),
    constraint signatures_sha256_length check (length(sha256) = 32),
    constraint signatures_not_empty check (length(signature) > 0)
) strict;

create trigger signatures_no_update
before update on signatures
begin
    select raise(abort, 'guard:append_only signatures');
end;

create trigger signatures_no_delete
before delete on signatures
begin
    select raise(abort, 'guard:append_only signatures');
end;

-- matches ---------------------------------------------------------------------------------------------------------------------------

create table copy_matches (
    id blob not null,
    suspect_sha256 blob not null,
    matched_sha256 blob not null,
    kind text not null,
    spans text not null,
    distance real not null,
    evidence text not null,
    state text not null,
    version integer not null,
    found_at integer not null,
    decided_by blob,
    decided_at integer,
    reason text,
    constraint copy_matches_key primary key (id),
    constraint copy_matches_pair_unique unique (suspect_sha256, matched_sha256, kind),
    constraint copy_matches_decided_user_exists foreign key (decided_by) references users (id),
    constraint copy_matches_id_length check (length(id) = 16),
    constraint copy_matches_suspect_length check (length(suspect_sha256) = 32),
    constraint copy_matches_matched_length check (length(matched_sha256) = 32),
    constraint copy_matches_two_items check (suspect_sha256 <> matched_sha256),
    constraint copy_matches_kind_known check (kind in ('known_copy', 'original')),
    constraint copy_matches_spans_json check (json_valid(spans)),
    constraint copy_matches_evidence_json check (json_valid(evidence)),
    constraint copy_matches_state_known check (state in ('suggested', 'confirmed', 'rejected')),
    constraint copy_matches_decision_dated check ((state = 'suggested') = (decided_at is null)),
    constraint copy_matches_decision_whole check (state <> 'suggested' or (decided_by is null and reason is null)),
    constraint copy_matches_rejection_reasoned check (state <> 'rejected' or reason is not null)
) strict;

create index copy_matches_newest on copy_matches (state, found_at, id);
create index copy_matches_by_matched on copy_matches (matched_sha256);

create trigger copy_matches_start
before insert on copy_matches
when new.state <> 'suggested'
begin
    select raise(abort, 'guard:wrong_state copy_matches');
end;

create trigger copy_matches_transition
before update of state on copy_matches
when old.state <> new.state and new.state = 'suggested'
begin
    select raise(abort, 'guard:wrong_state copy_matches');
end;

create trigger copy_matches_version_grows
before update on copy_matches
when old.state <> new.state and new.version <= old.version
begin
    select raise(abort, 'guard:stale copy_matches');
end;

create trigger copy_matches_content_fixed
before update on copy_matches
when new.id <> old.id
    or new.suspect_sha256 <> old.suspect_sha256
    or new.matched_sha256 <> old.matched_sha256
    or new.kind <> old.kind
    or new.spans <> old.spans
    or new.distance <> old.distance
    or new.evidence <> old.evidence
    or new.found_at <> old.found_at
begin
    select raise(abort, 'guard:append_only copy_matches');
end;

create trigger copy_matches_no_delete
before delete on copy_matches
begin
    select raise(abort, 'guard:no_delete copy_matches');
end;

-- series ----------------------------------------------------------------------------------------------------------------------------

create table series (
    id blob not null,
    founded_at integer not null,
    merged_into blob,
    merged_at integer,
    constraint series_key primary key (id),
    constraint series_successor_exists foreign key (merged_into) references series (id),
    constraint series_id_length check (length(id) = 16),
    constraint series_not_into_itself check (merged_into <> id),
    constraint series_merger_dated check ((merged_into is null) = (merged_at is null))
) strict;

create table series_members (
    series_id blob not null,
    sha256 blob not null,
    why text not null,
    added_at integer not null,
    added_by blob,
    constraint series_members_key primary key (series_id, sha256),
    constraint series_members_series_exists foreign key (series_id) references series (id),
    constraint series_members_media_exists foreign key (sha256) references media (sha256),
    constraint series_members_user_exists foreign key (added_by) references users (id),
    constraint series_members_why_known check (why in ('shared_original', 'signature_neighbourhood', 'shared_sound'))
) strict;

create index series_members_by_media on series_members (sha256);

create trigger series_start
before insert on series
when new.merged_into is not null
begin
    select raise(abort, 'guard:wrong_state series');
end;

create trigger series_merged_once
before update on series
when old.merged_into is not null or new.id <> old.id or new.founded_at <> old.founded_at
begin
    select raise(abort, 'guard:wrong_state series');
end;

create trigger series_no_delete
before delete on series
begin
    select raise(abort, 'guard:no_delete series');
end;

-- A series that was taken over grows no more, and an item is in one series at a time.
create trigger series_members_fit
before insert on series_members
when exists (select 1 from series where id = new.series_id and merged_into is not null)
    or exists (
        select 1
        from series_members
        join series on series.id = series_members.series_id
        where series_members.sha256 = new.sha256
            and series_members.series_id <> new.series_id
            and series.merged_into is null
    )
begin
    select raise(abort, 'guard:wrong_state series_members');
end;

create trigger series_members_no_update
before update on series_members
begin
    select raise(abort, 'guard:append_only series_members');
end;

create trigger series_members_no_delete
before delete on series_members
begin
    select raise(abort, 'guard:append_only series_members');
end;
