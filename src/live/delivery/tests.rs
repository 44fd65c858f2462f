use super::*;
use crate::live::line::Line;

fn publication(channel: &Arc<str>, epoch: &str, offset: u64) -> Arc<Publication> {
    Arc::new(Publication {
        channel: Arc::clone(channel),
        epoch: epoch.into(),
        offset,
        line: Line::of(channel, offset, "1"),
        since: Stopwatch::start(),
    })
}

#[test]
fn what_follows_each_other_in_a_channel_goes_out_together() {
    let (one, other): (Arc<str>, Arc<str>) = ("room:1".into(), "room:2".into());
    let told = [
        (&one, "e", 1),
        (&other, "f", 7),
        (&one, "e", 2),
        (&one, "e", 4),
        (&one, "g", 5),
        (&other, "f", 8),
    ];
    let told =
        told.map(|(channel, epoch, offset)| Told::Published(publication(channel, epoch, offset)));
    let found: Vec<_> = rounds([vec![Told::ShutDown], told.into()].concat())
        .iter()
        .map(|round| match round {
            Round::Batch(batch) => (batch.channel().to_string(), batch.first(), batch.last()),
            Round::Latest { .. } => panic!("no state was told"),
            Round::ShutDown => ("end".to_owned(), 0, 0),
        })
        .collect();
    let channel = |name: &str, first, last| (name.to_owned(), first, last);
    assert_eq!(
        found,
        [
            channel("room:1", 1, 2),
            channel("room:2", 7, 8),
            channel("room:1", 4, 4),
            channel("room:1", 5, 5),
            channel("end", 0, 0),
        ]
    );
}

#[test]
fn whoever_has_some_of_it_is_sent_the_rest() {
    let channel: Arc<str> = "room:1".into();
    let batch = Batch::of((1..=3).map(|offset| publication(&channel, "e", offset)).collect());
    let text = |next| String::from_utf8(batch.bytes(Form::Events, next).to_vec()).unwrap();
    assert_eq!(text(1), "id: e:1\ndata: 1\n\nid: e:2\ndata: 1\n\nid: e:3\ndata: 1\n\n");
    assert_eq!(text(3), "id: e:3\ndata: 1\n\n");
    let shared = batch.bytes(Form::Frames, 1);
    assert_eq!(shared.as_ptr(), batch.bytes(Form::Frames, 0).as_ptr(), "encoded once");
}
