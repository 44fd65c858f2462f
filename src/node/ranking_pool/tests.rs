use std::sync::mpsc;

use super::*;

const PATIENT: Duration = Duration::from_mins(1);

#[test]
fn as_many_as_cores_run_a_few_wait_and_the_rest_is_told_at_once() {
    actix_rt::System::new().block_on(async {
        let pool = Arc::new(RankingPool::of(1));
        let (release, gate) = mpsc::channel::<()>();
        let first = Arc::clone(&pool);
        let running = actix_rt::spawn(async move { first.run(PATIENT, move || gate.recv()).await });
        while pool.cores.available_permits() != 0 {
            actix_rt::task::yield_now().await;
        }
        assert_eq!(pool.run(Duration::from_millis(5), || ()).await, Err(PoolError::Late));
        let mut waiting = Vec::new();
        for number in 0..WAITING_PER_CORE {
            let pool = Arc::clone(&pool);
            waiting.push(actix_rt::spawn(async move { pool.run(PATIENT, move || number).await }));
        }
        while pool.places.available_permits() != 0 {
            actix_rt::task::yield_now().await;
        }
        assert_eq!(pool.run(PATIENT, || ()).await, Err(PoolError::Full));
        release.send(()).unwrap();
        assert!(running.await.unwrap().unwrap().is_ok());
        for (number, one) in waiting.into_iter().enumerate() {
            assert_eq!(one.await.unwrap(), Ok(number));
        }
        assert_eq!(pool.places.available_permits(), 1 + WAITING_PER_CORE);
    });
}

#[test]
fn work_that_panics_gives_its_place_back() {
    actix_rt::System::new().block_on(async {
        let pool = RankingPool::of(1);
        let failed: Result<(), _> = pool.run(PATIENT, || panic!("on purpose")).await;
        assert_eq!(failed, Err(PoolError::Failed));
        assert_eq!(pool.run(PATIENT, || 7).await, Ok(7));
    });
}
