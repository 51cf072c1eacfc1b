//! The hosted booking page `/book/{slug}` (spec 92 §5): the front's entry with the project in it, so that the first paint
//! needs no request.
//!
//! What people typed reaches the page as text only: escaped in markup, and without `<` in the data block.

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use domain::slug;
use serde::Serialize;
use serde_json::{Map, Value};
use store::{Scope, projects, resources};

use crate::{
    api::{
        error::{Model, Result},
        query::Query,
        rendering::Rendering,
        v2::hosted_project,
    },
    app::App,
};

/// The page, and its last step, which a reload must find again.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/book/{slug}", get(page))
        .route("/book/{slug}/done", get(page))
}

/// The data block of the page.
#[derive(Serialize)]
struct PageOut {
    state: PageState,
    /// The public answer of `GET /v2/projects/hosted/{slug}`; none but for an open page.
    project: Option<Value>,
    app: AppOut,
    who: Option<WhoOut>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum PageState {
    Open,
    /// The project takes no bookings now.
    Off,
    Unknown,
}

#[derive(Default, Serialize)]
struct AppOut {
    name: String,
    contact_email: Option<String>,
    test_mode: bool,
}

/// Who is booked; a name only where there is no choice.
#[derive(Serialize)]
struct WhoOut {
    count: usize,
    name: Option<String>,
}

async fn page(
    State(app): State<App>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let page = read(&app, &slug, &Rendering::read(&headers, &Query::default())?).await?;
    let status = match page.state {
        PageState::Open => StatusCode::OK,
        PageState::Off | PageState::Unknown => StatusCode::NOT_FOUND,
    };
    let Some(html) = front::booking_page(&head(&page), &without_script(&page.app)) else {
        return Ok(front::no_front());
    };
    let cache = [(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    Ok((status, cache, Html(html)).into_response())
}

/// Looks the project up; a project that is off tells no more than its app.
async fn read(app: &App, slug: &str, rendering: &Rendering) -> Result<PageOut> {
    let unknown = PageOut {
        state: PageState::Unknown,
        project: None,
        app: AppOut::default(),
        who: None,
    };
    let slug = &slug.to_lowercase();
    // A database need not be asked for what is no slug; PostgreSQL has no text with a NUL.
    if !slug::is_slug(slug) {
        return Ok(unknown);
    }
    let mut conn = app
        .db
        .read(Scope::System(
            "a booking page names its project, not its app",
        ))
        .await?;
    let Some(hosted) = projects::find_by_slug(&mut conn, slug).await? else {
        return Ok(unknown);
    };
    let shown = app_out(&hosted.settings, hosted.test_mode);
    if !hosted.project.enabled {
        return Ok(PageOut {
            state: PageState::Off,
            project: None,
            app: shown,
            who: None,
        });
    }
    let ids = projects::resources(&mut conn, hosted.app_id, hosted.project.id).await?;
    let name = match ids[..] {
        [id] => resources::get(&mut conn, hosted.app_id, id)
            .await?
            .map(|resource| resource.name),
        _ => None,
    };
    // The page has words of its own for what the project leaves open: those filled in for other clients promise a mail.
    let own: Value = serde_json::from_str(&hosted.project.ui).unwrap_or_default();
    let public = hosted_project(&mut conn, app, slug, rendering, Model::Project).await?;
    let mut project = serde_json::to_value(public).map_err(anyhow::Error::new)?;
    project["ui"]["localization"] = own["localization"].clone();
    Ok(PageOut {
        state: PageState::Open,
        project: Some(project),
        app: shown,
        who: Some(WhoOut {
            count: ids.len(),
            name,
        }),
    })
}

/// What stands in the page's head: title, what other sites show of a link, and the data block.
fn head(page: &PageOut) -> String {
    let text = |key: &str| {
        page.project
            .as_ref()
            .and_then(|project| project.pointer(key)?.as_str())
    };
    let name = match page.state {
        PageState::Open => text("/name").unwrap_or_default(),
        PageState::Off => "Not taking bookings",
        PageState::Unknown => "Page not found",
    };
    let title = match page.app.name.as_str() {
        "" => name.to_owned(),
        app => format!("{name} · {app}"),
    };
    let description = text("/booking/description").unwrap_or_default();
    let mut head = format!(
        "<title>{title}</title>\
         <meta property=\"og:title\" content=\"{title}\"><meta property=\"og:type\" content=\"website\">",
        title = escaped(&title)
    );
    if !description.is_empty() {
        let description = escaped(description);
        head.push_str("<meta name=\"description\" content=\"");
        head.push_str(&description);
        head.push_str("\"><meta property=\"og:description\" content=\"");
        head.push_str(&description);
        head.push_str("\">");
    }
    if page.state != PageState::Open || page.app.test_mode {
        head.push_str("<meta name=\"robots\" content=\"noindex\">");
    }
    head.push_str("<script type=\"application/json\" id=\"page\">");
    head.push_str(&data(page));
    head.push_str("</script>");
    head
}

/// JSON that ends no element: `<` is written as its escape, which JSON reads as the same.
fn data(page: &PageOut) -> String {
    serde_json::to_string(page)
        .expect("invariant: texts and numbers are JSON")
        .replace('<', "\\u003c")
}

/// What is shown where scripts are off.
fn without_script(app: &AppOut) -> String {
    let contact = app
        .contact_email
        .as_deref()
        .map_or_else(String::new, |email| {
            let email = escaped(email);
            format!(" Ask for a time by e-mail: <a href=\"mailto:{email}\">{email}</a>")
        });
    format!(
        "<p>{} Free times need JavaScript to be shown.{contact}</p>",
        escaped(&app.name)
    )
}

/// A text as it stands in markup and in attributes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// The settings of an app that its customers may see.
fn app_out(settings: &str, test_mode: bool) -> AppOut {
    let settings: Map<String, Value> = serde_json::from_str(settings).unwrap_or_default();
    let text = |key: &str| settings.get(key).and_then(Value::as_str);
    AppOut {
        name: text("name").unwrap_or_default().to_owned(),
        contact_email: text("contact_email")
            .filter(|email| !email.is_empty())
            .map(str::to_owned),
        test_mode,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(name: &str) -> PageOut {
        PageOut {
            state: PageState::Open,
            project: Some(serde_json::json!({ "name": name, "booking": { "description": name } })),
            app: AppOut {
                name: "Acme".to_owned(),
                contact_email: Some("desk@example.org".to_owned()),
                test_mode: false,
            },
            who: None,
        }
    }

    #[test]
    fn what_people_typed_ends_no_element_and_no_attribute() {
        let typed = "</script><!--\"'><img src=x onerror=alert(1)>";

        let head = head(&open(typed));

        assert_eq!(head.matches("</script>").count(), 1);
        assert!(!head.contains("<img") && !head.contains("<!--"));
        let (_, block) = head.split_once("id=\"page\">").expect("there is a block");
        let json = block.strip_suffix("</script>").expect("it ends the head");
        let read: Value = serde_json::from_str(json).expect("the block is JSON");
        assert_eq!(read["project"]["name"], typed);
        assert_eq!(read["state"], "open");
    }

    #[test]
    fn only_an_open_page_of_a_live_app_may_be_indexed() {
        let mut page = open("Talk");
        assert!(!head(&page).contains("noindex"));
        page.app.test_mode = true;
        assert!(head(&page).contains("noindex"));
        page.app.test_mode = false;
        page.state = PageState::Off;
        assert!(head(&page).contains("noindex"));
    }

    #[test]
    fn without_a_script_the_contact_is_there() {
        assert!(without_script(&open("Talk").app).contains("mailto:desk@example.org"));
        assert!(!without_script(&AppOut::default()).contains("mailto"));
    }
}
