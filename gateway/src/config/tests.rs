use super::*;

fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    match Config::read(Some((Path::new("sidecam.toml"), text)), environment) {
        Ok(config) => Ok(config),
        Err(ConfigError::Wrong(problems)) => Err(problems.iter().map(Problem::to_string).collect()),
        Err(ConfigError::Unreadable { .. }) => unreachable!("nothing is read from disk"),
    }
}

#[test]
fn an_empty_file_gives_the_defaults_and_these_are_on_loopback() {
    let config = read("", &[]).unwrap();
    assert!(config.http.listen.ip().is_loopback());
    assert!(config.sip.udp.ip().is_loopback());
    assert!(config.media.address.is_loopback());
    assert_eq!(
        config.media.rtp_ports,
        PortRange {
            first: 30000,
            last: 39999
        }
    );
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = "[http]\nlisten = \"127.0.0.1:1\"\n";
    let config = read(
        file,
        &[
            ("SIDECAM__HTTP__LISTEN", "127.0.0.1:2"),
            ("SIDECAM__MEDIA__WORKERS", "3"),
            ("PATH", "/"),
        ],
    );
    let config = config.unwrap();
    assert_eq!(config.http.listen.port(), 2);
    assert_eq!(config.media.workers, 3);
}

/// Where, which key, and a word of the advice.
type Expected = (&'static str, &'static str, &'static str);
const ERRORS: &[(&str, &[Expected])] = &[
    (
        "[http]\n\nlisen = \"127.0.0.1:1\"\n",
        &[("sidecam.toml:3", "http.lisen", "did you mean \"listen\"?")],
    ),
    (
        "[htpp]\nlisten = \"127.0.0.1:1\"\n",
        &[("sidecam.toml:1", "[htpp]", "did you mean \"http\"?")],
    ),
    (
        "[sip]\nbanana = 1\n",
        &[(
            "sidecam.toml:2",
            "sip.banana",
            "use one of: address, connections, connections_per_address",
        )],
    ),
    (
        "[http]\nlisten = 8080\n",
        &[("sidecam.toml:2", "http.listen", "an address with a port")],
    ),
    (
        "[http]\nlisten = \"localhost\"\n",
        &[("sidecam.toml:2", "http.listen", "an address with a port")],
    ),
    (
        "[home]\nmin_expires = 60\n",
        &[(
            "sidecam.toml:2",
            "home.min_expires",
            "a duration with its unit",
        )],
    ),
    (
        "[media]\nlatching = \"always\"\n",
        &[("sidecam.toml:2", "media.latching", "first-source")],
    ),
    (
        "[media]\nlatching = \"first-source\"\nlatch_networks = [\"10.0.0.0/40\"]\n",
        &[("sidecam.toml:3", "media.latch_networks", "a list")],
    ),
    (
        "[media]\nlatch_networks = [\"10.0.0.0/8\"]\n",
        &[("sidecam.toml:2", "media.latch_networks", "first-source")],
    ),
    (
        "[media]\nrtp_ports = \"40000-30000\"\n",
        &[("sidecam.toml:2", "media.rtp_ports", "30000-39999")],
    ),
    (
        "[http]\nallowed_origins = [\"*\"]\n",
        &[("sidecam.toml:2", "http.allowed_origins", "a list")],
    ),
    (
        "listen = 1\n",
        &[("sidecam.toml:1", "listen", "below its section")],
    ),
    ("[http\n", &[("sidecam.toml:1", "", "correct the line")]),
    (
        "[http]\nlisten = \"0.0.0.0:8080\"\n",
        &[("sidecam.toml:2", "http.listen", "behind_tls_proxy")],
    ),
    (
        "[media]\naddress = \"0.0.0.0\"\n",
        &[("sidecam.toml:2", "media.address", "reach this machine")],
    ),
    (
        "[sip]\nudp = \"0.0.0.0:5060\"\n",
        &[("default", "sip.address", "handsets reach")],
    ),
    (
        "[http]\ntls = \"127.0.0.1:8443\"\n[tls]\nkey = \"k.pem\"\n",
        &[
            ("sidecam.toml:2", "http.tls", "tls.certificate"),
            ("sidecam.toml:4", "tls.key", "tls.certificate"),
        ],
    ),
    (
        "[sip]\ntls = \"127.0.0.1:5061\"\nconnections = 0\n",
        &[
            ("sidecam.toml:2", "sip.tls", "tls.certificate and tls.key"),
            ("sidecam.toml:3", "sip.connections", "from 1 to 1000000"),
        ],
    ),
    (
        "[tls]\ncertifcate = \"c.pem\"\n",
        &[("sidecam.toml:2", "tls.certifcate", "certificate")],
    ),
    (
        "[resolver]\nservers = [\"192.0.2.53\"]\n",
        &[("sidecam.toml:2", "resolver.servers", "a list")],
    ),
    (
        "[home]\nmax_expires = \"999h\"\n",
        &[("sidecam.toml:2", "home.max_expires", "168h")],
    ),
    (
        "[home]\ncountry_code = 44\n",
        &[("sidecam.toml:2", "home.country_code", "digits in quotation")],
    ),
    (
        "[home]\ncountry_code = \"044\"\ninternational_prefix = \"00\"\n",
        &[("sidecam.toml:2", "home.country_code", "without + and zeros")],
    ),
    (
        "[home]\ncountry_code = \"44\"\n",
        &[("default", "home.international_prefix", "nearly everywhere")],
    ),
    (
        "[home]\ntrunk_prefix = \"0\"\n",
        &[("sidecam.toml:2", "home.trunk_prefix", "country_code beside")],
    ),
    (
        "[home]\ncountry_code = \"44\"\ntrunk_prefix = \"00\"\ninternational_prefix = \"00\"\n",
        &[("sidecam.toml:3", "home.trunk_prefix", "leave it out")],
    ),
    (
        "[enum]\nsuffixes = [\"e164 arpa\"]\n",
        &[("sidecam.toml:2", "enum.suffixes", "a list")],
    ),
    (
        "[enum]\ndomains = [\"example.net\"]\n",
        &[("sidecam.toml:2", "enum.domains", "e164.arpa")],
    ),
    (
        "[store]\nurl = \"postgres://x\"\n",
        &[("sidecam.toml:2", "store.url", "sqlite:PATH")],
    ),
    (
        "[http]\nlisten = 1\n[log]\nform = \"xml\"\n",
        &[
            ("sidecam.toml:2", "http.listen", "address"),
            ("sidecam.toml:4", "log.form", "json"),
        ],
    ),
];

#[test]
fn every_error_names_its_line_its_key_and_the_next_step() {
    for (file, expected) in ERRORS {
        let problems = read(file, &[]).expect_err(file);
        assert_eq!(problems.len(), expected.len(), "{file}: {problems:?}");
        for (problem, (place, key, advice)) in problems.iter().zip(*expected) {
            assert!(
                problem.starts_with(place),
                "{problem} should begin with {place}"
            );
            assert!(problem.contains(key), "{problem} should name {key}");
            let step = problem.split_once("next step: ").map(|(_, step)| step);
            assert!(
                step.is_some_and(|step| step.contains(advice)),
                "{problem} should advise {advice}"
            );
        }
    }
}

#[test]
fn a_wrong_variable_is_named_as_such() {
    let cases = [
        ("SIDECAM__HTTP__LISTEN", "here", "http.listen"),
        ("SIDECAM__HTTP__LISEN", "127.0.0.1:1", "http.lisen"),
        ("SIDECAM__NOTHING__AT", "1", "[nothing]"),
        ("SIDECAM__HTTP", "1", "names no key"),
    ];
    for (name, value, key) in cases {
        let problems = read("", &[(name, value)]).expect_err(name);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].starts_with(&format!("environment variable {name}")),
            "{}",
            problems[0]
        );
        assert!(problems[0].contains(key), "{}", problems[0]);
    }
}
