//! The clients: threads that ask, lose their connections, ask again, and remember what they were told.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::history::{Answer, Call, Copies, Found, Graph, Span, Story};
use super::nodes::Board;
use super::plan::{Plan, Random, Wish};
use crate::http::{Client, text_after};

/// The day of all bookings; resources are in UTC.
const DAY: &str = "2031-05-06";
/// How many ask at once under one key.
pub const COPIES: usize = 5;
/// Bookings on a page of the final list.
const PAGE: usize = 200;

/// What all clients of a run share.
pub struct Course<'a> {
    pub plan: Plan,
    pub board: &'a Board,
    pub authorization: String,
    /// Ids of the resources.
    pub resources: Vec<String>,
    pub started: Instant,
    /// From here on nobody waits for an answer any more.
    pub deadline: Instant,
    /// The next operation.
    pub next: AtomicUsize,
    /// Clients that have not come to their end.
    pub active: AtomicUsize,
}

/// One client with its connections, one to each server.
pub struct Teller<'a> {
    course: &'a Course<'a>,
    connections: Vec<Option<Client>>,
    random: Random,
}

/// What came back from one sending of a request.
enum Reply {
    Answered(u16, String),
    Lost,
}

/// The last word on a request.
struct Told {
    call: Call,
    status: u16,
    body: String,
}

impl Course<'_> {
    pub fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Works through the operations until none is left.
    pub fn work(&self, number: usize) -> Vec<Story> {
        let mut teller = Teller::new(self, number);
        let mut stories = Vec::new();
        loop {
            let operation = self.next.fetch_add(1, Ordering::Relaxed);
            if operation >= self.plan.operations || self.is_late() {
                break;
            }
            stories.push(teller.live(operation, self.plan.wish(operation)));
        }
        self.active.fetch_sub(1, Ordering::Relaxed);
        stories
    }

    /// Sends one copy of each of the requests that are sent several times at once.
    pub fn repeat(
        &self,
        number: usize,
        bursts: usize,
        barrier: &Barrier,
    ) -> Vec<(Story, (u16, String))> {
        let mut teller = Teller::new(self, number);
        let mut told = Vec::new();
        for burst in 0..bursts {
            let due = burst * self.plan.operations / bursts;
            while self.next.load(Ordering::Relaxed) < due && !self.is_late() {
                thread::sleep(Duration::from_millis(1));
            }
            barrier.wait();
            told.push(teller.copy(burst));
        }
        self.active.fetch_sub(1, Ordering::Relaxed);
        told
    }
}

impl<'a> Teller<'a> {
    pub fn new(course: &'a Course<'a>, number: usize) -> Self {
        Self {
            course,
            connections: (0..course.board.nodes()).map(|_| None).collect(),
            random: Random::new(course.plan.seed, number, 4),
        }
    }

    /// Makes a booking and does with it what is wished.
    pub fn live(&mut self, operation: usize, wish: Wish) -> Story {
        let body = self.body(operation, wish);
        let key = |what| wish.keyed.then(|| format!("{what}-{operation}"));
        let created = self.call("POST", "/v2/bookings", key("create").as_deref(), &body);
        let mut story = story(operation, wish, &created);
        let Some(id) = story.id.clone() else {
            return story;
        };
        if wish.graph == Graph::ConfirmDecline {
            let path = format!("/v2/bookings/{id}/confirm");
            story.confirm = Some(
                self.call("PUT", &path, key("confirm").as_deref(), "{}")
                    .call,
            );
        }
        let held = story.confirm.as_ref().unwrap_or(&story.create);
        if wish.cancel && held.answer == Answer::Done {
            let pause = u64::try_from(self.random.below(10)).unwrap_or_default();
            thread::sleep(Duration::from_millis(pause));
            let path = format!("/v2/bookings/{id}/cancel");
            story.cancel = Some(self.call("PUT", &path, key("cancel").as_deref(), "{}").call);
        }
        story
    }

    /// Sends one copy of a burst.
    pub fn copy(&mut self, burst: usize) -> (Story, (u16, String)) {
        let plan = self.course.plan;
        let operation = plan.operations + burst;
        let wish = plan.burst(burst);
        let body = self.body(operation, wish);
        let key = format!("burst-{burst}");
        let told = self.call("POST", "/v2/bookings", Some(&key), &body);
        (story(operation, wish, &told), (told.status, told.body))
    }

