/** Sending again what was made in a time. */
import { useState } from "react";
import MenuItem from "@mui/material/MenuItem";
import TextField from "@mui/material/TextField";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Webhook } from "../../api/types";
import { notify } from "../../app/notices";
import { FormDialog } from "../../components/FormDialog";
import styles from "../../components/Parts.module.css";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { replayDeliveries } from "./queries";

const words = text.webhooks;
const HOUR = 3_600_000;

/** As the field of a moment holds it: of the reader's clock, without a zone. */
const typed = (moment: number): string => new Date(moment - new Date(moment).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

export function ReplayMany({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const client = useQueryClient();
  const [from, setFrom] = useState(() => typed(Date.now() - 24 * HOUR));
  const [until, setUntil] = useState(() => typed(Date.now() + HOUR / 60));
  const [state, setState] = useState("failed");
  const replay = useMutation({
    mutationFn: () => replayDeliveries(webhook.id, { from: new Date(from).toISOString(), until: new Date(until).toISOString(), ...(state === "" ? {} : { state }) }),
    onSuccess: async ({ deliveries }) => {
      notify(words.replayedMany(deliveries));
      onClose();
      await client.invalidateQueries({ queryKey: ["webhooks"] });
    },
  });
  const moment = { inputLabel: { shrink: true } };
  return (
    <FormDialog title={words.replayManyTitle(shown(webhook.name, 80))} what={words.replayManyWhat} submit={words.replayMany} busy={replay.isPending} error={replay.error} onSubmit={() => replay.mutate()} onClose={onClose}>
      <div className={styles.pair}>
        <TextField required type="datetime-local" label={words.from} value={from} onChange={(event) => setFrom(event.target.value)} slotProps={moment} />
        <TextField required type="datetime-local" label={words.until} value={until} onChange={(event) => setUntil(event.target.value)} slotProps={moment} />
      </div>
      <TextField select label={words.which} value={state} onChange={(event) => setState(event.target.value)} slotProps={{ ...moment, select: { displayEmpty: true } }}>
        <MenuItem value="failed">{words.deliveryStates.failed}</MenuItem>
        <MenuItem value="delivered">{words.deliveryStates.delivered}</MenuItem>
        <MenuItem value="">{words.either}</MenuItem>
      </TextField>
    </FormDialog>
  );
}
