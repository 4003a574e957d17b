/** What can be done with the selected runs. */
import Button from "@mui/material/Button";
import { useQueryClient } from "@tanstack/react-query";
import type { Run } from "../../api/types";
import { useMissing } from "../../app/session/me";
import { ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { isOpen } from "../../components/state";
import { text } from "../../texts";
import { doForAll } from "./bulk";
import { cancelRun, canRetry, retryRun } from "./queries";
import styles from "./runs.module.css";

export function BulkBar({ runs, onClear }: { runs: readonly Run[]; onClear: () => void }) {
  const client = useQueryClient();
  const noRetry = useMissing("runs:retry");
  const noCancel = useMissing("runs:cancel");
  const retryable = runs.filter(canRetry).map((run) => run.id);
  const open = runs.filter((run) => isOpen(run.state)).map((run) => run.id);
  const words = text.runs;
  return (
    <div className={styles.bulk} role="region" aria-label={words.selected(runs.length)}>
      <b>{words.selected(runs.length)}</b>
      <ConfirmWithUndo
        label={words.retry}
        icon="retry"
        title={words.retryTitle(retryable.length)}
        announce={words.retrying(retryable.length)}
        disabledWhy={noRetry ?? (retryable.length === 0 ? words.noneRetry : undefined)}
        onConfirm={() => void doForAll(client, retryable, retryRun, words.retried)}
      >
        {words.retryWhat}
      </ConfirmWithUndo>
      <ConfirmWithUndo
        danger
        label={words.cancel}
        icon="stop"
        title={words.cancelTitle(open.length)}
        announce={words.cancelling(open.length)}
        disabledWhy={noCancel ?? (open.length === 0 ? words.noneCancel : undefined)}
        onConfirm={() => void doForAll(client, open, cancelRun, words.cancelled)}
      >
        {words.cancelWhat}
      </ConfirmWithUndo>
      <Button variant="text" onClick={onClear}>{words.clear}</Button>
    </div>
  );
}
