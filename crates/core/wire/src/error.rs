//! Errors as clients read them: Discord's numbered codes and the `errors` tree of an invalid form.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::{Serialize, Serializer};
use serde_path_to_error::{Path, Segment};

macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident = $code:literal, $status:literal, $message:literal;)*) => {
        /// A numbered error: what a client is told.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $( #[doc = $message] $(#[$meta])* $name, )* }

        impl Code {
            /// Every code, for tests that go over all of them.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The number in the body.
            pub const fn number(self) -> u32 {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// The text that goes with it.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

codes! {
    BadRequest = 0, 400, "400: Bad Request";
    Unauthorized = 0, 401, "401: Unauthorized";
    Forbidden = 0, 403, "403: Forbidden";
    NotFound = 0, 404, "404: Not Found";
    MethodNotAllowed = 0, 405, "405: Method Not Allowed";
    RequestTooLarge = 40005, 413, "Request entity too large";
    UnsupportedMediaType = 0, 415, "415: Unsupported Media Type";
    Internal = 0, 500, "500: Internal Server Error";
    Unavailable = 0, 503, "503: Service Unavailable";
    UnknownAccount = 10001, 404, "Unknown Account";
    UnknownApplication = 10002, 404, "Unknown Application";
    UnknownChannel = 10003, 404, "Unknown Channel";
    UnknownGuild = 10004, 404, "Unknown Guild";
    UnknownIntegration = 10005, 404, "Unknown Integration";
    UnknownInvite = 10006, 404, "Unknown Invite";
    UnknownMember = 10007, 404, "Unknown Member";
    UnknownMessage = 10008, 404, "Unknown Message";
    UnknownOverwrite = 10009, 404, "Unknown permission overwrite";
    UnknownRole = 10011, 404, "Unknown Role";
    UnknownToken = 10012, 404, "Unknown Token";
    UnknownUser = 10013, 404, "Unknown User";
    UnknownEmoji = 10014, 404, "Unknown Emoji";
    UnknownWebhook = 10015, 404, "Unknown Webhook";
    UnknownSession = 10020, 404, "Unknown Session";
    UnknownBan = 10026, 404, "Unknown Ban";
    UnknownVerificationForm = 10068, 404, "Unknown Guild Member Verification Form";
    UnknownJoinRequest = 10075, 404, "Unknown Guild Join Request";
    UnknownSku = 10027, 404, "Unknown SKU";
    UnknownEntitlement = 10029, 404, "Unknown entitlement";
    UnknownWelcomeScreen = 10069, 404, "Unknown guild welcome screen";
    UnknownInviteTargetsJob = 10124, 404, "Unknown invite target users job";
    UnknownInviteTargets = 10129, 404, "Unknown invite target users";
    UnknownStageInstance = 10067, 404, "Unknown Stage Instance";
    UnknownScheduledEvent = 10070, 404, "Unknown Guild Scheduled Event";
    UnknownScheduledEventUser = 10071, 404, "Unknown Guild Scheduled Event User";
    UnknownTag = 10087, 404, "Unknown tag";
    UnknownTemplate = 10057, 404, "Unknown guild template";
    UnknownSticker = 10060, 404, "Unknown sticker";
    UnknownStickerPack = 10061, 404, "Unknown Sticker Pack";
    UnknownSound = 10097, 404, "Unknown sound";
    UnknownInteraction = 10062, 404, "Unknown interaction";
    UnknownCommand = 10063, 404, "Unknown application command";
    UnknownVoiceState = 10065, 404, "Unknown Voice State";
    UnknownCommandPermissions = 10066, 404, "Unknown application command permissions";
    BotNotPublic = 20026, 403, "This application cannot be added by others";
    BotsOnly = 20002, 403, "Only bots can use this endpoint";
    UsersOnly = 20001, 403, "Bots cannot use this endpoint";
    NotOwner = 20018, 403, "Only the owner of this account can perform this action";
    SlowMode = 20016, 429, "This action cannot be performed due to slowmode rate limit";
    TooManyGuilds = 30001, 400, "Maximum number of guilds reached (100)";
    TooManyFriends = 30002, 400, "Maximum number of friends reached (1000)";
    TooManyPins = 30003, 400, "Maximum number of pins reached for the channel (250)";
    TooManyRecipients = 30004, 400, "Maximum number of recipients reached (10)";
    TooManyRoles = 30005, 400, "Maximum number of guild roles reached (250)";
    TooManyWebhooks = 30007, 400, "Maximum number of webhooks reached (15)";
    TooManyEmojis = 30008, 400, "Maximum number of emojis reached (50)";
    TooManyReactions = 30010, 400, "Maximum number of reactions reached (20)";
    TooManyChannels = 30013, 400, "Maximum number of guild channels reached (500)";
    TooManyAttachments = 30015, 400, "Maximum number of attachments in a message reached (10)";
    TooManyInvites = 30016, 400, "Maximum number of invites reached (1000)";
    TooManyAnimatedEmojis = 30018, 400, "Maximum number of animated emojis reached";
    TooManyMembers = 30019, 400, "Maximum number of server members reached";
    TooManyPinnedPosts = 30047, 400, "Maximum number of pinned threads in a forum channel has been reached";
    TooManyTags = 30048, 400, "Maximum number of tags in a forum channel has been reached";
    TemplateExists = 30031, 400, "Guild already has a template";
    TooManyCommands = 30032, 400, "Maximum number of application commands reached";
    TooManyNewCommands = 30034, 400, "Max number of daily application command creates has been reached (200)";
    TooManyThreadMembers = 30033, 400, "Maximum number of thread participants has been reached (1000)";
    TooManyStickers = 30039, 400, "Maximum number of stickers reached";
    TooManySounds = 30045, 400, "Maximum number of soundboard sounds reached";
    TooManyScheduledEvents = 30038, 400, "Maximum number of uncompleted guild scheduled events reached (100)";
    TooManyOverwrites = 30060, 400, "Maximum number of permission overwrites reached (500)";
    OwnsGuilds = 40011, 400, "You must transfer ownership of any owned guilds before deleting your account";
    RequestsTooFast = 40002, 403, "You need to verify your account in order to perform this action";
    NotInVoice = 40032, 400, "Target user is not connected to voice.";
    TargetUserBot = 40068, 403, "This user cannot be added";
    UserBanned = 40007, 403, "The user is banned from this guild";
    InteractionAcknowledged = 40060, 400, "Interaction has already been acknowledged.";
    AlreadyCrossposted = 40033, 400, "This message has already been crossposted.";
    DuplicateCommandName = 40041, 400, "An application command with that name already exists";
    SendInForum = 40058, 400, "Cannot send a message in a forum channel";
    TagNames = 40061, 400, "Tag names must be unique";
    NoTagsForMembers = 40066, 400, "There are no tags available that can be set by non-moderators";
    TagRequired = 40067, 400, "A tag is required to create a forum post in this channel";
    MissingAccess = 50001, 403, "Missing Access";
    InvalidAccountType = 50002, 403, "Invalid account type";
    CannotExecuteOnDm = 50003, 403, "Cannot execute action on a DM channel";
    WidgetDisabled = 50004, 403, "Guild widget disabled";
    NotAuthor = 50005, 403, "Cannot edit a message authored by another user";
    EmptyMessage = 50006, 400, "Cannot send an empty message";
    CannotMessageUser = 50007, 403, "Cannot send messages to this user";
    NotTextChannel = 50008, 400, "Cannot send messages in a non-text channel";
    VerificationLevel = 50009, 403, "Channel verification level is too high for you to gain access";
    MissingPermissions = 50013, 403, "Missing Permissions";
    InvalidToken = 50014, 401, "Invalid authentication token provided";
    NoteTooLong = 50015, 400, "Note was too long";
    BulkDeleteCount = 50016, 400, "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete.";
    InvalidMfaLevel = 50017, 403, "Invalid MFA Level";
    PinOtherChannel = 50019, 400, "A message can only be pinned to the channel it was sent in";
    InviteCodeTaken = 50020, 400, "Invite code was either invalid or taken";
    SystemMessage = 50021, 400, "Cannot execute action on a system message";
    WrongChannelType = 50024, 400, "Cannot execute action on this channel type";
    InvalidOauth2Token = 50025, 401, "Invalid OAuth2 access token provided";
    VoiceMessageContent = 50160, 400, "Voice messages do not support additional content";
    VoiceMessageFile = 50161, 400, "Voice messages must have a single audio attachment";
    VoiceMessageMetadata = 50162, 400, "Voice messages must have supporting metadata";
    VoiceMessageEdit = 50163, 400, "Voice messages cannot be edited";
    MissingScope = 50026, 403, "Missing required OAuth2 scope";
    InvalidWebhookToken = 50027, 401, "Invalid Webhook Token provided";
    InvalidRole = 50028, 400, "Invalid role";
    InvalidRecipients = 50033, 400, "Invalid Recipient(s)";
    MessageTooOld = 50034, 400, "You can only bulk delete messages that are under 14 days old.";
    InvalidForm = 50035, 400, "Invalid Form Body";
    InviteToOtherGuild = 50036, 403, "An invite was accepted to a guild the application's bot is not in";
    InvalidApiVersion = 50041, 400, "Invalid API version provided";
    FileTooLarge = 50045, 400, "File uploaded exceeds the maximum size";
    InvalidFile = 50046, 400, "Invalid file uploaded";
    InvalidGuild = 50055, 400, "Invalid Guild";
    InvalidMessageType = 50068, 400, "Invalid message type";
    LastTextChannel = 50074, 400, "Cannot delete a channel required for Community guilds";
    InvalidSticker = 50081, 400, "Invalid sticker sent";
    ThreadArchived = 50083, 400, "Tried to perform an operation on an archived thread, such as editing a message or adding a user to the thread";
    InvalidThreadNotification = 50084, 400, "Invalid thread notification settings";
    BeforeOlderThanThread = 50085, 400, "'before' value is earlier than the thread creation date";
    StickerNotPermitted = 50600, 403, "You do not have permission to send this sticker";
    InvalidJson = 50109, 400, "The request body contains invalid JSON.";
    OwnershipToBot = 50132, 400, "Ownership cannot be transferred to a bot user";
    InvalidImage = 50138, 400, "Failed to resize asset below the maximum size: 262144";
    AttachmentNotFound = 50146, 400, "Uploaded file not found.";
    CannotForward = 50170, 400, "Cannot send a message with this forward";
    MfaRequired = 60003, 403, "Two factor is required for this operation";
    InvalidMfaTicket = 60006, 400, "Invalid two-factor auth ticket";
    InvalidMfaCode = 60008, 400, "Invalid two-factor code";
    MfaEnabled = 60001, 400, "This account is already enrolled in two-factor authentication";
    MfaNotEnabled = 60002, 400, "This account is not enrolled in two-factor authentication";
    FriendRequestSelf = 80007, 400, "Cannot send friend request to self";
    FriendRequestBlocked = 80001, 403, "Friend request blocked";
    FriendRequestUnknown = 80004, 400, "No users with that username exist";
    AlreadyFriends = 80008, 400, "You are already friends with that user";
    ReactionBlocked = 90001, 403, "Reaction was blocked";
    RateLimited = 0, 429, "You are being rate limited.";
    SearchIndexing = 110_000, 202, "Index not yet available. Try again later";
    ThreadExists = 160_004, 400, "A thread has already been created for this message";
    ThreadLocked = 160_005, 403, "Thread is locked";
    TooManyActiveThreads = 160_006, 400, "Maximum number of active threads reached";
    CannotForwardUnread = 160_014, 403, "You cannot forward a message whose content you cannot read";
    ReplyNoHistory = 160_002, 403, "You cannot reply without permission to read message history";
    OnboardingNotMet = 350_000, 400, "Cannot enable onboarding, requirements are not met";
    OnboardingBelow = 350_001, 400, "Cannot update onboarding while below requirements";
    StageOpen = 150_006, 400, "The Stage is already open";
    StageNeeded = 180_002, 400, "Failed to create stage needed for stage event";
    EventFinished = 180_000, 400, "Cannot update a finished event";
    EventExceptionEmpty = 180_005, 400, "A guild scheduled event exception must change something";
    WebhookThreadNeeded = 220_001, 400, "Webhooks posted to forum channels must have a thread_name or thread_id";
    WebhookThreadTwice = 220_002, 400, "Webhooks posted to forum channels cannot have both a thread_name and thread_id";
    WebhookNotInForum = 220_003, 400, "Webhooks can only create threads in forum channels";
    WebhookServiceInForum = 220_004, 400, "Webhook services cannot be used in forum channels";
    AutomodBlockedMessage = 200_000, 400, "Message was blocked by automatic moderation";
    AutomodBlockedTitle = 200_001, 400, "Title was blocked by automatic moderation";
    FailedToBan = 500_000, 400, "Failed to ban users";
    PollVotingBlocked = 520_000, 403, "Poll voting blocked";
    PollExpired = 520_001, 400, "Poll expired";
    PollChannelType = 520_002, 400, "Invalid channel type for poll creation";
    PollEdit = 520_003, 400, "Cannot edit a poll message";
    PollEmoji = 520_004, 400, "Cannot use an emoji included with the poll";
    NotAPoll = 520_006, 400, "Cannot expire a non-poll message";
    RegistrationClosed = 7_000_001, 403, "Registrations are switched off";
    Suspended = 7_000_002, 403, "This account is suspended";
    ReadOnly = 7_000_003, 403, "This instance is read-only at the moment";
    InvitesPaused = 7_000_010, 403, "Invites to this guild are paused";
    FriendshipNeeded = 7_000_004, 403, "Direct messages need a friendship here";
    SetupUsed = 7_000_005, 404, "This setup link is used up or wrong";
    ChannelLocked = 7_000_006, 403, "This channel is locked or archived";
    LastOwner = 7_000_007, 400, "The last owner of an instance cannot leave it";
}

/// The `errors` tree of code 50035: a path of fields and indexes, each leaf a list of `{code, message}`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FormErrors {
    own: Vec<FormError>,
    children: BTreeMap<String, FormErrors>,
}

/// Deepest place that is told: what lies below is told there. Trees are walked by recursion.
const DEPTH: usize = 32;
/// Characters of a key that are repeated to the client.
const KEY_CHARS: usize = 100;
/// And of what is said about a value that does not fit: it may quote all of it.
const MESSAGE_CHARS: usize = 200;

/// What a reader complains of, without what only we know: names of types, and the line of a body that has one.
fn plain(cause: &str) -> String {
    let cause = cause.split(" at line ").next().unwrap_or_default();
    let text = match cause.split_once("expected struct ") {
        Some((before, _)) => format!("{before}expected an object"),
        None => cause.to_owned(),
    };
    text.chars().take(MESSAGE_CHARS).collect()
}

/// One complaint about one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FormError {
    /// Discord's name for the complaint, e.g. `BASE_TYPE_BAD_LENGTH`.
    pub code: String,
    /// The sentence a person reads.
    pub message: String,
}

impl FormErrors {
    /// No complaints.
    pub fn new() -> Self {
        Self::default()
    }

    /// The subtree of a field or an index.
    pub fn at(&mut self, key: impl ToString) -> &mut Self {
        self.children.entry(key.to_string()).or_default()
    }

    /// Adds a complaint at this place.
    pub fn push(&mut self, code: impl Into<String>, message: impl Into<String>) {
        self.own.push(FormError { code: code.into(), message: message.into() });
    }

    /// A tree with one complaint at a dotted path such as `embeds.0.title`.
    pub fn one(path: &str, code: impl Into<String>, message: impl Into<String>) -> Self {
        let mut root = Self::new();
        root.path(path).push(code, message);
        root
    }

    /// A tree with one complaint where reading a body stopped. The keys there are the client's own: a key is one place
    /// whatever stands in it, and a long one is clipped.
    pub fn stopped(path: &Path, cause: &impl Display) -> Self {
        let mut root = Self::new();
        let place = path.iter().take(DEPTH).fold(&mut root, |node, segment| {
            let key = match segment {
                Segment::Seq { index } => index.to_string(),
                Segment::Map { key } | Segment::Enum { variant: key } => key.clone(),
                Segment::Unknown => "?".to_owned(),
            };
            node.at(key.chars().take(KEY_CHARS).collect::<String>())
        });
        place.push("BASE_TYPE_INVALID", plain(&cause.to_string()));
        root
    }

    /// The subtree at a dotted path, for names that are ours: no key of a client belongs in it.
    pub fn path(&mut self, path: &str) -> &mut Self {
        path.split('.').filter(|part| !part.is_empty()).take(DEPTH).fold(self, |node, part| node.at(part))
    }

    /// Whether nobody complained.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.children.values().all(Self::is_empty)
    }

    /// `Ok` when nobody complained.
    pub fn finish(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Complains when a text's length in characters is outside the range.
    pub fn length(&mut self, field: &str, text: &str, min: usize, max: usize) {
        self.count(field, text.chars().count(), min, max);
    }

    /// Complains when a count (of characters, of entries) is outside the range.
    pub fn count(&mut self, field: &str, count: usize, min: usize, max: usize) {
        if count == 0 && min == 1 {
            self.required(field);
        } else if count > max && min == 0 {
            self.at(field).push("BASE_TYPE_MAX_LENGTH", format!("Must be {max} or fewer in length."));
        } else if count < min || count > max {
            self.at(field).push("BASE_TYPE_BAD_LENGTH", format!("Must be between {min} and {max} in length."));
        }
    }

    /// Complains when a number is outside the range.
    pub fn range<N: PartialOrd + std::fmt::Display>(&mut self, field: &str, number: N, min: N, max: N) {
        if number < min {
            self.at(field).push("NUMBER_TYPE_MIN", format!("int value should be greater than or equal to {min}."));
        } else if number > max {
            self.at(field).push("NUMBER_TYPE_MAX", format!("int value should be less than or equal to {max}."));
        }
    }

    /// Complains about a value that is none of the choices.
    pub fn choice(&mut self, field: &str, choices: &str) {
        self.at(field).push("BASE_TYPE_CHOICES", format!("Value must be one of {choices}."));
    }

    /// Complains about a missing field.
    pub fn required(&mut self, field: &str) {
        self.at(field).push("BASE_TYPE_REQUIRED", "This field is required");
    }

    /// Hangs another tree under a key.
    pub fn nest(&mut self, key: impl ToString, errors: Self) {
        if !errors.is_empty() {
            let node = self.at(key);
            node.own.extend(errors.own);
            node.children.extend(errors.children);
        }
    }
}

impl Serialize for FormErrors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        // Of a thing whose parts are wrong, only that is said: a place has either complaints or parts, never both.
        if self.children.values().all(Self::is_empty) {
            map.serialize_entry("_errors", &self.own)?;
        }
        for (key, child) in self.children.iter().filter(|(_, child)| !child.is_empty()) {
            map.serialize_entry(key, child)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tree_has_discords_shape() {
        let errors = FormErrors::one("embeds.0.title", "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 256 in length.");
        assert_eq!(
            serde_json::to_string(&errors).unwrap_or_default(),
            r#"{"embeds":{"0":{"title":{"_errors":[{"code":"BASE_TYPE_BAD_LENGTH","message":"Must be between 0 and 256 in length."}]}}}}"#
        );
    }

    #[test]
    fn a_place_has_complaints_or_parts() {
        let mut errors = FormErrors::one("options.0.name", "BASE_TYPE_REQUIRED", "This field is required");
        errors.path("options.0").push("APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "no");
        errors.path("options.1").push("APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "no");
        let told = serde_json::to_value(&errors).unwrap_or_default();
        let keys = |place: &str| {
            let keys =
                told.pointer(place).and_then(serde_json::Value::as_object).map(|map| map.keys().collect::<Vec<_>>());
            keys.unwrap_or_default().into_iter().cloned().collect::<Vec<_>>()
        };
        assert_eq!((keys("/options/0"), keys("/options/1")), (vec!["name".to_owned()], vec!["_errors".to_owned()]));
    }
}
