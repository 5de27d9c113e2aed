//! songbird's driver alone: so many of them play one address to a voice server, until nobody holds the input any more.

use std::error::Error;
use std::num::NonZeroU64;

use songbird::input::HttpRequest;
use songbird::{Config, ConnectionInfo, Driver};
use tokio::io::AsyncReadExt as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, players, address] = arguments.as_slice() else {
        return Err("usage: songbird-reference ENDPOINT PLAYERS ADDRESS".into());
    };
    let client = reqwest::Client::new();
    let mut drivers = Vec::new();
    for number in 1..=players.parse::<u64>()? {
        let id = NonZeroU64::new(number).ok_or("players are counted from one")?;
        let mut driver = Driver::new(Config::default());
        let info = ConnectionInfo {
            channel_id: id.into(),
            endpoint: endpoint.clone(),
            guild_id: id.into(),
            session_id: format!("session-{id}"),
            token: "t".to_owned(),
            user_id: id.into(),
        };
        driver.connect(info).await?;
        driver.play_input(HttpRequest::new(client.clone(), address.clone()).into());
        drivers.push(driver);
    }
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}
