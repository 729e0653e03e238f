//! RFC 7616, RFC 8760, RFC 2617: proofs with known answers, and what a server makes of them.

use sip::digest::{
    Algorithm, Authorization, Challenge, Challenger, Credentials, DigestClient, DigestError,
    DigestServer, Ha1, QopOffer, Refusal, Secret,
};
use sip::id::IdSource;
use sip::message::{Method, Request, Response, Status};
use sip::time::{Duration, Instant};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn register() -> Request {
    let alice = || "<sip:alice@example.com>".parse().expect("an address");
    Request::new(
        Method::Register,
        "sip:example.com".parse().expect("a URI"),
        alice(),
        alice(),
        "1".parse().expect("a Call-ID"),
        1,
    )
}

fn refused(request: &Request, challenges: &[Challenge], challenger: Challenger) -> Response {
    let mut response = Response::to(request, challenger.status());
    for challenge in challenges {
        response.headers.other.push(challenge.header(challenger));
    }
    response
}

fn authorization(request: &Request) -> Authorization {
    let mut all = Authorization::all(&request.headers, Challenger::User);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// A server and a client who agree or don't about the password.
struct Pair {
    server: DigestServer,
    client: DigestClient,
    credentials: Credentials,
    ids: IdSource,
    request: Request,
    ha1: Ha1,
    now: Instant,
}

impl Pair {
    fn new(password: &str) -> Pair {
        let now = Instant::now();
        Pair {
            server: DigestServer::new("example.com", [7; 32], now),
            client: DigestClient::new(),
            credentials: Credentials::new("alice", password),
            ids: IdSource::new([8; 32]),
            request: register(),
            ha1: Ha1::of("alice", "example.com", "right"),
            now,
        }
    }

    fn ask(&mut self, challenges: &[Challenge]) -> Result<(), Refusal> {
        let response = refused(&self.request, challenges, Challenger::User);
        self.client
            .challenged(&self.request, &response, &mut self.ids)
    }

    /// The client's next request, and what the server says to it.
    fn send(&mut self) -> Result<(), DigestError> {
        self.client.authorize(&mut self.request, &self.credentials);
        self.receive()
    }

    /// What the server says to the same request once more.
    fn receive(&mut self) -> Result<(), DigestError> {
        self.server
            .verify(
                &authorization(&self.request),
                &Method::Register,
                &self.ha1,
                self.now,
            )
            .map(|verified| assert_eq!(verified.username, "alice"))
    }
}

#[test]
fn rfc_7616_3_9_1_and_rfc_2617_3_5_proofs_are_believed() {
    let get = "GET".parse().expect("a method");
    for (realm, password, header) in [
        (
            "http-auth@example.org",
            "Circle of Life",
            r#"Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="8ca523f5e9506fed4657c9700eebdbec", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#,
        ),
        (
            "http-auth@example.org",
            "Circle of Life",
            r#"Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#,
        ),
        (
            "testrealm@host.com",
            "Circle Of Life",
            r#"Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41""#,
        ),
        (
            // The same without qop.
            "testrealm@host.com",
            "Circle Of Life",
            r#"Digest username="Mufasa",realm="testrealm@host.com",nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",uri="/dir/index.html",response="670FD8C2df070c60b045671b8b24ff02""#,
        ),
    ] {
        let proof: Authorization = header.parse().expect(header);
        let again: Authorization = proof.to_string().parse().expect("our own writing");
        assert!(again == proof);
        let now = Instant::now();
        let mut server = DigestServer::new(realm, [1; 32], now);
        // The nonce is not one of ours; only a right proof gets as far as that being said.
        let ha1 = Ha1::of("Mufasa", realm, password);
        assert_eq!(
            server.verify(&proof, &get, &ha1, now),
            Err(DigestError::Stale),
            "{header}"
        );
        let wrong = Ha1::of("Mufasa", realm, "another");
        assert_eq!(
            server.verify(&proof, &get, &wrong, now),
            Err(DigestError::Wrong)
        );
    }
}

#[test]
fn a_client_answers_the_first_challenge_it_understands() {
    let md5 = r#"Digest realm="r", nonce="n1", algorithm=MD5, qop="auth,auth-int""#;
    let sha256 = r#"Digest realm="r",nonce="n2",algorithm=sha-256,qop="auth""#;
    for (challenges, expected) in [
        (vec![sha256, md5], Some((Algorithm::Sha256, "n2"))),
        (vec![md5, sha256], Some((Algorithm::Md5, "n1"))),
        (
            vec![
                r#"Bearer realm="r""#,
                r#"Digest realm="r", nonce="n0", algorithm=SHA-512-256, qop="auth""#,
                r#"Digest realm="r", nonce="n0", algorithm=MD5-sess, qop="auth""#,
                r#"Digest realm="r", nonce="n0", qop="auth-int""#,
                r#"Digest realm="r""#,
                md5,
            ],
            Some((Algorithm::Md5, "n1")),
        ),
        (vec![r#"Bearer realm="r""#], None),
        (vec![], None),
    ] {
        let mut request = register();
        let mut response = Response::to(&request, Status::UNAUTHORIZED);
        for challenge in &challenges {
            response.headers.push("WWW-Authenticate", *challenge);
        }
        let mut client = DigestClient::new();
        let taken = client.challenged(&request, &response, &mut IdSource::new([1; 32]));
        assert_eq!(taken.is_ok(), expected.is_some(), "{challenges:?}");
        client.authorize(&mut request, &Credentials::new("alice", "right"));
        let answered = Authorization::all(&request.headers, Challenger::User)
            .first()
            .map(|answer| (answer.algorithm, answer.nonce.to_string()));
        assert_eq!(
            answered,
            expected.map(|(algorithm, nonce)| (algorithm, nonce.to_owned()))
        );
    }
}

#[test]
fn a_server_without_qop_gets_a_proof_without_a_count() {
    let challenge: Challenge = r#"Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="o,\"p""#
        .parse()
        .expect("a challenge");
    assert_eq!(challenge.qop, QopOffer::None);
    let mut request = register();
    let mut client = DigestClient::new();
    client
        .challenged(
            &request,
            &refused(&request, &[challenge], Challenger::User),
            &mut IdSource::new([1; 32]),
        )
        .expect("taken");
    client.authorize(&mut request, &Credentials::new("alice", "right"));
    let answer = authorization(&request);
    assert_eq!(answer.counted, None);
    assert_eq!(answer.opaque.as_deref(), Some(r#"o,"p"#));
}

#[test]
fn one_challenge_serves_many_requests_and_the_count_rises() {
    let mut pair = Pair::new("right");
    let challenges = pair.server.challenge(pair.now);
    assert_eq!(challenges[0].algorithm, Algorithm::Sha256);
    assert_eq!(challenges[1].algorithm, Algorithm::Md5);
    assert_eq!(pair.ask(&challenges), Ok(()));
    for count in 1..=3 {
        assert_eq!(pair.send(), Ok(()));
        let counted = authorization(&pair.request).counted.expect("a count");
        assert_eq!(counted.nc, count);
    }
    assert_eq!(pair.receive(), Err(DigestError::Replay));
    assert_eq!(pair.send(), Ok(()));
}

#[test]
fn a_wrong_password_is_wrong_and_asked_for_again_only_once() {
    let mut pair = Pair::new("wrong");
    let challenges = pair.server.challenge(pair.now);
    assert_eq!(pair.ask(&challenges), Ok(()));
    assert_eq!(pair.send(), Err(DigestError::Wrong));
    let challenges = pair.server.challenge(pair.now);
    assert_eq!(pair.ask(&challenges), Err(Refusal::WrongCredentials));
}

#[test]
fn an_old_nonce_is_stale_and_the_client_goes_on_by_itself() {
    let mut pair = Pair::new("right");
    let challenges = pair.server.challenge(pair.now);
    assert_eq!(pair.ask(&challenges), Ok(()));
    assert_eq!(pair.send(), Ok(()));
    pair.now += Duration::from_secs(3601);
    assert_eq!(pair.send(), Err(DigestError::Stale));
    let challenges = pair.server.stale_challenge(pair.now);
    assert!(challenges[0].to_string().contains("stale=true"));
    assert_eq!(pair.ask(&challenges), Ok(()));
    assert_eq!(pair.send(), Ok(()));
}

#[test]
fn a_server_that_started_anew_asks_again_and_never_says_wrong() {
    let mut pair = Pair::new("right");
    let challenges = pair.server.challenge(pair.now);
    assert_eq!(pair.ask(&challenges), Ok(()));
    assert_eq!(pair.send(), Ok(()));
    pair.server = DigestServer::new("example.com", [9; 32], pair.now);
    assert_eq!(pair.send(), Err(DigestError::Stale));
    // Servers that do not know of stale just ask again: a nonce that served before may be tried.
    let challenges = pair.server.challenge(pair.now);
    assert_eq!(pair.ask(&challenges), Ok(()));
    assert_eq!(pair.send(), Ok(()));
}

#[test]
fn a_forged_or_changed_proof_is_not_believed() {
    let mut pair = Pair::new("right");
    let challenges = pair.server.challenge(pair.now);
    assert_eq!(pair.ask(&challenges), Ok(()));
    pair.client.authorize(&mut pair.request, &pair.credentials);
    let good = authorization(&pair.request);
    let verdict = |pair: &mut Pair, proof: &Authorization, method: Method| {
        pair.server
            .verify(proof, &method, &pair.ha1, pair.now)
            .map(|_| ())
    };
    let mut other_realm = good.clone();
    other_realm.realm = "other".into();
    let mut other_count = good.clone();
    other_count.counted.as_mut().expect("a count").nc = 2;
    let mut other_uri = good.clone();
    other_uri.uri = "sip:elsewhere".into();
    let mut short = good.clone();
    short.response = good.response[..10].into();
    let mut uncounted = good.clone();
    uncounted.counted = None;
    for (proof, method, expected) in [
        (&other_realm, Method::Register, DigestError::Realm),
        (&other_count, Method::Register, DigestError::Wrong),
        (&other_uri, Method::Register, DigestError::Wrong),
        (&short, Method::Register, DigestError::Wrong),
        (&uncounted, Method::Register, DigestError::Wrong),
        (&good, Method::Invite, DigestError::Wrong),
    ] {
        assert_eq!(verdict(&mut pair, proof, method), Err(expected));
    }
    let decoy = pair.server.decoy();
    assert_eq!(
        pair.server
            .verify(&good, &Method::Register, &decoy, pair.now),
        Err(DigestError::Wrong)
    );
    assert_eq!(verdict(&mut pair, &good, Method::Register), Ok(()));
}

#[test]
fn what_is_stored_of_a_password_signs_in_to_its_realm_only() {
    let ha1 = Ha1::of("alice", "example.com", "right");
    let stored = Ha1::from_hex(ha1.md5(), ha1.sha256()).expect("hexadecimal");
    assert!(stored == ha1);
    assert!(Ha1::from_hex("", "").is_none());
    assert!(Ha1::from_hex(&ha1.md5().to_uppercase(), ha1.sha256()).is_none());
    let mut pair = Pair::new("");
    pair.credentials.secret = Secret::Ha1 {
        realm: "example.com".into(),
        ha1,
    };
    let challenges = pair.server.challenge(pair.now);
    assert_eq!(pair.ask(&challenges), Ok(()));
    assert_eq!(pair.send(), Ok(()));
    let proxy: Challenge = r#"Digest realm="elsewhere", nonce="n", qop="auth""#
        .parse()
        .expect("a challenge");
    let response = refused(&pair.request, &[proxy], Challenger::Proxy);
    pair.client
        .challenged(&pair.request, &response, &mut pair.ids)
        .expect("taken");
    assert_eq!(pair.send(), Ok(()));
    assert!(!pair.request.headers.has("Proxy-Authorization"));
}

#[test]
fn a_server_and_a_proxy_are_answered_side_by_side() {
    let mut pair = Pair::new("right");
    let challenges = pair.server.challenge(pair.now);
    assert_eq!(pair.ask(&challenges), Ok(()));
    let proxy: Challenge = r#"Digest realm="proxy", nonce="n", qop="auth""#
        .parse()
        .expect("a challenge");
    let response = refused(&pair.request, &[proxy], Challenger::Proxy);
    pair.client
        .challenged(&pair.request, &response, &mut pair.ids)
        .expect("taken");
    assert_eq!(pair.send(), Ok(()));
    assert_eq!(pair.send(), Ok(()));
    assert_eq!(pair.request.headers.get_all("Authorization").count(), 1);
    assert_eq!(
        pair.request.headers.get_all("Proxy-Authorization").count(),
        1
    );
}

#[test]
fn nothing_secret_is_printed() {
    let mut pair = Pair::new("hunter2");
    let challenges = pair.server.challenge(pair.now);
    assert_eq!(pair.ask(&challenges), Ok(()));
    pair.client.authorize(&mut pair.request, &pair.credentials);
    let proof = authorization(&pair.request);
    let printed = format!(
        "{:?} {:?} {:?} {:?} {:?} {proof:?}",
        pair.credentials, pair.credentials.secret, pair.ha1, pair.client, pair.server
    );
    for secret in [
        "hunter2",
        pair.ha1.md5(),
        pair.ha1.sha256(),
        &proof.response,
    ] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
