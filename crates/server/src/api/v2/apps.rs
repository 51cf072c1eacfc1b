//! `/v2/app` and `/v2/apps` (spec 20): the tenant itself, its settings and its members.

use axum::extract::{Path, State as Extract};
use domain::{AppId, KeyKind, Mode, PersonId, ResourceId, Role, settings};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use store::{
    Conn, Scope, api_keys, apps,
    members::{self, Member},
    persons, resources as rows,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::resources::output::{self, ResourceOut};
use crate::{
    api::{
        body::{Body, Fields, Input, NAME},
        caller::{Caller, Policy, Routes},
        error::{Error, FieldErrors, Model, Result},
        failures::Failures,
        query::Query,
        rendering::Stamp,
        reply::{Many, One, Paged, Reply},
    },
    app::App,
    audit,
    invite::{self, Outcome},
    signup::Draft,
    token,
};

/// Rows a page.
const PAGE: u32 = 50;

/// Fields of the object that clients send back with the settings.
const NOT_SETTINGS: [&str; 12] = [
    "id",
    "slug",
    "settings",
    "test_mode",
    "role",
    "creator_resource_id",
    "webhook_secret",
    "api_trial_expires_at",
    "app_token",
    "members",
    "created_at",
    "updated_at",
];

/// The routes of this file.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .at(Policy::APP_OR_OWN, routes!(current))
        .at(Policy::APP_OR_OWN, routes!(list))
        .at(Policy::OWNER, routes!(create))
        .at(Policy::APP_OR_OWN, routes!(get))
        .at(Policy::APP_OR_OWNER, routes!(update))
        .at(Policy::OWNER, routes!(delete))
        .at(Policy::APP_OR_OWNER, routes!(invite))
        .at(Policy::APP_OR_OWNER, routes!(invite_plural))
        .at(Policy::APP_OR_OWNER, routes!(list_members))
        .at(Policy::APP_OR_OWNER_ALONE, routes!(set_role))
}

/// An app.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppOut {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: AppId,
    /// Its unique name, for the header `Timekit-App`.
    slug: String,
    /// Its settings; `name` is always there.
    #[schema(value_type = Object)]
    settings: Box<RawValue>,
    /// Whether it is a test-mode app.
    test_mode: bool,
    /// The caller's role: `owner`, `admin` or `member`.
    role: &'static str,
    /// The resource of the person who made it.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    creator_resource_id: Option<ResourceId>,
    /// Signs outgoing webhooks; given to app keys and owners.
    #[schema(required)]
    webhook_secret: Option<String>,
    /// Always null: there are no trials.
    #[schema(required)]
    api_trial_expires_at: Option<Stamp>,
    /// When it was made.
    created_at: Stamp,
    /// When it was last changed.
    updated_at: Stamp,
    /// The app key, with `include=app_token`; null where the server keeps none that it can show.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    app_token: Option<Shown>,
    /// Its members, with `include=members`.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<MemberOut>>,
}

/// A secret that was asked for; null where the server keeps no copy of it.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Shown(Option<String>);

/// A member of an app.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberOut {
    /// The person's resource in the app.
    #[schema(value_type = uuid::Uuid)]
    resource_id: ResourceId,
    /// The person's name.
    name: String,
    /// The person's e-mail.
    email: String,
    /// `owner`, `admin` or `member`.
    role: &'static str,
    /// `active`, or `invited` until the invitation is accepted.
    state: &'static str,
}

impl From<Member> for MemberOut {
    fn from(member: Member) -> Self {
        Self {
            resource_id: member.resource_id,
            name: member.name,
            email: member.email,
            role: member.role.as_str(),
            state: member.state.as_str(),
        }
    }
}

/// A new app.
#[derive(Debug, ToSchema)]
pub struct AppIn {
    /// Its name, of which the slug is made.
    pub name: String,
    /// A test-mode app: nothing that it does leaves the system.
    pub test_mode: Option<bool>,
    /// Settings.
    #[schema(value_type = Option<Object>)]
    pub settings: Map<String, Value>,
}

