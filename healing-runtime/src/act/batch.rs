//! Slow start: many writes of one kind in batches of 1, 2, 4, ..., as Kubernetes' own controllers do it
//!
//! A write that the API server will refuse (a quota, a webhook) is refused once and not five hundred times.

use futures::{StreamExt, stream::FuturesUnordered};

/// Writes in flight at a time, whatever the batch's size
const BATCH_MAX: usize = 16;

/// Runs `write` on each item, in batches that double; the first failure ends the batch it is in and all further ones
///
/// Returns what succeeded and the failures of the last batch.
pub(crate) async fn slow_start<'i, I, T, E, W>(items: &'i [I], write: impl Fn(&'i I) -> W) -> (Vec<T>, Vec<E>)
where
    W: Future<Output = Result<T, E>>,
{
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    let (mut rest, mut size) = (items, 1);
    while !rest.is_empty() && failed.is_empty() {
        let (batch, after) = rest.split_at(size.min(rest.len()));
        let mut answers: FuturesUnordered<_> = batch.iter().map(&write).collect();
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(value) => done.push(value),
                Err(error) => failed.push(error),
            }
        }
        (rest, size) = (after, (size * 2).min(BATCH_MAX));
    }
    (done, failed)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_refusal_stops_after_its_batch() {
        let sent = AtomicUsize::new(0);
        let items: Vec<i32> = (0..100).collect();
        let (done, failed) = slow_start(&items, async |item: &i32| {
            sent.fetch_add(1, Ordering::Relaxed);
            if *item < 3 { Ok(*item) } else { Err("quota") }
        })
        .await;

        // batches 1, 2, 4: the third one fails as a whole
        assert_eq!((done, failed.len(), sent.into_inner()), (vec![0, 1, 2], 4, 7));
    }

    #[tokio::test]
    async fn all_go_where_none_fails() {
        let items: Vec<i32> = (0..500).collect();
        let (done, failed) = slow_start(&items, async |item: &i32| Ok::<_, ()>(*item)).await;
        assert_eq!((done.len(), failed.len()), (500, 0));
    }
}
