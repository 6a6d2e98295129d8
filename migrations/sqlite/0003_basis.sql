-- A verdict that accuses a technique rests on two kinds of evidence (DESIGN §1 rule 7); two kinds are never both learned models.

create trigger verdicts_two_kinds_of_evidence
before insert on verdicts
when new.kind in ('manipulated_face', 'manipulated_lipsync', 'synthetic_voice', 'fully_synthetic')
    and (select count(distinct json_extract(value, '$.kind')) from json_each(new.proposal, '$.basis')) < 2
begin
    select raise(abort, 'guard:basis verdicts');
end;

-- An inconclusive verdict says what would resolve the question.
create trigger verdicts_inconclusive_says_what_would_help
before insert on verdicts
when new.kind = 'inconclusive'
    and coalesce(trim(json_extract(new.proposal, '$.would_resolve')), '') = ''
begin
    select raise(abort, 'guard:basis verdicts');
end;

-- The column by which verdicts are searched is the one that was proposed.
create trigger verdicts_kind_is_the_proposed_one
before insert on verdicts
when new.kind is not json_extract(new.proposal, '$.kind')
begin
    select raise(abort, 'guard:basis verdicts');
end;
