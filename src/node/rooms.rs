//! Live rooms as the node shows them: which are open, and who is told when one ends.
//!
//! Not here: what rooms say (see `rooms`).

use std::sync::Arc;

use engine::ranking::Scenario;
use engine::rooms::RoomsView;

use super::Node;

impl Node {
    /// The rooms that are open.
    #[must_use]
    pub fn rooms_now(&self) -> Arc<RoomsView> {
        self.open_rooms.load_full()
    }

    /// Shows these rooms from now on.
    pub fn show_rooms(&self, rooms: RoomsView) {
        self.open_rooms.store(Arc::new(rooms));
    }

    /// These rooms are not open any more: whoever follows them is offered the next.
    pub fn rooms_ended(&self, rooms: Vec<Box<str>>) {
        for room in rooms {
            for user in self.hub.followers_of(&format!("room:{room}")) {
                self.feeds.ended(self.key.user_hash(&user), &room);
            }
        }
    }

    /// The scenario where a request names none.
    #[must_use]
    pub fn default_scenario(&self) -> Arc<Scenario> {
        let scenarios = self.scenarios();
        let named = scenarios.get(&self.config.ranking.default_scenario);
        // The configuration is refused where it is not declared.
        named.or_else(|| scenarios.values().next()).cloned().unwrap_or_default()
    }
}
