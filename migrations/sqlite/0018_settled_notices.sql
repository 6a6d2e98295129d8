-- A doubt is settled in favour of a notice only while a verdict holds that says what the notice rests on: its own, or a later one of the same kind.

create trigger notices_settled_on_current_verdict
before update of state on notices
when old.state <> new.state
    and new.state in ('corrected', 'clarified', 'upheld')
    and not exists (
        select 1
        from verdicts own
        join verdicts held on held.case_id = own.case_id and held.kind = own.kind
        where own.id = new.verdict_id
            and (
                held.state = 'approved'
                or (held.state in ('proposed', 'agreed') and exists (select 1 from releases where verdict_id = held.id))
            )
    )
begin
    select raise(abort, 'guard:verdict_outdated notices');
end;
