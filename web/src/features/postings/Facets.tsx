/** What the results can be narrowed by, with how many each choice would leave. */
import { useState } from "react";
import Button from "@mui/material/Button";
import type { SearchResults } from "../../api/types";
import { formatCount } from "../../components/format";
import { Icon } from "../../components/Icon";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import styles from "./postings.module.css";
import { countryOf, wordOfValue } from "./reading";
import { FACETS, isNarrowed, toggled, valuesOf, type FacetName, type PostingSearch } from "./search";

const words = text.postings;
const CHOICES_SHOWN = 8;
const SINCE = ["1d", "7d", "30d"] as const;

interface Props {
  search: PostingSearch;
  found: SearchResults | undefined;
  onChange: (next: { [K in keyof PostingSearch]?: string | undefined }) => void;
}

export function Facets({ search, found, onChange }: Props) {
  const [open, setOpen] = useState(false);
  const clear = () => onChange({ source: undefined, country: undefined, region: undefined, employment_type: undefined, remote: undefined, since: undefined });
  return (
    <>
      <div className={styles.narrow}>
        <Button variant="outlined" startIcon={<Icon name="filter" size={16} />} aria-expanded={open} onClick={() => setOpen(!open)}>{words.narrow}</Button>
      </div>
      <div className={styles.facets} data-open={open || undefined}>
        {isNarrowed(search) && <button type="button" className={styles.fold} onClick={clear}>{words.clear}</button>}
        <fieldset className={styles.facet}>
          <legend>{words.facets.since}</legend>
          {[undefined, ...SINCE].map((since) => (
            <label key={since ?? ""} className={styles.choice}>
              <input type="radio" name="since" checked={search.since === since} onChange={() => onChange({ since })} /><span>{words.since[since ?? "any"]}</span>
            </label>
          ))}
        </fieldset>
        {FACETS.map((name) => <Facet key={name} name={name} found={found?.facets[name] ?? []} chosen={valuesOf(search[name])} onToggle={(value) => onChange({ [name]: toggled(search[name], value) })} />)}
      </div>
    </>
  );
}

interface FacetProps {
  name: FacetName;
  found: readonly { value: string; count: number }[];
  chosen: readonly string[];
  onToggle: (value: string) => void;
}

function Facet({ name, found, chosen, onToggle }: FacetProps) {
  const [all, setAll] = useState(false);
  // A choice stays in sight when it leaves nothing, so that it can be taken back.
  const missing = chosen.filter((value) => !found.some((one) => one.value === value)).map((value) => ({ value, count: 0 }));
  const choices = [...missing, ...found];
  if (choices.length === 0) return null;
  const visible = all ? choices : choices.filter((one, index) => index < CHOICES_SHOWN || chosen.includes(one.value));
  const label = (value: string) => (name === "country" ? countryOf(value) : wordOfValue(value));
  return (
    <fieldset className={styles.facet}>
      <legend>{words.facets[name]}</legend>
      {visible.map(({ value, count }) => (
        <label key={value} className={styles.choice}>
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => onToggle(value)} />
          <span className="cut">{shown(label(value), 80)}</span><span className={styles.count}>{formatCount(count)}</span>
        </label>
      ))}
      {choices.length > CHOICES_SHOWN && <button type="button" className={styles.fold} onClick={() => setAll(!all)}>{all ? words.fewer : words.more(choices.length - visible.length)}</button>}
    </fieldset>
  );
}
