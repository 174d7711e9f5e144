//! `describe`: what was declared, as JSON, for crd-gen and for whoever wants to look

use crd_gen::Description;

/// The description, indented, with a line break at its end
pub(super) fn describe(description: &Description) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(description)?;
    text.push('\n');
    Ok(text)
}
