/** A form made from a JSON Schema, and the same value as raw JSON for those who prefer it or need more than a form. */
import { useId, useState } from "react";
import Button from "@mui/material/Button";
import TextField from "@mui/material/TextField";
import { text } from "../texts";
import { shownJson } from "./shown";
import { faultsOf, shapeOf, type Fault, type Json, type Schema } from "./schema";
import { SchemaField } from "./SchemaField";
import styles from "./SchemaForm.module.css";

interface Props {
  schema: Schema;
  value: Json;
  onChange: (value: Json) => void;
  /** Faults the server found, shown at their fields until the value changes. */
  serverFaults?: readonly Fault[];
}

export function SchemaForm({ schema, value, onChange, serverFaults = [] }: Props) {
  const [raw, setRaw] = useState<string | null>(shapeOf(schema) === "object" ? null : JSON.stringify(value, null, 2));
  const [isTouched, setTouched] = useState(false);
  const id = useId();
  const parsed = raw === null ? { value } : parse(raw);
  // Nobody is told what is wrong with a form before they began to fill it in.
  const faults = "problem" in parsed ? [] : [...(isTouched ? faultsOf(schema, value) : []), ...serverFaults];
  const change = (next: Json) => {
    setTouched(true);
    onChange(next);
  };
  const write = (typed: string) => {
    setRaw(typed);
    const read = parse(typed);
    if ("value" in read) change(read.value);
  };
  return (
    <div className={styles.form}>
      <div className={styles.modes} role="group" aria-label={text.form.modes}>
        <Button variant="text" aria-pressed={raw === null} disabled={"problem" in parsed || shapeOf(schema) !== "object"} onClick={() => setRaw(null)}>{text.form.fields}</Button>
        <Button variant="text" aria-pressed={raw !== null} onClick={() => setRaw(JSON.stringify(value, null, 2))}>{text.form.json}</Button>
      </div>
      {raw === null ? (
        <SchemaField root={schema} schema={schema} value={value} onChange={(next) => change(next ?? {})} field="" label="" faults={faults} />
      ) : (
        <>
          <TextField
            id={id}
            label={text.form.json}
            multiline
            minRows={6}
            maxRows={24}
            value={raw}
            onChange={(event) => write(event.target.value)}
            error={"problem" in parsed || faults.length > 0}
            helperText={"problem" in parsed ? parsed.problem : undefined}
            slotProps={{ htmlInput: { className: styles.code, spellCheck: false } }}
          />
          <ul className={styles.faults} aria-live="polite">
            {faults.slice(0, 20).map((fault, index) => (
              <li key={index} className="foreign"><code>{fault.field || "/"}</code> {fault.message}</li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function parse(raw: string): { value: Json } | { problem: string } {
  try {
    return { value: JSON.parse(raw) as Json };
  } catch (error) {
    return { problem: text.form.notJson(error instanceof Error ? error.message : "") };
  }
}

/** A value that is only looked at. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  return <pre className={styles.view} tabIndex={0} role="region" aria-label={label}>{shownJson(value)}</pre>;
}
