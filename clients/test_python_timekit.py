"""The published `python-timekit`, unchanged, in the flows of an integration."""

import unittest

import timekit
from timekit.components import base

from server import Server

SLOT = {
    "graph": "confirm_decline",
    "what": "Wheel truing",
    "where": "Kanalgade 4, Aarhus",
    "description": "",
    "customer": {"name": "Ida Holm", "email": "ida@example.org"},
}


class PythonClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        base.BASE_URL_V2 = f"{cls.server.origin}/v2"
        cls.client = timekit.TimekitAPI(cls.server.keys["app_key"])

    def resource(self, **fields):
        made = self.client.resources.create({"name": "Room 4", "timezone": "Europe/Copenhagen", **fields})
        self.assertEqual(made.status, 201)
        return made.data["data"]

    def booking(self, resource, day, **fields):
        times = {"start": f"2031-05-{day:02}T09:00:00+02:00", "end": f"2031-05-{day:02}T09:45:00+02:00"}
        made = self.client.bookings.create({**SLOT, **times, "resource_id": resource["id"], **fields})
        self.assertEqual(made.status, 201, made.data)
        return made.data["data"]

    def test_app_is_read(self):
        answer = self.client.apps.get()

        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.data["data"]["slug"], self.server.keys["app"]["slug"])

    def test_a_person_is_invited_once_and_again(self):
        first = self.client.apps.invite({"email": "grace@example.org"})
        again = self.client.apps.invite({"email": "grace@example.org"})
        wrong = self.client.apps.invite({"email": "nobody"})

        self.assertEqual(first.status, 201)
        self.assertEqual(first.data["data"]["email"], "grace@example.org")
        self.assertEqual(again.status, 200)
        self.assertEqual(wrong.status, 422)
        self.assertIn("email", wrong.data["errors"])

    def test_a_wrong_key_is_refused_in_our_words(self):
        answer = timekit.TimekitAPI("live_api_key_wrong").apps.get()

        self.assertEqual(answer.status, 401)
        self.assertEqual(answer.data, {"error": "Invalid credentials supplied"})

    def test_resources_are_made_read_changed_and_deleted(self):
        made = self.resource(meta={"floor": 2})
        read = self.client.resources.retrieve(made["id"], ["calendars", "credentials"])
        plain = self.client.resources.retrieve(made["id"])
        changed = self.client.resources.update(made["id"], {"name": "Room 5"})
        constrained = self.client.resources.availability_constraints(
            made["id"], {"availability_constraints": [{"allow_day": {"day": "monday"}}]}
        )
        removed = self.client.resources.delete(made["id"])
        gone = self.client.resources.retrieve(made["id"])

        self.assertEqual(made["meta"], {"floor": 2})
        self.assertEqual(made["calendars"][0]["name"], "Bookings")
        self.assertEqual(len(read.data["data"]["credentials"]), 2)
        self.assertNotIn("credentials", plain.data["data"])
        self.assertEqual((changed.status, changed.data["data"]["name"]), (200, "Room 5"))
        self.assertEqual(constrained.status, 200)
        self.assertEqual((removed.status, removed.data), (204, {}))
        self.assertEqual((gone.status, gone.data["model"]), (404, "Resource"))

    def test_resources_are_listed_by_page_and_search(self):
        for name in ("Chair A", "Chair B", "Chair C"):
            self.resource(name=name, meta={"kind": "chair"})

        page = self.client.resources.list(limit=2, page=2, search="meta.kind:chair")
        everything = self.client.resources.list()

        self.assertEqual(page.status, 200)
        self.assertEqual([item["name"] for item in page.data["data"]], ["Chair C"])
        self.assertEqual((page.data["total"], page.data["from"], page.data["to"]), (3, 3, 3))
        self.assertIsNone(page.data["next_page_url"])
        self.assertGreaterEqual(everything.data["total"], 4)

    def test_bookings_are_listed_though_an_ampersand_is_missing(self):
        resource = self.resource()
        ids = [self.booking(resource, day)["id"] for day in (6, 7)]
        search = f"resource.id:{resource['id']};state:tentative"

        plain = self.client.bookings.list(search=search)
        rich = self.client.bookings.list(limit=1, page=2, dynamic_includes=["attributes"], search=search)
        ordered = self.client.bookings.list(search=search, order_by="event.start", sorted_by="desc")

        self.assertEqual(plain.status, 200, plain.data)
        self.assertEqual([item["id"] for item in plain.data["data"]], ids)
        self.assertEqual((plain.data["current_page"], plain.data["per_page"]), (1, 50))
        self.assertEqual([item["id"] for item in rich.data["data"]], ids[1:])
        self.assertEqual(rich.data["current_page"], 2)
        self.assertEqual([item["id"] for item in ordered.data["data"]], ids[::-1])

    def test_bookings_walk_through_their_states(self):
        resource = self.resource()
        booking = self.booking(resource, 8)

        read = self.client.bookings.retrieve(booking["id"])
        confirmed = self.client.bookings.update_state(booking["id"], "confirm")
        early = self.client.bookings.delete(booking["id"])
        wrong = self.client.bookings.update_state(booking["id"], "decline")
        cancelled = self.client.bookings.update_state(booking["id"], "cancel_by_customer")
        removed = self.client.bookings.delete(booking["id"])
        gone = self.client.bookings.retrieve(booking["id"])

        self.assertEqual(read.data["data"]["state"], "tentative")
        self.assertEqual((confirmed.status, confirmed.data["data"]["state"]), (200, "confirmed"))
        self.assertEqual(early.status, 422)
        self.assertEqual(wrong.data, {"error": "Cannot apply action 'decline' to current state 'confirmed'"})
        self.assertEqual(cancelled.data["data"]["state"], "cancelled_by_customer")
        self.assertTrue(cancelled.data["data"]["completed"])
        self.assertEqual(removed.status, 204)
        self.assertEqual(gone.status, 404)

    def test_meta_of_a_booking_is_merged(self):
        booking = self.booking(self.resource(), 9, meta={"bike": "gravel", "color": "red"})

        first = self.client.bookings.update_meta(booking["id"], {"meta": {"color": "blue", "size": 54}})
        second = self.client.bookings.update(booking["id"], {"meta": {"bike": None}})

        self.assertEqual(first.status, 200)
        self.assertEqual(first.data["data"]["meta"], {"bike": "gravel", "color": "blue", "size": 54})
        self.assertEqual(second.data["data"]["meta"], {"color": "blue", "size": 54})

    def test_includes_come_with_a_new_booking(self):
        resource = self.resource()
        times = {"start": "2031-05-10T07:00:00Z", "end": "2031-05-10T07:45:00Z"}

        made = self.client.bookings.create({**SLOT, **times, "resource_id": resource["id"]}, ["attributes", "resource"])

        self.assertEqual(made.status, 201)
        self.assertEqual(made.data["data"]["attributes"]["event_info"]["start"], "2031-05-10T09:00:00+02:00")
        self.assertEqual(made.data["data"]["resource"]["id"], resource["id"])

    def test_an_overlap_is_refused(self):
        resource = self.resource()
        self.booking(resource, 11, graph="instant")

        times = {"start": "2031-05-11T09:30:00+02:00", "end": "2031-05-11T10:00:00+02:00"}
        refused = self.client.bookings.create({**SLOT, **times, "graph": "instant", "resource_id": resource["id"]})

        self.assertEqual(refused.status, 422)
        self.assertEqual(refused.data["errors"], {"event": ["The requested time slot is not available"]})

    def test_every_wrong_field_is_told(self):
        answer = self.client.bookings.create({"graph": "no_such", "start": "yesterday"})

        self.assertEqual(answer.status, 422)
        self.assertIn("graph", answer.data["errors"])
        self.assertIn("start", answer.data["errors"])
        self.assertIn("customer", answer.data["errors"])

    def test_odd_calls_get_an_answer_in_json(self):
        booking = self.booking(self.resource(), 12)

        for answer in (
            self.client.bookings.partial_update(booking["id"], {"meta": {"a": 1}}),
            self.client.bookings.create_in_bulk({"bookings": []}),
            self.client.bookings.update_in_bulk({"bookings": []}),
        ):
            self.assertLess(answer.status, 500)
            self.assertNotEqual(answer.data, {"error": "response is not json serializable"})


if __name__ == "__main__":
    unittest.main()
