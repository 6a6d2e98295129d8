-- What the world outside is told of: changes by number, items by the address that they were seen at.

create index events_of_changes on events (sequence)
where kind in (
    'verdict_approved', 'verdict_released', 'verdict_superseded', 'verdict_disputed', 'notice_published', 'correction_opened',
    'correction_settled', 'notice_superseded'
);

create index submissions_by_source on submissions (source_url) where source_url is not null;
