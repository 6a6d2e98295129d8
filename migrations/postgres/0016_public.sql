-- How the public finds notices: by the rating of the claim and by words.

-- Kept up to date with every publication and correction. What this migration leaves empty is filled in when the store is next opened. The words
-- are folded, each once, sorted, a space before and after each.
create table public_notices (
    notice_id uuid not null,
    rating text,
    words text not null,
    constraint public_notices_key primary key (notice_id),
    constraint public_notices_notice_exists foreign key (notice_id) references notices (id)
);
