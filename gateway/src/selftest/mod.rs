//! Does it work? A real call through WebSocket, DTLS, transcoder and UDP: a stand-in for a browser shares
//! its camera with a handset of our own and watches what that shares back. Says in a sentence what broke.

mod camera;
mod handset;
mod line;
mod page;
mod report;
mod there;
mod web;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde::Deserialize;
use sip::digest::Ha1;
use sip::message::Uri;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};

pub use page::User;
pub use report::{Broke, Report, Step, What};

use crate::Gateway;
use crate::config::{Config, Teller, WithoutCall};
use crate::store::{Sqlite, Subscriber};
use handset::{Handset, Watched};
use line::Line;
use page::News;
use report::{Trouble, ms};
use str0m::media::Direction;
use there::{Desk, There};
use web::{Connection, Web};

/// What is tested.
pub enum Subject {
    /// A gateway of that configuration, started for the test alone: on loopback, on free ports, with a
    /// store in memory.
    Own(Box<Config>),
    Running(Running),
    /// The same with the handset that the gateway has itself: only the way of a page is tested.
    There(Running),
}

/// A gateway that runs, and a user of it with no device but ours.
#[derive(Debug, Clone)]
pub struct Running {
    /// `ws://host:port/ws`
    pub url: String,
    /// Where it speaks SIP over UDP; the host of the URL and port 5060 where nothing is said.
    pub sip: Option<SocketAddr>,
    pub name: String,
    pub password: String,
}

/// Each step has this long: many times what it takes on a machine that has time for calls.
const STEP: Duration = Duration::from_secs(8);

/// So many right pictures are no luck.
const RIGHT_PICTURES: u64 = 20;

/// Below this a person sees the damage: pictures of that size and rate have some 30.
const LIKENESS_DB: f64 = 22.0;

/// Tests; `tell` hears of each step as it is done.
pub async fn run(subject: Subject, tell: impl FnMut(&Step)) -> Report {
    let begun = Instant::now();
    let mut course = Course {
        at: What::Gateway,
        since: begun,
        steps: Vec::new(),
        tell,
    };
    let outcome = course.run(subject).await;
    let broke = outcome.err().map(|trouble| Broke {
        step: course.at,
        sentence: trouble.to_string(),
        next_step: trouble.next_step().to_owned(),
    });
    Report {
        ok: broke.is_none(),
        ms: ms(begun.elapsed()),
        steps: course.steps,
        broke,
    }
}

/// Where everything is.
struct Place {
    http: SocketAddr,
    url: String,
    sip: SocketAddr,
    user: User,
    /// The gateway's own handset is called.
    there: bool,
}

/// How far the test has come.
struct Course<T> {
    at: What,
    since: Instant,
    steps: Vec<Step>,
    tell: T,
}

impl<T: FnMut(&Step)> Course<T> {
    async fn run(&mut self, subject: Subject) -> Result<(), Trouble> {
        let (place, gateway) = match subject {
            Subject::Own(config) => {
                let (place, gateway) = own(*config).await.map_err(Trouble::NotStarted)?;
                (place, Some(gateway))
            }
            Subject::Running(running) => (found(running, false).await?, None),
            Subject::There(running) => (found(running, true).await?, None),
        };
        self.done(None, What::Door);
        let outcome = self.with_gateway(place).await;
        if let Some(gateway) = gateway
            && let Err(error) = gateway.stop().await
        {
            tracing::warn!(%error, "the gateway did not end well");
        }
        outcome
    }

