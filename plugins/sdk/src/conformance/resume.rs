//! The checks that need a second stream: resuming, repeating, leaving in the middle, and the deadline.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::{probe::Probe, report::Findings, rules, transcript::Transcript};
use crate::wire::{Frame, SyncRequest};

/// Every check that compares with the first stream.
pub(super) async fn check(probe: &Probe, first: &Transcript, findings: &mut Findings) {
    from_first_checkpoint(probe, first, findings).await;
    again_and_away(probe, first, findings).await;
}

async fn from_first_checkpoint(probe: &Probe, first: &Transcript, findings: &mut Findings) {
    let both = [&rules::RESUME_LOSES_NOTHING, &rules::RESUME_CLAIMS];
    let Some((place, checkpoint)) = first.first_checkpoint() else {
        return findings.skip_all(&both, "the first sync wrote no checkpoint");
    };
    if checkpoint.is_null() {
        return findings.skip_all(&both, "the plugin's first checkpoint is null: it always begins again");
    }
    let deadline_ms = u64::try_from(probe.patience.stream.as_millis() * 3 / 4).ok();
    let request = SyncRequest { checkpoint: Some(checkpoint.clone()), page_size: None, deadline_ms };
    let resumed = match probe.stream(&request, probe.patience.lines).await {
        Ok(resumed) if resumed.status == 200 => resumed,
        Ok(resumed) => {
            return findings.fail(
                &rules::RESUME_LOSES_NOTHING,
                format!("its own checkpoint is answered {}", resumed.status),
            );
        }
        Err(why) => return findings.fail(&rules::RESUME_LOSES_NOTHING, why),
    };
    if !first.ran_through() || !resumed.ran_through() {
        return findings.skip_all(&both, "one of the two streams did not run through");
    }
    compare(first, place, &resumed, findings);
}

fn compare(first: &Transcript, place: usize, resumed: &Transcript, findings: &mut Findings) {
    let ids = |frames: &[Frame]| -> BTreeSet<String> {
        frames
            .iter()
            .filter_map(|frame| match frame {
                Frame::Posting { posting } => Some(posting.original_id.clone()),
                _ => None,
            })
            .collect()
    };
    let (before, after) = (ids(&first.frames[..place]), ids(&first.frames[place..]));
    let brought = ids(&resumed.frames);
    let lost: Vec<&String> = after.difference(&brought).collect();
    let wrong =
        lost.first().map(|id| format!("{} of {} are missing, {id} among them", lost.len(), after.len()));
    findings.settle(&rules::RESUME_LOSES_NOTHING, wrong);
    let claims = resumed.end().is_some_and(|end| end.complete);
    let left_out = before.difference(&brought).count();
    let wrong =
        (claims && left_out > 0).then(|| format!("it says complete and leaves out {left_out} postings"));
    findings.settle(&rules::RESUME_CLAIMS, wrong);
}

/// Reads the beginning of a second full stream and leaves; then the next sync must be served.
async fn again_and_away(probe: &Probe, first: &Transcript, findings: &mut Findings) {
    let request = SyncRequest { page_size: Some(7), ..SyncRequest::default() };
    let again = match probe.stream(&request, 20).await {
        Ok(again) => again,
        Err(why) => return findings.fail(&rules::POSTINGS_STABLE, why),
    };
    stable(first, &again, findings);
    if again.closed {
        return findings.skip(&rules::CANCEL, "the stream was over before it could be left");
    }
    let began = Instant::now();
    let next = probe.stream(&SyncRequest { page_size: Some(1), ..SyncRequest::default() }, 2).await;
    let wrong = match next {
        Ok(next) if next.status == 200 => None,
        Ok(next) => Some(format!("the next sync is answered {}", next.status)),
        Err(why) => Some(format!("{why} ({} s after the reader left)", began.elapsed().as_secs())),
    };
    findings.settle(&rules::CANCEL, wrong);
}

/// A living source may change between two streams, so one posting in ten may be unknown.
fn stable(first: &Transcript, again: &Transcript, findings: &mut Findings) {
    let rule = &rules::POSTINGS_STABLE;
    let (known, seen) = (first.titles(), again.titles());
    if !first.ran_through() {
        return findings.skip(rule, "the first stream did not run through");
    }
    let strange: Vec<&&str> = seen.keys().filter(|id| !known.contains_key(**id)).collect();
    let wrong = (strange.len() * 10 > seen.len()).then(|| {
        format!(
            "{} of {} ids were not in the first sync, {} among them",
            strange.len(),
            seen.len(),
            strange[0]
        )
    });
    findings.settle(rule, wrong);
}

/// A stream with no time at all still ends in order.
pub(super) async fn deadline(probe: &Probe, findings: &mut Findings) {
    let request = SyncRequest { deadline_ms: Some(1), ..SyncRequest::default() };
    let wrong = match probe.stream(&request, probe.patience.lines).await {
        Ok(stream) if stream.status != 200 => Some(format!("it is answered {}", stream.status)),
        Ok(stream) if stream.end().is_some() => None,
        Ok(stream) => Some(stream.broke_off.unwrap_or_else(|| "it stopped without an end line".to_owned())),
        Err(why) => Some(why),
    };
    findings.settle(&rules::DEADLINE, wrong);
}
