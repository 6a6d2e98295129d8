-- What each finding of an analysis rests on, so that a model that is withdrawn leads to everything it was asked about.

create table findings (
    analysis_id uuid not null,
    method text not null,
    version text not null,
    state text not null,
    model_sha256 bytea,
    calibration_id text,
    constraint findings_key primary key (analysis_id, method),
    constraint findings_analysis_exists foreign key (analysis_id) references analyses (id),
    constraint findings_model_length check (length(model_sha256) = 32)
);

create index findings_by_model on findings (model_sha256);

insert into findings (analysis_id, method, version, state, model_sha256, calibration_id)
select
    analyses.id,
    finding ->> 'method',
    finding ->> 'version',
    finding ->> 'state',
    decode(finding ->> 'model_sha256', 'hex'),
    finding ->> 'calibration_id'
from analyses, json_array_elements(replace(analyses.report, '\u0000', '\ufffd')::json -> 'findings') as finding
where analyses.report is not null
on conflict do nothing;
