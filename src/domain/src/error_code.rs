//! Stable codes that a user may see. A user is shown the code and its text, never an internal message.

use crate::coded_enum;
use crate::language::Text;

/// A text that is none of the codes of `kind`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} `{text}`")]
pub struct UnknownCode {
    kind: &'static str,
    text: String,
}

impl UnknownCode {
    /// Keeps at most 80 characters of `text`.
    pub fn new(kind: &'static str, text: &str) -> Self {
        Self { kind, text: text.chars().take(80).collect() }
    }
}

coded_enum! {
    /// What went wrong, for people and programs outside.
    pub enum ErrorCode {
        // the media itself
        MediaEmpty = "media_empty",
        MediaNotFound = "media_not_found",
        MediaIsDirectory = "media_is_directory",
        MediaUnreadable = "media_unreadable",
        MediaUnsupported = "media_unsupported",
        MediaTooLarge = "media_too_large",
        MediaTooManyPixels = "media_too_many_pixels",
        MediaTooLong = "media_too_long",
        MediaTooManyStreams = "media_too_many_streams",
        MediaDamaged = "media_damaged",
        MediaNoFrames = "media_no_frames",
        MediaTimeLimit = "media_time_limit",
        MediaMemoryLimit = "media_memory_limit",
        MediaReaderDied = "media_reader_died",
        // requests
        BadRequest = "bad_request",
        RequestTimeout = "request_timeout",
        ValidationFailed = "validation_failed",
        MissingFile = "missing_file",
        BodyTooLarge = "body_too_large",
        UnsupportedMediaType = "unsupported_media_type",
        MethodNotAllowed = "method_not_allowed",
        NotFound = "not_found",
        Unauthenticated = "unauthenticated",
        TokenExpired = "token_expired",
        Forbidden = "forbidden",
        SamePerson = "same_person",
        WrongState = "wrong_state",
        PreconditionRequired = "precondition_required",
        StaleRevision = "stale_revision",
        Conflict = "conflict",
        IdempotencyKeyReused = "idempotency_key_reused",
        IdempotencyKeyInvalid = "idempotency_key_invalid",
        BasisInsufficient = "basis_insufficient",
        ReasonRequired = "reason_required",
        ClaimedByAnother = "claimed_by_another",
        BreakGlassClosed = "break_glass_closed",
        ChecklistIncomplete = "checklist_incomplete",
        VerdictOutdated = "verdict_outdated",
        LastAdministrator = "last_administrator",
        SecondFactorNeeded = "second_factor_needed",
        ReceiverAddressForbidden = "receiver_address_forbidden",
        ChannelNotConfigured = "channel_not_configured",
        RateLimited = "rate_limited",
        NotImplemented = "not_implemented",
        UploadOffsetMismatch = "upload_offset_mismatch",
        UploadLocked = "upload_locked",
        UploadExpired = "upload_expired",
        UploadChecksumMismatch = "upload_checksum_mismatch",
        UploadVersionUnsupported = "upload_version_unsupported",
        TooManyUploads = "too_many_uploads",
        UploadElsewhere = "upload_elsewhere",
        // links that the service fetches
        LinkForbidden = "link_forbidden",
        LinkUnresolved = "link_unresolved",
        LinkUnreachable = "link_unreachable",
        LinkTlsFailed = "link_tls_failed",
        LinkNeedsLogin = "link_needs_login",
        LinkGone = "link_gone",
        LinkRefused = "link_refused",
        LinkBusy = "link_busy",
        LinkTooManyRedirects = "link_too_many_redirects",
        LinkTooLarge = "link_too_large",
        LinkTooSlow = "link_too_slow",
        LinkTruncated = "link_truncated",
        LinkNotMedia = "link_not_media",
        LinkNoClip = "link_no_clip",
        LinkPostsUnsupported = "link_posts_unsupported",
        LinkRegionLocked = "link_region_locked",
        LinkToolFailed = "link_tool_failed",
        LinkGivenUp = "link_given_up",
        TooManyLinks = "too_many_links",
        // the service
        AnalysisFailed = "analysis_failed",
        NotReady = "not_ready",
        StorageUnavailable = "storage_unavailable",
        Internal = "internal",
    }
}

