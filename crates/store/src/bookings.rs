//! Bookings, their searchable fields, and the log of their transitions.
//!
//! A booking's time is taken and given back by [`claims`](crate::claims) alone; this file only says what was booked.

use domain::{
    AppId, BookingId, CalendarId, EventId, Interval, Page, ProjectId, ResourceId,
    booking::{Action, Actor, Graph, State},
    meta::Field,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    customers::{self, Customer},
    db::{Conn, Direction, Error, FromRow, List, Param, Result, Row, like},
    events,
};

/// A booking as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Its id; ids order as bookings were made.
    pub id: BookingId,
    /// What is booked.
    pub resource_id: ResourceId,
    /// The project it was made through.
    pub project_id: Option<ProjectId>,
    /// The calendar that its event goes to.
    pub calendar_id: CalendarId,
    /// The event, while there is one.
    pub event_id: Option<EventId>,
    /// Its graph.
    pub graph: Graph,
    /// Where it stands.
    pub state: State,
    /// When it takes place.
    pub span: Interval,
    /// Title.
    pub what: String,
    /// Place.
    pub place: String,
    /// Details.
    pub description: String,
    /// E-mails beside the customer, a JSON array as text.
    pub participants: String,
    /// What else was said of the event (`invite`, `my_rsvp`, …), a JSON object as text.
    pub event_options: String,
    /// The groups of `attributes` beside `event_info`, a JSON object as text.
    pub attributes: String,
    /// Free values, a JSON object as text.
    pub meta: String,
    /// Whether it needs its time for itself.
    pub exclusive: bool,
    /// Number of the newest transition.
    pub seq: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The columns of [`Booking`], in the order in which [`FromRow`] reads them; a macro because `concat!` takes literals only.
macro_rules! columns {
    () => {
        "b.id, b.resource_id, b.project_id, b.calendar_id, b.event_id, b.graph, b.state, b.starts_at, b.ends_at, b.what,
         b.place, b.description, b.participants, b.event_options, b.attributes, b.meta, b.exclusive, b.seq, b.created_at,
         b.updated_at"
    };
}

impl FromRow for Booking {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let word = |text: &str| Error::corrupt(format!("booking with an unknown word `{text}`"));
        let graph: &str = row.get(5)?;
        let state: &str = row.get(6)?;
        Ok(Self {
            id: row.get(0)?,
            resource_id: row.get(1)?,
            project_id: row.get(2)?,
            calendar_id: row.get(3)?,
            event_id: row.get(4)?,
            graph: graph.parse().map_err(|_| word(graph))?,
            state: state.parse().map_err(|_| word(state))?,
            span: Interval::new(row.get(7)?, row.get(8)?).map_err(|_| word("empty span"))?,
            what: row.get(9)?,
            place: row.get(10)?,
            description: row.get(11)?,
            participants: row.get(12)?,
            event_options: row.get(13)?,
            attributes: row.get(14)?,
            meta: row.get(15)?,
            exclusive: row.get(16)?,
            seq: row.get(17)?,
            created_at: row.get(18)?,
            updated_at: row.get(19)?,
        })
    }
}

/// Everything that is written with a new booking, beside its claim.
#[derive(Debug)]
pub struct New<'a> {
    /// The booking.
    pub booking: &'a Booking,
    /// Its searchable fields.
    pub fields: &'a [Field],
    /// Who booked.
    pub customer: &'a Customer,
    /// The owner's answer on the event, where the booking names one.
    pub rsvp: &'a str,
    /// The transition that made it.
    pub entry: &'a NewTransition<'a>,
}

