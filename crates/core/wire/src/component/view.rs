//! Components as typed values, for reading what [`super::validate`] has let through.

use serde::Deserialize;
use serde_json::Value;

use crate::component::ComponentKind;
use crate::emoji::PartialEmoji;
use crate::form::whole;
use crate::loose::nullable;

/// A component, read from its JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum Component {
    /// Up to five buttons or one select.
    ActionRow(Vec<Component>),
    /// A button.
    Button(Button),
    /// A menu; which one says [`Select::kind`].
    Select(Select),
    /// A field for text.
    TextInput(TextInput),
    /// Texts with something beside them.
    Section(Vec<Component>, Box<Component>),
    /// Markdown.
    TextDisplay(String),
    /// A picture beside a section.
    Thumbnail(MediaView),
    /// Pictures.
    MediaGallery(Vec<MediaView>),
    /// A file of the message.
    File(MediaView),
    /// A gap, with a line where true.
    Separator(bool),
    /// A box around others, and its colour.
    Container(Vec<Component>, Option<u32>),
    /// A heading over one field of a modal.
    Label(String, Box<Component>),
    /// A field for files.
    FileUpload(Choices),
    /// One of several.
    RadioGroup(Choices),
    /// Some of several.
    CheckboxGroup(Choices),
    /// Yes or no, with its custom id.
    Checkbox(String),
}

/// A button.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Button {
    /// Its number in the message.
    pub id: u32,
    /// 1–4 send an interaction, 5 is a link, 6 is a purchase.
    pub style: u8,
    /// What it says.
    pub label: Option<String>,
    /// What it shows.
    pub emoji: Option<PartialEmoji>,
    /// Name of the interaction.
    pub custom_id: Option<String>,
    /// Where a link leads.
    pub url: Option<String>,
    /// Cannot be clicked.
    #[serde(deserialize_with = "nullable")]
    pub disabled: bool,
}

/// A menu.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Select {
    /// Its number in the message.
    #[serde(default)]
    pub id: u32,
    /// Of what.
    #[serde(skip, default = "string_select")]
    pub kind: ComponentKind,
    /// Name of the interaction.
    pub custom_id: String,
    /// Of texts only.
    #[serde(default)]
    pub options: Vec<SelectOption>,
    /// Shown while nothing is chosen.
    #[serde(default)]
    pub placeholder: Option<String>,
    /// At least so many.
    #[serde(default = "one")]
    pub min_values: usize,
    /// At most so many.
    #[serde(default = "one")]
    pub max_values: usize,
    /// Of channels only: their kinds.
    #[serde(default)]
    pub channel_types: Vec<u8>,
    /// Chosen beforehand.
    #[serde(default)]
    pub default_values: Vec<DefaultValue>,
    /// Cannot be used.
    #[serde(default)]
    pub disabled: bool,
    /// In modals: must be answered.
    #[serde(default = "yes")]
    pub required: bool,
}

/// One choice of a menu or group.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SelectOption {
    /// What people read.
    pub label: String,
    /// What the application gets.
    pub value: String,
    /// Small print.
    pub description: Option<String>,
    /// What it shows.
    pub emoji: Option<PartialEmoji>,
    /// Chosen beforehand.
    #[serde(deserialize_with = "nullable")]
    pub default: bool,
}

/// Somebody or something chosen beforehand.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DefaultValue {
    /// Who or what.
    pub id: String,
    /// `user`, `role` or `channel`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A field for text.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct TextInput {
    /// Its number in the modal.
    #[serde(default)]
    pub id: u32,
    /// Name of the field.
    pub custom_id: String,
    /// 1 one line, 2 many.
    #[serde(default = "one")]
    pub style: usize,
    /// Fewest characters.
    #[serde(default)]
    pub min_length: Option<usize>,
    /// Most characters.
    #[serde(default)]
    pub max_length: Option<usize>,
    /// Must be filled in.
    #[serde(default = "yes")]
    pub required: bool,
}

/// A field of a modal from which something is chosen: files, or options.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Choices {
    /// Its number in the modal.
    #[serde(default)]
    pub id: u32,
    /// Name of the field.
    pub custom_id: String,
    /// Empty for files.
    #[serde(default)]
    pub options: Vec<SelectOption>,
    /// At least so many.
    #[serde(default = "one")]
    pub min_values: usize,
    /// At most so many.
    #[serde(default = "one")]
    pub max_values: usize,
    /// Must be answered.
    #[serde(default = "yes")]
    pub required: bool,
}

