/** What was found, as a list of any length: only what is in sight is in the page. */
import { useEffect, useId, useRef } from "react";
import { useVirtualizer } from "@tanstack/react-virtual";
import type { SearchHit } from "../../api/types";
import { useShortcuts } from "../../app/shortcuts";
import { rememberedScroll, rememberScroll } from "../../components/scrollMemory";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { textIn } from "../../components/read";
import { text } from "../../texts";
import { MarkedText } from "./MarkedText";
import styles from "./postings.module.css";
import { placesOf } from "./reading";

const words = text.postings;
const HEIGHT = 84;
const NEAR_END = 12;

interface Props {
  hits: readonly SearchHit[];
  open: string | undefined;
  onOpen: (hit: SearchHit) => void;
  more: { has: boolean; loading: boolean; load: () => void };
  memory: string;
}

export function Results({ hits, open, onOpen, more, memory }: Props) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: hits.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    overscan: 8,
    initialOffset: () => rememberedScroll(memory),
    getItemKey: (index) => hits[index]?.posting.id ?? index,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (more.has && !more.loading && last >= hits.length - NEAR_END) more.load();
  }, [more, last, hits.length]);
  const at = hits.findIndex((hit) => hit.posting.id === open);
  const go = (index: number) => {
    const hit = hits[Math.max(0, Math.min(hits.length - 1, index))];
    if (hit === undefined) return;
    virtual.scrollToIndex(hits.indexOf(hit), { align: "auto" });
    onOpen(hit);
  };
  const group = words.title;
  useShortcuts([
    { keys: "j", label: words.next, group, run: () => go(at + 1) },
    { keys: "k", label: words.previous, group, run: () => go(at - 1) },
    { keys: "ArrowDown", label: words.next, group, run: () => go(at + 1) },
    { keys: "ArrowUp", label: words.previous, group, run: () => go(at - 1) },
  ]);
  const isActiveThere = items.some((item) => item.index === at);
  return (
    <div ref={scroller} className={styles.results} role="listbox" tabIndex={0} aria-label={words.list} aria-activedescendant={isActiveThere ? `${id}-${at}` : undefined} onScroll={(event) => rememberScroll(memory, event.currentTarget.scrollTop)}>
      <div className={styles.rows} role="presentation" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const hit = hits[item.index];
          if (hit === undefined) return null;
          return (
            <div key={item.key} id={`${id}-${item.index}`} role="option" aria-selected={item.index === at} aria-setsize={more.has ? -1 : hits.length} aria-posinset={item.index + 1} className={styles.result} style={{ transform: `translateY(${item.start}px)` }} onClick={() => onOpen(hit)}>
              <Hit hit={hit} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Hit({ hit }: { hit: SearchHit }) {
  const company = textIn(hit.posting, "company");
  const places = placesOf(hit.posting);
  const published = textIn(hit.posting, "published_at");
  return (
    <>
      <h3 className="cut"><MarkedText marked={hit.title} /></h3>
      <p className="cut">
        {company && shown(company, 120)}{company && places && " · "}{places && shown(places, 120)}{published && <> · <RelativeTime at={published} quiet /></>}
      </p>
      <p className="cut"><MarkedText marked={hit.snippet} /></p>
    </>
  );
}
