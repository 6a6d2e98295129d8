-- Time stamps of outside authorities (RFC 3161) on checkpoints of the log.

create table log_stamps (
    public_key blob not null,
    size integer not null,
    authority text not null,
    token blob not null,
    stamped_at integer not null,
    received_at integer not null,
    constraint log_stamps_key primary key (public_key, size, authority),
    constraint log_stamps_checkpoint_exists foreign key (public_key, size) references log_checkpoints (public_key, size),
    constraint log_stamps_authority_length check (length(authority) between 1 and 2048),
    constraint log_stamps_token_length check (length(token) between 1 and 65536)
) strict;

create trigger log_stamps_no_update
before update on log_stamps
begin
    select raise(abort, 'guard:append_only log_stamps');
end;

create trigger log_stamps_no_delete
before delete on log_stamps
begin
    select raise(abort, 'guard:append_only log_stamps');
end;
