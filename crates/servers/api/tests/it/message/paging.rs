//! Reading a long history while more is said.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use guildhall_harness::{Town, on_both};
use guildhall_store::message::{MessageRow, insert};
use serde_json::json;

#[tokio::test]
async fn a_thousand_messages_are_paged_while_a_hundred_arrive() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let app = &town.server.app;
        let mut work = app.begin().await.unwrap();
        let (channel, author) = (town.channel.parse().unwrap(), town.owner.id.parse().unwrap());
        let mut old = Vec::new();
        for number in 0..1000 {
            let row = MessageRow::new(app.next_id(), channel, author, format!("old {number}"));
            insert(&mut work, &row).await.unwrap();
            old.push(row.id.to_string());
        }
        work.commit().await.unwrap();
        let path = format!("/channels/{}/messages", town.channel);
        let (mut seen, mut before, mut arrived) = (Vec::new(), String::new(), 0);
        loop {
            let address = format!("{path}?limit=100{before}");
            let page = town.member.get(&address);
            // Ten arrive during each of the first ten pages.
            let new = if arrived < 100 { 10 } else { 0 };
            let sends = join_all((0..new).map(|_| town.owner.post(&path, json!({ "content": "new" }))));
            let (page, sends) = tokio::join!(page, sends);
            arrived += sends.len();
            for sent in sends {
                sent.ok(200);
            }
            let page = page.ok(200);
            let ids: Vec<_> = super::ids(&page).into_iter().map(str::to_owned).collect();
            let Some(last) = ids.last() else { break };
            before = format!("&before={last}");
            seen.extend(ids);
        }
        assert_eq!(arrived, 100);
        assert!(seen.is_sorted_by_key(|id| std::cmp::Reverse(id.parse::<u64>().unwrap())), "newest first");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "nothing twice");
        let known: BTreeSet<_> = old.iter().collect();
        let read: Vec<_> = seen.into_iter().rev().filter(|id| known.contains(id)).collect();
        assert_eq!(read, old, "no hole among those that were there");
    })
    .await;
}
