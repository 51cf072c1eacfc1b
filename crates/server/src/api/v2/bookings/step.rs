//! How a booking moves: one step of the graph table with its effects, in one unit of work (spec 81 §2).

use domain::{
    BookingId, EventId, Role,
    booking::{Action, Actor, Effect, State, Step},
    meta,
};
use jiff::Timestamp;
use serde_json::{Map, Value};
use store::{
    Conn, bookings as rows,
    bookings::{Booking, Changed, NewTransition},
    claims, events,
};

use super::{
    ATTEMPTS, find,
    input::ActionIn,
    json,
    output::{self, Relations, Shape},
    parsed,
};
use crate::{
    api::{
        body::META,
        caller::{Caller, Principal},
        error::{Error, Model, Result, invalid, slot_unavailable},
        query::Query,
        reply::Reply,
    },
    app::App,
};

/// Takes the booking's time through the one door.
pub(super) async fn take_time(conn: &mut Conn, caller: &Caller, booking: &Booking) -> Result<()> {
    let locked = claims::lock(conn, caller.app_id(), booking.resource_id, booking.span).await?;
    let locked = locked.ok_or(Error::NotFound(Model::Resource))?;
    let grant = if booking.exclusive {
        claims::Grant::Exclusive
    } else {
        claims::Grant::Overlapping
    };
    match claims::take(conn, &locked, booking.id.0, grant).await? {
        claims::Answer::Taken => Ok(()),
        claims::Answer::Unavailable => Err(slot_unavailable()),
    }
}

/// Moves a booking along its graph and carries out the effects of the step, in one unit of work.
pub(super) async fn take_step(
    app: &App,
    caller: &Caller,
    id: &str,
    action: &str,
    query: &Query,
    input: &ActionIn,
) -> Result<Reply> {
    for _ in 0..ATTEMPTS {
        let mut conn = app.write(caller).await?;
        let mut row = find(&mut conn, caller, id).await?;
        let booking = &row;
        let step = booking
            .graph
            .step(booking.state, action)
            .map_err(|refused| Error::Refused(refused.to_string()))?;
        if !actor(caller).may(step.action) {
            return Err(Error::Forbidden(format!(
                "a resource's key may not {action} bookings, use the app key"
            )));
        }

        let now = app.clock.now();
        let message = input.message(action);
        let merge = match &input.meta {
            Some(given) => Some(merged(booking, given)?),
            None => None,
        };
        let mut changed = Changed {
            event_id: booking.event_id,
            attributes: with_message(&booking.attributes, step.action, message)?,
            meta: merge
                .as_ref()
                .map_or_else(|| booking.meta.clone(), |merge| merge.text.clone()),
        };
        let app_id = caller.app_id();
        if step.effects.contains(&Effect::TakeTime) {
            take_time(&mut conn, caller, booking).await?;
            let event_id = EventId(app.clock.id());
            let options: Map<String, Value> = parsed(&booking.event_options)?;
            events::insert_for_booking(
                &mut conn,
                app_id,
                booking.id,
                event_id,
                answer(&options),
                now,
            )
            .await?;
            changed.event_id = Some(event_id);
        }
        if step.effects.contains(&Effect::FreeTime) {
            claims::free(
                &mut conn,
                app_id,
                booking.resource_id,
                booking.span.start(),
                booking.id.0,
            )
            .await?;
            if let Some(event_id) = changed.event_id.take() {
                events::delete(&mut conn, app_id, event_id).await?;
            }
        }
        if !rows::advance(&mut conn, app_id, booking, step.to, &changed, now).await? {
            continue;
        }
        if let Some(merge) = merge {
            merge.save_fields(&mut conn, caller, booking.id).await?;
        }

        let from = booking.state;
        row.state = step.to;
        row.seq += 1;
        row.event_id = changed.event_id;
        row.attributes = changed.attributes;
        row.meta = changed.meta;
        row.updated_at = now;
        let entry = entry(app, caller, &row, step, from, message, now);
        rows::push_transition(&mut conn, app_id, &entry).await?;
        let booking = output::one(
            &mut conn,
            caller,
            query,
            Shape::Native,
            row,
            Relations::default(),
        )
        .await?;
        return app.finish(conn, caller, Reply::one(booking)).await;
    }
    Err(Error::Busy("busy"))
}

/// The log's entry for the transition that brought the booking to its present `seq`.
pub(super) fn entry<'a>(
    app: &App,
    caller: &Caller,
    booking: &Booking,
    step: &Step,
    from: State,
    message: Option<&'a str>,
    at: Timestamp,
) -> NewTransition<'a> {
    NewTransition {
        id: app.clock.id(),
        booking_id: booking.id,
        seq: booking.seq,
        action: step.action,
        from,
        to: step.to,
        actor: actor(caller),
        message,
        at,
    }
}

fn actor(caller: &Caller) -> Actor {
    match caller.identity.principal {
        Principal::WidgetKey(_) => Actor::Customer,
        Principal::Resource { .. }
        | Principal::Session {
            role: Role::Member, ..
        } => Actor::Resource,
        Principal::AppKey(_) | Principal::Session { .. } => Actor::App,
    }
}

/// A booking's meta with new values in it.
pub(super) struct Merged {
    pub(super) text: String,
    before: Vec<meta::Field>,
    after: Vec<meta::Field>,
}

pub(super) fn merged(booking: &Booking, given: &Map<String, Value>) -> Result<Merged> {
    let mut all: Map<String, Value> = parsed(&booking.meta)?;
    let before = meta::fields("meta", &all);
    meta::merge(&mut all, given.clone());
    let text = json(&all)?;
    if text.len() > META {
        return Err(invalid(
            "meta",
            format!("meta may not be larger than {META} bytes"),
        ));
    }
    Ok(Merged {
        text,
        before,
        after: meta::fields("meta", &all),
    })
}

impl Merged {
    /// Brings the searchable fields to the new values.
    pub(super) async fn save_fields(
        &self,
        conn: &mut Conn,
        caller: &Caller,
        id: BookingId,
    ) -> Result<()> {
        let only = |these: &[meta::Field], others: &[meta::Field]| -> Vec<meta::Field> {
            these
                .iter()
                .filter(|field| !others.contains(field))
                .cloned()
                .collect()
        };
        rows::delete_fields(conn, caller.app_id(), id, &only(&self.before, &self.after)).await?;
        rows::insert_fields(conn, caller.app_id(), id, &only(&self.after, &self.before)).await?;
        Ok(())
    }
}

/// Keeps the message of an action as `attributes.ACTION.message`.
fn with_message(attributes: &str, action: Action, message: Option<&str>) -> Result<String> {
    let Some(message) = message else {
        return Ok(attributes.to_owned());
    };
    let mut groups: Map<String, Value> = parsed(attributes)?;
    groups.insert(
        action.to_string(),
        serde_json::json!({ "message": message }),
    );
    json(&groups)
}

/// The owner's answer on the event.
pub(super) fn answer(options: &Map<String, Value>) -> &str {
    options
        .get("my_rsvp")
        .and_then(Value::as_str)
        .unwrap_or("accepted")
}
