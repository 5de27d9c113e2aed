//! What newer libraries can do as well: scheduled events, messages of components alone, forms with every kind of field.

use std::collections::HashMap;

use serde_json::{Value, json};
use twilight_http::Client;
use twilight_model::application::interaction::Interaction;
use twilight_model::application::interaction::modal::ModalInteractionData;
use twilight_model::channel::message::MessageFlags;
use twilight_model::channel::message::component::Component;
use twilight_model::gateway::payload::incoming::MessageCreate;
use twilight_model::guild::scheduled_event::{GuildScheduledEvent, PrivacyLevel, Status};
use twilight_model::http::attachment::Attachment;
use twilight_model::http::interaction::{InteractionResponse, InteractionResponseData, InteractionResponseType};
use twilight_model::id::Id;
use twilight_model::id::marker::{GuildMarker, ScheduledEventMarker};
use twilight_model::util::Timestamp;

use super::Outcome;

const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// The statuses of events: twilight keeps nothing by itself.
#[derive(Default)]
pub(super) struct Statuses(HashMap<Id<ScheduledEventMarker>, Status>);

impl Statuses {
    pub(super) fn note(&mut self, event: &GuildScheduledEvent) {
        self.0.insert(event.id, event.status);
    }

    /// What a bot says of an event that changed.
    pub(super) fn changed(&mut self, event: &GuildScheduledEvent) -> Value {
        let from = self.0.insert(event.id, event.status).map(u8::from);
        json!({ "event": event.id, "from": from, "to": u8::from(event.status) })
    }
}

pub(super) async fn event(http: &Client, guild: Id<GuildMarker>, message: &MessageCreate) -> Outcome<Value> {
    let said = message.timestamp.as_secs();
    let (start, end) = (Timestamp::from_secs(said + 3600)?, Timestamp::from_secs(said + 7200)?);
    let event = http
        .create_guild_scheduled_event(guild, PrivacyLevel::GuildOnly)
        .external("Picnic", "by the river", &start, &end)
        .await?
        .model()
        .await?;
    let place = event.entity_metadata.and_then(|about| about.location);
    Ok(json!({
        "id": event.id, "name": event.name, "status": u8::from(event.status), "place": place,
        "creator": event.creator_id,
    }))
}

pub(super) async fn layout(http: &Client, message: &MessageCreate) -> Outcome<Value> {
    let order = json!({ "type": 2, "style": 1, "label": "Order", "custom_id": "order" });
    let soup = json!({ "media": { "url": "attachment://soup.png" }, "description": "soup" });
    let parts = json!([
        { "type": 10, "content": "# Menu" },
        { "type": 9, "components": [{ "type": 10, "content": "Soup of the day" }], "accessory": order },
        { "type": 14, "divider": true, "spacing": 2 },
        { "type": 12, "items": [soup] },
        { "type": 13, "file": { "url": "attachment://card.txt" } },
    ]);
    let menu: Component =
        serde_json::from_value(json!({ "type": 17, "accent_color": 0x0033_6699, "components": parts }))?;
    let picture = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, PICTURE)?;
    let files = [
        Attachment::from_bytes("soup.png".into(), picture, 0),
        Attachment::from_bytes("card.txt".into(), b"soup 3.50".to_vec(), 1),
    ];
    let menu = [menu];
    let sent = http.create_message(message.channel_id).flags(MessageFlags::IS_COMPONENTS_V2).components(&menu);
    let sent = sent.attachments(&files).await?.model().await?;
    let again = http.message(message.channel_id, sent.id).await?.model().await?;
    let Some(Component::Container(menu)) = again.components.first() else { return Err("no container".into()) };
    let (mut texts, mut picture, mut about, mut file) = (Vec::new(), 0, None, String::new());
    for part in &menu.components {
        match part {
            Component::TextDisplay(text) => texts.push(text.content.clone()),
            Component::Section(section) => {
                for part in &section.components {
                    let Component::TextDisplay(text) = part else { return Err("no text in the section".into()) };
                    texts.push(text.content.clone());
                }
            }
            Component::MediaGallery(gallery) => {
                let item = gallery.items.first().ok_or("no picture")?;
                picture = reqwest::get(&item.media.url).await?.status().as_u16();
                about.clone_from(&item.description);
            }
            Component::File(shown) => file = reqwest::get(&shown.file.url).await?.text().await?,
            Component::Separator(_) => {}
            part => return Err(format!("nobody sent {part:?}").into()),
        }
    }
    let kinds: Vec<_> = menu.components.iter().map(|part| u8::from(part.kind())).collect();
    Ok(json!({
        "id": sent.id, "kinds": kinds, "color": menu.accent_color.flatten(), "texts": texts, "picture": picture,
        "description": about, "file": file,
    }))
}

