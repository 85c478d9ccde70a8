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

use super::fits::{Fits, Standing};
use super::guard::guard;
use super::kept;
use super::page;
use super::refusal::{Refusal, as_json};
use super::upload::{check, shown, store};

/// A report loads nothing and runs nothing, wherever it is opened; its links may open tabs of their own.
const REPORT_POLICY: &str = "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; \
     frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// What every answer may need.
pub struct Shared {
    pub fits: Fits,
    /// Folder where uploads wait.
    pub uploads: PathBuf,
    pub largest_bytes: u64,
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
        .layer(middleware::from_fn_with_state(shared.clone(), guard))
        .with_state(shared)
}

async fn health(State(shared): State<Arc<Shared>>) -> Response {
    let health = json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "bundle": shared.bundle,
        "unfinished": shared.fits.unfinished(),
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
) -> Result<Response, Refusal> {
    check(&headers, shared.largest_bytes)?;
    let audio = store(body, &shared.uploads, shared.largest_bytes).await?;
    // As it was when it came: by now it may have been heard.
    let (id, state) = shared.fits.add(shown(&named.file), audio);
    let place = [(LOCATION, format!("/api/fits/{id}"))];
    Ok((place, as_json(StatusCode::ACCEPTED, &state)).into_response())
}

async fn list(State(shared): State<Arc<Shared>>) -> Response {
    let fits = json!({ "largest_bytes": shared.largest_bytes, "fits": shared.fits.views() });
    as_json(StatusCode::OK, &fits)
}

async fn one(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    match shared
        .fits
        .standing(&id)
        .ok_or_else(Refusal::unknown_song)?
    {
        Standing::Done(folder) => file(&folder, "report.json").await,
        Standing::Waiting(state) => Ok(as_json(StatusCode::ACCEPTED, &state)),
        Standing::Failed(state) => Ok(as_json(StatusCode::UNPROCESSABLE_ENTITY, &state)),
    }
}

async fn remove(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let removed = shared.fits.remove(&id).ok_or_else(Refusal::unknown_song)?;
    if let Some(folder) = removed {
        kept::delete(&folder).map_err(|why| unreadable(&folder, &why))?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn report(
    State(shared): State<Arc<Shared>>,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    match shared.fits.standing(&id) {
        Some(Standing::Done(folder)) => file(&folder, &name).await,
        _ => Err(Refusal::unknown_song()),
    }
}

/// One of the files of a report.
async fn file(folder: &FilePath, name: &str) -> Result<Response, Refusal> {
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
    let content = content.map_err(|why| unreadable(&path, &why))?;
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, REPORT_POLICY),
    ];
    Ok((headers, content).into_response())
}

fn unreadable(path: &FilePath, why: &std::io::Error) -> Refusal {
    let error = format!(
        "{}: {why}; delete this song and send it again",
        path.display()
    );
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error)
}

async fn nothing() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "nothing here; the page is at /")
}

async fn not_so() -> Refusal {
    let error = "this address takes no such method; the page is at /";
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error)
}
