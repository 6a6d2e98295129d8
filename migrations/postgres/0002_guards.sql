-- Guards that hold whoever writes: append-only history, nothing deleted, permitted transitions, current verdicts, separate people.
-- The message after `guard:` names the error that the store answers with.

-- Refuses with the message that the trigger was given.
create function guard()
returns trigger
language plpgsql
as $$
begin
    raise exception 'guard:% %', tg_argv[0], tg_table_name using errcode = 'integrity_constraint_violation';
end;
$$;

-- history is append-only and has no gaps --------------------------------------------------------------------------------------------

create function events_chain()
returns trigger
language plpgsql
as $$
begin
    if new.sequence <> (select coalesce(max(sequence), 0) + 1 from events)
        or new.previous_hash <> coalesce((select hash from events order by sequence desc limit 1), decode(repeat('00', 32), 'hex')) then
        raise exception 'guard:append_only events' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end;
$$;

create trigger events_chain
before insert on events
for each row
execute function events_chain();

create trigger events_no_update
before update on events
for each row
execute function guard('append_only');

create trigger events_no_delete
before delete on events
for each row
execute function guard('append_only');

create trigger evidence_no_update
before update on evidence
for each row
execute function guard('append_only');

create trigger evidence_no_delete
before delete on evidence
for each row
execute function guard('append_only');

create trigger notice_versions_no_update
before update on notice_versions
for each row
execute function guard('append_only');

create trigger notice_versions_no_delete
before delete on notice_versions
for each row
execute function guard('append_only');

-- nothing is deleted ----------------------------------------------------------------------------------------------------------------

create trigger media_no_delete
before delete on media
for each row
execute function guard('no_delete');

create trigger analyses_no_delete
before delete on analyses
for each row
execute function guard('no_delete');

create trigger submissions_no_delete
before delete on submissions
for each row
execute function guard('no_delete');

create trigger cases_no_delete
before delete on cases
for each row
execute function guard('no_delete');

create trigger verdicts_no_delete
before delete on verdicts
for each row
execute function guard('no_delete');

create trigger notices_no_delete
before delete on notices
for each row
execute function guard('no_delete');

-- nothing is emptied either --------------------------------------------------------------------------------------------------------

create trigger events_no_truncate
before truncate on events
execute function guard('append_only');

create trigger evidence_no_truncate
before truncate on evidence
execute function guard('append_only');

create trigger notice_versions_no_truncate
before truncate on notice_versions
execute function guard('append_only');

create trigger media_no_truncate
before truncate on media
execute function guard('no_delete');

create trigger analyses_no_truncate
before truncate on analyses
execute function guard('no_delete');

create trigger submissions_no_truncate
before truncate on submissions
execute function guard('no_delete');

create trigger cases_no_truncate
before truncate on cases
execute function guard('no_delete');

create trigger verdicts_no_truncate
before truncate on verdicts
execute function guard('no_delete');

create trigger notices_no_truncate
before truncate on notices
execute function guard('no_delete');

-- permitted transitions -------------------------------------------------------------------------------------------------------------

create trigger analyses_transition
before update of state on analyses
for each row
when (
    old.state <> new.state and old.state || '>' || new.state not in (
        'queued>running', 'queued>done', 'queued>partial', 'queued>refused', 'queued>dead', 'queued>cancelled',
        'running>queued', 'running>done', 'running>partial', 'running>refused', 'running>dead', 'running>cancelled',
        'dead>queued'
    )
)
execute function guard('wrong_state');

create trigger analyses_report_fixed
before update on analyses
for each row
when (
    old.report_sha256 is not null and (new.report is distinct from old.report or new.report_sha256 is distinct from old.report_sha256)
)
execute function guard('append_only');

create trigger submissions_transition
before update of state on submissions
for each row
when (
    old.state <> new.state and old.state || '>' || new.state not in (
        'quarantined>accepted', 'quarantined>rejected', 'duplicate>rejected'
    )
)
execute function guard('wrong_state');

