//! Applications that are told over HTTP: interactions, and events.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use ed25519_dalek::{Signature, VerifyingKey};
use guildhall_harness::{Client, Town, on_both};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// Where an application is told.
struct Endpoint {
    url: String,
    heard: mpsc::UnboundedReceiver<Value>,
    state: Arc<Mutex<Manner>>,
}

/// How it answers.
struct Manner {
    key: Option<VerifyingKey>,
    /// Answers what is signed badly, too.
    careless: bool,
    answer: Box<dyn Fn(&Value) -> Response + Send>,
    sender: mpsc::UnboundedSender<Value>,
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

async fn hear(State(state): State<Arc<Mutex<Manner>>>, headers: HeaderMap, body: Bytes) -> Response {
    let manner = state.lock().unwrap();
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let signature = Signature::from_slice(&bytes(&header("x-signature-ed25519"))).unwrap();
    let signed = [header("x-signature-timestamp").as_bytes(), &body].concat();
    let good = manner.key.is_some_and(|key| key.verify_strict(&signed, &signature).is_ok());
    if !good && !manner.careless {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    if good {
        manner.sender.send(body.clone()).unwrap();
    }
    (manner.answer)(&body)
}

impl Endpoint {
    async fn new(verify_key: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (sender, heard) = mpsc::unbounded_channel();
        let key = <[u8; 32]>::try_from(bytes(verify_key)).unwrap();
        let answer = Box::new(pong);
        let state = Manner { key: Some(VerifyingKey::from_bytes(&key).unwrap()), careless: false, answer, sender };
        let state = Arc::new(Mutex::new(state));
        let router = axum::Router::new().route("/", post(hear)).with_state(state.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, heard, state }
    }

    fn answers(&self, answer: impl Fn(&Value) -> Response + Send + 'static) {
        self.state.lock().unwrap().answer = Box::new(answer);
    }

    async fn hears(&mut self) -> Value {
        tokio::time::timeout(Duration::from_secs(10), self.heard.recv()).await.unwrap().unwrap()
    }
}

/// As most libraries answer.
fn pong(body: &Value) -> Response {
    if body["type"] == 0 {
        return StatusCode::NO_CONTENT.into_response();
    }
    axum::Json(json!({ "type": 1 })).into_response()
}

async fn set_up(town: &Town) -> (Client, Endpoint, String) {
    let bot = town.bot(0).await;
    let path = format!("/applications/{}", bot.id);
    let key = town.owner.get(&path).await.ok(200)["verify_key"].as_str().unwrap().to_owned();
    (bot, Endpoint::new(&key).await, path)
}

#[tokio::test]
async fn an_address_is_used_only_when_it_looks_at_signatures() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (_, endpoint, path) = set_up(&town).await;
        let set = |field: &'static str, url: String| {
            let (owner, path) = (town.owner.clone(), path.clone());
            async move { owner.patch(&path, json!({ field: url })).await }
        };
        for field in ["interactions_endpoint_url", "event_webhooks_url"] {
            let refused = |answer: guildhall_harness::Answer| {
                answer.refused(400, 50_035);
                assert!(answer.body["errors"][field]["_errors"][0]["code"].is_string(), "{}", answer.body);
            };
            endpoint.state.lock().unwrap().careless = true;
            refused(set(field, endpoint.url.clone()).await);
            endpoint.state.lock().unwrap().careless = false;
            endpoint.answers(|_| StatusCode::OK.into_response());
            refused(set(field, endpoint.url.clone()).await);
            endpoint.answers(|_| axum::Json(json!({ "type": 4 })).into_response());
            refused(set(field, endpoint.url.clone()).await);
            let key = endpoint.state.lock().unwrap().key.take();
            refused(set(field, endpoint.url.clone()).await);
            endpoint.state.lock().unwrap().key = key;
            refused(set(field, "http://127.0.0.1:1/".into()).await);
            refused(set(field, "ftp://example.org/".into()).await);
            endpoint.answers(pong);
            assert_eq!(set(field, endpoint.url.clone()).await.ok(200)[field], json!(endpoint.url));
            // The same again is not tried again.
            endpoint.state.lock().unwrap().careless = true;
            set(field, endpoint.url.clone()).await.ok(200);
            endpoint.state.lock().unwrap().careless = false;
            assert_eq!(set(field, String::new()).await.ok(200)[field], Value::Null);
        }
        let wrong = json!({ "event_webhooks_types": ["EVERYTHING"] });
        town.owner.patch(&path, wrong).await.refused(400, 50_035);
    })
    .await;
}

