//! The features of a guild that its managers switch.

use guildhall_store::guild::GuildRow;

use crate::prelude::*;

/// Nobody comes in by an invite.
pub(super) const INVITES_DISABLED: &str = "INVITES_DISABLED";
const COMMUNITY: &str = "COMMUNITY";
/// Those that `PATCH /guilds/{guild_id}` switches; all others follow from what the guild has.
const SWITCHED: [&str; 4] = [COMMUNITY, INVITES_DISABLED, "DISCOVERABLE", "RAID_ALERTS_DISABLED"];

/// Switches one feature.
pub(crate) fn set(row: &mut GuildRow, feature: &str, on: bool) {
    row.features.0.retain(|known| known != feature);
    if on {
        row.features.0.push(feature.to_owned());
        row.features.0.sort_unstable();
    }
}

/// Makes the features those that were sent, as far as they can be switched. What makes a guild a community is for its
/// administrators, and takes a channel for rules and one for notices.
pub(super) fn apply(row: &mut GuildRow, wanted: &[String], permissions: Permissions) -> Result<()> {
    let community = |row: &GuildRow| row.features.0.iter().any(|known| known == COMMUNITY);
    let before = community(row);
    for feature in SWITCHED {
        set(row, feature, wanted.iter().any(|name| name == feature));
    }
    if community(row) == before {
        return Ok(());
    }
    if !permissions.contains(Permissions::ADMINISTRATOR) {
        return Err(Code::MissingPermissions.into());
    }
    let mut errors = FormErrors::new();
    if !before {
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
