/** A form over the page: its fields, what the server refused, and the one button that sends it. */
import { useId, type FormEvent, type ReactNode } from "react";
import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import { text } from "../texts";
import styles from "./FormDialog.module.css";
import { ProblemAlert } from "./ProblemAlert";

interface Props {
  title: string;
  /** What it is for, in a sentence. */
  what?: string;
  submit: string;
  busy: boolean;
  error: unknown;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}

export function FormDialog({ title, what, submit, busy, error, onSubmit, onClose, children, wide = false }: Props) {
  const id = useId();
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!busy) onSubmit();
  };
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth={wide ? "md" : "sm"} fullWidth>
      <form onSubmit={send} className={styles.form}>
        <DialogTitle id={id}>{title}</DialogTitle>
        <DialogContent>
          <div className={styles.fields}>
            {what !== undefined && <p className={styles.what}>{what}</p>}
            {error !== null && error !== undefined && <ProblemAlert error={error} />}
            {children}
          </div>
        </DialogContent>
        <DialogActions>
          <Button variant="outlined" onClick={onClose}>{text.common.cancel}</Button>
          <Button type="submit" variant="contained" disabled={busy}>{submit}</Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
