//! Message and modal components: buttons, selects, layouts, text inputs.
//!
//! Messages keep their components as JSON, byte for byte as clients will read them again; what is sent is checked and
//! completed by [`validate`] and [`validate_modal`], and read through [`Component`].

use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::Value;

mod check;
mod kind;
mod media;
mod message;
mod modal;
mod select;
mod submission;
mod tree;
mod view;

pub use kind::ComponentKind;
pub use media::{Media, attachments_used, each_media_mut, resolve_media};
pub use message::validate;
pub use modal::validate_modal;
pub use submission::{check_modal_submission, check_submission};
pub use tree::{find, text};
pub use view::{Button, Choices, Component, DefaultValue, MediaView, Select, SelectOption, TextInput};

/// Discord's limits.
pub mod limits {
    /// Components of a message in all, nested ones too.
    pub const TOTAL: usize = 40;
    /// Characters of text in all.
    pub const TEXT: usize = 4000;
    /// Rows of a message without layout components.
    pub const ROWS: usize = 5;
    /// Buttons in a row.
    pub const BUTTONS: usize = 5;
    /// Options of a select.
    pub const OPTIONS: usize = 25;
    /// Characters of a custom id.
    pub const CUSTOM_ID: usize = 100;
    /// Characters on a button.
    pub const LABEL: usize = 80;
    /// Characters of a select's placeholder.
    pub const PLACEHOLDER: usize = 150;
    /// Characters of a button's address.
    pub const URL: usize = 512;
    /// Characters of a picture's address.
    pub const MEDIA_URL: usize = 2048;
    /// Pictures of a gallery.
    pub const GALLERY: usize = 10;
    /// Texts of a section.
    pub const SECTION: usize = 3;
    /// Rows and labels of a modal.
    pub const MODAL: usize = 5;
    /// Characters of a modal's title.
    pub const TITLE: usize = 45;
}

impl<'de> Deserialize<'de> for Component {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::read(&value).ok_or_else(|| D::Error::custom("not a component"))
    }
}

#[cfg(test)]
mod tests;
