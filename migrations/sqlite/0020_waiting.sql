-- What waits is found without walking past what has ended: of a million cases a few hundred are open.

create index cases_open on cases (first_seen_at, id, organisation_id, claimed_by) where state not in ('approved', 'parked');
create index notices_open on notices (updated_at, id) where state in ('draft', 'in_review', 'approved', 'correction_open');
create index notices_newest_change on notices (updated_at, id);
create index notices_by_organisation_and_state on notices (organisation_id, state, region);

-- Organisations take turns: one that hands in three hundred files at once does not keep the others waiting (start-time fair queuing, Goyal et al. 1996).

alter table jobs add column organisation_id blob constraint jobs_organisation_exists references organisations (id);
alter table jobs add column turn integer not null default 0 constraint jobs_turn_not_negative check (turn >= 0);

drop index jobs_waiting;
create index jobs_waiting on jobs (priority desc, turn, run_at, id) where state in ('queued', 'leased');
create index jobs_waiting_of_organisation on jobs (organisation_id, priority, turn) where state in ('queued', 'leased');
