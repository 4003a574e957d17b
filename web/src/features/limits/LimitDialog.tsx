/** Setting what a key allows. */
import { useState } from "react";
import TextField from "@mui/material/TextField";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Limit, NewLimit } from "../../api/types";
import { notify } from "../../app/notices";
import { FormDialog } from "../../components/FormDialog";
import styles from "../../components/Parts.module.css";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { setLimit } from "./queries";

const words = text.limits;
const typed = (value: number | null | undefined): string => (typeof value === "number" ? String(value) : "");
const whole = { htmlInput: { min: 1, step: 1 } };

export function LimitDialog({ before, onClose }: { before: Limit | undefined; onClose: () => void }) {
  const client = useQueryClient();
  const [key, setKey] = useState(before?.key ?? "");
  const [concurrency, setConcurrency] = useState(typed(before?.concurrency));
  const [count, setCount] = useState(typed(before?.rate?.count));
  const [seconds, setSeconds] = useState(typed(before?.rate?.per_seconds));
  const [burst, setBurst] = useState(typed(before?.rate?.burst ?? 1));
  const hasRate = count !== "" || seconds !== "";
  const save = useMutation({
    mutationFn: () => {
      const body: NewLimit = {
        ...(concurrency === "" ? {} : { concurrency: Number(concurrency) }),
        ...(hasRate ? { rate: { count: Number(count), per_seconds: Number(seconds), burst: Number(burst || 1) } } : {}),
      };
      return setLimit(key.trim(), body);
    },
    onSuccess: async (limit) => {
      notify(words.saved(shown(limit.key, 80)));
      await client.invalidateQueries({ queryKey: ["limits"] });
      onClose();
    },
  });
  return (
    <FormDialog title={before === undefined ? words.setTitle : words.changeTitle(shown(before.key, 80))} what={words.what} submit={words.save} busy={save.isPending} error={save.error} onSubmit={() => save.mutate()} onClose={onClose}>
      <TextField required label={words.key} value={key} onChange={(event) => setKey(event.target.value)} helperText={words.keyHelp} slotProps={{ htmlInput: { maxLength: 200, readOnly: before !== undefined } }} />
      <TextField type="number" label={words.concurrency} value={concurrency} onChange={(event) => setConcurrency(event.target.value)} helperText={words.concurrencyHelp} slotProps={whole} />
      <div className={styles.pair}>
        <TextField type="number" required={hasRate} label={words.count} value={count} onChange={(event) => setCount(event.target.value)} helperText={words.rateHelp} slotProps={whole} />
        <TextField type="number" required={hasRate} label={words.seconds} value={seconds} onChange={(event) => setSeconds(event.target.value)} slotProps={whole} />
      </div>
      <TextField type="number" label={words.burst} value={burst} onChange={(event) => setBurst(event.target.value)} slotProps={whole} />
    </FormDialog>
  );
}
