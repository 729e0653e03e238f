//! RFC 3263 §4, RFC 6116: the DNS is asked what a look-up wants to know. Answers are kept as long as their TTL
//! says, refusals too (RFC 2308).

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use hickory_resolver::{ResolverBuilder, TokioResolver};
use tokio::time::timeout;

use crate::switch::destinations::lookup::{Answer, Naptr, Question, Srv};
use crate::switch::destinations::{Destination, Families, Lookup};
use crate::switch::enum_lookup::{EnumLookup, Enumerated, NaptrAnswer};

/// A server that has not answered by then is asked once more, or another is.
const QUERY_AT_MOST: Duration = Duration::from_secs(2);

/// The whole look-up. The caller hears nothing meanwhile; what was found by then is used.
const LOOKUP_AT_MOST: Duration = Duration::from_secs(8);

/// The look-up of a number, which comes before that of the address it leads to.
const NUMBER_AT_MOST: Duration = Duration::from_secs(5);

/// Answers that are remembered: a few for each of a hundred domains.
const ANSWERS_KEPT: u64 = 1024;

/// Asks DNS servers. Clones share one memory.
#[derive(Debug, Clone)]
pub struct Resolver(TokioResolver);

impl Resolver {
    /// Asks these servers; without any, those that the system is set to. A system without such a
    /// setting has no DNS: then only its list of hosts is read, which is said once.
    ///
    /// # Errors
    /// The resolver cannot be set up.
    pub fn new(servers: &[SocketAddr]) -> anyhow::Result<Resolver> {
        let mut builder = if servers.is_empty() {
            TokioResolver::builder_tokio().unwrap_or_else(|error| {
                tracing::warn!(
                    %error,
                    "no DNS: the system's settings cannot be read; name servers as resolver.servers"
                );
                asking(&[])
            })
        } else {
            asking(servers)
        };
        limit(builder.options_mut());
        Ok(Resolver(
            builder.build().context("setting up the resolver")?,
        ))
    }

    /// Follows a look-up to its end, or as far as it comes in time.
    pub async fn follow(&self, mut lookup: Lookup) -> Vec<Destination> {
        let through = timeout(LOOKUP_AT_MOST, async {
            while let Some(question) = lookup.question() {
                let answer = self.ask(question).await;
                lookup.answer(answer);
            }
        });
        if through.await.is_err() {
            tracing::debug!("a look-up took too long");
        }
        lookup.finish()
    }

    /// Follows the look-up of a number to its end, or as far as it comes in time.
    pub async fn enumerate(&self, mut lookup: EnumLookup) -> Enumerated {
        let through = timeout(NUMBER_AT_MOST, async {
            while let Some(name) = lookup.question().map(str::to_owned) {
                let answer = self.naptrs(&name).await;
                lookup.answer(answer);
            }
        });
        match through.await {
            Ok(()) => lookup.finish(),
            Err(_) => Enumerated::Failed,
        }
    }

    async fn naptrs(&self, name: &str) -> NaptrAnswer {
        match self.0.lookup(name, RecordType::NAPTR).await {
            Ok(found) => {
                let records = found.answers().iter();
                NaptrAnswer::Records(records.filter_map(|record| naptr(&record.data)).collect())
            }
            Err(error) if error.is_no_records_found() => NaptrAnswer::Nothing,
            Err(error) => {
                tracing::debug!(%error, "no answer of the DNS");
                NaptrAnswer::Failed
            }
        }
    }

    async fn ask(&self, question: Question) -> Answer {
        match question {
            Question::Naptr(name) => {
                let records = self.records(&name, RecordType::NAPTR).await;
                Answer::Naptr(records.iter().filter_map(naptr).collect())
            }
            Question::Srv(name) => {
                let records = self.records(&name, RecordType::SRV).await;
                Answer::Srv(records.iter().filter_map(srv).collect())
            }
            Question::Addresses(name, families) => {
                let records = match families {
                    Families::V4 => self.records(&name, RecordType::A).await,
                    Families::V6 => self.records(&name, RecordType::AAAA).await,
                    Families::V4ThenV6 | Families::V6ThenV4 => {
                        let (mut four, six) = tokio::join!(
                            self.records(&name, RecordType::A),
                            self.records(&name, RecordType::AAAA)
                        );
                        four.extend(six);
                        four
                    }
                };
                Answer::Addresses(records.iter().filter_map(RData::ip_addr).collect())
            }
        }
    }

    /// The records of one type; none where there is none, and where nobody answers.
    async fn records(&self, name: &str, kind: RecordType) -> Vec<RData> {
        match self.0.lookup(name, kind).await {
            Ok(found) => found
                .answers()
                .iter()
                .filter(|record| record.record_type() == kind)
                .map(|record| record.data.clone())
                .collect(),
            Err(error) => {
                tracing::debug!(%kind, %error, "no answer of the DNS");
                Vec::new()
            }
        }
    }
}

fn asking(servers: &[SocketAddr]) -> ResolverBuilder<TokioRuntimeProvider> {
    let servers = servers.iter().map(name_server).collect();
    let config = ResolverConfig::from_name_servers(servers);
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
}

fn limit(options: &mut ResolverOpts) {
    options.timeout = QUERY_AT_MOST;
    options.attempts = 1;
    options.cache_size = ANSWERS_KEPT;
}

fn name_server(address: &SocketAddr) -> NameServerConfig {
    let on_port = |mut connection: ConnectionConfig| {
        connection.port = address.port();
        connection
    };
    NameServerConfig::new(
        address.ip(),
        true,
        vec![
            on_port(ConnectionConfig::udp()),
            on_port(ConnectionConfig::tcp()),
        ],
    )
}

fn naptr(data: &RData) -> Option<Naptr> {
    let RData::NAPTR(record) = data else {
        return None;
    };
    Some(Naptr {
        order: record.order,
        preference: record.preference,
        flags: String::from_utf8_lossy(&record.flags).into_owned(),
        services: String::from_utf8_lossy(&record.services).into_owned(),
        regexp: String::from_utf8_lossy(&record.regexp).into_owned(),
        replacement: record.replacement.to_ascii(),
    })
}

fn srv(data: &RData) -> Option<Srv> {
    let RData::SRV(record) = data else {
        return None;
    };
    Some(Srv {
        priority: record.priority,
        weight: record.weight,
        port: record.port,
        target: record.target.to_ascii(),
    })
}
