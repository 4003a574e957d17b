/** Hostile text in every component that shows text from elsewhere. */
import { describe, expect, it } from "vitest";
import { ProblemError } from "../api/problem";
import { HOSTILES, expectInert } from "../testing/hostile";
import { show } from "../testing/render";
import { ConfirmWithUndo } from "./ConfirmWithUndo";
import { CommandLine } from "./CommandLine";
import { DataTable } from "./DataTable";
import { FilterBar } from "./FilterBar";
import { IdChip } from "./IdChip";
import { LogView } from "./LogView";
import { ProblemAlert } from "./ProblemAlert";
import { Reason } from "./Reason";
import { JsonView, SchemaForm } from "./SchemaForm";
import { shown } from "./shown";
import { StateBadge } from "./StateBadge";
import { TaskMatrix } from "./TaskMatrix";
import { Timeline } from "./Timeline";

const nothing = () => undefined;

describe.each(HOSTILES)("%s text is inert", (_name, hostile) => {
  it("in a state badge", () => expectInert(show(<StateBadge state={hostile} />).container));
  it("in an id", () => expectInert(show(<IdChip id={hostile} label="id" />).container));
  it("in a reason", () => expectInert(show(<Reason state="failed" reason={hostile} />).container));
  it("in a problem", () => {
    const problem = { type: hostile, title: hostile, status: 400, code: hostile, detail: hostile, correlation_id: hostile, violations: [{ field: hostile, message: hostile }] };
    expectInert(show(<ProblemAlert error={new ProblemError(problem)} />).container);
  });
  it("in a table", () => {
    const columns = [{ id: "a", label: "A", width: "1fr", cell: (row: string) => shown(row), value: (row: string) => row }];
    expectInert(show(<DataTable label="t" columns={columns} rows={[hostile]} rowKey={() => "1"} rowLabel={() => "1"} onOpen={nothing} memory="t" />).container);
  });
  it("in a filter", () => {
    const facets = [{ name: "kind", label: "Kind", values: [{ value: hostile, label: hostile }] }];
    expectInert(show(<FilterBar facets={facets} filters={{ kind: [hostile] }} onChange={nothing} />).container);
  });
  it("in a log", () => {
    const chunks = [{ stream: "stdout", text: hostile, written_at: "2026-11-22T06:00:00Z" }];
    const { container } = show(<LogView chunks={chunks} live={false} name="a.log" />);
    expectInert(container);
    expect(container.textContent).not.toContain("javascript:");
  });
  it("in a timeline", () => expectInert(show(<Timeline label="t" now={2} spans={[{ key: "1", label: hostile, state: "failed", from: 0, to: 1, detail: hostile }]} />).container));
  it("in a task matrix", () => expectInert(show(<TaskMatrix cells={[{ index: 0, state: hostile, attempt: 1, detail: hostile }]} onOpen={nothing} />).container));
  it("in a form", () => {
    const schema = { type: "object", properties: { a: { type: "string", title: hostile, description: hostile } } };
    expectInert(show(<SchemaForm schema={schema} value={{}} onChange={nothing} />).container);
  });
  it("in a confirmation", () => {
    const { baseElement } = show(<ConfirmWithUndo label="Go" title="t" announce="a" onConfirm={nothing}>{shown(hostile)}</ConfirmWithUndo>);
    expectInert(baseElement);
  });
});

it.each(HOSTILES.filter(([name]) => name !== "long"))("%s text is inert as JSON", (_name, hostile) => {
  expectInert(show(<JsonView value={{ [hostile]: hostile }} label="v" />).container);
});

it("a command is shown as it is to be run", () => {
  expect(show(<CommandLine command="a  'b'" />).container.textContent).toContain("a  'b'");
});
