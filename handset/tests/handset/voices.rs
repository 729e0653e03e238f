//! Two handsets hear each other beside the pictures, in each codec.

use serde_json::json;

use crate::support::{Running, options};

async fn hear_each_other(codec: &str) {
    let phone = |tone| {
        Running::start(options(&[
            "--profile",
            "ims-terminal",
            "--audio-codec",
            codec,
            "--tone",
            tone,
        ]))
    };
    let (called, calling) = (phone("500").await, phone("700").await);
    let to = format!("sip:{}", called.ready.sip);
    calling.post("/api/share", &json!({ "to": to })).await;
    for (who, hertz) in [(&called, 700.0), (&calling, 500.0)] {
        let status = who
            .until("the other's tone", |status| {
                let heard = status["audio"]["hertz"].as_f64().unwrap_or_default();
                (heard - hertz).abs() < 5.0 && status["audio"]["rms"].as_f64() > Some(3000.0)
            })
            .await;
        assert_eq!(status["audio"]["codec"], codec, "{status:#}");
    }
    called.stop().await;
    calling.stop().await;
}

#[tokio::test]
async fn amr() {
    hear_each_other("AMR").await;
}

#[tokio::test]
async fn amr_wb() {
    hear_each_other("AMR-WB").await;
}

#[tokio::test]
async fn pcma() {
    hear_each_other("PCMA").await;
}
