-- Notices as the desk lists them, messages about one thing, questions by when they are due.

create index notices_by_organisation on notices (organisation_id, updated_at, id);
create index deliveries_by_subject on deliveries (subject_id, created_at, id) where subject_id is not null;
