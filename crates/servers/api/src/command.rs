//! Application commands: of applications, in guilds, and who may use them.

use guildhall_db::Json as Stored;
use guildhall_store as store;
use guildhall_store::command::{CommandRow, PermissionsRow};
use guildhall_wire::audit_log::{AuditAction, AuditChange};
use guildhall_wire::command::{
    ApplicationCommand, CommandBody, CommandIndex, CommandPatch, CommandPermission, CommandPermissionsBody,
    CommandSpec, GuildCommandPermissions, IndexedApplication, limits, validate_bulk,
};
use guildhall_wire::event::CommandPermissions;
use guildhall_wire::loose::Bool;
use serde::Deserialize;

use crate::prelude::*;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/applications/{application_id}/commands";
    const ONE: &str = "/applications/{application_id}/commands/{command_id}";
    const GUILD: &str = "/applications/{application_id}/guilds/{guild_id}/commands";
    const GUILD_ONE: &str = "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}";
    const EXCEPTIONS: &str = "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}/permissions";
    const UPDATE: &[&str] = &["applications.commands.update"];
    const PERMISSIONS: &[&str] = &["applications.commands.permissions.update"];
    Routes::new()
        .get(ALL, list_application_commands, Need::Account)
        .scopes(UPDATE)
        .put(ALL, bulk_set_application_commands, Need::Account)
        .scopes(UPDATE)
        .post(ALL, create_application_command, Need::Account)
        .scopes(UPDATE)
        .get(ONE, get_application_command, Need::Account)
        .scopes(UPDATE)
        .patch(ONE, update_application_command, Need::Account)
        .scopes(UPDATE)
        .delete(ONE, delete_application_command, Need::Account)
        .scopes(UPDATE)
        .get(GUILD, list_guild_application_commands, Need::Member)
        .scopes(UPDATE)
        .put(GUILD, bulk_set_guild_application_commands, Need::Member)
        .scopes(UPDATE)
        .post(GUILD, create_guild_application_command, Need::Member)
        .scopes(UPDATE)
        .get(
            "/applications/{application_id}/guilds/{guild_id}/commands/permissions",
            list_guild_application_command_permissions,
            Need::Member,
        )
        .scopes(PERMISSIONS)
        .get(GUILD_ONE, get_guild_application_command, Need::Member)
        .scopes(UPDATE)
        .patch(GUILD_ONE, update_guild_application_command, Need::Member)
        .scopes(UPDATE)
        .delete(GUILD_ONE, delete_guild_application_command, Need::Member)
        .scopes(UPDATE)
        .get(EXCEPTIONS, get_guild_application_command_permissions, Need::Member)
        .scopes(PERMISSIONS)
        .put(
            EXCEPTIONS,
            set_guild_application_command_permissions,
            Permissions::MANAGE_GUILD | Permissions::MANAGE_ROLES,
        )
        .scopes(PERMISSIONS)
        .get("/guilds/{guild_id}/application-command-index", get_guild_command_index, Need::Member)
        .get("/channels/{channel_id}/application-command-index", get_channel_command_index, Need::Member)
}

type Application = Id<ApplicationMarker>;
type Place = Option<Id<GuildMarker>>;

