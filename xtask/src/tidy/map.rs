//! The code map of ARCHITECTURE.md names every folder at the root, and only folders and files that exist
//!
//! A line of the map is a path, then what is there; what it says of it is for a reader.

use super::{Finding, Tree, source::numbered};

const PAGE: &str = "ARCHITECTURE.md";
const HEADING: &str = "## Code map";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.files.get(PAGE) else { return vec![Finding::file(PAGE, "is missing")] };
    let entries: Vec<(usize, &str)> = numbered(&page.text)
        .skip_while(|(_, line)| *line != HEADING)
        .skip_while(|(_, line)| !line.starts_with("```"))
        .skip(1)
        .take_while(|(_, line)| !line.starts_with("```"))
        .filter(|(_, line)| !line.starts_with(' '))
        .filter_map(|(number, line)| Some((number, line.split_whitespace().next()?)))
        .collect();
    let missing = entries.iter().filter(|(_, path)| !tree.exists(path));
    let mut findings: Vec<Finding> = missing
        .map(|(number, path)| {
            Finding::line(PAGE, *number, format!("`{path}` of the code map does not exist"))
        })
        .collect();
    let unnamed = tree
        .folders
        .iter()
        .filter(|folder| !entries.iter().any(|(_, path)| path.split('/').next() == Some(folder.as_str())));
    findings.extend(unnamed.map(|folder| Finding::file(PAGE, format!("`{folder}/` is not in the code map"))));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_and_the_folders_agree() {
        let page = "# A\n## Code map\n\n```text\na/src   the model\n        and more\nc/      gone\n```\n";
        let tree = Tree::of([(PAGE, page), ("a/src/lib.rs", ""), ("b/src/lib.rs", "")]);
        let found: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "ARCHITECTURE.md:7: `c/` of the code map does not exist",
                "ARCHITECTURE.md: `b/` is not in the code map"
            ]
        );
    }

    #[test]
    fn the_page_must_exist() {
        assert_eq!(check(&Tree::of([("a/b.rs", "")])).len(), 1);
    }
}
