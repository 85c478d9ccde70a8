//! What Spotify's statuses and reasons mean, for the client and for the user.

use serde_json::Value;

use super::oauth_client::LOG_IN;
use super::{CollectError, refused};
use crate::http::{HttpResponse, RetryDecision, json_by_status};

/// What a user can do about a list that Spotify keeps to itself.
const OTHER_WAYS: &str = "copy its tracks to a list of your own and collect that, export it with Exportify and \
    run `playlist-fit import`, or take it from the archive or from Chartmetric";

/// A spent quota is the last word.
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

/// Spotify's own words are recognised and not passed on: nobody knows what they repeat of a request.
pub(super) fn refusal(answer: &HttpResponse) -> CollectError {
    let message = said(answer, "message");
    let (what, next) = match answer.status {
        401 => (
            "the login is missing or not accepted any more (401)",
            LOG_IN,
        ),
        403 if message.contains("premium") => (
            "the owner of the app has no active Premium subscription, without which Spotify lets no app in (403)",
            "renew the subscription, or put the client id of an app whose owner has one into SPOTIFY_CLIENT_ID",
        ),
        403 if message.contains("scope") => {
            ("the login allows too little to read lists (403)", LOG_IN)
        }
        403 if message.contains("registered") => (
            "the app does not know this user (403)",
            "add the user in the app's dashboard at developer.spotify.com, under `User Management`",
        ),
        403 => (
            "the list is somebody else's, and since March 2026 an app reads only the items of lists that its user owns \
             or collaborates on (403)",
            OTHER_WAYS,
        ),
        404 => (
            "no such list is shown to this app; it is gone, or private, or one of Spotify's own, which no new app reads \
             since November 2024 (404)",
            OTHER_WAYS,
        ),
        429 => (
            "the quota of your developer account is used up (429, QUOTA_EXCEEDED); all its apps share it",
            "run the same command tomorrow, it goes on where it stopped",
        ),
        status => {
            return refused(
                format!("the request was not accepted ({status})"),
                "run the same command later, and report it if it stays",
            );
        }
    };
    refused(what.to_owned(), next)
}
