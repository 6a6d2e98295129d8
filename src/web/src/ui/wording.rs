//! Times, plurals and names in the reader's language.

use jiff::{Timestamp, Zoned};
use podlinnik_domain::case::Clocks;
use podlinnik_domain::language::{Language, Text};

use super::zone::{Reading, Zone};

fn local(at: Timestamp, zone: Zone) -> Zoned {
    at.to_zoned(zone.time_zone())
}

/// `28 ноября 2026, 14:05 МСК`.
pub(crate) fn moment(at: Timestamp, reading: Reading) -> String {
    let local = local(at, reading.zone);
    format!("{}, {}", date_of(&local, reading.language), clock_of(&local, reading))
}

/// `28 ноября 2026`.
pub(crate) fn date(at: Timestamp, reading: Reading) -> String {
    date_of(&local(at, reading.zone), reading.language)
}

/// The same with no year where it is the current one, and without a date where it is today: `14:05 МСК`, `27 ноября, 14:05 МСК`.
pub(crate) fn brief(at: Timestamp, now: Timestamp, reading: Reading) -> String {
    let (then, today) = (local(at, reading.zone), local(now, reading.zone));
    if then.date() == today.date() {
        return clock_of(&then, reading);
    }
    let language = reading.language;
    let day = if then.year() == today.year() { day_of(&then, language) } else { date_of(&then, language) };
    format!("{day}, {}", clock_of(&then, reading))
}

