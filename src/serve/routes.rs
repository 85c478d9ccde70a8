//! What is asked for by which address.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use serde::Deserialize;
use serde_json::json;

use super::api_error::{ApiError, as_json};
use super::jobs::{JobQueue, JobStatus};
use super::origin_check::check_origin;
use super::page;
use super::saved_reports;
use super::upload::{check, shown, store};

/// A report loads nothing and runs nothing, wherever it is opened; its links may open tabs of their own.
const REPORT_POLICY: &str = "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; \
     frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// What every answer may need.
pub struct Shared {
    pub jobs: JobQueue,
    /// Folder where uploads wait.
    pub uploads: PathBuf,
    pub max_upload_bytes: u64,
    /// The names that the server answers to.
    pub hosts: [String; 3],
    /// The bundle's id.
    pub bundle: String,
}

pub fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .merge(page::router())
        .route("/health", get(health))
        .route("/api/fit", post(take))
        .route("/api/fits", get(list))
        .route("/api/fits/{id}", get(one).delete(remove))
        .route("/reports/{id}/{file}", get(report))
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
        .layer(middleware::from_fn_with_state(shared.clone(), check_origin))
        .with_state(shared)
}

async fn health(State(shared): State<Arc<Shared>>) -> Response {
    let health = json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "bundle": shared.bundle,
        "unfinished": shared.jobs.unfinished(),
    });
    as_json(StatusCode::OK, &health)
}

#[derive(Deserialize)]
struct Named {
    /// What the song's file is called.
    #[serde(default)]
    file: String,
}

async fn take(
    State(shared): State<Arc<Shared>>,
    Query(named): Query<Named>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    check(&headers, shared.max_upload_bytes)?;
    let audio = store(body, &shared.uploads, shared.max_upload_bytes).await?;
    // As it was when it came: by now it may have been heard.
    let (id, state) = shared.jobs.add(shown(&named.file), audio);
    let place = [(LOCATION, format!("/api/fits/{id}"))];
    Ok((place, as_json(StatusCode::ACCEPTED, &state)).into_response())
}

async fn list(State(shared): State<Arc<Shared>>) -> Response {
    let jobs = json!({ "largest_bytes": shared.max_upload_bytes, "fits": shared.jobs.views() });
    as_json(StatusCode::OK, &jobs)
}

async fn one(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    match shared.jobs.status(&id).ok_or_else(ApiError::unknown_song)? {
        JobStatus::Done(folder) => file(&folder, "report.json").await,
        JobStatus::Waiting(state) => Ok(as_json(StatusCode::ACCEPTED, &state)),
        JobStatus::Failed(state) => Ok(as_json(StatusCode::UNPROCESSABLE_ENTITY, &state)),
    }
}

async fn remove(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let removed = shared.jobs.remove(&id).ok_or_else(ApiError::unknown_song)?;
    if let Some(folder) = removed {
        saved_reports::delete(&folder).map_err(|reason| unreadable(&folder, &reason))?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn report(
    State(shared): State<Arc<Shared>>,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    match shared.jobs.status(&id) {
        Some(JobStatus::Done(folder)) => file(&folder, &name).await,
        _ => Err(ApiError::unknown_song()),
    }
}

/// One of the files of a report.
async fn file(folder: &FilePath, name: &str) -> Result<Response, ApiError> {
    // These names are ours: nothing that a client wrote becomes a path.
    let (own_name, content_type) = match name {
        "report.html" => ("report.html", "text/html; charset=utf-8"),
        "report.png" => ("report.png", "image/png"),
        "post.png" => ("post.png", "image/png"),
        "report.json" => ("report.json", "application/json"),
        _ => return Err(nothing().await),
    };
    let path = folder.join(own_name);
    let content = tokio::fs::read(&path).await;
    let content = content.map_err(|reason| unreadable(&path, &reason))?;
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, REPORT_POLICY),
    ];
    Ok((headers, content).into_response())
}

fn unreadable(path: &FilePath, reason: &std::io::Error) -> ApiError {
    let error = format!(
        "{}: {reason}; delete this song and send it again",
        path.display()
    );
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error)
}

async fn nothing() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "nothing here; the page is at /")
}

async fn not_so() -> ApiError {
    let error = "this address takes no such method; the page is at /";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, error)
}
