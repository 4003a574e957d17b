/**
 * What a list is narrowed to, as chips: type `kind:fibonacci`, or pick from the suggestions. The chips are the list's
 * address; this part only reads and writes them.
 */
import { useId, useRef, useState, type KeyboardEvent } from "react";
import { text } from "../texts";
import styles from "./FilterBar.module.css";
import { Icon } from "./Icon";
import { shown } from "./shown";

export interface Facet {
  name: string;
  label: string;
  /** Values to offer; more may be typed. */
  values?: readonly { value: string; label: string }[];
  /** Says what is wrong with a value. */
  check?: (value: string) => string | undefined;
  /** Several values stand side by side. */
  many?: boolean;
}

export type Filters = Readonly<Record<string, readonly string[]>>;

interface Props {
  facets: readonly Facet[];
  filters: Filters;
  onChange: (filters: Filters) => void;
  inputRef?: React.RefObject<HTMLInputElement | null>;
}

interface Suggestion {
  text: string;
  label: string;
}

export function FilterBar({ facets, filters, onChange, inputRef }: Props) {
  const own = useRef<HTMLInputElement>(null);
  const input = inputRef ?? own;
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const [wrong, setWrong] = useState<string>();
  const list = useId();
  const offered = open ? suggestionsFor(typed, facets, filters) : [];

  const take = (entry: string) => {
    const parsed = parseFilter(entry, facets);
    if (typeof parsed === "string") return setWrong(parsed);
    const { facet, value } = parsed;
    const before = facet.many ? (filters[facet.name] ?? []) : [];
    onChange({ ...filters, [facet.name]: before.includes(value) ? before : [...before, value] });
    setTyped("");
    setWrong(undefined);
    setActive(0);
  };
  const choose = (suggestion: Suggestion) => {
    if (!suggestion.text.endsWith(":")) return take(suggestion.text);
    setTyped(suggestion.text);
    setActive(0);
  };
  const drop = (name: string, value: string) => {
    const left = (filters[name] ?? []).filter((one) => one !== value);
    onChange({ ...filters, [name]: left });
    input.current?.focus();
  };
  const dropLast = () => {
    const last = chipsOf(facets, filters).at(-1);
    if (last !== undefined) drop(last.facet.name, last.value);
  };
  const key = (event: KeyboardEvent) => {
    const chosen = offered[active];
    if (event.key === "ArrowDown") setActive(Math.min(active + 1, offered.length - 1));
    else if (event.key === "ArrowUp") setActive(Math.max(active - 1, 0));
    else if (event.key === "Enter" && isWhole(typed)) take(typed);
    else if (event.key === "Enter" && chosen !== undefined) choose(chosen);
    else if (event.key === "Tab" && typed !== "" && chosen !== undefined) choose(chosen);
    else if (event.key === "Backspace" && typed === "") dropLast();
    else if (event.key === "Escape" && open && offered.length > 0) setOpen(false);
    else if (event.key === "Escape") input.current?.blur();
    else return;
    event.preventDefault();
  };

  return (
    <div className={styles.bar}>
      <div className={styles.field} onClick={() => input.current?.focus()}>
        <Icon name="filter" size={16} />
        {chipsOf(facets, filters).map(({ facet, value, label }) => (
          <span key={`${facet.name} ${value}`} className={styles.chip}>
            <span className="cut">{facet.label}: <b>{shown(label, 80)}</b></span>
            <button type="button" onClick={() => drop(facet.name, value)} aria-label={text.filter.remove(`${facet.label} ${shown(label, 80)}`)}>
              <Icon name="close" size={12} />
            </button>
          </span>
        ))}
        <input
          ref={input}
          className={styles.input}
          value={typed}
          role="combobox"
          aria-expanded={offered.length > 0}
          aria-controls={list}
          aria-activedescendant={offered.length > 0 ? `${list}-${active}` : undefined}
          aria-label={text.filter.label}
          aria-invalid={wrong !== undefined}
          placeholder={text.filter.placeholder(facets.map((facet) => facet.name).slice(0, 3))}
          autoComplete="off"
          spellCheck={false}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onChange={(event) => {
            setTyped(event.target.value);
            setOpen(true);
            setActive(0);
            setWrong(undefined);
          }}
          onKeyDown={key}
        />
      </div>
      <ul id={list} role="listbox" aria-label={text.filter.suggestions} className={styles.list} hidden={offered.length === 0}>
        {offered.map((suggestion, index) => (
          <li
            key={suggestion.text}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === active}
            className={styles.option}
            onPointerDown={(event) => {
              event.preventDefault();
              choose(suggestion);
            }}
          >
            <code>{shown(suggestion.text, 80)}</code>
            <span className="cut">{shown(suggestion.label, 80)}</span>
          </li>
        ))}
      </ul>
      {wrong !== undefined && <p role="alert" className={styles.wrong}>{wrong}</p>}
    </div>
  );
}

const isWhole = (typed: string): boolean => /^[^:]+:./.test(typed.trim());

function chipsOf(facets: readonly Facet[], filters: Filters) {
  return facets.flatMap((facet) =>
    (filters[facet.name] ?? []).map((value) => ({ facet, value, label: facet.values?.find((one) => one.value === value)?.label ?? value })),
  );
}

function suggestionsFor(typed: string, facets: readonly Facet[], filters: Filters): Suggestion[] {
  const [name = "", value] = typed.trimStart().toLowerCase().split(/:(.*)/s);
  const facet = facets.find((one) => one.name === name);
  if (value === undefined || facet === undefined) {
    const fitting = facets.filter((one) => `${one.name} ${one.label}`.toLowerCase().includes(name));
    return fitting.map((one) => ({ text: `${one.name}:`, label: one.label }));
  }
  const taken = filters[facet.name] ?? [];
  const fitting = (facet.values ?? []).filter((one) => !taken.includes(one.value) && `${one.value} ${one.label}`.toLowerCase().includes(value));
  return fitting.slice(0, 12).map((one) => ({ text: `${facet.name}:${one.value}`, label: one.label }));
}

/** A typed `name:value`, or what is wrong with it. */
export function parseFilter(entry: string, facets: readonly Facet[]): { facet: Facet; value: string } | string {
  const [name = "", ...rest] = entry.trim().split(":");
  const facet = facets.find((one) => one.name === name.toLowerCase());
  const value = rest.join(":").trim();
  if (facet === undefined) return text.filter.unknown(facets.map((one) => one.name));
  if (value === "") return text.filter.noValue(facet.label);
  const known = facet.values?.find((one) => one.label.toLowerCase() === value.toLowerCase())?.value ?? value;
  const wrong = facet.check?.(known);
  return wrong ?? { facet, value: known };
}
