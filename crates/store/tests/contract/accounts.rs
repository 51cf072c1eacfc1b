//! Apps, keys, persons, members, sessions, credentials, links, the audit log, what the server remembers.

use domain::{AppId, CredentialId, KeyId, KeyKind, Page, PersonId, ResourceId, Role, SessionId};
use jiff::Timestamp;
use store::{
    Conn, Db,
    api_keys::{self, Key},
    apps::{self, App},
    audit,
    credentials::{self, Credential, Kind, Membership},
    members::{self, Invite, NewMember, State},
    password_resets,
    persons::{self, Person},
    resources::{self, Resource},
    server_settings,
    sessions::{self, Session},
};
use uuid::Uuid;

use crate::{bookings::at, harness::TEST, harness::each_schema};

fn new<T: From<Uuid>>() -> T {
    Uuid::now_v7().into()
}

fn digest(number: u8) -> [u8; 32] {
    [number; 32]
}

fn app(slug: &str) -> App {
    App {
        id: new(),
        slug: slug.to_owned(),
        settings: format!("{{\"name\":\"{slug}\"}}"),
        test_mode: false,
        creator_resource_id: None,
        webhook_secret: "sealed".to_owned(),
        token_stored_at: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

fn key(number: u8, kind: KeyKind) -> Key {
    Key {
        id: new(),
        kind,
        name: "App token".to_owned(),
        digest: digest(number),
        last4: "abcd".to_owned(),
        sealed: Some("sealed".to_owned()),
        allowed_origins: "[\"https://example.org\"]".to_owned(),
        replaced_at: None,
        expires_at: None,
        last_used_at: None,
        created_at: at(number.into()),
    }
}

fn person(email: &str) -> Person {
    Person {
        id: new(),
        email: email.to_owned(),
        name: "Ida".to_owned(),
        timezone: "Europe/Copenhagen".to_owned(),
        password_hash: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

fn resource_of(person: &Person) -> Resource {
    Resource {
        id: new(),
        person_id: Some(person.id),
        name: person.name.clone(),
        first_name: person.name.clone(),
        last_name: String::new(),
        email: Some(person.email.clone()),
        timezone: person.timezone.clone(),
        image: None,
        meta: "{}".to_owned(),
        availability_constraints: "[]".to_owned(),
        enabled_email_notification: true,
        conference_enabled: false,
        conference_type: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

fn session(number: u8, person: PersonId, app: AppId) -> Session {
    Session {
        id: new(),
        digest: digest(number),
        person_id: person,
        app_id: Some(app),
        csrf: "csrf".to_owned(),
        address: "192.0.2.1".to_owned(),
        user_agent: "Firefox".to_owned(),
        created_at: at(0),
        seen_at: at(number.into()),
        confirmed_at: at(0),
    }
}

fn credential(number: u8, resource: ResourceId, kind: Kind) -> Credential {
    Credential {
        id: new(),
        resource_id: resource,
        kind,
        digest: digest(number),
        last4: "wxyz".to_owned(),
        sealed: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

fn page(number: &str, limit: &str) -> Page {
    Page::read(Some(number), Some(limit), 50)
}

/// An app with a member of that role, and the member's resource.
async fn joined(
    conn: &mut Conn,
    slug: &str,
    person: &Person,
    role: Role,
    invite: Option<Invite>,
) -> (App, ResourceId) {
    let app = app(slug);
    assert!(apps::insert(conn, &app).await.expect("an app"));
    let resource = join(conn, app.id, person, role, invite).await;
    (app, resource)
}

async fn join(
    conn: &mut Conn,
    app: AppId,
    person: &Person,
    role: Role,
    invite: Option<Invite>,
) -> ResourceId {
    persons::insert(conn, person).await.expect("a person");
    let resource = resource_of(person);
    resources::insert(conn, app, &resource, &[])
        .await
        .expect("a resource");
    let member = NewMember {
        person_id: person.id,
        resource_id: resource.id,
        role,
        invite,
    };
    assert!(
        members::insert(conn, app, &member, at(0))
            .await
            .expect("a member")
    );
    resource.id
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_are_found_until_they_are_deleted() {
    each_schema(|db: Db| async move {
        let mut conn = db.write(TEST).await.expect("a unit");
        let ida = person("ida@example.org");
        let (mut first, resource) = joined(&mut conn, "first", &ida, Role::Owner, None).await;
        let (second, _) = joined(&mut conn, "second", &ida, Role::Member, None).await;
        assert!(!apps::insert(&mut conn, &app("first")).await.expect("told"));

        apps::set_creator(&mut conn, first.id, resource)
            .await
            .expect("set");
        first.creator_resource_id = Some(resource);
        assert_eq!(
            apps::get(&mut conn, first.id).await.expect("read").as_ref(),
            Some(&first)
        );
        assert_eq!(
            apps::find(&mut conn, "first").await.expect("read").as_ref(),
            Some(&first)
        );
        assert_eq!(
            apps::creator(&mut conn, first.id).await.expect("read"),
            Some(resource)
        );
        assert_eq!(
            apps::creator(&mut conn, second.id).await.expect("read"),
            None
        );
        assert_eq!(apps::list(&mut conn).await.expect("read").len(), 2);
        let page = apps::of_person(&mut conn, ida.id, 1, 1)
            .await
            .expect("read");
        assert_eq!((page[0].app.id, page[0].role), (second.id, Role::Member));
        assert_eq!(
            apps::count_of_person(&mut conn, ida.id)
                .await
                .expect("read"),
            2
        );

        let settings = apps::lock_settings(&mut conn, first.id, at(5))
            .await
            .expect("locked");
        assert_eq!(settings.as_deref(), Some("{\"name\":\"first\"}"));
        apps::save_settings(&mut conn, first.id, "{\"name\":\"1\"}")
            .await
            .expect("saved");
        apps::mark_token_stored(&mut conn, first.id, at(6))
            .await
            .expect("marked");
        apps::mark_token_stored(&mut conn, first.id, at(7))
            .await
            .expect("no change");
        let read = apps::get(&mut conn, first.id)
            .await
            .expect("read")
            .expect("there");
        assert_eq!(
            (
                read.settings.as_str(),
                read.updated_at,
                read.token_stored_at
            ),
            ("{\"name\":\"1\"}", at(5), Some(at(6)))
        );
        let progress = apps::progress(&mut conn, &first).await.expect("read");
        assert!(!progress.first_resource && !progress.first_booking);
        let progress = apps::progress(&mut conn, &second).await.expect("read");
        assert!(
            progress.first_resource,
            "a resource that nobody made the app with"
        );

        sessions::insert(&mut conn, &session(1, ida.id, first.id))
            .await
            .expect("a session");
        assert!(
            apps::delete(&mut conn, first.id, "deleted-1", at(8))
                .await
                .expect("deleted")
        );
        assert!(
            !apps::delete(&mut conn, first.id, "deleted-2", at(8))
                .await
                .expect("gone")
        );
        assert_eq!(apps::get(&mut conn, first.id).await.expect("read"), None);
        assert_eq!(
            apps::find(&mut conn, "deleted-1").await.expect("read"),
            None
        );
        assert_eq!(
            apps::lock_settings(&mut conn, first.id, at(9))
                .await
                .expect("read"),
            None
        );
        assert_eq!(
            apps::count_of_person(&mut conn, ida.id)
                .await
                .expect("read"),
            1
        );
        let found = sessions::find(&mut conn, &digest(1))
            .await
            .expect("read")
            .expect("there");
        assert_eq!(found.session.app_id, None);
        assert!(
            apps::insert(&mut conn, &app("first"))
                .await
                .expect("the slug is free")
        );
        conn.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_found_by_digest_and_replaced_once() {
    each_schema(|db: Db| async move {
        let mut conn = db.write(TEST).await.expect("a unit");
        let app = app("shop");
        apps::insert(&mut conn, &app).await.expect("an app");
        let (old, widget) = (key(1, KeyKind::App), key(2, KeyKind::Widget));
        api_keys::insert(&mut conn, app.id, &old)
            .await
            .expect("a key");
        api_keys::insert(&mut conn, app.id, &widget)
            .await
            .expect("a key");

        let access = api_keys::find(&mut conn, &digest(1))
            .await
            .expect("read")
            .expect("there");
        assert_eq!(
            (access.id, access.app_id, access.slug.as_str()),
            (old.id, app.id, "shop")
        );
        assert_eq!(
            (access.kind, access.digest, access.test_mode),
            (KeyKind::App, digest(1), false)
        );
        assert_eq!(access.allowed_origins, old.allowed_origins);
        assert_eq!(
            api_keys::find(&mut conn, &digest(9)).await.expect("read"),
            None
        );
        assert_eq!(
            api_keys::get(&mut conn, app.id, old.id, at(10))
                .await
                .expect("read")
                .as_ref(),
            Some(&old)
        );
        let other: AppId = new();
        assert_eq!(
            api_keys::get(&mut conn, other, old.id, at(10))
                .await
                .expect("read"),
            None
        );

        assert!(
            api_keys::replace(&mut conn, app.id, old.id, at(10), at(20))
                .await
                .expect("replaced")
        );
        assert!(
            !api_keys::replace(&mut conn, app.id, old.id, at(10), at(30))
                .await
                .expect("once")
        );
        let newer = key(3, KeyKind::App);
        api_keys::insert(&mut conn, app.id, &newer)
            .await
            .expect("a key");
        let current = api_keys::current(&mut conn, app.id, KeyKind::App)
            .await
            .expect("read");
        assert_eq!(current.map(|key| key.id), Some(newer.id));
        let ids = async |conn: &mut Conn, now: Timestamp| -> Vec<KeyId> {
            let keys = api_keys::list(conn, app.id, now).await.expect("read");
            keys.into_iter().map(|key| key.id).collect()
        };
        assert_eq!(ids(&mut conn, at(19)).await, [newer.id, old.id, widget.id]);
        assert_eq!(ids(&mut conn, at(20)).await, [newer.id, widget.id]);

        let uses = [(app.id, newer.id, at(5)), (app.id, widget.id, at(6))];
        api_keys::mark_used(&mut conn, &uses).await.expect("marked");
        api_keys::mark_used(&mut conn, &[(app.id, newer.id, at(4))])
            .await
            .expect("older");
        api_keys::set_origins(&mut conn, app.id, widget.id, "[]")
            .await
            .expect("set");
        let read = api_keys::list(&mut conn, app.id, at(20))
            .await
            .expect("read");
        assert_eq!(
            (read[0].last_used_at, read[1].allowed_origins.as_str()),
            (Some(at(5)), "[]")
        );
        assert_eq!(
            api_keys::delete_expired(&mut conn, at(20))
                .await
                .expect("removed"),
            1
        );
        assert!(
            api_keys::delete(&mut conn, app.id, newer.id)
                .await
                .expect("removed")
        );
        assert!(
            !api_keys::delete(&mut conn, app.id, newer.id)
                .await
                .expect("gone")
        );
        apps::delete(&mut conn, app.id, "deleted", at(30))
            .await
            .expect("deleted");
        assert_eq!(
            api_keys::find(&mut conn, &digest(2)).await.expect("read"),
            None
        );
        conn.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_known_by_email_without_case() {
    each_schema(|db: Db| async move {
        let mut conn = db.write(TEST).await.expect("a unit");
        let ida = person("Ida@Example.org");
        assert!(persons::insert(&mut conn, &ida).await.expect("added"));
        assert!(
            !persons::insert(&mut conn, &person("ida@example.ORG"))
                .await
                .expect("known")
        );
        assert!(
            !persons::any(&mut conn).await.expect("read"),
            "nobody can sign in"
        );

        persons::set_password(&mut conn, ida.id, "hash", at(1))
            .await
            .expect("set");
        persons::rehash(&mut conn, ida.id, "other", "never")
            .await
            .expect("no change");
        persons::rehash(&mut conn, ida.id, "hash", "newer")
            .await
            .expect("set");
        persons::set_name(&mut conn, ida.id, "Ida B", at(2))
            .await
            .expect("set");

        assert!(persons::any(&mut conn).await.expect("read"));
        let found = persons::find(&mut conn, " IDA@example.org")
            .await
            .expect("read")
            .expect("there");
        let expected = Person {
            name: "Ida B".to_owned(),
            password_hash: Some("newer".to_owned()),
            updated_at: at(2),
            ..ida.clone()
        };
        assert_eq!(found, expected);
        assert_eq!(
            persons::get(&mut conn, ida.id).await.expect("read"),
            Some(expected)
        );

        let (app, resource) = joined(&mut conn, "shop", &ida, Role::Member, None).await;
        sessions::insert(&mut conn, &session(1, ida.id, app.id))
            .await
            .expect("a session");
        password_resets::insert(&mut conn, &digest(1), ida.id, at(9))
            .await
            .expect("a link");
        persons::delete_unattached(&mut conn, ida.id)
            .await
            .expect("stays");
        assert!(
            persons::get(&mut conn, ida.id)
                .await
                .expect("read")
                .is_some()
        );
        resources::delete(&mut conn, app.id, resource, at(3))
            .await
            .expect("deleted");
        persons::delete_unattached(&mut conn, ida.id)
            .await
            .expect("goes");
        assert_eq!(persons::get(&mut conn, ida.id).await.expect("read"), None);
        assert_eq!(
            sessions::find(&mut conn, &digest(1)).await.expect("read"),
            None
        );
        conn.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_invited_accept_once_and_leave_an_owner() {
    each_schema(|db: Db| async move {
        let mut conn = db.write(TEST).await.expect("a unit");
        let (doc, ida) = (person("doc@example.org"), person("ida@example.org"));
        let (shop, own) = joined(&mut conn, "shop", &doc, Role::Owner, None).await;
        let app = shop.id;
        let invite = |number, end| Invite {
            digest: digest(number),
            expires_at: at(end),
        };
        let resource = join(&mut conn, app, &ida, Role::Owner, Some(invite(1, 10))).await;
        let again = NewMember {
            person_id: ida.id,
            resource_id: resource,
            role: Role::Admin,
            invite: None,
        };
        assert!(
            !members::insert(&mut conn, app, &again, at(1))
                .await
                .expect("known")
        );

        let open = members::find_invitation(&mut conn, &digest(1), at(9))
            .await
            .expect("read")
            .expect("open");
        assert_eq!(
            (open.app_id, open.person_id, open.email.as_str()),
            (app, ida.id, "ida@example.org")
        );
        assert_eq!(
            (open.settings, open.password_hash),
            (shop.settings.clone(), None)
        );
        assert_eq!(
            members::find_invitation(&mut conn, &digest(1), at(10))
                .await
                .expect("read"),
            None
        );
        // A pending owner does not count as one.
        assert!(
            !members::delete(&mut conn, app, doc.id)
                .await
                .expect("refused")
        );
        assert!(
            !members::set_role(&mut conn, app, doc.id, Role::Admin, at(2))
                .await
                .expect("refused")
        );
        assert!(
            members::invite_again(&mut conn, app, ida.id, &invite(2, 20), at(2))
                .await
                .expect("again")
        );
        assert!(
            !members::accept(&mut conn, &digest(1), at(3))
                .await
                .expect("the old link")
        );
        assert!(
            !members::accept(&mut conn, &digest(2), at(20))
                .await
                .expect("too late")
        );
        assert!(
            members::accept(&mut conn, &digest(2), at(3))
                .await
                .expect("accepted")
        );
        assert!(
            !members::accept(&mut conn, &digest(2), at(3))
                .await
                .expect("once")
        );
        assert!(
            !members::invite_again(&mut conn, app, ida.id, &invite(3, 20), at(2))
                .await
                .expect("takes part")
        );

        let list = members::list(&mut conn, app).await.expect("read");
        assert_eq!(
            list.iter()
                .map(|member| member.person_id)
                .collect::<Vec<_>>(),
            [doc.id, ida.id]
        );
        assert_eq!(
            (list[0].resource_id, list[0].state, list[0].invited_at),
            (own, State::Active, None)
        );
        assert_eq!(
            (list[1].resource_id, list[1].invited_at),
            (resource, Some(at(2)))
        );
        let read = members::of_resource(&mut conn, app, resource)
            .await
            .expect("read");
        assert_eq!(read.as_ref(), Some(&list[1]));
        assert_eq!(
            members::get(&mut conn, app, ida.id).await.expect("read"),
            read
        );
        assert_eq!(
            members::count_elsewhere(&mut conn, app, ida.id)
                .await
                .expect("read"),
            0
        );
        let (other, _) = joined(&mut conn, "other", &ida, Role::Member, None).await;
        assert_eq!(
            members::count_elsewhere(&mut conn, app, ida.id)
                .await
                .expect("read"),
            1
        );

        sessions::insert(&mut conn, &session(1, doc.id, app))
            .await
            .expect("a session");
        assert!(
            members::set_role(&mut conn, app, doc.id, Role::Member, at(4))
                .await
                .expect("set")
        );
        assert!(
            members::delete(&mut conn, app, doc.id)
                .await
                .expect("removed")
        );
        assert!(
            !members::delete(&mut conn, app, ida.id)
                .await
                .expect("the last owner")
        );
        assert!(
            members::delete(&mut conn, other.id, ida.id)
                .await
                .expect("no owner")
        );
        let found = sessions::find(&mut conn, &digest(1))
            .await
            .expect("read")
            .expect("there");
        assert_eq!((found.session.app_id, found.seat), (None, None));
        conn.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_tells_what_its_person_is_in_the_app() {
    each_schema(|db: Db| async move {
        let mut conn = db.write(TEST).await.expect("a unit");
        let ida = person("ida@example.org");
        let (app, resource) = joined(&mut conn, "shop", &ida, Role::Admin, None).await;
        let (first, second) = (session(1, ida.id, app.id), session(2, ida.id, app.id));
        sessions::insert(&mut conn, &first)
            .await
            .expect("a session");
        sessions::insert(&mut conn, &second)
            .await
            .expect("a session");

        let found = sessions::find(&mut conn, &digest(1))
            .await
            .expect("read")
            .expect("there");
        assert_eq!(found.session, first);
        let seat = found.seat.expect("an active member");
        assert_eq!(
            (seat.app_id, seat.resource_id, seat.role),
            (app.id, resource, Role::Admin)
        );
        assert_eq!((seat.slug.as_str(), seat.test_mode), ("shop", false));
        assert_eq!(
            sessions::find(&mut conn, &digest(9)).await.expect("read"),
            None
        );
        assert_eq!(
            sessions::list(&mut conn, ida.id).await.expect("read"),
            [second.clone(), first.clone()]
        );

        let renewed = Session {
            digest: digest(3),
            csrf: "new".to_owned(),
            confirmed_at: at(7),
            seen_at: at(7),
            ..first
        };
        assert!(sessions::renew(&mut conn, &renewed).await.expect("renewed"));
        assert_eq!(
            sessions::find(&mut conn, &digest(1)).await.expect("read"),
            None
        );
        sessions::mark_seen(&mut conn, &[(renewed.id, at(6)), (second.id, at(9))])
            .await
            .expect("marked");
        let list = sessions::list(&mut conn, ida.id).await.expect("read");
        assert_eq!((&list[1], list[0].seen_at), (&renewed, at(9)));

        let stranger: PersonId = new();
        assert!(
            !sessions::delete(&mut conn, stranger, second.id)
                .await
                .expect("not theirs")
        );
        assert!(
            sessions::delete(&mut conn, ida.id, second.id)
                .await
                .expect("ended")
        );
        sessions::insert(&mut conn, &session(4, ida.id, app.id))
            .await
            .expect("a session");
        assert_eq!(
            sessions::delete_others(&mut conn, ida.id, Some(renewed.id))
                .await
                .expect("ended"),
            1
        );
        assert_eq!(
            sessions::delete_expired(&mut conn, at(6), at(-1))
                .await
                .expect("none"),
            0
        );
        assert_eq!(
            sessions::delete_expired(&mut conn, at(6), at(0))
                .await
                .expect("old"),
            1
        );
        let gone = Session {
            id: SessionId(Uuid::now_v7()),
            ..renewed
        };
        assert!(!sessions::renew(&mut conn, &gone).await.expect("ended"));
        assert_eq!(
            sessions::delete_others(&mut conn, ida.id, None)
                .await
                .expect("none"),
            0
        );
        conn.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_is_found_with_the_app_that_the_request_names() {
    each_schema(|db: Db| async move {
        let mut conn = db.write(TEST).await.expect("a unit");
        let ida = person("Ida@example.org");
        let (home, resource) = joined(&mut conn, "home", &ida, Role::Owner, None).await;
        apps::set_creator(&mut conn, home.id, resource)
            .await
            .expect("set");
        let invite = Invite {
            digest: digest(9),
            expires_at: at(9),
        };
        let (away, there) = joined(&mut conn, "away", &ida, Role::Member, Some(invite)).await;
        apps::insert(&mut conn, &app("foreign"))
            .await
            .expect("an app");
        let made = [
            credential(1, resource, Kind::Server),
            credential(2, resource, Kind::Client),
        ];
        for one in &made {
            credentials::insert(&mut conn, home.id, one)
                .await
                .expect("a credential");
        }
        credentials::insert(&mut conn, away.id, &credential(3, there, Kind::Server))
            .await
            .expect("a credential");

        let access = credentials::find(&mut conn, &digest(1), "home")
            .await
            .expect("read")
            .expect("there");
        assert_eq!(
            (access.home, access.resource_id, access.kind),
            (home.id, resource, Kind::Server)
        );
        assert_eq!(
            (access.email_fold.as_deref(), access.person_id),
            (Some("ida@example.org"), Some(ida.id))
        );
        assert!(access.is_creators);
        let named = access.app.expect("known");
        let membership = Membership {
            role: Role::Owner,
            resource_id: resource,
            active: true,
        };
        assert_eq!(
            (named.app_id, named.membership),
            (home.id, Some(membership))
        );
        let access = credentials::find(&mut conn, &digest(1), "away")
            .await
            .expect("read")
            .expect("there");
        let membership = Membership {
            role: Role::Member,
            resource_id: there,
            active: false,
        };
        assert_eq!(access.app.expect("known").membership, Some(membership));
        let access = credentials::find(&mut conn, &digest(3), "foreign")
            .await
            .expect("read")
            .expect("there");
        assert!(!access.is_creators);
        assert_eq!(access.app.expect("known").membership, None);
        let access = credentials::find(&mut conn, &digest(1), "missing")
            .await
            .expect("read")
            .expect("there");
        assert_eq!(access.app, None);
        assert_eq!(
            credentials::find(&mut conn, &digest(8), "home")
                .await
                .expect("read"),
            None
        );

        let (rows, total) = credentials::list(&mut conn, home.id, None, page("2", "1"))
            .await
            .expect("read");
        assert_eq!((rows, total), (vec![made[1].clone()], 2));
        let (_, total) = credentials::list(&mut conn, home.id, Some(&[there]), page("1", "9"))
            .await
            .expect("read");
        assert_eq!(total, 0);
        assert_eq!(
            credentials::of_resources(&mut conn, home.id, &[resource])
                .await
                .expect("read"),
            made
        );
        assert_eq!(
            credentials::get(&mut conn, home.id, made[0].id)
                .await
                .expect("read"),
            Some(made[0].clone())
        );
        assert_eq!(
            credentials::get(&mut conn, away.id, made[0].id)
                .await
                .expect("read"),
            None
        );
        assert!(
            credentials::delete(&mut conn, home.id, made[0].id)
                .await
                .expect("revoked")
        );
        let unknown: CredentialId = new();
        assert!(
            !credentials::delete(&mut conn, home.id, unknown)
                .await
                .expect("unknown")
        );
        credentials::delete_of_resource(&mut conn, home.id, resource)
            .await
            .expect("revoked");
        assert_eq!(
            credentials::of_resources(&mut conn, home.id, &[resource])
                .await
                .expect("read"),
            []
        );
        apps::delete(&mut conn, away.id, "deleted", at(5))
            .await
            .expect("deleted");
        assert_eq!(
            credentials::find(&mut conn, &digest(3), "home")
                .await
                .expect("read"),
            None
        );
        conn.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_link_is_used_once_and_the_newest_counts() {
    each_schema(|db: Db| async move {
        let mut conn = db.write(TEST).await.expect("a unit");
        let ida = person("ida@example.org");
        persons::insert(&mut conn, &ida).await.expect("a person");
        password_resets::insert(&mut conn, &digest(1), ida.id, at(10))
            .await
            .expect("a link");
        password_resets::insert(&mut conn, &digest(2), ida.id, at(10))
            .await
            .expect("a link");

        let find = async |conn: &mut Conn, number, now| {
            password_resets::find(conn, &digest(number), at(now))
                .await
                .expect("read")
        };
        assert_eq!(find(&mut conn, 1, 5).await, None);
        assert_eq!(find(&mut conn, 2, 5).await, Some(ida.id));
        assert_eq!(find(&mut conn, 2, 10).await, None);
        assert!(
            !password_resets::take(&mut conn, &digest(2), at(10))
                .await
                .expect("too late")
        );
        assert!(
            password_resets::take(&mut conn, &digest(2), at(5))
                .await
                .expect("used")
        );
        assert!(
            !password_resets::take(&mut conn, &digest(2), at(5))
                .await
                .expect("once")
        );
        password_resets::insert(&mut conn, &digest(3), ida.id, at(10))
            .await
            .expect("a link");
        assert_eq!(
            password_resets::delete_expired(&mut conn, at(9))
                .await
                .expect("none"),
            0
        );
        assert_eq!(
            password_resets::delete_expired(&mut conn, at(10))
                .await
                .expect("removed"),
            1
        );
        password_resets::delete_of_person(&mut conn, ida.id)
            .await
            .expect("none");
        conn.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acts_and_server_settings_are_kept() {
    each_schema(|db: Db| async move {
        let mut conn = db.write(TEST).await.expect("a unit");
        let app: AppId = new();
        let entry = |act: &str| audit::Entry {
            id: Uuid::now_v7(),
            actor: "command line".to_owned(),
            act: act.to_owned(),
            target: "app:1".to_owned(),
            address: String::new(),
            request_id: String::new(),
            at: at(1),
        };
        let acts = [entry("key.reveal"), entry("key.rotate")];
        for act in &acts {
            audit::push(&mut conn, app, act).await.expect("kept");
        }
        assert_eq!(
            audit::list(&mut conn, app, 1).await.expect("read"),
            [acts[1].clone()]
        );

        assert_eq!(
            server_settings::get(&mut conn, "a").await.expect("read"),
            None
        );
        assert_eq!(
            server_settings::set_once(&mut conn, "a", "1")
                .await
                .expect("set"),
            "1"
        );
        assert_eq!(
            server_settings::set_once(&mut conn, "a", "2")
                .await
                .expect("kept"),
            "1"
        );
        server_settings::set(&mut conn, "a", "3")
            .await
            .expect("set");
        assert_eq!(
            server_settings::get(&mut conn, "a")
                .await
                .expect("read")
                .as_deref(),
            Some("3")
        );
        conn.commit().await.expect("committed");
    })
    .await;
}
