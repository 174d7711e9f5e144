//! Reading from the API server: one object, or all of a kind page by page
//!
//! Every call has a deadline and is sent once. Reads are consistent (most recent), never from a server's cache of
//! unknown age: who reads live wants to know. Watching is `watch`'s business.

use std::{fmt::Debug, time::Duration};

use kube::{
    Api, Resource,
    api::{ApiResource, ListParams},
    core::DynamicResourceScope,
};
use serde::de::DeserializeOwned;

use super::{CALL_DEADLINE, CallError, within};
use crate::watch::{Scope, Watched};

/// The reading half of the client
#[derive(Clone)]
pub(crate) struct Reader {
    client: kube::Client,
}

// === impl Reader ===

impl Reader {
    /// Objects on one page of a list
    pub(crate) const PAGE_SIZE: u32 = 500;
    /// How long one page may take
    pub(crate) const LIST_DEADLINE: Duration = Duration::from_mins(1);

    /// A reader that uses this client
    pub(crate) fn new(client: kube::Client) -> Self {
        Self { client }
    }

    /// One object as it is now
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::NotFound`] if there is none, also if its kind does not exist.
    pub(crate) async fn get<T>(
        &self,
        resource: &ApiResource,
        namespace: &str,
        name: &str,
    ) -> Result<Watched<T>, CallError>
    where
        T: DeserializeOwned + Clone + Debug + Send + 'static,
    {
        let api: Api<Watched<T>> = api(&self.client, &Scope::of(namespace), resource);
        within(CALL_DEADLINE, api.get(name)).await
    }

    /// All objects of a kind in a scope, optionally those that a label selector selects
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::Gone`] if the list changed too much between two pages: begin again.
    pub(crate) async fn list<T>(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        selector: Option<&str>,
    ) -> Result<Vec<Watched<T>>, CallError>
    where
        T: DeserializeOwned + Clone + Debug + Send + 'static,
    {
        let mut items = Vec::new();
        self.pages(resource, scope, selector, |object| items.push(object)).await?;
        Ok(items)
    }

    /// Passes all objects of a list to `each`, one page in memory at a time; returns the list's resourceVersion
    ///
    /// # Errors
    /// As [`Reader::list`]; objects of earlier pages have been passed on by then.
    pub(crate) async fn pages<T>(
        &self,
        resource: &ApiResource,
        scope: &Scope,
        selector: Option<&str>,
        mut each: impl FnMut(Watched<T>),
    ) -> Result<String, CallError>
    where
        T: DeserializeOwned + Clone + Debug + Send + 'static,
    {
        let api: Api<Watched<T>> = api(&self.client, scope, resource);
        let mut params = ListParams::default().limit(Self::PAGE_SIZE);
        params.label_selector = selector.map(str::to_owned);
        loop {
            let page = within(Self::LIST_DEADLINE, api.list(&params)).await?;
            page.items.into_iter().for_each(&mut each);
            params.continue_token = page.metadata.continue_.filter(|token| !token.is_empty());
            if params.continue_token.is_none() {
                return Ok(page.metadata.resource_version.unwrap_or_default());
            }
        }
    }
}

/// The API of a kind in a scope
pub(crate) fn api<K>(client: &kube::Client, scope: &Scope, resource: &ApiResource) -> Api<K>
where
    K: Resource<DynamicType = ApiResource, Scope = DynamicResourceScope>,
{
    match scope {
        Scope::Cluster => Api::all_with(client.clone(), resource),
        Scope::Namespace(namespace) => Api::namespaced_with(client.clone(), namespace, resource),
    }
}
