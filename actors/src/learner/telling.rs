//! What the versions do, as metrics and words in the log.
//!
//! **Invariant:** each note is counted once in a life of the node, and none of those that recovery brought back.
//!
//! Not here: the same over HTTP (the published report).

use engine::model::ClickView;
use engine::model::versions::{By, Learning, NoteEvent, Report, WHOLE};

/// What was told so far.
#[derive(Debug, Default)]
pub(super) struct Telling {
    /// Notes that there had been.
    noted: u64,
}

impl Telling {
    /// Goes on behind what `report` holds.
    pub(super) fn after(report: &Report) -> Self {
        Self { noted: report.noted }
    }

    /// Tells what is new, and how things stand.
    pub(super) fn tell(&mut self, report: &Report) {
        let new = (report.noted - self.noted).min(report.notes.len() as u64) as usize;
        self.noted = report.noted;
        for note in report.notes.iter().skip(report.notes.len() - new) {
            tell_note(&note.event);
        }
        let learning = if report.learning == Learning::On { 1.0 } else { 0.0 };
        metrics::gauge!("freshet_model_learning").set(learning);
        metrics::gauge!("freshet_model_canary_share")
            .set(f64::from(report.canary) / f64::from(WHOLE));
        for version in &report.versions {
            let alias = version.alias.name();
            let set = |name: &'static str, head: &'static str, figure: f64| {
                metrics::gauge!(name, "alias" => alias, "head" => head).set(figure);
            };
            set("freshet_model_progressive_log_loss", "choices", version.choices.log_loss);
            set("freshet_model_auc", "choices", version.choices.auc);
            if let Some(clicks) = &version.clicks {
                set("freshet_model_progressive_log_loss", "clicks", clicks.log_loss);
                set("freshet_model_auc", "clicks", clicks.auc);
                set("freshet_model_calibration", "clicks", clicks.calibration);
            }
            metrics::gauge!("freshet_model_user_row_bytes", "alias" => alias)
                .set(version.user_row_bytes as f64);
        }
    }
}

/// Tells how far the champion's click head is to be trusted.
pub(super) fn tell_clicks(head: &ClickView) {
    let calibration = head.calibration();
    if let Some(ratio) = calibration.ratio() {
        metrics::gauge!("freshet_click_calibration").set(f64::from(ratio));
    }
    metrics::gauge!("freshet_click_calibration_alarm").set(f64::from(calibration.is_off()));
    metrics::gauge!("freshet_click_ready").set(f64::from(head.is_ready()));
}

fn tell_note(event: &NoteEvent) {
    metrics::counter!("freshet_model_notes_total", "event" => event.name()).increment(1);
    match event {
        NoteEvent::RolledBack { from, to, by: By::Guard { loss, good_loss }, .. } => {
            tracing::error!(
                from,
                to,
                loss,
                good_loss,
                "the model got worse and was put back to its last good state; it rests for a while"
            );
        }
        NoteEvent::CanaryStopped { version, why } => {
            tracing::warn!(version, ?why, "a canary was worse and serves nobody any more");
        }
        NoteEvent::Drift { version } => {
            tracing::warn!(version, "what users choose has changed: the model learns faster again");
        }
        event => tracing::info!(?event, "the model was told"),
    }
}
