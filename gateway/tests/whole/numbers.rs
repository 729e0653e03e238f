//! Numbers that only the DNS has (RFC 6116), asked of a real BIND over real sockets.

use tokio::net::UdpSocket;

use crate::support::bind::Bind;
use crate::support::calls::{acknowledged, answer, expect, invite};
use crate::support::{DOMAIN, PASSWORD, Peer, Running, UdpPeer, header, proved};

/// Nina calls a number; her final answer, or the INVITE that one of the others got.
struct Scene {
    gateway: Running,
    bind: Bind,
    nina: UdpPeer,
    otto: UdpPeer,
    /// Somebody of another domain.
    far: UdpPeer,
    serial: u32,
}

impl Scene {
    async fn start() -> Scene {
        // Not an address of the gateway's: whoever is there is somebody else.
        let far = UdpSocket::bind("127.0.0.2:0").await.unwrap();
        let there = far.local_addr().unwrap();
        let records = format!(
            "8.4.1.0 NAPTR 100 50 \"u\" \"E2U+sip\" \"!^(\\\\+442079460148)$!sip:otto@{DOMAIN};user=phone!\" .\n\
             9.4.1.0 NAPTR 100 50 \"u\" \"E2U+sip\" \"!^\\\\+44(.*)$!sip:\\\\1@{there}!\" .\n\
             0.5.1.0 NAPTR 100 50 \"u\" \"E2U+sip\" \"!^(.*)$!sip:\\\\1@{DOMAIN};user=phone!\" .\n\
             1.5.1.0 NAPTR 100 50 \"\" \"\" \"\" all\n\
             all NAPTR 100 50 \"u\" \"E2U+sip\" \"!^.*$!sip:otto@{DOMAIN}!\" .\n\
             2.5.1.0 NAPTR 100 50 \"\" \"\" \"\" 2.5.1.0\n"
        );
        let folder = std::env::temp_dir().join(format!("sidecam-numbers-{}", there.port()));
        let bind = Bind::start(&folder, &records);
        let lines = format!(
            "[resolver]\nservers = [\"{}\"]\n[enum]\nsuffixes = [\"e164.arpa\"]\ndomains = [\"127.0.0.2\"]\n",
            bind.address
        );
        let gateway = Running::start_with(&lines).await;
        // The zone is read.
        let _ = std::fs::remove_dir_all(folder);
        far.connect(gateway.addresses.udp).await.unwrap();
        let (mut nina, mut otto) = (gateway.udp().await, gateway.udp().await);
        nina.register("nina", PASSWORD, "").await;
        otto.register("otto", PASSWORD, "").await;
        Scene {
            gateway,
            bind,
            nina,
            otto,
            far: UdpPeer { socket: far },
            serial: 0,
        }
    }

    async fn call(&mut self, number: &str) {
        self.serial += 1;
        let nina = &mut self.nina;
        let first = invite(nina, number, self.serial);
        nina.send(&first).await;
        let challenge = expect(nina, "SIP/2.0 407 ").await;
        nina.send(&acknowledged(&first, &challenge)).await;
        nina.send(&proved(&first, &challenge, "nina")).await;
    }

    /// The called one is busy, and nina hears so.
    async fn is_taken(&mut self, rung: String, by: fn(&mut Scene) -> &mut UdpPeer) {
        let busy = answer(&rung, "486 Busy Here", "", "");
        by(self).send(&busy).await;
        self.is_refused("SIP/2.0 486 ").await;
    }

    /// Answers to earlier calls come again as long as nobody acknowledges them.
    async fn is_refused(&mut self, beginning: &str) {
        let call = format!("invite-{}-", self.serial);
        loop {
            let answer = expect(&mut self.nina, "SIP/2.0 ").await;
            if header(&answer, "Call-ID").is_some_and(|id| id.starts_with(&call))
                && !answer.starts_with("SIP/2.0 1")
            {
                return assert!(answer.starts_with(beginning), "{answer}");
            }
        }
    }

    async fn counted(&self) -> [u64; 4] {
        let counted = async |name| self.gateway.counter(name).await;
        [
            counted("enum_asked").await,
            counted("enum_found").await,
            counted("enum_none").await,
            counted("enum_failed").await,
        ]
    }
}

/// R7.3, R7.4: the number leads to our user; a second call within the time to live asks nobody.
#[tokio::test]
async fn a_number_that_only_the_dns_has_rings_and_is_remembered() {
    let mut scene = Scene::start().await;
    for asked_by_then in [1, 1] {
        scene.call("+442079460148").await;
        let rung = expect(&mut scene.otto, "INVITE ").await;
        assert!(rung.starts_with("INVITE sip:otto@127.0.0.1:"), "{rung}");
        scene.is_taken(rung, |scene| &mut scene.otto).await;
        assert_eq!(scene.bind.asked(), asked_by_then);
    }
    assert_eq!(scene.counted().await, [2, 2, 0, 0]);
    // One record leads to the other.
    scene.call("+442079460151").await;
    let rung = expect(&mut scene.otto, "INVITE ").await;
    scene.is_taken(rung, |scene| &mut scene.otto).await;
    scene.gateway.stop().await;
}

/// R7.2, R7.3: another network's address for the number is called directly where that is allowed.
#[tokio::test]
async fn a_number_of_another_network_is_called_there() {
    let mut scene = Scene::start().await;
    scene.call("+442079460149").await;
    let rung = expect(&mut scene.far, "INVITE ").await;
    assert!(
        rung.starts_with("INVITE sip:2079460149@127.0.0.2:"),
        "{rung}"
    );
    scene.is_taken(rung, |scene| &mut scene.far).await;
    scene.gateway.stop().await;
}

/// R7.4, R7.7: no such name, an address that leads to the number again, a name that leads to itself, and
/// nobody who answers.
#[tokio::test]
async fn a_number_that_leads_nowhere_is_404() {
    let mut scene = Scene::start().await;
    for number in ["+442079460999", "+442079460150", "+442079460152"] {
        scene.call(number).await;
        scene.is_refused("SIP/2.0 404 ").await;
    }
    assert_eq!(scene.counted().await, [3, 1, 2, 0]);
    scene.bind.stop();
    scene.call("+442079460153").await;
    scene.is_refused("SIP/2.0 404 ").await;
    assert_eq!(scene.counted().await, [4, 1, 2, 1]);
    scene.gateway.stop().await;
}
