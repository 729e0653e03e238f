//! From glass to glass: one call after the other, with a camera and a screen at both ends. How long
//! from the answer to the first picture that can be seen, and how old is a picture when it is seen?
//! The same cameras and screens without anything between them say what of it is not the system's.

mod camera;
mod film;
mod report;
mod screen;
mod without;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::Options;
use super::browser::{Back, Browser};
use super::sink::{Moments, Sink};
use super::system::{Callee, Leg, System};
use camera::{Camera, Ordered, Running, Shot};
use film::Film;
use report::{Direction, Watched};
use screen::Screen;

/// How long the cameras of a call run, from when the browser's can.
const EACH: Duration = Duration::from_millis(1_800);
/// Packets that are on their way at the end still count.
const TAIL: Duration = Duration::from_millis(300);
/// A screen that waits for a keyframe asks so often at most; a request has time to be served.
const ASK_AGAIN: Duration = Duration::from_millis(300);
/// Of the same calls without anything between.
const ROUNDS_WITHOUT: u32 = 10;

/// What the two ends film.
#[derive(Debug, Clone, Copy)]
struct Films {
    browser: Film,
    handset: Film,
}

/// All calls and the same without anything between; the figures of both directions.
pub async fn run(options: &Options, calls: u32) -> Result<Value> {
    let films = Films {
        browser: Film::of_browser(options.web, options.plain),
        handset: Film::of_handset(options.plain),
    };
    let first = without::first_pictures(options, films.browser, ROUNDS_WITHOUT).await?;
    let (mut to_handset, mut to_browser) = (Direction::new(&first), Direction::new(&first));
    to_handset.delays_without = without::delays(options.address, films.browser)?;
    to_browser.delays_without = without::delays(options.address, films.handset)?;

    let sink = Arc::new(Sink::open(options.address, Instant::now())?);
    let system = System::open(options, &sink).await?;
    let mut leg = system.leg(0, Callee::Plain).await?;
    for number in 0..calls {
        let call = share(options, (number, films), &mut leg, &sink);
        let (at_handset, at_browser) = call.await.with_context(|| format!("call {number}"))?;
        eprintln!("call {number}: {at_handset} at the handset, {at_browser} at the browser");
        to_handset.watched.push(at_handset);
        to_browser.watched.push(at_browser);
    }
    Ok(json!({
        "calls": calls,
        "to_handset": to_handset.report(),
        "to_browser": to_browser.report(),
    }))
}

/// One call; what was seen at the handset and in the browser.
async fn share(
    options: &Options,
    (number, films): (u32, Films),
    leg: &mut Leg,
    sink: &Arc<Sink>,
) -> Result<(Watched, Watched)> {
    // A handset without feedback cannot ask.
    let handsets_screen = Screen::open(films.handset, || ())?;
    let (wish, wishes) = mpsc::unbounded_channel();
    let browsers_screen = Screen::open(films.browser, move || {
        // Nobody listens once the call is over.
        let _ = wish.send(());
    })?;
    let (browsers_camera, handsets_camera) =
        (Camera::new(films.browser)?, Camera::new(films.handset)?);
    let back = Arc::new(Back::tapped(browsers_screen.packets()));
    let began = Instant::now();
    let browser = Browser::new(options.address, options.web, number, began, back).await?;
    let browser = Arc::new(browser);
    let offer = browser.offer().await?;
    sink.forget_all();
    sink.tap(handsets_screen.packets());
    let handset = tokio::spawn(film_from_the_ack(Arc::clone(sink), handsets_camera));
    let answer = leg.call(offer).await?;
    browser.connect(answer).await?;
    let (camera, tasks) = film_in_browser(&browser, browsers_camera, wishes);
    sleep(EACH).await;
    let answered = sink.moments().borrow().answered.context("no answer")?;
    let taken_by_browser = camera.stop()?;
    let (camera, listening) = handset.await??;
    let taken_by_handset = camera.stop()?;
    sleep(TAIL).await;
    leg.hang_up().await?;
    browser.close().await?;
    for task in tasks.into_iter().chain([listening]) {
        task.abort();
    }
    let seen = (handsets_screen.close()?, browsers_screen.close()?);
    Ok((
        Watched::new(answered, &taken_by_browser, &seen.0),
        Watched::new(answered, &taken_by_handset, &seen.1),
    ))
}

/// A handset's camera runs from the ACK, and makes a keyframe when INFO asks for one.
async fn film_from_the_ack(sink: Arc<Sink>, camera: Camera) -> Result<(Running, JoinHandle<()>)> {
    let mut moments = sink.moments();
    moments
        .wait_for(|moments| moments.acknowledged.is_some())
        .await?;
    let running = camera.run(move |shot| sink.send(0, shot.timestamp, &shot.payloads));
    let listening = tokio::spawn(serve_info(moments, running.orders()));
    Ok((running, listening))
}

async fn serve_info(mut moments: watch::Receiver<Moments>, camera: Arc<Ordered>) {
    let mut served = 0;
    while let Ok(wishes) = moments.wait_for(|moments| moments.wishes > served).await {
        served = wishes.wishes;
        camera.want_keyframe();
    }
}

/// A browser's camera runs, its screen may ask, and it hears what is asked of it.
fn film_in_browser(
    browser: &Arc<Browser>,
    camera: Camera,
    mut wishes: mpsc::UnboundedReceiver<()>,
) -> (Running, [JoinHandle<()>; 3]) {
    let (shots, mut taken) = mpsc::unbounded_channel::<Shot>();
    let running = camera.run(move |shot| Ok(shots.send(shot)?));
    let (sender, asker, asked) = (
        Arc::clone(browser),
        Arc::clone(browser),
        Arc::clone(browser),
    );
    let orders = running.orders();
    let tasks = [
        tokio::spawn(async move {
            while let Some(shot) = taken.recv().await {
                if let Err(error) = sender.send(shot.timestamp, shot.payloads).await {
                    eprintln!("a picture did not leave the browser: {error:#}");
                }
            }
        }),
        tokio::spawn(async move {
            while wishes.recv().await.is_some() {
                if let Err(error) = asker.ask().await {
                    eprintln!("a browser could not ask: {error:#}");
                }
                sleep(ASK_AGAIN).await;
                while wishes.try_recv().is_ok() {}
            }
        }),
        tokio::spawn(async move {
            while asked.asked().await.is_some() {
                orders.want_keyframe();
            }
        }),
    ];
    (running, tasks)
}
