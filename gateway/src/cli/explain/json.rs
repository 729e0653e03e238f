//! What `--json` prints. The keys are promised in the help.

use serde_json::{Value, json};
use sip::message::{Message, NameAddr, Params, Via};

use super::{Refusal, typed};

pub fn accepted(message: &Message) -> String {
    let headers = message.headers();
    let contact = match headers.contact.is_star() {
        true => json!("*"),
        false => headers.contact.list().iter().map(contact).collect(),
    };
    let mut object = json!({
        "accepted": true,
        "from": address(&headers.from),
        "to": address(&headers.to),
        "call_id": headers.call_id.as_str(),
        "cseq": { "number": headers.cseq.number, "method": headers.cseq.method.as_str() },
        "max_forwards": headers.max_forwards,
        "expires": headers.expires,
        "via": headers.via.iter().map(via).collect::<Value>(),
        "contact": contact,
        "route": headers.route.iter().map(address).collect::<Value>(),
        "record_route": headers.record_route.iter().map(address).collect::<Value>(),
        "typed": typed::found(headers).map(extension).collect::<Value>(),
        "other": headers.other.iter().filter(|header| !typed::is_known(&header.name)).map(|header| {
            json!({ "name": header.name.as_str(), "value": header.value.to_str_lossy() })
        }).collect::<Value>(),
        "body": {
            "bytes": message.body().len(),
            "type": headers.content_type.as_ref().map(ToString::to_string),
        },
    });
    let start = match message {
        Message::Request(request) => json!({
            "kind": "request",
            "method": request.method.as_str(),
            "uri": request.uri.to_string(),
        }),
        Message::Response(response) => json!({
            "kind": "response",
            "status": response.status.code(),
            "reason": response.reason.as_str(),
        }),
    };
    if let (Some(object), Value::Object(start)) = (object.as_object_mut(), start) {
        object.extend(start);
    }
    printed(&object)
}

pub fn refused(refusal: &Refusal) -> String {
    let reply = refusal.reply.as_ref();
    printed(&json!({
        "accepted": false,
        "error": refusal.error.to_string(),
        "status": reply.map(|reply| reply.status.code()),
        "reason": reply.map(|reply| reply.reason.as_str()),
        "hint": refusal.hint,
    }))
}

fn printed(value: &Value) -> String {
    format!("{value:#}\n")
}

fn address(address: &NameAddr) -> Value {
    json!({
        "display": address.display.as_deref(),
        "uri": address.uri.to_string(),
        "params": params(&address.params),
    })
}

fn contact(contact: &NameAddr) -> Value {
    let mut object = address(contact);
    object["features"] = match contact.features() {
        Ok(features) => features
            .iter()
            .map(|feature| feature.tag.as_str())
            .collect(),
        Err(error) => json!({ "error": error.to_string() }),
    };
    object
}

fn via(via: &Via) -> Value {
    json!({
        "transport": via.transport.to_string(),
        "host": via.sent_by.host.to_string(),
        "port": via.sent_by.port,
        "branch": via.branch(),
        "received": via.received().map(|host| host.to_string()),
        "rport": match via.rport() {
            Some(port) => json!(port),
            None if via.params.has("rport") => json!(true),
            None => Value::Null,
        },
        "params": params(&via.params),
    })
}

fn params(params: &Params) -> Value {
    params
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

fn extension(typed: typed::Typed) -> Value {
    match typed.value {
        Ok(value) => json!({ "name": typed.name, "value": value }),
        Err(error) => json!({ "name": typed.name, "error": error.to_string() }),
    }
}
