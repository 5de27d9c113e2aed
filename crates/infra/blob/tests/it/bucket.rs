//! The same over S3: a small one, in this process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use guildhall_blob::{Blob, ByteRange, Config, Error, ImageKind, Location, Preview, S3};
use http::{Method, StatusCode};
use tempfile::TempDir;

use crate::fixture;
use crate::support::{CHANNEL, FILE, LIMIT, body, pieces, put};

#[derive(Default)]
struct Inner {
    objects: BTreeMap<String, Bytes>,
    /// Multipart uploads that are neither completed nor aborted.
    uploads: BTreeMap<String, BTreeMap<u32, Bytes>>,
    count: u32,
    /// Multipart uploads so far.
    begun: u32,
    /// The part that is refused.
    refuses_part: Option<u32>,
    /// Whether everything is refused.
    refuses: bool,
}

/// Objects in memory, behind S3's protocol.
#[derive(Clone, Default)]
struct Bucket(Arc<Mutex<Inner>>);

impl Bucket {
    fn inner<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    fn keys(&self) -> Vec<String> {
        self.inner(|inner| inner.objects.keys().cloned().collect())
    }

    /// Serves it, and opens a store over it.
    async fn open(&self) -> Opened {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).layer(DefaultBodyLimit::disable()).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let scratch = TempDir::new().unwrap();
        let s3 = S3 {
            bucket: "files".into(),
            endpoint: format!("http://{address}"),
            region: String::new(),
            key: "key".into(),
            secret: "secret".into(),
            allow_http: true,
            prefix: "town/one".into(),
            scratch: Some(scratch.path().into()),
        };
        let config =
            Config { location: Location::S3(s3), secret: [7; 32], max_attachment_bytes: LIMIT, cache_bytes: 1 << 20 };
        assert!(!format!("{config:?}").contains("secret\""));
        Opened { blob: Blob::open(config).await.unwrap(), scratch }
    }
}

struct Opened {
    blob: Blob,
    scratch: TempDir,
}

impl Opened {
    fn scratch(&self) -> usize {
        std::fs::read_dir(self.scratch.path()).unwrap().count()
    }
}

async fn answer(State(bucket): State<Bucket>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let authorized = parts
        .headers
        .get("authorization")
        .is_some_and(|value| value.to_str().unwrap().starts_with("AWS4-HMAC-SHA256 Credential=key/"));
    if !authorized || bucket.inner(|inner| inner.refuses) {
        return xml(StatusCode::FORBIDDEN, "<Error><Code>AccessDenied</Code></Error>");
    }
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let Some(key) = parts.uri.path().strip_prefix("/files").map(|key| key.trim_start_matches('/').to_owned()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let query: BTreeMap<String, String> = parts
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| {
            (name.into(), percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned())
        })
        .collect();
    bucket.inner(|inner| {
        act(inner, &parts.method, &key, &query, parts.headers.get("range").map(|range| range.to_str().unwrap()), body)
    })
}