    async fn with_gateway(&mut self, place: Place) -> Result<(), Trouble> {
        let Place {
            http,
            url,
            sip,
            user,
            there,
        } = place;
        let line = Line::connect(http, &url, user.clone()).await;
        let mut line = line.map_err(Trouble::NoDoor)?;
        self.done(None, What::SignIn);
        line.page.sign_in(Instant::now());
        let signed_in = line.until(STEP, |news, _| match news {
            Some(News::SignedIn(known, token)) => Some(Ok((known.clone(), token.clone()))),
            Some(News::NotSignedIn(Some(status))) => Some(Err(Trouble::NotLetIn(*status))),
            Some(News::NotSignedIn(None)) => Some(Err(Trouble::SilentRegistrar)),
            Some(_) | None => None,
        });
        let (known, token) = signed_in.await?.unwrap_or(Err(Trouble::SilentRegistrar))?;
        if there {
            let token = token.unwrap_or_default();
            let authority = authority_of(&url).to_owned();
            let desk = Desk {
                http,
                authority,
                token,
            };
            return self.with_theirs(&mut line, desk).await;
        }
        // By number where there is one, as people call.
        let whom = known.iter().find(|uri| uri.as_tel().is_some());
        let by_name = Uri::sip(&user.name, user.domain.clone());
        let whom = whom.cloned().unwrap_or(by_name);
        self.done(Some(whom.to_string()), What::Handset);
        let handset = Handset::start(&user, sip, STEP).await;
        let handset = handset.map_err(Trouble::HandsetBroken)?;
        let handset = handset.ok_or(Trouble::NoHandset(sip))?;
        self.done(None, What::Call);
        let outcome = self.calls(&mut line, &handset, whom).await;
        line.page.hang_up(Instant::now());
        line.page.sign_out(Instant::now());
        // What is still to be said is sent; nobody waits for the answers.
        let _ = line.until(Duration::ZERO, |_, _| None::<()>).await;
        handset.stop().await;
        outcome
    }

    /// With the handset that the gateway has itself.
    async fn with_theirs(&mut self, line: &mut Line, desk: Desk) -> Result<(), Trouble> {
        self.done(None, What::OwnHandset);
        let there = There::start(desk).await.map_err(Trouble::NoneThere)?;
        self.done(None, What::Call);
        let outcome = self.call_theirs(line, &there).await;
        line.page.hang_up(Instant::now());
        line.page.sign_out(Instant::now());
        // What is still to be said is sent; nobody waits for the answers.
        let _ = line.until(Duration::ZERO, |_, _| None::<()>).await;
        there.stop().await;
        outcome
    }

    /// Both ways in one call, as a page does.
    async fn call_theirs(&mut self, line: &mut Line, there: &There) -> Result<(), Trouble> {
        self.is_up(line, there.address.clone(), Direction::SendRecv)
            .await?;
        let next = What::FirstPictureBack;
        self.handset_watches(line, async || there.watched().await, next)
            .await?;
        self.page_watches(line).await
    }

    /// There and back.
    async fn calls(
        &mut self,
        line: &mut Line,
        handset: &Handset,
        whom: Uri,
    ) -> Result<(), Trouble> {
        self.is_up(line, whom.clone(), Direction::SendOnly).await?;
        self.handset_watches(line, async || handset.watched().await, What::CallBack)
            .await?;
        self.hang_up(line).await?;
        self.at(What::CallBack);
        self.handset_is_free(line, handset).await?;
        let number = whom.number().unwrap_or_else(|| whom.to_string());
        handset.share(&number).await?;
        self.handset_shows(line).await
    }

    /// A call from its INVITE to keys for its media.
    async fn is_up(
        &mut self,
        line: &mut Line,
        whom: Uri,
        direction: Direction,
    ) -> Result<(), Trouble> {
        let offer = line.open_media()?.offer(direction)?;
        line.page.call(whom, offer, Instant::now());
        let answer = line.until(STEP, answered).await?;
        let answer = answer.unwrap_or(Err(Trouble::NotAnswered))?;
        if let Some(web) = &mut line.web {
            web.take_answer(&answer, Instant::now())?;
        }
        self.done(None, What::MediaPath);
        reaches(line, Connection::Reached, || Trouble::NoMediaPath).await?;
        self.done(None, What::Encryption);
        reaches(line, Connection::Secured, || Trouble::NotEncrypted).await?;
        self.done(None, What::FirstPicture);
        Ok(())
    }

    async fn handset_watches(
        &mut self,
        line: &mut Line,
        asked: impl AsyncFn() -> anyhow::Result<Watched>,
        next: What,
    ) -> Result<(), Trouble> {
        let mut watched = Watched::default();
        let end = Instant::now() + 2 * STEP;
        while Instant::now() < end {
            // The camera runs meanwhile.
            let ended = line.until(LOOK_EVERY, ended).await?;
            if let Some(trouble) = ended {
                return Err(trouble);
            }
            watched = asked().await?;
            if watched.pictures > 0 && self.at == What::FirstPicture {
                self.done(None, What::Likeness);
            }
            if watched.right >= RIGHT_PICTURES && watched.db >= LIKENESS_DB {
                self.done(Some(seen(watched.right, watched.db)), next);
                return Ok(());
            }
        }
        Err(match watched.pictures {
            0 => Trouble::NoPicture("handset"),
            _ => Trouble::WrongPictures("handset", watched.right, watched.db),
        })
    }