impl Input for AppIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.required_text("name", NAME),
            test_mode: fields.boolean("test_mode"),
            settings: fields.map("settings").cloned().unwrap_or_default(),
        }
    }
}

/// Changed settings, flat or under `settings`; null removes one.
#[derive(Debug, ToSchema)]
#[schema(value_type = Object)]
pub struct SettingsIn(Map<String, Value>);

impl Input for SettingsIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        let mut changes = fields.object().clone();
        changes.retain(|key, _| !NOT_SETTINGS.contains(&key.as_str()));
        changes.extend(fields.map("settings").cloned().unwrap_or_default());
        Self(changes)
    }
}

/// Whom to invite.
#[derive(Debug, ToSchema)]
pub struct InviteIn {
    /// The e-mail.
    #[schema(format = "email")]
    pub email: String,
    /// `owner`, `admin` or `member` (default).
    #[schema(value_type = Option<String>)]
    pub role: Option<Role>,
}

impl Input for InviteIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: required_email(fields),
            role: role(fields),
        }
    }
}

/// A member's new role.
#[derive(Debug, ToSchema)]
pub struct RoleIn {
    /// `owner`, `admin` or `member`.
    #[schema(value_type = String)]
    pub role: Role,
}

impl Input for RoleIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        if fields.value("role").is_none() {
            fields.required("role");
        }
        Self {
            role: role(fields).unwrap_or(Role::Member),
        }
    }
}

/// Reads an e-mail that must be there.
pub fn required_email(fields: &mut Fields<'_>) -> String {
    if fields
        .value("email")
        .is_none_or(|value| value.as_str().is_some_and(|text| text.trim().is_empty()))
    {
        fields.required("email");
        return String::new();
    }
    fields.email("email").unwrap_or_default()
}

/// Reads a role.
pub fn role(fields: &mut Fields<'_>) -> Option<Role> {
    let text = fields.text("role", NAME)?;
    let role = Role::parse(&text);
    if role.is_none() {
        fields.error("role", "role must be owner, admin or member");
    }
    role
}

/// Read the current app.
///
/// With an app key, the key names it; with a resource's own key, the header `Timekit-App` does.
#[utoipa::path(get, path = "/v2/app", tag = "apps",
    params(("include" = Option<String>, Query, description = "Any of app_token, members")),
    responses((status = 200, description = "The app", body = One<AppOut>), Failures))]
pub async fn current(Extract(app): Extract<App>, caller: Caller, query: Query) -> Result<Reply> {
    let mut conn = app.read(&caller).await?;
    let row = apps::get(&mut conn, caller.app_id())
        .await?
        .ok_or(Error::NotFound(Model::App))?;
    let out = render(&mut conn, &app, &caller, &query, row, caller.role()).await?;

    Ok(Reply::one(out))
}

/// List the caller's apps.
///
/// An app key sees its own. The personal key of the person who made an app sees every app that this person belongs to.
#[utoipa::path(get, path = "/v2/apps", tag = "apps",
    params(("include" = Option<String>, Query, description = "Any of app_token, members"),
        ("limit" = Option<String>, Query, description = "Rows a page, 50 by default and 1,000 at most"),
        ("page" = Option<String>, Query, description = "From 1")),
    responses((status = 200, description = "A page of apps", body = Paged<AppOut>), Failures))]
pub async fn list(Extract(app): Extract<App>, caller: Caller, query: Query) -> Result<Reply> {
    let page = query.page(PAGE);
    let mut conn;
    let person = caller.person().filter(|_| caller.reaches_all_apps());
    let (joined, total) = if let Some(person) = person {
        conn = app.db.read(Scope::System("apps of a person")).await?;
        let total = apps::count_of_person(&mut conn, person).await?;
        let limit = page.limit().into();
        let joined = apps::of_person(&mut conn, person, limit, page.offset()).await?;
        (joined, total)
    } else {
        conn = app.read(&caller).await?;
        let own = apps::get(&mut conn, caller.app_id()).await?;
        let own = own.map(|app| apps::Joined {
            app,
            role: caller.role(),
        });
        (own.into_iter().filter(|_| page.offset() == 0).collect(), 1)
    };
    let mut out = Vec::with_capacity(joined.len());
    for apps::Joined { app: row, role } in joined {
        out.push(render(&mut conn, &app, &caller, &query, row, role).await?);
    }

    Ok(query.paged(&app, page, u64::try_from(total).unwrap_or(0), out))
}

