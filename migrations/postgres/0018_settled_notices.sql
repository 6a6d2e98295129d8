-- A doubt is settled in favour of a notice only while a verdict holds that says what the notice rests on: its own, or a later one of the same kind.

create function notices_settled_on_current_verdict()
returns trigger
language plpgsql
as $$
begin
    if old.state = new.state or new.state not in ('corrected', 'clarified', 'upheld') then
        return new;
    end if;
    perform
    from verdicts own
    join verdicts held on held.case_id = own.case_id and held.kind = own.kind
    where own.id = new.verdict_id
        and (
            held.state = 'approved'
            or (held.state in ('proposed', 'agreed') and exists (select from releases where verdict_id = held.id))
        )
    for share;
    if not found then
        raise exception 'guard:verdict_outdated notices' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end;
$$;

create trigger notices_settled_on_current_verdict
before update of state on notices
for each row
execute function notices_settled_on_current_verdict();