/// Adds a booking with all that belongs to it.
pub async fn insert(conn: &mut Conn, app: AppId, new: &New<'_>) -> Result<()> {
    let booking = new.booking;
    let row = &[
        app.into(),
        booking.id.into(),
        booking.resource_id.into(),
        booking.project_id.into(),
        booking.calendar_id.into(),
        booking.event_id.into(),
        booking.graph.as_str().into(),
        booking.state.as_str().into(),
        booking.graph.is_final(booking.state).into(),
        booking.span.start().into(),
        booking.span.end().into(),
        (&booking.what).into(),
        (&booking.place).into(),
        (&booking.description).into(),
        (&booking.participants).into(),
        (&booking.event_options).into(),
        (&booking.attributes).into(),
        (&booking.meta).into(),
        booking.exclusive.into(),
        booking.seq.into(),
        booking.created_at.into(),
        booking.updated_at.into(),
    ];
    let fields = field_rows(app, booking.id, new.fields);
    let customer = customers::row(app, new.customer);
    let entry = transition_row(app, new.entry);
    let mut all: Vec<(&str, &[Param<'_>])> = vec![
        (
            "INSERT INTO booking (app_id, id, resource_id, project_id, calendar_id, event_id, graph, state, completed,
                starts_at, ends_at, what, place, description, participants, event_options, attributes, meta, exclusive,
                seq, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
            row,
        ),
        (customers::INSERT, &customer),
        (INSERT_TRANSITION, &entry),
    ];
    all.extend(fields.iter().map(|field| (INSERT_FIELD, field.as_slice())));
    let event;
    if let Some(id) = booking.event_id {
        event = events::booking_row(app, booking.id, id, new.rsvp, booking.created_at);
        all.push((events::INSERT_FOR_BOOKING, &event));
    }
    conn.execute_all(&all).await
}

const INSERT_FIELD: &str = "
    INSERT INTO booking_field (app_id, name, value, booking_id) VALUES ($1, $2, $3, $4)
    ON CONFLICT (app_id, name, value, booking_id) DO NOTHING";

fn field_rows(app: AppId, id: BookingId, fields: &[Field]) -> Vec<Vec<Param<'_>>> {
    fields
        .iter()
        .map(|field| {
            vec![
                app.into(),
                (&field.name).into(),
                (&field.value).into(),
                id.into(),
            ]
        })
        .collect()
}

/// Adds searchable fields: `meta.KEY` and `customer.KEY` with their texts.
pub async fn insert_fields(
    conn: &mut Conn,
    app: AppId,
    id: BookingId,
    fields: &[Field],
) -> Result<()> {
    conn.execute_many(INSERT_FIELD, &field_rows(app, id, fields))
        .await
}

/// Removes searchable fields by name and text.
pub async fn delete_fields(
    conn: &mut Conn,
    app: AppId,
    id: BookingId,
    fields: &[Field],
) -> Result<()> {
    conn.execute_many(
        "DELETE FROM booking_field WHERE app_id = $1 AND name = $2 AND value = $3 AND booking_id = $4",
        &field_rows(app, id, fields),
    )
    .await
}

/// One booking that is not deleted.
pub async fn get(conn: &mut Conn, app: AppId, id: BookingId) -> Result<Option<Booking>> {
    conn.one(
        concat!(
            "SELECT ",
            columns!(),
            " FROM booking b WHERE b.app_id = $1 AND b.id = $2 AND b.deleted_at IS NULL"
        ),
        &[app.into(), id.into()],
    )
    .await
}

/// Moves a booking from the state, transition and meta it was read with to `to`; false where it has changed meanwhile.
///
/// Also writes what a step may change: event, attributes and meta.
pub async fn advance(
    conn: &mut Conn,
    app: AppId,
    read: &Booking,
    to: State,
    changed: &Changed,
    now: Timestamp,
) -> Result<bool> {
    let updated = conn
        .execute(
            "UPDATE booking SET state = $5, completed = $6, event_id = $7, attributes = $8, meta = $9, seq = seq + 1,
                updated_at = $10
             WHERE app_id = $1 AND id = $2 AND state = $3 AND seq = $4 AND CAST(meta AS TEXT) = $11
                AND deleted_at IS NULL",
            &[
                app.into(),
                read.id.into(),
                read.state.as_str().into(),
                read.seq.into(),
                to.as_str().into(),
                read.graph.is_final(to).into(),
                changed.event_id.into(),
                (&changed.attributes).into(),
                (&changed.meta).into(),
                now.into(),
                (&read.meta).into(),
            ],
        )
        .await?;
    Ok(updated > 0)
}

/// What a step changes beside the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The event, while there is one.
    pub event_id: Option<EventId>,
    /// The groups of `attributes`, a JSON object as text.
    pub attributes: String,
    /// Free values, a JSON object as text.
    pub meta: String,
}

/// Writes the meta of a booking that is still as it was read; false where somebody else was faster.
pub async fn save_meta(
    conn: &mut Conn,
    app: AppId,
    read: &Booking,
    meta: &str,
    now: Timestamp,
) -> Result<bool> {
    let updated = conn
        .execute(
            "UPDATE booking SET meta = $4, updated_at = $5
             WHERE app_id = $1 AND id = $2 AND CAST(meta AS TEXT) = $3 AND deleted_at IS NULL",
            &[
                app.into(),
                read.id.into(),
                (&read.meta).into(),
                meta.into(),
                now.into(),
            ],
        )
        .await?;
    Ok(updated > 0)
}

/// Hides a finished booking; false where it is not finished or not there.
pub async fn delete(conn: &mut Conn, app: AppId, id: BookingId, now: Timestamp) -> Result<bool> {
    let deleted = conn
        .execute(
            "UPDATE booking SET deleted_at = $3 WHERE app_id = $1 AND id = $2 AND completed AND deleted_at IS NULL",
            &[app.into(), id.into(), now.into()],
        )
        .await?;
    Ok(deleted > 0)
}