    async fn handset_shows(&mut self, line: &mut Line) -> Result<(), Trouble> {
        let called = line.until(STEP, |news, _| match news {
            Some(News::Called(offer)) => Some(offer.clone()),
            Some(_) | None => None,
        });
        let offer = called.await?.ok_or(Trouble::NotAnswered)?;
        let answer = line.open_media()?.answer(&offer, Instant::now())?;
        line.page.take(answer, Instant::now())?;
        let confirmed = line.until(STEP, |news, _| match news {
            Some(News::Confirmed) => Some(Ok(())),
            news => ended(news, None).map(Err),
        });
        confirmed.await?.unwrap_or(Err(Trouble::NotAnswered))?;
        self.done(None, What::EncryptionBack);
        reaches(line, Connection::Reached, || Trouble::NoMediaPath).await?;
        reaches(line, Connection::Secured, || Trouble::NotEncrypted).await?;
        self.done(None, What::FirstPictureBack);
        self.page_watches(line).await
    }

    async fn page_watches(&mut self, line: &mut Line) -> Result<(), Trouble> {
        let first = line.until(STEP, |news, web| match web {
            Some(web) if web.seen().right > 0 => Some(Ok(())),
            Some(_) | None => ended(news, web).map(Err),
        });
        first.await?.unwrap_or(Err(Trouble::NoPicture("page")))?;
        self.done(None, What::LikenessBack);
        let right = |web: &Web| {
            let seen = web.seen();
            seen.right >= RIGHT_PICTURES && seen.db() >= LIKENESS_DB
        };
        let all = line.until(STEP, |news, web| match web {
            Some(web) if right(web) => Some(Ok(())),
            Some(_) | None => ended(news, web).map(Err),
        });
        let all = all.await?;
        let at_last = line.web.as_ref().map(Web::seen).unwrap_or_default();
        match all {
            Some(outcome) => outcome?,
            None => {
                let (right, db) = (at_last.right, at_last.db());
                return Err(Trouble::WrongPictures("page", right, db));
            }
        }
        self.last(Some(seen(at_last.right, at_last.db())));
        Ok(())
    }

    async fn hang_up(&mut self, line: &mut Line) -> Result<(), Trouble> {
        line.page.hang_up(Instant::now());
        line.web = None;
        let over = line.until(STEP, |news, _| match news {
            Some(News::Ended(_)) => Some(()),
            Some(_) | None => None,
        });
        over.await?;
        Ok(())
    }

    /// The page's hanging up is answered by the gateway, before the handset has heard of it.
    async fn handset_is_free(&mut self, line: &mut Line, handset: &Handset) -> Result<(), Trouble> {
        let end = Instant::now() + STEP;
        while Instant::now() < end {
            if handset.is_free().await? {
                return Ok(());
            }
            line.until(LOOK_EVERY, |_, _| None::<()>).await?;
        }
        Err(Trouble::NotHungUp)
    }

    /// The step that was under way worked; the next one begins.
    fn done(&mut self, seen: Option<String>, next: What) {
        self.last(seen);
        self.at(next);
    }

    fn at(&mut self, next: What) {
        self.at = next;
        self.since = Instant::now();
    }

    fn last(&mut self, seen: Option<String>) {
        let step = Step {
            step: self.at,
            ms: ms(self.since.elapsed()),
            seen,
        };
        (self.tell)(&step);
        self.steps.push(step);
    }
}

/// The handset is asked so often.
const LOOK_EVERY: Duration = Duration::from_millis(100);

fn seen(right: u64, db: f64) -> String {
    format!("{right} right pictures of {db:.1} dB")
}

fn answered(news: Option<&News>, _: Option<&Web>) -> Option<Result<String, Trouble>> {
    match news? {
        News::Answered(answer) => Some(Ok(answer.clone())),
        News::Ended(Some(status)) => Some(Err(Trouble::Refused(*status))),
        News::Ended(None) => Some(Err(Trouble::NotAnswered)),
        News::SignedIn(..)
        | News::NotSignedIn(_)
        | News::Ringing
        | News::Called(_)
        | News::Confirmed => None,
    }
}

