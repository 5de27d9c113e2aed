//! Parts of a track that are skipped, and chapters that are told: for clients that said which categories they want to skip.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Player, State};
use crate::lock;
use crate::wire::{Chapter, Event, Message, Segment};

/// A segment is skipped so often while one track plays: a source that does not get beyond it is not asked for ever.
const MOST_SKIPS: u8 = 50;
/// What is left of a segment and not worth skipping, in milliseconds.
const REST: u64 = 60;

/// What is skipped, and what is known of the track.
#[derive(Debug, Default)]
pub(crate) struct Sponsor {
    /// What the client wants to skip; nothing where it did not say.
    pub(super) categories: Option<Vec<String>>,
    /// Rises with each track, and each change of the categories.
    turn: u64,
    segments: Vec<(Segment, u8)>,
    chapters: Vec<Chapter>,
    /// The chapter that was told last.
    chapter: Option<usize>,
}

impl Sponsor {
    /// Another track: nothing is known of it.
    pub(super) fn forget(&mut self) {
        self.turn += 1;
        self.segments.clear();
        self.chapters.clear();
        self.chapter = None;
    }
}

impl Player {
    /// What the client wants to skip, if it said.
    pub(crate) fn categories(&self) -> Option<Vec<String>> {
        lock(&self.state).sponsor.categories.clone()
    }

    /// Skips these from now on; nothing where there are none.
    pub(crate) fn set_categories(&self, categories: Option<Vec<String>>) {
        let mut state = lock(&self.state);
        state.sponsor.categories = categories;
        state.unsaved = true;
        self.look_for_segments(&mut state);
    }

    /// Asks what is known of the track that begins.
    pub(super) fn look_for_segments(&self, state: &mut State) {
        let sponsor = &mut state.sponsor;
        sponsor.forget();
        let turn = sponsor.turn;
        let (Some(node), Some(track), Some(categories)) =
            (self.node.upgrade(), &state.track, sponsor.categories.clone())
        else {
            return;
        };
        let Some(player) = node.player(self.key).map(|player| Arc::downgrade(&player)) else { return };
        let info = track.info.clone();
        node.runtime.clone().spawn(async move {
            let (segments, chapters) =
                tokio::join!(node.sources.segments(&info, &categories), node.sources.chapters(&info));
            drop(node);
            if let Some(player) = player.upgrade() {
                player.learn(turn, segments, chapters);
            }
        });
    }

    fn learn(&self, turn: u64, segments: Vec<Segment>, chapters: Vec<Chapter>) {
        let events = {
            let mut state = lock(&self.state);
            if state.sponsor.turn != turn {
                return;
            }
            let mut events = Vec::new();
            if !segments.is_empty() {
                events.push(json!({ "type": "SegmentsLoaded", "segments": segments }));
            }
            if !chapters.is_empty() {
                events.push(json!({ "type": "ChaptersLoaded", "chapters": chapters }));
            }
            state.sponsor.segments = segments.into_iter().map(|segment| (segment, 0)).collect();
            state.sponsor.chapters = chapters;
            events.extend(state.pass(self));
            events
        };
        self.tell_plugin(events);
    }

    /// Tells what only clients hear that asked for it.
    pub(super) fn tell_plugin(&self, events: Vec<Value>) {
        for mut event in events {
            if let Some(event) = event.as_object_mut() {
                event.insert("guildId".to_owned(), self.guild_id.to_string().into());
            }
            self.emit(Message::Event(Box::new(Event::Plugin(event))));
        }
    }
}

impl State {
    /// Looks at what is about to be heard. Where that is to be skipped, it is cut off and what comes behind it follows: the
    /// frames before it are played out meanwhile.
    pub(super) fn pass(&mut self, player: &Player) -> Vec<Value> {
        let mut events = Vec::new();
        if self.sponsor.segments.is_empty() && self.sponsor.chapters.is_empty() || self.frames_epoch != self.epoch {
            return events;
        }
        // Behind a turn, positions are those of another track.
        let own = self.frames.iter().position(|frame| frame.turn.is_some()).unwrap_or(self.frames.len());
        if let Some(last) = self.frames.iter().take(own).next_back() {
            let at = u64::from(last.position);
            let now = self.sponsor.chapters.iter().rposition(|chapter| chapter.start <= at);
            if now != self.sponsor.chapter {
                self.sponsor.chapter = now;
                let chapter = now.and_then(|now| self.sponsor.chapters.get(now));
                events.extend(chapter.map(|chapter| json!({ "type": "ChapterStarted", "chapter": chapter })));
            }
        }
        let Some(track) = self.track.as_ref().filter(|track| track.info.is_seekable) else { return events };
        let length = u64::try_from(track.info.length).unwrap_or(u64::MAX);
        let skipped = self.frames.iter().take(own).enumerate().find_map(|(index, frame)| {
            let at = u64::from(frame.position);
            let within = |(segment, times): &(Segment, u8)| {
                // The frame that lies mostly within it is the first that is not heard.
                *times < MOST_SKIPS && at + 10 >= segment.start && at + REST < segment.end
            };
            self.sponsor.segments.iter().position(within).map(|which| (index, which))
        });
        if let Some((index, which)) = skipped
            && let Some((segment, times)) = self.sponsor.segments.get_mut(which)
        {
            *times += 1;
            let segment = segment.clone();
            self.frames.truncate(index);
            self.begin(player, segment.end.min(length), true);
            events.push(json!({ "type": "SegmentSkipped", "segment": segment }));
        }
        events
    }
}
