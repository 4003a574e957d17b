/** Every key there is on this page. */
import { useId } from "react";
import Dialog from "@mui/material/Dialog";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import { text } from "../../texts";
import { useAllShortcuts } from "../shortcuts";
import styles from "./Frame.module.css";

const NAMES: Readonly<Record<string, string>> = { "mod+k": "Ctrl-K", ArrowDown: "↓", ArrowUp: "↑" };

export function KeyboardHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const shortcuts = useAllShortcuts();
  const id = useId();
  const groups = [...new Set(shortcuts.map((shortcut) => shortcut.group))];
  return (
    <Dialog open={open} onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <DialogTitle id={id}>{text.frame.keys}</DialogTitle>
      <DialogContent>
        {groups.map((group) => (
          <section key={group} aria-label={group}>
            <h3 className={styles.keysGroup}>{group}</h3>
            <dl className={styles.keys}>
              {labelsOf(shortcuts.filter((shortcut) => shortcut.group === group)).map(([label, keys]) => (
                <Row key={label} label={label} keys={keys} />
              ))}
            </dl>
          </section>
        ))}
      </DialogContent>
    </Dialog>
  );
}

function Row({ label, keys }: { label: string; keys: readonly string[] }) {
  return (
    <>
      <dt>{keys.flatMap((key) => key.split(" ")).map((key, index) => <kbd key={index}>{NAMES[key] ?? key}</kbd>)}</dt>
      <dd>{label}</dd>
    </>
  );
}

/** Two keys for one thing stand in one line. */
function labelsOf(shortcuts: readonly { keys: string; label: string }[]): [string, string[]][] {
  const labels = new Map<string, string[]>();
  for (const { keys, label } of shortcuts) labels.set(label, [...new Set([...(labels.get(label) ?? []), keys])]);
  return [...labels];
}
