/** The form of a new key. */
import { useState, type FormEvent } from "react";
import Button from "@mui/material/Button";
import TextField from "@mui/material/TextField";
import { useMutation } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { ProblemAlert } from "../../components/ProblemAlert";
import { text } from "../../texts";
import styles from "./profile.module.css";

const words = text.profile;

/** Names between commas, spaces or line ends. */
export const namesIn = (typed: string): string[] => [...new Set(typed.split(/[\s,]+/).filter((name) => name !== ""))];

export function NewKey({ onMade, onCancel }: { onMade: (key: string) => void; onCancel: () => void }) {
  const [fields, setFields] = useState({ name: "", grants: "", kinds: "", queues: "", ends: "" });
  const make = useMutation({
    mutationFn: async () => {
      const body = {
        name: fields.name,
        grants: namesIn(fields.grants),
        kinds: namesIn(fields.kinds),
        queues: namesIn(fields.queues),
        // The day named is the last one it is good on.
        ...(fields.ends === "" ? {} : { expires_at: new Date(`${fields.ends}T23:59:59`).toISOString() }),
      };
      return take(api.POST("/api/v1/api-keys", { body }));
    },
    onSuccess: (made) => onMade(made.key ?? ""),
  });
  const set = (name: keyof typeof fields) => (event: { target: { value: string } }) => setFields({ ...fields, [name]: event.target.value });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      {make.error !== null && <ProblemAlert error={make.error} />}
      <TextField label={words.keyName} required autoFocus value={fields.name} onChange={set("name")} />
      <TextField label={words.keyGrants} required multiline value={fields.grants} onChange={set("grants")} helperText={words.keyGrantsHelp} />
      <TextField label={words.keyKinds} value={fields.kinds} onChange={set("kinds")} helperText={words.keyKindsHelp} />
      <TextField label={words.keyQueues} value={fields.queues} onChange={set("queues")} helperText={words.keyQueuesHelp} />
      <TextField label={words.keyEnds} type="date" value={fields.ends} onChange={set("ends")} slotProps={{ inputLabel: { shrink: true } }} />
      <div>
        <Button type="submit" variant="contained" disabled={make.isPending}>{words.makeKey}</Button>{" "}
        <Button variant="text" onClick={onCancel}>{text.common.cancel}</Button>
      </div>
    </form>
  );
}
