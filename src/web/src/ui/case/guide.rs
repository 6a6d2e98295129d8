//! What can be done with a case next, by whom, and why somebody cannot.

use podlinnik_domain::analysis::AnalysisState;
use podlinnik_domain::case::{Case, CaseState};
use podlinnik_domain::id::VerdictId;
use podlinnik_domain::notice::{Notice, NoticeState};
use podlinnik_domain::people::Role;
use podlinnik_domain::verdict::{Verdict, VerdictState};

use crate::ui::shell::Shell;

/// The next step, as the page's side tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guide {
    /// Where the case stands and what comes next.
    pub(super) sentence: &'static str,
    /// What this person can do now.
    pub(super) action: Option<Action>,
    /// What an editor can do besides: write about a verdict that counts.
    pub(super) notice: Option<Action>,
    /// Why this person can do nothing about it.
    pub(super) why_not: Option<&'static str>,
}

/// A step that can be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Action {
    pub(super) address: String,
    pub(super) name: &'static str,
    /// Needs a form of its own rather than a link.
    pub(super) posts: bool,
}

/// What the guide looks at.
pub(super) struct Situation<'a> {
    pub(super) shell: &'a Shell,
    pub(super) case: &'a Case,
    /// Those that the reader may see.
    pub(super) verdicts: &'a [Verdict],
    /// Oldest first, each with where this reader finds it.
    pub(super) notices: &'a [(Notice, Option<String>)],
    pub(super) second_look: Option<VerdictId>,
    /// Whether the reader wrote the proposal that waits.
    pub(super) own_proposal: bool,
    pub(super) analysis: AnalysisState,
}

