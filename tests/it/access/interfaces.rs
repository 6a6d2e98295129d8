//! Interfaces by role. Letters: s submitter, a analyst, e editor, v approver, c corrections officer, p partner, o administrator, u auditor; `*` all of them.

/// `VERB path | roles | reach | thing | notes`, see [`super::row::Row::all`] and [`super::row::Reach`].
pub(crate) const ROWS: &str = "
# What was handed in and what was found: any role of the organisation or of one above it, auditors everywhere (head of `intake`).
GET    /api/v1/submissions                          | *      | list   | submission
POST   /api/v1/submissions                          | saep   | any    | -
GET    /api/v1/submissions/{id}                     | *      | branch | submission
GET    /api/v1/submissions/{id}/original            | aevu   | branch | submission
GET    /api/v1/analyses/{id}                        | *      | branch | analysis
GET    /api/v1/analyses/{id}/derivatives            | *      | branch | analysis
GET    /api/v1/analyses/{id}/derivatives/{name}     | *      | branch | analysis
GET    /api/v1/analyses/{id}/events                 | *      | branch | analysis
GET    /api/v1/analyses/{id}/findings               | *      | branch | analysis
GET    /api/v1/analyses/{id}/report.html            | *      | branch | analysis
# Unfinished uploads and links are their owner's.
OPTIONS /api/v1/uploads                             | *      | public | -
POST   /api/v1/uploads                              | saep   | any    | tus
GET    /api/v1/uploads/{id}                         | s      | owner  | upload
HEAD   /api/v1/uploads/{id}                         | s      | owner  | upload
PATCH  /api/v1/uploads/{id}                         | s      | owner  | upload
DELETE /api/v1/uploads/{id}                         | s      | owner  | upload
GET    /api/v1/links                                | *      | any    | -
POST   /api/v1/links                                | saep   | any    | -
GET    /api/v1/links/{id}                           | s      | owner  | link
DELETE /api/v1/links/{id}                           | s      | owner  | link

# Cases and the board: seen by the branch, worked on by analysts; an approver sorts, and takes a case away (head of `desk`).
GET    /api/v1/board                                | *      | list   | case
GET    /api/v1/board/counts                         | *      | any    | -
GET    /api/v1/board/events                         | *      | any    | -
GET    /api/v1/cases                                | *      | list   | case
GET    /api/v1/cases/{id}                           | *      | branch | case
GET    /api/v1/cases/{id}/history                   | *      | branch | case
GET    /api/v1/cases/{id}/inquiries                 | *      | branch | case
GET    /api/v1/cases/{id}/notices                   | *      | branch | case
GET    /api/v1/cases/{id}/verdicts                  | *      | branch | case
GET    /api/v1/cases/{id}/notes                     | aevcu  | branch | case
GET    /api/v1/cases/{id}/preview                   | *      | branch | previewed
PUT    /api/v1/cases/{id}/triage                    | av     | branch | case
POST   /api/v1/cases/{id}/claim                     | a      | branch | case
POST   /api/v1/cases/{id}/unclaim                   | v      | branch | claimed
POST   /api/v1/cases/{id}/parking                   | a      | branch | case
POST   /api/v1/cases/{id}/waking                    | a      | branch | parked
POST   /api/v1/cases/{id}/notes                     | aevc   | branch | case
POST   /api/v1/notes/{id}/withdrawal                | a      | owner  | note
GET    /api/v1/views                                | *      | any    | -
PUT    /api/v1/views                                | *      | any    | -
DELETE /api/v1/views/{id}                           | s      | owner  | view
# Questions to agencies: analysts and editors ask; the desk takes an answer down, the agency gives its own (tests of `api_desk`).
POST   /api/v1/cases/{id}/inquiries                 | ae     | branch | case
GET    /api/v1/inquiries                            | *      | any    | -
GET    /api/v1/inquiries/{id}                       | *      | branch | inquiry
POST   /api/v1/inquiries/{id}/answer                | aep    | branch | inquiry
POST   /api/v1/inquiries/{id}/withdrawal            | ae     | branch | inquiry
GET    /inquiries/{secret}                          | *      | public | inquiry
POST   /inquiries/{secret}                          | *      | public | inquiry