/// A picture or file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaView {
    /// Its address, or `attachment://name`.
    pub url: String,
    /// Alternative text.
    pub description: Option<String>,
    /// Covered until it is clicked.
    pub spoiler: bool,
}

const fn one() -> usize {
    1
}

const fn yes() -> bool {
    true
}

const fn string_select() -> ComponentKind {
    ComponentKind::StringSelect
}

impl Component {
    /// Reads a component; `None` for what is none or has not its fields.
    pub fn read(value: &Value) -> Option<Self> {
        let kind = ComponentKind::from_number(whole(value.get("type")?)?)?;
        Some(match kind {
            ComponentKind::ActionRow => Self::ActionRow(children(value)),
            ComponentKind::Button => Self::Button(Button::deserialize(value).ok()?),
            kind if kind.is_select() => {
                let mut select = Select::deserialize(value).ok()?;
                select.kind = kind;
                Self::Select(select)
            }
            ComponentKind::TextInput => Self::TextInput(TextInput::deserialize(value).ok()?),
            ComponentKind::Section => Self::Section(children(value), Box::new(Self::read(value.get("accessory")?)?)),
            ComponentKind::TextDisplay => Self::TextDisplay(string(value, "content")?),
            ComponentKind::Thumbnail => Self::Thumbnail(media(value, "media")?),
            ComponentKind::MediaGallery => {
                Self::MediaGallery(list(value, "items").filter_map(|item| media(item, "media")).collect())
            }
            ComponentKind::File => Self::File(media(value, "file")?),
            ComponentKind::Separator => Self::Separator(value.get("divider").and_then(Value::as_bool) != Some(false)),
            ComponentKind::Container => Self::Container(
                children(value),
                value.get("accent_color").and_then(whole).and_then(|color| u32::try_from(color).ok()),
            ),
            ComponentKind::Label => {
                Self::Label(string(value, "label")?, Box::new(Self::read(value.get("component")?)?))
            }
            ComponentKind::FileUpload => Self::FileUpload(Choices::deserialize(value).ok()?),
            ComponentKind::RadioGroup => Self::RadioGroup(Choices::deserialize(value).ok()?),
            ComponentKind::CheckboxGroup => Self::CheckboxGroup(Choices::deserialize(value).ok()?),
            ComponentKind::Checkbox => Self::Checkbox(string(value, "custom_id")?),
            _ => return None,
        })
    }

    /// What it is.
    pub const fn kind(&self) -> ComponentKind {
        match self {
            Self::ActionRow(_) => ComponentKind::ActionRow,
            Self::Button(_) => ComponentKind::Button,
            Self::Select(select) => select.kind,
            Self::TextInput(_) => ComponentKind::TextInput,
            Self::Section(..) => ComponentKind::Section,
            Self::TextDisplay(_) => ComponentKind::TextDisplay,
            Self::Thumbnail(_) => ComponentKind::Thumbnail,
            Self::MediaGallery(_) => ComponentKind::MediaGallery,
            Self::File(_) => ComponentKind::File,
            Self::Separator(_) => ComponentKind::Separator,
            Self::Container(..) => ComponentKind::Container,
            Self::Label(..) => ComponentKind::Label,
            Self::FileUpload(_) => ComponentKind::FileUpload,
            Self::RadioGroup(_) => ComponentKind::RadioGroup,
            Self::CheckboxGroup(_) => ComponentKind::CheckboxGroup,
            Self::Checkbox(_) => ComponentKind::Checkbox,
        }
    }

    /// Name of the interaction or field, where it has one.
    pub fn custom_id(&self) -> Option<&str> {
        match self {
            Self::Button(button) => button.custom_id.as_deref(),
            Self::Select(select) => Some(&select.custom_id),
            Self::TextInput(input) => Some(&input.custom_id),
            Self::FileUpload(field) | Self::RadioGroup(field) | Self::CheckboxGroup(field) => Some(&field.custom_id),
            Self::Checkbox(custom_id) => Some(custom_id),
            _ => None,
        }
    }

    /// Whether it was switched off.
    pub const fn is_disabled(&self) -> bool {
        match self {
            Self::Button(button) => button.disabled,
            Self::Select(select) => select.disabled,
            _ => false,
        }
    }
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn children(value: &Value) -> Vec<Component> {
    list(value, "components").filter_map(Component::read).collect()
}

fn string(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(ToOwned::to_owned)
}

fn media(value: &Value, key: &str) -> Option<MediaView> {
    Some(MediaView {
        url: string(value.get(key)?, "url")?,
        description: string(value, "description"),
        spoiler: value.get("spoiler").and_then(Value::as_bool) == Some(true),
    })
}
