/**
 * Amounts over time as stacked bars, drawn for the eye, and the same as a table for everybody who cannot see or wants
 * the numbers.
 */
import { useId } from "react";
import styles from "./Bars.module.css";
import { text } from "../texts";

export interface BarPart {
  /** What it counts, for the legend and the table. */
  label: string;
  color: string;
}

export interface Bar {
  key: number;
  /** When, in words. */
  label: string;
  /** As many as there are parts. */
  values: readonly number[];
}

interface Props {
  title: string;
  parts: readonly BarPart[];
  bars: readonly Bar[];
  format: (value: number) => string;
  /** What stands below, such as the time it covers. */
  note: string;
  /** One on the other, or side by side from the same ground. */
  stacked?: boolean;
}

const WIDTH = 480;
const HEIGHT = 96;

export function Bars({ title, parts, bars, format, note, stacked = false }: Props) {
  const id = useId();
  const sizeOf = ({ values }: Bar) => (stacked ? values.reduce((sum, value) => sum + value, 0) : Math.max(0, ...values));
  const most = Math.max(...bars.map(sizeOf), 0);
  const step = WIDTH / Math.max(1, bars.length);
  return (
    <figure className={styles.figure} aria-labelledby={id}>
      <figcaption id={id} className={styles.caption}><h2>{title}</h2><span>{most > 0 && text.charts.most(format(most))}</span></figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className={styles.plot} aria-hidden="true">
        <path d={`M0 ${HEIGHT - 0.5}H${WIDTH}M0 0.5H${WIDTH}`} className={styles.ground} />
        {most > 0 && bars.map((bar, index) => <Column key={bar.key} bar={bar} parts={parts} x={index * step} width={step} scale={(HEIGHT - 4) / most} stacked={stacked} format={format} />)}
      </svg>
      <div className={styles.foot}>
        <ul className={styles.legend}>{parts.map((part) => <li key={part.label}><i style={{ background: part.color }} />{part.label}</li>)}</ul>
        <span>{note}</span>
      </div>
      <details className={styles.numbers}>
        <summary>{text.charts.numbers}</summary>
        <div className={styles.scroll} tabIndex={0} role="region" aria-label={text.charts.numbersOf(title)}>
          <table>
            <thead><tr><th scope="col">{text.charts.time}</th>{parts.map((part) => <th key={part.label} scope="col">{part.label}</th>)}</tr></thead>
            <tbody>{bars.map((bar) => <tr key={bar.key}><th scope="row">{bar.label}</th>{bar.values.map((value, index) => <td key={index}>{format(value)}</td>)}</tr>)}</tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

interface ColumnProps {
  bar: Bar;
  parts: readonly BarPart[];
  x: number;
  width: number;
  scale: number;
  stacked: boolean;
  format: (value: number) => string;
}

function Column({ bar, parts, x, width, scale, stacked, format }: ColumnProps) {
  const said = parts.map((part, index) => `${part.label}: ${format(bar.values[index] ?? 0)}`).join("\n");
  let below = 0;
  return (
    <g>
      <title>{`${bar.label}\n${said}`}</title>
      {bar.values.map((value, index) => {
        const height = value > 0 ? Math.max(1.5, value * scale) : 0;
        const from = HEIGHT - 1 - height - (stacked ? below : 0);
        if (stacked) below += height;
        return <rect key={index} x={x + width * 0.12} width={width * 0.76} y={from} height={height} fill={parts[index]?.color} />;
      })}
      <rect x={x} y={0} width={width} height={HEIGHT} fill="transparent" />
    </g>
  );
}
