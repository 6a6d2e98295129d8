-- Delivery: receivers of three kinds, messages in order, an inbox for each organisation, and who has read which verdict.

alter table webhooks rename to receivers;
alter table receivers rename column url to address;
alter table receivers add column channel text not null default 'webhook'
    constraint receivers_channel_known check (channel in ('webhook', 'email', 'telegram'));
alter table receivers add column signature text not null default 'hmac'
    constraint receivers_signature_known check (signature in ('hmac', 'ed25519'));
alter table receivers add column language text not null default 'ru'
    constraint receivers_language_known check (language in ('ru', 'en'));
-- Codes of regions; null is all of them.
alter table receivers add column regions text
    constraint receivers_regions_json check (json_type(regions) = 'array');

-- Messages to one receiver about one thing go out in the order of the history.
alter table deliveries rename column webhook_id to receiver_id;
alter table deliveries add column subject_id blob;
alter table deliveries add column sequence integer not null default 0;

create index deliveries_in_order on deliveries (receiver_id, subject_id, sequence) where state = 'waiting';

-- inbox ------------------------------------------------------------------------------------------------------------------------------

create table inbox_entries (
    id blob not null,
    organisation_id blob not null,
    event_type text not null,
    data text not null,
    created_at integer not null,
    constraint inbox_entries_key primary key (id),
    constraint inbox_entries_organisation_exists foreign key (organisation_id) references organisations (id),
    constraint inbox_entries_id_length check (length(id) = 16),
    constraint inbox_entries_data_json check (json_type(data) = 'object')
) strict;

create index inbox_entries_newest on inbox_entries (organisation_id, created_at, id);

create trigger inbox_entries_no_update
before update on inbox_entries
begin
    select raise(abort, 'guard:append_only inbox_entries');
end;

create trigger inbox_entries_no_delete
before delete on inbox_entries
begin
    select raise(abort, 'guard:append_only inbox_entries');
end;

create table inbox_marks (
    entry_id blob not null,
    user_id blob not null,
    read_at integer not null,
    constraint inbox_marks_key primary key (entry_id, user_id),
    constraint inbox_marks_entry_exists foreign key (entry_id) references inbox_entries (id),
    constraint inbox_marks_user_exists foreign key (user_id) references users (id)
) strict;

-- who has read a verdict, so that they learn when it holds no more -----------------------------------------------------------------------

create table verdict_reads (
    verdict_id blob not null,
    organisation_id blob not null,
    read_at integer not null,
    constraint verdict_reads_key primary key (verdict_id, organisation_id),
    constraint verdict_reads_verdict_exists foreign key (verdict_id) references verdicts (id),
    constraint verdict_reads_organisation_exists foreign key (organisation_id) references organisations (id)
) strict;

create trigger verdict_reads_no_update
before update on verdict_reads
begin
    select raise(abort, 'guard:append_only verdict_reads');
end;

create trigger verdict_reads_no_delete
before delete on verdict_reads
begin
    select raise(abort, 'guard:append_only verdict_reads');
end;

-- A released verdict that is sent back is a change too.
drop index events_of_changes;

create index events_of_changes on events (sequence)
where kind in (
    'verdict_approved', 'verdict_released', 'verdict_superseded', 'verdict_disputed', 'verdict_returned', 'notice_published',
    'correction_opened', 'correction_settled', 'notice_superseded'
);
