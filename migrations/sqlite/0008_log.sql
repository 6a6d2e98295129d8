-- The transparency log: what was decided and published, as the leaves of a Merkle tree (RFC 9162). What happened before this migration is
-- taken in from the history when the store is next opened.

create table log_entries (
    position integer not null,
    event_sequence integer not null,
    kind text not null,
    subject_id blob not null,
    entry text not null,
    leaf_sha256 blob not null,
    occurred_at integer not null,
    constraint log_entries_key primary key (position),
    constraint log_entries_once unique (event_sequence),
    constraint log_entries_event_exists foreign key (event_sequence) references events (sequence),
    constraint log_entries_position_not_negative check (position >= 0),
    constraint log_entries_kind_known check (kind in ('verdict_approved', 'verdict_released', 'notice_published', 'correction_settled')),
    constraint log_entries_subject_length check (length(subject_id) = 16),
    constraint log_entries_entry_json check (json_type(entry) = 'object'),
    constraint log_entries_leaf_length check (length(leaf_sha256) = 32)
) strict;

create index log_entries_by_subject on log_entries (subject_id, position);

create index events_of_log on events (sequence)
where kind in ('verdict_approved', 'verdict_released', 'notice_published', 'correction_settled');

-- Every complete subtree, so that a proof reads a logarithmic number of rows.
create table log_nodes (
    level integer not null,
    place integer not null,
    sha256 blob not null,
    constraint log_nodes_key primary key (level, place),
    constraint log_nodes_level_range check (level between 0 and 62),
    constraint log_nodes_sha256_length check (length(sha256) = 32)
) strict;

create table log_checkpoints (
    public_key blob not null,
    size integer not null,
    root_sha256 blob not null,
    note text not null,
    signed_at integer not null,
    constraint log_checkpoints_key primary key (public_key, size),
    constraint log_checkpoints_public_key_length check (length(public_key) = 32),
    constraint log_checkpoints_size_not_negative check (size >= 0),
    constraint log_checkpoints_root_length check (length(root_sha256) = 32)
) strict;

create trigger log_entries_without_gaps
before insert on log_entries
when new.position <> (select coalesce(max(position) + 1, 0) from log_entries)
begin
    select raise(abort, 'guard:append_only log_entries');
end;

create trigger log_entries_no_update
before update on log_entries
begin
    select raise(abort, 'guard:append_only log_entries');
end;

create trigger log_entries_no_delete
before delete on log_entries
begin
    select raise(abort, 'guard:append_only log_entries');
end;

-- A subtree belongs to leaves that are there.
create trigger log_nodes_complete
before insert on log_nodes
when (new.place + 1) * (1 << new.level) > (select coalesce(max(position) + 1, 0) from log_entries)
begin
    select raise(abort, 'guard:append_only log_nodes');
end;

create trigger log_nodes_no_update
before update on log_nodes
begin
    select raise(abort, 'guard:append_only log_nodes');
end;

create trigger log_nodes_no_delete
before delete on log_nodes
begin
    select raise(abort, 'guard:append_only log_nodes');
end;

create trigger log_checkpoints_within_the_log
before insert on log_checkpoints
when new.size > (select coalesce(max(position) + 1, 0) from log_entries)
begin
    select raise(abort, 'guard:append_only log_checkpoints');
end;

create trigger log_checkpoints_no_update
before update on log_checkpoints
begin
    select raise(abort, 'guard:append_only log_checkpoints');
end;

create trigger log_checkpoints_no_delete
before delete on log_checkpoints
begin
    select raise(abort, 'guard:append_only log_checkpoints');
end;
