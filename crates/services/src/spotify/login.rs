//! A login with the user's browser: listens on the loopback for the browser to come back with a code, lets rspotify
//! exchange it, and tells the user in the browser what happened.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use rspotify::clients::OAuthClient;
use rspotify::{AuthCodePkceSpotify, Token};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use url::Url;

use super::oauth_client::{LOG_IN, SpotifyAuth};
use super::{CollectError, refused, unreachable};

const PATH: &str = "/callback";
/// Browsers open connections ahead and leave them silent.
const LOGIN_READ_TIMEOUT: Duration = Duration::from_secs(2);
const MAX_REQUEST_BYTES: u64 = 16 * 1024;

const WELCOME: &str =
    "You are logged in to Spotify. playlist-fit goes on by itself; this page can be closed.";

impl SpotifyAuth {
    pub(super) async fn login(
        &self,
        port: u16,
        open: impl Fn(&str),
    ) -> Result<Token, CollectError> {
        let busy = |reason: io::Error| {
            refused(
                format!("nobody can listen at port {port} of this machine ({reason})"),
                "end the program that listens there and log in again",
            )
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(busy)?;
        let port = listener.local_addr().map_err(busy)?.port();
        let mut rspotify = self.rspotify(format!("http://127.0.0.1:{port}{PATH}"))?;
        let address = rspotify.get_authorize_url(None);
        open(&address.map_err(|reason| unreachable(reason.to_string()))?);
        let (browser, returned) = wait(&listener).await.map_err(busy)?;
        let ending = self.settle(&rspotify, &returned).await;
        let page = match &ending {
            Ok(_) => WELCOME.to_owned(),
            Err(reason) => reason.to_string(),
        };
        // The login is what it is, whether or not the browser still listens.
        show(browser, "200 OK", &page).await.ok();
        ending
    }

    /// What the browser brought into a token that is kept.
    async fn settle(
        &self,
        rspotify: &AuthCodePkceSpotify,
        returned: &Url,
    ) -> Result<Token, CollectError> {
        let value = |name: &str| {
            let found = returned.query_pairs().find(|(key, _)| key == name);
            found.map(|(_, value)| value.into_owned())
        };
        if value("state").as_ref() != Some(&rspotify.oauth.state) {
            return Err(refused(
                "the browser came back from another login than the one that was begun".to_owned(),
                LOG_IN,
            ));
        }
        let Some(code) = value("code") else {
            return Err(refused(
                "the login was declined in the browser".to_owned(),
                LOG_IN,
            ));
        };
        if let Err(reason) = rspotify.request_token(&code).await {
            return Err(self.words(reason).await);
        }
        let token = rspotify.token.lock().await.ok();
        let token = token.and_then(|token| token.clone());
        let token = token.filter(|token| token.refresh_token.is_some());
        let token = token.ok_or_else(|| self.no_token())?;
        self.keep(&token)?;
        Ok(token)
    }
}

/// The first connection that asks for [`PATH`], and all that it says there. Others (an icon, a connection made ahead) are
/// sent away.
async fn wait(listener: &TcpListener) -> io::Result<(TcpStream, Url)> {
    loop {
        let (mut browser, _) = listener.accept().await?;
        let Ok(Ok(target)) = timeout(LOGIN_READ_TIMEOUT, target(&mut browser)).await else {
            continue;
        };
        match Url::parse(&format!("http://127.0.0.1{target}")) {
            Ok(returned) if returned.path() == PATH => return Ok((browser, returned)),
            _ => drop(
                timeout(
                    LOGIN_READ_TIMEOUT,
                    show(browser, "404 Not Found", "Nothing is here."),
                )
                .await,
            ),
        }
    }
}

/// What follows `GET`. The rest is read too: a browser drops the answer of whoever hangs up on it.
async fn target(browser: &mut TcpStream) -> io::Result<String> {
    let mut lines = BufReader::new(browser.take(MAX_REQUEST_BYTES)).lines();
    let first = lines.next_line().await?.unwrap_or_default();
    while lines
        .next_line()
        .await?
        .is_some_and(|line| !line.is_empty())
    {}
    let target = first.split(' ').nth(1);
    Ok(target.unwrap_or_default().to_owned())
}

/// Plain text, so that nothing in it can be taken for a page's code.
async fn show(mut browser: TcpStream, status: &str, text: &str) -> io::Result<()> {
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n\
         Cache-Control: no-store\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    browser.write_all(answer.as_bytes()).await?;
    browser.shutdown().await
}
