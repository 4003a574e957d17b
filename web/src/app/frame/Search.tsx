/** Search everything, as far as the API finds it: a run by its number, runs of a kind, postings by words. */
import { useId, useState, type KeyboardEvent } from "react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Icon } from "../../components/Icon";
import { shown } from "../../components/shown";
import { kindsQuery } from "../../features/runs/queries";
import { useMissing } from "../session/me";
import { text } from "../../texts";
import styles from "./Frame.module.css";

export function Search() {
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const [focused, setFocused] = useState(false);
  const navigate = useNavigate();
  const kinds = useQuery({ ...kindsQuery, enabled: focused });
  const list = useId();
  const maySearch = useMissing("postings:read") === undefined;
  const query = typed.trim();
  const number = /^#?(\d{1,15})$/.exec(query)?.[1];
  const results = [
    ...(number === undefined ? [] : [{ key: "run", label: text.frame.run(number), go: () => navigate({ to: "/runs/$run", params: { run: number } }) }]),
    ...(kinds.data ?? [])
      .filter((kind) => number === undefined && query !== "" && kind.name.toLowerCase().includes(query.toLowerCase()))
      .slice(0, 8)
      .map((kind) => ({ key: kind.name, label: text.frame.runsOfKind(kind.name), go: () => navigate({ to: "/runs", search: { kind: kind.name } }) })),
    ...(query === "" || number !== undefined || !maySearch ? [] : [{ key: "postings", label: text.frame.postingsWith(query), go: () => navigate({ to: "/postings", search: { q: query } }) }]),
  ];
  const open = focused && query !== "";
  const choose = (index: number) => {
    const result = results[index];
    if (result === undefined) return;
    setTyped("");
    document.getElementById("search")?.blur();
    void result.go();
  };
  const key = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "ArrowDown") setActive(Math.min(active + 1, results.length - 1));
    else if (event.key === "ArrowUp") setActive(Math.max(active - 1, 0));
    else if (event.key === "Enter") choose(active);
    else if (event.key === "Escape") event.currentTarget.blur();
    else return;
    event.preventDefault();
  };
  return (
    <div className={styles.search} role="search">
      <div className={styles.field}>
        <Icon name="search" size={16} />
        <input
          id="search"
          role="combobox"
          aria-label={text.frame.searchShort}
          aria-expanded={open}
          aria-controls={list}
          aria-activedescendant={open && results.length > 0 ? `${list}-${active}` : undefined}
          placeholder={text.frame.search}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setActive(0);
          }}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
          onKeyDown={key}
        />
        <kbd>/</kbd>
      </div>
      <div className={styles.results} hidden={!open}>
        <div id={list} role="listbox" aria-label={text.frame.searchResults}>
          {results.map((result, index) => (
            <div key={result.key} id={`${list}-${index}`} role="option" aria-selected={index === active} className={styles.result} onPointerDown={(event) => {
              event.preventDefault();
              choose(index);
            }}>
              <Icon name="runs" size={16} /><span className="cut">{shown(result.label, 100)}</span>
            </div>
          ))}
        </div>
        {results.length === 0 && <p className={styles.quiet} role="status">{text.frame.searchNothing}</p>}
      </div>
    </div>
  );
}
