"""Bodies with which operations do something in a place, by the operation's id."""

import base64
import itertools
import time

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PICTURE = "data:image/png;base64," + base64.b64encode(PNG).decode()
SOUND = (
    "data:audio/mpeg;base64,"
    + base64.b64encode(b"ID3\x04\0\0\0\0\0\x0a" + b"\0" * 10 + (b"\xff\xfb\x90\xc0" + b"\0" * 413) * 60).decode()
)
# What comes every day begins tomorrow.
BEGIN = int(time.time()) + 86_400
NUMBERS = itertools.count()


def day(number, hours=0):
    """When it comes for that time."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(BEGIN + number * 86_400 + hours * 3_600))


def fresh():
    """A name that nothing has yet."""
    return f"wave_{next(NUMBERS)}"


def bodies(place):
    """For what is there now."""

    def last(kind, name):
        with place.lock:
            pool = place.pools.get(kind) or [{}]
            return pool[-1].get(name)

    poll = {
        "question": {"text": "Tea?"},
        "answers": [{"poll_media": {"text": "Yes"}}, {"poll_media": {"text": "No"}}],
        "duration": 1,
    }
    command = {"name": "greet", "description": "Says hello", "type": 1}
    event = {
        "name": "Market",
        "privacy_level": 2,
        "entity_type": 3,
        "entity_metadata": {"location": "Square"},
        "scheduled_start_time": day(0),
        "scheduled_end_time": day(0, 2),
        "recurrence_rule": {"start": day(0), "frequency": 3, "interval": 1},
    }
    rule = {
        "name": "Words",
        "event_type": 1,
        "trigger_type": 1,
        "trigger_metadata": {"keyword_filter": ["xyzzy"]},
        "actions": [{"type": 1}],
        "enabled": True,
    }
    buttons = [{"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}]
    laid_out = {
        "flags": 32768,
        "components": [
            {"type": 10, "content": "# Title"},
            {"type": 14},
            {"type": 17, "components": [{"type": 10, "content": "in"}]},
        ],
    }
    said = [
        {"content": "hello"},
        {"poll": poll},
        {"embeds": [{"title": "News"}]},
        {"content": "go", "components": buttons},
        laid_out,
    ]
    changed = [{"content": "hello again"}, {"embeds": [{"title": "Old"}]}, {"flags": 4}]
    modal = {
        "custom_id": "form",
        "title": "Form",
        "components": [
            {"type": 18, "label": "Name", "component": {"type": 4, "custom_id": "name", "style": 1}},
        ],
    }
    text, role, member = place.stage["channel"], last("role", "role_id"), place.member.id
    prompt = {
        "id": "1",
        "title": "What?",
        "options": [{"title": "Birds", "role_ids": [role], "channel_ids": [text]}],
        "in_onboarding": True,
    }
    field = {"type": 2, "key": "wins", "name": "Wins", "description": "Games won"}
    then = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + 1800))
    return {
        "update_my_application": [{"description": "It helps"}, {"tags": ["help"]}],
        "update_application": [{"description": "It helps"}, {"icon": PICTURE}],
        "bulk_set_application_commands": [[command]],
        "create_application_command": [command, {"name": "Report", "type": 3}],
        "update_application_command": [{"description": "Greets"}],
        "create_application_emoji": [{"name": fresh(), "image": PICTURE}],
        "update_application_emoji": [{"name": "nod"}],
        "create_entitlement": [{"sku_id": sku, "owner_id": member, "owner_type": 2} for sku in place.skus if sku],
        "bulk_set_guild_application_commands": [[command, {"name": "here", "description": "d"}]],
        "create_guild_application_command": [command, {"name": "here", "description": "d"}],
        "update_guild_application_command": [{"description": "Greets"}],
        "set_guild_application_command_permissions": [{"permissions": [{"id": member, "type": 2, "permission": True}]}],
        "update_application_role_connections_metadata": [[field]],
        "update_channel": [{"name": "hall"}, {"topic": "Talk"}, {"rate_limit_per_user": 0}],
        "follow_channel": [{"webhook_channel_id": text}],
        "create_channel_invite": [{"unique": True}, {"max_age": 60, "max_uses": 2}],
        "create_message": said,
        "update_message": changed,
        "bulk_delete_messages": [{"messages": [last("message", "message_id"), last("poll", "message_id")]}],
        "create_thread_from_message": [{"name": "aside"}],
        "set_channel_permission_overwrite": [{"type": 0, "allow": "1024", "deny": "0"}],
        "add_group_dm_user": [{}],
        "send_soundboard_sound": [{"sound_id": last("sound", "sound_id")}, {"sound_id": "1"}],
        "create_thread": [{"name": "aside", "type": 11}, {"name": "post", "message": {"content": "first"}}],
        "update_voice_channel_status": [{"status": "Tea"}, {"status": None}],
        "create_webhook": [{"name": "hook"}, {"name": "hook", "avatar": PICTURE}],
        "update_guild": [{"description": "by the river"}, {"icon": PICTURE}, {"verification_level": 0}],
        "create_auto_moderation_rule": [
            rule,
            {**rule, "trigger_type": 5, "trigger_metadata": {"mention_total_limit": 5}},
        ],
        "update_auto_moderation_rule": [{"name": "Words"}, {"enabled": False}],
        "ban_user_from_guild": [{}, {"delete_message_seconds": 60}],
        "unban_user_from_guild": [{}],
        "bulk_ban_users_from_guild": [{"user_ids": [last("user", "user_id")]}],
        "create_guild_channel": [
            {"name": "place"},
            {"name": "stage", "type": 13},
            {"name": "forum", "type": 15},
            {"name": "news", "type": 5},
        ],
        "bulk_update_guild_channels": [[{"id": text, "position": 1}]],
        "create_guild_emoji": [{"name": fresh(), "image": PICTURE}],
        "update_guild_emoji": [{"name": "nod"}, {"roles": [role]}],
        "update_guild_incident_actions": [{"dms_disabled_until": then}, {"invites_disabled_until": None}],
        "update_my_guild_member": [{"nick": "me"}, {"nick": None}],
        "update_guild_member": [
            {"nick": "they"},
            {"roles": [role]},
            {"mute": True},
            {"communication_disabled_until": then},
        ],
        "put_guilds_onboarding": [{"prompts": [prompt], "default_channel_ids": [text], "enabled": False, "mode": 1}],
        "prune_guild": [{"days": 30}],
        "action_guild_join_request": [{"action": "APPROVED"}, {"action": "REJECTED", "rejection_reason": "no"}],
        "create_guild_role": [{"name": "trade"}, {"name": "red", "color": 255, "hoist": True}],
        "bulk_update_guild_roles": [[{"id": role, "position": 1}]],
        "update_guild_role": [{"name": "trade"}, {"mentionable": True}],
        "create_guild_scheduled_event": [event],
        "update_guild_scheduled_event": [{"name": "Fair"}, {"description": "Come"}],
        "create_guild_scheduled_event_exception": [
            {"original_scheduled_start_time": day(number), "is_canceled": True} for number in range(2, 30)
        ],
        "update_guild_scheduled_event_exception": [
            {"is_canceled": True},
            {"is_canceled": False, "scheduled_start_time": day(1, 1)},
        ],
        "create_guild_soundboard_sound": [{"name": "boing", "sound": SOUND}],
        "update_guild_soundboard_sound": [{"name": "bong"}, {"volume": 0.5}],
        "update_guild_sticker": [{"name": "nod"}],
        "create_guild_template": [{"name": "Plan"}],
        "update_guild_template": [{"name": "Plan B"}],
        "update_self_voice_state": [{"suppress": False}, {"request_to_speak_timestamp": None}],
        "update_voice_state": [{"suppress": False}, {"suppress": True}],
        "update_guild_welcome_screen": [
            {
                "enabled": True,
                "description": "A hall",
                "welcome_channels": [{"channel_id": text, "description": "Say hello"}],
            }
        ],
        "update_guild_widget_settings": [{"enabled": True, "channel_id": text}],
        "create_interaction_response": [
            {"type": 4, "data": {"content": "done"}},
            {"type": 5},
            {"type": 4, "data": laid_out},
            {"type": 9, "data": modal},
        ],
        "create_stage_instance": [{"channel_id": last("stage", "channel_id"), "topic": "Talk"}],
        "update_stage_instance": [{"topic": "Song"}],
        "update_my_user": [{"username": "helper"}],
        "update_application_user_role_connection": [
            {"platform_name": "Chess", "platform_username": "ada", "metadata": {"wins": "12"}}
        ],
        "create_dm": [{"recipient_id": member}],
        "update_webhook": [{"name": "hooked"}, {"channel_id": text}],
        "execute_webhook": [{"content": "from afar"}, {"embeds": [{"title": "News"}], "username": "Crier"}],
        "update_webhook_by_token": [{"name": "hooked"}],
        "execute_slack_compatible_webhook": [{"text": "from afar"}],
        "execute_github_compatible_webhook": [
            {
                "sender": {
                    "id": 1,
                    "login": "ada",
                    "html_url": "https://example.org/ada",
                    "avatar_url": "https://example.org/a.png",
                },
                "action": "opened",
            }
        ],
        "update_original_webhook_message": changed,
        "update_webhook_message": changed,
        "create_guild_sticker": [{"name": "wave", "tags": "hello", "description": "Waves", "file": PNG}],
        "upload_application_attachment": [{"file": b"text"}],
        "update_invite_target_users": [{"target_users_file": f"user_id\n{member}\n".encode()}],
    }
