//! The client that writes go through: it sends nothing while this process may not write
//!
//! It owns the moment before each write. [`Writer`](super::Writer) says what is sent; nothing else can get at the
//! connection behind it.

use std::fmt::Debug;

use http::Request;
use serde::de::DeserializeOwned;

use super::{CallError, within};
use crate::election::Leadership;

/// A client that asks for the right to write right before each request
#[derive(Clone)]
pub(super) struct FencedClient {
    client: kube::Client,
    leadership: Leadership,
}

// === impl FencedClient ===

impl FencedClient {
    pub(super) fn new(client: kube::Client, leadership: Leadership) -> Self {
        Self { client, leadership }
    }

    /// Sends a request once, if this process may write for as long as that may take
    ///
    /// # Errors
    /// [`CallError::NotLeading`]: nothing was sent.
    pub(super) async fn request<T: DeserializeOwned>(
        &self,
        request: Request<Vec<u8>>,
    ) -> Result<T, CallError> {
        let permit = self.leadership.permit()?;
        within(permit.deadline(), self.client.request(request)).await
    }

    /// The same where the answer may be a Status: `None`
    ///
    /// # Errors
    /// As [`FencedClient::request`].
    pub(super) async fn request_or_status<T>(&self, request: Request<Vec<u8>>) -> Result<Option<T>, CallError>
    where
        T: DeserializeOwned + Debug,
    {
        let permit = self.leadership.permit()?;
        let answer = within(permit.deadline(), self.client.request_status::<T>(request)).await?;
        Ok(answer.left())
    }
}
