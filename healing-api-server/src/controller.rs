//! stub stub stub
use crate::ApiServer;
use crate::Refusal;
use crate::kind::Kind;
use jiff::Timestamp;
#[derive(Debug, Default)]
pub(crate) struct Controllers;
impl ApiServer {
    pub(crate) fn begin(&mut self, _: Timestamp) {
        let account = serde_json::json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "default"}});
        self.store.put(
            &crate::kind::ResourceKey::new("", "serviceaccounts"),
            ("default".into(), "default".into()),
            account,
        );
    }
    pub fn run_controllers(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.run_definitions(now);
        None
    }
    pub(crate) fn admit_namespace(&self, _: &str, _: &Kind, _: &str) -> Result<(), Refusal> {
        Ok(())
    }
}
impl ApiServer {
    pub(crate) fn subresource(
        &mut self,
        _: &std::sync::Arc<Kind>,
        _: &crate::call::Call,
    ) -> Result<crate::Response, Refusal> {
        Err(Refusal::not_implemented("x", "y"))
    }
}
