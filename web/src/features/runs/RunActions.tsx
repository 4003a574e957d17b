/** Retry, cancel, copy. */
import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import type { Run } from "../../api/types";
import { useMissing } from "../../app/session/me";
import { ActionButton, ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { isOpen } from "../../components/state";
import { text } from "../../texts";
import { doForAll } from "./bulk";
import { CopyAs } from "./CopyAs";
import { cancelRun, canRetry, retryRun } from "./queries";

export function RunActions({ run }: { run: Run }) {
  const client = useQueryClient();
  const noRetry = useMissing("runs:retry");
  const noCancel = useMissing("runs:cancel");
  const [copying, setCopying] = useState(false);
  const whyNoRetry = isOpen(run.state) ? text.run.retryOpen : canRetry(run) ? undefined : text.run.retryNone;
  const whyNoCancel = isOpen(run.state) ? undefined : text.run.cancelEnded;
  return (
    <>
      <ConfirmWithUndo
        label={text.run.retry}
        icon="retry"
        title={text.runs.retryTitle(1)}
        announce={text.runs.retrying(1)}
        disabledWhy={noRetry ?? whyNoRetry}
        onConfirm={() => void doForAll(client, [run.id], retryRun, text.runs.retried)}
      >
        {text.runs.retryWhat}
      </ConfirmWithUndo>
      <ConfirmWithUndo
        danger
        label={text.run.cancel}
        icon="stop"
        title={text.runs.cancelTitle(1)}
        announce={text.runs.cancelling(1)}
        disabledWhy={noCancel ?? whyNoCancel}
        onConfirm={() => void doForAll(client, [run.id], cancelRun, text.runs.cancelled)}
      >
        {text.runs.cancelWhat}
      </ConfirmWithUndo>
      <ActionButton label={text.run.copy} icon="copy" onClick={() => setCopying(true)} />
      {copying && <CopyAs run={run} onClose={() => setCopying(false)} />}
    </>
  );
}
