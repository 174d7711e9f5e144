//! In which form an answer is wanted: the `Accept` header
//!
//! It owns the negotiation. How a Table or partial metadata is made is the business of others.

use serde_json::json;

use crate::Refusal;

/// A form of the object in an answer
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is stored
    #[default]
    Whole,
    /// `as=Table`
    Table,
    /// `as=PartialObjectMetadata`
    Metadata,
    /// `as=PartialObjectMetadataList`
    MetadataList,
}

/// What the client takes
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accept {
    pub(crate) form: Form,
    /// Whether a form that is not the whole is wanted in its older version, `v1beta1`
    pub(crate) is_older: bool,
}

/// Media types that this server sends
const ACCEPTED: &[&str] = &["application/json", "application/*", "*/*", "application/yaml"];

/// Media types that a path of a built-in kind is declared to send
const DECLARED: &[&str] =
    &["application/json", "*/*", "application/yaml", "application/vnd.kubernetes.protobuf"];

// === impl Accept ===

impl Accept {
    /// Takes the first alternative that this server can send
    ///
    /// # Errors
    /// 406 if there is none; for built-in kinds that is told in other words when no media type is right.
    pub(crate) fn parse(header: &str, custom: bool) -> Result<Self, Refusal> {
        if header.trim().is_empty() {
            return Ok(Self::default());
        }
        let mut alternatives: Vec<&str> = header.split(',').collect();
        let media = |text: &&str| text.split(';').next().unwrap_or_default().trim().to_owned();
        if !custom && !alternatives.iter().any(|text| DECLARED.contains(&media(text).as_str())) {
            let message = "406: Not Acceptable\n\nAvailable representations: application/json";
            return Err(Refusal { details: json!({}), ..Refusal::not_acceptable(message) });
        }
        // of the same weight, what comes first is wanted most
        alternatives.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
        alternatives.into_iter().find_map(Self::alternative).ok_or_else(|| {
            Refusal::not_acceptable(
                "only the following media types are accepted: application/json, application/json;as=Table;g=meta.k8s.io;v=v1, application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
            )
        })
    }

    fn alternative(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let media = parts.next()?;
        if !ACCEPTED.contains(&media) {
            return None;
        }
        let parameters: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('=')).collect();
        let parameter = |name: &str| {
            let found = parameters.iter().find(|(known, _)| known.trim() == name);
            found.map(|(_, value)| value.trim().trim_matches('"'))
        };
        let (kind, group, version) = (parameter("as"), parameter("g"), parameter("v"));
        if kind.is_none() && group.is_none() && version.is_none() {
            return Some(Self::default());
        }
        if group != Some("meta.k8s.io") {
            return None;
        }
        let form = match kind? {
            "Table" => Form::Table,
            "PartialObjectMetadata" => Form::Metadata,
            "PartialObjectMetadataList" => Form::MetadataList,
            _ => return None,
        };
        match version? {
            "v1" => Some(Self { form, is_older: false }),
            "v1beta1" => Some(Self { form, is_older: true }),
            _ => None,
        }
    }
}

/// How much an alternative is wanted
fn weight(text: &str) -> f32 {
    let mut parts = text.split(';').map(str::trim);
    parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_that_can_be_sent_is_taken() {
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        let protobuf = "application/vnd.kubernetes.protobuf,application/json";
        let discovery =
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
        for (header, form) in [
            ("", Form::Whole),
            ("*/*", Form::Whole),
            (table, Form::Table),
            (protobuf, Form::Whole),
            (discovery, Form::Whole),
            ("application/json;q=0.5,application/json;as=Table;v=v1;g=meta.k8s.io", Form::Table),
        ] {
            assert_eq!(Accept::parse(header, true).unwrap().form, form, "{header}");
        }
        assert!(Accept::parse("application/json;as=Table;v=v1beta1;g=meta.k8s.io", true).unwrap().is_older);
        for header in [
            "text/html",
            "application/json;as=Table;v=v1;g=other.io",
            "application/json;as=Table;v=v9;g=meta.k8s.io",
            "application/json;as=Nonsense;v=v1;g=meta.k8s.io",
            "application/json;g=meta.k8s.io;v=v1",
        ] {
            assert_eq!(Accept::parse(header, true).unwrap_err().code, 406, "{header}");
        }
        for (header, custom, begin) in [
            ("application/xml", false, "406: Not Acceptable\n"),
            ("application/xml", true, "only the following"),
            ("application/json;as=Nonsense;v=v1;g=meta.k8s.io", false, "only the following"),
        ] {
            let said = Accept::parse(header, custom).unwrap_err().message;
            assert!(said.starts_with(begin), "{header} {said}");
        }
    }
}
