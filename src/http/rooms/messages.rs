//! `POST /v1/rooms/{id}/messages`: what the host says to a room.
//!
//! A notice goes to all who follow the room, in its stream; what the host shows changes what a leave says, and is told, too.

use actix_web::{HttpResponse, web};
use engine::RecordBody;
use engine::rooms::RoomTold;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{find, named, store, told};
use crate::event_log::Draft;
use crate::http::Shared;
use crate::http::body::JsonBody;
use crate::http::error::{ApiError, FieldError, Problem};
use crate::http::fields::{Fields, wrong_type};
use crate::http::items::Written;

const KNOWN: [&str; 4] = ["kind", "text", "data", "item_id"];
const KINDS: [&str; 2] = ["notice", "showing"];
const TEXT_BYTES: usize = 4_096;
/// The most bytes of a notice's data: every one of them goes to every viewer.
const DATA_BYTES: usize = 16 * 1_024;

/// What the host says.
#[derive(ToSchema)]
#[schema(example = json!({"kind": "notice", "text": "Two for one until nine", "data": {"coupon": "NINE"}}))]
#[allow(dead_code, reason = "describes the body, which is read field by field")]
pub struct MessageBody {
    /// `notice`, unless said: `text` and `data` for all. `showing`: the host shows `item_id` now, or nothing.
    pub kind: Option<String>,
    /// At most 4,096 bytes.
    pub text: Option<String>,
    /// Whatever a page makes of it, at most 16 KiB.
    #[schema(value_type = Option<Object>)]
    pub data: Option<Value>,
    /// The item on show; null for none.
    pub item_id: Option<String>,
}

/// Say something to a room.
///
/// It is durable and has its place in the room's stream before it is sent, so that whoever comes back does not miss it.
#[utoipa::path(
    post, path = "/v1/rooms/{id}/messages", operation_id = "say_to_room", tag = "rooms",
    params(("id" = String, Path, description = "The room")),
    request_body = MessageBody,
    responses(
        (status = 200, description = "Durable and published", body = Written),
        (status = 202, description = "Durable, not published yet", body = Written),
        (status = 404, description = "No such room", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    shared: web::Data<Shared>,
    path: web::Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let room = named(path)?;
    let message = read(&body.0).map_err(ApiError::Invalid)?;
    find(&shared.node, &room, |_| ()).await?;
    let at = shared.node.now();
    let draft = match message {
        Message::Notice(data) => {
            Draft::Ready(RecordBody::RoomPublished { room: room.into(), data, at })
        }
        Message::Showing(item) => {
            told(&room, RoomTold::Showing { item: None }, item.into_iter().collect(), at)
        }
    };
    store(&shared, vec![draft]).await
}

/// A message that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Message {
    /// The object that goes out.
    Notice(Box<str>),
    Showing(Option<Box<str>>),
}

fn read(body: &Value) -> Result<Message, Vec<FieldError>> {
    let mut fields = Fields::open(body, "", &KNOWN)?;
    let kind = fields.word("kind", &KINDS).unwrap_or(0);
    let text = fields.text("text", TEXT_BYTES);
    let data = data(&mut fields);
    let item = fields.id("item_id").map(Box::from);
    let foreign: &[&str] = if kind == 0 { &["item_id"] } else { &["text", "data"] };
    for name in foreign {
        if fields.value(name).is_none() {
            continue;
        }
        let detail = format!("does not belong to `{}`", KINDS[kind]);
        fields.refuse(name, "conflicting_fields", detail);
    }
    if kind == 0 && fields.value("text").is_none() && fields.value("data").is_none() {
        fields.refuse("text", "missing_field", "a notice needs `text` or `data`");
    }
    fields.finish()?;
    if kind == 1 {
        return Ok(Message::Showing(item));
    }
    let mut out = Map::new();
    out.extend(text.map(|text| ("text".to_owned(), Value::from(text))));
    out.extend(data.map(|data| ("data".to_owned(), data.clone())));
    Ok(Message::Notice(Value::Object(out).to_string().into()))
}

fn data<'v>(fields: &mut Fields<'v>) -> Option<&'v Value> {
    let data = fields.value("data")?;
    if !data.is_object() {
        fields.note(vec![wrong_type(fields.at("data"), "an object", data)]);
        return None;
    }
    let bytes = data.to_string().len();
    if DATA_BYTES < bytes {
        let detail = format!("must have at most {DATA_BYTES} bytes, not {bytes}");
        fields.refuse("data", "too_long", detail);
        return None;
    }
    Some(data)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_notice_is_text_and_data_and_showing_names_an_item_or_none() {
        let notice = read(&json!({"text": "hi", "data": {"a": 1}})).unwrap();
        assert_eq!(notice, Message::Notice(r#"{"data":{"a":1},"text":"hi"}"#.into()));
        let showing = |body: Value| read(&body).unwrap();
        let item = Some("i7".into());
        assert_eq!(showing(json!({"kind": "showing", "item_id": "i7"})), Message::Showing(item));
        assert_eq!(showing(json!({"kind": "showing", "item_id": null})), Message::Showing(None));
    }

    #[test]
    fn what_does_not_belong_together_is_refused_with_its_place() {
        for (body, pointer) in [
            (json!({}), "/text"),
            (json!({"kind": "notice", "item_id": "i7", "text": "x"}), "/item_id"),
            (json!({"kind": "showing", "text": "x"}), "/text"),
            (json!({"data": [1]}), "/data"),
            (json!({"data": {"a": "x".repeat(20_000)}}), "/data"),
            (json!({"kind": "shout", "text": "x"}), "/kind"),
        ] {
            let errors = read(&body).unwrap_err();
            assert!(errors.iter().any(|error| error.pointer == pointer), "{body}: {errors:?}");
        }
    }
}