impl Situation<'_> {
    const fn t(&self, russian: &'static str, english: &'static str) -> &'static str {
        self.shell.t_static(russian, english)
    }

    fn is(&self, role: Role) -> bool {
        self.shell.has(&[role])
    }

    fn link(&self, address: String, russian: &'static str, english: &'static str) -> Option<Action> {
        Some(Action { address, name: self.t(russian, english), posts: false })
    }

    /// The next step.
    pub(super) fn guide(&self) -> Guide {
        let case = self.case.id;
        let me = self.shell.visitor.as_ref().map(|visitor| visitor.actor.user.id);
        let mut guide = Guide { sentence: "", action: None, notice: None, why_not: None };
        match self.case.state {
            CaseState::New | CaseState::Triaged | CaseState::InAnalysis if !self.analysis.is_final() => {
                guide.sentence = self.t(
                    "Идёт машинный анализ. Разобрать дело и взять его себе можно уже сейчас.",
                    "The machine is at work. You can sort the case and take it on already.",
                );
            }
            CaseState::New | CaseState::Triaged | CaseState::InAnalysis => {
                guide.sentence = self.analysed();
                self.propose(&mut guide, me);
            }
            CaseState::VerdictProposed | CaseState::SecondLook => {
                guide.sentence = if self.counts() {
                    self.t(
                        "Вердикт выпущен до второго взгляда и уже действует. Второй аналитик должен дать свой в течение суток.",
                        "The verdict was released ahead of its second look and counts already. A second analyst has to give theirs within a day.",
                    )
                } else {
                    self.t(
                        "Вердикт предложен. Второй аналитик даёт свой, не видя первого.",
                        "A verdict is proposed. A second analyst gives one of their own without seeing it.",
                    )
                };
                match self.second_look {
                    _ if !self.is(Role::Analyst) => {
                        guide.why_not = Some(self.t("Нужен аналитик.", "This takes an analyst."));
                    }
                    _ if self.own_proposal => {
                        guide.why_not = Some(self.t(
                            "Вы автор предложения: нужен другой аналитик.",
                            "You are the author: it takes another analyst.",
                        ));
                    }
                    Some(verdict) => {
                        guide.action = self.link(
                            format!("/desk/verdicts/{verdict}/second-look"),
                            "Дать второй вердикт",
                            "Give the second verdict",
                        );
                    }
                    None => {}
                }
            }
            CaseState::Agreed => self.agreed(&mut guide, me),
            CaseState::Disputed => {
                guide.sentence = self.t(
                    "Аналитики разошлись, или утверждающий вернул вердикт. Обсудите и предложите новую ревизию.",
                    "The analysts differ, or the approver sent the verdict back. Talk it over and propose a new revision.",
                );
                self.propose(&mut guide, me);
            }
            CaseState::Approved => self.approved(&mut guide),
            CaseState::Parked => {
                guide.sentence = self.t(
                    "Дело отложено и вернётся само. Его можно поднять раньше.",
                    "The case is parked and comes back by itself. It can be taken up earlier.",
                );
                if self.is(Role::Analyst) {
                    guide.action = Some(Action {
                        address: format!("/desk/cases/{case}/wake"),
                        name: self.t("Вернуть в работу", "Take up again"),
                        posts: true,
                    });
                }
            }
        }
        if self.counts() && self.is(Role::Editor) && self.current_notice().is_none() {
            guide.notice =
                self.link(format!("/desk/cases/{case}/notice"), "Написать опровержение", "Draft a notice");
        }
        guide
    }

    /// The latest notice on the verdict that counts, unless it was taken back.
    fn current_notice(&self) -> Option<&(Notice, Option<String>)> {
        let verdict = self.verdicts.iter().rev().find(|verdict| verdict.is_current())?;
        self.notices.iter().rev().find(|(notice, _)| {
            notice.verdict == verdict.id
                && !matches!(notice.state, NoticeState::Retracted | NoticeState::Superseded)
        })
    }

    /// What comes after a verdict: a notice, and what became of it.
    fn approved(&self, guide: &mut Guide) {
        let Some((notice, address)) = self.current_notice() else {
            guide.sentence = self.t(
                "Вердикт утверждён. Редактор готовит опровержение или подтверждение.",
                "The verdict is approved. An editor drafts the notice.",
            );
            if !self.is(Role::Editor) {
                guide.why_not = Some(self.t("Пишет редактор.", "An editor writes it."));
            }
            return;
        };
        guide.sentence = match notice.state {
            NoticeState::Draft => self.t(
                "Вердикт утверждён, публикация в черновике.",
                "The verdict is approved, the notice is a draft.",
            ),
            NoticeState::InReview => self.t(
                "Вердикт утверждён, публикация на проверке у утверждающего.",
                "The verdict is approved, the notice is with an approver.",
            ),
            NoticeState::Approved => self.t(
                "Публикация одобрена: её осталось выпустить.",
                "The notice is approved: what is left is to publish it.",
            ),
            NoticeState::CorrectionOpen => self.t(
                "Публикация под сомнением: её исправят, уточнят, оставят в силе или отзовут.",
                "The notice is in doubt: it will be corrected, clarified, upheld or retracted.",
            ),
            _ => self.t(
                "Дело закончено: вердикт утверждён, публикация вышла. Возражения и сомнения откроют его снова.",
                "The case is done: the verdict is approved, the notice is out. Objections and doubts open it again.",
            ),
        };
        let address = address.clone();
        guide.action =
            address.and_then(|address| self.link(address, "Открыть публикацию", "Open the notice"));
    }

    /// Whether the world may be told of a verdict: approved, or released ahead of its second look.
    fn counts(&self) -> bool {
        self.verdicts.iter().any(Verdict::is_current)
    }

    /// What comes after the machine's part, however that ended.
    fn analysed(&self) -> &'static str {
        match self.analysis {
            AnalysisState::Refused => self.t(
                "Машина не смогла прочитать файл. Попросите исходник, соберите доказательства другими путями, предложите вердикт.",
                "The machine could not read the file. Ask for the source, gather evidence by other means, propose a verdict.",
            ),
            AnalysisState::Dead | AnalysisState::Cancelled => self.t(
                "Машинный анализ не удался: о материале он ничего не говорит. Соберите доказательства другими путями, предложите вердикт.",
                "The analysis failed: it says nothing about the item. Gather evidence by other means, propose a verdict.",
            ),
            AnalysisState::Partial => self.t(
                "Анализ готов, но файл прочитан не целиком. Посмотрите материал и результаты, соберите доказательства, предложите вердикт.",
                "The analysis is done, but only part of the file could be read. Look at the item and the findings, gather evidence, propose a verdict.",
            ),
            AnalysisState::Queued | AnalysisState::Running | AnalysisState::Done => self.t(
                "Анализ готов. Посмотрите материал и результаты, соберите доказательства, предложите вердикт.",
                "The analysis is done. Look at the item and the findings, gather evidence, propose a verdict.",
            ),
        }
    }

    fn propose(&self, guide: &mut Guide, me: Option<podlinnik_domain::id::UserId>) {
        let case = self.case.id;
        if !self.is(Role::Analyst) {
            guide.why_not = Some(self.t("Вердикт предлагает аналитик.", "An analyst proposes the verdict."));
        } else if self.case.claim.is_some_and(|claim| Some(claim.by) != me) {
            guide.why_not = Some(self.t(
                "Дело взял другой аналитик. Вы понадобитесь для второго взгляда.",
                "Another analyst has the case. You are needed for the second look.",
            ));
        } else {
            guide.action =
                self.link(format!("/desk/cases/{case}/verdict"), "Предложить вердикт", "Propose a verdict");
        }
    }

    fn agreed(&self, guide: &mut Guide, me: Option<podlinnik_domain::id::UserId>) {
        guide.sentence = self.t(
            "Оба аналитика пришли к одному. Теперь решает утверждающий — третий человек.",
            "Both analysts came to the same. Now an approver decides, a third person.",
        );
        let waiting = self.verdicts.iter().rev().find(|verdict| verdict.state == VerdictState::Agreed);
        let Some(verdict) = waiting else { return };
        if !self.is(Role::Approver) {
            guide.why_not = Some(self.t("Нужен утверждающий.", "This takes an approver."));
        } else if me.is_some_and(|me| verdict.author == me || verdict.second_analyst == Some(me)) {
            guide.why_not = Some(self.t(
                "Вы один из двух аналитиков: утверждает третий.",
                "You are one of the two analysts: a third person approves.",
            ));
        } else {
            guide.action = self.link(
                format!("/desk/verdicts/{}", verdict.id),
                "Рассмотреть вердикт",
                "Decide on the verdict",
            );
        }
    }
}
