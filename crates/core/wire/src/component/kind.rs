//! What a component is.

/// What a component is, by Discord's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ComponentKind {
    /// Up to five buttons or one select.
    ActionRow = 1,
    /// A button.
    Button = 2,
    /// A menu of texts.
    StringSelect = 3,
    /// A field for text, in modals.
    TextInput = 4,
    /// A menu of users.
    UserSelect = 5,
    /// A menu of roles.
    RoleSelect = 6,
    /// A menu of users and roles.
    MentionableSelect = 7,
    /// A menu of channels.
    ChannelSelect = 8,
    /// Texts with a button or picture beside them.
    Section = 9,
    /// Markdown.
    TextDisplay = 10,
    /// A picture beside a section.
    Thumbnail = 11,
    /// Pictures.
    MediaGallery = 12,
    /// A file of the message.
    File = 13,
    /// A gap or a line.
    Separator = 14,
    /// A box around others.
    Container = 17,
    /// A heading over one field of a modal.
    Label = 18,
    /// A field for files, in modals.
    FileUpload = 19,
    /// One of several, in modals.
    RadioGroup = 21,
    /// Some of several, in modals.
    CheckboxGroup = 22,
    /// Yes or no, in modals.
    Checkbox = 23,
}

impl ComponentKind {
    /// The kind with that number.
    pub const fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            1 => Self::ActionRow,
            2 => Self::Button,
            3 => Self::StringSelect,
            4 => Self::TextInput,
            5 => Self::UserSelect,
            6 => Self::RoleSelect,
            7 => Self::MentionableSelect,
            8 => Self::ChannelSelect,
            9 => Self::Section,
            10 => Self::TextDisplay,
            11 => Self::Thumbnail,
            12 => Self::MediaGallery,
            13 => Self::File,
            14 => Self::Separator,
            17 => Self::Container,
            18 => Self::Label,
            19 => Self::FileUpload,
            21 => Self::RadioGroup,
            22 => Self::CheckboxGroup,
            23 => Self::Checkbox,
            _ => return None,
        })
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether it is a menu.
    pub const fn is_select(self) -> bool {
        matches!(
            self,
            Self::StringSelect | Self::UserSelect | Self::RoleSelect | Self::MentionableSelect | Self::ChannelSelect
        )
    }
}
