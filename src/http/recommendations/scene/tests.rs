use std::sync::{Mutex, mpsc};
use std::thread::available_parallelism;
use std::time::Duration;

use actix_web::test::TestRequest;
use actix_web::{FromRequest as _, web};
use engine::ranking::Rung;
use serde_json::json;

use super::*;
use crate::http::Shared;
use crate::http::testing::shared;
use crate::node::ranking_pool::WAITING_PER_CORE;

fn scene(shared: &Shared, candidates: u32) -> Arc<Scene> {
    let ask = Ask::read(&json!({"user_id": "u1"}), shared).unwrap();
    let view = UserView { known: true, ..UserView::default() };
    let known = Known::View(Box::new(view), Stopwatch::start());
    let given = (0..candidates).map(ItemIndex).collect();
    Arc::new(Scene::new(&shared.node, ask, known, Some(given)))
}

async fn deadline(shared: &web::Data<Shared>) -> Deadline {
    let request = TestRequest::default().app_data(shared.clone());
    let request = request.insert_header(("x-deadline-ms", "10000")).to_http_request();
    Deadline::extract(&request).await.unwrap()
}

#[actix_web::test]
async fn a_long_list_that_finds_no_room_is_made_from_what_is_popular() {
    let shared = shared();
    let node = Arc::clone(&shared.node);
    let (long, short) = (scene(&shared, 2_000), scene(&shared, 20));
    let time = deadline(&shared).await;
    assert_eq!(long.rank(&node, &time).await.source, Rung::Personalized);

    let (release, gate) = mpsc::channel::<()>();
    let gate = Arc::new(Mutex::new(gate));
    let places = available_parallelism().map_or(1, usize::from) * (1 + WAITING_PER_CORE);
    let mut held = Vec::new();
    for _ in 0..places {
        let (node, gate) = (Arc::clone(&node), Arc::clone(&gate));
        // An error once the test has let go of the other end.
        let wait = move || assert!(gate.lock().unwrap().recv().is_err());
        held.push(actix_web::rt::spawn(async move {
            node.ranking.run(Duration::from_mins(1), wait).await
        }));
    }
    // Every one of them takes its place when it is first looked at.
    actix_web::rt::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(long.rank(&node, &time).await.source, Rung::Fallback);
    assert_eq!(short.rank(&node, &time).await.source, Rung::Personalized);
    drop(release);
    for one in held {
        assert_eq!(one.await.unwrap(), Ok(()));
    }
    assert_eq!(long.rank(&node, &time).await.source, Rung::Personalized);
}

#[test]
fn what_a_user_did_just_now_ranks_only_where_their_shard_cannot_be_asked() {
    let shared = shared();
    let ladder = |known| {
        let ask = Ask::read(&json!({"user_id": "u1"}), &shared).unwrap();
        Scene::new(&shared.node, ask, known, None).ladder()
    };
    for (why, from) in [
        (Missed::Busy, Ladder::Top),
        (Missed::Down, Ladder::Top),
        (Missed::Late, Ladder::Popular),
        (Missed::Position, Ladder::Popular),
    ] {
        assert_eq!(ladder(Known::Missing(why)), from, "{why:?}");
    }
}
