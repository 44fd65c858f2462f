use super::*;
use crate::cli::demo::board::Page;
use crate::cli::global::{Format, Global};

fn printer() -> Printer {
    Printer::new(&Global {
        url: String::new(),
        api_key_file: None,
        output: Format::Table,
        quiet: false,
        verbose: 0,
        no_color: true,
        timeout: 1,
    })
}

fn board() -> Board {
    let mut board = Board::new(5);
    for second in 0..10 {
        let at = Duration::from_secs(second);
        for arm in Arm::ALL {
            let clicks = Clicks { shown: 100, clicked: [20, 25, 10, 5][arm.place()] };
            board.page(&Page { at, phase: Phase::Opening, arm, clicks, events: 100 });
        }
        board.recommended(at, Duration::from_millis(2));
        board.took_effect(at, Duration::from_millis(4));
        board.sample(at);
    }
    board
}

const AT: Duration = Duration::from_secs(9);

#[test]
fn the_panel_holds_every_figure_and_says_what_the_visitors_are() {
    let scene = Scene { at: AT, title: "burst on boots", yours: "you: Alder boot" };
    let text = panel(&board(), &scene, &printer());
    for part in ["9 s · burst on boots", "events/s", "2.0 ms", "4.", "simulated", "you: Alder boot"]
    {
        assert!(text.contains(part), "no \"{part}\" in\n{text}");
    }
    assert!(text.contains("greedy    25.0 % ██████████"), "{text}");
    assert!(text.contains("random     5.0 % ▂▂▂"), "{text}");
}

#[test]
fn the_line_and_the_summary_hold_them_too() {
    let scene = Scene { at: AT, title: "opening", yours: "" };
    let text = line(&board(), &scene);
    assert!(
        text.contains("click-through learned 20.0 %, greedy 25.0 %, popular 10.0 %, random 5.0 %"),
        "{text}"
    );
    let text = summary(&board(), AT, &printer());
    assert!(text.contains("4,000 events in 9 s, 444 events/s"), "{text}");
    assert!(text.contains("every list reflected it"), "{text}");
    assert!(text.contains("2.0 times as often as popular, 4.0 times as random"), "{text}");
    assert!(text.contains("exploring: -20.0 % clicks ± 14.6"), "{text}");
}

#[test]
fn a_breach_is_told() {
    let mut board = board();
    board.breaches.unreflected = 3;
    let text = summary(&board, AT, &printer());
    assert!(text.contains("3 lists did not reflect it, 0 were stale"), "{text}");
}

#[test]
fn an_empty_board_can_be_drawn() {
    let scene = Scene { at: Duration::ZERO, title: "opening", yours: "" };
    assert!(panel(&Board::new(5), &scene, &printer()).contains("learned        -"));
    assert!(summary(&Board::new(5), Duration::ZERO, &printer()).contains("not comparable"));
}
