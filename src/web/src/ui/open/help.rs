//! `GET /help`: first steps, roles, the way of a case, keys, every reason, verdict and rating, a glossary. Its anchors are what other pages link to.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use podlinnik_domain::case::CaseState;
use podlinnik_domain::language::Text;
use podlinnik_domain::notice::ClaimRating;
use podlinnik_domain::people::Role;
use podlinnik_domain::reason::Reason;
use podlinnik_domain::verdict::{EvidenceKind, VerdictKind};

use super::super::shell::{Reader, Section, Shell, show};
use super::super::visitor::MaybeVisitor;
use crate::problem::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/help", get(help))
}

/// A word of the glossary: anchor, word, explanation.
struct Term(&'static str, Text, Text);

#[derive(Template)]
#[template(path = "open_help.html")]
struct Help {
    shell: Shell,
    glossary: &'static [Term],
}

async fn help(MaybeVisitor(visitor): MaybeVisitor, reader: Reader) -> Result<Response, Problem> {
    let shell = reader.shell(visitor, Section::Public);
    let language = shell.language;
    show(&Help { shell, glossary: GLOSSARY }, language)
}

impl Help {
    /// What a role may do, and what it may not.
    fn role(&self, role: &Role) -> &'static str {
        self.shell.say(role_words(*role))
    }

    /// Whether whoever looks has this role.
    fn is_own(&self, role: &Role) -> bool {
        self.shell.has(&[*role])
    }

    /// What a verdict needs.
    fn needs(&self, kind: &VerdictKind) -> &'static str {
        self.shell.say(verdict_needs(*kind))
    }

    fn rating(&self, rating: &ClaimRating) -> &'static str {
        self.shell.say(rating_words(*rating))
    }

    fn evidence(&self, kind: &EvidenceKind) -> &'static str {
        self.shell.say(kind.text())
    }

    /// An anchor: the code with hyphens.
    fn anchor(&self, code: &str) -> String {
        code.replace('_', "-")
    }
}

const fn role_words(role: Role) -> Text {
    match role {
        Role::Submitter => Text {
            ru: "Присылает материалы и видит ответ по своим. Вердиктов не выносит.",
            en: "Submits media and sees the answer on their own. Gives no verdicts.",
        },
        Role::Analyst => Text {
            ru: "Берёт дела, читает находки, собирает доказательства, предлагает вердикт. По чужому предложению даёт второй взгляд, не видя первого ответа.",
            en: "Takes cases, reads findings, gathers evidence, proposes a verdict. Gives the second look at somebody else's proposal without seeing the first answer.",
        },
        Role::Editor => Text {
            ru: "Пишет опровержение или подтверждение, оценивает утверждение, публикует одобренное. Свой текст сам не одобряет.",
            en: "Writes the notice, rates the claim, publishes what was approved. Does not approve their own text.",
        },
        Role::Approver => Text {
            ru: "Утверждает вердикты и тексты, к которым не причастен; может вернуть. В срочном случае выпускает вердикт до второго взгляда — это публично считается.",
            en: "Approves verdicts and texts that they had no part in, or sends them back. In urgency releases a verdict ahead of its second look, which is counted in public.",
        },
        Role::CorrectionsOfficer => Text {
            ru: "Решает по возражениям со стороны, если не участвовал ни в вердикте, ни в публикации; соглашается с исправлениями, которые предложил другой.",
            en: "Decides on objections from outside where they had no part in verdict or notice; agrees to corrections that somebody else proposed.",
        },
        Role::Partner => Text {
            ru: "Спрашивает через API, проверено ли уже, присылает подтверждения, подписывается на изменения. Видит опубликованное и вердикты, не рабочие материалы.",
            en: "Asks by the API whether something has been verified, sends confirmations, subscribes to changes. Sees what is published and verdicts, not working papers.",
        },
        Role::OrgAdmin => Text {
            ru: "Заводит людей, получателей и ключи. Над вердиктами власти не имеет.",
            en: "Manages people, receivers and keys. Has no power over verdicts.",
        },
        Role::Auditor => Text {
            ru: "Видит всё, включая журнал действий. Менять не может ничего.",
            en: "Sees everything, the history of actions included. Can change nothing.",
        },
    }
}

