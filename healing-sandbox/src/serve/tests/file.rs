//! The kubeconfig's life: private, never in place of somebody's file, gone at the end

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Echo, Options, options, started};
use crate::serve::{self, ServeError};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn it_is_private_and_gone_at_the_end_with_its_folder() {
    let base = tempfile::tempdir().unwrap();
    let at = Options { folder: Some(base.path().to_owned()), ..Options::default() };
    let served = serve::start(Echo, at).await.unwrap();
    let file = served.kubeconfig.clone();
    let folder = file.parent().unwrap().to_owned();
    assert_eq!((mode(&file), mode(&folder)), (0o600, 0o700));
    assert!(folder.starts_with(base.path()));
    served.stop().await;
    assert!(!folder.exists() && base.path().exists());

    let served = started().await;
    let file = served.kubeconfig.clone();
    drop(served);
    assert!(!file.parent().unwrap().exists(), "the end by a drop removes it too");
}

#[tokio::test]
async fn folders_that_were_made_for_it_go_and_others_stay() {
    let base = tempfile::tempdir().unwrap();
    let file = base.path().join("made/also made/config");
    let served = serve::start(Echo, options(&file)).await.unwrap();
    assert_eq!(served.kubeconfig, file);
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    fs::write(base.path().join("made/mine"), "").unwrap();
    served.stop().await;
    assert!(!file.parent().unwrap().exists());
    assert!(base.path().join("made/mine").exists());
}

#[tokio::test]
async fn a_file_that_is_not_ours_is_left_alone() {
    let base = tempfile::tempdir().unwrap();
    let ours_and_more = r#"{"clusters":[{"name":"healing-sandbox"},{"name":"shop"}],"users":[],"contexts":[],
        "current-context":"healing-sandbox"}"#;
    for (name, content) in
        [("empty", ""), ("yaml", "apiVersion: v1\nkind: Config\n"), ("more", ours_and_more)]
    {
        let file = base.path().join(name);
        fs::write(&file, content).unwrap();
        let error = serve::start(Echo, options(&file)).await.unwrap_err();
        assert!(matches!(&error, ServeError::KubeconfigTaken { path } if *path == file), "{name}: {error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), content);
    }
    assert_eq!(fs::read_dir(base.path()).unwrap().count(), 3, "no draft is left");
}

#[tokio::test]
async fn one_that_a_killed_sandbox_left_is_replaced_and_only_its_last_owner_removes_it() {
    let base = tempfile::tempdir().unwrap();
    let file = base.path().join("config");
    let first = serve::start(Echo, options(&file)).await.unwrap();
    let first_content = fs::read(&file).unwrap();
    let second = serve::start(Echo, options(&file)).await.unwrap();
    let second_content = fs::read(&file).unwrap();
    assert_ne!(first_content, second_content);
    first.stop().await;
    assert_eq!(fs::read(&file).unwrap(), second_content);
    second.stop().await;
    assert!(!file.exists());
}

#[tokio::test]
async fn what_cannot_be_done_is_said() {
    let base = tempfile::tempdir().unwrap();
    let blocked = base.path().join("file/config");
    fs::write(base.path().join("file"), "").unwrap();
    let error = serve::start(Echo, options(&blocked)).await.unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("cannot write '{}': ", blocked.parent().unwrap().display())),
        "{error}"
    );

    let served = started().await;
    let port = served.address.port();
    let error = serve::start(Echo, Options { port, ..Options::default() }).await.unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "cannot listen on 127.0.0.1:{port}: Address already in use (os error 98); give another port, or 0 for a \
             free one"
        )
    );
    let said = format!("{served:?}");
    assert!(!said.contains("key") && said.contains("kubeconfig"), "{said}");
}
