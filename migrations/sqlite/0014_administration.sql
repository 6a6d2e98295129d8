-- Administration: the history is read by person and by kind.

create index events_by_actor on events (actor_id, sequence);
create index events_by_kind on events (kind, sequence);
