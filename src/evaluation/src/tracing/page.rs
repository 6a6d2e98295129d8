//! The report for people.

use std::fmt::Write as _;

use super::TracingReport;
use crate::interval::Rate;

/// The report as Markdown.
pub fn markdown(report: &TracingReport) -> String {
    let mut page = String::new();
    let TracingReport { all, .. } = report;
    // writing into a string cannot fail
    let mut line = |text: String| {
        let _ = writeln!(page, "{text}");
    };
    line(format!(
        "{}{} originals, {:.1} h. Intervals: Clopper–Pearson, 95 %; suspects of one clip resemble each other, so they are too narrow.\n",
        report.date.as_deref().map_or_else(String::new, |date| format!("{date}. ")),
        report.originals,
        report.hours
    ));
    line("| measured | share | of |\n|---|---|--:|".to_owned());
    for (what, rate) in [
        ("right original (and mirroring)", all.found),
        ("… and both ends of the span within 0.2 s, excerpts of 5 s and more", all.placed),
        ("an original invented where there is none", all.invented),
        ("altered picture called altered", all.altered),
        ("faithful picture called unaltered", all.unaltered),
        ("faithful picture called altered", all.accused),
        ("sound called what it is", all.sound),
        ("sound called the opposite", all.sound_wrong),
    ] {
        line(format!("| {what} | {} | {} |", share(rate), rate.of));
    }
    line(format!(
        "\nTime for a suspect: median {:.1} s, 95 % {:.1} s, longest {:.1} s. Worse end of the span off by: median {:.3} s, 95 % {:.3} s.",
        report.took_s[0], report.took_s[1], report.took_s[2], report.off_s[0], report.off_s[1]
    ));
    if !report.undecided.is_empty() {
        let why: Vec<String> =
            report.undecided.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        line(format!("Undecided pictures: {}.", why.join(", ")));
    }
    line("\n| change | right original | within 0.2 s | altered | unaltered | accused | sound right | sound opposite | invented |".to_owned());
    line("|---|--:|--:|--:|--:|--:|--:|--:|--:|".to_owned());
    for row in report.changes.iter().chain([all]) {
        let short =
            |rate: Rate| if rate.of == 0 { "–".to_owned() } else { format!("{}/{}", rate.count, rate.of) };
        line(format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            row.change,
            short(row.found),
            short(row.placed),
            short(row.altered),
            short(row.unaltered),
            short(row.accused),
            short(row.sound),
            short(row.sound_wrong),
            short(row.invented)
        ));
    }
    if !report.mistakes.is_empty() {
        line("\nWrong:".to_owned());
        for mistake in &report.mistakes {
            line(format!("- {mistake}"));
        }
    }
    page
}

fn share(rate: Rate) -> String {
    match rate.value {
        Some(value) => format!("{value:.3} ({:.3}–{:.3})", rate.low, rate.high),
        None => "–".to_owned(),
    }
}
