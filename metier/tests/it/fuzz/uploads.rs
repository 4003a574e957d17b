//! Files of items: cut off, deep, of no text, with numbers that nobody has, in forms that are none.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::json;

use super::{
    requests::{Body, Request},
    values::json,
};

/// What numbers can look like.
const NUMBERS: &[&str] = &[
    "1e400",
    "-1e400",
    "1e-400",
    "00",
    "-",
    "+1",
    ".5",
    "1.",
    "NaN",
    "Infinity",
    "0x10",
    "1_000",
    "99999999999999999999999999999999999999",
];
/// Bytes that are no text.
const NO_TEXT: &[&[u8]] =
    &[b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xef\xbb\xbf", b"\x00"];
const BOUNDARY: &str = "fuzz-boundary";

pub fn request() -> BoxedStrategy<Request> {
    prop_oneof![3 => plain(), 2 => form()].boxed()
}

/// The file as the body.
fn plain() -> BoxedStrategy<Request> {
    let kinds = select(
        &[
            "application/json",
            "application/json; charset=utf-16",
            "APPLICATION/JSON",
            "text/plain",
            "*/*",
            "",
            "multipart/form-data",
            "application/octet-stream",
        ][..],
    );
    let kind = prop_oneof![4 => Just("application/json"), 1 => kinds];
    (kind, file(), "[a-zA-Z0-9%/._ -]{0,40}")
        .prop_map(|(kind, bytes, name)| {
            let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
            Request::post(format!("/api/v1/uploads?name={name}"), Body { kind: kind.into(), bytes })
        })
        .boxed()
}

/// The file in a form, or something like one.
fn form() -> BoxedStrategy<Request> {
    let doors = select(&["/api/v1/uploads", "/jobs/uploads/file", "/jobs/uploads/upload"][..]);
    let headers = select(
        &[
            "Content-Disposition: form-data; name=\"file\"; filename=\"a.json\"\r\nContent-Type: application/json",
            "Content-Disposition: form-data; name=\"file\"; filename=\"../../a\u{0}.json\"",
            "Content-Disposition: form-data; name=\"other\"",
            "Content-Disposition: attachment",
            "",
            "no header at all",
            "Content-Disposition: form-data; name=\"file\"; filename=\"\"",
        ][..],
    );
    let boundaries =
        select(&["; boundary=fuzz-boundary", "; boundary=", "", "; boundary=other", "; boundary=\"\""][..]);
    let boundary = prop_oneof![6 => Just("; boundary=fuzz-boundary"), 1 => boundaries];
    (doors, boundary, vec((headers, file()), 0..3), 0_usize..3, any::<prop::sample::Index>())
        .prop_map(|(door, boundary, parts, cut, at)| {
            let mut bytes = Vec::new();
            for (header, file) in parts {
                bytes.extend(format!("--{BOUNDARY}\r\n{header}\r\n\r\n").into_bytes());
                bytes.extend(file);
                bytes.extend(b"\r\n");
            }
            bytes.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
            if cut == 0 {
                bytes.truncate(at.index(bytes.len()));
            }
            Request::post(door, Body { kind: format!("multipart/form-data{boundary}"), bytes })
        })
        .boxed()
}

/// A file of items, or nearly one.
fn file() -> BoxedStrategy<Vec<u8>> {
    let right = (0_usize..40).prop_map(|count| {
        let items: Vec<_> = (0..count).map(|n| json!({ "name": format!("p{n}"), "price": n })).collect();
        json!(items).to_string().into_bytes()
    });
    let any_json = json().prop_map(|value| value.to_string().into_bytes());
    let whole = prop_oneof![3 => right, 2 => any_json, 1 => wild()].boxed();
    let edit = prop_oneof![
        3 => Just(None),
        1 => Just(Some(Vec::new())),
        1 => select(NO_TEXT).prop_map(|bytes| Some(bytes.to_vec())),
        1 => select(NUMBERS).prop_map(|number| Some(number.as_bytes().to_vec())),
        1 => "[\\[\\]{},:\"\\\\ ]{1,6}".prop_map(|text| Some(text.into_bytes())),
    ];
    (whole, edit, any::<prop::sample::Index>())
        .prop_map(|(mut bytes, edit, at)| {
            let at = at.index(bytes.len() + 1);
            match edit {
                None => {}
                // Cut off.
                Some(inserted) if inserted.is_empty() => bytes.truncate(at),
                Some(inserted) => drop(bytes.splice(at..at, inserted)),
            }
            bytes
        })
        .boxed()
}

/// What nobody would write.
fn wild() -> BoxedStrategy<Vec<u8>> {
    prop_oneof![
        (1_usize..200_000).prop_map(|depth| "[".repeat(depth).into_bytes()),
        (1_usize..40_000).prop_map(|depth| "{\"a\":".repeat(depth).into_bytes()),
        (1_usize..100_000).prop_map(|digits| format!("[{}]", "9".repeat(digits)).into_bytes()),
        (1_usize..100_000).prop_map(|length| format!("[\"{}\"]", "\\u0000".repeat(length)).into_bytes()),
        (1_usize..50_000).prop_map(|count| format!("[{}1]", "1,".repeat(count)).into_bytes()),
        (1_usize..20_000).prop_map(|count| format!("{{{}\"a\":1}}", "\"a\":1,".repeat(count)).into_bytes()),
        (1_usize..300_000).prop_map(|count| " ".repeat(count).into_bytes()),
        vec(any::<u8>(), 0..2_000),
    ]
    .boxed()
}
