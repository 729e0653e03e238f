//! The binding: `sip`'s registration (RFC 3261 §10, RFC 5626) driven through the phone's agent, and
//! what its outcome means to a person.

use sip::agent::Event;
use sip::agent::registration::{
    Input, Instance, Output, Registration, RegistrationConfig, State as Binding,
};
use sip::message::{Header, Host, NameAddr, Response, SipUri, Status, Text, Uri};
use sip::time::{Duration, Instant};
use sip::transport::{FlowId, Hop};
use sip::video_share::Tags;

use super::{Account, Told};
use crate::phone::state::{self, Me, SignInProblem};
use crate::phone::{ALLOW, Desk, contacts};

impl Account {
    /// Registers over this connection, and keeps doing so.
    pub(super) fn register(&mut self, hop: Hop, desk: &mut Desk<'_>) -> Option<Told> {
        if self.binding.is_none() {
            let config = self.binding_config()?;
            self.binding = Some(Registration::new(config, self.ids.seed()));
        }
        self.move_binding(Input::Register(hop), None, desk)
    }

    pub(super) fn unregister(&mut self, desk: &mut Desk<'_>) {
        self.move_binding(Input::Unregister, None, desk);
    }

    /// What the agent says of the REGISTER under way; anything else changes nothing.
    pub(in crate::phone) fn agent_said(
        &mut self,
        event: &Event,
        desk: &mut Desk<'_>,
    ) -> Option<Told> {
        let response = match event {
            Event::Response { id, response } if self.registering == Some(*id) => Some(response),
            Event::RequestFailed { id, .. } if self.registering == Some(*id) => None,
            _ => return None,
        };
        self.registering = None;
        if let Some(response) = response
            && response.status.is_success()
            && self.credentials.is_some()
        {
            self.registered(response);
            self.move_binding(Input::Event(event), Some(response), desk);
            self.pass_granted(desk.now);
            return Some(Told::Registered);
        }
        self.move_binding(Input::Event(event), response, desk)
    }

    pub(super) fn binding_timeout(&mut self, desk: &mut Desk<'_>) -> Option<Told> {
        self.binding.as_mut()?.handle_timeout(desk.now);
        self.drain_binding(None, desk)
    }

    /// The connection under it is gone: it waits for the next.
    pub(super) fn binding_flow_closed(&mut self, flow: FlowId, now: Instant) {
        let Some(binding) = &mut self.binding else {
            return;
        };
        binding.handle(Input::FlowClosed(flow), now);
        while binding.poll_output().is_some() {}
    }

    fn move_binding(
        &mut self,
        input: Input<'_>,
        response: Option<&Response>,
        desk: &mut Desk<'_>,
    ) -> Option<Told> {
        self.binding.as_mut()?.handle(input, desk.now);
        self.drain_binding(response, desk)
    }

    fn drain_binding(&mut self, response: Option<&Response>, desk: &mut Desk<'_>) -> Option<Told> {
        let mut told = None;
        while let Some(binding) = &mut self.binding
            && let Some(output) = binding.poll_output()
        {
            match output {
                Output::Request(outgoing) => {
                    let id = desk.agent.request(outgoing, desk.now);
                    binding.sent(id);
                    self.registering = Some(id);
                }
                Output::Changed(binding) => {
                    told = self.binding_changed(binding, response, desk).or(told);
                }
            }
        }
        told
    }

    fn binding_changed(
        &mut self,
        binding: Binding,
        response: Option<&Response>,
        desk: &mut Desk<'_>,
    ) -> Option<Told> {
        match binding {
            Binding::Unregistered => {
                if self.registration == state::Registration::SignedOut {
                    self.drop_link(desk);
                    self.binding = None;
                }
                None
            }
            // What a success says was read from its response.
            Binding::Registering | Binding::Registered { .. } => None,
            Binding::Failed {
                status: Some(status),
                retry_at: None,
            } => self.refused(problem(status, response), desk),
            // The connection is gone, which is known already.
            Binding::Failed {
                status: None,
                retry_at: None,
            } => None,
            Binding::Failed {
                status: None,
                retry_at: Some(_),
            } => self.lost(SignInProblem::Unreachable, desk),
            Binding::Failed {
                status: Some(_),
                retry_at: Some(_),
            } => match self.registration {
                state::Registration::SigningIn => self.refused(SignInProblem::Confused, desk),
                state::Registration::Registered | state::Registration::Reconnecting => {
                    self.registration = state::Registration::Reconnecting;
                    None
                }
                state::Registration::SignedOut | state::Registration::Failed => None,
            },
        }
    }

    /// What a 200 to REGISTER tells: who we are, and the key to the directory.
    fn registered(&mut self, response: &Response) {
        let headers = &response.headers;
        let associated = headers.addresses("P-Associated-URI").unwrap_or_default();
        let display = associated
            .iter()
            .find_map(|address| address.display.as_ref());
        let name = display.map_or_else(|| self.name.clone(), |display| display.as_str().to_owned());
        self.me = Some(Me {
            name,
            number: associated.iter().find_map(contacts::number_of),
        });
        if let Some(token) = headers.get("Sidecam-Token") {
            self.token = Some(token.to_owned());
        }
        if headers.lists("Require", "outbound") {
            self.keepalive.expect_answers();
        }
        self.registration = state::Registration::Registered;
        self.problem = None;
        self.failures = 0;
        self.not_slow();
    }

    fn binding_config(&self) -> Option<RegistrationConfig> {
        let host: Host = self.settings.as_ref()?.domain.parse().ok()?;
        Some(RegistrationConfig {
            registrar: Uri::Sip(SipUri::new(host)),
            address: NameAddr::new(self.address()?),
            contact: Uri::Sip(self.contact_uri()),
            tags: Tags::EITHER,
            // One connection to one edge, so one reg-id (RFC 5626 §4.2).
            outbound: Some(Instance {
                urn: Text::cleaned(&self.instance),
                reg_id: 1,
            }),
            expires: EXPIRES,
            credentials: self.credentials.clone()?,
            route: Vec::new(),
            headers: vec![Header::fixed("Allow", ALLOW)],
        })
    }

    /// `sip:name@domain`.
    pub(super) fn address(&self) -> Option<Uri> {
        let host = self.settings.as_ref()?.domain.parse().ok()?;
        Some(Uri::sip(&self.name, host))
    }

    pub(super) fn contact_uri(&self) -> SipUri {
        SipUri::new(self.contact_host.clone())
            .with_user(self.contact_user.as_str())
            .with_param("transport", "ws")
    }
}

fn problem(status: Status, response: Option<&Response>) -> SignInProblem {
    let locked_out = response.is_some_and(|response| response.headers.has("Retry-After"));
    match status {
        Status::UNAUTHORIZED | Status::PROXY_AUTHENTICATION_REQUIRED => {
            SignInProblem::WrongPassword
        }
        Status::FORBIDDEN if locked_out => SignInProblem::TooManyTries,
        Status::FORBIDDEN | Status::NOT_FOUND => SignInProblem::NotAllowed,
        _ => SignInProblem::Confused,
    }
}

const EXPIRES: Duration = Duration::from_secs(3600);