/// Opens the form with one field of each kind.
pub(super) async fn order(http: &Client, interaction: &Interaction) -> Outcome<Value> {
    let options =
        |values: &[&str]| -> Value { values.iter().map(|value| json!({ "label": value, "value": value })).collect() };
    let fields = [
        ("Dish", json!({ "type": 3, "custom_id": "dish", "options": options(&["soup", "bread"]) })),
        // It knows no radio groups.
        ("Size", json!({ "type": 3, "custom_id": "size", "options": options(&["small", "large"]) })),
        (
            "Extras",
            json!({ "type": 22, "custom_id": "extras", "max_values": 2, "options": options(&["salt", "pepper", "oil"]) }),
        ),
        ("To go", json!({ "type": 23, "custom_id": "away" })),
        ("Voucher", json!({ "type": 19, "custom_id": "voucher", "max_values": 1 })),
    ];
    let labels = fields.map(|(label, field)| json!({ "type": 18, "label": label, "component": field }));
    let components: Vec<Component> = serde_json::from_value(json!(labels))?;
    let data = InteractionResponseData {
        custom_id: Some("survey".into()),
        title: Some("Your order".into()),
        components: Some(components),
        ..Default::default()
    };
    let response = InteractionResponse { kind: InteractionResponseType::Modal, data: Some(data) };
    let client = http.interaction(interaction.application_id);
    client.create_response(interaction.id, &interaction.token, &response).await?;
    Ok(json!({ "message": interaction.message.as_ref().ok_or("no message")?.id }))
}

/// Reads the form that was filled in.
pub(super) async fn survey(http: &Client, interaction: &Interaction, filled: &ModalInteractionData) -> Outcome<Value> {
    let labels = serde_json::to_value(&filled.components)?;
    let field = |name: &str| -> Outcome<Value> {
        let mut all = labels.as_array().into_iter().flatten().map(|label| &label["component"]);
        Ok(all.find(|field| field["custom_id"] == name).ok_or("a field is missing")?.clone())
    };
    let files = &filled.resolved.as_ref().ok_or("nothing is resolved")?.attachments;
    let voucher: Id<_> = serde_json::from_value(field("voucher")?["values"][0].clone())?;
    let file = files.get(&voucher).ok_or("no file")?;
    let text = reqwest::get(&file.url).await?.text().await?;
    let size = field("size")?["values"][0].clone();
    let saw = json!({
        "dish": field("dish")?["values"], "size": size, "extras": field("extras")?["values"],
        "away": field("away")?["value"], "voucher": { "name": file.filename, "text": text },
    });
    let data = InteractionResponseData {
        content: Some(format!("a {} one", size.as_str().unwrap_or_default())),
        flags: Some(MessageFlags::EPHEMERAL),
        ..Default::default()
    };
    let response = InteractionResponse { kind: InteractionResponseType::ChannelMessageWithSource, data: Some(data) };
    let client = http.interaction(interaction.application_id);
    client.create_response(interaction.id, &interaction.token, &response).await?;
    Ok(saw)
}
