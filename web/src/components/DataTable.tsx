/**
 * A list of any length: only the rows in sight are in the page. Rows are chosen with the keyboard or by pressing,
 * columns by the reader; more rows come as the end nears.
 */
import { useCallback, useEffect, useId, useMemo, useRef, useState, type ReactNode } from "react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useDensity } from "../app/theme/preferences";
import { text } from "../texts";
import styles from "./DataTable.module.css";
import { rememberScroll, rememberedScroll } from "./scrollMemory";
import { useTableKeys } from "./tableKeys";
import { useWidth } from "./useWidth";

export interface Column<T> {
  id: string;
  label: string;
  /** A track of a CSS grid: `90px`, `minmax(120px, 1fr)`. */
  width: string;
  cell: (row: T) => ReactNode;
  /** The plain value, for export. */
  value: (row: T) => string | number | null | undefined;
  end?: boolean;
  /** The narrowest table that shows it. */
  from?: number;
  /** Not shown until chosen. */
  hidden?: boolean;
}

export interface Selection {
  keys: ReadonlySet<string>;
  onChange: (keys: ReadonlySet<string>) => void;
}

interface Props<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  rowLabel: (row: T) => string;
  onOpen: (row: T) => void;
  /** The row whose detail is beside the list. */
  openKey?: string | undefined;
  selection?: Selection;
  more?: { has: boolean; loading: boolean; load: () => void };
  /** Remembers the scroll under this name. */
  memory: string;
  onTop?: (isTop: boolean) => void;
}

const NEAR_END = 20;

export function DataTable<T>(props: Props<T>) {
  const { label, rows, selection, more, memory, onTop } = props;
  // What names a row is the same for as long as the table stands, also where it is written anew for each drawing: else
  // every frame of a scroll would measure every row there is.
  const [rowKey] = useState(() => props.rowKey);
  const keys = useMemo(() => rows.map(rowKey), [rows, rowKey]);
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const [density] = useDensity();
  const rowHeight = density === "dense" ? 36 : 44;
  const columns = props.columns.filter((column) => width === 0 || (column.from ?? 0) <= width);
  const places = columns.map((column, index) => placeOf(column, columns[index + 1]));
  const tracks = [selection && "36px", ...columns.map((column) => column.width)].filter(Boolean).join(" ");
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    initialOffset: () => rememberedScroll(memory),
    getItemKey: useCallback((index: number) => keys[index] ?? index, [keys]),
  });
  useEffect(() => virtual.measure(), [virtual, rowHeight]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (more?.has && !more.loading && last >= rows.length - NEAR_END) more.load();
  }, [more, last, rows.length]);
  const table = useTableKeys({ ...props, show: (index) => virtual.scrollToIndex(index, { align: "auto" }) });

  return (
    <div
      ref={scroller}
      className={styles.scroller}
      onScroll={(event) => {
        const top = event.currentTarget.scrollTop;
        rememberScroll(memory, top);
        onTop?.(top < rowHeight);
      }}
      tabIndex={0}
      role="grid"
      aria-label={label}
      aria-rowcount={more?.has ? -1 : rows.length + 1}
      aria-multiselectable={selection !== undefined}
      aria-activedescendant={table.active === undefined ? undefined : `${id}-${table.active}`}
    >
      <div role="row" aria-rowindex={1} className={styles.head} style={{ gridTemplateColumns: tracks }}>
        {selection && <AllRows rows={keys} selection={selection} />}
        {columns.map((column, index) => (
          <div key={column.id} role="columnheader" className={places[index]}>{column.label}</div>
        ))}
      </div>
      <div role="rowgroup" className={styles.rows} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const key = rowKey(row);
          const isSelected = selection?.keys.has(key) ?? false;
          return (
            <div
              key={key}
              id={`${id}-${item.index}`}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={selection ? isSelected : undefined}
              className={styles.row}
              data-active={item.index === table.active || undefined}
              data-open={key === props.openKey || undefined}
              style={{ gridTemplateColumns: tracks, height: item.size, transform: `translateY(${item.start}px)` }}
              onClick={(event) => table.press(event, item.index)}
            >
              {selection && (
                <div role="gridcell" className={styles.tick}>
                  <input
                    type="checkbox"
                    tabIndex={-1}
                    checked={isSelected}
                    onChange={() => table.toggle(item.index)}
                    aria-label={text.table.select(props.rowLabel(row))}
                  />
                </div>
              )}
              {columns.map((column, index) => (
                <div key={column.id} role="gridcell" className={`${styles.cell} ${places[index]}`}>
                  {column.cell(row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
      {more?.loading && <p className={styles.loading} role="status">{text.table.loading}</p>}
    </div>
  );
}

/** What stands at the end of its column keeps away from what stands at the start of the next. */
function placeOf(column: { end?: boolean }, next: { end?: boolean } | undefined): string {
  if (!column.end) return "";
  return next === undefined || next.end ? (styles.end ?? "") : `${styles.end} ${styles.apart}`;
}

function AllRows({ rows, selection }: { rows: readonly string[]; selection: Selection }) {
  const count = useMemo(() => rows.filter((key) => selection.keys.has(key)).length, [rows, selection.keys]);
  const all = rows.length > 0 && count === rows.length;
  return (
    <div role="columnheader" className={styles.tick}>
      <input
        type="checkbox"
        tabIndex={-1}
        checked={all}
        ref={(input) => {
          if (input) input.indeterminate = count > 0 && !all;
        }}
        onChange={() => selection.onChange(all ? new Set() : new Set(rows))}
        aria-label={text.table.selectAll}
      />
    </div>
  );
}
