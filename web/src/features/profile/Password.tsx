/** Changing one's password. */
import { useState, type FormEvent } from "react";
import Button from "@mui/material/Button";
import TextField from "@mui/material/TextField";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { notify } from "../../app/notices";
import { ProblemAlert } from "../../components/ProblemAlert";
import { text } from "../../texts";
import styles from "./profile.module.css";

const words = text.profile;
const NOTHING = { current: "", next: "", again: "" };
const SHORTEST = 10;

export function Password({ email }: { email: string }) {
  const client = useQueryClient();
  const [fields, setFields] = useState(NOTHING);
  const change = useMutation({
    mutationFn: () => take(api.POST("/api/v1/auth/password", { body: { current_password: fields.current, new_password: fields.next } })),
    onSuccess: async () => {
      setFields(NOTHING);
      notify(words.changed);
      await client.invalidateQueries({ queryKey: ["sessions"] });
    },
  });
  const short = fields.next !== "" && [...fields.next].length < SHORTEST;
  const differ = fields.again !== "" && fields.again !== fields.next;
  const set = (name: keyof typeof NOTHING) => (event: { target: { value: string } }) => setFields({ ...fields, [name]: event.target.value });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!short && fields.again === fields.next) change.mutate();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <input type="email" autoComplete="username" value={email} readOnly hidden />
      {change.error !== null && <ProblemAlert error={change.error} />}
      <TextField label={words.current} type="password" autoComplete="current-password" required value={fields.current} onChange={set("current")} />
      <TextField label={words.next} type="password" autoComplete="new-password" required value={fields.next} onChange={set("next")} error={short} helperText={short ? text.setup.short : text.setup.passwordHelp} />
      <TextField label={words.again} type="password" autoComplete="new-password" required value={fields.again} onChange={set("again")} error={differ} helperText={differ ? text.setup.differ : undefined} />
      <Button type="submit" variant="contained" disabled={change.isPending}>{words.change}</Button>
    </form>
  );
}