#[tokio::test]
async fn an_interaction_is_told_and_answered_over_http() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (bot, mut endpoint, path) = set_up(&town).await;
        let command = json!({ "name": "greet", "description": "x" });
        let command = bot.post(&format!("{path}/commands"), command).await.ok(201);
        town.owner.patch(&path, json!({ "interactions_endpoint_url": endpoint.url })).await.ok(200);
        assert_eq!(endpoint.hears().await["type"], 1);
        let (mut person, mut gateway) = (town.member.connect(0).await, bot.connect(1).await);
        let uses = |nonce: &'static str| {
            let data = json!({ "id": command["id"], "name": "greet", "type": 1 });
            let body = json!({
                "type": 2, "application_id": bot.id, "guild_id": town.guild, "channel_id": town.channel,
                "nonce": nonce, "data": data,
            });
            let member = town.member.clone();
            async move { member.post("/interactions", body).await.ok(204) }
        };
        endpoint.answers(|_| axum::Json(json!({ "type": 4, "data": { "content": "over HTTP" } })).into_response());
        uses("1").await;
        let told = endpoint.hears().await;
        assert_eq!((&told["type"], &told["data"]["name"]), (&json!(2), &json!("greet")));
        assert_eq!(told["member"]["user"]["id"], json!(town.member.id));
        let message = person.event("MESSAGE_CREATE").await;
        assert_eq!((&message["content"], &message["author"]["id"]), (&json!("over HTTP"), &json!(bot.id)));
        // The token is as good as any: the answer can be changed.
        let answer = format!("/webhooks/{}/{}/messages/@original", bot.id, told["token"].as_str().unwrap());
        town.server.client().patch(&answer, json!({ "content": "changed" })).await.ok(200);
        assert_eq!(person.event("MESSAGE_UPDATE").await["content"], "changed");
        // A file in the answer.
        endpoint.answers(|_| {
            let payload = json!({ "type": 4, "data": { "attachments": [{ "id": 0, "description": "a note" }] } });
            let body = format!(
                "--x\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{payload}\r\n--x\r\n\
                 Content-Disposition: form-data; name=\"files[0]\"; filename=\"a.txt\"\r\n\r\ntext\r\n--x--\r\n"
            );
            ([("content-type", "multipart/form-data; boundary=x")], body).into_response()
        });
        uses("2").await;
        endpoint.hears().await;
        let message = person.event("MESSAGE_CREATE").await;
        assert_eq!(message["attachments"][0]["description"], "a note");
        // Heard, and answered as a request of its own.
        endpoint.answers(|_| StatusCode::ACCEPTED.into_response());
        uses("3").await;
        let told = endpoint.hears().await;
        let callback =
            format!("/interactions/{}/{}/callback", told["id"].as_str().unwrap(), told["token"].as_str().unwrap());
        town.server.client().post(&callback, json!({ "type": 4, "data": { "content": "later" } })).await.ok(204);
        assert_eq!(person.event("MESSAGE_CREATE").await["content"], "later");
        // What does not fit is no answer, and nobody asks again.
        endpoint.answers(|_| axum::Json(json!({ "type": 7, "data": {} })).into_response());
        uses("4").await;
        endpoint.hears().await;
        assert_eq!(person.event("INTERACTION_FAILURE").await["nonce"], "4");
        endpoint.answers(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
        uses("5").await;
        endpoint.hears().await;
        assert_eq!(person.event("INTERACTION_FAILURE").await["nonce"], "5");
        assert!(endpoint.heard.try_recv().is_err(), "asked once each");
        // The gateway heard none of it, and hears again when the address is gone.
        town.owner.patch(&path, json!({ "interactions_endpoint_url": null })).await.ok(200);
        uses("6").await;
        let mut names = gateway.names_until("INTERACTION_CREATE").await;
        names.retain(|name| name == "INTERACTION_CREATE");
        assert_eq!(names.len(), 1);
    })
    .await;
}

