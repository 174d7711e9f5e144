//! In which form an answer is wanted: the `Accept` header
//!
//! It owns the negotiation. How a Table or partial metadata is made is the business of others.

use crate::Refusal;

/// A form of the object in an answer
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is stored
    #[default]
    Whole,
    /// `as=Table`
    Table,
    /// `as=PartialObjectMetadata`, or its list
    Metadata,
}

/// What the client takes
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accept {
    pub(crate) form: Form,
}

/// Media types that this server sends
const ACCEPTED: &[&str] = &["application/json", "application/*", "*/*", "application/yaml"];

// === impl Accept ===

impl Accept {
    /// Takes the first alternative that this server can send
    ///
    /// # Errors
    /// 406 if there is none.
    pub(crate) fn parse(header: &str) -> Result<Self, Refusal> {
        if header.trim().is_empty() {
            return Ok(Self::default());
        }
        header.split(',').find_map(Self::alternative).ok_or_else(|| {
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
        let form = parts.find_map(|part| part.strip_prefix("as="));
        let form = match form {
            None => Form::Whole,
            Some("Table") => Form::Table,
            Some("PartialObjectMetadata" | "PartialObjectMetadataList") => Form::Metadata,
            Some(_) => return None,
        };
        Some(Self { form })
    }
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
        ] {
            assert_eq!(Accept::parse(header).unwrap().form, form, "{header}");
        }
        assert_eq!(Accept::parse("text/html").unwrap_err().code, 406);
    }
}
