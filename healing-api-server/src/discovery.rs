//! stub stub stub
use crate::{ApiServer, Response};
pub(crate) fn answer(_: &ApiServer, _: &http::Request<Vec<u8>>) -> Option<Response> {
    None
}
