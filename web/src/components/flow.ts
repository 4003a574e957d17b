/** Where the steps of a graph stand: as far to the right as the longest way to them, one below the other. */

export interface FlowStep {
  name: string;
  needs: readonly string[];
  /** Steps of a later phase begin behind all of an earlier one. */
  phase: string;
}

export interface Place {
  column: number;
  row: number;
}

export interface Flow {
  places: ReadonlyMap<string, Place>;
  edges: readonly (readonly [from: string, to: string])[];
  columns: number;
  rows: number;
}

/** Needs that name nothing, or go in a circle, are left out: the server refuses both. */
export function layFlow(steps: readonly FlowStep[]): Flow {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const depths = new Map<string, number>();
  const open = new Set<string>();
  const depthOf = (step: FlowStep): number => {
    const known = depths.get(step.name);
    if (known !== undefined || open.has(step.name)) return known ?? 0;
    open.add(step.name);
    const before = step.needs.map((name) => byName.get(name)).filter((one) => one !== undefined && one.phase === step.phase) as FlowStep[];
    const depth = Math.max(0, ...before.map((one) => depthOf(one) + 1));
    open.delete(step.name);
    depths.set(step.name, depth);
    return depth;
  };
  const places = new Map<string, Place>();
  const heights: number[] = [];
  let begin = 0;
  for (const phase of new Set(steps.map((step) => step.phase))) {
    const own = steps.filter((step) => step.phase === phase);
    for (const step of own) {
      const column = begin + depthOf(step);
      const row = heights[column] ?? 0;
      heights[column] = row + 1;
      places.set(step.name, { column, row });
    }
    begin = heights.length;
  }
  const edges = steps.flatMap((step) => step.needs.filter((name) => byName.has(name)).map((name) => [name, step.name] as const));
  return { places, edges, columns: heights.length, rows: Math.max(0, ...heights) };
}
