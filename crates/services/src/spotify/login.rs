//! A login with the user's browser: waits on the loopback until the browser returns with a code, exchanges it for a token
//! with rspotify, and shows the result in the browser.

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
/// Timeout of one connection: browsers open connections in advance without using them.
const LOGIN_READ_TIMEOUT: Duration = Duration::from_secs(2);
const MAX_REQUEST_BYTES: u64 = 16 * 1024;

const WELCOME: &str =
    "You are logged in to Spotify. playlist-fit continues; you can close this page.";

impl SpotifyAuth {
    pub(super) async fn login(
        &self,
        port: u16,
        open: impl Fn(&str),
    ) -> Result<Token, CollectError> {
        let busy = |reason: io::Error| {
            refused(
                format!("port {port} of this machine is not available ({reason})"),
                "end the program that uses it and log in again",
            )
        };
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(busy)?;
        let port = socket.local_addr().map_err(busy)?.port();
        let mut rspotify = self.rspotify(format!("http://127.0.0.1:{port}{PATH}"))?;
        let address = rspotify.get_authorize_url(None);
        open(&address.map_err(|reason| unreachable(reason.to_string()))?);
        let (browser, returned) = wait(&socket).await.map_err(busy)?;
        let result = self.settle(&rspotify, &returned).await;
        let page = match &result {
            Ok(_) => WELCOME.to_owned(),
            Err(reason) => reason.to_string(),
        };
        // The result does not depend on whether the browser receives the page.
        show(browser, "200 OK", &page).await.ok();
        result
    }

    /// Exchanges the code of the browser for a token and stores it.
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
                "the browser returned from another login than the one that was started".to_owned(),
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
            return Err(self.explain(reason).await);
        }
        let token = rspotify.token.lock().await.ok();
        let token = token.and_then(|token| token.clone());
        let token = token.filter(|token| token.refresh_token.is_some());
        let token = token.ok_or_else(|| self.no_token())?;
        self.store(&token)?;
        Ok(token)
    }
}

/// Waits for the first request of [`PATH`] and returns its connection and address. Others, such as for an icon, get a 404.
async fn wait(socket: &TcpListener) -> io::Result<(TcpStream, Url)> {
    loop {
        let (mut browser, _) = socket.accept().await?;
        let Ok(Ok(target)) = timeout(LOGIN_READ_TIMEOUT, target(&mut browser)).await else {
            continue;
        };
        match Url::parse(&format!("http://127.0.0.1{target}")) {
            Ok(returned) if returned.path() == PATH => return Ok((browser, returned)),
            _ => drop(
                timeout(
                    LOGIN_READ_TIMEOUT,
                    show(browser, "404 Not Found", "This page does not exist."),
                )
                .await,
            ),
        }
    }
}

/// The target of a GET request. The rest is read too: a browser drops the response if its request was not read.
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

/// Sends a page of plain text, so that nothing in it is executed.
async fn show(mut browser: TcpStream, status: &str, text: &str) -> io::Result<()> {
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n\
         Cache-Control: no-store\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    browser.write_all(answer.as_bytes()).await?;
    browser.shutdown().await
}
