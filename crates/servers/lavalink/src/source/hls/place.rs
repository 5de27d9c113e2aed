//! Where a list of pieces is, and how it is found again once its addresses are good no longer.

use url::Url;

use super::list::{Master, Piece, Pieces};
use crate::source::SourceError;
use crate::source::fetch::{Ask, Fetch};

/// The addresses that led to a list of pieces.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Where it was read, after redirects.
    pub(super) url: Url,
    /// What was asked for that.
    asked: Url,
    /// What was asked for first: a list of variants, or the same.
    first: Url,
}

/// Ways back to a list, the shortest first.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Where it was read.
    Same,
    /// By its redirects.
    Asked,
    /// By the list of variants.
    First,
    /// By whoever knows where it is now.
    Renewed,
}

impl Place {
    /// The pieces of a list that was read, or of the one that a list of variants leads to.
    pub(super) async fn of(fetch: &Fetch, asked: &Url, url: &Url, text: &str) -> Result<(Self, Pieces), SourceError> {
        match Master::parse(url, text).choice() {
            None => {
                let place = Self { url: url.clone(), asked: asked.clone(), first: asked.clone() };
                Ok((place, Pieces::parse(url, text)?))
            }
            Some(chosen) => {
                let (url, bytes) = fetch.document(Ask::get(chosen.clone())).await?;
                let pieces = Pieces::parse(&url, &String::from_utf8_lossy(&bytes))?;
                Ok((Self { url, asked: chosen, first: asked.clone() }, pieces))
            }
        }
    }

    /// Looks for the list again, by each way that there is, until it says another address of the piece that was refused; without
    /// one, until there is a list at all. Nothing where none does, or where what is found is another list.
    pub(super) async fn again(
        &self,
        fetch: &Fetch,
        list: &Pieces,
        refused: Option<(u64, &Piece)>,
    ) -> Option<(Fetch, Self, Pieces)> {
        for way in [Way::Same, Way::Asked, Way::First, Way::Renewed] {
            let Some((fetch, read)) = self.by(way, fetch, refused.is_none()).await else { continue };
            let (place, pieces) = match read {
                Ok(found) => found,
                Err(error) => {
                    tracing::debug!(?way, cause = error.cause, "failed to read a list of pieces again");
                    continue;
                }
            };
            let other = refused.is_none_or(|(number, piece)| {
                let now = pieces.get(number);
                // What a live stream has forgotten has no address any more.
                now.is_none_or(|now| now.url != piece.url || now.head != piece.head || now.lock != piece.lock)
            });
            if pieces.continues(list) && other {
                return Some((fetch, place, pieces));
            }
        }
        None
    }

    /// Reads the list by a way, where that is one of its own.
    async fn by(&self, way: Way, fetch: &Fetch, missing: bool) -> Option<(Fetch, Result<(Self, Pieces), SourceError>)> {
        let (fetch, asked) = match way {
            // Where there was none a moment ago there is none now.
            Way::Same => (fetch.clone(), Some(&self.url).filter(|_| !missing)?.clone()),
            Way::Asked => (fetch.clone(), Some(&self.asked).filter(|asked| **asked != self.url)?.clone()),
            Way::First => (fetch.clone(), Some(&self.first).filter(|first| **first != self.asked)?.clone()),
            Way::Renewed => fetch.renewed().await?,
        };
        let read = async {
            let (url, bytes) = fetch.document(Ask::get(asked.clone())).await?;
            let text = String::from_utf8_lossy(&bytes);
            match way {
                // The other addresses are good for another time.
                Way::Same | Way::Asked => Ok((Self { url: url.clone(), ..self.clone() }, Pieces::parse(&url, &text)?)),
                Way::First | Way::Renewed => Self::of(&fetch, &asked, &url, &text).await,
            }
        };
        let read = read.await;
        Some((fetch, read))
    }
}