/// Only the application itself, and who made it, touch its commands.
async fn require_own(cx: &Cx, id: Application) -> Result<()> {
    let row = store::application::get(&mut cx.db(), id).await?.ok_or(Code::UnknownApplication)?;
    if [row.owner_id, row.bot_id].contains(&cx.user()?) { Ok(()) } else { Err(Code::MissingAccess.into()) }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListQuery {
    with_localizations: Bool,
}

async fn list(cx: &Cx, id: Application, guild: Place, query: &ListQuery) -> Result<Json<Vec<ApplicationCommand>>> {
    require_own(cx, id).await?;
    let rows = store::command::of_application(&mut cx.db(), id, guild).await?;
    let commands = rows.iter().map(CommandRow::command);
    Ok(Json(if query.with_localizations.0 {
        commands.collect()
    } else {
        commands.map(ApplicationCommand::without_localizations).collect()
    }))
}

fn new_row(cx: &Cx, id: Application, guild: Place, spec: CommandSpec) -> CommandRow {
    CommandRow {
        id: cx.next_id(),
        application_id: id,
        guild_id: guild.map_or(0, Id::get),
        kind: spec.kind,
        name: spec.name.clone(),
        version: cx.next_id(),
        body: Stored(spec),
    }
}

/// Most commands that an application makes in a day, in each guild and everywhere.
const MOST_NEW: u64 = 200;

/// Counts commands that are made; what is refused is rolled back and does not count.
async fn count(cx: &Cx, work: &mut Work, id: Application, guild: Place, new: usize) -> Result<()> {
    if new == 0 {
        return Ok(());
    }
    let new = u64::try_from(new).unwrap_or(u64::MAX);
    let made = store::command::count_creates(work, id, guild, new, cx.now()).await?;
    if made > MOST_NEW { Err(Code::TooManyNewCommands.into()) } else { Ok(()) }
}

/// A command of the same kind and name is replaced: 200; a new one is made: 201.
async fn create(cx: &Cx, id: Application, guild: Place, body: &CommandBody) -> Result<axum::response::Response> {
    use axum::response::IntoResponse;
    require_own(cx, id).await?;
    let spec = body.validate(guild.is_some())?;
    let mut work = cx.begin().await?.at(id);
    let known = store::command::of_application(&mut work, id, guild).await?;
    let mut row = new_row(cx, id, guild, spec);
    if let Some(same) = known.iter().find(|known| known.kind == row.kind && known.name == row.name) {
        row.id = same.id;
        store::command::update(&mut work, &row).await?;
        work.commit().await?;
        return Ok(Json(row.command()).into_response());
    }
    if known.iter().filter(|known| known.kind == row.kind).count() >= limits::of_kind(row.kind) {
        return Err(Code::TooManyCommands.into());
    }
    count(cx, &mut work, id, guild, 1).await?;
    store::command::insert(&mut work, &row).await?;
    work.commit().await?;
    Ok(Created(row.command()).into_response())
}

/// Replaces all commands of a place. Those that stay the same keep their id and version.
async fn bulk_set(
    cx: &Cx,
    id: Application,
    guild: Place,
    bodies: &[CommandBody],
) -> Result<Json<Vec<ApplicationCommand>>> {
    require_own(cx, id).await?;
    let specs = validate_bulk(bodies, guild.is_some())?;
    for kind in 1..=3 {
        if specs.iter().filter(|spec| spec.kind == kind).count() > limits::of_kind(kind) {
            return Err(Code::TooManyCommands.into());
        }
    }
    let mut work = cx.begin().await?.at(id);
    let mut known = store::command::of_application(&mut work, id, guild).await?;
    let mut answer = Vec::with_capacity(specs.len());
    let mut fresh = Vec::new();
    for spec in specs {
        let found = known.iter().position(|row| row.kind == spec.kind && row.name == spec.name);
        let Some(found) = found else {
            let row = new_row(cx, id, guild, spec);
            answer.push(row.command());
            fresh.push(row);
            continue;
        };
        let mut row = known.swap_remove(found);
        if row.body.0 != spec {
            row.body = Stored(spec);
            row.version = cx.next_id();
            store::command::update(&mut work, &row).await?;
        }
        answer.push(row.command());
    }
    for gone in known {
        store::command::delete(&mut work, gone.id).await?;
    }
    count(cx, &mut work, id, guild, fresh.len()).await?;
    for row in fresh {
        store::command::insert(&mut work, &row).await?;
    }
    work.commit().await?;
    Ok(Json(answer))
}

async fn find(run: &mut dyn Run, id: Application, guild: Place, command: Id<CommandMarker>) -> Result<CommandRow> {
    let row = store::command::get(run, command).await?;
    let ours = row.filter(|row| row.application_id == id && row.guild_id == guild.map_or(0, Id::get));
    Ok(ours.ok_or(Code::UnknownCommand)?)
}

async fn get_one(
    cx: &Cx,
    id: Application,
    guild: Place,
    command: Id<CommandMarker>,
) -> Result<Json<ApplicationCommand>> {
    require_own(cx, id).await?;
    Ok(Json(find(&mut cx.db(), id, guild, command).await?.command()))
}

async fn update(
    cx: &Cx,
    id: Application,
    guild: Place,
    command: Id<CommandMarker>,
    body: CommandPatch,
) -> Result<Json<ApplicationCommand>> {
    require_own(cx, id).await?;
    let mut work = cx.begin().await?.at(id);
    let mut row = find(&mut work, id, guild, command).await?;
    let spec = body.apply(&row.body.0, guild.is_some())?;
    if spec != row.body.0 {
        row.name.clone_from(&spec.name);
        row.body = Stored(spec);
        row.version = cx.next_id();
        store::command::update(&mut work, &row).await.map_err(|error| match error {
            guildhall_db::Error::Unique(_) => Error::Code(Code::DuplicateCommandName),
            other => other.into(),
        })?;
    }
    work.commit().await?;
    Ok(Json(row.command()))
}

async fn delete(cx: &Cx, id: Application, guild: Place, command: Id<CommandMarker>) -> Result<NoContent> {
    require_own(cx, id).await?;
    let mut work = cx.begin().await?.at(id);
    let row = find(&mut work, id, guild, command).await?;
    store::command::delete(&mut work, row.id).await?;
    work.commit().await?;
    Ok(NoContent)
}

async fn list_application_commands(
    cx: Cx,
    Path((id,)): Path<(Application,)>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Vec<ApplicationCommand>>> {
    list(&cx, id, None, &query).await
}

async fn bulk_set_application_commands(
    cx: Cx,
    Path((id,)): Path<(Application,)>,
    Json(body): Json<Vec<CommandBody>>,
) -> Result<Json<Vec<ApplicationCommand>>> {
    bulk_set(&cx, id, None, &body).await
}

async fn create_application_command(
    cx: Cx,
    Path((id,)): Path<(Application,)>,
    Json(body): Json<CommandBody>,
) -> Result<axum::response::Response> {
    create(&cx, id, None, &body).await
}

type One = Path<(Application, Id<CommandMarker>)>;

async fn get_application_command(cx: Cx, Path((id, command)): One) -> Result<Json<ApplicationCommand>> {
    get_one(&cx, id, None, command).await
}

async fn update_application_command(
    cx: Cx,
    Path((id, command)): One,
    Json(body): Json<CommandPatch>,
) -> Result<Json<ApplicationCommand>> {
    update(&cx, id, None, command, body).await
}

async fn delete_application_command(cx: Cx, Path((id, command)): One) -> Result<NoContent> {
    delete(&cx, id, None, command).await
}

type InGuild = Path<(Application, Id<GuildMarker>)>;
type OneInGuild = Path<(Application, Id<GuildMarker>, Id<CommandMarker>)>;

async fn list_guild_application_commands(
    cx: Cx,
    Path((id, guild)): InGuild,
    Query(query): Query<ListQuery>,
) -> Result<Json<Vec<ApplicationCommand>>> {
    list(&cx, id, Some(guild), &query).await
}

async fn bulk_set_guild_application_commands(
    cx: Cx,
    Path((id, guild)): InGuild,
    Json(body): Json<Vec<CommandBody>>,
) -> Result<Json<Vec<ApplicationCommand>>> {
    bulk_set(&cx, id, Some(guild), &body).await
}

async fn create_guild_application_command(
    cx: Cx,
    Path((id, guild)): InGuild,
    Json(body): Json<CommandBody>,
) -> Result<axum::response::Response> {
    create(&cx, id, Some(guild), &body).await
}

async fn get_guild_application_command(
    cx: Cx,
    Path((id, guild, command)): OneInGuild,
) -> Result<Json<ApplicationCommand>> {
    get_one(&cx, id, Some(guild), command).await
}

async fn update_guild_application_command(
    cx: Cx,
    Path((id, guild, command)): OneInGuild,
    Json(body): Json<CommandPatch>,
) -> Result<Json<ApplicationCommand>> {
    update(&cx, id, Some(guild), command, body).await
}

async fn delete_guild_application_command(cx: Cx, Path((id, guild, command)): OneInGuild) -> Result<NoContent> {
    delete(&cx, id, Some(guild), command).await
}

async fn list_guild_application_command_permissions(
    cx: Cx,
    Path((id, guild)): InGuild,
) -> Result<Json<Vec<GuildCommandPermissions>>> {
    let rows = store::command::permissions(&mut cx.db(), id, guild).await?;
    Ok(Json(rows.into_iter().map(PermissionsRow::permissions).collect()))
}

async fn get_guild_application_command_permissions(
    cx: Cx,
    Path((id, guild, command)): Path<(Application, Id<GuildMarker>, Id<GenericMarker>)>,
) -> Result<Json<GuildCommandPermissions>> {
    let rows = store::command::permissions(&mut cx.db(), id, guild).await?;
    let row = rows.into_iter().find(|row| row.command_id == command).ok_or(Code::UnknownCommandPermissions)?;
    Ok(Json(row.permissions()))
}

async fn set_guild_application_command_permissions(
    cx: Cx,
    guild: Guild,
    Path((id, _, command)): Path<(Application, Id<GuildMarker>, Id<GenericMarker>)>,
    Json(body): Json<CommandPermissionsBody>,
) -> Result<Json<GuildCommandPermissions>> {
    if cx.account()?.is_bot() {
        return Err(Code::UsersOnly.into());
    }
    let permissions = body.validate()?;
    store::application::get(&mut cx.db(), id).await?.ok_or(Code::UnknownApplication)?;
    if command != id.cast() {
        let row = store::command::get(&mut cx.db(), command.cast()).await?;
        row.filter(|row| row.application_id == id).ok_or(Code::UnknownCommand)?;
    }
    let row = PermissionsRow {
        command_id: command,
        application_id: id,
        guild_id: guild.id,
        permissions: Stored(permissions),
    };
    let mut work = cx.begin().await?.at(guild.id);
    let before = store::command::permissions(&mut work, id, guild.id).await?;
    let before = before.into_iter().find(|row| row.command_id == command).map(|row| row.permissions.0);
    let before = before.unwrap_or_default();
    store::command::set_permissions(&mut work, &row).await?;
    let answer = row.permissions();
    let told = answer.permissions.iter().filter_map(|permission| serde_json::to_value(permission).ok()).collect();
    work.emit(Event::CommandPermissionsUpdate(CommandPermissions {
        id: command,
        application_id: id,
        guild_id: guild.id,
        permissions: told,
    }));
    let mut entry = cx.entry(AuditAction::CommandPermissionUpdate, command, changed(&before, &answer.permissions));
    entry.options = Some(serde_json::json!({ "application_id": id }));
    work.audit(guild.id, entry).await?;
    work.commit().await?;
    Ok(Json(answer))
}

/// The exceptions that are different, each under the id of whom or what it is about.
fn changed(before: &[CommandPermission], after: &[CommandPermission]) -> Vec<AuditChange> {
    let find = |list: &[CommandPermission], one: &CommandPermission| {
        let same = list.iter().find(|other| (other.id, other.kind) == (one.id, one.kind));
        same.and_then(|found| serde_json::to_value(found).ok())
    };
    let gone = before.iter().filter(|one| find(after, one).is_none());
    let all = after.iter().chain(gone);
    let changes = all.map(|one| AuditChange {
        key: one.id.to_string(),
        old_value: find(before, one),
        new_value: find(after, one),
    });
    changes.filter(|change| change.old_value != change.new_value).collect()
}

/// Whether a member may use a command in a channel: administrators may; else what the channel's, the user's and the roles'
/// exceptions say, those of the command before those of the application, and at last what the command asks for.
pub(crate) fn may_use(
    command: &CommandRow,
    exceptions: &[PermissionsRow],
    state: &guildhall_bus::GuildState,
    user: Id<UserMarker>,
    channel: &guildhall_wire::channel::Channel,
    permissions: Permissions,
) -> bool {
    if permissions.contains(Permissions::ADMINISTRATOR) {
        return true;
    }
    if !permissions.contains(Permissions::USE_SLASH_COMMANDS) {
        return false;
    }
    let of = |id: Id<GenericMarker>| {
        exceptions.iter().find(|row| row.command_id == id).map(|row| row.permissions.0.as_slice())
    };
    let lists = [of(command.id.cast()), of(command.application_id.cast())];
    let place = channel.parent().filter(|_| channel.kind.is_thread()).unwrap_or(channel.id);
    let all_channels = state.id().get().saturating_sub(1);
    let roles = state.members.get(&user).map(|member| member.roles.clone()).unwrap_or_default();
    for list in lists.into_iter().flatten() {
        let exception = |kind: u8, id: u64| {
            list.iter().find(|one| one.kind == kind && one.id.get() == id).map(|one| one.permission)
        };
        if exception(3, place.get()).or(exception(3, all_channels)) == Some(false) {
            return false;
        }
        if let Some(own) = exception(2, user.get()) {
            return own;
        }
        let held: Vec<bool> = roles.iter().filter_map(|role| exception(1, role.get())).collect();
        if !held.is_empty() {
            return held.contains(&true);
        }
        if let Some(everyone) = exception(1, state.id().get()) {
            return everyone;
        }
    }
    match command.body.0.default_member_permissions {
        None => true,
        Some(needed) if needed.is_empty() => false,
        Some(needed) => permissions.contains(needed),
    }
}

/// The commands of all bots in a guild that a member may use in a channel, or anywhere in it.
async fn index(
    cx: &Cx,
    state: &guildhall_bus::GuildState,
    channel: &guildhall_wire::channel::Channel,
) -> Result<CommandIndex> {
    let me = cx.user()?;
    let permissions = state.permissions_in(me, channel, cx.now());
    let mut answer = CommandIndex { version: "0".into(), ..CommandIndex::default() };
    for application in store::application::of_guild(&mut cx.db(), state.id()).await? {
        let exceptions = store::command::permissions(&mut cx.db(), application.id, state.id()).await?;
        let mut rows = store::command::of_application(&mut cx.db(), application.id, Some(state.id())).await?;
        rows.extend(store::command::of_application(&mut cx.db(), application.id, None).await?);
        rows.retain(|row| row.body.0.usable_in(0) && may_use(row, &exceptions, state, me, channel, permissions));
        if rows.is_empty() {
            continue;
        }
        let newest = rows.iter().map(|row| row.version.get()).max().unwrap_or(0);
        answer.version = answer.version.parse::<u64>().unwrap_or(0).max(newest).to_string();
        let bot = store::user::get(&mut cx.db(), application.bot_id).await?.map(|user| user.user());
        answer.applications.push(IndexedApplication {
            id: application.id,
            name: application.name,
            description: application.description,
            icon: application.icon,
            bot,
        });
        answer.application_commands.extend(rows.iter().map(CommandRow::command));
    }
    Ok(answer)
}

async fn get_guild_command_index(cx: Cx, guild: Guild) -> Result<Json<CommandIndex>> {
    let me = cx.user()?;
    let channel = guild.state.channels.values().find(|channel| guild.state.can_view(me, channel));
    let Some(channel) = channel.cloned() else { return Ok(Json(CommandIndex::default())) };
    Ok(Json(index(&cx, &guild.state, &channel).await?))
}

async fn get_channel_command_index(cx: Cx, channel: Channel) -> Result<Json<CommandIndex>> {
    match &channel.place {
        crate::kernel::access::Place::Guild(state) => Ok(Json(index(&cx, state, &channel.channel).await?)),
        crate::kernel::access::Place::Private(_) => Ok(Json(CommandIndex::default())),
    }
}
