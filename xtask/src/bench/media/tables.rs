//! The figures side by side.

use serde_json::Value;

use super::glass;

const SYSTEMS: [(&str, &str); 3] = [
    ("sidecam", "Sidecam"),
    ("rtpengine", "rtpengine, user space"),
    ("janus", "Janus, SIP plugin"),
];

pub fn print(figures: &Value) {
    let machine = &figures["machine"];
    println!(
        "\n{} × {}, Linux {}, load {} before; rtpengine {}, Janus {}, ffmpeg {}",
        machine["cores"],
        text(&machine["processor"]),
        text(&machine["kernel"]),
        text(&machine["load_before"]),
        text(&machine["rtpengine"]),
        text(&machine["janus"]),
        text(&machine["ffmpeg"]),
    );
    type Print = fn(&Value);
    let parts: [(&str, Print); 5] = [
        ("passed_through", passed_through),
        ("passed_through", set_up),
        ("transcoded", transcoded),
        ("glass_to_glass", glass::print),
        ("quality", quality),
    ];
    for (name, print) in parts {
        if let Some(of) = figures.get(name) {
            print(of);
        }
    }
}

fn passed_through(of: &Value) {
    println!(
        "\nSRTP to RTP, H.264 in packets of {} bytes, {} calls, {} s a rate, one core each ({})",
        of["payload_bytes"],
        of["calls"],
        of["seconds_a_rate"],
        text(&of["srtp"])
    );
    println!(
        "  {:<33}{:>10}{:>15}{:>16}{:>8}{:>10}{:>10}",
        "", "packets/s", "CPU s/million", "packets/s/core", "loss %", "p50 µs", "p99 µs"
    );
    for (label, system) in systems(of) {
        for rate in system["rates"].as_array().into_iter().flatten() {
            line(label, rate, &rate["one_way_microseconds"]);
        }
        let back = &system["round_trip"];
        line(&format!("{label}, and back"), back, &back["microseconds"]);
    }
}

fn line(label: &str, rate: &Value, times: &Value) {
    println!(
        "  {label:<33}{:>10}{:>15}{:>16}{:>8}{:>10}{:>10}",
        shown(&rate["packets_per_second"]),
        shown(&rate["cpu_seconds_per_million"]),
        shown(&rate["packets_per_second_and_core"]),
        shown(&rate["loss_percent"]),
        shown(&times["p50"]),
        shown(&times["p99"]),
    );
}

fn set_up(of: &Value) {
    println!(
        "\nCalls set up, with signalling, ICE and DTLS; first picture: from the browser to the plain peer"
    );
    println!(
        "  {:<24}{:>9}{:>15}{:>14}{:>18}{:>14}{:>26}",
        "",
        "calls/s",
        "CPU ms a call",
        "calls/s/core",
        "handshakes/s/core",
        "bytes a call",
        "first picture ms p50 p95"
    );
    for (label, system) in systems(of) {
        let set_up = &system["set_up"];
        let each = set_up["cpu_milliseconds_each"].as_f64().unwrap_or(f64::NAN);
        println!(
            "  {label:<24}{:>9}{:>15}{:>14.0}{:>18}{:>14}{:>26}",
            shown(&set_up["calls_per_second"]),
            shown(&set_up["cpu_milliseconds_each"]),
            1000.0 / each,
            shown(&system["handshakes"]["a_second_and_core"]),
            shown(&system["bytes_a_call"]),
            milliseconds(&system["alone"]["first_picture_microseconds"]),
        );
    }
    println!("{}", held_to(of));
}

/// The aims of what is passed through, and whether they are met.
fn held_to(of: &Value) -> String {
    let last = |system: &str| {
        let rates = of["systems"][system]["rates"].as_array()?;
        rates.last()?["cpu_seconds_per_million"].as_f64()
    };
    let ahead = ["rtpengine", "janus"].map(|other| match (last("sidecam"), last(other)) {
        (Some(ours), Some(theirs)) => format!("{:.2} times {other}'s", ours / theirs),
        _ => format!("{other} was not measured"),
    });
    let bytes = &of["systems"]["sidecam"]["bytes_a_call"];
    format!(
        "  (the aims are less CPU a packet than both others, at the highest rate: {}; and under {AIM_BYTES_A_CALL} bytes a\n   \
         call passed through: {}. A handshake is DTLS with ICE, without the signalling)",
        ahead.join(", "),
        shown(bytes),
    )
}

/// Of a call that is passed through.
const AIM_BYTES_A_CALL: u64 = 1_000_000;

