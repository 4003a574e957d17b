/**
 * The first account. The link carries its token behind `#`, which no server and no log sees; it is taken out of the
 * address at once.
 */
import { useEffect, useState, type FormEvent } from "react";
import Button from "@mui/material/Button";
import TextField from "@mui/material/TextField";
import { Link, useRouter } from "@tanstack/react-router";
import { api, take } from "../../api/client";
import { Plain } from "../../app/Plain";
import plain from "../../app/Plain.module.css";
import { signIn } from "../../app/session/signIn";
import { ProblemAlert } from "../../components/ProblemAlert";
import { text } from "../../texts";

const SHORTEST = 10;

/** `#token=mst_...`, or the token alone. */
export function tokenIn(hash: string): string {
  const content = hash.replace(/^#/, "");
  return new URLSearchParams(content).get("token") ?? (content.startsWith("mst_") ? content : "");
}

export function SetupPage() {
  const { history } = useRouter();
  const [fields, setFields] = useState(() => ({ token: tokenIn(window.location.hash), email: "", name: "", password: "", again: "" }));
  const [fromLink] = useState(fields.token !== "");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (fromLink) window.history.replaceState(window.history.state, "", window.location.pathname);
  }, [fromLink]);

  const differ = fields.again !== "" && fields.again !== fields.password;
  const short = fields.password !== "" && [...fields.password].length < SHORTEST;
  const set = (name: keyof typeof fields) => (event: { target: { value: string } }) => setFields({ ...fields, [name]: event.target.value });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (short || fields.again !== fields.password) return;
    setBusy(true);
    const { token, email, name, password } = fields;
    try {
      await take(api.POST("/api/v1/setup", { body: { token: token.trim(), email, password, display_name: name.trim() === "" ? null : name } }));
      await signIn(email, password);
      history.replace("/");
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Plain title={text.setup.title}>
      <p>{text.setup.intro}</p>
      {error !== undefined && <ProblemAlert error={error} />}
      <form onSubmit={(event) => void submit(event)}>
        {!fromLink && <TextField label={text.setup.token} required value={fields.token} onChange={set("token")} helperText={text.setup.tokenHelp} autoComplete="off" />}
        <TextField label={text.setup.email} type="email" autoComplete="username" autoFocus required value={fields.email} onChange={set("email")} />
        <TextField label={text.setup.name} autoComplete="name" value={fields.name} onChange={set("name")} helperText={text.setup.nameHelp} />
        <TextField label={text.setup.password} type="password" autoComplete="new-password" required value={fields.password} onChange={set("password")} error={short} helperText={short ? text.setup.short : text.setup.passwordHelp} />
        <TextField label={text.setup.again} type="password" autoComplete="new-password" required value={fields.again} onChange={set("again")} error={differ} helperText={differ ? text.setup.differ : undefined} />
        <Button type="submit" variant="contained" disabled={busy}>{text.setup.submit}</Button>
      </form>
      <p className={plain.quiet}><Link to="/signin">{text.signIn.title}</Link></p>
    </Plain>
  );
}
