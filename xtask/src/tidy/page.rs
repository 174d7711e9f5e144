//! Pages: one title each, relative links that lead somewhere, and programs that are the program
//!
//! It looks at Markdown by line. A code block after `<!-- file: PATH -->` must be that file, word for word.

use super::{Finding, Source, Tree, source::numbered};

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.pages().flat_map(|page| [title(page), links(tree, page), quotes(tree, page)].concat()).collect()
}

/// The lines of a page that are not inside a code block
fn prose(page: &Source) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    numbered(&page.text).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

fn title(page: &Source) -> Vec<Finding> {
    let titles = prose(page).filter(|(_, line)| line.starts_with("# ")).count();
    if titles == 1 {
        Vec::new()
    } else {
        vec![Finding::file(&page.path, format!("{titles} titles (`# `), one is right"))]
    }
}

fn links(tree: &Tree, page: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in prose(page) {
        for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
                continue;
            }
            if !resolve(&page.path, path).is_some_and(|path| tree.exists(&path)) {
                findings.push(Finding::line(
                    &page.path,
                    number,
                    format!("the link `{target}` leads nowhere"),
                ));
            }
        }
    }
    findings
}

/// The path from the root of what a page at `page` calls `link`; `None` outside of the root
fn resolve(page: &str, link: &str) -> Option<String> {
    let mut segments: Vec<&str> = page.split('/').collect();
    segments.pop();
    for segment in link.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()?),
            name => segments.push(name),
        }
    }
    Some(segments.join("/"))
}

fn quotes(tree: &Tree, page: &Source) -> Vec<Finding> {
    let lines: Vec<&str> = page.text.lines().collect();
    let mut findings = Vec::new();
    for (number, line) in numbered(&page.text) {
        let Some(path) = line.strip_prefix("<!-- file: ").and_then(|rest| rest.strip_suffix(" -->")) else {
            continue;
        };
        let block = lines[number..].iter().skip(1).take_while(|line| !line.starts_with("```"));
        let block: Vec<&str> = block.copied().collect();
        let is_file = tree.files.get(path).is_some_and(|file| file.text.lines().eq(block));
        if !is_file {
            findings.push(Finding::line(
                &page.path,
                number,
                format!("the block below is not `{path}`; copy it again"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str) -> Vec<String> {
        let tree =
            Tree::of([("docs/guide/a.md", page), ("docs/b.md", "# B\n"), ("src/a.rs", "//! A\nfn a() {}\n")]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_page_has_one_title() {
        assert_eq!(found("# A\n```sh\n# comment\n```\n## B\n"), Vec::<String>::new());
        assert_eq!(found("no title\n").len() + found("# A\n# B\n").len(), 2);
    }

    #[test]
    fn relative_links_lead_somewhere() {
        let good = "# A\n[b](../b.md#x) [c](../../src) [d](https://example.com/x) [e](#a)\n";
        assert_eq!(found(good), Vec::<String>::new());
        assert_eq!(found("# A\n\n[b](b.md)\n"), ["docs/guide/a.md:3: the link `b.md` leads nowhere"]);
        assert_eq!(found("# A\n[b](../../../b.md)\n").len(), 1);
    }

    #[test]
    fn a_program_in_a_page_is_the_program() {
        let page = |body: &str| format!("# A\n<!-- file: src/a.rs -->\n```rust\n{body}```\n");
        assert_eq!(found(&page("//! A\nfn a() {}\n")), Vec::<String>::new());
        assert_eq!(found(&page("//! A\nfn b() {}\n")).len(), 1);
        assert_eq!(found("# A\n<!-- file: src/gone.rs -->\n```rust\n```\n").len(), 1);
    }
}
