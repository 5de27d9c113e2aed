//! Figures for Prometheus, and those of the status page.

use serde_json::Value;

use crate::town::{Client, Town, until};

async fn metrics(client: &Client) -> String {
    client.request("GET", "/metrics", None).await.1.as_str().unwrap().to_owned()
}

/// The value of a series, as it stands there.
fn text<'a>(metrics: &'a str, series: &str) -> &'a str {
    metrics.lines().find_map(|line| line.strip_prefix(series)).unwrap_or_else(|| panic!("no {series}")).trim()
}

fn value(metrics: &str, series: &str) -> f64 {
    text(metrics, series).parse().unwrap()
}

#[tokio::test]
async fn each_player_has_series_of_what_it_sends_and_how_late() {
    let town = Town::new().await;
    let client = town.client().await;
    client.join(7).await;
    client.play(7, "tone:500:60").await;
    until("it plays", || town.heard().frames().len() > 100).await;
    client.patch(7, serde_json::json!({ "paused": true })).await;
    let told = metrics(&client).await;
    let sent = u32::try_from(town.heard().frames().len()).unwrap();
    let labels = format!("session=\"{}\",guild=\"7\"", client.session);
    let of = |name: &str| value(&told, &format!("lavalink_player_{name}{{{labels}}} "));
    // Silence after the pause is not of the track.
    assert!((f64::from(sent) - of("frames_sent_total")).abs() <= 10.0, "{sent} {told}");
    assert_eq!(text(&told, &format!("lavalink_player_underruns_total{{{labels}}} ")), "0");
    assert!(of("frames_missed_total") < 50.0);
    let bucket =
        |le: &str| value(&told, &format!("lavalink_player_send_delay_seconds_bucket{{{labels},le=\"{le}\"}} "));
    let bounds = ["0.0005", "0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "+Inf"].map(bucket);
    assert!(bounds.is_sorted(), "{bounds:?}");
    assert_eq!((bounds[7], of("send_delay_seconds_count")), (of("frames_sent_total"), of("frames_sent_total")));
    let mean = of("send_delay_seconds_sum") / of("send_delay_seconds_count");
    assert!(mean > 0.0 && mean < 0.5, "{mean}");
    assert_eq!(text(&told, "lavalink_players_without_series "), "0");
    // The status page has the same.
    let status = client.get("/v4/guildhall/status").await;
    let player = &status["players"][0];
    let delays: f64 = player["delays"].as_array().unwrap().iter().filter_map(Value::as_f64).sum();
    assert_eq!((delays, player["underruns"].as_u64()), (of("frames_sent_total"), Some(0)));
    assert_eq!(status["delayBounds"].as_array().unwrap().len() + 1, player["delays"].as_array().unwrap().len());
    // They go with the player.
    client.request("DELETE", &client.player_path(7), None).await;
    assert!(!metrics(&client).await.contains("guild="));
}