/// One committed change of a booking's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Its id.
    pub id: Uuid,
    /// The booking.
    pub booking_id: BookingId,
    /// 1, 2, 3 … per booking.
    pub seq: i64,
    /// What was done.
    pub action: Action,
    /// From which state.
    pub from: State,
    /// To which state.
    pub to: State,
    /// The word for who did it.
    pub actor: String,
    /// What was said with it.
    pub message: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl FromRow for Transition {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let word = |text: &str| Error::corrupt(format!("transition with an unknown word `{text}`"));
        let action: &str = row.get(3)?;
        let from: &str = row.get(4)?;
        let to: &str = row.get(5)?;
        Ok(Self {
            id: row.get(0)?,
            booking_id: row.get(1)?,
            seq: row.get(2)?,
            action: action.parse().map_err(|_| word(action))?,
            from: from.parse().map_err(|_| word(from))?,
            to: to.parse().map_err(|_| word(to))?,
            actor: row.get(6)?,
            message: row.get(7)?,
            at: row.get(8)?,
        })
    }
}

/// A change to be logged.
#[derive(Clone, Debug)]
pub struct NewTransition<'a> {
    /// Its id.
    pub id: Uuid,
    /// The booking.
    pub booking_id: BookingId,
    /// 1, 2, 3 … per booking.
    pub seq: i64,
    /// What was done.
    pub action: Action,
    /// From which state.
    pub from: State,
    /// To which state.
    pub to: State,
    /// Who did it.
    pub actor: Actor,
    /// What was said with it.
    pub message: Option<&'a str>,
    /// When.
    pub at: Timestamp,
}

/// Adds to the log.
pub async fn push_transition(
    conn: &mut Conn,
    app: AppId,
    transition: &NewTransition<'_>,
) -> Result<()> {
    conn.execute(INSERT_TRANSITION, &transition_row(app, transition))
        .await?;
    Ok(())
}

const INSERT_TRANSITION: &str = "
    INSERT INTO booking_transition (app_id, booking_id, seq, id, action, from_state, to_state, actor, message, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

fn transition_row<'a>(app: AppId, transition: &NewTransition<'a>) -> [Param<'a>; 10] {
    [
        app.into(),
        transition.booking_id.into(),
        transition.seq.into(),
        transition.id.into(),
        transition.action.as_str().into(),
        transition.from.as_str().into(),
        transition.to.as_str().into(),
        transition.actor.as_str().into(),
        transition.message.into(),
        transition.at.into(),
    ]
}

/// The logs of several bookings, oldest first.
pub async fn transitions(
    conn: &mut Conn,
    app: AppId,
    bookings: &[BookingId],
) -> Result<Vec<Transition>> {
    conn.query(
        "SELECT id, booking_id, seq, action, from_state, to_state, actor, message, at
         FROM booking_transition WHERE app_id = $1 AND booking_id = ANY($2) ORDER BY booking_id, seq",
        &[app.into(), bookings.into()],
    )
    .await
}

/// What a list of bookings is narrowed by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Exactly this one.
    Id(BookingId),
    /// Bookings of a resource.
    Resource(ResourceId),
    /// Bookings of a project.
    Project(ProjectId),
    /// Bookings in a calendar.
    Calendar(CalendarId),
    /// Bookings of a graph.
    Graph(Graph),
    /// Bookings in a state.
    State(State),
    /// Finished ones, or the others.
    Completed(bool),
    /// The customer's e-mail, without case.
    CustomerEmail(String),
    /// The customer's name, without case.
    CustomerName(Pattern),
    /// Another column of the customer.
    CustomerText(CustomerColumn, String),
    /// Another field of the customer, or of the booking's meta: full name and text.
    Field(String, String),
    /// The customer's name or e-mail holds this text, without case.
    Contains(String),
    /// Starts at this instant or later.
    StartsFrom(Timestamp),
    /// Starts before this instant.
    StartsBefore(Timestamp),
    /// Ends at this instant or later.
    EndsFrom(Timestamp),
    /// Ends before this instant.
    EndsBefore(Timestamp),
}

/// A text with or without wildcards at its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The text between the wildcards.
    pub text: String,
    /// Any text may stand before it.
    pub open_start: bool,
    /// Any text may stand after it.
    pub open_end: bool,
}

/// Columns of a customer that are compared as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomerColumn {
    /// Phone number.
    Phone,
    /// Name on a voice service.
    Voip,
    /// Time zone.
    Timezone,
}

/// What a list of bookings is ordered by; ties go by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The time of creation, which is the order of ids.
    CreatedAt,
    /// The time of the last change.
    UpdatedAt,
    /// Unfinished ones first.
    Completed,
    /// The graph's word.
    Graph,
    /// The state's word.
    State,
    /// The first instant.
    Start,
    /// The last instant.
    End,
}

