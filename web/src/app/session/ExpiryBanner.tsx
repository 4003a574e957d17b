/**
 * Warns before a session ends for good. Use prolongs a session up to its longest life: when the end comes near, a
 * refresh is tried first, and only when that gained nothing is the reader asked to sign in again, without leaving.
 */
import { useEffect, useId, useState, type FormEvent } from "react";
import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import TextField from "@mui/material/TextField";
import { refreshSession, type Session } from "../../api/session";
import { useNow } from "../../components/clock";
import { ProblemAlert } from "../../components/ProblemAlert";
import { text } from "../../texts";
import styles from "../frame/Frame.module.css";
import { useMe } from "./me";
import { signIn } from "./signIn";
import { useSession } from "./useSession";

const WARN_BEFORE = 10 * 60_000;

export function ExpiryBanner() {
  const session = useSession();
  const now = useNow();
  const [asking, setAsking] = useState(false);
  const isNear = session !== null && session.endsAt - now < WARN_BEFORE;
  const refreshedAt = session?.refreshedAt ?? 0;
  useEffect(() => {
    // One try for each approach of the end; a try that gained nothing leaves the banner.
    if (isNear && Date.now() - refreshedAt > WARN_BEFORE) void refreshSession(Date.now()).catch(() => undefined);
  }, [isNear, refreshedAt]);
  if (!isNear) return null;
  return (
    <div className={styles.banner} role="alert" data-tone="waiting">
      <span>{text.frame.expiry(minutesLeft(session, now))}</span>
      <Button variant="outlined" onClick={() => setAsking(true)}>{text.frame.signInAgain}</Button>
      <SignInAgain open={asking} onClose={() => setAsking(false)} />
    </div>
  );
}

const minutesLeft = (session: Session, now: number): number => Math.max(1, Math.ceil((session.endsAt - now) / 60_000));

function SignInAgain({ open, onClose }: { open: boolean; onClose: () => void }) {
  const me = useMe();
  const id = useId();
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await signIn(me?.user.email ?? "", password);
      onClose();
    } catch (problem) {
      setError(problem);
    }
    setPassword("");
  };
  return (
    <Dialog open={open} onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <form onSubmit={(event) => void submit(event)}>
        <DialogTitle id={id}>{text.signIn.again}</DialogTitle>
        <DialogContent>
          <p className="foreign">{me?.user.email}</p>
          <TextField autoFocus margin="normal" type="password" autoComplete="current-password" required label={text.signIn.password} value={password} onChange={(event) => setPassword(event.target.value)} />
          {error !== undefined && <ProblemAlert error={error} />}
        </DialogContent>
        <DialogActions>
          <Button variant="outlined" onClick={onClose}>{text.common.cancel}</Button>
          <Button variant="contained" type="submit">{text.signIn.submit}</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
