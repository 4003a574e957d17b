/** One field of a form made from a schema, and the fields within it. */
import { useId, useState } from "react";
import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import MenuItem from "@mui/material/MenuItem";
import TextField from "@mui/material/TextField";
import { text } from "../texts";
import { Icon } from "./Icon";
import { initialValue, resolve, shapeOf, type Fault, type Json, type Schema } from "./schema";
import styles from "./SchemaForm.module.css";
import { shown } from "./shown";

interface Props {
  root: Schema;
  schema: Schema;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  /** JSON pointer. */
  field: string;
  label: string;
  required?: boolean;
  faults: readonly Fault[];
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function SchemaField(props: Props) {
  const schema = resolve(props.schema, props.root);
  const own = { ...props, schema };
  switch (shapeOf(schema)) {
    case "object":
      return <ObjectField {...own} />;
    case "array":
      return <ArrayField {...own} />;
    case "boolean":
      return <BooleanField {...own} />;
    case "choice":
      return <ChoiceField {...own} />;
    case "raw":
      return <RawField {...own} />;
    case "string":
    case "number":
    case "integer":
      return <TextValueField {...own} />;
  }
}

const labelOf = ({ schema, label }: Props): string => shown(schema.title ?? label, 120);
const faultOf = ({ faults, field }: Props): string | undefined => faults.find((fault) => fault.field === field)?.message;
const helpOf = (props: Props): string | undefined => faultOf(props) ?? (props.schema.description && shown(props.schema.description, 400));

function ObjectField(props: Props) {
  const { schema, value, onChange, field, root } = props;
  const held = isObject(value) ? value : {};
  const set = (name: string, next: Json | undefined) => {
    const others = Object.entries(held).filter(([other]) => other !== name);
    onChange(Object.fromEntries(next === undefined ? others : [...others, [name, next]]));
  };
  const fields = Object.entries(schema.properties ?? {}).map(([name, property]) => (
    <SchemaField
      key={name}
      root={root}
      schema={property}
      value={held[name]}
      onChange={(next) => set(name, next)}
      field={`${field}/${name}`}
      label={name}
      required={schema.required?.includes(name) ?? false}
      faults={props.faults}
    />
  ));
  if (field === "") return <div className={styles.fields}>{fields.length > 0 ? fields : <p>{text.form.nothing}</p>}</div>;
  return (
    <fieldset className={styles.group}>
      <legend>{labelOf(props)}</legend>
      {helpOf(props) && <p className={styles.help}>{helpOf(props)}</p>}
      <div className={styles.fields}>{fields}</div>
    </fieldset>
  );
}

function ArrayField(props: Props) {
  const { schema, value, onChange, field, root } = props;
  const items = Array.isArray(value) ? value : [];
  const itemSchema = schema.items ?? {};
  const replace = (index: number, next: Json | undefined) => onChange(items.map((item, at) => (at === index ? (next ?? null) : item)));
  const fault = faultOf(props);
  return (
    <fieldset className={styles.group}>
      <legend>{labelOf(props)}</legend>
      {helpOf(props) && <p className={fault === undefined ? styles.help : styles.fault}>{helpOf(props)}</p>}
      {items.map((item, index) => (
        <div key={index} className={styles.item}>
          <SchemaField root={root} schema={itemSchema} value={item} onChange={(next) => replace(index, next)} field={`${field}/${index}`} label={`${labelOf(props)} ${index + 1}`} faults={props.faults} required />
          <IconButton onClick={() => onChange(items.filter((_, at) => at !== index))} aria-label={text.form.remove(`${labelOf(props)} ${index + 1}`)}><Icon name="close" size={16} /></IconButton>
        </div>
      ))}
      <Button variant="outlined" startIcon={<Icon name="add" size={16} />} onClick={() => onChange([...items, emptyItem(itemSchema, root)])} className={styles.add}>
        {text.form.add(labelOf(props))}
      </Button>
    </fieldset>
  );
}

function emptyItem(given: Schema, root: Schema): Json {
  const schema = resolve(given, root);
  switch (shapeOf(schema)) {
    case "object":
      return initialValue(schema, root) ?? {};
    case "array":
      return [];
    case "boolean":
      return schema.default ?? false;
    case "choice":
      return schema.default ?? schema.enum?.[0] ?? schema.const ?? null;
    case "string":
      return schema.default ?? "";
    case "number":
    case "integer":
      return schema.default ?? schema.minimum ?? 0;
    case "raw":
      return schema.default ?? null;
  }
}

function BooleanField(props: Props) {
  const id = useId();
  return (
    <div className={styles.boolean}>
      <input type="checkbox" id={id} checked={props.value === true} onChange={(event) => props.onChange(event.target.checked)} aria-describedby={`${id}-help`} />
      <label htmlFor={id}>{labelOf(props)}</label>
      <p id={`${id}-help`} className={faultOf(props) === undefined ? styles.help : styles.fault}>{helpOf(props)}</p>
    </div>
  );
}

function ChoiceField(props: Props) {
  const { schema, value, onChange, required } = props;
  const choices = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  const place = choices.findIndex((choice) => JSON.stringify(choice) === JSON.stringify(value));
  return (
    <TextField
      select
      label={labelOf(props)}
      required={required ?? false}
      value={place === -1 ? "" : String(place)}
      onChange={(event) => onChange(event.target.value === "" ? undefined : choices[Number(event.target.value)])}
      error={faultOf(props) !== undefined}
      helperText={helpOf(props)}
    >
      {!required && <MenuItem value="">{text.form.none}</MenuItem>}
      {choices.map((choice, index) => (
        <MenuItem key={index} value={String(index)}>{shown(typeof choice === "string" ? choice : JSON.stringify(choice), 120)}</MenuItem>
      ))}
    </TextField>
  );
}

function TextValueField(props: Props) {
  const { schema, value, onChange, required } = props;
  const isNumber = shapeOf(schema) !== "string";
  const given = value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  const [typed, setTyped] = useState(given);
  // What was typed stays as typed ("1." on the way to "1.5"); a value set from elsewhere replaces it.
  const isStale = isNumber ? (typed === "" ? undefined : Number(typed)) !== value && value !== typed : typed !== given;
  const change = (next: string) => {
    setTyped(next);
    if (next === "" && (isNumber || !required)) return onChange(undefined);
    const number = Number(next);
    onChange(isNumber && !Number.isNaN(number) ? number : next);
  };
  const isLong = !isNumber && (schema.maxLength ?? 0) > 200;
  return (
    <TextField
      label={labelOf(props)}
      required={required ?? false}
      value={isStale ? given : typed}
      onChange={(event) => change(event.target.value)}
      multiline={isLong}
      type={schema.format === "password" ? "password" : "text"}
      error={faultOf(props) !== undefined}
      helperText={helpOf(props)}
      slotProps={{ htmlInput: { inputMode: isNumber ? "decimal" : "text", autoComplete: "off", dir: "auto" } }}
    />
  );
}

function RawField(props: Props) {
  const { value, onChange, required } = props;
  const [typed, setTyped] = useState(value === undefined ? "" : JSON.stringify(value));
  const [wrong, setWrong] = useState(false);
  const change = (next: string) => {
    setTyped(next);
    try {
      onChange(next.trim() === "" ? undefined : (JSON.parse(next) as Json));
      setWrong(false);
    } catch {
      setWrong(true);
    }
  };
  return (
    <TextField
      label={`${labelOf(props)} (JSON)`}
      required={required ?? false}
      multiline
      value={typed}
      onChange={(event) => change(event.target.value)}
      error={wrong || faultOf(props) !== undefined}
      helperText={wrong ? text.form.notJson("") : helpOf(props)}
      slotProps={{ htmlInput: { className: styles.code, spellCheck: false } }}
    />
  );
}
