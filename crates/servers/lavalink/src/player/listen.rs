//! Listening: the connection is read while the player has receivers, whatever becomes of connections and workers meanwhile.

use std::sync::Arc;
use std::time::Duration;

use super::Player;
use crate::lock;
use crate::receive::code;
use crate::voice::{Link, Listener};

/// So long receivers wait for another voice server after the one that there was has hung up.
const WAIT: Duration = Duration::from_secs(15);

impl Player {
    /// Has the connection read, or no longer, by whether anybody receives. A player that is gone tells receivers so.
    pub(crate) fn listen(&self) {
        let state = lock(&self.state);
        if state.gone {
            return self.hub.close(code::DESTROYED, "the player is gone");
        }
        if let Some(link) = &state.link {
            self.listen_to(&**link);
        }
    }

    /// Asked with the state held, so that the last who changes anything is the last to be heard.
    pub(super) fn listen_to(&self, link: &dyn Link) {
        let listener = (self.hub.len() > 0).then(|| self.hub.clone() as Arc<dyn Listener>);
        link.listen(listener);
    }

    /// The voice server hung up: where the client gives no other, nobody will be heard any more.
    pub(super) fn fall_silent(self: &Arc<Self>, connection: u32) {
        if self.hub.len() == 0 {
            return;
        }
        let Some(node) = self.node.upgrade() else { return };
        let player = Arc::downgrade(self);
        node.runtime.spawn(async move {
            tokio::time::sleep(WAIT).await;
            if let Some(player) = player.upgrade()
                && lock(&player.state).connection == connection
            {
                player.hub.close(code::LEFT, "the voice connection is over");
            }
        });
    }
}
