//! `daybook seed-demo`: an app full of believable resources and bookings, made through the API itself.

use anyhow::{Context, anyhow, ensure};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use domain::{Mode, time::zone};
use http_body_util::BodyExt;
use jiff::{ToSpan, civil::Date, civil::Weekday, tz::TimeZone};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{
    app::{self, NewApp},
    backup::bar,
};
use crate::app::App;

pub(super) const EXAMPLES: &str = "\
Examples:
  daybook seed-demo
  daybook seed-demo --email ann@example.org --name 'Second demo'

Prints one JSON object: what `daybook app create` prints, the number of bookings, and the login for the panel.";

#[derive(Args)]
pub(super) struct Options {
    /// Name of the app
    #[arg(long, default_value = "Harbor Studio")]
    name: String,
    /// E-mail of its owner; whoever has an account keeps their password
    #[arg(long, default_value = "demo@example.org")]
    email: String,
}

/// Name, whether a person, and the working day's first hour.
const RESOURCES: [(&str, bool, i8); 7] = [
    ("Astrid Holm", true, 9),
    ("Jonas Berg", true, 10),
    ("Mariam Diallo", true, 8),
    ("Tomás Rivera", true, 11),
    ("Room Harbor", false, 9),
    ("Room Lighthouse", false, 9),
    ("Camera set A", false, 8),
];

const CUSTOMERS: [&str; 14] = [
    "Ida Nielsen",
    "Peter Sørensen",
    "Lucía Fernández",
    "Samuel Okoye",
    "Yuki Tanaka",
    "Emma Larsson",
    "Noah Fischer",
    "Aisha Rahman",
    "Oliver Brandt",
    "Chloé Martin",
    "Mikkel Dahl",
    "Priya Natarajan",
    "Hannah Weiss",
    "Leo Moretti",
];

/// Subject, minutes.
const SERVICES: [(&str, i64); 6] = [
    ("First consultation", 30),
    ("Portrait session", 90),
    ("Follow-up", 45),
    ("Team workshop", 120),
    ("Product photos", 60),
    ("Print review", 30),
];

const ZONE: &str = "Europe/Copenhagen";
const DAYS_BACK: i32 = 14;
const DAYS_AHEAD: i32 = 21;

/// Makes the demo.
pub(super) async fn run(app: &App, options: Options) -> anyhow::Result<Value> {
    let password = STANDARD.encode(app.clock.random::<12>());
    let wanted = NewApp {
        name: options.name,
        email: options.email,
        password: Some(password.as_str().into()),
        mode: Mode::Live,
        owner: Some("Demo Owner".to_owned()),
        timezone: ZONE.to_owned(),
    };
    let is_new = app::is_new(app, &wanted.email).await?;
    let created = app::create(app, wanted).await?;
    let api = Api {
        router: crate::router(app),
        authorization: format!(
            "Basic {}",
            STANDARD.encode(format!(":{}", created.app_key.expose_secret()))
        ),
    };

    let zone = zone(ZONE).context("the zone of the demo")?;
    let today = app.clock.now().to_zoned_datetime(zone.clone()).date();
    let plan = plan(today);
    let bar = bar();
    bar.set_length((RESOURCES.len() + plan.len()) as u64);
    let mut resources = Vec::new();
    for (name, is_person, _) in RESOURCES {
        let mut resource = json!({"name": name, "timezone": ZONE, "meta": {"kind": if is_person { "person" } else { "thing" }}});
        if is_person {
            // Each demo has its own people: an address belongs to one account of the installation.
            resource["email"] = format!("{}@{}.example", handle(name), created.app.slug).into();
        }
        let made = api.call(Method::POST, "/v2/resources", &resource).await?;
        resources.push(
            made["data"]["id"]
                .as_str()
                .context("a resource's id")?
                .to_owned(),
        );
        bar.inc(1);
    }
    for booking in &plan {
        book(&api, &resources[booking.resource], booking, today, &zone).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();

    let mut out = app::describe(&created);
    out["bookings"] = plan.len().into();
    out["login"] = json!({
        "url": format!("{}/admin", app.config.public_url()),
        "email": created.resource.email,
        "password": is_new.then_some(password),
    });
    Ok(out)
}

/// One booking of the demo.
struct Planned {
    resource: usize,
    number: usize,
    day: Date,
    hour: i8,
    minute: i8,
    graph: &'static str,
    /// What happens to it after it was made.
    then: Option<&'static str>,
}

/// A busy calendar around today: the past is done, most of the future stands, some of it waits for an answer.
fn plan(today: Date) -> Vec<Planned> {
    let mut plan = Vec::new();
    for offset in -DAYS_BACK..=DAYS_AHEAD {
        let day = today.saturating_add(offset.days());
        if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            continue;
        }
        for (resource, (_, _, first_hour)) in RESOURCES.into_iter().enumerate() {
            for place in 0..3 {
                let number = plan.len() + resource * 5 + place;
                // Fuller in the near future than far ahead.
                let is_free = (number * 7 + resource) % 10 < if offset > 7 { 7 } else { 4 };
                if is_free {
                    continue;
                }
                let (graph, then) = match (offset < 0, number % 7) {
                    (true, 0) => ("instant", Some("cancel_by_customer")),
                    (true, 1) => ("confirm_decline", Some("decline")),
                    (true, _) => ("instant", Some("complete")),
                    (false, 0 | 3) => ("confirm_decline", None),
                    (false, 1) => ("confirm_decline", Some("confirm")),
                    (false, 5) if number.is_multiple_of(3) => ("instant", Some("cancel")),
                    (false, _) => ("instant", None),
                };
                plan.push(Planned {
                    resource,
                    number,
                    day,
                    // Two and a half hours apart: the longest service fits.
                    hour: first_hour + [0, 2, 5][place],
                    minute: [0, 30, 0][place],
                    graph,
                    then,
                });
            }
        }
    }
    plan
}