# Verdicts: analysts propose and look again, approvers decide; an administrator has no power here (head of `decisions`).
POST   /api/v1/cases/{id}/verdicts                  | a      | branch | case
GET    /api/v1/verdicts/released                    | *      | any    | -
GET    /api/v1/verdicts/{id}                        | *      | branch | approved
GET    /api/v1/verdicts/{id}/bundle                 | *      | branch | approved
POST   /api/v1/verdicts/{id}/second-look            | a      | branch | proposed
POST   /api/v1/verdicts/{id}/approval               | v      | branch | agreed
POST   /api/v1/verdicts/{id}/return                 | v      | branch | agreed
# Notices: editors write, approvers approve, either publishes (head of `publication`).
POST   /api/v1/verdicts/{id}/notices                | e      | branch | approved
GET    /api/v1/notices/{id}                         | *      | branch | published
GET    /api/v1/notices/{id}/card.png                | *      | branch | published
GET    /api/v1/notices/{id}/corrections             | *      | branch | published
GET    /api/v1/notices/{id}/difference              | *      | branch | published
GET    /api/v1/notices/{id}/outlets                 | *      | branch | published
GET    /api/v1/notices/{id}/versions/{version}      | *      | branch | published
PUT    /api/v1/notices/{id}                         | e      | branch | draft
POST   /api/v1/notices/{id}/review                  | e      | branch | draft
POST   /api/v1/notices/{id}/approval                | v      | branch | in_review
POST   /api/v1/notices/{id}/publication             | ev     | branch | ready
# Doubts and objections (head of `corrections`).
POST   /api/v1/notices/{id}/corrections             | ec     | branch | published
GET    /api/v1/corrections/{id}                     | *      | branch | doubted
PUT    /api/v1/corrections/{id}/draft               | ec     | branch | doubted
POST   /api/v1/corrections/{id}/settlement          | vc     | branch | settleable
GET    /api/v1/appeals                              | evcu   | list   | appeal
POST   /api/v1/appeals/{id}/decision                | c      | branch | appeal

# What every account may ask: what people decided, without the case behind it (README, `known_media`).
GET    /api/v1/me                                   | *      | any    | -
GET    /api/v1/changes                              | *      | any    | -
GET    /api/v1/media/{sha256}                       | *      | any    | approved
GET    /api/v1/media/{sha256}/verdicts              | *      | any    | approved
GET    /api/v1/lookup                               | *      | any    | -
GET    /api/v1/lookup/pdq                           | *      | any    | -
POST   /api/v1/lookup/signature                     | *      | any    | -
GET    /hma/status                                  | *      | any    | -
GET    /hma/site-map                                | *      | any    | -
GET    /hma/c/banks                                 | *      | any    | -
POST   /hma/c/banks                                 | *      | any    | -          | tried
GET    /hma/c/bank/{name}                           | *      | any    | bank
GET    /hma/c/bank/{name}/content/{id}              | *      | any    | bank
GET    /hma/c/content_type                          | *      | any    | -
GET    /hma/c/signal_type                           | *      | any    | -
GET    /hma/m/index/status                          | *      | any    | -
GET    /hma/m/lookup                                | *      | any    | -
GET    /hma/m/raw_lookup                            | *      | any    | -
GET    /hma/h/hash                                  | *      | any    | -          | tried
# A picture is decoded here: for those who may hand media in.
POST   /hma/h/hash                                  | saep   | any    | -
POST   /hma/m/lookup                                | saep   | any    | -