impl ErrorCode {
    /// The sentence shown to a person.
    pub const fn text(self) -> Text {
        match self {
            Self::MediaEmpty => Text { ru: "Файл пуст.", en: "The file is empty." },
            Self::MediaNotFound => Text { ru: "Файл не найден.", en: "The file does not exist." },
            Self::MediaIsDirectory => {
                Text { ru: "Это папка, а не файл.", en: "This is a directory, not a file." }
            }
            Self::MediaUnreadable => {
                Text { ru: "Файл не удалось открыть.", en: "The file cannot be opened." }
            }
            Self::MediaUnsupported => Text {
                ru: "Это не изображение, видео или звук известного формата.",
                en: "This is not an image, video or sound in a known format.",
            },
            Self::MediaTooLarge => Text {
                ru: "Файл больше допустимого размера.",
                en: "The file is larger than the limit.",
            },
            Self::MediaTooManyPixels => Text {
                ru: "В кадре больше пикселей, чем допустимо.",
                en: "A frame has more pixels than the limit.",
            },
            Self::MediaTooLong => Text {
                ru: "Ролик длиннее допустимого.",
                en: "The clip is longer than the limit.",
            },
            Self::MediaTooManyStreams => Text {
                ru: "В файле слишком много дорожек.",
                en: "The file has too many streams.",
            },
            Self::MediaDamaged => Text {
                ru: "Файл повреждён: прочитать не удалось ничего.",
                en: "The file is damaged: nothing could be read.",
            },
            Self::MediaNoFrames => Text {
                ru: "В файле нет ни одного кадра.",
                en: "The file holds no frame.",
            },
            Self::MediaTimeLimit => Text {
                ru: "Чтение файла заняло больше допустимого времени.",
                en: "Reading the file took longer than the limit.",
            },
            Self::MediaMemoryLimit => Text {
                ru: "Для чтения файла нужно больше памяти, чем допустимо.",
                en: "Reading the file needs more memory than the limit.",
            },
            Self::MediaReaderDied => Text {
                ru: "Файл вывел из строя изолированный процесс чтения; сервис не пострадал.",
                en: "The file crashed the isolated reader; the service is unharmed.",
            },
            Self::BadRequest => Text {
                ru: "Запрос составлен неверно.", en: "The request is malformed."
            },
            Self::RequestTimeout => Text {
                ru: "Запрос передавался слишком медленно и прерван.",
                en: "The request came too slowly and was broken off.",
            },
            Self::ValidationFailed => Text {
                ru: "Поля запроса заполнены неверно.",
                en: "Fields of the request are invalid.",
            },
            Self::MissingFile => {
                Text { ru: "В запросе нет файла.", en: "The request carries no file." }
            }
            Self::BodyTooLarge => Text {
                ru: "Запрос больше допустимого размера.",
                en: "The request is larger than the limit.",
            },
            Self::UnsupportedMediaType => Text {
                ru: "Тип содержимого не поддерживается.",
                en: "The content type is not supported.",
            },
            Self::MethodNotAllowed => Text {
                ru: "Метод здесь не разрешён.",
                en: "The method is not allowed here.",
            },
            Self::NotFound => Text { ru: "Не найдено.", en: "Not found." },
            Self::Unauthenticated => {
                Text { ru: "Нужен действующий токен.", en: "A valid token is needed." }
            }
            Self::TokenExpired => Text {
                ru: "Срок действия токена истёк.", en: "The token has expired."
            },
            Self::Forbidden => Text {
                ru: "У вас нет права на это действие.",
                en: "You have no right to do this.",
            },
            Self::SamePerson => Text {
                ru: "Это действие должен совершить другой человек.",
                en: "This step has to be taken by another person.",
            },
            Self::WrongState => Text {
                ru: "В нынешнем состоянии это действие невозможно.",
                en: "This is not possible in the present state.",
            },
            Self::PreconditionRequired => Text {
                ru: "Нужен заголовок If-Match с меткой той записи, которую вы видели.",
                en: "An If-Match header with the tag of the record as you saw it is needed.",
            },
            Self::StaleRevision => Text {
                ru: "Запись тем временем изменилась: откройте её заново.",
                en: "The record has changed meanwhile: load it again.",
            },
            Self::Conflict => Text {
                ru: "Запись противоречит уже существующей.",
                en: "The record conflicts with an existing one.",
            },
            Self::IdempotencyKeyReused => Text {
                ru: "Этот ключ идемпотентности уже использован с другим содержимым.",
                en: "This idempotency key was already used with other content.",
            },
            Self::IdempotencyKeyInvalid => Text {
                ru: "Ключ идемпотентности должен содержать от 1 до 255 печатных символов ASCII.",
                en: "An idempotency key has 1 to 255 printable ASCII characters.",
            },
            Self::BasisInsufficient => Text {
                ru: "Для такого вердикта нужны два вида доказательств, и хотя бы одно — не обученная модель.",
                en: "Such a verdict needs two kinds of evidence, one of them not a learned model.",
            },
            Self::ReasonRequired => Text {
                ru: "Нужны причина и указание, что помогло бы решить вопрос.",
                en: "A reason is needed, and what would resolve it.",
            },
            Self::ClaimedByAnother => Text {
                ru: "Делом занимается другой аналитик.",
                en: "Another analyst works on this case.",
            },
            Self::BreakGlassClosed => Text {
                ru: "Ускоренный выпуск возможен, только если найден оригинал или известная копия и до четырёхчасовой отметки осталось меньше часа.",
                en: "Break-glass needs a located original or a known copy, and less than an hour to the four-hour mark.",
            },
            Self::ChecklistIncomplete => Text {
                ru: "Контрольный список опровержения заполнен не полностью.",
                en: "The checklist of the notice is not complete.",
            },
            Self::VerdictOutdated => Text {
                ru: "Вердикт, на котором стоит опровержение, больше не действует: опровержение можно отозвать или заменить новым.",
                en: "The verdict that the notice rests on holds no more: the notice can be retracted or replaced by a new one.",
            },
            Self::LastAdministrator => Text {
                ru: "Это последний администратор: сначала назначьте другого.",
                en: "This is the last administrator: appoint another one first.",
            },
            Self::SecondFactorNeeded => Text {
                ru: "Пароль сохранён. Войдите с ним и с кодом второго фактора.",
                en: "The password is set. Sign in with it and a code of the second factor.",
            },
            Self::ReceiverAddressForbidden => Text {
                ru: "На этот адрес сервис не отправляет уведомления.",
                en: "The service does not send notifications to this address.",
            },
            Self::ChannelNotConfigured => Text {
                ru: "Этот канал рассылки не настроен: обратитесь к администратору сервиса.",
                en: "This channel is not set up: ask the operator of the service.",
            },
            Self::RateLimited => Text {
                ru: "Слишком много запросов: повторите позже.",
                en: "Too many requests: try again later.",
            },
            Self::NotImplemented => Text {
                ru: "Этот вызов здесь не поддерживается.",
                en: "This call is not supported here.",
            },
            Self::UploadOffsetMismatch => Text {
                ru: "Часть файла передаётся не с того места: продолжайте с позиции из заголовка Upload-Offset.",
                en: "The part does not begin where the last one ended: go on from the Upload-Offset given.",
            },
            Self::UploadLocked => Text {
                ru: "Этот файл уже передаётся другим запросом: дождитесь его окончания.",
                en: "Another request is sending this file: wait until it ends.",
            },
            Self::UploadExpired => Text {
                ru: "Срок загрузки истёк: начните её заново.",
                en: "The upload has expired: begin it anew.",
            },
            Self::UploadChecksumMismatch => Text {
                ru: "Контрольная сумма части не совпала: передайте эту часть ещё раз.",
                en: "The checksum of the part does not match: send this part again.",
            },
            Self::UploadVersionUnsupported => Text {
                ru: "Нужен протокол tus версии 1.0.0.",
                en: "Version 1.0.0 of the tus protocol is needed.",
            },
            Self::TooManyUploads => Text {
                ru: "Слишком много незавершённых загрузок: завершите или отмените прежние.",
                en: "Too many unfinished uploads: finish or cancel earlier ones.",
            },
            Self::LinkForbidden => Text {
                ru: "Сервис не открывает такие адреса: ссылка должна вести на обычный сайт по https и без пароля в адресе. Скачайте файл и пришлите его.",
                en: "The service does not open such addresses: the link has to lead to a public site, over https and without a password in it. Download the file and send it.",
            },
            Self::LinkUnresolved => Text {
                ru: "Сайта с таким именем нет: проверьте ссылку на опечатки.",
                en: "There is no site of that name: check the link for typing mistakes.",
            },
            Self::LinkUnreachable => Text {
                ru: "Сайт не отвечает. Попробуйте позже или скачайте файл и пришлите его.",
                en: "The site does not answer. Try again later, or download the file and send it.",
            },
            Self::LinkTlsFailed => Text {
                ru: "Сайт не смог подтвердить, что он настоящий: сертификат не подошёл. Скачайте файл и пришлите его.",
                en: "The site could not prove who it is: its certificate does not hold. Download the file and send it.",
            },
            Self::LinkNeedsLogin => Text {
                ru: "Сайт показывает это только тем, кто вошёл. Скачайте файл под своей учётной записью и пришлите его.",
                en: "The site shows this only to those who have signed in. Download the file with your account and send it.",
            },
            Self::LinkGone => Text {
                ru: "По этой ссылке ничего нет: материал удалён, или в ссылке ошибка. Поищите копию и пришлите файл.",
                en: "There is nothing at this link: the item was removed, or the link is wrong. Look for a copy and send the file.",
            },
            Self::LinkRefused => Text {
                ru: "Сайт отказал в ответе. Скачайте файл и пришлите его.",
                en: "The site refused to answer. Download the file and send it.",
            },
            Self::LinkBusy => Text {
                ru: "Сайт просит подождать или сейчас не работает; несколько попыток не помогли. Попробуйте позже или скачайте файл и пришлите его.",
                en: "The site asks to wait or is out of order; several tries did not help. Try again later, or download the file and send it.",
            },
            Self::LinkTooManyRedirects => Text {
                ru: "Ссылка слишком много раз пересылает с адреса на адрес. Откройте её сами и пришлите конечную ссылку или файл.",
                en: "The link leads from address to address too many times. Open it yourself and send the last address, or the file.",
            },
            Self::LinkTooLarge => Text {
                ru: "Файл по ссылке больше допустимого размера. Скачайте его, вырежьте нужный отрывок и пришлите.",
                en: "The file at the link is larger than the limit. Download it, cut out what matters and send that.",
            },
            Self::LinkTooSlow => Text {
                ru: "Скачивание заняло больше допустимого времени. Скачайте файл и пришлите его.",
                en: "Downloading took longer than the limit. Download the file and send it.",
            },
            Self::LinkTruncated => Text {
                ru: "Файл по ссылке каждый раз обрывается раньше конца. Скачайте его и пришлите.",
                en: "The file at the link breaks off before its end every time. Download it and send it.",
            },
            Self::LinkNotMedia => Text {
                ru: "По ссылке не видео, не изображение и не звук. Нужна ссылка на сам файл или на пост с роликом; можно прислать и файл.",
                en: "The link leads to no video, picture or sound. It has to lead to the file itself or to a post with a clip; the file will do as well.",
            },
            Self::LinkNoClip => Text {
                ru: "На этой странице ролик не найден. Скачайте файл и пришлите его.",
                en: "No clip was found on this page. Download the file and send it.",
            },
            Self::LinkPostsUnsupported => Text {
                ru: "Скачивать ролики из постов эта установка не умеет. Пришлите сам файл или прямую ссылку на него.",
                en: "This installation cannot fetch clips out of posts. Send the file, or a link that leads straight to it.",
            },
            Self::LinkRegionLocked => Text {
                ru: "Сайт не показывает этот ролик в той стране, где стоит сервис. Скачайте файл и пришлите его.",
                en: "The site does not show this clip in the country where the service is. Download the file and send it.",
            },
            Self::LinkToolFailed => Text {
                ru: "Программа, которая достаёт ролики из постов, не справилась. Скачайте файл и пришлите его.",
                en: "The program that takes clips out of posts failed. Download the file and send it.",
            },
            Self::LinkGivenUp => Text {
                ru: "Скачивание несколько раз обрывалось на стороне сервиса и прекращено; администратор это видит. Скачайте файл и пришлите его.",
                en: "The download broke off on the side of the service several times and was given up; the operator sees that. Download the file and send it.",
            },
            Self::TooManyLinks => Text {
                ru: "Слишком много ссылок ещё скачивается: дождитесь их или отмените прежние.",
                en: "Too many links are still being fetched: wait for them or cancel earlier ones.",
            },
            Self::UploadElsewhere => Text {
                ru: "Загрузка начата через другой сервер этой службы, и её части лежат там: повторите запрос, он должен попасть на тот же сервер.",
                en: "The upload began at another server of this service, and its parts lie there: send the request again, it has to reach the same server.",
            },
            Self::AnalysisFailed => Text {
                ru: "Анализ не удался; материал сохранён.",
                en: "The analysis failed; the media is kept.",
            },
            Self::NotReady => {
                Text { ru: "Сервис ещё не готов.", en: "The service is not ready." }
            }
            Self::StorageUnavailable => Text {
                ru: "Хранилище файлов сейчас недоступно. Ничего не потеряно: повторите чуть позже.",
                en: "The file store is unavailable at the moment. Nothing is lost: try again in a while.",
            },
            Self::Internal => Text {
                ru: "Внутренняя ошибка. Она записана; ничего не потеряно.",
                en: "Internal error. It has been recorded; nothing is lost.",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_speaks_both_languages_and_survives_its_text() {
        for code in ErrorCode::ALL {
            assert_eq!(code.code().parse::<ErrorCode>(), Ok(*code));
            assert!(code.text().ru.chars().any(|letter| ('а'..='я').contains(&letter)), "{code}");
            assert!(code.text().en.is_ascii(), "{code}");
        }
        assert!("no_such_code".parse::<ErrorCode>().is_err());
    }
}
