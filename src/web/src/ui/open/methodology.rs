//! `GET /methodology`: what each method sees and cannot, and how often it is wrong.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use podlinnik_domain::language::Text;
use podlinnik_domain::likelihood::Word;
use podlinnik_pipeline::DESCRIPTORS;

use super::super::shell::{Reader, Section, Shell, show};
use super::super::visitor::MaybeVisitor;
use super::calibrations::Calibration;
use super::evaluation::{Evaluation, Row, Set, Standing, Target, spoken};
use super::tracing::TracingReport;
use crate::problem::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/methodology", get(methodology))
}

/// A method with everything that is known of it.
struct Method {
    id: &'static str,
    name: &'static str,
    sees: &'static str,
    blind_to: &'static str,
    measured: Vec<(&'static Set, &'static Row)>,
    calibration: Option<&'static Calibration>,
}

/// A step of the verbal scale: from which ratio on, and the words both ways.
struct Step {
    from: Text,
    manipulated: Word,
    unmanipulated: Word,
}

#[derive(Template)]
#[template(path = "open_methodology.html")]
struct Methodology {
    shell: Shell,
    evaluation: &'static Evaluation,
    tracing: &'static TracingReport,
    methods: Vec<Method>,
    combined: Vec<(&'static Set, &'static Row)>,
    scale: [Step; 6],
}

impl Methodology {
    fn n(&self, number: &str) -> String {
        spoken(number, self.shell.language)
    }

    fn standing(&self, target: &Target) -> (&'static str, &str) {
        match target.standing {
            Standing::Missed => ("bad", self.shell.t("не достигнуто", "missed")),
            Standing::MustReached => {
                ("warn", self.shell.t("порог взят, цель нет", "threshold reached, aim missed"))
            }
            Standing::AimReached => ("good", self.shell.t("цель достигнута", "aim reached")),
        }
    }

    /// How many targets were missed, and of how many.
    fn missed(&self) -> (usize, usize) {
        let targets = &self.evaluation.targets;
        (targets.iter().filter(|one| one.standing == Standing::Missed).count(), targets.len())
    }
}

async fn methodology(MaybeVisitor(visitor): MaybeVisitor, reader: Reader) -> Result<Response, Problem> {
    let shell = reader.shell(visitor, Section::Public);
    let language = shell.language;
    let evaluation = Evaluation::committed();
    let methods = DESCRIPTORS.iter().map(|method| Method {
        id: method.id.0,
        name: method.name.in_language(language),
        sees: method.sees.in_language(language),
        blind_to: method.blind_to.in_language(language),
        measured: evaluation.of_method(method.id.0).collect(),
        calibration: Calibration::of(method.id.0),
    });
    let page = Methodology {
        evaluation,
        tracing: TracingReport::committed(),
        methods: methods.collect(),
        combined: evaluation.of_method("combined").collect(),
        scale: scale(),
        shell,
    };
    show(&page, language)
}

/// The verbal scale (ENFSI 2015, table 3), strongest last.
fn scale() -> [Step; 6] {
    let step =
        |ru, en, manipulated, unmanipulated| Step { from: Text { ru, en }, manipulated, unmanipulated };
    [
        step("от 2", "from 2", Word::WeakManipulated, Word::WeakUnmanipulated),
        step("от 10", "from 10", Word::ModerateManipulated, Word::ModerateUnmanipulated),
        step("от 100", "from 100", Word::ModeratelyStrongManipulated, Word::ModeratelyStrongUnmanipulated),
        step("от 1000", "from 1,000", Word::StrongManipulated, Word::StrongUnmanipulated),
        step("от 10 000", "from 10,000", Word::VeryStrongManipulated, Word::VeryStrongUnmanipulated),
        step(
            "от 1 000 000",
            "from 1,000,000",
            Word::ExtremelyStrongManipulated,
            Word::ExtremelyStrongUnmanipulated,
        ),
    ]
}
