//! Paths and handlers of the API.

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

/// A report loads and runs nothing, wherever it is opened; its links may open new tabs.
const REPORT_POLICY: &str = "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; \
     frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// State of all handlers.
pub struct Shared {
    pub jobs: JobQueue,
    /// Folder of the queued uploads.
    pub uploads: PathBuf,
    pub max_upload_bytes: u64,
    /// Accepted host names.
    pub hosts: [String; 3],
    /// The bundle's id.
    pub bundle: String,
}

pub fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .merge(page::router())
        .route("/health", get(health))
        .route("/api/fit", post(upload))
        .route("/api/jobs", get(list))
        .route("/api/jobs/{id}", get(status).delete(remove))
        .route("/reports/{id}/{file}", get(report))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
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
    /// Name of the song's file.
    #[serde(default)]
    file: String,
}

async fn upload(
    State(shared): State<Arc<Shared>>,
    Query(named): Query<Named>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    check(&headers, shared.max_upload_bytes)?;
    let audio = store(body, &shared.uploads, shared.max_upload_bytes).await?;
    // The state at arrival: by now the song may be analysed.
    let (id, state) = shared.jobs.add(shown(&named.file), audio);
    let location = [(LOCATION, format!("/api/jobs/{id}"))];
    Ok((location, as_json(StatusCode::ACCEPTED, &state)).into_response())
}

async fn list(State(shared): State<Arc<Shared>>) -> Response {
    let jobs = json!({ "max_upload_bytes": shared.max_upload_bytes, "jobs": shared.jobs.views() });
    as_json(StatusCode::OK, &jobs)
}

async fn status(
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

/// A file of a report.
async fn file(folder: &FilePath, name: &str) -> Result<Response, ApiError> {
    // Fixed names: nothing that a client sent becomes a path.
    let (own_name, content_type) = match name {
        "report.html" => ("report.html", "text/html; charset=utf-8"),
        "report.png" => ("report.png", "image/png"),
        "post.png" => ("post.png", "image/png"),
        "report.json" => ("report.json", "application/json"),
        _ => return Err(not_found().await),
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
        "{}: {reason}; delete this song and upload it again",
        path.display()
    );
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error)
}

async fn not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not found; the page is at /")
}

async fn method_not_allowed() -> ApiError {
    let error = "method not allowed; the page is at /";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, error)
}
