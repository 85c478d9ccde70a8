//! What Spotify's statuses and reasons mean for the client and for the user.

use serde_json::Value;

use super::oauth_client::LOG_IN;
use crate::http::{HttpResponse, RetryDecision, json_by_status};
use crate::service::ServiceError;

/// What a user can do about a playlist that Spotify does not let the app read.
const OTHER_WAYS: &str = "copy its tracks to a playlist of your own and collect that, export it with Exportify and \
    run `playlist-fit import`, or take it from the archive or from Chartmetric";

/// A request over the quota is not tried again.
pub(super) fn decision(answer: &HttpResponse) -> RetryDecision {
    match json_by_status(answer) {
        RetryDecision::RetryAfter(_) if said(answer, "reason").contains("quota") => {
            RetryDecision::Fail
        }
        decision => decision,
    }
}

/// A field of Spotify's `{"error": {…}}`, in lower case; empty where there is none.
fn said(answer: &HttpResponse, field: &str) -> String {
    let body: Value = answer.json().unwrap_or_default();
    let text = body["error"][field].as_str();
    text.unwrap_or_default().to_lowercase()
}

/// The error of a response. Spotify's own text is compared and not passed on: it may repeat parts of a request.
pub(super) fn refusal(answer: &HttpResponse) -> Option<ServiceError> {
    let message = said(answer, "message");
    match answer.status {
        401 => ServiceError::new(
            "the login is missing or not accepted any more (401)",
            LOG_IN,
        ),
        403 if message.contains("premium") => ServiceError::new(
            "the owner of the app has no active Premium subscription, which Spotify requires of apps (403)",
            "renew the subscription, or put the client id of an app whose owner has one into SPOTIFY_CLIENT_ID",
        ),
        403 if message.contains("scope") => ServiceError::new(
            "the login allows too little to read playlists (403)",
            LOG_IN,
        ),
        403 if message.contains("registered") => ServiceError::new(
            "the app does not know this user (403)",
            "add the user in the app's dashboard at developer.spotify.com, under `User Management`",
        ),
        403 => ServiceError::new(
            "since March 2026 an app reads only the items of playlists that its user owns or collaborates on, and this \
             one belongs to another user (403)",
            OTHER_WAYS,
        ),
        404 => ServiceError::new(
            "the app cannot see this playlist; it was deleted, or is private, or is one of Spotify's own, which new apps \
             cannot read since November 2024 (404)",
            OTHER_WAYS,
        ),
        429 => ServiceError::new(
            "the quota of your developer account is used up (429, QUOTA_EXCEEDED); all its apps share it",
            "run the same command tomorrow, it resumes",
        ),
        _ => ServiceError::other(answer),
    }
}
