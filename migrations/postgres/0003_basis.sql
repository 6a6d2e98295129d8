-- A verdict that accuses a technique rests on two kinds of evidence (DESIGN §1 rule 7); two kinds are never both learned models.

-- A proposal as JSON that can be looked into: the operators stumble over an escaped U+0000 anywhere in it.
create function proposal_json(proposal text)
returns json
language sql
immutable
as $$
    select replace(proposal, '\u0000', '\ufffd')::json
$$;

create function verdicts_two_kinds_of_evidence()
returns trigger
language plpgsql
as $$
begin
    if new.kind in ('manipulated_face', 'manipulated_lipsync', 'synthetic_voice', 'fully_synthetic')
        and (select count(distinct piece ->> 'kind') from json_array_elements(proposal_json(new.proposal) -> 'basis') as piece) < 2 then
        raise exception 'guard:basis verdicts' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end;
$$;

create trigger verdicts_two_kinds_of_evidence
before insert on verdicts
for each row
execute function verdicts_two_kinds_of_evidence();

-- An inconclusive verdict says what would resolve the question.
create trigger verdicts_inconclusive_says_what_would_help
before insert on verdicts
for each row
when (
    new.kind = 'inconclusive'
    and coalesce(trim(proposal_json(new.proposal) ->> 'would_resolve'), '') = ''
)
execute function guard('basis');

-- The column by which verdicts are searched is the one that was proposed.
create trigger verdicts_kind_is_the_proposed_one
before insert on verdicts
for each row
when (new.kind is distinct from proposal_json(new.proposal) ->> 'kind')
execute function guard('basis');