# Originals, copies and series belong to no region; partners and those who hand in look verdicts up only (head of `archive::desk`).
GET    /api/v1/archive                              | aevcou | any    | original
GET    /api/v1/archive/{id}                         | aevcou | any    | original
POST   /api/v1/archive                              | aev    | branch | submission
POST   /api/v1/archive/{id}/withdrawal              | aev    | any    | original
GET    /api/v1/series                               | aevcou | any    | copy
GET    /api/v1/series/{id}                          | aevcou | any    | series
GET    /api/v1/copy-matches                         | aevcu  | list   | copy
GET    /api/v1/copy-matches/{id}                    | aevcu  | branch | copy
POST   /api/v1/copy-matches/{id}/confirmation       | a      | branch | copy
POST   /api/v1/copy-matches/{id}/rejection          | a      | branch | copy

# The inbox and receivers are the organisation's.
GET    /api/v1/inbox                                | *      | any    | -
POST   /api/v1/inbox/{id}/read                      | *      | house  | entry
GET    /api/v1/receivers                            | o      | any    | -
POST   /api/v1/receivers                            | o      | any    | -
DELETE /api/v1/receivers/{id}                       | o      | house  | receiver
POST   /api/v1/receivers/{id}/enable                | o      | house  | receiver
GET    /api/v1/receivers/{id}/deliveries            | o      | house  | receiver
POST   /api/v1/receivers/{id}/replay                | o      | house  | receiver
POST   /api/v1/receivers/{id}/deliveries/{delivery}/replay | o | house | delivery

# People and keys: administrators of the branch; a key in the name of others is for accounts that programs use.
GET    /api/v1/organisations                        | *      | any    | -
POST   /api/v1/organisations                        | o      | branch | new
GET    /api/v1/users                                | o      | list   | account
POST   /api/v1/users                                | o      | branch | new
PATCH  /api/v1/users/{id}                           | o      | branch | account
POST   /api/v1/users/{id}/disable                   | o      | branch | account
POST   /api/v1/users/{id}/enable                    | o      | branch | account
POST   /api/v1/users/{id}/link                      | o      | branch | account
POST   /api/v1/users/{id}/tokens                    | o      | branch | account | unlimited
GET    /api/v1/tokens                               | *      | any    | -
DELETE /api/v1/tokens/{id}                          | o      | branch | key     | 404 unlimited
POST   /api/v1/tokens/{id}/rotation                 | o      | branch | key     | 404

# Who runs the service: the queue knows no regions.
GET    /api/v1/jobs/dead                            | ou     | any    | job
POST   /api/v1/jobs/{id}/revival                    | o      | any    | job
GET    /api/v1/situation                            | vcou   | any    | -
GET    /api/v1/situation.csv                        | vcou   | any    | -
GET    /api/v1/situation.pdf                        | vcou   | any    | -

# For everybody.
GET    /                                            | *      | public | -
GET    /api/v1/openapi.json                         | *      | public | -
GET    /docs                                        | *      | public | -
GET    /feeds/corrections.atom                      | *      | public | -
GET    /feeds/corrections.json                      | *      | public | -
GET    /feeds/notices.atom                          | *      | public | -
GET    /feeds/notices.json                          | *      | public | -
GET    /figures                                     | *      | public | -
GET    /figures.csv                                 | *      | public | -
GET    /healthz                                     | *      | public | -
GET    /readyz                                      | *      | public | -
GET    /log/checkpoint                              | *      | public | published
GET    /log/key                                     | *      | public | published
GET    /log/tile/{path}                             | *      | public | tile
GET    /notices/{id}                                | *      | public | published
GET    /notices/{id}/bundle                         | *      | public | published
POST   /notices/{id}/appeals                        | *      | public | published
GET    /oembed                                      | *      | public | oembed
GET    /problems/{code}                             | *      | public | problem

# Last, because the clock goes on: break-glass opens with less than an hour left.
POST   /api/v1/verdicts/{id}/break-glass            | v      | branch | urgent
";
