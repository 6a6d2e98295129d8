-- Files that were made of an item and can be made anew are removed a while after its case has ended. What was removed stays on record.

create table removals (
    analysis_id blob not null,
    name text not null,
    removed_at integer not null,
    kind text not null,
    media_type text not null,
    sha256 blob not null,
    size_bytes integer not null,
    recipe text not null,
    -- The rule that asked for it; none where the bytes were found to be gone.
    after_days integer,
    -- When the bytes themselves were removed, or found to be needed elsewhere.
    settled_at integer,
    constraint removals_key primary key (analysis_id, name, removed_at),
    constraint removals_analysis_exists foreign key (analysis_id) references analyses (id),
    constraint removals_kind_known check (kind = 'preview'),
    constraint removals_sha256_length check (length(sha256) = 32),
    constraint removals_days_positive check (after_days >= 1),
    constraint removals_settled_later check (settled_at >= removed_at)
) strict;

create index removals_unsettled on removals (removed_at) where settled_at is null;

create trigger removals_fixed
before update on removals
when old.settled_at is not null
    or new.analysis_id <> old.analysis_id
    or new.name <> old.name
    or new.removed_at <> old.removed_at
    or new.sha256 <> old.sha256
    or new.size_bytes <> old.size_bytes
begin
    select raise(abort, 'guard:append_only removals');
end;

create trigger removals_no_delete
before delete on removals
begin
    select raise(abort, 'guard:append_only removals');
end;

-- Only what is on record as removed goes.
create trigger derivatives_no_delete
before delete on derivatives
when not exists (
    select 1
    from removals
    where analysis_id = old.analysis_id
        and name = old.name
        and kind = old.kind
        and sha256 = old.sha256
)
begin
    select raise(abort, 'guard:append_only derivatives');
end;
