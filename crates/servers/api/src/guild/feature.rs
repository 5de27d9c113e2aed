//! The features of a guild that its managers switch.

use guildhall_store::guild::GuildRow;
use guildhall_wire::discovery::DISCOVERABLE;

use crate::prelude::*;

/// Nobody comes in by an invite.
pub(super) const INVITES_DISABLED: &str = "INVITES_DISABLED";
const COMMUNITY: &str = "COMMUNITY";
/// Those that `PATCH /guilds/{guild_id}` switches; all others follow from what the guild has.
const SWITCHED: [&str; 4] = [COMMUNITY, INVITES_DISABLED, DISCOVERABLE, "RAID_ALERTS_DISABLED"];

/// Switches one feature.
pub(crate) fn set(row: &mut GuildRow, feature: &str, on: bool) {
    row.features.0.retain(|known| known != feature);
    if on {
        row.features.0.push(feature.to_owned());
        row.features.0.sort_unstable();
    }
}

/// Makes the features those that were sent, as far as they can be switched. What makes a guild a community or opens it to
/// anybody is for its administrators; a community takes a channel for rules and one for notices.
pub(super) fn apply(row: &mut GuildRow, wanted: &[String], permissions: Permissions) -> Result<()> {
    let before = SWITCHED.map(|feature| row.has(feature));
    for feature in SWITCHED {
        set(row, feature, wanted.iter().any(|name| name == feature));
    }
    let changed = |feature| SWITCHED.iter().zip(before).any(|(name, was)| *name == feature && row.has(feature) != was);
    let (community, discoverable) = (changed(COMMUNITY), changed(DISCOVERABLE));
    if (community || discoverable) && !permissions.contains(Permissions::ADMINISTRATOR) {
        return Err(Code::MissingPermissions.into());
    }
    let mut errors = FormErrors::new();
    if discoverable && row.has(DISCOVERABLE) && row.discovery_disabled {
        errors.at("features").push("GUILD_DISCOVERY_DISABLED", "The staff of this server took it off the public list.");
    }
    if community && row.has(COMMUNITY) {
        for (field, channel) in
            [("rules_channel_id", row.rules_channel_id), ("public_updates_channel_id", row.public_updates_channel_id)]
        {
            if channel.is_none() {
                errors.required(field);
            }
        }
    }
    Ok(errors.finish()?)
}