create trigger cases_transition
before update of state on cases
for each row
when (
    old.state <> new.state and old.state || '>' || new.state not in (
        'new>triaged', 'new>in_analysis', 'new>parked',
        'triaged>in_analysis', 'triaged>second_look', 'triaged>parked',
        'in_analysis>triaged', 'in_analysis>verdict_proposed', 'in_analysis>second_look', 'in_analysis>parked',
        'verdict_proposed>second_look',
        'second_look>agreed', 'second_look>disputed',
        'agreed>approved', 'agreed>disputed',
        'disputed>second_look', 'disputed>parked',
        'approved>second_look',
        'parked>triaged', 'parked>in_analysis'
    )
)
execute function guard('wrong_state');

create trigger cases_version_grows
before update on cases
for each row
when (
    old.state <> new.state and new.version <= old.version
)
execute function guard('stale');

create trigger verdicts_start
before insert on verdicts
for each row
when (
    new.state <> 'proposed'
)
execute function guard('wrong_state');

create trigger verdicts_transition
before update of state on verdicts
for each row
when (
    old.state <> new.state and old.state || '>' || new.state not in (
        'proposed>agreed', 'proposed>disputed', 'agreed>approved', 'disputed>superseded', 'approved>superseded'
    )
)
execute function guard('wrong_state');

create trigger verdicts_content_fixed
before update on verdicts
for each row
when (
    new.id <> old.id
    or new.case_id <> old.case_id
    or new.revision <> old.revision
    or new.kind <> old.kind
    or new.proposal <> old.proposal
    or new.author_id <> old.author_id
    or new.analysis_id <> old.analysis_id
    or new.evidence_sha256 <> old.evidence_sha256
    or new.proposed_at <> old.proposed_at
    or (old.second_analyst_id is not null and new.second_analyst_id is distinct from old.second_analyst_id)
    or (old.second_kind is not null and new.second_kind is distinct from old.second_kind)
    or (old.approver_id is not null and new.approver_id is distinct from old.approver_id)
)
execute function guard('append_only');

create trigger notices_start
before insert on notices
for each row
when (
    new.state <> 'draft'
)
execute function guard('wrong_state');

create trigger notices_transition
before update of state on notices
for each row
when (
    old.state <> new.state and old.state || '>' || new.state not in (
        'draft>in_review', 'draft>superseded',
        'in_review>draft', 'in_review>approved', 'in_review>superseded',
        'approved>published', 'approved>draft', 'approved>superseded',
        'published>correction_open', 'published>superseded',
        'correction_open>corrected', 'correction_open>clarified', 'correction_open>upheld', 'correction_open>retracted',
        'corrected>correction_open', 'clarified>correction_open', 'upheld>correction_open'
    )
)
execute function guard('wrong_state');

create trigger notices_text_fixed_after_review
before update on notices
for each row
when (
    old.state not in ('draft', 'in_review', 'correction_open') and (new.text <> old.text or new.version <> old.version)
)
execute function guard('wrong_state');

create trigger notices_pin_fixed
before update on notices
for each row
when (
    new.verdict_id <> old.verdict_id or new.case_id <> old.case_id
)
execute function guard('append_only');

-- a notice rests on an approved, current verdict revision ---------------------------------------------------------------------------

create function notices_drafted_on_current_verdict()
returns trigger
language plpgsql
as $$
begin
    -- The lock keeps the revision current until this transaction ends.
    perform from verdicts where id = new.verdict_id and case_id = new.case_id and state = 'approved' for share;
    if not found then
        raise exception 'guard:stale notices' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end;
$$;

create trigger notices_drafted_on_current_verdict
before insert on notices
for each row
execute function notices_drafted_on_current_verdict();

create function notices_current_verdict()
returns trigger
language plpgsql
as $$
begin
    if old.state = new.state or new.state not in ('approved', 'published') then
        return new;
    end if;
    perform from verdicts where id = new.verdict_id and state = 'approved' for share;
    if not found then
        raise exception 'guard:stale notices' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end;
$$;

create trigger notices_current_verdict
before update of state on notices
for each row
execute function notices_current_verdict();

-- whoever wrote a version does not approve ------------------------------------------------------------------------------------------

create function notices_approver_wrote_nothing()
returns trigger
language plpgsql
as $$
begin
    if new.approver_id is not null
        and exists (select from notice_versions where notice_id = new.id and author_id = new.approver_id) then
        raise exception 'guard:same_person notices' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end;
$$;

create trigger notices_approver_wrote_nothing
before update on notices
for each row
execute function notices_approver_wrote_nothing();