    /// Sends a request; under a key until its outcome is known, else once.
    fn call(&mut self, method: &str, path: &str, key: Option<&str>, body: &str) -> Told {
        let sent = self.course.now();
        loop {
            let (status, body) = match self.send(method, path, key, body) {
                Reply::Answered(status, body) => (status, body),
                Reply::Lost => (0, String::new()),
            };
            let answer = judge(status, &body);
            if answer == Answer::Unknown && key.is_some() && !self.course.is_late() {
                thread::sleep(Duration::from_millis(20));
                continue;
            }
            return Told {
                call: Call {
                    sent,
                    answered: self.course.now(),
                    answer,
                },
                status,
                body,
            };
        }
    }

    /// Sends a request once, to any server that is up.
    fn send(&mut self, method: &str, path: &str, key: Option<&str>, body: &str) -> Reply {
        while !self.course.is_late() {
            let node = self.random.below(self.connections.len());
            let client = self.connections[node].take().or_else(|| {
                let address = self.course.board.address(node)?;
                Client::connect(&address, &self.course.authorization).ok()
            });
            let Some(mut client) = client else {
                thread::sleep(Duration::from_millis(2));
                continue;
            };
            let header = key.map(|key| ("Idempotency-Key", key));
            let Ok((status, answer)) = client.send(method, path, header, body) else {
                return Reply::Lost;
            };
            self.connections[node] = Some(client);
            return Reply::Answered(status, answer);
        }
        Reply::Lost
    }

    fn body(&self, operation: usize, wish: Wish) -> String {
        let Wish {
            span:
                Span {
                    resource,
                    start,
                    end,
                },
            graph,
            ..
        } = wish;
        let graph = match graph {
            Graph::Instant => "instant",
            Graph::ConfirmDecline => "confirm_decline",
        };
        format!(
            r#"{{"graph":"{graph}","resource_id":"{}","start":"{}","end":"{}","what":"Heat","where":"Track","description":"","customer":{{"name":"Runner","email":"runner@example.org"}},"meta":{{"operation":"{operation}"}}}}"#,
            self.course.resources[resource],
            instant(start),
            instant(end),
        )
    }

    /// Everything that the server shows of a resource's bookings.
    pub fn list(&mut self, resource: usize) -> Result<Vec<Found>> {
        let id = self.course.resources[resource].clone();
        let mut all = Vec::new();
        for page in 1.. {
            let path = format!(
                "/v2/bookings?search=resource.id:{id}&include=attributes,meta&limit={PAGE}&page={page}"
            );
            let (status, body) = loop {
                match self.send("GET", &path, None, "") {
                    Reply::Answered(status, body) => break (status, body),
                    Reply::Lost if self.course.is_late() => bail!("the list was not answered"),
                    Reply::Lost => {}
                }
            };
            if status != 200 {
                bail!("the list was answered by {status} {body}");
            }
            let on_page = read_list(&body, resource)?;
            let count = on_page.len();
            all.extend(on_page);
            if count < PAGE {
                break;
            }
        }
        Ok(all)
    }
}

fn story(operation: usize, wish: Wish, created: &Told) -> Story {
    let done = created.call.answer == Answer::Done;
    let id = text_after(&created.body, "\"id\":").filter(|_| done);
    Story {
        operation,
        span: wish.span,
        graph: wish.graph,
        id: id.map(str::to_owned),
        create: created.call.clone(),
        confirm: None,
        cancel: None,
    }
}

/// The story of all copies of a burst is that of one call, from the first sending to the last answer.
pub fn merge(copies: Vec<(Story, (u16, String))>) -> Option<(Story, Copies)> {
    let mut stories = copies.iter().map(|(story, _)| story);
    let mut merged = stories.next()?.clone();
    for story in stories {
        merged.create.sent = merged.create.sent.min(story.create.sent);
        merged.create.answered = merged.create.answered.max(story.create.answered);
        if merged.create.answer == Answer::Unknown {
            merged.create.answer = story.create.answer.clone();
            merged.id.clone_from(&story.id);
        }
    }
    let answers = copies
        .into_iter()
        .filter(|(story, _)| story.create.answer != Answer::Unknown)
        .map(|(_, answer)| answer)
        .collect();
    let operation = merged.operation;
    Some((merged, Copies { operation, answers }))
}

