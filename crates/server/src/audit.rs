//! Writes the audit log: who did what to what, in the unit of work that does it (`design/reliability.md` §8).

use std::net::IpAddr;

use domain::{AppId, KeyId, PersonId, ResourceId};
use jiff::Timestamp;
use store::{Conn, audit};

use crate::{
    api::caller::{Caller, Principal},
    clock::Clock,
    observe,
};

/// Who acts, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Actor {
    who: Who,
    address: Option<IpAddr>,
}

#[derive(Clone, Copy, Debug)]
enum Who {
    Person(PersonId),
    Key(KeyId),
    Resource(ResourceId),
    CommandLine,
}

impl Actor {
    /// A person in the panel.
    pub fn person(person: PersonId, address: IpAddr) -> Self {
        Self {
            who: Who::Person(person),
            address: Some(address),
        }
    }

    /// The operator at the command line.
    pub fn command_line() -> Self {
        Self {
            who: Who::CommandLine,
            address: None,
        }
    }
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Self {
        let who = match caller.identity.principal {
            Principal::AppKey(id) | Principal::WidgetKey(id) => Who::Key(id),
            Principal::Resource { id, .. } => Who::Resource(id),
            Principal::Session { person, .. } => Who::Person(person),
        };
        Self {
            who,
            address: Some(caller.address),
        }
    }
}

impl Who {
    fn text(self) -> String {
        match self {
            Self::Person(id) => format!("person:{id}"),
            Self::Key(id) => format!("key:{id}"),
            Self::Resource(id) => format!("resource:{id}"),
            Self::CommandLine => "command line".to_owned(),
        }
    }
}

/// Adds an act such as `key.reveal` with its target such as `key:UUID`.
pub async fn push(
    conn: &mut Conn,
    clock: &Clock,
    app: AppId,
    actor: Actor,
    act: &str,
    target: String,
    now: Timestamp,
) -> Result<(), store::Error> {
    let entry = audit::Entry {
        id: clock.id(),
        actor: actor.who.text(),
        act: act.to_owned(),
        target,
        address: actor
            .address
            .map(|address| address.to_string())
            .unwrap_or_default(),
        request_id: observe::request_id()
            .map(|id| id.to_string())
            .unwrap_or_default(),
        at: now,
    };
    audit::push(conn, app, &entry).await
}
