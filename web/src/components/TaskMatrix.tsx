/**
 * Every task of a run as one square: color and shape by state, a dot when it took more than one attempt. Arrow keys
 * walk the squares; the line below says what the square is. Rows out of sight are not drawn.
 */
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { text } from "../texts";
import { shown } from "./shown";
import { colorOf, lookOf, wordOf } from "./state";
import { StateGlyph } from "./StateBadge";
import styles from "./TaskMatrix.module.css";
import { useWidth } from "./useWidth";

export interface Cell {
  index: number;
  state: string;
  attempt: number;
  detail?: string | undefined;
}

interface Props {
  cells: readonly Cell[];
  openIndex?: number | undefined;
  onOpen: (index: number) => void;
}

const SIZE = 22;

export function TaskMatrix({ cells, openIndex, onOpen }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const perRow = Math.max(1, Math.floor((width - 16) / SIZE) || 20);
  const rowCount = Math.ceil(cells.length / perRow);
  const virtual = useVirtualizer({ count: rowCount, getScrollElement: () => scroller.current, estimateSize: () => SIZE, overscan: 4 });
  const [at, setAt] = useState(() => Math.max(0, cells.findIndex((cell) => cell.index === openIndex)));
  const [hovered, setHovered] = useState<number>();
  const place = Math.min(at, cells.length - 1);
  const told = cells[hovered ?? place];
  const hasFocus = useRef(false);

  useEffect(() => {
    if (!hasFocus.current) return;
    virtual.scrollToIndex(Math.floor(place / perRow));
    scroller.current?.querySelector<HTMLElement>(`[data-place="${place}"]`)?.focus();
  }, [virtual, place, perRow]);

  const key = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: perRow, ArrowUp: -perRow, Home: -cells.length, End: cells.length };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    hasFocus.current = true;
    setHovered(undefined);
    setAt(Math.max(0, Math.min(cells.length - 1, place + step)));
  };
  return (
    <div className={styles.matrix}>
      <div ref={scroller} className={styles.scroller} role="grid" aria-label={text.matrix.label} aria-rowcount={rowCount} onKeyDown={key} onMouseLeave={() => setHovered(undefined)}>
        <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="rowgroup">
          {virtual.getVirtualItems().map((row) => (
            <div key={row.key} role="row" aria-rowindex={row.index + 1} className={styles.row} style={{ transform: `translateY(${row.start}px)` }}>
              {cells.slice(row.index * perRow, (row.index + 1) * perRow).map((cell, offset) => {
                const own = row.index * perRow + offset;
                return (
                  <div key={cell.index} role="gridcell" className={styles.slot}>
                    <button
                      type="button"
                      className={styles.cell}
                      data-place={own}
                      data-look={lookOf(cell.state)}
                      aria-current={cell.index === openIndex || undefined}
                      tabIndex={own === place ? 0 : -1}
                      style={{ color: colorOf(cell.state) }}
                      aria-label={nameOf(cell)}
                      onMouseEnter={() => setHovered(own)}
                      onFocus={() => setAt(own)}
                      onClick={() => onOpen(cell.index)}
                    >
                      <StateGlyph state={cell.state} size={12} />
                      {cell.attempt > 1 && <i className={styles.again} />}
                    </button>
                  </div>
                );
              })}
            </div>
          ))}
        </div>
      </div>
      <p className={styles.told}>
        {told !== undefined && (
          <>
            <b>{nameOf(told)}</b>
            {told.detail !== undefined && <span className="cut"> {shown(told.detail, 200)}</span>}
          </>
        )}
      </p>
    </div>
  );
}

const nameOf = (cell: Cell): string => text.matrix.cell(cell.index, wordOf(cell.state), cell.attempt);
