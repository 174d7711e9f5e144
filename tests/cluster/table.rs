//! What `kubectl get` shows: the table that the API server makes of a list

use http::Request;
use serde_json::Value;

use crate::failure::Failure;
use crate::world::World;

/// Media type of a table
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";

/// Names of the columns that are always shown, and cells as text
pub(crate) struct Table {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// Lists what is at a path, as a table
pub(crate) async fn table(world: &World, path: &str) -> Result<Table, Failure> {
    let request = Request::get(path).header("Accept", TABLE).body(Vec::new())?;
    let answer: Value = world.client().request(request).await?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let definitions = answer["columnDefinitions"].as_array().cloned().unwrap_or_default();
    // kubectl shows the others with `--output=wide` alone
    let is_shown = |index: usize| definitions.get(index).is_some_and(|column| column["priority"] == 0);
    let shown = |cells: &Value| {
        let cells = cells.as_array().into_iter().flatten().enumerate();
        cells.filter(|(index, _)| is_shown(*index)).map(|(_, cell)| text(cell)).collect()
    };
    let names: Value = definitions.iter().map(|column| column["name"].clone()).collect();
    let rows = answer["rows"].as_array().into_iter().flatten().map(|row| shown(&row["cells"]));
    Ok(Table { columns: shown(&names), rows: rows.collect() })
}
