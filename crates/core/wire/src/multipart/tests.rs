#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

/// Parts with their contents, however the body is cut.
fn read(body: &[u8], size: usize) -> Result<Vec<(Head, Vec<u8>)>, Violation> {
    let mut decoder = Decoder::new("multipart/form-data; boundary=b").unwrap();
    let (mut parts, mut open) = (Vec::new(), None);
    for piece in body.chunks(size.max(1)) {
        decoder.feed(piece);
        while let Some(event) = decoder.next()? {
            match event {
                Event::Part(head) => open = Some((head, Vec::new())),
                Event::Content(bytes) => open.as_mut().unwrap().1.extend_from_slice(&bytes),
                Event::End => parts.push(open.take().unwrap()),
            }
        }
        // What was read is not kept.
        assert!(decoder.buffer.len() <= HEAD_BYTES + size + 4);
    }
    decoder.finish().map(|()| parts)
}

fn part(disposition: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

fn head(disposition: &str) -> (String, Option<String>) {
    let parts = read(&[part(disposition, b"x"), b"--b--".to_vec()].concat(), 1000).unwrap();
    (parts[0].0.name.clone(), parts[0].0.filename.clone())
}

#[test]
fn heads_as_libraries_write_them() {
    let check = |disposition: &str, name: &str, filename: Option<&str>| {
        assert_eq!(head(disposition), (name.to_owned(), filename.map(str::to_owned)), "{disposition}");
    };
    check("name=\"payload_json\"", "payload_json", None);
    check("name=payload_json", "payload_json", None);
    check("name=\"files[0]\"; filename=\"a b;c.txt\"", "files[0]", Some("a b;c.txt"));
    check("filename=\"a\\\"b.txt\"; name=\"f\"", "f", Some("a\"b.txt"));
    check("name=\"f\"; filename=\"C:\\x.txt\"", "f", Some("C:\\x.txt"));
    check("name=\"f\"; filename=\"größe.txt\"", "f", Some("größe.txt"));
    check("name=\"f\"; filename*=utf-8''gr%C3%B6%C3%9Fe.txt", "f", Some("größe.txt"));
    check("name=\"f\"; filename*=UTF-8'en'a.txt; filename=\"b.txt\"", "f", Some("a.txt"));
    check("name=\"f\"; filename=\"\"", "f", Some(""));
}

#[test]
fn bodies_that_break_the_rules() {
    let end = b"--b--\r\n".to_vec();
    let check = |body: Vec<u8>, problem: Violation| {
        for size in [1, 7, 100_000] {
            assert_eq!(read(&body, size), Err(problem), "in pieces of {size}");
        }
    };
    check(Vec::new(), Violation::Malformed);
    check(b"--b".to_vec(), Violation::Malformed);
    check(b"--bx\r\n".to_vec(), Violation::Malformed);
    check(part("name=\"a\"", b"x"), Violation::Malformed);
    check([part("filename=\"a\"", b"x"), end.clone()].concat(), Violation::Malformed);
    check(b"--b\r\n\r\nx\r\n--b--".to_vec(), Violation::Malformed);
    check(b"--b\r\nno colon\r\n\r\nx\r\n--b--".to_vec(), Violation::Malformed);
    check(part("name=\"a", b"x"), Violation::Malformed);
    check([part(&format!("name=\"{}\"", "n".repeat(HEAD_BYTES)), b"x"), end.clone()].concat(), Violation::HeadTooLarge);
    check([b"--b\r\n".to_vec(), vec![b'h'; 3 * HEAD_BYTES]].concat(), Violation::HeadTooLarge);
    check([part("name=\"a\"", b"x").repeat(PARTS + 1), end].concat(), Violation::TooManyParts);
    for kind in ["text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=b"] {
        assert!(Decoder::new(kind).is_none(), "{kind}");
    }
    assert!(Decoder::new("Multipart/Form-Data; charset=utf-8; boundary=\"b\"").is_some());
}

proptest! {
    #[test]
    fn parts_survive_any_cut(
        contents in prop::collection::vec(prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'-'), Just(b'x')], 0..40), 0..5),
        size in 1_usize..64,
        padding in "[ \t]{0,3}",
    ) {
        let mut body = b"preamble\r\n".to_vec();
        for (number, content) in contents.iter().enumerate() {
            let disposition = format!("name=\"{number}\"");
            let part = part(&disposition, content);
            body.extend_from_slice(b"--b");
            body.extend_from_slice(padding.as_bytes());
            body.extend_from_slice(&part[3..]);
        }
        body.extend_from_slice(b"--b--\r\nepilogue");
        let parts = read(&body, size).unwrap();
        let read: Vec<_> = parts.into_iter().map(|(_, content)| content).collect();
        prop_assert_eq!(read, contents);
    }

    #[test]
    fn arbitrary_bytes_never_panic_and_the_cut_does_not_matter(
        pieces in prop::collection::vec(
            prop_oneof![
                Just(b"--b".to_vec()), Just(b"\r\n".to_vec()), Just(b"--".to_vec()), Just(b"\r\n\r\n".to_vec()),
                Just(b"Content-Disposition: form-data; name=\"a\"".to_vec()), Just(b"; filename*=utf-8''%ff".to_vec()),
                prop::collection::vec(any::<u8>(), 0..20),
            ],
            0..30,
        ),
        size in 1_usize..64,
    ) {
        let body = pieces.concat();
        prop_assert_eq!(read(&body, size), read(&body, body.len()));
    }
}