/// Make an app.
///
/// It gets an app key and a widget key at once; the caller becomes its owner.
#[utoipa::path(post, path = "/v2/apps", tag = "apps", request_body = AppIn,
    params(("include" = Option<String>, Query, description = "Any of app_token, members"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat a request under the same key and it has one effect")),
    responses((status = 201, description = "The new app", body = One<AppOut>), Failures))]
pub async fn create(
    Extract(app): Extract<App>,
    caller: Caller,
    query: Query,
    Body(input): Body<AppIn>,
) -> Result<Reply> {
    let person = caller
        .person()
        .ok_or_else(|| Error::Forbidden("only a person can own an app".to_owned()))?;
    let settings =
        settings::merge(&Map::new(), with_name(input.settings, &input.name)).map_err(wrong)?;
    let draft = Draft::new(
        &app,
        &input.name,
        settings,
        Mode::of(input.test_mode.unwrap_or(false)),
    );

    let mut conn = app.write(&caller).await?;
    let owner = persons::get(&mut conn, person)
        .await?
        .ok_or(Error::Unauthorized)?;
    let created = draft.save(&mut conn, &app, &owner).await?;
    let now = app.clock.now();
    let target = format!("app:{}", created.app.id);
    audit::push(
        &mut conn,
        &app.clock,
        created.app.id,
        (&caller).into(),
        "app.create",
        target,
        now,
    )
    .await?;
    let out = render(&mut conn, &app, &caller, &query, created.app, Role::Owner).await?;

    app.finish(conn, &caller, Reply::created(out)).await
}

/// Read an app by its slug.
#[utoipa::path(get, path = "/v2/apps/{slug}", tag = "apps",
    params(("slug" = String, Path, description = "The app"),
        ("include" = Option<String>, Query, description = "Any of app_token, members")),
    responses((status = 200, description = "The app", body = One<AppOut>), Failures))]
pub async fn get(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(slug): Path<String>,
    query: Query,
) -> Result<Reply> {
    if slug == caller.identity.slug {
        return current(Extract(app), caller, query).await;
    }
    let person = caller
        .person()
        .filter(|_| caller.reaches_all_apps())
        .ok_or(Error::NotFound(Model::App))?;
    let mut conn = app.db.read(Scope::System("apps of a person")).await?;
    let row = apps::find(&mut conn, &slug)
        .await?
        .ok_or(Error::NotFound(Model::App))?;
    let member = members::get(&mut conn, row.id, person).await?;
    let member = member
        .filter(|member| member.state == members::State::Active)
        .ok_or(Error::NotFound(Model::App))?;
    let out = render(&mut conn, &app, &caller, &query, row, member.role).await?;

    Ok(Reply::one(out))
}

/// Change an app's settings.
///
/// Given keys are set, those given as null removed, others stay. They may stand flat or under `settings`.
#[utoipa::path(put, path = "/v2/apps/{slug}", tag = "apps", request_body = SettingsIn,
    params(("slug" = String, Path, description = "The current app")),
    responses((status = 204, description = "The settings are changed"), Failures))]
pub async fn update(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(slug): Path<String>,
    Body(SettingsIn(changes)): Body<SettingsIn>,
) -> Result<Reply> {
    is_current(&caller, &slug)?;
    let now = app.clock.now();
    let id = caller.app_id();

    let mut conn = app.write(&caller).await?;
    let stored = apps::lock_settings(&mut conn, id, now)
        .await?
        .ok_or(Error::NotFound(Model::App))?;
    let stored: Map<String, Value> = serde_json::from_str(&stored).map_err(anyhow::Error::new)?;
    let merged = settings::merge(&stored, changes).map_err(wrong)?;
    apps::save_settings(&mut conn, id, &Value::Object(merged).to_string()).await?;
    audit::push(
        &mut conn,
        &app.clock,
        id,
        (&caller).into(),
        "app.settings",
        format!("app:{id}"),
        now,
    )
    .await?;

    app.finish(conn, &caller, Reply::no_content()).await
}

