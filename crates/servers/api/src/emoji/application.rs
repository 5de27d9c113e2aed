//! Emoji of applications: `/applications/{application_id}/emojis`. Only the application's bot uses them, anywhere.

use guildhall_store as store;
use guildhall_store::emoji::EmojiRow;
use guildhall_wire::emoji::{Emoji, EmojiCreate, EmojiList, EmojiPatch};

use super::{check_name, draw, present};
use crate::application::controlled;
use crate::prelude::*;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/applications/{application_id}/emojis", list_application_emojis, Need::Account)
        .post("/applications/{application_id}/emojis", create_application_emoji, Need::Account)
        .images()
        .get("/applications/{application_id}/emojis/{emoji_id}", get_application_emoji, Need::Account)
        .patch("/applications/{application_id}/emojis/{emoji_id}", update_application_emoji, Need::Account)
        .delete("/applications/{application_id}/emojis/{emoji_id}", delete_application_emoji, Need::Account)
}

/// Most emoji of one application.
const MOST: usize = 2000;

type Ids = Path<(Id<ApplicationMarker>, Id<EmojiMarker>)>;

async fn find(run: &mut dyn Run, application: Id<ApplicationMarker>, id: Id<EmojiMarker>) -> Result<EmojiRow> {
    let row = store::emoji::get(run, id).await?.filter(|row| row.application_id == Some(application));
    row.ok_or(Code::UnknownEmoji.into())
}

/// Refuses a name that another emoji of the application has.
fn check_free(known: &[EmojiRow], name: &str) -> Result<()> {
    if known.iter().any(|row| row.name == name) {
        let message = "An emoji with this name already exists.";
        return Err(Error::form("name", "APPLICATION_EMOJI_NAME_ALREADY_TAKEN", message));
    }
    Ok(())
}

async fn one(run: &mut dyn Run, row: EmojiRow) -> Result<Emoji> {
    Ok(present(run, &[row]).await?.pop().ok_or(Code::UnknownEmoji)?)
}

async fn list_application_emojis(cx: Cx, Path((id,)): Path<(Id<ApplicationMarker>,)>) -> Result<Json<EmojiList>> {
    controlled(&cx, id).await?;
    let rows = store::emoji::of_application(&mut cx.db(), id).await?;
    Ok(Json(EmojiList { items: present(&mut cx.db(), &rows).await? }))
}

async fn get_application_emoji(cx: Cx, Path((application, id)): Ids) -> Result<Json<Emoji>> {
    controlled(&cx, application).await?;
    let row = find(&mut cx.db(), application, id).await?;
    Ok(Json(one(&mut cx.db(), row).await?))
}

async fn create_application_emoji(
    cx: Cx,
    Path((id,)): Path<(Id<ApplicationMarker>,)>,
    Json(body): Json<EmojiCreate>,
) -> Result<Created<Emoji>> {
    controlled(&cx, id).await?;
    let (mut row, image) = draw(&cx, body.name, body.image).await?;
    row.application_id = Some(id);
    let mut work = cx.begin().await?.at(id);
    store::application::lock(&mut work, id).await?;
    let known = store::emoji::of_application(&mut work, id).await?;
    if known.len() >= MOST {
        let message = format!("Maximum number of emojis reached ({MOST})");
        return Err(Error::Message(Code::TooManyEmojis, message));
    }
    check_free(&known, &row.name)?;
    store::emoji::insert(&mut work, &row).await?;
    image.keep(&mut work);
    work.commit().await?;
    Ok(Created(row.emoji(Some(cx.account()?.row.user()))))
}

async fn update_application_emoji(
    cx: Cx,
    Path((application, id)): Ids,
    Json(body): Json<EmojiPatch>,
) -> Result<Json<Emoji>> {
    controlled(&cx, application).await?;
    let mut work = cx.begin().await?.at(application);
    store::application::lock(&mut work, application).await?;
    let mut row = find(&mut work, application, id).await?;
    if let Patch::Value(name) = body.name
        && name != row.name
    {
        check_name(&name)?;
        check_free(&store::emoji::of_application(&mut work, application).await?, &name)?;
        row.name = name;
        store::emoji::update(&mut work, &row).await?;
    }
    let emoji = one(&mut work, row).await?;
    work.commit().await?;
    Ok(Json(emoji))
}

async fn delete_application_emoji(cx: Cx, Path((application, id)): Ids) -> Result<NoContent> {
    controlled(&cx, application).await?;
    let mut work = cx.begin().await?.at(application);
    let row = find(&mut work, application, id).await?;
    store::emoji::delete(&mut work, id).await?;
    work.remove_image(ImageKind::Emoji, id, Some(row.image));
    work.commit().await?;
    Ok(NoContent)
}
