//! Streams an upload into a temporary file: never all of it in memory, and no larger than allowed.

use std::future::poll_fn;
use std::path::Path;
use std::pin::Pin;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use tempfile::{NamedTempFile, TempPath};
use tokio::io::AsyncWriteExt as _;

use super::api_error::ApiError;

/// Longest file name in characters; the rest is cut off.
const MAX_FILE_NAME_CHARS: usize = 200;

/// Checks the headers: refuses a body that is announced as too large, and multipart forms.
///
/// # Errors
/// 413 with the limit; 415 with what to send instead.
pub fn check(headers: &HeaderMap, max_upload_bytes: u64) -> Result<(), ApiError> {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    if kind.is_some_and(|kind| kind.starts_with(b"multipart/")) {
        let error = "multipart forms are not supported; send the bytes of the song, as `curl --data-binary @demo.mp3` does";
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
    }
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > max_upload_bytes => Err(too_large(max_upload_bytes)),
        _ => Ok(()),
    }
}

/// Stores the body of a request in `folder`; the file is deleted when the returned path is dropped.
///
/// # Errors
/// 400 if the request is interrupted, 413 if it is too large, 507 if the disk is full.
pub async fn store(body: Body, folder: &Path, max_upload_bytes: u64) -> Result<TempPath, ApiError> {
    let (file, audio) = NamedTempFile::new_in(folder).map_err(full)?.into_parts();
    let (mut file, mut body) = (tokio::fs::File::from_std(file), body);
    let mut length = 0;
    while let Some(chunk) = next_chunk(&mut body).await? {
        length += chunk.len() as u64;
        if length > max_upload_bytes {
            return Err(too_large(max_upload_bytes));
        }
        file.write_all(&chunk).await.map_err(full)?;
    }
    file.flush().await.map_err(full)?;
    Ok(audio)
}

async fn next_chunk(body: &mut Body) -> Result<Option<Bytes>, ApiError> {
    let error = "the upload was interrupted; send the song again";
    while let Some(frame) = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
        let frame = frame.map_err(|_| ApiError::new(StatusCode::BAD_REQUEST, error))?;
        // Other frames are trailers, which are ignored.
        if let Ok(chunk) = frame.into_data() {
            return Ok(Some(chunk));
        }
    }
    Ok(None)
}

/// The last component of the client's file name, on one line: shown, never used as a path.
pub fn shown(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = last.chars().filter(|sign| !sign.is_control());
    match plain.take(MAX_FILE_NAME_CHARS).collect::<String>() {
        name if name.trim().is_empty() => "song".into(),
        name => name,
    }
}

fn too_large(max_upload_bytes: u64) -> ApiError {
    let error = format!(
        "the file is larger than {} MB; export the song as FLAC or MP3, or run `playlist-fit fit`",
        max_upload_bytes >> 20
    );
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, error)
}

fn full(reason: std::io::Error) -> ApiError {
    let error =
        format!("the song could not be stored ({reason}); free some space and send it again");
    ApiError::new(StatusCode::INSUFFICIENT_STORAGE, error)
}
