//! Retention: what can be made anew goes a while after a case has ended; evidence stays.

use std::time::Duration;

use podlinnik_pipeline::moving::inspect;
use podlinnik_pipeline::retention::RetentionTally;

use crate::api_decisions::{approved_verdict, examined_case};
use crate::check_program::fixture;
use crate::serve_process::Desk;
use crate::support::app::{TestApp, on_each_engine};
use crate::support::call::Reply;

const DAY: i64 = 24 * 3600;

/// The preview of a case, once it is made.
async fn preview(app: &TestApp, case: &str) -> Reply {
    for _ in 0..400 {
        let reply = app.get(&format!("{case}/preview")).by(&app.people.analyst).send().await;
        if reply.status != 202 {
            assert_eq!(reply.status, 200, "{}", reply.text());
            return reply;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the preview is never made");
}

async fn retain(app: &TestApp, apply: bool) -> RetentionTally {
    app.service.retain(30, apply, &mut |_| {}).await.expect("it goes through")
}

/// Whether every blob that the database names is there, and how many there are that it does not name.
async fn blobs(app: &TestApp) -> (bool, u64) {
    let (store, blobs) = (app.store.as_ref(), app.blobs());
    let tally = inspect(store, blobs, true, &mut |_, _| {}, &mut |_, _| {}).await.expect("blobs are read");
    (tally.is_whole(), tally.of(podlinnik_pipeline::moving::BlobProblem::Extra))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_goes_with_its_case_and_is_made_anew() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        app.analyser.read_media();
        let bytes = std::fs::read(fixture("coffee.jpg")).expect("a picture");
        let case = examined_case(app, &bytes).await;
        let made = preview(app, &case).await;
        approved_verdict(app, &case).await;
        app.clock.advance(29 * DAY);
        assert_eq!(retain(app, true).await, RetentionTally::default(), "not long enough ago");
        app.clock.advance(2 * DAY);
        let listed = retain(app, false).await;
        assert_eq!((listed.files, listed.removed), (1, 0));
        assert_eq!(listed.bytes, made.body.len() as u64);
        assert_eq!(blobs(app).await, (true, 0));
        let told = async |app: &TestApp| {
            let paths = ["", "/history", "/verdicts"].map(|rest| format!("{case}{rest}"));
            app.get(&paths[0]).by(analyst).expect(200).await;
            app.get(&paths[1]).by(analyst).expect(200).await.text().matches("preview_removed").count()
        };
        assert_eq!(told(app).await, 0, "so far it was only listed");

        let removed = retain(app, true).await;
        assert_eq!((removed.files, removed.removed), (1, 1));
        assert_eq!(blobs(app).await, (true, 0), "its bytes are gone, and nobody misses them");
        assert_eq!(told(app).await, 1);
        let analysis = app.get(&case).by(analyst).expect(200).await.field("/analysis");
        let left = app.get(&format!("/api/v1/analyses/{analysis}/derivatives")).by(analyst).expect(200).await;
        assert!(
            left.text().contains("frame-000.png") && !left.text().contains("\"preview\""),
            "{}",
            left.text()
        );
        app.get(&format!("/api/v1/analyses/{analysis}/report.html")).by(analyst).expect(200).await;
        assert_eq!(retain(app, true).await.files, 0, "nothing is left to do");

        // Whoever opens the case gets the same once more, and that counts as something that happened with it.
        assert_eq!(preview(app, &case).await.body, made.body);
        assert_eq!(blobs(app).await, (true, 0));
        assert_eq!(retain(app, true).await.files, 0, "for another while");
        app.clock.advance(31 * DAY);
        assert_eq!(retain(app, true).await.removed, 1);
        let page = crate::support::browser::Browser::of(app, analyst).await;
        let page = page.read(&case.replace("/api/v1", "/desk")).await;
        assert!(page.contains("удалена по правилам хранения"), "{page}");
    })
    .await;
}

#[test]
fn nothing_goes_unless_a_rule_says_so() {
    let desk = Desk::new();
    desk.user("anna", "analyst");
    let none = desk.run(&["retention"]);
    assert_eq!(none.code, 2, "{none:?}");
    assert!(none.err.contains("no retention rule is set") && none.err.contains("--derived-days"), "{none:?}");
    assert_eq!(desk.run(&["retention", "--derived-days", "0"]).code, 2);
    let listed = desk.run(&["retention", "--derived-days", "30"]);
    assert_eq!((listed.code, listed.out.as_str()), (0, ""), "{listed:?}");
    assert!(listed.err.contains("nothing was removed"), "{listed:?}");
    let applied = desk.run(&["retention", "--derived-days", "30", "--apply"]);
    assert!(applied.err.contains("0 removed"), "{applied:?}");
}