fn judge(status: u16, body: &str) -> Answer {
    match status {
        200 | 201 => Answer::Done,
        422 if text_after(body, "\"action\":") == Some("check_availability") => Answer::Taken,
        0 | 503 => Answer::Unknown,
        409 if text_after(body, "\"code\":") == Some("idempotency_in_progress") => Answer::Unknown,
        _ => Answer::Other(format!("{status} {body}")),
    }
}

fn instant(minute: u32) -> String {
    format!("{DAY}T{:02}:{:02}:00+00:00", minute / 60, minute % 60)
}

/// Reads a page of bookings. No other object of it begins with its id.
fn read_list(body: &str, resource: usize) -> Result<Vec<Found>> {
    body.split("{\"id\":")
        .skip(1)
        .map(|booking| {
            let booking = format!("\"id\":{booking}");
            let text = |label| {
                text_after(&booking, label)
                    .with_context(|| format!("a booking without {label} {booking}"))
            };
            Ok(Found {
                id: text("\"id\":")?.to_owned(),
                operation: text("\"operation\":")?.parse().ok(),
                span: Span {
                    resource,
                    start: minute(text("\"start\":")?)?,
                    end: minute(text("\"end\":")?)?,
                },
                state: text("\"state\":")?.to_owned(),
            })
        })
        .collect()
}

fn minute(instant: &str) -> Result<u32> {
    let read = || {
        let time = instant.strip_prefix(DAY)?.strip_prefix('T')?;
        let (hours, rest) = time.split_once(':')?;
        let minutes = rest.strip_suffix(":00+00:00")?;
        Some(hours.parse::<u32>().ok()? * 60 + minutes.parse::<u32>().ok()?)
    };
    read().with_context(|| format!("{instant} is no time of this run"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_judged_by_status_and_step() {
        let taken = r#"{"errors":{"event":["…"]},"action":"check_availability"}"#;
        let other = r#"{"errors":{"event":["…"]},"action":"save_booking_data"}"#;

        assert_eq!(judge(201, "{}"), Answer::Done);
        assert_eq!(judge(422, taken), Answer::Taken);
        assert!(matches!(judge(422, other), Answer::Other(_)));
        assert_eq!(judge(503, "{}"), Answer::Unknown);
        assert_eq!(
            judge(409, r#"{"error":"…","code":"idempotency_in_progress"}"#),
            Answer::Unknown
        );
        assert!(matches!(judge(500, "{}"), Answer::Other(_)));
    }

    #[test]
    fn a_page_of_bookings_is_read() {
        let body = r#"{"current_page":1,"data":[{"id":"a","state":"confirmed","attributes":{"event_info":{"start":"2031-05-06T09:05:00+00:00","end":"2031-05-06T10:00:00+00:00"}},"meta":{"operation":"12"}},{"id":"b","state":"cancelled","attributes":{"event_info":{"start":"2031-05-06T00:00:00+00:00","end":"2031-05-06T00:01:00+00:00"}},"meta":{"operation":"13"}}]}"#;

        let found = read_list(body, 3).expect("a good page");

        assert_eq!(found.len(), 2);
        assert_eq!(found[0].operation, Some(12));
        assert_eq!(
            found[0].span,
            Span {
                resource: 3,
                start: 545,
                end: 600
            }
        );
        assert_eq!(
            (found[1].id.as_str(), found[1].state.as_str()),
            ("b", "cancelled")
        );
    }

    #[test]
    fn copies_become_one_call_from_the_first_sending_to_the_last_answer() {
        let copy = |sent, answered, answer: Answer| {
            let wish = Plan {
                seed: 1,
                operations: 10,
            }
            .burst(0);
            let status = if answer == Answer::Done { 201 } else { 0 };
            let told = Told {
                call: Call {
                    sent,
                    answered,
                    answer,
                },
                status,
                body: r#"{"data":{"id":"a"}}"#.to_owned(),
            };
            (story(10, wish, &told), (status, told.body))
        };

        let (story, copies) = merge(vec![
            copy(5, 9, Answer::Unknown),
            copy(3, 20, Answer::Done),
            copy(4, 8, Answer::Done),
        ])
        .expect("three copies");

        assert_eq!((story.create.sent, story.create.answered), (3, 20));
        assert_eq!(story.create.answer, Answer::Done);
        assert_eq!(story.id.as_deref(), Some("a"));
        assert_eq!(copies.answers.len(), 2);
    }
}
