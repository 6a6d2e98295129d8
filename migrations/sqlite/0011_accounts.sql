-- Accounts: passwords, second factors, sessions, links that work once, and the limits of keys.

create table credentials (
    user_id blob not null,
    -- Argon2id in the PHC string format; none until the person has set one.
    password_phc text,
    password_at integer,
    -- RFC 6238; counts only once it is confirmed.
    totp_secret blob,
    totp_confirmed_at integer,
    -- The last time step a code of which was accepted: a code works once.
    totp_step integer,
    failures integer not null default 0,
    failed_at integer,
    constraint credentials_key primary key (user_id),
    constraint credentials_user_exists foreign key (user_id) references users (id),
    constraint credentials_password_form check (password_phc like '$argon2id$%'),
    constraint credentials_password_dated check ((password_phc is null) = (password_at is null)),
    constraint credentials_totp_length check (length(totp_secret) = 20),
    constraint credentials_totp_confirmed check (totp_confirmed_at is null or totp_secret is not null),
    constraint credentials_failures_not_negative check (failures >= 0),
    constraint credentials_failures_dated check ((failures = 0) = (failed_at is null))
) strict;

create trigger credentials_totp_goes_on
before update of totp_step on credentials
when new.totp_secret is old.totp_secret and new.totp_step <= old.totp_step
begin
    select raise(abort, 'guard:stale credentials');
end;

create table recovery_codes (
    user_id blob not null,
    code_sha256 blob not null,
    created_at integer not null,
    used_at integer,
    constraint recovery_codes_key primary key (user_id, code_sha256),
    constraint recovery_codes_user_exists foreign key (user_id) references users (id),
    constraint recovery_codes_length check (length(code_sha256) = 32)
) strict;

create trigger recovery_codes_work_once
before update on recovery_codes
when old.used_at is not null
begin
    select raise(abort, 'guard:used recovery_codes');
end;

create table sessions (
    id blob not null,
    user_id blob not null,
    secret_sha256 blob not null,
    -- What the browser says it is, shown to the person among their sessions.
    agent text not null,
    created_at integer not null,
    seen_at integer not null,
    expires_at integer not null,
    ended_at integer,
    constraint sessions_key primary key (id),
    constraint sessions_secret_unique unique (secret_sha256),
    constraint sessions_user_exists foreign key (user_id) references users (id),
    constraint sessions_id_length check (length(id) = 16),
    constraint sessions_secret_length check (length(secret_sha256) = 32),
    constraint sessions_order check (expires_at > created_at)
) strict;

create index sessions_live_of_user on sessions (user_id, created_at) where ended_at is null;

create trigger sessions_end_for_good
before update on sessions
when old.ended_at is not null
begin
    select raise(abort, 'guard:ended sessions');
end;

-- Whoever holds a link sets the password of the account, once.
create table sign_in_links (
    secret_sha256 blob not null,
    user_id blob not null,
    created_by blob,
    created_at integer not null,
    expires_at integer not null,
    used_at integer,
    withdrawn_at integer,
    constraint sign_in_links_key primary key (secret_sha256),
    constraint sign_in_links_user_exists foreign key (user_id) references users (id),
    constraint sign_in_links_actor_exists foreign key (created_by) references users (id),
    constraint sign_in_links_length check (length(secret_sha256) = 32),
    constraint sign_in_links_order check (expires_at > created_at),
    constraint sign_in_links_end_once check (used_at is null or withdrawn_at is null)
) strict;

create unique index sign_in_links_one_live_of_user on sign_in_links (user_id) where used_at is null and withdrawn_at is null;

create trigger sign_in_links_work_once
before update on sign_in_links
when old.used_at is not null or old.withdrawn_at is not null
begin
    select raise(abort, 'guard:used sign_in_links');
end;

-- keys ---------------------------------------------------------------------------------------------------------------------------------

-- Roles of the owner that the key may use; null is all of them.
alter table tokens add column scopes text
    constraint tokens_scopes_json check (json_type(scopes) = 'array');
-- Requests in a minute, and submissions of its owner in 24 hours; null is as many as anybody's.
alter table tokens add column rate_per_minute integer
    constraint tokens_rate_positive check (rate_per_minute > 0);
alter table tokens add column quota_per_day integer
    constraint tokens_quota_positive check (quota_per_day > 0);
-- The first key of a line: a rotation adds the next one to it.
alter table tokens add column line_id blob
    constraint tokens_line_length check (length(line_id) = 16);

update tokens set line_id = id;

-- When it last opened the door, give or take five minutes.
alter table tokens add column used_at integer;

create index tokens_of_line on tokens (line_id, created_at);

create trigger tokens_need_a_line
before insert on tokens
when new.line_id is null
begin
    select raise(abort, 'guard:line tokens');
end;

-- The old key and the new one, no third.
create trigger tokens_two_live
before insert on tokens
when (
    select count(*)
    from tokens
    where line_id = new.line_id and revoked_at is null and (expires_at is null or expires_at > new.created_at)
) >= 2
begin
    select raise(abort, 'guard:two_live_keys tokens');
end;

create index submissions_of_submitter on submissions (submitter_id, received_at);

-- people -------------------------------------------------------------------------------------------------------------------------------

-- Whoever has been asked to leave is out: no session outlives the account.
create trigger users_leave
after update of disabled_at on users
when new.disabled_at is not null and old.disabled_at is null
begin
    update sessions set ended_at = new.disabled_at where user_id = new.id and ended_at is null;
    update sign_in_links set withdrawn_at = new.disabled_at where user_id = new.id and used_at is null and withdrawn_at is null;
end;