/// Whether the call is over before its time.
fn ended(news: Option<&News>, _: Option<&Web>) -> Option<Trouble> {
    match news? {
        News::Ended(_) => Some(Trouble::PageBroken(anyhow::anyhow!("the call ended early"))),
        News::SignedIn(..)
        | News::NotSignedIn(_)
        | News::Ringing
        | News::Answered(_)
        | News::Called(_)
        | News::Confirmed => None,
    }
}

async fn reaches(
    line: &mut Line,
    wanted: Connection,
    trouble: impl FnOnce() -> Trouble,
) -> Result<(), Trouble> {
    let reached = line.until(STEP, |news, web| match web {
        Some(web) if web.connection() >= wanted => Some(Ok(())),
        Some(_) | None => ended(news, web).map(Err),
    });
    match reached.await? {
        Some(outcome) => outcome,
        None => Err(trouble()),
    }
}

const NAME: &str = "selftest";

/// Nobody has it: for stories (RFC 3966 knows no such range; North America keeps 555-0100 to 0199).
const NUMBER: &str = "+12025550100";

/// The same gateway as that configuration says, but where nobody else hears of it.
async fn own(mut config: Config) -> anyhow::Result<(Place, Gateway)> {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let any = SocketAddr::new(loopback, 0);
    (config.http.listen, config.http.tls) = (any, None);
    (config.sip.udp, config.sip.tcp, config.sip.tls) = (any, any, None);
    config.sip.address = None;
    (config.media.address, config.media.webrtc_port) = (loopback, 0);
    config.core.next_hop = None;
    config.core.trusted.clear();
    // Nobody tells of a voice call that this share would go beside.
    config.calls.beside.context = Teller::Person;
    config.calls.beside.share_without_call = WithoutCall::Ask;
    let mut secret = [0; 16];
    getrandom::fill(&mut secret)?;
    let password = format!("{:032x}", u128::from_be_bytes(secret));
    let realm = config.home.domain.to_string();
    let store = Sqlite::in_memory().await?;
    let subscriber = Subscriber {
        name: NAME.to_owned(),
        number: NUMBER.to_owned(),
        display: "Self-test".to_owned(),
        ha1: Ha1::of(NAME, &realm, &password),
        realm,
    };
    store.add(&subscriber).await?;
    let user = User {
        domain: config.home.domain.as_str().parse().context("home.domain")?,
        name: NAME.to_owned(),
        password,
    };
    let gateway = Gateway::start_with(config, store).await?;
    let addresses = gateway.addresses();
    let place = Place {
        http: addresses.http,
        url: format!("ws://{}/ws", addresses.http),
        sip: addresses.udp,
        user,
        there: false,
    };
    Ok((place, gateway))
}

/// What a page must know before anyone signed in.
#[derive(Deserialize)]
struct Settings {
    domain: String,
}

async fn found(running: Running, there: bool) -> Result<Place, Trouble> {
    let found = of(&running, there).await;
    found.map_err(|error| Trouble::NoGateway(running.url, error))
}

fn authority_of(url: &str) -> &str {
    let rest = url.strip_prefix("ws://").unwrap_or(url);
    rest.split('/').next().unwrap_or_default()
}

/// Where a gateway that runs is.
async fn of(running: &Running, there: bool) -> anyhow::Result<Place> {
    ensure!(
        running.url.starts_with("ws://"),
        "the address must begin with ws://; name the one behind the proxy"
    );
    let authority = authority_of(&running.url);
    let with_port = match authority.rsplit_once(':') {
        Some((_, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => authority.to_owned(),
        Some(_) | None => format!("{authority}:80"),
    };
    let mut found = lookup_host(with_port).await?;
    let http = found.next().context("the name has no address")?;
    let request =
        format!("GET /api/v1/settings HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    let asked = async {
        let mut stream = TcpStream::connect(http).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        anyhow::Ok(answer)
    };
    let answer = tokio::time::timeout(STEP, asked).await??;
    let answer = String::from_utf8_lossy(&answer);
    let (_, body) = answer.split_once("\r\n\r\n").context("it speaks no HTTP")?;
    let settings: Settings = serde_json::from_str(body).context("it is no Sidecam")?;
    Ok(Place {
        http,
        url: running.url.clone(),
        sip: running.sip.unwrap_or(SocketAddr::new(http.ip(), 5060)),
        user: User {
            domain: settings.domain.parse().context("its domain is none")?,
            name: running.name.clone(),
            password: running.password.clone(),
        },
        there,
    })
}
