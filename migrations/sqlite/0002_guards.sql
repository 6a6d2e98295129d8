-- Guards that hold whoever writes: append-only history, nothing deleted, permitted transitions, current verdicts, separate people.
-- The message after `guard:` names the error that the store answers with.

-- history is append-only and has no gaps --------------------------------------------------------------------------------------------

create trigger events_chain
before insert on events
when new.sequence <> (select coalesce(max(sequence), 0) + 1 from events)
    or new.previous_hash <> coalesce((select hash from events order by sequence desc limit 1), zeroblob(32))
begin
    select raise(abort, 'guard:append_only events');
end;

create trigger events_no_update
before update on events
begin
    select raise(abort, 'guard:append_only events');
end;

create trigger events_no_delete
before delete on events
begin
    select raise(abort, 'guard:append_only events');
end;

create trigger evidence_no_update
before update on evidence
begin
    select raise(abort, 'guard:append_only evidence');
end;

create trigger evidence_no_delete
before delete on evidence
begin
    select raise(abort, 'guard:append_only evidence');
end;

create trigger notice_versions_no_update
before update on notice_versions
begin
    select raise(abort, 'guard:append_only notice_versions');
end;

create trigger notice_versions_no_delete
before delete on notice_versions
begin
    select raise(abort, 'guard:append_only notice_versions');
end;

-- nothing is deleted ----------------------------------------------------------------------------------------------------------------

create trigger media_no_delete
before delete on media
begin
    select raise(abort, 'guard:no_delete media');
end;

create trigger analyses_no_delete
before delete on analyses
begin
    select raise(abort, 'guard:no_delete analyses');
end;

create trigger submissions_no_delete
before delete on submissions
begin
    select raise(abort, 'guard:no_delete submissions');
end;

create trigger cases_no_delete
before delete on cases
begin
    select raise(abort, 'guard:no_delete cases');
end;

create trigger verdicts_no_delete
before delete on verdicts
begin
    select raise(abort, 'guard:no_delete verdicts');
end;

create trigger notices_no_delete
before delete on notices
begin
    select raise(abort, 'guard:no_delete notices');
end;

-- permitted transitions -------------------------------------------------------------------------------------------------------------

create trigger analyses_transition
before update of state on analyses
when old.state <> new.state and old.state || '>' || new.state not in (
    'queued>running', 'queued>done', 'queued>partial', 'queued>refused', 'queued>dead', 'queued>cancelled',
    'running>queued', 'running>done', 'running>partial', 'running>refused', 'running>dead', 'running>cancelled',
    'dead>queued'
)
begin
    select raise(abort, 'guard:wrong_state analyses');
end;

create trigger analyses_report_fixed
before update on analyses
when old.report_sha256 is not null and (new.report is not old.report or new.report_sha256 is not old.report_sha256)
begin
    select raise(abort, 'guard:append_only analyses');
end;

create trigger submissions_transition
before update of state on submissions
when old.state <> new.state and old.state || '>' || new.state not in (
    'quarantined>accepted', 'quarantined>rejected', 'duplicate>rejected'
)
begin
    select raise(abort, 'guard:wrong_state submissions');
end;

create trigger cases_transition
before update of state on cases
when old.state <> new.state and old.state || '>' || new.state not in (
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
begin
    select raise(abort, 'guard:wrong_state cases');
end;

create trigger cases_version_grows
before update on cases
when old.state <> new.state and new.version <= old.version
begin
    select raise(abort, 'guard:stale cases');
end;

create trigger verdicts_start
before insert on verdicts
when new.state <> 'proposed'
begin
    select raise(abort, 'guard:wrong_state verdicts');
end;

create trigger verdicts_transition
before update of state on verdicts
when old.state <> new.state and old.state || '>' || new.state not in (
    'proposed>agreed', 'proposed>disputed', 'agreed>approved', 'disputed>superseded', 'approved>superseded'
)
begin
    select raise(abort, 'guard:wrong_state verdicts');
end;

create trigger verdicts_content_fixed
before update on verdicts
when new.id <> old.id
    or new.case_id <> old.case_id
    or new.revision <> old.revision
    or new.kind <> old.kind
    or new.proposal <> old.proposal
    or new.author_id <> old.author_id
    or new.analysis_id <> old.analysis_id
    or new.evidence_sha256 <> old.evidence_sha256
    or new.proposed_at <> old.proposed_at
    or (old.second_analyst_id is not null and new.second_analyst_id is not old.second_analyst_id)
    or (old.second_kind is not null and new.second_kind is not old.second_kind)
    or (old.approver_id is not null and new.approver_id is not old.approver_id)
begin
    select raise(abort, 'guard:append_only verdicts');
end;

create trigger notices_start
before insert on notices
when new.state <> 'draft'
begin
    select raise(abort, 'guard:wrong_state notices');
end;

create trigger notices_transition
before update of state on notices
when old.state <> new.state and old.state || '>' || new.state not in (
    'draft>in_review', 'draft>superseded',
    'in_review>draft', 'in_review>approved', 'in_review>superseded',
    'approved>published', 'approved>draft', 'approved>superseded',
    'published>correction_open', 'published>superseded',
    'correction_open>corrected', 'correction_open>clarified', 'correction_open>upheld', 'correction_open>retracted',
    'corrected>correction_open', 'clarified>correction_open', 'upheld>correction_open'
)
begin
    select raise(abort, 'guard:wrong_state notices');
end;

create trigger notices_text_fixed_after_review
before update on notices
when old.state not in ('draft', 'in_review', 'correction_open') and (new.text <> old.text or new.version <> old.version)
begin
    select raise(abort, 'guard:wrong_state notices');
end;

create trigger notices_pin_fixed
before update on notices
when new.verdict_id <> old.verdict_id or new.case_id <> old.case_id
begin
    select raise(abort, 'guard:append_only notices');
end;

-- a notice rests on an approved, current verdict revision ---------------------------------------------------------------------------

create trigger notices_drafted_on_current_verdict
before insert on notices
when not exists (select 1 from verdicts where id = new.verdict_id and case_id = new.case_id and state = 'approved')
begin
    select raise(abort, 'guard:stale notices');
end;

create trigger notices_current_verdict
before update of state on notices
when old.state <> new.state
    and new.state in ('approved', 'published')
    and not exists (select 1 from verdicts where id = new.verdict_id and state = 'approved')
begin
    select raise(abort, 'guard:stale notices');
end;

-- whoever wrote a version does not approve ------------------------------------------------------------------------------------------

create trigger notices_approver_wrote_nothing
before update on notices
when new.approver_id is not null
    and exists (select 1 from notice_versions where notice_id = new.id and author_id = new.approver_id)
begin
    select raise(abort, 'guard:same_person notices');
end;
