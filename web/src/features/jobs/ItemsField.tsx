/** Many tasks as one JSON list, typed or taken from a file. */
import { useRef, useState } from "react";
import TextField from "@mui/material/TextField";
import { ActionButton } from "../../components/ConfirmWithUndo";
import styles from "../../components/Parts.module.css";
import { text } from "../../texts";
import { itemsIn } from "./items";

const words = text.jobs;
const LONGEST_FILE = 5_000_000;
/** A longer list is kept but not laid out. */
const LONGEST_SHOWN = 200_000;

export function ItemsField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState<string>();
  const items = itemsIn(value);
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    if (file.size > LONGEST_FILE) return setWrong(words.fileTooLong);
    setWrong(undefined);
    onChange(await file.text());
  };
  return (
    <div className={styles.stack}>
      <p className={styles.soft}>{words.many_what}</p>
      {value.length <= LONGEST_SHOWN && (
        <TextField className={styles.area} label={words.items} multiline minRows={5} maxRows={16} value={value} error={items === undefined} onChange={(event) => onChange(event.target.value)} slotProps={{ htmlInput: { spellCheck: false } }} />
      )}
      <p role="status" className={styles.soft}>{wrong ?? (items === undefined ? words.notList : words.itemCount(items.length))}</p>
      <div>
        <ActionButton label={words.file} icon="add" onClick={() => input.current?.click()} />
        <input ref={input} type="file" accept="application/json,.json" hidden aria-label={words.file} onChange={(event) => void take(event.target.files?.[0])} />
      </div>
    </div>
  );
}
