//! The figures side by side.

use serde_json::Value;

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
    passed_through(&figures["passed_through"]);
    set_up(&figures["passed_through"]);
    transcoded(&figures["transcoded"]);
    quality(&figures["quality"]);
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
        "  {:<24}{:>9}{:>14}{:>14}{:>9}{:>11}{:>11}",
        "", "packets/s", "CPU s/million", "packets/s/core", "loss %", "p50 µs", "p99 µs"
    );
    for (key, label) in SYSTEMS {
        let system = &of["systems"][key];
        if failed(label, system) {
            continue;
        }
        for rate in system["rates"].as_array().into_iter().flatten() {
            line(label, rate, &rate["one_way_microseconds"]);
        }
        let back = &system["round_trip"];
        line(&format!("{label}, and back"), back, &back["microseconds"]);
    }
}

fn line(label: &str, rate: &Value, times: &Value) {
    println!(
        "  {label:<24}{:>9}{:>14}{:>14}{:>9}{:>11}{:>11}",
        rate["packets_per_second"],
        rate["cpu_seconds_per_million"],
        rate["packets_per_second_and_core"],
        rate["loss_percent"],
        times["p50"],
        times["p99"],
    );
}

fn set_up(of: &Value) {
    println!("\nCalls set up, with ICE and DTLS");
    println!(
        "  {:<24}{:>9}{:>14}{:>14}{:>20}",
        "", "calls/s", "CPU ms a call", "calls/s/core", "memory bytes a call"
    );
    for (key, label) in SYSTEMS {
        let system = &of["systems"][key];
        if failed(label, system) {
            continue;
        }
        let set_up = &system["set_up"];
        let each = set_up["cpu_milliseconds_each"].as_f64().unwrap_or(f64::NAN);
        println!(
            "  {label:<24}{:>9}{:>14}{:>14.0}{:>20}",
            set_up["calls_per_second"],
            set_up["cpu_milliseconds_each"],
            1000.0 / each,
            system["bytes_a_call"],
        );
    }
}

fn transcoded(of: &Value) {
    println!(
        "\nTranscoded shares at {} pictures/s{:>22}{:>12}{:>12}{:>8}",
        of["pictures_per_second"], "CPU % a share", "shares/core", "ffmpeg %", "ratio"
    );
    for chain in of["chains"].as_array().into_iter().flatten() {
        let name = text(&chain["chain"]);
        if failed(name, &chain["gateway"]) {
            continue;
        }
        println!(
            "  {name:<44}{:>11}{:>12}{:>12}{:>8}",
            chain["gateway"]["cpu_percent_of_core"],
            chain["gateway"]["shares_per_core"],
            chain["ffmpeg"]["cpu_percent_of_core"],
            chain["ratio"],
        );
        failed("ffmpeg", &chain["ffmpeg"]);
    }
    println!("  (the aim is a ratio of at most 1.1)");
}

fn quality(of: &Value) {
    println!("\nQuality");
    if failed("quality", of) {
        return;
    }
    for pair in of["pairs"].as_array().into_iter().flatten() {
        println!("  {pair}");
    }
}

/// Prints why a row has no figures.
fn failed(label: &str, of: &Value) -> bool {
    let error = of["error"].as_str();
    if let Some(error) = error {
        println!("  {label:<24}failed: {error}");
    }
    error.is_some()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}
