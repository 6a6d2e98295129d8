//! Pages and forms by role, letters as in `interfaces`. Every form is also sent without the token of the session, and has to be refused.

/// `VERB path | roles | reach | thing | notes`, see [`super::row::Row::all`] and [`super::row::Reach`].
pub(crate) const ROWS: &str = "
# For everybody.
GET  /assets/{version}/{*name}               | *      | public | asset
GET  /favicon.ico                            | *      | public | -
GET  /robots.txt                             | *      | public | -
GET  /help                                   | *      | public | -
GET  /methodology                            | *      | public | -
GET  /corrections                            | *      | public | -
GET  /notices                                | *      | public | -
GET  /notices/{id}/history                   | *      | public | published
GET  /notices/{id}/appeal                    | *      | public | published
POST /notices/{id}/appeal                    | *      | public | published
GET  /verify                                 | *      | public | -
POST /verify/bundle                          | *      | public | -
GET  /sign-in                                | *      | public | -
GET  /link/{secret}                          | *      | public | welcome
POST /link/{secret}                          | *      | public | welcome | tried

# Handing in, and what is one's own.
GET  /desk/submit                            | *      | any    | -
POST /desk/submit/form                       | saep   | any    | -
GET  /desk/submissions/{id}                  | *      | branch | submission
POST /desk/links                             | saep   | any    | -
GET  /desk/links/{id}                        | s      | owner  | link
POST /desk/links/{id}/cancel                 | s      | owner  | link
POST /desk/tour                              | *      | any    | -
POST /desk/views                             | *      | any    | -
POST /desk/views/{id}/removal                | s      | owner  | view
GET  /desk/inbox                             | *      | any    | -
POST /desk/inbox/{id}/read                   | *      | house  | entry
POST /desk/inbox/read                        | *      | any    | -

# Cases.
GET  /desk                                   | *      | list   | case
GET  /desk/cases/{id}                        | *      | branch | case
GET  /desk/cases/{id}/progress               | *      | branch | case
POST /desk/cases/{id}/claim                  | a      | branch | case
GET  /desk/cases/{id}/unclaim                | *      | public | case
POST /desk/cases/{id}/unclaim                | v      | branch | claimed
GET  /desk/cases/{id}/triage                 | *      | public | case
POST /desk/cases/{id}/triage                 | av     | branch | case
GET  /desk/cases/{id}/park                   | *      | public | case
POST /desk/cases/{id}/park                   | a      | branch | case
POST /desk/cases/{id}/wake                   | a      | branch | parked
GET  /desk/cases/{id}/notes                  | *      | public | case
POST /desk/cases/{id}/notes                  | aevc   | branch | case
GET  /desk/cases/{id}/ask                    | ae     | branch | case
POST /desk/cases/{id}/ask                    | ae     | branch | case
GET  /desk/inquiries                         | *      | any    | -
GET  /desk/inquiries/{id}                    | *      | branch | inquiry
POST /desk/inquiries/{id}                    | aep    | branch | inquiry
POST /desk/inquiries/{id}/withdrawal         | ae     | branch | inquiry

# Verdicts.
GET  /desk/cases/{id}/verdict                | a      | branch | case
POST /desk/cases/{id}/verdict                | a      | branch | case
GET  /desk/verdicts/{id}                     | *      | branch | approved
GET  /desk/verdicts/{id}/second-look         | a      | branch | proposed
POST /desk/verdicts/{id}/second-look         | a      | branch | proposed
POST /desk/verdicts/{id}/approval            | v      | branch | agreed
POST /desk/verdicts/{id}/return              | v      | branch | agreed

# Notices: seen by the desk's roles, written by editors.
GET  /desk/notices                           | aevcu  | list   | draft
# Others are told there that an editor writes it.
GET  /desk/cases/{case}/notice               | *      | branch | approved
POST /desk/cases/{case}/notice               | e      | branch | approved
POST /desk/cases/{case}/notice/preview       | *      | branch | approved
POST /desk/cases/{case}/notice/card          | *      | branch | approved
GET  /desk/notices/{id}                      | *      | branch | published
POST /desk/notices/{id}                      | e      | branch | draft
POST /desk/notices/{id}/preview              | *      | branch | draft
POST /desk/notices/{id}/card                 | *      | branch | draft
GET  /desk/notices/{id}/page                 | *      | branch | published
GET  /desk/notices/{id}/history              | *      | branch | published
POST /desk/notices/{id}/review               | e      | branch | draft
POST /desk/notices/{id}/approval             | v      | branch | in_review
POST /desk/notices/{id}/publication          | ev     | branch | ready
POST /desk/notices/{id}/doubt                | ec     | branch | published
GET  /desk/corrections/{id}                  | *      | branch | doubted
POST /desk/corrections/{id}                  | ec     | branch | doubted
POST /desk/corrections/{id}/difference       | *      | branch | doubted
POST /desk/corrections/{id}/settlement       | vc     | branch | settleable
GET  /desk/appeals                           | evcu   | list   | appeal
POST /desk/appeals/{id}                      | c      | branch | appeal

