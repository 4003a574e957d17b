/** Asks before something that hurts, says what it will do, and leaves a moment to take it back afterwards. */
import { useId, useState, type ReactNode } from "react";
import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import Tooltip from "@mui/material/Tooltip";
import { doWithUndo } from "../app/notices";
import { text } from "../texts";
import { Icon, type IconName } from "./Icon";

interface Props {
  label: string;
  icon?: IconName;
  title: string;
  /** What happens, in a sentence. */
  children: ReactNode;
  /** What is announced while it can be undone. */
  announce: string;
  onConfirm: () => void;
  /** Why the button cannot be pressed now. */
  disabledWhy?: string | undefined;
  danger?: boolean;
}

export function ConfirmWithUndo({ label, icon, title, children, announce, onConfirm, disabledWhy, danger }: Props) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const confirm = () => {
    setOpen(false);
    doWithUndo(announce, onConfirm);
  };
  return (
    <>
      <ActionButton label={label} icon={icon} disabledWhy={disabledWhy} onClick={() => setOpen(true)} />
      <Dialog open={open} onClose={() => setOpen(false)} aria-labelledby={id} maxWidth="xs">
        <DialogTitle id={id}>{title}</DialogTitle>
        <DialogContent>{children}</DialogContent>
        <DialogActions>
          <Button variant="outlined" onClick={() => setOpen(false)}>{text.common.keep}</Button>
          <Button variant="contained" color={danger ? "error" : "primary"} onClick={confirm} autoFocus>{label}</Button>
        </DialogActions>
      </Dialog>
    </>
  );
}

interface ActionProps {
  label: string;
  icon?: IconName | undefined;
  onClick: () => void;
  disabledWhy?: string | undefined;
}

/** A button that says why it cannot be pressed, to everybody: it keeps its place in the tab order. */
export function ActionButton({ label, icon, onClick, disabledWhy }: ActionProps) {
  const disabled = disabledWhy !== undefined;
  const button = (
    <Button
      variant="outlined"
      startIcon={icon && <Icon name={icon} size={16} />}
      aria-disabled={disabled}
      onClick={disabled ? undefined : onClick}
      sx={disabled ? { opacity: 0.62, cursor: "not-allowed" } : {}}
    >
      {label}
    </Button>
  );
  return disabled ? <Tooltip title={disabledWhy} describeChild>{button}</Tooltip> : button;
}