/// The columns of transcoded shares, and where in a chain's figures each is.
const OF_TRANSCODED: [(&str, &str); 10] = [
    ("gateway", "/gateway/cpu_percent_of_core"),
    ("shares/core", "/gateway/shares_per_core"),
    ("ffmpeg", "/ffmpeg_paced/cpu_percent_of_core"),
    ("ratio", "/ratio_paced"),
    ("with RTP", "/ffmpeg_live/cpu_percent_of_core"),
    ("ratio", "/ratio_live"),
    ("one hot", "/ffmpeg/cpu_percent_of_core"),
    ("ratio", "/ratio"),
    ("codecs", "/bare_chain/cpu_against_ffmpeg"),
    ("bytes a call", "/gateway/bytes_a_call"),
];

fn transcoded(of: &Value) {
    println!(
        "\nTranscoded shares at {} pictures/s, {} at once: CPU % of a core each. ffmpeg: as many processes at a camera's pace, from\n\
         file to nowhere; with RTP: the same in the gateway's place, SRTP on one side; one hot: a single process as fast as it\n\
         goes; ratio: the gateway's over each; codecs: ours alone over ffmpeg's, both as fast as they go",
        of["pictures_per_second"], of["shares"],
    );
    print!("  {:<28}", "");
    for (name, _) in OF_TRANSCODED {
        print!("{name:>14}");
    }
    println!("{:>16}{:>16}", "first ms 50 95", "delay ms 50 95");
    for chain in of["chains"].as_array().into_iter().flatten() {
        let name = text(&chain["chain"]);
        if failed(name, &chain["gateway"]) {
            continue;
        }
        print!("  {name:<28}");
        for (_, at) in OF_TRANSCODED {
            print!("{:>14}", shown(chain.pointer(at).unwrap_or(&Value::Null)));
        }
        let alone = &chain["gateway"]["alone"];
        println!(
            "{:>16}{:>16}",
            milliseconds(&alone["first_picture_microseconds"]),
            milliseconds(&alone["picture_delay_microseconds"]),
        );
        for (label, key) in [
            ("ffmpeg", "ffmpeg_paced"),
            ("ffmpeg with RTP", "ffmpeg_live"),
            ("ffmpeg, one hot", "ffmpeg"),
            ("the codecs alone", "bare_chain"),
        ] {
            failed(label, &chain[key]);
        }
    }
    println!("  (the aim is a ratio of at most 1.1, and a first picture within 500 ms)");
}

fn quality(of: &Value) {
    println!("\nQuality: what is left of QCIF at 15 pictures/s");
    if failed("quality", of) {
        return;
    }
    println!(
        "  {:<10}{:<10}{:<10}{:>8}{:>10}{:>8}{:>9}{:>12}",
        "clip", "from", "to", "kbit/s", "PSNR dB", "least", "pict./s", "got kbit/s"
    );
    for pair in of["pairs"].as_array().into_iter().flatten() {
        let kilobits = |key: &str| pair[key].as_f64().unwrap_or(f64::NAN) / 1000.0;
        println!(
            "  {:<10}{:<10}{:<10}{:>8.0}{:>10}{:>8}{:>9}{:>12.1}",
            text(&pair["clip"]),
            text(&pair["from"]),
            text(&pair["to"]),
            kilobits("target_bits_per_second"),
            shown(&pair["psnr_db"]),
            shown(&pair["least_psnr_db"]),
            shown(&pair["frames_per_second"]),
            kilobits("bits_per_second"),
        );
    }
}

/// Those that were measured; the others say why not.
fn systems(of: &Value) -> impl Iterator<Item = (&'static str, &Value)> {
    SYSTEMS.into_iter().filter_map(|(key, label)| {
        let system = &of["systems"][key];
        (!failed(label, system)).then_some((label, system))
    })
}

/// Prints why a row has no figures.
pub fn failed(label: &str, of: &Value) -> bool {
    let error = of["error"].as_str();
    if let Some(error) = error {
        println!("  {label:<33}failed: {error}");
    }
    error.is_some()
}

/// As text, so that columns hold; a dash for what was not measured.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        value => value.to_string(),
    }
}

/// p50 and p95 of microseconds.
pub fn milliseconds(times: &Value) -> String {
    let of = |key: &str| match times[key].as_f64() {
        Some(microseconds) => format!("{:.1}", microseconds / 1000.0),
        None => "-".to_owned(),
    };
    format!("{} {}", of("p50"), of("p95"))
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn system(cpu: f64) -> Value {
        json!({
            "bytes_a_call": 148_684,
            "rates": [{ "cpu_seconds_per_million": 99.0 }, { "cpu_seconds_per_million": cpu }],
        })
    }

    #[test]
    fn aims_stand_beside_what_was_measured_at_the_highest_rate() {
        let of = json!({ "systems": {
            "sidecam": system(15.0), "rtpengine": system(20.0), "janus": { "error": "no" },
        } });
        let said = held_to(&of);
        for words in [
            "0.75 times rtpengine's",
            "janus was not measured",
            "through: 148684.",
        ] {
            assert!(said.contains(words), "{said}");
        }
    }
}
