/** Captured output: colors of a terminal, search, follow, wrap, download. Of any length; only what is in sight is drawn. */
import { useEffect, useMemo, useRef, useState } from "react";
import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import { useVirtualizer } from "@tanstack/react-virtual";
import { text } from "../texts";
import { withoutAnsi } from "./ansi";
import { download } from "./exporting";
import { Icon } from "./Icon";
import { lastDrawing, toLines, type LogChunk } from "./logLines";
import { LogText } from "./LogText";
import styles from "./LogView.module.css";

interface Props {
  chunks: readonly LogChunk[];
  /** More may come. */
  live: boolean;
  /** Name of the file to download. */
  name: string;
}

const LINE = 20;
const NEAR = 24;

export function LogView({ chunks, live, name }: Props) {
  const lines = useMemo(() => toLines(chunks), [chunks]);
  const [wrap, setWrap] = useState(true);
  const [follow, setFollow] = useState(live);
  const [query, setQuery] = useState("");
  const [match, setMatch] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => LINE, overscan: 20 });
  const needle = query.trim().toLowerCase();
  const matches = useMemo(
    () => (needle === "" ? [] : lines.flatMap((line, index) => (withoutAnsi(line.text).toLowerCase().includes(needle) ? [index] : []))),
    [lines, needle],
  );
  const current = matches[match % Math.max(1, matches.length)];

  useEffect(() => virtual.measure(), [virtual, wrap]);
  useEffect(() => {
    if (follow && lines.length > 0) virtual.scrollToIndex(lines.length - 1, { align: "end" });
  }, [virtual, follow, lines.length]);
  useEffect(() => {
    if (current !== undefined) virtual.scrollToIndex(current, { align: "center" });
  }, [virtual, current]);

  const step = (by: number) => {
    setFollow(false);
    setMatch((match + by + matches.length) % Math.max(1, matches.length));
  };
  return (
    <section className={styles.view} aria-label={text.log.label}>
      <div className={styles.tools} role="toolbar" aria-label={text.log.tools}>
        <input
          className={styles.search}
          type="search"
          value={query}
          placeholder={text.log.search}
          aria-label={text.log.search}
          onChange={(event) => {
            setQuery(event.target.value);
            setMatch(0);
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
          }}
        />
        <span className={styles.found} role="status">{needle === "" ? "" : text.log.found(matches.length === 0 ? 0 : match + 1, matches.length)}</span>
        <IconButton onClick={() => step(-1)} disabled={matches.length === 0} aria-label={text.log.previous}><Icon name="up" /></IconButton>
        <IconButton onClick={() => step(1)} disabled={matches.length === 0} aria-label={text.log.next}><Icon name="down" /></IconButton>
        <span className={styles.space} />
        <label className={styles.option}><input type="checkbox" checked={follow} onChange={(event) => setFollow(event.target.checked)} /> {text.log.follow}</label>
        <label className={styles.option}><input type="checkbox" checked={wrap} onChange={(event) => setWrap(event.target.checked)} /> {text.log.wrap}</label>
        <Button variant="outlined" startIcon={<Icon name="download" size={16} />} onClick={() => download(name, "text/plain", chunks.map((chunk) => chunk.text).join(""))}>
          {text.log.download}
        </Button>
      </div>
      <div
        ref={scroller}
        className={styles.scroller}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={text.log.label}
        onWheel={(event) => {
          if (event.deltaY < 0) setFollow(false);
        }}
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          if (live && !follow && needle === "" && scrollHeight - scrollTop - clientHeight < NEAR && scrollTop > 0) setFollow(true);
        }}
      >
        <div className={styles.lines} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index];
            if (line === undefined) return null;
            return (
              <div
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className={`${styles.line} ${wrap ? styles.wrap : ""} ${item.index === current ? styles.current : ""}`}
                data-stream={line.stream}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <span className={styles.number} aria-hidden="true" title={line.at}>{line.number}</span>
                <span className={styles.text}><LogText line={lastDrawing(line.text)} needle={needle} /></span>
              </div>
            );
          })}
        </div>
      </div>
    </section>
  );
}
