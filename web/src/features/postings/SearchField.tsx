/** The words searched for, the order, and how many were found. What is typed is asked after a short pause. */
import { useEffect, useRef, useState, type KeyboardEvent, type RefObject } from "react";
import { usePreference } from "../../app/theme/preferences";
import { Icon } from "../../components/Icon";
import { text } from "../../texts";
import styles from "./postings.module.css";
import { POSTINGS_SEARCHED } from "./searched";

const words = text.postings;
const PAUSE = 250;
const LONGEST = 300;

interface Props {
  inputRef: RefObject<HTMLInputElement | null>;
  value: string;
  sort: string | undefined;
  total: number | undefined;
  onChange: (words: string) => void;
  onSort: (sort: string | undefined) => void;
  /** The arrow down from here leads into the results. */
  onDown: () => void;
}

const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";

export function SearchField({ inputRef, value, sort, total, onChange, onSort, onDown }: Props) {
  const [typed, setTyped] = useState(value);
  const [asked, setAsked] = useState(value);
  const [, setSearched] = usePreference(POSTINGS_SEARCHED, false, isBoolean);
  // The address changed by itself, as by the way back.
  if (asked !== value) {
    setAsked(value);
    setTyped(value);
  }
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  const ask = (next: string) => {
    if (next.trim() === asked) return;
    setAsked(next.trim());
    if (next.trim() !== "") setSearched(true);
    latest.current(next.trim());
  };
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (next: string) => {
    setTyped(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => ask(next), PAUSE);
  };
  const key = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter") ask(typed);
    else if (event.key === "Escape") event.currentTarget.blur();
    else if (event.key === "ArrowDown") {
      event.currentTarget.blur();
      onDown();
    } else return;
    event.preventDefault();
  };
  return (
    <div className={styles.search} role="search">
      <div className={styles.field}>
        <Icon name="search" size={16} />
        <input ref={inputRef} type="search" aria-label={words.search} placeholder={words.searchHint} value={typed} maxLength={LONGEST} autoComplete="off" spellCheck={false} onChange={(event) => type(event.target.value)} onKeyDown={key} />
        <kbd>/</kbd>
      </div>
      <label className={styles.select}>
        <span className="unseen">{words.sort}</span>
        <select value={sort ?? ""} onChange={(event) => onSort(event.target.value === "" ? undefined : event.target.value)}>
          <option value="">{value === "" ? words.newest : words.relevance}</option>
          {value === "" ? null : <option value="newest">{words.newest}</option>}
        </select>
      </label>
      <span className={styles.found} role="status">{total !== undefined && words.found(total)}</span>
    </div>
  );
}