/// Lets time pass and tells what is due.
async fn settle(town: &Town, by: u64) {
    town.server.app.clock().advance(Duration::from_secs(by));
    guildhall_api::deliver_events(&town.server.app).await.unwrap();
}

#[tokio::test]
async fn an_application_is_told_of_events_until_it_hears() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let (bot, mut endpoint, path) = set_up(&town).await;
        let wishes = json!({
            "event_webhooks_url": endpoint.url, "event_webhooks_status": 2,
            "event_webhooks_types": ["APPLICATION_AUTHORIZED", "APPLICATION_DEAUTHORIZED"],
            "redirect_uris": ["https://example.org/"],
        });
        let set = town.owner.patch(&path, wishes).await.ok(200);
        assert_eq!(
            (&set["event_webhooks_status"], &set["event_webhooks_types"][0]),
            (&json!(2), &json!("APPLICATION_AUTHORIZED"))
        );
        assert_eq!(endpoint.hears().await, json!({ "version": 1, "application_id": bot.id, "type": 0 }));
        endpoint.answers(|_| StatusCode::NO_CONTENT.into_response());
        let question = format!("/oauth2/authorize?client_id={}&response_type=code&scope=identify", bot.id);
        let let_it = || town.member.post(&question, json!({ "authorize": true }));
        let_it().await.ok(200);
        let told = endpoint.hears().await;
        assert_eq!((&told["type"], &told["event"]["type"]), (&json!(1), &json!("APPLICATION_AUTHORIZED")));
        assert_eq!(told["event"]["data"]["user"]["id"], json!(town.member.id));
        assert_eq!(told["event"]["data"]["scopes"], json!(["identify"]));
        let take_back = || async {
            let list = town.member.get("/oauth2/tokens").await.ok(200);
            town.member.delete(&format!("/oauth2/tokens/{}", list[0]["id"].as_str().unwrap())).await.ok(204);
        };
        take_back().await;
        assert_eq!(endpoint.hears().await["event"]["type"], "APPLICATION_DEAUTHORIZED");
        // Where it does not hear, it is told again, later and later.
        endpoint.answers(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
        let_it().await.ok(200);
        let first = endpoint.hears().await;
        quiet(&town).await;
        settle(&town, 1).await;
        assert!(endpoint.heard.try_recv().is_err(), "too early");
        settle(&town, 2).await;
        assert_eq!(endpoint.hears().await, first);
        endpoint.answers(|_| StatusCode::NO_CONTENT.into_response());
        settle(&town, 10).await;
        assert_eq!(endpoint.hears().await, first);
        settle(&town, 600).await;
        assert!(endpoint.heard.try_recv().is_err(), "heard is heard");
        // After five events that nobody heard it is told no more.
        endpoint.answers(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
        for _ in 0..5 {
            let_it().await.ok(200);
            quiet(&town).await;
        }
        for _ in 0..9 {
            settle(&town, 301).await;
        }
        assert_eq!(town.owner.get(&path).await.ok(200)["event_webhooks_status"], 3);
        while endpoint.heard.try_recv().is_ok() {}
        let_it().await.ok(200);
        settle(&town, 301).await;
        assert!(endpoint.heard.try_recv().is_err());
        // Switched on again it must hear.
        town.owner.patch(&path, json!({ "event_webhooks_status": 2 })).await.refused(400, 50_035);
        endpoint.answers(pong);
        assert_eq!(
            town.owner.patch(&path, json!({ "event_webhooks_status": 2 })).await.ok(200)["event_webhooks_status"],
            2
        );
    })
    .await;
}

/// Waits until what is told beside requests has been told once.
async fn quiet(town: &Town) {
    let mut told = false;
    for _ in 0..500 {
        let later = town.server.app.clock().micros() + 25_000_000;
        let due = guildhall_store::webhook_event::due(&mut town.server.app.db(), later, 50).await.unwrap();
        told = !due.is_empty() && due.iter().all(|row| row.attempts > 0);
        if told {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(told, "events wait to be told");
}
