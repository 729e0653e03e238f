//! What a person does, and who sees to it.

use sip::bearer::Bearer;
use sip::time::Instant;

use super::call_context::What;
use super::contacts::Reach;
use super::diagnosis::{Asking, Journal};
use super::history::History;
use super::state::{Command, DiagnosisCommand, Feed, Wish};
use super::{Capabilities, NetworkCalls, Phone, account, desk};

impl Phone {
    pub(super) fn command(&mut self, command: Command, now: Instant) {
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        match command {
            Command::SignInByToken(token) => self.sign_in_by_token(token, now),
            Command::SignIn { name, password } => self.tabs.sign_in(name, password, desk.effects),
            Command::TakeOver => self.tabs.take_over(desk.effects),
            Command::Rejoin => self.rejoin(now),
            Command::ForgetUnfinished => self.unfinished.forget(desk.effects),
            Command::SignOut => self.sign_out(now),
            Command::Diagnosis(command) => self.diagnose(&command),
            Command::Trial(command) => self.test(command, now),
            Command::Select(number) => self.choose(Reach::Number(number), now),
            Command::SelectAddress(address) => self.choose(Reach::Address(address), now),
            Command::Correct(number) => {
                self.shares.correct();
                self.command(Command::Select(number), now);
                self.slot.open(&mut self.effects);
            }
            Command::Audience(command) => {
                let home = &self.state.people.home;
                self.audience.command(command, &self.contacts, home, desk);
            }
            Command::People(command) => {
                self.contacts.command(command, &mut self.effects, now);
            }
            Command::ChooseFeed(feed) => self.choose_feed(feed),
            Command::PickFilm { name, at } => self.pick_film(name, at),
            Command::TurnCamera => self.slot.turn(desk.effects),
            Command::PlayFilm(on) => self.slot.play(on, desk.effects),
            Command::Recording(command) => self.record(command, now),
            Command::Own(command) => self.own(command, now),
            Command::OpenSlot => self.slot.open(desk.effects),
            Command::CloseSlot => {
                self.slot.close(desk.effects);
                self.shares.stop_sending(desk);
            }
            Command::Show => self.show(now),
            Command::Stop => self.shares.stop(desk),
            Command::AskForTheirs => self.shares.ask_for_theirs(desk),
            Command::StopWatching => self.shares.stop_watching(desk),
            Command::Watch => self.watch(now),
            Command::NotNow => {
                self.shares.disagree(desk);
                self.shares.not_now(desk);
            }
            Command::SetWilling(willing) => self.state.willing = willing,
            Command::Dismiss => self.shares.dismiss(),
            Command::ClearHistory => {
                self.history = History::default();
                let owner = self.contacts.owner_of_history();
                self.history.keep(owner, &mut self.effects);
            }
            Command::PictureSeen { width, height } => self.shares.picture_seen(width, height),
            Command::Speak => self.shares.speak(desk),
            Command::FallSilent => self.shares.fall_silent(desk),
            Command::Voice(command) => {
                let ready = self.account.identity().is_some();
                let peer = self.contacts.chosen().filter(|_| ready);
                self.voice.command(command, peer, desk);
            }
            Command::SayOnThePhone(number) => {
                let peer = self.contacts.peer(&number);
                self.said(Some(peer), What::Started, now);
            }
            Command::SayHeld => self.said(None, What::Held, now),
            Command::SayResumed => self.said(None, What::Resumed, now),
            Command::SayConference => self.said(None, What::Conference, now),
            Command::SayEnded => self.said(None, What::Ended, now),
        }
    }

    fn choose_feed(&mut self, feed: Feed) {
        self.slot.choose(feed, &mut self.effects);
        self.show_on();
    }

    fn pick_film(&mut self, name: String, at: String) {
        self.slot.film(name, at, &mut self.effects);
        self.show_on();
    }

    /// Whoever sees one's last picture, because what was shown is gone, sees what was chosen now.
    fn show_on(&mut self) {
        if self.shares.is_live_out() && self.slot.is_shut() {
            self.slot.open(&mut self.effects);
        }
    }

    /// As whoever the token is for. Another who was signed in is not any more.
    fn sign_in_by_token(&mut self, token: Bearer, now: Instant) {
        let name = account::name_in(token.token()).unwrap_or_default();
        if self.state.registration.is_signed_in() && !self.account.is_in_as(name) {
            self.sign_out(now);
        }
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        let told = self.account.sign_in_by_token(token, desk);
        self.account_told(told, now);
    }

    fn diagnose(&mut self, command: &DiagnosisCommand) {
        let began = self.calendar.map_or(0, |calendar| calendar.unix_seconds);
        let asking = Asking {
            token: self.account.token(),
            unix_milliseconds: began.saturating_mul(1000),
        };
        self.journal.command(command, asking, &mut self.effects);
    }

    /// All that was this person's goes.
    pub(super) fn sign_out(&mut self, now: Instant) {
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        self.trials.forget(desk);
        self.voice.hang_up(desk);
        self.voice.forget();
        self.shares.stop(desk);
        self.shares.dismiss();
        self.slot.close(desk.effects);
        self.account.sign_out(desk);
        self.tabs.leave(desk.effects);
        self.unfinished.forget(desk.effects);
        self.contacts.clear();
        self.capabilities = Capabilities::default();
        self.history = History::default();
        self.journal = Journal::default();
        self.call.forget();
        self.network_calls = NetworkCalls::default();
    }

    /// Shows what is open to whom one watches, else to whom one chose.
    fn show(&mut self, now: Instant) {
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        let ready = self.slot.is_open() && self.account.identity().is_some();
        let partner = self.shares.partner().cloned();
        let peer = partner.or_else(|| self.contacts.chosen());
        if ready && self.shares.agree(Wish::SeeOurs, desk) {
            return;
        }
        let peer = peer.filter(|_| ready);
        if let Some(peer) = peer.filter(|peer| self.call.bears_share_with(peer)) {
            self.shares.show(peer, desk);
        }
    }

    /// Watches what one is asked to, or what they offer beside what one shows.
    fn watch(&mut self, now: Instant) {
        let desk = &mut desk(&mut self.agent, &mut self.effects, now);
        if !self.shares.sends() {
            // One's own camera is not part of this.
            self.slot.close(desk.effects);
        }
        if !self.shares.agree(Wish::ShowTheirs, desk) {
            self.shares.watch(desk);
        }
    }
}