const fn verdict_needs(kind: VerdictKind) -> Text {
    match kind {
        VerdictKind::ManipulatedFace
        | VerdictKind::ManipulatedLipsync
        | VerdictKind::SyntheticVoice
        | VerdictKind::FullySynthetic => Text {
            ru: "Два разных вида доказательств, из них хотя бы одно — не результат обученной модели: найденный оригинал, ответ ведомства, происхождение, обстоятельства, осмотр.",
            en: "Two different kinds of evidence, at least one of them not a finding of a learned model: a located original, an agency's answer, provenance, circumstances, inspection.",
        },
        VerdictKind::EditedMisleading => Text {
            ru: "Хотя бы одно доказательство. Лучше всего — полная запись и место, где вырезано или переставлено.",
            en: "At least one piece of evidence. Best is the full recording and the place where something was cut or moved.",
        },
        VerdictKind::OutOfContext => Text {
            ru: "Хотя бы одно доказательство того, где, когда и о чём снято на самом деле. Сам материал подлинный.",
            en: "At least one piece of evidence of where, when and what was filmed in truth. The media itself is genuine.",
        },
        VerdictKind::Staged => Text {
            ru: "Хотя бы одно доказательство, что снятое разыграно: участник, сценарий, обстоятельства съёмки.",
            en: "At least one piece of evidence that the scene was acted: a participant, a script, circumstances of the shoot.",
        },
        VerdictKind::Satire => Text {
            ru: "Хотя бы одно доказательство, что автор и не выдавал это за правду.",
            en: "At least one piece of evidence that its author never passed it off as true.",
        },
        VerdictKind::NoManipulationFound => Text {
            ru: "Говорит только, что следов не нашли. Это не «подлинность подтверждена».",
            en: "Says only that nothing was found. It is not “authenticity confirmed”.",
        },
        VerdictKind::AuthenticConfirmed => Text {
            ru: "Положительное доказательство: найденный оригинал, подпись происхождения, ответ того, кого снимали, или ведомства. Молчания методов мало.",
            en: "Positive proof: a located original, signed provenance, an answer from whoever was filmed or the agency. Silent methods are not enough.",
        },
        VerdictKind::Inconclusive => Text {
            ru: "Причина и что решило бы вопрос: какой файл, чей ответ.",
            en: "A reason, and what would resolve it: which file, whose answer.",
        },
        VerdictKind::NotAssessable => Text {
            ru: "Объяснение, почему материал нельзя оценить: повреждён, слишком короткий, не то содержание.",
            en: "An explanation of why the media cannot be assessed: damaged, too short, the wrong kind of content.",
        },
    }
}

const fn rating_words(rating: ClaimRating) -> Text {
    match rating {
        ClaimRating::False => Text {
            ru: "Утверждение противоречит тому, что установлено.",
            en: "The claim contradicts what was established.",
        },
        ClaimRating::Misleading => Text {
            ru: "Части верны, но вместе они внушают неверное.",
            en: "Parts are right, but together they suggest something wrong.",
        },
        ClaimRating::MissingContext => Text {
            ru: "Сказанное верно, но опущено то, что меняет смысл.",
            en: "True as far as it goes, but something that changes its meaning is left out.",
        },
        ClaimRating::Satire => Text {
            ru: "Шутка или пародия, которую приняли всерьёз.",
            en: "A joke or parody that was taken in earnest.",
        },
        ClaimRating::Unproven => Text {
            ru: "Ни подтвердить, ни опровергнуть пока нечем.",
            en: "There is nothing yet to confirm or refute it with.",
        },
        ClaimRating::True => Text {
            ru: "Утверждение верно; публикуется подтверждение, а не опровержение.",
            en: "The claim is right; a confirmation is published, not a refutation.",
        },
    }
}

