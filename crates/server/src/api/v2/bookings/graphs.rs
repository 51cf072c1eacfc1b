//! `/v2/bookings/graphs`: the graph table as JSON (spec 81 §5).

use axum::extract::Path;
use domain::booking::{Graph, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{
    error::{Error, Result},
    failures::Failures,
    reply::{Many, One, Reply},
};

/// A graph as JSON.
#[derive(Debug, Serialize, ToSchema)]
pub struct GraphOut {
    /// Its name.
    graph: &'static str,
    /// Its states.
    states: Vec<&'static str>,
    /// Its actions.
    actions: Vec<GraphAction>,
}

/// An action of a graph.
#[derive(Debug, Serialize, ToSchema)]
pub struct GraphAction {
    /// Its name.
    name: &'static str,
    /// The states it leaves.
    from: Vec<&'static str>,
    /// The state it leads to.
    to: &'static str,
    /// Whether a timer takes it too.
    automatic: bool,
    /// When the timer does.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'static str>,
}

/// List the booking graphs.
#[utoipa::path(get, path = "/v2/bookings/graphs", tag = "bookings",
    responses((status = 200, description = "All graphs", body = Many<GraphOut>), Failures))]
pub async fn graphs() -> Reply {
    Reply::one(
        Graph::ALL
            .iter()
            .map(|graph| graph_out(*graph))
            .collect::<Vec<_>>(),
    )
}

/// Read one booking graph.
#[utoipa::path(get, path = "/v2/bookings/graphs/{graph}", tag = "bookings",
    params(("graph" = String, Path, description = "The graph's name")),
    responses((status = 200, description = "The graph", body = One<GraphOut>), Failures))]
pub async fn graph(Path(name): Path<String>) -> Result<Reply> {
    let graph = name
        .parse::<Graph>()
        .map_err(|_| Error::NoSuchPath("there is no such graph".to_owned()))?;
    Ok(Reply::one(graph_out(graph)))
}

fn graph_out(graph: Graph) -> GraphOut {
    let mut actions: Vec<GraphAction> = Vec::new();
    for step in graph.steps() {
        let same = actions
            .iter_mut()
            .find(|known| known.name == step.action.as_str() && known.to == step.to.as_str());
        match same {
            Some(known) => known.from.push(step.from.as_str()),
            None => actions.push(GraphAction {
                name: step.action.as_str(),
                from: vec![step.from.as_str()],
                to: step.to.as_str(),
                automatic: step.automatic().is_some(),
                after: step.automatic(),
            }),
        }
    }
    GraphOut {
        graph: graph.as_str(),
        states: graph.states().map(State::as_str).collect(),
        actions,
    }
}
