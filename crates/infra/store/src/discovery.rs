//! Guilds that anybody finds.

use guildhall_db::{Json, Records, Result, Run, record};
use guildhall_wire::id::{GuildMarker, Id};

use crate::select;

record! {
    /// What such a guild is found by.
    #[derive(Clone, Debug)]
    pub struct DiscoveryRow {
        /// The guild.
        pub id: Id<GuildMarker>,
        /// Its name.
        pub name: String,
        /// What it is about.
        pub description: Option<String>,
        /// What it is found by besides.
        pub keywords: Json<Vec<String>>,
    }
}

/// All of them, by their index.
pub async fn all(run: &mut dyn Run) -> Result<Vec<DiscoveryRow>> {
    run.all(&sql(), vec![]).await
}

fn sql() -> String {
    select::<DiscoveryRow>("guilds", "WHERE discoverable = 1 ORDER BY id")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use guildhall_db::testing::Scratch;
    use guildhall_db::{Db, Engine};
    use guildhall_wire::discovery::DISCOVERABLE;

    use super::*;
    use crate::guild::{GuildRow, insert, update};
    use crate::user::UserRow;

    async fn listed(db: &Db) -> Vec<u64> {
        all(&mut &*db).await.unwrap().iter().map(|row| row.id.get()).collect()
    }

    #[tokio::test]
    async fn the_list_does_not_look_at_other_guilds() {
        let scratch = Scratch::new(Engine::Sqlite);
        let db = scratch.open().await;
        db.migrate(crate::MIGRATIONS).await.unwrap();
        let rows = (&mut &db).query(&format!("EXPLAIN QUERY PLAN {}", sql()), vec![]).await.unwrap();
        let steps: Vec<String> = rows.iter().map(|row| row.get(3).unwrap()).collect();
        assert_eq!(steps, ["SCAN guilds USING INDEX guilds_discoverable"]);
    }

    #[tokio::test]
    async fn a_guild_is_listed_as_its_features_say() {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let scratch = Scratch::new(engine);
            let db = scratch.open().await;
            db.migrate(crate::MIGRATIONS).await.unwrap();
            let run = &mut &db;
            let owner = Id::new(9);
            crate::user::insert(run, &UserRow::new(owner, "ada", false)).await.unwrap();
            let mut open = GuildRow::new(Id::new(1), owner, "Open");
            open.features.0 = vec!["COMMUNITY".into(), DISCOVERABLE.into()];
            insert(run, &open).await.unwrap();
            let mut closed = GuildRow::new(Id::new(2), owner, "Closed");
            closed.features.0 = vec!["NOT_DISCOVERABLE".into()];
            insert(run, &closed).await.unwrap();
            assert_eq!(listed(&db).await, [1], "{engine:?}");
            open.features.0.clear();
            update(run, &open).await.unwrap();
            closed.features.0 = vec![DISCOVERABLE.into()];
            closed.keywords.0 = vec!["chess".into()];
            update(run, &closed).await.unwrap();
            let rows = all(run).await.unwrap();
            let found: Vec<_> = rows.iter().map(|row| (row.id.get(), row.name.as_str(), &row.keywords.0)).collect();
            assert_eq!(found, [(2, "Closed", &vec!["chess".to_owned()])], "{engine:?}");
        }
    }

    #[tokio::test]
    async fn guilds_that_were_public_before_are_listed_too() {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let scratch = Scratch::new(engine);
            let db = scratch.open().await;
            let earlier: Vec<_> = crate::MIGRATIONS.iter().copied().filter(|step| step.version < 77).collect();
            db.migrate(&earlier).await.unwrap();
            let run = &mut &db;
            crate::user::insert(run, &UserRow::new(Id::new(9), "ada", false)).await.unwrap();
            for (id, features) in [(1, r#"["DISCOVERABLE"]"#), (2, "[]"), (3, r#"["A","DISCOVERABLE","B"]"#)] {
                let town = format!(
                    "INSERT INTO guilds (id, owner_id, name, features, afk_timeout, system_channel_flags, \
                     widget_enabled, verification_level, default_message_notifications, mfa_level, \
                     explicit_content_filter, preferred_locale, nsfw_level) \
                     VALUES ({id}, 9, 'Town', '{features}', 300, 0, 0, 0, 0, 0, 0, 'en-US', 0)"
                );
                run.execute(&town, vec![]).await.unwrap();
            }
            db.migrate(crate::MIGRATIONS).await.unwrap();
            assert_eq!(listed(&db).await, [1, 3], "{engine:?}");
            let row = crate::guild::get(run, Id::new(3)).await.unwrap().unwrap();
            assert!(row.keywords.0.is_empty() && !row.discovery_disabled, "{engine:?}");
        }
    }
}
