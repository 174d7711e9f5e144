//! Only the last stages of an object's path write to the API server
//!
//! It finds the methods of the runtime's `Writer` and searches their calls, and searches kube's own words for writing,
//! which only `client/write.rs` may use. That a write is the right one is for the cases on a real control plane.

use std::collections::BTreeSet;

use super::{Finding, Source, Tree, source::has_word};

const ROOM: &str = "healing-runtime/src/";
const WRITER: &str = "healing-runtime/src/client/write.rs";
/// Files, or folders with a slash, that may call a method of the writer
const STAGES: &[&str] =
    &["act/", "act.rs", "record.rs", "record/", "finalizer.rs", "webhook/certificate.rs", "client/write.rs"];
/// Writes the lease past the writer: a leader must be able to renew when it may write nothing else
const LEASE: &str = "healing-runtime/src/election/store.rs";
/// What kube's API needs for a write
const KUBE_WORDS: &[&str] = &["PostParams", "PatchParams", "DeleteParams", "EvictParams"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let methods = tree.files.get(WRITER).map(methods).unwrap_or_default();
    let mut findings = Vec::new();
    if tree.files.contains_key(WRITER) && methods.is_empty() {
        findings.push(Finding::file(
            WRITER,
            "no method of `Writer` was found; keep xtask/src/tidy/writer.rs true",
        ));
    }
    for source in tree.rust().filter(|source| source.path.starts_with(ROOM)) {
        let may_write = STAGES.iter().any(|stage| {
            let place = &source.path[ROOM.len()..];
            if stage.ends_with('/') { place.starts_with(stage) } else { place == *stage }
        });
        for (number, line) in source.production() {
            let call = methods.iter().find(|method| !may_write && calls(line, method));
            let word = KUBE_WORDS
                .iter()
                .find(|word| source.path != WRITER && source.path != LEASE && has_word(line, word));
            if let Some(found) = call.map(String::as_str).or(word.copied()) {
                findings.push(Finding::line(
                    &source.path,
                    number,
                    format!("`{found}` writes; only {} may", STAGES.join(", ")),
                ));
            }
        }
    }
    findings
}

/// Names of the methods in `impl … Writer` that other modules can see and that take `self`
fn methods(source: &Source) -> BTreeSet<String> {
    let mut inside = false;
    let mut names = BTreeSet::new();
    let lines: Vec<(usize, &str)> = source.production().collect();
    for (index, (_, line)) in lines.iter().enumerate() {
        if line.starts_with("impl") {
            inside = has_word(line, "Writer");
        } else if line.starts_with('}') {
            inside = false;
        }
        let visible = inside && line.trim_start().starts_with("pub");
        let Some((_, rest)) = line.split_once("fn ").filter(|_| visible) else { continue };
        let more = lines[index + 1..].iter().map(|(_, line)| line.trim()).take(3);
        let signature: String = std::iter::once(rest).chain(more).collect();
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if has_word(signature.split(')').next().unwrap_or_default(), "self") {
            names.insert(name);
        }
    }
    names
}

fn calls(line: &str, method: &str) -> bool {
    let call = format!(".{method}");
    line.match_indices(&call).any(|(at, _)| matches!(line[at + call.len()..].chars().next(), Some('(' | ':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITE: &str = "\
pub(crate) struct Writer;
impl Writer {
    pub(crate) fn new(client: Client) -> Self { Self }
    pub(crate) async fn delete_pod(&self, pod: &Delete) -> Result<(), E> { self.send(PostParams) }
    pub(crate) async fn create_pod<K>(
        &self,
        pod: &Pod,
    ) -> Result<(), E> {}
    fn send(&self) {}
}
impl Reader {
    pub(crate) fn get(&self) {}
}
";

    fn found(path: &str, line: &str) -> Vec<String> {
        let tree = Tree::of([(WRITER, WRITE), (path, line)]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_the_last_stages_write() {
        assert_eq!(found("healing-runtime/src/observe.rs", "cx.writer.delete_pod(pod).await").len(), 1);
        assert_eq!(found("healing-runtime/src/queue.rs", "writer\n    .create_pod::<K>(pod)").len(), 1);
        assert_eq!(
            found("healing-runtime/src/act/delete.rs", "cx.writer.delete_pod(pod).await"),
            Vec::<String>::new()
        );
        assert_eq!(found("healing-runtime/src/record.rs", "writer.create_pod(pod)"), Vec::<String>::new());
        assert_eq!(found("healing-runtime/src/records.rs", "writer.create_pod(pod)").len(), 1);
    }

    #[test]
    fn reading_and_private_methods_are_free() {
        for line in [
            "reader.get(key)",
            "channel.send(x)",
            "Writer::new(client)",
            "self.delete_pods(x)",
            "// w.delete_pod(x)",
        ] {
            assert_eq!(found("healing-runtime/src/observe.rs", line), Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn nobody_goes_past_the_writer() {
        assert_eq!(
            found("healing-runtime/src/act/create.rs", "api.create(&PostParams::default(), pod)").len(),
            1
        );
    }

    #[test]
    fn a_writer_without_methods_is_noticed() {
        assert_eq!(check(&Tree::of([(WRITER, "pub(crate) struct Sender;\n")])).len(), 1);
    }
}