# The library: originals, copies, series.
GET  /desk/archive                           | aevcou | any    | original
GET  /desk/archive/new                       | aev    | any    | -
POST /desk/archive/new                       | aev    | branch | submission
POST /desk/archive/new/file                  | aev    | any    | -
GET  /desk/archive/{id}                      | aevcou | any    | original
POST /desk/archive/{id}/withdraw             | aev    | any    | original
GET  /desk/copies                            | aevcu  | list   | copy
GET  /desk/copies/{id}                       | aevcu  | branch | copy
POST /desk/copies/{id}/confirm               | a      | branch | copy
POST /desk/copies/{id}/reject                | a      | branch | copy
GET  /desk/series                            | aevcou | any    | copy
GET  /desk/series/{id}                       | aevcou | any    | series
GET  /desk/situation                         | vcou   | any    | -

# The account. Wrong passwords and codes on purpose: whoever is signed in gets as far as that.
GET  /desk/account                           | *      | any    | -
POST /desk/account/keys                      | *      | any    | - | tried
POST /desk/account/keys/{id}/rotate          | a      | owner  | own key
# An administrator of the branch withdraws any key (head of `accounts::keys`).
POST /desk/account/keys/{id}/revoke          | o      | branch | own key | 404 owner a
POST /desk/account/sessions/{id}/end         | s      | owner  | session
POST /desk/account/sessions/end-others       | *      | any    | -
POST /desk/account/password                  | *      | any    | - | tried
POST /desk/account/second-factor             | *      | any    | - | tried
POST /desk/account/second-factor/confirm     | *      | any    | - | tried
POST /desk/account/second-factor/remove      | *      | any    | - | tried

# Administration.
GET  /desk/admin                             | ou     | list   | account
GET  /desk/admin/people/new                  | o      | any    | -
POST /desk/admin/people/new                  | o      | branch | new
GET  /desk/admin/people/{id}                 | ou     | branch | account
POST /desk/admin/people/{id}/name            | o      | branch | account
POST /desk/admin/people/{id}/roles           | o      | branch | account
POST /desk/admin/people/{id}/link            | o      | branch | account
POST /desk/admin/people/{id}/disable         | o      | branch | account
POST /desk/admin/people/{id}/enable          | o      | branch | account
POST /desk/admin/people/{id}/keys            | o      | branch | account
POST /desk/admin/people/{id}/keys/{key}/revoke | o    | branch | key | 404
GET  /desk/admin/organisations               | ou     | any    | -
POST /desk/admin/organisations               | o      | branch | new
GET  /desk/admin/receivers                   | o      | any    | -
POST /desk/admin/receivers                   | o      | any    | -
GET  /desk/admin/receivers/{id}              | o      | house  | receiver
POST /desk/admin/receivers/{id}/disable      | o      | house  | receiver
POST /desk/admin/receivers/{id}/enable       | o      | house  | receiver
POST /desk/admin/receivers/{id}/replay       | o      | house  | receiver
GET  /desk/admin/models                      | ou     | any    | -
GET  /desk/admin/models/{id}                 | ou     | absent | model
GET  /desk/admin/models/{id}/recall          | o      | absent | model
POST /desk/admin/models/{id}/recall          | o      | absent | model
GET  /desk/admin/queue                       | ou     | any    | -
POST /desk/admin/queue/{id}/revive           | o      | any    | job
GET  /desk/admin/audit                       | ou     | any    | -
GET  /desk/admin/storage                     | ou     | any    | -

# Last: the clock goes on, and everybody leaves.
GET  /desk/cases/{id}/break-glass            | v      | branch | urgent
POST /desk/cases/{id}/break-glass            | v      | branch | urgent
POST /sign-in                                | *      | public | - | tried
POST /sign-out                               | *      | any    | -
";
