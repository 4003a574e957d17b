/** Steps that need one another, as a graph: boxes to press and lines between them. */
import { layFlow, type FlowStep, type Place } from "./flow";
import styles from "./FlowGraph.module.css";
import { shown } from "./shown";
import { wordOf } from "./state";
import { StateGlyph } from "./StateBadge";

export interface GraphStep extends FlowStep {
  /** What it does, in a word or two. */
  does: string;
  /** How it stands, when it is one of a run. */
  state?: string | undefined;
}

interface Props {
  label: string;
  steps: readonly GraphStep[];
  open?: string | undefined;
  onOpen?: (name: string) => void;
}

const WIDTH = 188;
const HEIGHT = 56;
const GAP_X = 48;
const GAP_Y = 16;

const xOf = ({ column }: Place): number => column * (WIDTH + GAP_X);
const yOf = ({ row }: Place): number => row * (HEIGHT + GAP_Y);

export function FlowGraph({ label, steps, open, onOpen }: Props) {
  const { places, edges, columns, rows } = layFlow(steps);
  const width = columns * (WIDTH + GAP_X) - GAP_X;
  const height = rows * (HEIGHT + GAP_Y) - GAP_Y;
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
      <div className={styles.plane} style={{ width, height }}>
        <svg width={width} height={height} className={styles.lines} aria-hidden="true">
          {edges.map(([from, to]) => <Line key={`${from} ${to}`} from={places.get(from)} to={places.get(to)} />)}
        </svg>
        <ol>
          {steps.map((step) => {
            const place = places.get(step.name);
            return place && (
              <li key={step.name} className={styles.place} style={{ left: xOf(place), top: yOf(place), width: WIDTH, height: HEIGHT }}>
                {onOpen === undefined
                  ? <div className={styles.step}><StepText step={step} /></div>
                  : <button type="button" className={styles.step} data-state={step.state} aria-current={open === step.name} aria-label={labelOf(step)} onClick={() => onOpen(step.name)}><StepText step={step} /></button>}
              </li>
            );
          })}
        </ol>
      </div>
    </div>
  );
}

function StepText({ step }: { step: GraphStep }) {
  return (
    <>
      <span className={styles.name}>{step.state !== undefined && <StateGlyph state={step.state} />}<b className="cut">{shown(step.name, 60)}</b></span>
      <small className="cut">{shown(step.does, 80)}</small>
    </>
  );
}

const labelOf = (step: GraphStep): string => [shown(step.name, 60), step.state && wordOf(step.state), shown(step.does, 80)].filter(Boolean).join(", ");

function Line({ from, to }: { from: Place | undefined; to: Place | undefined }) {
  if (from === undefined || to === undefined) return null;
  const [x1, y1, x2, y2] = [xOf(from) + WIDTH, yOf(from) + HEIGHT / 2, xOf(to), yOf(to) + HEIGHT / 2];
  const bend = Math.max(20, (x2 - x1) / 2);
  return <path d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`} />;
}
