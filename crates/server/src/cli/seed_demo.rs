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
use jiff::{ToSpan, civil::Date, civil::Weekday};
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

Prints one JSON object: what `daybook app create` prints, the number of bookings, the addresses of the booking pages,
and the login for the panel.";

#[derive(Args)]
pub(super) struct Options {
    /// Name of the app
    #[arg(long, default_value = "Harbor Studio")]
    name: String,
    /// E-mail of its owner; whoever has an account keeps their password
    #[arg(long, default_value = "demo@example.org")]
    email: String,
}

/// Something that can be booked.
struct Bookable {
    name: &'static str,
    is_person: bool,
    /// The working day's first hour.
    first_hour: i8,
    zone: &'static str,
}

const fn person(name: &'static str, first_hour: i8, zone: &'static str) -> Bookable {
    Bookable {
        name,
        is_person: true,
        first_hour,
        zone,
    }
}

const fn thing(name: &'static str, first_hour: i8) -> Bookable {
    Bookable {
        name,
        is_person: false,
        first_hour,
        zone: ZONE,
    }
}

/// Two people work in the studio, two elsewhere.
const RESOURCES: [Bookable; 7] = [
    person("Astrid Holm", 9, ZONE),
    person("Jonas Berg", 10, ZONE),
    person("Mariam Diallo", 8, "Europe/London"),
    person("Tomás Rivera", 9, "America/New_York"),
    thing("Room Harbor", 9),
    thing("Room Lighthouse", 9),
    thing("Camera set A", 8),
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
const ADDRESS: &str = "Harbor Studio, Havnegade 12, Copenhagen";
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
    let today = app.clock.now().to_zoned_datetime(zone).date();
    let plan = plan(today);
    let bar = bar();
    bar.set_length((RESOURCES.len() + plan.len()) as u64);
    let mut resources = Vec::new();
    for bookable in &RESOURCES {
        let mut resource = json!({
            "name": bookable.name,
            "timezone": bookable.zone,
            "availability_constraints": bookable.hours(),
            "meta": {"kind": if bookable.is_person { "person" } else { "thing" }},
        });
        if bookable.is_person {
            // Each demo has its own people: an address belongs to one account of the installation.
            resource["email"] =
                format!("{}@{}.example", handle(bookable.name), created.app.slug).into();
        }
        resources.push(api.make("/v2/resources", &resource).await?.0);
        bar.inc(1);
    }
    let pages = projects(&api, &resources).await?;
    for booking in &plan {
        book(&api, &resources, &pages[0].0, booking, today).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();

    let mut out = app::describe(&created);
    out["bookings"] = plan.len().into();
    let address = |slug: &str| format!("{}/book/{slug}", app.config.public_url());
    out["booking_pages"] = pages.iter().map(|(_, slug)| address(slug)).collect();
    out["login"] = json!({
        "url": format!("{}/admin", app.config.public_url()),
        "email": created.resource.email,
        "password": is_new.then_some(password),
    });
    Ok(out)
}

impl Bookable {
    /// When it is open: people nine hours on weekdays, things longer and on Saturdays too.
    fn hours(&self) -> Value {
        if self.is_person {
            let hours = json!({"start": self.first_hour, "end": self.first_hour + 9});
            return json!([{"allow_weekdays": {}}, {"allow_hours": hours}]);
        }
        json!([
            {"allow_weekdays": {}},
            {"allow_hours": {"start": 8, "end": 20}},
            {"allow_day_and_time": {"day": "Saturday", "start": 10, "end": 14}},
        ])
    }
}

/// Makes the projects with their location and services: id and slug of each, the consultation first.
async fn projects(api: &Api, resources: &[String]) -> anyhow::Result<Vec<(String, String)>> {
    let look = json!({
        "display_name": "Harbor Studio",
        "time_date_format": "24h-dmy-mon",
        "localization": {"submit_button": "Book", "success_message": "Thank you. A confirmation is on its way to %s."},
    });
    let consultation = json!({
        "name": "First consultation",
        "resources": resources[..4],
        "availability": {"mode": "roundrobin_random", "length": "30 minutes", "from": "2 hours", "to": "3 weeks", "buffer": "15 minutes", "closest_time_interval": "30 minutes"},
        "availability_constraints": [{"block_hours": {"start": "12:00", "end": "12:30"}}],
        "booking": {"graph": "instant", "what": "First consultation", "where": ADDRESS, "description": "Tell us what you have in mind; we show what we have done."},
        "customer_fields": {
            "name": {"title": "Name", "required": true},
            "email": {"title": "E-mail", "format": "email", "required": true},
            "phone": {"title": "Phone", "format": "tel"},
            "topic": {"title": "What is it about?", "format": "select", "enum": ["Portraits", "Products", "An event", "Something else"]},
            "comment": {"title": "Anything we should know?", "format": "textarea"},
        },
        "ui": look,
        "meta": {"team": "front desk"},
    });
    let repair = json!({
        "name": "Repair request",
        "resources": [resources[1], resources[0]],
        "availability": {"mode": "roundrobin_prioritized", "length": "45 minutes", "from": "1 day", "to": "4 weeks", "timeslot_increments": "15 minutes"},
        "availability_constraints": [{"block_day": {"day": "Friday"}}],
        "booking": {"graph": "confirm_decline", "what": "Repair of your camera", "where": ADDRESS, "description": "We look at it and answer within a day."},
        "customer_fields": {
            "name": {"title": "Name", "required": true},
            "email": {"title": "E-mail", "format": "email", "required": true},
            "camera": {"title": "Make and model", "required": true},
            "trouble": {"title": "What is wrong?", "format": "textarea", "required": true},
            "warranty": {"title": "It is under warranty", "format": "checkbox"},
        },
        "ui": look,
        "meta": {"team": "workshop"},
    });
    let room = json!({
        "name": "Studio room",
        "resources": resources[4..6],
        "availability": {"mode": "roundrobin_prioritized", "length": "2 hours", "from": "1 hour", "to": "6 weeks", "timeslot_increments": "1 hour"},
        "booking": {"graph": "instant", "what": "Studio room", "where": ADDRESS, "description": "Light and backdrops are there."},
        "ui": look,
    });
    let summer = json!({
        "name": "Summer workshop",
        "resources": [resources[2]],
        "availability": {"length": "2 hours"},
        "booking": {"graph": "instant", "what": "Summer workshop", "where": "On the quay"},
        "enabled": false,
        "ui": look,
    });
    let mut made = Vec::new();
    for project in [consultation, repair, room, summer] {
        made.push(api.make("/v2/projects", &project).await?);
    }
    let mut services = Vec::new();
    for (name, length, projects) in [
        ("Consultation", "30 minutes", &made[..1]),
        ("Repair", "45 minutes", &made[1..2]),
        ("Room", "2 hours", &made[2..3]),
    ] {
        let projects: Vec<&String> = projects.iter().map(|(id, _)| id).collect();
        let service =
            json!({"name": name, "availability": {"length": length}, "projects": projects});
        services.push(api.make("/v2/location/services", &service).await?.0);
    }
    let location = json!({
        "name": "Harbor Studio",
        "description": "By the water, five minutes from the station",
        "latitude": 55.6786,
        "longitude": 12.5906,
        "projects": made.iter().map(|(id, _)| id).collect::<Vec<_>>(),
        "services": services,
        "meta": {"t_store_name": "Harbor Studio", "t_store_city": "Copenhagen", "t_store_address": "Havnegade 12", "t_store_postal_code": "1058"},
    });
    api.make("/v2/locations", &location).await?;
    Ok(made)
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
        for (resource, bookable) in RESOURCES.iter().enumerate() {
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
                    hour: bookable.first_hour + [0, 2, 5][place],
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
    resources: &[String],
    consultation: &str,
    booking: &Planned,
    today: Date,
) -> anyhow::Result<()> {
    let zone = zone(RESOURCES[booking.resource].zone).context("the zone of a resource")?;
    let (what, minutes) = SERVICES[booking.number % SERVICES.len()];
    let customer = CUSTOMERS[(booking.number * 5 + booking.resource) % CUSTOMERS.len()];
    let start = booking
        .day
        .at(booking.hour, booking.minute, 0, 0)
        .to_zoned_datetime(zone)?;
    let end = &start + minutes.minutes();
    let mut body = json!({
        "graph": booking.graph,
        "resource_id": resources[booking.resource],
        "start": start.timestamp().to_string(),
        "end": end.timestamp().to_string(),
        "what": what,
        "where": ADDRESS,
        "description": "",
        "customer": {
            "name": customer,
            "email": format!("{}@example.org", handle(customer)),
            "phone": format!("+45 20 {:02} {:02} {:02}", booking.number % 90 + 10, booking.number % 80 + 10, booking.number % 70 + 10),
            "timezone": ZONE,
        },
        "meta": {"source": if booking.number.is_multiple_of(3) { "website" } else { "phone" }},
    });
    if what == SERVICES[0].0 && RESOURCES[booking.resource].is_person {
        body["project_id"] = consultation.into();
    }
    let id = api.make("/v2/bookings", &body).await?.0;
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
    /// Makes something: its id, and its slug where it has one.
    async fn make(&self, path: &str, body: &Value) -> anyhow::Result<(String, String)> {
        let made = self.call(Method::POST, path, body).await?;
        let text = |key: &str| made["data"][key].as_str().map(str::to_owned);
        let id = text("id").with_context(|| format!("the id that {path} made"))?;
        Ok((id, text("slug").unwrap_or_default()))
    }

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
