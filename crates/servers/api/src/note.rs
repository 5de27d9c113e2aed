//! Notes about others: `/users/@me/notes`.

use std::collections::BTreeMap;

use guildhall_store as store;
use guildhall_wire::settings::NoteUpdate;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::prelude::*;

/// Characters of a note.
const LONGEST: usize = 256;

pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/users/@me/notes", list_my_notes, Need::Person)
        .get("/users/@me/notes/{user_id}", get_my_note, Need::Person)
        .put("/users/@me/notes/{user_id}", set_my_note, Need::Person)
}

async fn list_my_notes(cx: Cx) -> Result<Json<BTreeMap<String, String>>> {
    let notes = store::note::of_user(&mut cx.db(), cx.user()?).await?;
    Ok(Json(notes.into_iter().map(|(id, note)| (id.to_string(), note)).collect()))
}

async fn get_my_note(cx: Cx, Path((other,)): Path<(Id<UserMarker>,)>) -> Result<Json<Value>> {
    let me = cx.user()?;
    let note = store::note::get(&mut cx.db(), me, other).await?.ok_or(Code::UnknownUser)?;
    Ok(Json(json!({ "user_id": me, "note_user_id": other, "note": note })))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NoteBody {
    note: Option<String>,
}

/// Nothing, and an empty text, take the note away.
async fn set_my_note(cx: Cx, Path((other,)): Path<(Id<UserMarker>,)>, Json(body): Json<NoteBody>) -> Result<NoContent> {
    let note = body.note.unwrap_or_default();
    if note.chars().count() > LONGEST {
        return Err(Code::NoteTooLong.into());
    }
    let me = cx.user()?;
    let mut work = cx.begin().await?.at(me);
    store::user::get(&mut work, other).await?.ok_or(Code::UnknownUser)?;
    store::note::set(&mut work, me, other, &note).await?;
    work.emit(Event::UserNoteUpdate(NoteUpdate { id: other, note }).to(me));
    work.commit().await?;
    Ok(NoContent)
}