/// What `<input type="datetime-local">` takes and gives, in the reader's zone.
pub(crate) fn input(at: Timestamp, zone: Zone) -> String {
    local(at, zone).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The moment that such a field gives.
pub(crate) fn from_input(text: &str, zone: Zone) -> Option<Timestamp> {
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    civil.to_zoned(zone.time_zone()).ok().map(|zoned| zoned.timestamp())
}

fn date_of(local: &Zoned, language: Language) -> String {
    format!("{} {}", day_of(local, language), local.year())
}

fn day_of(local: &Zoned, language: Language) -> String {
    format!("{} {}", local.day(), language.month_of(local.month()))
}

fn clock_of(local: &Zoned, reading: Reading) -> String {
    format!("{} {}", local.strftime("%H:%M"), reading.zone.name(reading.language))
}

/// A stretch of time to two units: `45 с`, `12 мин`, `3 ч 05 мин`, `2 д 4 ч`.
pub(crate) fn stretch(seconds: i64, language: Language) -> String {
    let seconds = seconds.abs();
    let (day, hour, minute, second) = match language {
        Language::Russian => ("д", "ч", "мин", "с"),
        Language::English => ("d", "h", "min", "s"),
    };
    match seconds {
        0..60 => format!("{seconds} {second}"),
        60..3600 => format!("{} {minute}", seconds / 60),
        3600..86_400 => format!("{} {hour} {:02} {minute}", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} {day} {} {hour}", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// The clock to the four-hour mark in words.
pub(crate) fn left(clocks: &Clocks, language: Language) -> String {
    let words = stretch(clocks.left_s, language);
    match (language, clocks.left_s < 0) {
        (Language::Russian, false) => format!("осталось {words}"),
        (Language::Russian, true) => format!("просрочено на {words}"),
        (Language::English, false) => format!("{words} left"),
        (Language::English, true) => format!("{words} over"),
    }
}

/// How urgent a clock is, for colours: `calm`, `soon` (under an hour), `over`.
pub(crate) const fn urgency(clocks: &Clocks) -> &'static str {
    if clocks.left_s < 0 {
        "over"
    } else if clocks.is_short() {
        "soon"
    } else {
        "calm"
    }
}

/// A number with the right form of its noun: Russian one, few, many; English one, many.
pub(crate) fn count(number: u64, russian: [&str; 3], english: [&str; 2], language: Language) -> String {
    let word = match language {
        Language::Russian => match (number % 10, number % 100) {
            (1, hundreds) if hundreds != 11 => russian[0],
            (2..=4, hundreds) if !(12..=14).contains(&hundreds) => russian[1],
            _ => russian[2],
        },
        Language::English => english[usize::from(number != 1)],
    };
    format!("{} {word}", grouped(number))
}

/// A number in groups of three, parted by narrow spaces.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// What has just been done, by the code in `?done=`; nothing for a code that nobody of ours writes.
pub(crate) fn done(code: &str, language: Language) -> Option<&'static str> {
    let text = match code {
        "signed_out" => Text { ru: "Вы вышли.", en: "You are signed out." },
        "password" => Text { ru: "Пароль сохранён.", en: "The password is saved." },
        "submitted" => Text {
            ru: "Материал принят и стоит в очереди на анализ.",
            en: "Received and queued for analysis.",
        },
        "link_cancelled" => {
            Text { ru: "Скачивание отменено.", en: "The download is cancelled." }
        }
        "claimed" => Text { ru: "Дело за вами.", en: "The case is yours." },
        "unclaimed" => Text { ru: "Дело снова свободно.", en: "The case is free again." },
        "triaged" => Text { ru: "Разбор сохранён.", en: "Triage is saved." },
        "parked" => Text { ru: "Дело отложено.", en: "The case is parked." },
        "woken" => {
            Text { ru: "Дело снова в работе.", en: "The case is being worked on again." }
        }
        "noted" => Text { ru: "Заметка сохранена.", en: "The note is saved." },
        "proposed" => Text {
            ru: "Вердикт предложен. Теперь нужен второй взгляд: другой аналитик, не видя вашего ответа.",
            en: "The verdict is proposed. Next comes a second look: another analyst who does not see your answer.",
        },
        "looked" => Text { ru: "Ваш вердикт записан.", en: "Your verdict is recorded." },
        "approved" => Text { ru: "Утверждено.", en: "Approved." },
        "returned" => Text { ru: "Возвращено.", en: "Sent back." },
        "released" => Text {
            ru: "Вердикт действует до второго взгляда. Он должен последовать за 24 часа.",
            en: "The verdict counts ahead of its second look, which has to follow within 24 hours.",
        },
        "asked" => Text { ru: "Запрос отправлен.", en: "The question is sent." },
        "saved" => Text { ru: "Сохранено.", en: "Saved." },
        "removed" => Text { ru: "Убрано.", en: "Removed." },
        "in_review" => Text { ru: "Передано на проверку.", en: "Handed to review." },
        "published" => Text {
            ru: "Опубликовано и рассылается.",
            en: "Published and on its way to receivers.",
        },
        "correction" => Text { ru: "Сомнение открыто.", en: "The doubt is open." },
        "settled" => Text {
            ru: "Решение опубликовано и рассылается.",
            en: "The decision is published and on its way to receivers.",
        },
        "confirmed" => Text { ru: "Подтверждено.", en: "Confirmed." },
        "rejected" => Text { ru: "Отклонено.", en: "Rejected." },
        "second_factor_off" => {
            Text { ru: "Второй фактор выключен.", en: "The second factor is off." }
        }
        "session_ended" => Text { ru: "Сеанс закончен.", en: "The session is ended." },
        "sessions_ended" => Text {
            ru: "Остальные сеансы закончены.", en: "Your other sessions are ended."
        },
        "key_revoked" => Text { ru: "Ключ отозван.", en: "The key is revoked." },
        "user_closed" => {
            Text { ru: "Учётная запись закрыта.", en: "The account is closed." }
        }
        "user_opened" => Text {
            ru: "Учётная запись снова открыта.", en: "The account is open again."
        },
        "organisation_added" => {
            Text { ru: "Организация добавлена.", en: "The organisation is added." }
        }
        "receiver_added" => {
            Text { ru: "Получатель добавлен.", en: "The receiver is added." }
        }
        "receiver_off" => {
            Text { ru: "Получатель отключён.", en: "The receiver is switched off." }
        }
        "receiver_on" => Text {
            ru: "Получатель включён. Пропущенное можно отправить ещё раз.",
            en: "The receiver is switched on. What it missed can be sent once more.",
        },
        "replayed" => Text { ru: "Отправляется ещё раз.", en: "On its way once more." },
        "nothing_replayed" => Text {
            ru: "С этого времени отправлять нечего.",
            en: "There is nothing to send since then.",
        },
        "recalled" => Text {
            ru: "Дела поставлены на новый анализ.",
            en: "New analyses of the cases are queued.",
        },
        "revived" => {
            Text { ru: "Работа снова в очереди.", en: "The work is queued again." }
        }
        "not_revived" => Text {
            ru: "Вернуть не удалось: это уже сделал кто-то другой, или получатель отключён.",
            en: "It could not be put back: somebody else did so already, or the receiver is off.",
        },
        "original_added" => Text {
            ru: "Оригинал добавлен, запись подписана.",
            en: "The original is added and signed for.",
        },
        "original_withdrawn" => {
            Text { ru: "Оригинал отозван.", en: "The original is withdrawn." }
        }
        "answered" => Text { ru: "Ответ записан.", en: "The answer is recorded." },
        "drafted" => Text {
            ru: "Черновик сохранён. На проверку он пойдёт, когда список будет полон.",
            en: "The draft is saved. It can go to review once the checklist is complete.",
        },
        "settlement_drafted" => Text {
            ru: "Решение предложено. Принять его должен другой человек.",
            en: "The settlement is drafted. Another person has to agree to it.",
        },
        "granted" => Text {
            ru: "Возражение удовлетворено, сомнение открыто. Теперь нужно предложить решение.",
            en: "The objection is granted and a doubt is open. Next comes the draft of a settlement.",
        },
        "withdrawn" => Text { ru: "Вопрос отозван.", en: "The question is taken back." },
        "read" => Text { ru: "Отмечено.", en: "Marked." },
        "sent" => Text { ru: "Отправлено.", en: "Sent." },
        _ => return None,
    };
    Some(text.in_language(language))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, Russian};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const fn by(language: Language, zone: Zone) -> Reading {
        Reading { language, zone }
    }

    #[test]
    fn times_name_their_zone_and_leave_out_what_is_known() {
        let then = at("2026-11-28T11:05:59Z");
        let (russian, english) = (by(Russian, Zone::Moscow), by(English, Zone::Moscow));
        assert_eq!(moment(then, russian), "28 ноября 2026, 14:05 МСК");
        assert_eq!(moment(then, english), "28 November 2026, 14:05 MSK");
        assert_eq!(brief(then, at("2026-11-28T20:59:00Z"), russian), "14:05 МСК");
        assert_eq!(
            brief(then, at("2026-11-28T21:00:00Z"), russian),
            "28 ноября, 14:05 МСК",
            "midnight is Moscow's"
        );
        assert_eq!(brief(then, at("2027-01-01T00:00:00Z"), english), "28 November 2026, 14:05 MSK");
        assert_eq!(moment(then, by(Russian, Zone::Kamchatka)), "28 ноября 2026, 23:05 МСК+9");
        let late = at("2026-11-28T12:00:00Z");
        assert_eq!(brief(then, late, by(Russian, Zone::Kamchatka)), "28 ноября, 23:05 МСК+9");
        assert_eq!(date(late, by(English, Zone::Kamchatka)), "29 November 2026");
    }

    #[test]
    fn date_fields_go_there_and_back() {
        let then = at("2026-11-28T21:05:00Z");
        assert_eq!(input(then, Zone::Moscow), "2026-11-29T00:05");
        for zone in Zone::ALL {
            assert_eq!(from_input(&input(then, *zone), *zone), Some(then));
        }
        assert_eq!(from_input("tomorrow", Zone::Moscow), None);
    }

    #[test]
    fn russian_counts_have_three_forms() {
        let cases = |number| count(number, ["дело", "дела", "дел"], ["case", "cases"], Russian);
        for (number, words) in [
            (1, "1 дело"),
            (2, "2 дела"),
            (5, "5 дел"),
            (11, "11 дел"),
            (12, "12 дел"),
            (21, "21 дело"),
            (112, "112 дел"),
            (0, "0 дел"),
        ] {
            assert_eq!(cases(number), words);
        }
        assert_eq!(count(1, [""; 3], ["case", "cases"], English), "1 case");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(grouped(123), "123");
    }

    #[test]
    fn clocks_are_told_in_words() {
        let seen = at("2026-11-28T10:00:00Z");
        let clocks = |text| Clocks::read(seen, at(text));
        assert_eq!(left(&clocks("2026-11-28T12:30:00Z"), Russian), "осталось 1 ч 30 мин");
        assert_eq!(left(&clocks("2026-11-28T14:10:00Z"), English), "10 min over");
        assert_eq!(urgency(&clocks("2026-11-28T13:30:00Z")), "soon");
        assert_eq!(stretch(200_000, Russian), "2 д 7 ч");
    }
}
