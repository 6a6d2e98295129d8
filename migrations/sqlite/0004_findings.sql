-- What each finding of an analysis rests on, so that a model that is withdrawn leads to everything it was asked about.

create table findings (
    analysis_id blob not null,
    method text not null,
    version text not null,
    state text not null,
    model_sha256 blob,
    calibration_id text,
    constraint findings_key primary key (analysis_id, method),
    constraint findings_analysis_exists foreign key (analysis_id) references analyses (id),
    constraint findings_model_length check (length(model_sha256) = 32)
) strict;

create index findings_by_model on findings (model_sha256);

insert into findings (analysis_id, method, version, state, model_sha256, calibration_id)
select
    analyses.id,
    json_extract(finding.value, '$.method'),
    json_extract(finding.value, '$.version'),
    json_extract(finding.value, '$.state'),
    unhex(json_extract(finding.value, '$.model_sha256')),
    json_extract(finding.value, '$.calibration_id')
from analyses, json_each(analyses.report, '$.findings') as finding
where analyses.report is not null
on conflict do nothing;