const GLOSSARY: &[Term] = &[
    Term(
        "abstention",
        Text { ru: "Воздержание", en: "Abstention" },
        Text {
            ru: "Метод не даёт ответа и говорит почему. Это результат, а не сбой: подозрение от него не растёт и не падает.",
            en: "A method gives no answer and says why. It is a result, not a failure: it neither raises nor lowers suspicion.",
        },
    ),
    Term(
        "break-glass",
        Text { ru: "Срочный выпуск", en: "Break-glass" },
        Text {
            ru: "Вердикт действует до второго взгляда, если до четырёх часов осталось меньше часа и найден оригинал или известная копия. Второй взгляд обязателен в течение суток.",
            en: "A verdict counts ahead of its second look when less than an hour of the four is left and an original or a known copy was found. The second look has to follow within a day.",
        },
    ),
    Term(
        "ceiling",
        Text { ru: "Потолок", en: "Ceiling" },
        Text {
            ru: "Больше этого метод сказать не может, что бы ни измерил: столько позволяют проверочные данные того же качества. На 300 подлинных файлах без единой ошибки нельзя сказать больше 81 к 1.",
            en: "The most that a method may say, whatever it measures: as much as validation data of the same quality allow. 300 genuine files without an error allow 81 to 1 and no more.",
        },
    ),
    Term(
        "calibration",
        Text { ru: "Калибровка", en: "Calibration" },
        Text {
            ru: "Перевод числа, которое выдаёт модель, в отношение правдоподобия, измеренный на отдельных данных. У неё есть номер и срок; после срока метод молчит.",
            en: "What turns a model's number into a likelihood ratio, measured on data of its own. It has a name and an expiry; after that the method stays silent.",
        },
    ),
    Term(
        "claim-rating",
        Text { ru: "Оценка утверждения", en: "Claim rating" },
        Text {
            ru: "Что редактор говорит о словах поста. Не вердикт о материале: подлинный ролик с ложной подписью — «подлинный материал вне контекста» и «неправда».",
            en: "What an editor says of the post's words. Not the media verdict: a genuine clip with a false caption is “genuine media out of context” and “false”.",
        },
    ),
    Term(
        "deepfake",
        Text { ru: "Дипфейк", en: "Deepfake" },
        Text {
            ru: "Видео, снимок или звук, где лицо, мимику или голос подменила программа. В вердиктах называем точнее: лицо, губы, голос или всё целиком.",
            en: "Video, picture or sound in which a program replaced a face, its motion or a voice. Verdicts are more exact: face, lips, voice or all of it.",
        },
    ),
    Term(
        "evidence-bundle",
        Text { ru: "Пакет доказательств", en: "Evidence bundle" },
        Text {
            ru: "ZIP с вердиктом, текстом и местом в журнале. Его можно проверить без нашего участия: на странице «Проверить пакет» или командой podlinnik verify.",
            en: "A ZIP with verdict, words and place in the log. It can be checked without us: on the page “Verify a bundle” or with podlinnik verify.",
        },
    ),
    Term(
        "false-positive-rate",
        Text { ru: "Частота ложных тревог", en: "False-positive rate" },
        Text {
            ru: "Доля подлинных материалов, которые метод ошибочно заподозрил. Показываем с 95-процентным интервалом и числом файлов.",
            en: "The share of genuine media that a method wrongly suspected. Shown with its 95 % interval and the number of files.",
        },
    ),
    Term(
        "finding",
        Text { ru: "Находка", en: "Finding" },
        Text {
            ru: "Что измерил один метод, словами шкалы, в обе стороны. Машина на этом останавливается.",
            en: "What one method measured, in the words of the scale, in both directions. That is where the machine stops.",
        },
    ),
    Term(
        "likelihood-ratio",
        Text { ru: "Отношение правдоподобия", en: "Likelihood ratio" },
        Text {
            ru: "Во сколько раз увиденное вероятнее, если материал обработан, чем если нет. 10 — вдесятеро вероятнее; 1 — ничего не говорит; 0,1 — вдесятеро вероятнее без обработки. Это не вероятность подделки.",
            en: "How many times more probable what was seen is if the media was manipulated than if not. 10 is ten times; 1 says nothing; 0.1 is ten times more probable without manipulation. It is not the probability of a fake.",
        },
    ),
    Term(
        "notice",
        Text { ru: "Опровержение, подтверждение", en: "Notice" },
        Text {
            ru: "Публикация редакции по утверждённому вердикту: что утверждали, что неверно, как на самом деле и откуда это известно.",
            en: "What the desk publishes on an approved verdict: what was claimed, what is untrue, what is true and how that is known.",
        },
    ),
    Term(
        "original",
        Text { ru: "Оригинал", en: "Original" },
        Text {
            ru: "Исходная запись, из которой сделан материал. Архив хранит официальные записи с подписью, по ним находят, что изменено.",
            en: "The recording that an item was made from. The archive holds official footage, signed; against it one sees what was changed.",
        },
    ),
    Term(
        "perceptual-hash",
        Text { ru: "Перцептивный отпечаток", en: "Perceptual hash" },
        Text {
            ru: "Короткое число, похожее у похожих картинок: по нему находят пережатые и обрезанные копии. SHA-256, наоборот, меняется от любого байта.",
            en: "A short number that is alike for pictures that look alike: it finds recompressed and cropped copies. A SHA-256 changes with every byte.",
        },
    ),
    Term(
        "second-look",
        Text { ru: "Второй взгляд", en: "Second look" },
        Text {
            ru: "Другой аналитик выносит свой вердикт, не видя первого. Совпали — дело согласовано, разошлись — спорно.",
            en: "Another analyst gives a verdict without seeing the first. If they agree the case is agreed, if not it is disputed.",
        },
    ),
    Term(
        "series",
        Text { ru: "Серия", en: "Series" },
        Text {
            ru: "Материалы, сделанные из одного и того же или по одному образцу: одна волна подделок часто задевает несколько регионов.",
            en: "Items made of the same thing or after one pattern: one wave of fakes often hits several regions.",
        },
    ),
    Term(
        "sha-256",
        Text { ru: "SHA-256", en: "SHA-256" },
        Text {
            ru: "Отпечаток файла: 64 знака, одинаковых только у одинаковых до байта файлов. Сам файл по нему не восстановить.",
            en: "A digest of a file: 64 digits, the same only for files that are the same to the byte. The file cannot be got back from it.",
        },
    ),
    Term(
        "transparency-log",
        Text { ru: "Журнал прозрачности", en: "Transparency log" },
        Text {
            ru: "Перечень решений, в который можно только добавлять; его подписывает ключ. Кто сохранил контрольную точку, увидит, если что-то изменили задним числом.",
            en: "A list of decisions that can only grow, signed by a key. Whoever kept a checkpoint will see if anything was changed afterwards.",
        },
    ),
    Term(
        "scale",
        Text { ru: "Словесная шкала", en: "Verbal scale" },
        Text {
            ru: "Слова, которыми эксперты-криминалисты называют отношение правдоподобия (ENFSI, 2015): «слабо», «умеренно», «сильно» и так далее.",
            en: "The words that forensic experts use for likelihood ratios (ENFSI, 2015): “weak”, “moderate”, “strong” and so on.",
        },
    ),
    Term(
        "verdict",
        Text { ru: "Вердикт", en: "Verdict" },
        Text {
            ru: "Что люди решили о материале: предложил один, независимо проверил второй, утвердил третий. Подписан, с доказательствами.",
            en: "What people decided about the media: one proposed it, a second checked independently, a third approved. Signed, with evidence.",
        },
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn anchors_are_unique_and_speak_both_languages() {
        let anchors: BTreeSet<_> = GLOSSARY.iter().map(|Term(anchor, ..)| *anchor).collect();
        assert_eq!(anchors.len(), GLOSSARY.len());
        for needed in ["likelihood-ratio", "ceiling", "perceptual-hash", "deepfake", "second-look"] {
            assert!(anchors.contains(needed), "{needed}");
        }
        for Term(anchor, word, text) in GLOSSARY {
            assert!(text.ru.ends_with('.') && text.en.ends_with('.') && !word.en.is_empty(), "{anchor}");
        }
    }
}
