-- Time stamps of outside authorities (RFC 3161) on checkpoints of the log.

create table log_stamps (
    public_key bytea not null,
    size bigint not null,
    authority text collate "C" not null,
    token bytea not null,
    stamped_at bigint not null,
    received_at bigint not null,
    constraint log_stamps_key primary key (public_key, size, authority),
    constraint log_stamps_checkpoint_exists foreign key (public_key, size) references log_checkpoints (public_key, size),
    constraint log_stamps_authority_length check (length(authority) between 1 and 2048),
    constraint log_stamps_token_length check (length(token) between 1 and 65536)
);

create trigger log_stamps_no_update
before update on log_stamps
for each row
execute function guard('append_only');

create trigger log_stamps_no_delete
before delete on log_stamps
for each row
execute function guard('append_only');

create trigger log_stamps_no_truncate
before truncate on log_stamps
execute function guard('append_only');