async fn book(
    api: &Api,
    resource: &str,
    booking: &Planned,
    today: Date,
    zone: &TimeZone,
) -> anyhow::Result<()> {
    let (what, minutes) = SERVICES[booking.number % SERVICES.len()];
    let customer = CUSTOMERS[(booking.number * 5 + booking.resource) % CUSTOMERS.len()];
    let start = booking
        .day
        .at(booking.hour, booking.minute, 0, 0)
        .to_zoned_datetime(zone.clone())?;
    let end = &start + minutes.minutes();
    let body = json!({
        "graph": booking.graph,
        "resource_id": resource,
        "start": start.timestamp().to_string(),
        "end": end.timestamp().to_string(),
        "what": what,
        "where": "Harbor Studio, Havnegade 12, Copenhagen",
        "description": "",
        "customer": {
            "name": customer,
            "email": format!("{}@example.org", handle(customer)),
            "phone": format!("+45 20 {:02} {:02} {:02}", booking.number % 90 + 10, booking.number % 80 + 10, booking.number % 70 + 10),
            "timezone": ZONE,
        },
        "meta": {"source": if booking.number.is_multiple_of(3) { "website" } else { "phone" }},
    });
    let made = api.call(Method::POST, "/v2/bookings", &body).await?;
    let id = made["data"]["id"].as_str().context("a booking's id")?;
    if let Some(action) = booking.then {
        let message = if booking.day < today {
            ""
        } else {
            "We found another time by phone."
        };
        let body = json!({action: {"message": message}});
        api.call(Method::PUT, &format!("/v2/bookings/{id}/{action}"), &body)
            .await?;
    }
    Ok(())
}

/// `Tomás Rivera` → `tomas.rivera`, for an e-mail.
fn handle(name: &str) -> String {
    domain::slug::slugify(name).replace('-', ".")
}

/// The API without a socket.
struct Api {
    router: Router,
    authorization: String,
}

impl Api {
    async fn call(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, &self.authorization)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))?;
        let response = self.router.clone().oneshot(request).await?;
        let status = response.status();
        let bytes = response.into_body().collect().await?.to_bytes();
        ensure!(
            status.is_success(),
            anyhow!(
                "{path} answered {status}: {}",
                String::from_utf8_lossy(&bytes)
            )
        );
        serde_json::from_slice(&bytes).with_context(|| format!("the answer of {path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_resource_of_the_demo_is_booked_twice() {
        let today = Date::constant(2031, 4, 2);
        let plan = plan(today);
        assert!(plan.len() > 100);
        let mut spans: Vec<_> = plan
            .iter()
            .map(|it| {
                let start = it.day.at(it.hour, it.minute, 0, 0);
                (
                    it.resource,
                    start,
                    start + SERVICES[it.number % SERVICES.len()].1.minutes(),
                )
            })
            .collect();
        spans.sort();

        for pair in spans.windows(2) {
            assert!(pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1, "{pair:?}");
        }
    }
}
