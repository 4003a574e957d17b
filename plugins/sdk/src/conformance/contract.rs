//! The checks of contract 2: one whole stream, then what `resume` and `errors` ask.

use std::collections::BTreeMap;

use super::{errors, probe::Probe, report::Findings, resume, rules, transcript::Transcript};
use crate::wire::{Frame, Health, SyncRequest, limits::MAX_CHECKPOINT_BYTES};

/// The page size of the first stream.
const PAGE: u32 = 50;

/// Every check of contract 2.
pub(super) async fn check(probe: &Probe, health: &Health, findings: &mut Findings) {
    errors::check(probe, findings).await;
    let deadline = u64::try_from(probe.patience.stream.as_millis() * 3 / 4).ok();
    let request = SyncRequest { checkpoint: None, page_size: Some(PAGE), deadline_ms: deadline };
    let first = match probe.stream(&request, probe.patience.lines).await {
        Ok(transcript) => transcript,
        Err(why) => return findings.fail(&rules::STREAM_BEGINS, why),
    };
    if !begins(&first, findings) {
        return;
    }
    lines(&first, findings);
    ending(&first, findings);
    yields(&first, health, findings);
    postings(&first, findings);
    if first.counted() > 0 {
        resume::check(probe, &first, findings).await;
    } else {
        let why = "the first sync brought nothing to compare with";
        let rules =
            [&rules::POSTINGS_STABLE, &rules::RESUME_LOSES_NOTHING, &rules::RESUME_CLAIMS, &rules::CANCEL];
        findings.skip_all(&rules, why);
    }
    resume::deadline(probe, findings).await;
}

fn begins(stream: &Transcript, findings: &mut Findings) -> bool {
    let good = stream.status == 200 && stream.kind == "application/x-ndjson";
    let wrong = (!good).then(|| format!("it answers {} with {:?}", stream.status, stream.kind));
    findings.settle(&rules::STREAM_BEGINS, wrong);
    good
}

fn lines(stream: &Transcript, findings: &mut Findings) {
    findings.settle(&rules::STREAM_LINES, stream.bad_lines.first().cloned());
    let mut since = 0;
    let mut most = 0;
    for frame in &stream.frames {
        since = if matches!(frame, Frame::Checkpoint { .. }) {
            0
        } else {
            since + usize::from(frame.is_counted())
        };
        most = most.max(since);
    }
    let large = stream.frames.iter().find_map(|frame| match frame {
        Frame::Checkpoint { checkpoint } => {
            Some(checkpoint.to_string().len()).filter(|it| *it > MAX_CHECKPOINT_BYTES)
        }
        _ => None,
    });
    let trailing = since > 0 && stream.ran_through();
    let wrong = if most > PAGE as usize {
        Some(format!("{most} postings lie between two checkpoints, {PAGE} were asked for"))
    } else if let Some(bytes) = large {
        Some(format!("a checkpoint has {bytes} bytes, more than 64 KiB"))
    } else {
        trailing.then(|| format!("the stream ends with {since} postings behind its last checkpoint"))
    };
    findings.settle(&rules::STREAM_PAGES, wrong);
}

fn ending(stream: &Transcript, findings: &mut Findings) {
    let ends = stream.frames.iter().filter(|frame| matches!(frame, Frame::End(_))).count();
    if !stream.closed && stream.broke_off.is_none() && ends == 0 {
        let why = format!("the kit stopped reading after {} lines", stream.frames.len());
        return findings.skip_all(&[&rules::STREAM_END, &rules::STREAM_COUNT, &rules::STREAM_CLAIMS], &why);
    }
    let last = matches!(stream.frames.last(), Some(Frame::End(_)));
    let Some(end) = stream.end().filter(|_| ends == 1 && last) else {
        let broke = stream
            .broke_off
            .clone()
            .unwrap_or_else(|| format!("{ends} end lines, the last line an end: {last}"));
        return findings.fail(&rules::STREAM_END, broke);
    };
    findings.pass(&rules::STREAM_END);
    let counted = stream.counted() as u64;
    let miscounted =
        (counted != end.fetched).then(|| format!("fetched is {}, the lines are {counted}", end.fetched));
    findings.settle(&rules::STREAM_COUNT, miscounted);
    let warned = stream.frames.iter().any(|frame| matches!(frame, Frame::Warning { .. }));
    let overclaimed = end.complete && (end.more || end.error.is_some() || warned);
    findings
        .settle(&rules::STREAM_CLAIMS, overclaimed.then(|| format!("{end:?}, after a warning: {warned}")));
}

fn yields(stream: &Transcript, health: &Health, findings: &mut Findings) {
    let rule = &rules::STREAM_YIELDS;
    let error = stream.end().and_then(|end| end.error.clone());
    match (health.is_healthy(), error) {
        (true, Some(error)) => findings.fail(rule, format!("the sync failed: {error}")),
        (true, None) if stream.counted() == 0 => {
            findings.fail(rule, "the sync brought nothing, and no error says why")
        }
        (true, None) => findings.pass(rule),
        (false, Some(error)) => findings.skip(rule, format!("the plugin is {}: {error}", health.status)),
        (false, None) => findings.skip(rule, format!("the plugin says it is {}", health.status)),
    }
}

fn postings(stream: &Transcript, findings: &mut Findings) {
    let broken = stream.postings().find_map(|posting| {
        let violation = posting.violations().into_iter().next()?;
        Some(format!("posting {}: {violation}", posting.original_id))
    });
    findings.settle(&rules::POSTINGS_VALID, stream.bad_postings.first().cloned().or(broken));
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for posting in stream.postings() {
        *seen.entry(&posting.original_id).or_default() += 1;
    }
    let repeated = seen.into_iter().find(|(_, times)| *times > 1);
    findings.settle(&rules::POSTINGS_UNIQUE, repeated.map(|(id, times)| format!("{id} comes {times} times")));
}