/// Delete an app with everything below it.
#[utoipa::path(delete, path = "/v2/apps/{slug}", tag = "apps",
    params(("slug" = String, Path, description = "The current app")),
    responses((status = 204, description = "It is gone"), Failures))]
pub async fn delete(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(slug): Path<String>,
) -> Result<Reply> {
    is_current(&caller, &slug)?;
    let now = app.clock.now();
    let id = caller.app_id();

    let mut conn = app.write(&caller).await?;
    if !apps::delete(&mut conn, id, &format!("deleted-{id}"), now).await? {
        return Err(Error::NotFound(Model::App));
    }
    audit::push(
        &mut conn,
        &app.clock,
        id,
        (&caller).into(),
        "app.delete",
        format!("app:{id}"),
        now,
    )
    .await?;
    let reply = app.finish(conn, &caller, Reply::no_content()).await;
    app.auth.forget_all();
    reply
}

/// Invite a person to this app.
///
/// The cure for "the email has already been taken": the person joins this app too, once they accept. An unknown e-mail
/// gets a new resource. The link of the invitation is on the panel's page "Team".
#[utoipa::path(post, path = "/v2/app/invite", tag = "apps", request_body = InviteIn,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat a request under the same key and it has one effect")),
    responses((status = 201, description = "The invited resource", body = One<ResourceOut>),
        (status = 200, description = "Invited again, or a member already", body = One<ResourceOut>), Failures))]
pub async fn invite(
    Extract(app): Extract<App>,
    caller: Caller,
    query: Query,
    Body(input): Body<InviteIn>,
) -> Result<Reply> {
    if input.role.is_some_and(|role| role != Role::Member) {
        only_owners(&caller)?;
    }
    // An admin adds members, and changes nobody's role.
    let role = input.role.filter(|_| caller.role() == Role::Owner);
    let id = caller.app_id();

    let mut conn = app.write(&caller).await?;
    let wanted = invite::Wanted {
        email: &input.email,
        name: None,
        role,
    };
    let invited = invite::invite(&mut conn, &app, id, wanted).await?;
    let target = format!("person:{}", invited.person);
    let now = app.clock.now();
    audit::push(
        &mut conn,
        &app.clock,
        id,
        (&caller).into(),
        "member.invite",
        target,
        now,
    )
    .await?;
    let row = rows::get(&mut conn, id, invited.resource)
        .await?
        .ok_or(Error::NotFound(Model::Resource))?;
    let resource = output::one(&mut conn, &app, &caller, &query, row).await?;

    let reply = match invited.outcome {
        Outcome::New => Reply::created(resource),
        Outcome::Again | Outcome::Member => Reply::one(resource),
    };
    app.finish(conn, &caller, reply).await
}

/// Invite a person to this app, by a path that the documentation once named.
#[utoipa::path(post, path = "/v2/apps/invite", tag = "legacy", request_body = InviteIn,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat a request under the same key and it has one effect")),
    responses((status = 201, description = "The invited resource", body = One<ResourceOut>),
        (status = 200, description = "Invited again, or a member already", body = One<ResourceOut>), Failures))]
pub async fn invite_plural(
    app: Extract<App>,
    caller: Caller,
    query: Query,
    input: Body<InviteIn>,
) -> Result<Reply> {
    invite(app, caller, query, input).await
}

/// List the members of the current app.
#[utoipa::path(get, path = "/v2/app/members", tag = "apps",
    responses((status = 200, description = "All members, owners first", body = Many<MemberOut>), Failures))]
pub async fn list_members(Extract(app): Extract<App>, caller: Caller) -> Result<Reply> {
    let mut conn = app.read(&caller).await?;
    let members = members::list(&mut conn, caller.app_id()).await?;
    let data: Vec<MemberOut> = members.into_iter().map(MemberOut::from).collect();

    Ok(Reply::one(data))
}

/// Change what a member may do.
#[utoipa::path(put, path = "/v2/app/members/{resource_id}", tag = "apps", request_body = RoleIn,
    params(("resource_id" = String, Path, description = "The member's resource")),
    responses((status = 200, description = "The changed member", body = One<MemberOut>), Failures))]
