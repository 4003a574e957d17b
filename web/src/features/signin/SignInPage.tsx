/** Signing in, and back to the address that asked for it. */
import { useState, type FormEvent } from "react";
import Button from "@mui/material/Button";
import TextField from "@mui/material/TextField";
import { useRouter, useSearch } from "@tanstack/react-router";
import { Plain } from "../../app/Plain";
import plain from "../../app/Plain.module.css";
import { returnPath, signIn } from "../../app/session/signIn";
import { ProblemAlert } from "../../components/ProblemAlert";
import { text } from "../../texts";

export function SignInPage() {
  const { to } = useSearch({ from: "/signin" });
  const { history } = useRouter();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await signIn(email, password);
      history.replace(returnPath(to));
    } catch (problem) {
      setError(problem);
      setPassword("");
      setBusy(false);
    }
  };
  return (
    <Plain title={text.signIn.title}>
      {to !== undefined && to !== "/" && error === undefined && <p className={plain.quiet}>{text.signIn.ended}</p>}
      {error !== undefined && <ProblemAlert error={error} />}
      <form onSubmit={(event) => void submit(event)}>
        <TextField label={text.signIn.email} type="email" autoComplete="username" autoFocus required value={email} onChange={(event) => setEmail(event.target.value)} />
        <TextField label={text.signIn.password} type="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
        <Button type="submit" variant="contained" disabled={busy}>{text.signIn.submit}</Button>
      </form>
      <p className={plain.quiet}>{text.signIn.first}</p>
    </Plain>
  );
}
