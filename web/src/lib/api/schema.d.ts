// Made by `npm run types` from docs/openapi.json.
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A resource's connection to a calendar elsewhere. */
        AccountOut: {
            last_sync: components["schemas"]["Stamp"] | null;
            /** @description `google` or `microsoft`. */
            provider: string;
            /** @description The e-mail of the account there. */
            provider_id: string;
            /**
             * Format: uuid
             * @description The resource.
             */
            resource_id: string;
        };
        /** @description What an action call may carry: `{"cancel":{"message":"…"}}`, and `meta` to be merged. */
        ActionIn: {
            /** @description Merged into the booking's meta; null removes a key. */
            meta?: Record<string, never>;
        };
        /** @description A new app. */
        AppIn: {
            /** @description Its name, of which the slug is made. */
            name: string;
            /** @description Settings. */
            settings?: Record<string, never> | null;
            /** @description A test-mode app: nothing that it does leaves the system. */
            test_mode?: boolean | null;
        };
        /** @description An app. */
        AppOut: {
            api_trial_expires_at: components["schemas"]["Stamp"] | null;
            /** @description The app key, with `include=app_token`; null where the server keeps none that it can show. */
            app_token?: string | null;
            /** @description When it was made. */
            created_at: components["schemas"]["Stamp"];
            /**
             * Format: uuid
             * @description The resource of the person who made it.
             */
            creator_resource_id: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Its members, with `include=members`. */
            members?: components["schemas"]["MemberOut"][] | null;
            /** @description The caller's role: `owner`, `admin` or `member`. */
            role: string;
            /** @description Its settings; `name` is always there. */
            settings: Record<string, never>;
            /** @description Its unique name, for the header `Timekit-App`. */
            slug: string;
            /** @description Whether it is a test-mode app. */
            test_mode: boolean;
            /** @description When it was last changed. */
            updated_at: components["schemas"]["Stamp"];
            /** @description Signs outgoing webhooks; given to app keys and owners. */
            webhook_secret: string | null;
        };
        /** @description The same as a bare object, for `/bookings/{id}/meta`. */
        BareMetaIn: Record<string, never>;
        /** @description The booked resource. */
        BookedResource: {
            created_at: components["schemas"]["Stamp"];
            email: string | null;
            first_name: string;
            /** Format: uuid */
            id: string;
            image: string | null;
            last_name: string;
            name: string;
            timezone: string;
            updated_at: components["schemas"]["Stamp"];
        };
        /** @description A calendar of a booking. */
        BookingCalendar: {
            backgroundcolor: string | null;
            created_at: components["schemas"]["Stamp"];
            description: string;
            display_name: string;
            foregroundcolor: string | null;
            /** Format: uuid */
            id: string;
            name: string;
            updated_at: components["schemas"]["Stamp"];
        };
        /** @description A customer of a booking. */
        BookingCustomer: {
            email: string;
            /** Format: uuid */
            id: string;
            /** @description The customer's other fields, a JSON object as text. */
            meta: string;
            name: string;
            phone: string;
            timezone: string;
            voip: string;
        };
        /** @description A calendar event of a booking; its times are in UTC. */
        BookingEvent: {
            allDay: boolean;
            created_at: components["schemas"]["Stamp"];
            description: string;
            end: components["schemas"]["Stamp"];
            /** Format: uuid */
            id: string;
            participants: string[];
            rsvp: string;
            start: components["schemas"]["Stamp"];
            updated_at: components["schemas"]["Stamp"];
            what: string;
            where: string;
        };
        /** @description A new booking. */
        BookingIn: {
            /** @description The first action; the graph's entry action where absent. */
            action?: string | null;
            /**
             * Format: uuid
             * @description The calendar to write to; the resource's primary one where absent.
             */
            calendar_id?: string | null;
            /** @description Who books: `name` and `email`, optionally `phone`, `voip`, `timezone`, and any keys of your own. */
            customer: components["schemas"]["CustomerIn"];
            /** @description Details, possibly empty. */
            description: string;
            /**
             * @description The instant after the last, RFC 3339 with offset.
             * @example 1955-11-12T22:15:00-07:00
             */
            end: string;
            /**
             * @description How it is booked: `instant` (confirmed at once) or `confirm_decline` (waits for an answer, the default).
             * @example confirm_decline
             */
            graph?: string | null;
            /** @description Free values, searchable as `meta.KEY`. */
            meta?: Record<string, never>;
            /** @description E-mails added to the calendar event. */
            participants?: string[];
            /**
             * Format: uuid
             * @description The project to take defaults from.
             */
            project_id?: string | null;
            /**
             * Format: uuid
             * @description The resource being booked. Required with an app key; a resource's own key books that resource.
             */
            resource_id?: string | null;
            /** @description `allow_double_bookings`, and whatever else is to be echoed. */
            settings?: Record<string, never>;
            /**
             * @description First instant, RFC 3339 with offset. The past is fine.
             * @example 1955-11-12T21:30:00-07:00
             */
            start: string;
            /** @description Title. */
            what: string;
            /** @description Place. */
            where: string;
        };
        /** @description One change of a booking's state. */
        BookingLog: {
            action: string;
            /** @description `app`, `resource`, `customer` or `system`. */
            actor: string;
            created_at: components["schemas"]["Stamp"];
            from_state: string;
            /** Format: uuid */
            id: string;
            message: string | null;
            to_state: string;
        };
        /** @description A booking. */
        BookingOut: {
            /** @description What was asked for: `event_info`, `customer`, `settings`, and the inputs of actions. */
            attributes?: Record<string, never> | null;
            /** @description Actions that are legal now. */
            available_actions?: string[] | null;
            calendar?: components["schemas"]["BookingCalendar"] | null;
            /** @description Whether no action leaves its state. */
            completed: boolean;
            /** @description When it was made. */
            created_at: components["schemas"]["Stamp"];
            /** @description Who booked. */
            customers?: components["schemas"]["BookingCustomer"][] | null;
            event?: components["schemas"]["BookingEvent"] | null;
            /** @description Its graph. */
            graph: string;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description What happened to it, oldest first. */
            logs?: components["schemas"]["BookingLog"][] | null;
            /** @description Free values. */
            meta?: Record<string, never> | null;
            /** @description The same as `available_actions`, under its older name. */
            possible_actions?: string[] | null;
            project?: components["schemas"]["ProjectOut"] | null;
            resource?: components["schemas"]["BookedResource"] | null;
            /** @description Where it stands. */
            state: string;
            /** @description When it last changed. */
            updated_at: components["schemas"]["Stamp"];
            user?: components["schemas"]["BookedResource"] | null;
        };
        /** @description Changes of a calendar; absent keys stay. `provider_sync: true` is for connected calendars, and refused for others. */
        CalendarChange: {
            /** @description The color of its entries, null for none. */
            backgroundcolor?: string | null;
            /** @description What it is for. */
            description?: string | null;
            /** @description The color of its texts, null for none. */
            foregroundcolor?: string | null;
            /** @description Its name. */
            name?: string | null;
            /** @description True makes it the resource's primary calendar. */
            primary?: boolean | null;
        };
        /** @description A new calendar. */
        CalendarIn: {
            /** @description The color of its entries, `#RRGGBB`. */
            backgroundcolor?: string | null;
            /** @description What it is for. */
            description?: string;
            /** @description The color of its texts, `#RRGGBB`. */
            foregroundcolor?: string | null;
            /** @description Its name. */
            name: string;
            /**
             * Format: uuid
             * @description The resource it is for. Required with an app key; a resource's own key means that resource.
             */
            resource_id?: string | null;
        };
        /** @description A calendar of a resource. */
        CalendarOut: {
            /** @description The color of its entries, `#RRGGBB`. */
            backgroundcolor: string | null;
            /** @description When it was made. */
            created_at: components["schemas"]["Stamp"];
            /** @description What it is for. */
            description: string;
            /** @description Its name as the provider shows it. */
            display_name: string;
            /** @description Its events of the past and the coming year. */
            events?: components["schemas"]["EventOut"][] | null;
            /** @description The color of its texts, `#RRGGBB`. */
            foregroundcolor: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Its name. */
            name: string;
            /** @description Whether it takes the bookings that name no calendar. */
            primary: boolean;
            /** @description Where it lives: `timekit` for our own. */
            provider: string;
            /** @description `owner`, `writer` or `reader`. */
            provider_access: string;
            /** @description Its id there. */
            provider_id: string | null;
            /** @description Whether it is the primary one there. */
            provider_primary: boolean;
            /** @description Whether a connected calendar is synced. */
            provider_sync: boolean;
            resource?: components["schemas"]["BookedResource"] | null;
            /**
             * Format: uuid
             * @description The resource it belongs to.
             */
            resource_id: string;
            /** @description False; kept for older clients. */
            system: boolean;
            /** @description When it last changed. */
            updated_at: components["schemas"]["Stamp"];
        };
        /** @description Where a constraint stands. */
        ConstraintOut: {
            /** @description Its place in that list, from 0. */
            index: number;
            /** @description `resource`, `project`, `location` or `request`. */
            level: string;
            /** @description Its name. */
            name: string;
        };
        /** @description How many slots there are. */
        CountOut: {
            /** @description The number of distinct slot times. */
            total: number;
        };
        /** @description A new key for a resource. */
        CredentialIn: {
            /**
             * Format: uuid
             * @description Whose it is; needed with an app key.
             */
            resource_id?: string | null;
            /** @description `client-token` (default) or `server-token`. */
            type?: string | null;
        };
        /** @description A resource's own key. */
        CredentialOut: {
            /** @description When it was made. */
            created_at: components["schemas"]["Stamp"];
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Format: uuid
             * @description Whose it is.
             */
            resource_id: string;
            /** @description The same, under its other name. */
            scope: string;
            /** @description The key itself. The server token of the person who made the app is shown to that person alone. */
            token: string | null;
            /** @description `server-token` (all of the resource's rows) or `client-token` (what a browser may do). */
            type: string;
            /** @description When it was last changed. */
            updated_at: components["schemas"]["Stamp"];
        };
        /** @description The customer of a new booking. */
        CustomerIn: {
            /**
             * Format: email
             * @description E-mail.
             */
            email: string;
            /** @description Name. */
            name: string;
            /** @description Phone number. */
            phone?: string;
            /** @description IANA time zone; the resource's where absent. */
            timezone?: string | null;
            /** @description Name on a voice service. */
            voip?: string;
        };
        /** @description A day with at least one slot. */
        DateOut: {
            /**
             * @description The date, in the output zone.
             * @example 2031-06-10
             */
            date: string;
            /** @description The resources with a slot on it. */
            resources: string[];
        };
        /** @description Changes of an event; absent keys stay. */
        EventChange: {
            /** @description Whether it is whole days of the resource's zone and no time of day. */
            all_day?: boolean | null;
            /** @description Details. */
            description?: string | null;
            /** @description The instant, or the day, after the last. */
            end?: string | null;
            /** @description Whether it is shown but takes no time. */
            free?: boolean | null;
            /** @description Whether a connected calendar is to invite the participants; without one nobody is written to. */
            invite?: boolean | null;
            /** @description The owner's answer: accepted (default), needsAction, declined or tentative. A declined event takes no time. */
            my_rsvp?: string | null;
            /** @description E-mails of those who take part. */
            participants?: string[] | null;
            /** @description Whether only its resource and app keys may read what it is about. */
            private?: boolean | null;
            /**
             * @description How it repeats: lines of RFC 5545, one `RRULE` and any `RDATE` and `EXDATE`. An empty list is an event that does not.
             * @example [
             *       "RRULE:FREQ=WEEKLY;BYDAY=MO"
             *     ]
             */
            recurrence?: string[] | null;
            /** @description First instant, RFC 3339; without an offset it is a wall time of the resource's zone. A date where `all_day`. */
            start?: string | null;
            /** @description Whether it is to be copied to a connected calendar, true by default. */
            sync_provider?: boolean | null;
            /**
             * @description The zone in which a repeated event keeps its time of day; the resource's by default.
             * @example Europe/Copenhagen
             */
            timezone?: string | null;
            /** @description Title. */
            what?: string | null;
            /** @description Place. */
            where?: string | null;
        };
        /** @description A new event. */
        EventIn: {
            /** @description Whether it is whole days of the resource's zone and no time of day. */
            all_day?: boolean | null;
            /**
             * Format: uuid
             * @description The calendar it stands in; the primary one of `resource_id` where absent.
             */
            calendar_id?: string | null;
            /** @description Details. */
            description?: string | null;
            /**
             * @description The instant, or the day, after the last.
             * @example 2031-04-02T10:30:00+02:00
             */
            end: string;
            /** @description Whether it is shown but takes no time. */
            free?: boolean | null;
            /** @description Whether a connected calendar is to invite the participants; without one nobody is written to. */
            invite?: boolean | null;
            /** @description The owner's answer: accepted (default), needsAction, declined or tentative. A declined event takes no time. */
            my_rsvp?: string | null;
            /** @description E-mails of those who take part. */
            participants?: string[] | null;
            /** @description Whether only its resource and app keys may read what it is about. */
            private?: boolean | null;
            /**
             * @description How it repeats: lines of RFC 5545, one `RRULE` and any `RDATE` and `EXDATE`. An empty list is an event that does not.
             * @example [
             *       "RRULE:FREQ=WEEKLY;BYDAY=MO"
             *     ]
             */
            recurrence?: string[] | null;
            /**
             * Format: uuid
             * @description The resource; must be that of the calendar where both are given.
             */
            resource_id?: string | null;
            /**
             * @description First instant, RFC 3339; without an offset it is a wall time of the resource's zone. A date where `all_day`.
             * @example 2031-04-02T09:30:00+02:00
             */
            start: string;
            /** @description Whether it is to be copied to a connected calendar, true by default. */
            sync_provider?: boolean | null;
            /**
             * @description The zone in which a repeated event keeps its time of day; the resource's by default.
             * @example Europe/Copenhagen
             */
            timezone?: string | null;
            /** @description Title. */
            what: string;
            /** @description Place. */
            where?: string | null;
        };
        /** @description An event of a calendar; its times are in the resource's zone. */
        EventOut: {
            /** @description The same as `all_day`. */
            allDay: boolean;
            /** @description Whether it is whole days and no time of day. */
            all_day: boolean;
            /**
             * Format: uuid
             * @description The booking that wrote it; such events change with their booking.
             */
            booking_id: string | null;
            /**
             * Format: uuid
             * @description The calendar it stands in.
             */
            calendar_id: string;
            /** @description When it was made. */
            created_at: components["schemas"]["Stamp"];
            /** @description Details. */
            description: string;
            /** @description The instant after the last. */
            end: components["schemas"]["Stamp"];
            /** @description Whether it is shown but takes no time. */
            free: boolean;
            /**
             * @description Its id; of an instance of a repeated event, that event's id and the instance's original start.
             * @example 78a4d873-2a68-41c6-bdd4-c0ca5b35efd3
             */
            id: string;
            original_start?: components["schemas"]["Stamp"] | null;
            /** @description E-mails of those who take part. */
            participants: string[];
            /** @description Whether only its resource and app keys may read what it is about. */
            private: boolean;
            /** @description Its id there. */
            provider_id: string | null;
            /** @description How it repeats, lines of RFC 5545; only on the repeated event itself. */
            recurrence?: string[] | null;
            /**
             * Format: uuid
             * @description The repeated event that this is an instance of.
             */
            recurring_event_id?: string | null;
            /**
             * Format: uuid
             * @description The calendar's resource.
             */
            resource_id: string;
            /** @description The owner's answer: `accepted`, `needsAction`, `declined` or `tentative`. */
            rsvp: string;
            /** @description First instant. */
            start: components["schemas"]["Stamp"];
            /** @description Whether it is to be copied to a connected calendar. */
            sync_provider: boolean;
            /** @description The zone of its wall times; only on the repeated event itself. */
            timezone?: string | null;
            /** @description When it last changed. */
            updated_at: components["schemas"]["Stamp"];
            /** @description Title. */
            what: string;
            /** @description Place. */
            where: string;
        };
        /** @description A question about one start; all other fields are those of `POST /v2/availability`. */
        ExplainIn: {
            /**
             * Format: uuid
             * @description Takes every parameter from this project.
             */
            project_id?: string | null;
            /** @description The resources. */
            resources?: string[] | null;
            /**
             * @description The start in question.
             * @example 2031-04-02T09:00:00+02:00
             */
            start: string;
        };
        /** @description Whether a start is offered, and why not. */
        ExplainOut: {
            /** @description The first start that is offered after. */
            after: string | null;
            /** @description The last start that is offered before. */
            before: string | null;
            /** @description Whether `POST /v2/availability` lists it with the same body. */
            offered: boolean;
            /** @description Each resource, with what stands in its way. */
            resources: components["schemas"]["ExplainedOut"][];
        };
        /** @description A resource and what stands in the way. */
        ExplainedOut: components["schemas"]["ShownResource"] & {
            /** @description The smallest set of reasons: with all of them gone the start is offered. Empty if it can be had. */
            reasons: components["schemas"]["ReasonOut"][];
        };
        /** @description A question about the time that all of some resources have. */
        FindIn: {
            /** @description Slots every 15 minutes rather than one after the other. */
            all_solutions?: boolean | null;
            /** @description What is kept free on both sides of events. */
            buffer?: string | null;
            /** @description Or the calendars of them. */
            calendar_ids?: string[] | null;
            /** @description Or their e-mails. */
            emails?: string[] | null;
            /** @description Rules: `and` must all hold, of `or` one; `after` takes some of the result. */
            filters?: Record<string, never> | null;
            /** @description The format of times, by PHP's letters. */
            format?: string | null;
            /** @description Where it ends; `4 weeks` by default. */
            future?: string | null;
            /** @description Whether all-day events block no time. */
            ignore_all_day_events?: boolean | null;
            /** @description How long a slot is; `1 hour` by default. */
            length?: string | null;
            /** @description No slot that ends on another day than it starts. */
            no_day_span?: boolean | null;
            /** @description The resources. */
            resource_ids?: string[] | null;
            /** @description `asc` (default) or `desc`. */
            sort?: string | null;
            /** @description Where the search starts; now by default. */
            start?: string | null;
        };
        /** @description An action of a graph. */
        GraphAction: {
            /** @description When the timer does. */
            after?: string | null;
            /** @description Whether a timer takes it too. */
            automatic: boolean;
            /** @description The states it leaves. */
            from: string[];
            /** @description Its name. */
            name: string;
            /** @description The state it leads to. */
            to: string;
        };
        /** @description A graph as JSON. */
        GraphOut: {
            /** @description Its actions. */
            actions: components["schemas"]["GraphAction"][];
            /** @description Its name. */
            graph: string;
            /** @description Its states. */
            states: string[];
        };
        /** @description A project as pages see it: everything that they read is there, by default where the project is silent. */
        HostedOut: {
            /**
             * Format: int32
             * @description Whether bookings get a conference link: 0 or 1.
             */
            allow_conference: number;
            /** @description The app's widget key. */
            app_key: string;
            /** @description Parameters of a search for free time. */
            availability: Record<string, never>;
            /** @description When it can be booked, in addition to each resource's own rules. */
            availability_constraints: Record<string, never>[];
            /** @description Parameters of a booking. */
            booking: Record<string, never>;
            /** @description When it was made. */
            created_at: components["schemas"]["Stamp"];
            /** @description The form, in the order in which it is asked. */
            customer_fields: Record<string, never>;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Display name. */
            name: string;
            /** @description How long a hold lasts; null for the usual time. */
            reservation_time: string | null;
            /** @description The address of its booking page. */
            slug: string;
            /** @description How pages look. */
            ui: Record<string, never>;
            /** @description When it last changed. */
            updated_at: components["schemas"]["Stamp"];
        };
        /** @description Whom to invite. */
        InviteIn: {
            /**
             * Format: email
             * @description The e-mail.
             */
            email: string;
            /** @description `owner`, `admin` or `member` (default). */
            role?: string | null;
        };
        /** @description A new or changed location; absent keys stay, and a new one needs a name. */
        LocationIn: {
            /** @description When it is open. */
            availability_constraints?: Record<string, never>[] | null;
            /** @description What it is. */
            description?: string | null;
            /**
             * Format: double
             * @description Degrees north, −90 to 90; null for none.
             */
            latitude?: number | null;
            /**
             * Format: double
             * @description Degrees east, −180 to 180; null for none.
             */
            longitude?: number | null;
            /** @description Free values, searchable as `meta.KEY`. */
            meta?: Record<string, never> | null;
            /** @description Display name. */
            name?: string | null;
            /** @description The projects that are offered there. */
            projects?: string[] | null;
            /** @description What is offered there. */
            services?: string[] | null;
            /** @description Whether its own rules count for projects that take their hours from it. */
            use_custom_hours?: boolean | null;
        };
        /** @description A location. */
        LocationOut: {
            /** @description When it is open. */
            availability_constraints: Record<string, never>[];
            /** @description When it was made. */
            created_at: components["schemas"]["Stamp"];
            /** @description What it is. */
            description: string;
            /**
             * Format: double
             * @description Kilometers from the position that was searched.
             */
            distance: number | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Format: double
             * @description Degrees north.
             */
            latitude: number | null;
            /**
             * Format: double
             * @description Degrees east.
             */
            longitude: number | null;
            /** @description Free values. */
            meta: Record<string, never>;
            /** @description Display name. */
            name: string;
            /** @description The projects that are offered there. */
            projects?: components["schemas"]["ProjectOut"][] | null;
            /** @description What is offered there. */
            services?: components["schemas"]["ServiceOut"][] | null;
            /** @description When it last changed. */
            updated_at: components["schemas"]["Stamp"];
            /** @description Whether its own rules count for projects that take their hours from it. */
            use_custom_hours: boolean;
        };
        /** @description A failed exchange of a password for a token. */
        LoginError: {
            /** @description Holds the text. */
            error: components["schemas"]["LoginMessage"];
        };
        /** @description A failed login, or a missing `Timekit-App`. */
        LoginFailure: components["schemas"]["LoginError"] | components["schemas"]["PlainError"];
        /** @description E-mail and password. */
        LoginIn: {
            /**
             * Format: email
             * @description The resource's e-mail.
             */
            email: string;
            /** @description The person's password. */
            password: string;
        };
        /** @description The text of a failed login. */
        LoginMessage: {
            /** @description What went wrong. */
            message: string;
        };
        /** @description A member of an app. */
        MemberOut: {
            /** @description The person's e-mail. */
            email: string;
            /** @description The person's name. */
            name: string;
            /**
             * Format: uuid
             * @description The person's resource in the app.
             */
            resource_id: string;
            /** @description `owner`, `admin` or `member`. */
            role: string;
            /** @description `active`, or `invited` until the invitation is accepted. */
            state: string;
        };
        /** @description New values of a booking's meta. */
        MetaIn: {
            /** @description Keys to set; null removes a key, others stay. */
            meta?: Record<string, never>;
        };
        /** @description A failure in words. */
        PlainError: {
            /** @description A stable word for programs, where there is one. */
            code?: string | null;
            /** @description What went wrong and what to do. */
            error: string;
            /** @description The entity that is missing (404). */
            model?: string | null;
        };
        /** @description Changes of a project; absent keys stay, and a given object replaces the whole one. */
        ProjectChange: {
            /** @description Whether bookings get a conference link. */
            allow_conference?: boolean | null;
            /** @description Whether bookings may overlap others. */
            allow_double_bookings?: boolean | null;
            /** @description Parameters of `POST /availability`: mode, length, from, to, buffer, timeslot_increments … */
            availability?: Record<string, never> | null;
            /** @description When it can be booked, in addition to each resource's own rules. */
            availability_constraints?: Record<string, never>[] | null;
            /** @description Parameters of `POST /bookings`: graph, what, where, description, settings … */
            booking?: Record<string, never> | null;
            /** @description The form: fields by name, in the order in which they are asked. */
            customer_fields?: Record<string, never> | null;
            /** @description Whether its booking page takes bookings. */
            enabled?: boolean | null;
            /** @description Whether mails are sent. */
            enabled_email_notification?: boolean | null;
            /**
             * Format: double
             * @description Degrees north, −90 to 90; null for none.
             */
            latitude?: number | null;
            /**
             * Format: double
             * @description Degrees east, −180 to 180; null for none.
             */
            longitude?: number | null;
            /** @description Free values, searchable as `meta.KEY`. */
            meta?: Record<string, never> | null;
            /** @description Display name. */
            name?: string | null;
            /** @description Reminders. */
            reminders?: Record<string, never>[] | null;
            /**
             * @description How long a hold lasts; null for the usual time.
             * @example 5 minutes
             */
            reservation_time?: string | null;
            /** @description What is booked, in the order of priority. */
            resources?: string[] | null;
            /**
             * @description The address of the booking page, unique over the installation; made of the name where it is absent.
             * @example eye-test
             */
            slug?: string | null;
            /** @description How its pages look. */
            ui?: Record<string, never> | null;
            /** @description Whose opening hours count: `resource`, `project` or `location`; null combines all. */
            use_hours_from?: string | null;
        };
        /** @description A new project: the fields of a change, with the name. */
        ProjectIn: components["schemas"]["ProjectChange"] & {
            name: string;
        };
        /** @description A project. */
        ProjectOut: {
            /**
             * Format: int32
             * @description Whether bookings get a conference link: 0 or 1.
             */
            allow_conference: number;
            /** @description Whether bookings may overlap others. */
            allow_double_bookings: boolean;
            /** @description Parameters of a search for free time. */
            availability: Record<string, never>;
            /** @description When it can be booked, in addition to each resource's own rules. */
            availability_constraints: Record<string, never>[];
            /** @description Parameters of a booking. */
            booking: Record<string, never>;
            /** @description When it was made. */
            created_at: components["schemas"]["Stamp"];
            /** @description The form, in the order in which it is asked. */
            customer_fields: Record<string, never>;
            /**
             * Format: double
             * @description Kilometers from the position that was searched.
             */
            distance: number | null;
            /** @description Whether its booking page takes bookings. */
            enabled: boolean;
            /** @description Whether mails are sent. */
            enabled_email_notification: boolean;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Degrees north, as text. */
            latitude: string | null;
            /** @description Where it is offered. */
            locations?: components["schemas"]["LocationOut"][] | null;
            /** @description Degrees east, as text. */
            longitude: string | null;
            /** @description Free values; not for public keys. */
            meta?: Record<string, never> | null;
            /** @description Display name. */
            name: string;
            /** @description Reminders; not for public keys. */
            reminders?: Record<string, never>[] | null;
            /** @description How long a hold lasts; null for the usual time. */
            reservation_time: string | null;
            /** @description What is booked, in the order of priority. */
            resources?: components["schemas"]["ResourceOut"][] | null;
            /** @description What it is for. */
            services?: components["schemas"]["ServiceOut"][] | null;
            /** @description The address of its booking page. */
            slug: string;
            /** @description How its pages look. */
            ui: Record<string, never>;
            /** @description When it last changed. */
            updated_at: components["schemas"]["Stamp"];
            /** @description Whose opening hours count; null combines all. */
            use_hours_from: string | null;
        };
        /** @description One thing that stands in the way. */
        ReasonOut: {
            /** @description The booking that takes the time. */
            booking_id?: string | null;
            /** @description The constraints that close the time (`closed`: that do not open it). */
            constraints?: components["schemas"]["ConstraintOut"][];
            /** @description When it ends. */
            end?: string | null;
            /** @description The event that takes it. */
            event_id?: string | null;
            /** @description `past`, `notice`, `horizon`, `closed`, `blocked`, `busy`, `buffer`, `limit` or `grid`. */
            kind: string;
            /** @description The same in words. */
            message: string;
            /** @description When that begins. */
            start?: string | null;
        };
        /** @description Whose password to reset. */
        ResetIn: {
            /**
             * Format: email
             * @description The e-mail.
             */
            email: string;
        };
        /** @description Changes of a resource; absent keys stay. */
        ResourceChange: {
            /** @description Replaces the list of constraints. */
            availability_constraints?: Record<string, never>[] | null;
            /** @description Whether bookings get a conference link. */
            conference_enabled?: boolean | null;
            /** @description The kind of that link, null for none. */
            conference_type?: string | null;
            /** @description Ignored where it is the same, refused otherwise. */
            email?: string | null;
            /** @description Whether it gets mails as the owner of bookings. */
            enabled_email_notification?: boolean | null;
            /** @description First name. */
            first_name?: string | null;
            /**
             * Format: uri
             * @description Address of a picture, null for none.
             */
            image?: string | null;
            /** @description Last name. */
            last_name?: string | null;
            /** @description Replaces the free values. */
            meta?: Record<string, never> | null;
            /** @description Display name. */
            name?: string | null;
            /** @description A new password. */
            password?: string | null;
            /** @description IANA time zone. */
            timezone?: string | null;
        };
        /** @description A new resource. */
        ResourceIn: {
            /** @description When it is available, a list of constraint objects. */
            availability_constraints?: Record<string, never>[] | null;
            /**
             * Format: email
             * @description E-mail, needed only if the resource is to log in.
             */
            email?: string | null;
            /** @description First name. */
            first_name?: string | null;
            /**
             * Format: uri
             * @description Address of a picture.
             */
            image?: string | null;
            /** @description Last name. */
            last_name?: string | null;
            /** @description Free values, searchable as `meta.KEY`. */
            meta?: Record<string, never>;
            /** @description Display name. */
            name: string;
            /** @description Password, at least 12 characters. */
            password?: string | null;
            /**
             * @description IANA time zone; the header `Timekit-Timezone` may stand in.
             * @example Europe/Copenhagen
             */
            timezone?: string | null;
        };
        /** @description A resource. */
        ResourceOut: {
            /** @description Whether it can be used. */
            activated: boolean;
            /** @description Its `server-token`, in the answer that made it. */
            api_token?: string | null;
            /** @description When it is available. */
            availability_constraints?: Record<string, never>[] | null;
            /** @description Its calendars. */
            calendars: components["schemas"]["CalendarOut"][];
            /** @description Whether bookings get a conference link. */
            conference_enabled: boolean;
            /** @description The kind of that link. */
            conference_type: string | null;
            /** @description When it was made. */
            created_at: components["schemas"]["Stamp"];
            /** @description Its keys. */
            credentials?: components["schemas"]["CredentialOut"][] | null;
            /** @description E-mail. */
            email: string | null;
            /** @description Whether it gets mails as the owner of bookings. */
            enabled_email_notification: boolean;
            /** @description First name. */
            first_name: string;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Address of a picture. */
            image: string | null;
            /** @description Last name. */
            last_name: string;
            last_sync: components["schemas"]["Stamp"] | null;
            /** @description Free values. */
            meta: Record<string, never>;
            /** @description Display name. */
            name: string;
            /** @description IANA time zone. */
            timezone: string;
            /** @description When it last changed. */
            updated_at: components["schemas"]["Stamp"];
        };
        /** @description One more resource of a project. */
        ResourceRefIn: {
            /**
             * Format: uuid
             * @description The resource.
             */
            resource_id: string;
        };
        /** @description The resources of a project, as `{"resources": […]}` or as a bare list. */
        ResourcesIn: {
            /** @description What is booked, in the order of priority. */
            resources: string[];
        };
        /** @description A member's new role. */
        RoleIn: {
            /** @description `owner`, `admin` or `member`. */
            role: string;
        };
        /** @description A question about free time. Each parameter overrides the project's; null stands for the default. */
        SearchIn: {
            /**
             * @description What is kept free on both sides of events.
             * @example 15 minutes
             */
            buffer?: string | null;
            /**
             * @description The first slot of a free time starts on this grid instead.
             * @example 15 minutes
             */
            closest_time_interval?: string | null;
            /** @description Rules beside those of the resources and the project; `availability_constraints` is the same. */
            constraints?: Record<string, never>[] | null;
            /**
             * @description Where the search starts: now (the default), a distance from now, a date or a timestamp.
             * @example 1 day
             */
            from?: string | null;
            /** @description Whether all-day events block no time; false by default. */
            ignore_all_day_events?: boolean | null;
            /**
             * @description How long a slot is; null asks for the free times themselves, of any length.
             * @example 30 minutes
             */
            length?: string | null;
            /** @description How resources are put together: mutual, roundrobin_random, roundrobin_prioritized or exclusive. */
            mode?: string | null;
            /**
             * @description The zone in which times are written; UTC by default.
             * @example Europe/Copenhagen
             */
            output_timezone?: string | null;
            /**
             * Format: uuid
             * @description Takes every parameter from this project.
             */
            project_id?: string | null;
            /** @description The resources, in the order of their priority; `resource_ids` is the same. */
            resources?: string[] | null;
            /** @description Whether the first slot of a free time starts at a full hour; true by default. */
            round_to_nearest_hour?: boolean | null;
            /**
             * @description From one start to the next; the length by default.
             * @example 15 minutes
             */
            timeslot_increments?: string | null;
            /**
             * @description Where the search ends, counted from now: `4 weeks` by default, 6 months at most.
             * @example 2 weeks
             */
            to?: string | null;
            /**
             * @description Whose opening hours count beside `constraints`: `project` leaves the resources' own lists out, `resource` the
             *     project's. So an editor can try a list before it is saved. Not heeded from public pages.
             * @example project
             */
            use_hours_from?: string | null;
        };
        /** @description A new or changed service; absent keys stay, and a new one needs a name. */
        ServiceIn: {
            /** @description Its `length`, a duration. */
            availability?: Record<string, never> | null;
            /** @description What it is. */
            description?: string | null;
            /**
             * Format: uri
             * @description Address of a picture; null for none.
             */
            image_url?: string | null;
            /** @description Where it is offered. */
            locations?: string[] | null;
            /** @description Free values, searchable as `meta.KEY`. */
            meta?: Record<string, never> | null;
            /** @description Display name. */
            name?: string | null;
            /** @description The projects by which it is booked. */
            projects?: string[] | null;
        };
        /** @description A service: a kind of appointment. */
        ServiceOut: {
            /** @description Its `length`. */
            availability: Record<string, never>;
            /** @description When it was made. */
            created_at: components["schemas"]["Stamp"];
            /** @description What it is. */
            description: string;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Address of a picture. */
            image_url: string | null;
            /** @description Where it is offered. */
            locations?: components["schemas"]["LocationOut"][] | null;
            /** @description Free values. */
            meta: Record<string, never>;
            /** @description Display name. */
            name: string;
            /** @description The projects by which it is booked. */
            projects?: components["schemas"]["ProjectOut"][] | null;
            /** @description When it last changed. */
            updated_at: components["schemas"]["Stamp"];
        };
        /** @description Changed settings, flat or under `settings`; null removes one. */
        SettingsIn: Record<string, never>;
        /** @description A resource as slots name it. */
        ShownResource: {
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Its name. */
            name: string;
            /**
             * @description Its time zone.
             * @example Europe/Copenhagen
             */
            timezone: string;
        };
        /** @description A time in which resources are free, or are not. */
        SlotOut: {
            /**
             * @description The first moment after it.
             * @example 2031-04-02T10:00:00+02:00
             */
            end: string;
            /** @description Whose time it is; the first one is to be booked. */
            resources: components["schemas"]["ShownResource"][];
            /**
             * @description Its first moment.
             * @example 2031-04-02T09:00:00+02:00
             */
            start: string;
        };
        Stamp: string;
        /** @description A question about a team. */
        TeamIn: {
            /** @description How long a slot is; this and the rest are as for `POST /findtime`. */
            length?: string | null;
            /** @description Each with `calendar_ids`; keys that begin with `_` are echoed. */
            users: Record<string, never>[];
        };
        /** @description A free time of some of a team. */
        TeamTimeOut: {
            /** @description The first moment after it. */
            end: string;
            /** @description Its first moment. */
            start: string;
            /** @description Who is free. */
            users: Record<string, never>[];
        };
        /** @description A free time. */
        TimeOut: {
            /** @description The first moment after it. */
            end: string;
            /** @description Its first moment. */
            start: string;
        };
        /** @description The zone of a resource. */
        TimezoneOut: {
            /** @description IANA name. */
            timezone: string;
            /**
             * Format: double
             * @description Hours east of UTC now; fractional where the zone is.
             */
            utc_offset: number;
        };
        /** @description Wrong fields, or a state that forbids the call: `errors` or `error` is present. */
        ValidationError: {
            /** @description The step of the booking graph that failed. */
            action?: string | null;
            /** @description A stable word for programs, where there is one. */
            code?: string | null;
            /** @description Why the call is not possible now. */
            error?: string | null;
            /** @description Messages by field, nested fields dotted. */
            errors?: {
                [key: string]: string[];
            } | null;
        };
        /** @description A project under its old name. */
        WidgetOut: {
            /** @description What its pages are configured by. */
            config: components["schemas"]["HostedOut"];
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description Display name. */
            name: string;
            /** @description The address of its booking page. */
            slug: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
