-- What rejected matches teach: the frames that two items which have nothing to do with each other have in common.

-- Entries are numbered, so that an index can follow: a lesson, and its withdrawal when the match is confirmed after all.
create table negative_bank (
    sequence integer not null,
    match_id blob not null,
    match_version integer not null,
    action text not null,
    suspect_frames blob,
    matched_frames blob,
    created_at integer not null,
    constraint negative_bank_key primary key (sequence),
    constraint negative_bank_once unique (match_id, match_version),
    constraint negative_bank_match_exists foreign key (match_id) references copy_matches (id),
    constraint negative_bank_sequence_positive check (sequence >= 1),
    constraint negative_bank_match_id_length check (length(match_id) = 16),
    constraint negative_bank_action_known check (action in ('taught', 'withdrawn')),
    constraint negative_bank_suspect_taught check ((action = 'taught') = (suspect_frames is not null)),
    constraint negative_bank_matched_taught check ((action = 'taught') = (matched_frames is not null))
) strict;

create trigger negative_bank_no_update
before update on negative_bank
begin
    select raise(abort, 'guard:append_only negative_bank');
end;

create trigger negative_bank_no_delete
before delete on negative_bank
begin
    select raise(abort, 'guard:append_only negative_bank');
end;

-- Only a rejection teaches, only a confirmation takes back.
create trigger negative_bank_follows_the_decision
before insert on negative_bank
when not exists (
    select 1
    from copy_matches
    where copy_matches.id = new.match_id
        and copy_matches.version = new.match_version
        and copy_matches.state = case new.action when 'taught' then 'rejected' else 'confirmed' end
)
begin
    select raise(abort, 'guard:wrong_state negative_bank');
end;
