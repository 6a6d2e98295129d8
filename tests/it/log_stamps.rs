//! Time stamps of the log: asked for, kept, carried in bundles, checked offline.

use podlinnik_pipeline::log::TimeStamping;

use crate::api_publication::published;
use crate::check_program::{podlinnik, run};
use crate::log::{Desk, key, verdict_of, verify, wrong};
use crate::support::app::on_each_engine;
use crate::support::authority::Authority;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stamp_tells_offline_by_when_the_verdict_was_in_the_log() {
    let authority = Authority::start().await;
    let stranger = Authority::start().await;
    on_each_engine(async |app| {
        let desk = Desk::new();
        let service =
            app.service.clone().with_time_stamping(TimeStamping::new(vec![authority.address()]).unwrap());
        let before = authority.asked().await;
        let nothing = service.stamp_log().await.unwrap();
        assert_eq!((nothing[0].stamp.clone(), authority.asked().await), (Ok(None), before), "an empty log");

        let notice = published(app, b"stamped-1").await;
        let bundle = format!("{}/bundle", verdict_of(app, &notice).await);
        let bare = app.get(&bundle).by(&app.people.editor).expect(200).await;
        let (code, answer) = verify(&desk.put("bare.zip", &bare.body), &[]);
        assert_eq!((code, answer["time_stamp"].is_null()), (0, true), "nobody has stamped it yet");

        let stamped = service.stamp_log().await.unwrap();
        assert_eq!(stamped[0].stamp.as_ref().unwrap().as_ref().unwrap().size, 2);
        assert_eq!(service.stamp_log().await.unwrap()[0].stamp, Ok(None), "the log has not grown");
        assert_eq!(authority.asked().await, before + 1);
        // The log grows on; the stamp still covers the verdict.
        published(app, b"stamped-2").await;
        service.stamp_log().await.unwrap()[0].stamp.as_ref().unwrap();

        let reply = app.get(&bundle).by(&app.people.editor).expect(200).await;
        let path = desk.put("stamped.zip", &reply.body);
        let (key, root) = (key(app).await, authority.root());
        let (code, answer) = verify(&path, &["--key", &key, "--time-stamp-roots", &root]);
        assert_eq!((code, wrong(&answer)), (0, vec![]));
        assert_eq!(
            (&answer["time_stamp"]["trusted"], &answer["time_stamp"]["log_size"]),
            (&true.into(), &2.into())
        );
        assert!(answer["time_stamp"]["authority"].as_str().unwrap().contains("CN=Time"), "{answer}");
        let (code, answer) = verify(&path, &[]);
        assert_eq!((code, &answer["time_stamp"]["trusted"]), (0, &false.into()));
        let (code, answer) = verify(&path, &["--time-stamp-roots", &stranger.root()]);
        assert_eq!((code, wrong(&answer)[0].0.as_str()), (3, "stamp"));
        assert!(answer["time_stamp"].is_null());
        let told = run(["verify", path.to_str().unwrap()]);
        assert!(told.out.contains("its certificate was not held against roots"), "{}", told.out);
        let open = app.get(&format!("{}/bundle", notice.replace("/api/v1", ""))).expect(200).await;
        let (code, answer) = verify(&desk.put("open.zip", &open.body), &["--time-stamp-roots", &root]);
        assert_eq!((code, &answer["time_stamp"]["trusted"]), (0, &true.into()), "the public's bundle too");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_out_of_reach_holds_nothing_up() {
    let authority = Authority::start().await;
    on_each_engine(async |app| {
        published(app, b"stamped-3").await;
        let nobody = "http://127.0.0.1:9/".to_owned();
        let service = app.service.clone();
        let stamping = TimeStamping::new(vec![nobody, authority.address()]).unwrap();
        let outcomes = service.with_time_stamping(stamping).stamp_log().await.unwrap();
        assert!(outcomes[0].stamp.as_ref().unwrap_err().contains("request failed"), "{outcomes:?}");
        assert!(outcomes[1].stamp.is_ok());
    })
    .await;
    assert!(TimeStamping::new(vec!["ftp://tsa.example/".to_owned()]).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_asks_for_a_stamp() {
    let authority = Authority::start().await;
    on_each_engine(async |app| {
        published(app, b"stamped-4").await;
        let Some(data) = app.copy_of_data() else { return };
        let stamp = |more: &[&str]| {
            let mut command = podlinnik();
            command.args(["log", "stamp", "--data"]).arg(data.path()).args(more);
            crate::check_program::Ran::from(command.output().unwrap())
        };
        assert_eq!(stamp(&[]).code, 2, "nobody is named");
        let (first, second) = (
            ["--time-stamp-authority", &authority.address()],
            ["--time-stamp-authority", "http://127.0.0.1:9/"],
        );
        let told = stamp(&first);
        assert!(told.code == 0 && told.out.contains("2 entries at"), "{} {}", told.out, told.err);
        let told = stamp(&[first, second].concat());
        assert!(
            told.code == 3 && told.out.contains("nothing new") && told.out.contains("FAILED"),
            "{}",
            told.out
        );
    })
    .await;
}