impl Filter {
    fn apply(&self, app: AppId, list: &mut List<'_>) {
        match self {
            Self::Id(id) => list.filter("b.id = $?", [(*id).into()]),
            Self::Resource(id) => list.filter("b.resource_id = $?", [(*id).into()]),
            Self::Project(id) => list.filter("b.project_id = $?", [(*id).into()]),
            Self::Calendar(id) => list.filter("b.calendar_id = $?", [(*id).into()]),
            Self::Graph(graph) => list.filter("b.graph = $?", [graph.as_str().into()]),
            Self::State(state) => list.filter("b.state = $?", [state.as_str().into()]),
            Self::Completed(true) => list.filter("b.completed", []),
            Self::Completed(false) => list.filter("NOT b.completed", []),
            Self::CustomerEmail(email) => list.filter(
                "b.id IN (SELECT booking_id FROM customer WHERE app_id = $? AND email_fold = $?)",
                [app.into(), email.clone().into()],
            ),
            Self::CustomerName(pattern) if pattern.open_start || pattern.open_end => list.filter(
                "b.id IN (SELECT booking_id FROM customer WHERE app_id = $? AND name_fold LIKE $? ESCAPE '\\')",
                [app.into(), like(&pattern.text, pattern.open_start, pattern.open_end).into()],
            ),
            Self::CustomerName(pattern) => list.filter(
                "b.id IN (SELECT booking_id FROM customer WHERE app_id = $? AND name_fold = $?)",
                [app.into(), pattern.text.clone().into()],
            ),
            Self::CustomerText(column, text) => list.filter(
                match column {
                    CustomerColumn::Phone => {
                        "b.id IN (SELECT booking_id FROM customer WHERE app_id = $? AND phone = $?)"
                    }
                    CustomerColumn::Voip => {
                        "b.id IN (SELECT booking_id FROM customer WHERE app_id = $? AND voip = $?)"
                    }
                    CustomerColumn::Timezone => {
                        "b.id IN (SELECT booking_id FROM customer WHERE app_id = $? AND timezone = $?)"
                    }
                },
                [app.into(), text.clone().into()],
            ),
            Self::Field(name, value) => list.filter(
                "b.id IN (SELECT booking_id FROM booking_field WHERE app_id = $? AND name = $? AND value = $?)",
                [app.into(), name.clone().into(), value.clone().into()],
            ),
            Self::Contains(text) => {
                let pattern = like(text, true, true);
                list.filter(
                    "b.id IN (SELECT booking_id FROM customer WHERE app_id = $?
                        AND (name_fold LIKE $? ESCAPE '\\' OR email_fold LIKE $? ESCAPE '\\'))",
                    [app.into(), pattern.clone().into(), pattern.into()],
                )
            }
            Self::StartsFrom(at) => list.filter("b.starts_at >= $?", [(*at).into()]),
            Self::StartsBefore(at) => list.filter("b.starts_at < $?", [(*at).into()]),
            Self::EndsFrom(at) => list.filter("b.ends_at >= $?", [(*at).into()]),
            // What ends before it starts before it, and the start has an index.
            Self::EndsBefore(at) => list.filter(
                "b.ends_at < $? AND b.starts_at < $?",
                [(*at).into(), (*at).into()],
            ),
        };
    }
}

/// The list of an app's bookings under filters and an order.
pub fn listing(app: AppId, filters: &[Filter], order: (Order, Direction)) -> List<'static> {
    let mut list = List::new(columns!(), "booking b", "b.id");
    list.filter("b.app_id = $?", [app.into()]);
    list.filter("b.deleted_at IS NULL", []);
    for filter in filters {
        filter.apply(app, &mut list);
    }
    match order {
        // Ids are made in the order of creation, and the index of each filter ends in the id.
        (Order::CreatedAt, direction) => list.key_direction(direction),
        (Order::UpdatedAt, direction) => list.order("b.updated_at", direction),
        (Order::Completed, direction) => list.order("b.completed", direction),
        (Order::Graph, direction) => list.order("b.graph", direction),
        (Order::State, direction) => list.order("b.state", direction),
        (Order::Start, direction) => list.order("b.starts_at", direction),
        (Order::End, direction) => list.order("b.ends_at", direction),
    };
    list
}

/// A page of the app's bookings, and how many there are on all pages.
pub async fn list(
    conn: &mut Conn,
    app: AppId,
    filters: &[Filter],
    order: (Order, Direction),
    page: Page,
) -> Result<(Vec<Booking>, u64)> {
    listing(app, filters, order).read(conn, page).await
}