pub async fn set_role(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(resource): Path<String>,
    Body(input): Body<RoleIn>,
) -> Result<Reply> {
    let id = caller.app_id();
    let resource: ResourceId = resource
        .to_ascii_lowercase()
        .parse()
        .map_err(|_| Error::NotFound(Model::Resource))?;

    let mut conn = app.write(&caller).await?;
    let member = members::of_resource(&mut conn, id, resource)
        .await?
        .ok_or(Error::NotFound(Model::Resource))?;
    let member = change_role(
        &mut conn,
        &app,
        id,
        (&caller).into(),
        member.person_id,
        input.role,
    )
    .await?;

    app.finish(conn, &caller, Reply::one(MemberOut::from(member)))
        .await
}

/// Sets a role within a unit of work; the last owner stays one.
pub async fn change_role(
    conn: &mut Conn,
    app: &App,
    id: AppId,
    actor: audit::Actor,
    person: PersonId,
    role: Role,
) -> Result<Member> {
    let now = app.clock.now();
    if !members::set_role(conn, id, person, role, now).await? {
        return Err(Error::Refused(
            "the app needs an owner, make somebody else one first".to_owned(),
        ));
    }
    audit::push(
        conn,
        &app.clock,
        id,
        actor,
        "member.role",
        format!("person:{person}"),
        now,
    )
    .await?;
    members::get(conn, id, person)
        .await?
        .ok_or(Error::NotFound(Model::Resource))
}

/// Renders an app; its secrets only where the caller may see them and asks for them.
async fn render(
    conn: &mut Conn,
    app: &App,
    caller: &Caller,
    query: &Query,
    row: apps::App,
    role: Role,
) -> Result<AppOut> {
    let shows_secrets = caller.sees_app_secrets() && role == Role::Owner;
    let webhook_secret = if shows_secrets {
        let secret = token::open_webhook_secret(app, &row).map_err(anyhow::Error::new)?;
        Some(secret.expose_secret().to_owned())
    } else {
        None
    };
    let app_token = if shows_secrets && query.includes("app_token") {
        Some(Shown(current_key(conn, app, row.id).await?))
    } else {
        None
    };
    let members = if query.includes("members") && (shows_secrets || caller.own().is_none()) {
        let members = members::list(conn, row.id).await?;
        Some(members.into_iter().map(MemberOut::from).collect())
    } else {
        None
    };
    Ok(AppOut {
        id: row.id,
        slug: row.slug,
        settings: RawValue::from_string(row.settings).map_err(anyhow::Error::new)?,
        test_mode: row.test_mode,
        role: role.as_str(),
        creator_resource_id: row.creator_resource_id,
        webhook_secret,
        api_trial_expires_at: None,
        created_at: caller.rendering.record(row.created_at),
        updated_at: caller.rendering.record(row.updated_at),
        app_token,
        members,
    })
}

async fn current_key(conn: &mut Conn, app: &App, id: AppId) -> Result<Option<String>> {
    let Some(key) = api_keys::current(conn, id, KeyKind::App).await? else {
        return Ok(None);
    };
    let text = token::open_key(app, id, &key).map_err(anyhow::Error::new)?;
    Ok(text.map(|text| text.expose_secret().to_owned()))
}

fn is_current(caller: &Caller, slug: &str) -> Result<()> {
    if slug == caller.identity.slug {
        Ok(())
    } else {
        Err(Error::NotFound(Model::App))
    }
}

fn only_owners(caller: &Caller) -> Result<()> {
    if caller.role() == Role::Owner {
        return Ok(());
    }
    Err(Error::Forbidden(
        "only owners of the app may do this".to_owned(),
    ))
}

fn with_name(mut settings: Map<String, Value>, name: &str) -> Map<String, Value> {
    settings.insert("name".to_owned(), name.into());
    settings
}

fn wrong(errors: Vec<domain::FieldError>) -> Error {
    let mut fields = FieldErrors::default();
    for error in errors {
        fields.push(&error.field, error.message);
    }
    Error::Invalid(fields)
}