fn act(
    inner: &mut Inner,
    method: &Method,
    key: &str,
    query: &BTreeMap<String, String>,
    range: Option<&str>,
    body: Bytes,
) -> Response {
    let upload = query.get("uploadId").cloned();
    match *method {
        Method::POST if query.contains_key("uploads") => {
            inner.count += 1;
            inner.begun += 1;
            let id = format!("u{}", inner.count);
            inner.uploads.insert(id.clone(), BTreeMap::new());
            xml(
                StatusCode::OK,
                &format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"),
            )
        }
        Method::PUT if upload.is_some() => {
            let number: u32 = query["partNumber"].parse().unwrap();
            if inner.refuses_part == Some(number) {
                return xml(StatusCode::BAD_REQUEST, "<Error><Code>NoSpace</Code></Error>");
            }
            inner.uploads.get_mut(&upload.unwrap()).unwrap().insert(number, body);
            ([("etag", format!("\"p{number}\""))], "").into_response()
        }
        Method::POST if upload.is_some() => {
            let parts = inner.uploads.remove(&upload.unwrap()).unwrap();
            inner.objects.insert(key.into(), parts.into_values().collect::<Vec<_>>().concat().into());
            xml(StatusCode::OK, "<CompleteMultipartUploadResult><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>")
        }
        Method::DELETE if upload.is_some() => {
            inner.uploads.remove(&upload.unwrap());
            StatusCode::NO_CONTENT.into_response()
        }
        Method::POST if query.contains_key("delete") => {
            let text = String::from_utf8(body.to_vec()).unwrap();
            let mut deleted = String::new();
            for key in text.split("<Key>").skip(1).map(|rest| rest.split("</Key>").next().unwrap()) {
                inner.objects.remove(key);
                deleted.push_str(&format!("<Deleted><Key>{key}</Key></Deleted>"));
            }
            xml(StatusCode::OK, &format!("<DeleteResult>{deleted}</DeleteResult>"))
        }
        Method::GET if query.contains_key("list-type") => {
            let prefix = query.get("prefix").cloned().unwrap_or_default();
            let found = inner.objects.iter().filter(|(key, _)| key.starts_with(&prefix)).map(|(key, bytes)| {
                format!(
                    "<Contents><Key>{key}</Key><Size>{}</Size><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>\"e\"</ETag></Contents>",
                    bytes.len()
                )
            });
            let found: String = found.collect();
            xml(StatusCode::OK, &format!("<ListBucketResult>{found}</ListBucketResult>"))
        }
        Method::PUT => {
            inner.objects.insert(key.into(), body);
            ([("etag", "\"whole\"")], "").into_response()
        }
        Method::DELETE => {
            inner.objects.remove(key);
            StatusCode::NO_CONTENT.into_response()
        }
        Method::GET | Method::HEAD => {
            let Some(bytes) = inner.objects.get(key).cloned() else {
                return xml(StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>");
            };
            let total = bytes.len();
            let response = Response::builder()
                .header("etag", "\"whole\"")
                .header("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT");
            let Some(range) = range else {
                let response = response.header("content-length", total);
                return response.body(if method == Method::HEAD { Body::empty() } else { Body::from(bytes) }).unwrap();
            };
            let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
            let first: usize = first.parse().unwrap();
            let last = last.parse::<usize>().unwrap().min(total - 1);
            response
                .status(StatusCode::PARTIAL_CONTENT)
                .header("content-range", format!("bytes {first}-{last}/{total}"))
                .body(Body::from(bytes.slice(first..=last)))
                .unwrap()
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

fn xml(status: StatusCode, text: &str) -> Response {
    (status, [("content-type", "application/xml")], text.to_owned()).into_response()
}

#[tokio::test]
async fn files_go_into_a_bucket_and_come_back() {
    let bucket = Bucket::default();
    let town = bucket.open().await;
    town.blob.ping().await.unwrap();
    let sent = fixture::png(300, 200);
    let stored = put(&town.blob, "a.png", sent.clone()).await.unwrap();
    assert_eq!((stored.width, stored.height), (Some(300), Some(200)));
    assert!(stored.placeholder.is_some());
    assert_eq!(bucket.keys(), [format!("town/one/{}", stored.key)]);
    let served = town.blob.attachment(CHANNEL, FILE, "a.png", None, None).await.unwrap();
    assert_eq!(served.content_type, "image/png");
    assert_eq!(body(served).await, sent);
    let range = ByteRange::parse("bytes=-7");
    let served = town.blob.attachment(CHANNEL, FILE, "a.png", range, None).await.unwrap();
    assert_eq!(body(served).await, sent[sent.len() - 7..]);
    let preview = Preview { width: Some(30), ..Preview::default() };
    let served = town.blob.attachment(CHANNEL, FILE, "a.png", None, Some(preview)).await.unwrap();
    assert_eq!(image::load_from_memory(&body(served).await).unwrap().height(), 21);
    town.blob.delete_attachment(CHANNEL, FILE, "a.png").await.unwrap();
    assert!(bucket.keys().is_empty());
    let served = town.blob.attachment(CHANNEL, FILE, "a.png", None, None).await;
    assert!(matches!(served, Err(Error::NotFound)), "{served:?}");
    assert_eq!(town.scratch(), 0);
}

#[tokio::test]
async fn a_large_file_goes_in_parts() {
    let bucket = Bucket::default();
    let town = bucket.open().await;
    let sent: Bytes = (0..5_000_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>().into();
    put(&town.blob, "large.bin", sent.clone()).await.unwrap();
    assert_eq!(bucket.inner(|inner| (inner.begun, inner.uploads.len())), (1, 0));
    let served = town.blob.attachment(CHANNEL, FILE, "large.bin", None, None).await.unwrap();
    assert!(body(served).await == sent);
    assert_eq!(town.scratch(), 0);
}

#[tokio::test]
async fn what_fails_leaves_nothing_in_the_bucket() {
    let bucket = Bucket::default();
    let town = bucket.open().await;
    let large = Bytes::from(vec![1; 20_000_000]);
    let broken = stream::iter([Ok(large.clone()), Err("connection reset")]);
    let failed = town.blob.put_attachment(CHANNEL, FILE, "a.bin", None, broken, LIMIT).await;
    assert!(matches!(failed, Err(Error::Interrupted(_))), "{failed:?}");
    let failed = town.blob.put_attachment(CHANNEL, FILE, "a.bin", None, pieces(large.clone()), 19_999_999).await;
    assert!(matches!(failed, Err(Error::TooLarge)), "{failed:?}");
    assert_eq!(bucket.inner(|inner| inner.begun), 0, "nothing is sent that is not complete");

    for (begun, part) in [(1, 1), (2, 2), (3, 3)] {
        bucket.inner(|inner| inner.refuses_part = Some(part));
        let failed = put(&town.blob, "a.bin", large.clone()).await;
        assert!(matches!(failed, Err(Error::Storage(_))), "{failed:?}");
        assert_eq!(bucket.inner(|inner| (inner.begun, inner.uploads.len())), (begun, 0), "the upload is aborted");
    }
    assert!(bucket.keys().is_empty());
    assert_eq!(town.scratch(), 0);

    bucket.inner(|inner| inner.refuses = true);
    assert!(matches!(town.blob.ping().await, Err(Error::Storage(_))));
    let Err(Error::Storage(why)) = put(&town.blob, "a.txt", "hello").await else { panic!("it is kept") };
    assert!(why.contains("403"), "what the bucket says is passed on: {why}");
    assert_eq!(town.scratch(), 0);
}

#[tokio::test]
async fn images_and_channels_are_deleted_from_the_bucket() {
    let bucket = Bucket::default();
    let town = bucket.open().await;
    let hash = town.blob.put_image(ImageKind::Avatar, 1, fixture::gif(40, 20, 2)).await.unwrap();
    let served = town.blob.image(ImageKind::Avatar, 1, &hash, Some("gif"), Some(16), false).await.unwrap();
    assert_eq!(image::load_from_memory(&body(served).await).unwrap().width(), 16);
    for file in 0..3 {
        for channel in [10, 100] {
            town.blob.put_attachment(channel, file, "a.txt", None, pieces("hello".into()), LIMIT).await.unwrap();
        }
    }
    // Of channel 10, and not of channel 100.
    assert_eq!(town.blob.delete_channel(10).await.unwrap(), 3);
    assert_eq!(bucket.keys().len(), 4);
    town.blob.delete_image(ImageKind::Avatar, 1, &hash).await.unwrap();
    assert_eq!(bucket.keys().len(), 3);
    let served = town.blob.image(ImageKind::Avatar, 1, &hash, Some("gif"), Some(16), false).await;
    assert!(matches!(served, Err(Error::NotFound)), "{served:?}");
}
