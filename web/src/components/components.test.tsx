/** What the small components promise. */
import { act, fireEvent, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { handleKey } from "../app/shortcuts";
import { Notices } from "../app/frame/Notices";
import { UNDO_FOR } from "../app/notices";
import { show } from "../testing/render";
import { ActionButton, ConfirmWithUndo } from "./ConfirmWithUndo";
import { Count } from "./Count";
import { DataTable } from "./DataTable";
import { EmptyState } from "./EmptyState";
import { FilterBar, parseFilter, type Filters } from "./FilterBar";
import { LogView } from "./LogView";
import { Page, Section, Split } from "./Page";
import { RelativeTime } from "./RelativeTime";
import { SchemaForm } from "./SchemaForm";
import type { Json } from "./schema";
import { LOOKS } from "./state";
import { StateBadge } from "./StateBadge";
import { TaskMatrix } from "./TaskMatrix";
import { Timeline } from "./Timeline";

const press = (key: string): void =>
  act(() => {
    document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  });

describe("states", () => {
  it("differ by shape and word, not only by color", () => {
    const seen = LOOKS.map((state) => {
      const { container, unmount } = show(<StateBadge state={state} />);
      const looks = [container.querySelector("svg")?.innerHTML, container.textContent];
      unmount();
      return looks;
    });
    expect(new Set(seen.map(([shape]) => shape)).size).toBe(LOOKS.length);
    expect(new Set(seen.map(([, word]) => word)).size).toBe(LOOKS.length);
  });

  it("of a newer server are shown by their name", () => {
    show(<StateBadge state="half_done" />);
    expect(screen.getByText("half done")).toBeTruthy();
  });
});

it("a count has separators", () => {
  show(<Count value={12345} />);
  expect(screen.getByText("12,345")).toBeTruthy();
});

describe("relative times", () => {
  it("carry the moment itself", () => {
    show(<RelativeTime at={new Date(Date.now() - 3 * 3_600_000).toISOString()} quiet />);
    const time = screen.getByText("3 h ago");
    expect(time.title).toMatch(/\d{4}/);
  });
  it("that are none are a dash", () => {
    show(<RelativeTime at="soon" />);
    expect(screen.getByText("–")).toBeTruthy();
  });
});

it("an empty place shows the next step", () => {
  show(<EmptyState title="No runs yet" command="metier jobs run x">What runs are.</EmptyState>);
  expect(screen.getByText("metier jobs run x")).toBeTruthy();
});

it("a page names itself in the tab", () => {
  show(<Page title="Runs"><Split side={<p>side</p>}><Section title="Part">body</Section></Split></Page>);
  expect(document.title).toBe("Runs · Metier");
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Runs");
});

describe("confirm with undo", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());
  const open = (work: () => void) => {
    show(<><ConfirmWithUndo label="Cancel runs" title="Cancel 2 runs?" announce="Cancelling" onConfirm={work}>What happens.</ConfirmWithUndo><Notices /></>);
    fireEvent.click(screen.getByRole("button", { name: "Cancel runs" }));
    fireEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Cancel runs" }));
  };
  it("does it when nobody takes it back", () => {
    const work = vi.fn();
    open(work);
    expect(work).not.toHaveBeenCalled();
    act(() => void vi.advanceTimersByTime(UNDO_FOR));
    expect(work).toHaveBeenCalledOnce();
  });
  it("does nothing when it is taken back", () => {
    const work = vi.fn();
    open(work);
    fireEvent.click(screen.getByText("Undo"));
    act(() => void vi.advanceTimersByTime(UNDO_FOR * 2));
    expect(work).not.toHaveBeenCalled();
  });
});

it("a button that cannot be pressed stays reachable and says why", () => {
  const work = vi.fn();
  show(<ActionButton label="Retry" disabledWhy="It has not ended." onClick={work} />);
  const button = screen.getByRole("button", { name: "Retry" });
  fireEvent.click(button);
  expect(work).not.toHaveBeenCalled();
  expect(button.getAttribute("aria-disabled")).toBe("true");
  expect(button.getAttribute("title") ?? button.getAttribute("aria-describedby")).toBeTruthy();
});

describe("filter bar", () => {
  const facets = [
    { name: "state", label: "State", many: true, values: [{ value: "failed", label: "failed" }, { value: "timed_out", label: "timed out" }], check: (value: string) => (value === "odd" ? "No such state." : undefined) },
    { name: "kind", label: "Kind" },
  ];
  function Bar() {
    const [filters, setFilters] = useState<Filters>({});
    return <><FilterBar facets={facets} filters={filters} onChange={setFilters} /><output>{JSON.stringify(filters)}</output></>;
  }
  it("makes chips of what is typed and takes them away again", async () => {
    show(<Bar />);
    const input = screen.getByRole("combobox");
    await userEvent.type(input, "state:failed{Enter}state:timed out{Enter}kind:a:b{Enter}");
    expect(document.querySelector("output")?.textContent).toBe('{"state":["failed","timed_out"],"kind":["a:b"]}');
    await userEvent.type(input, "{Backspace}");
    expect(document.querySelector("output")?.textContent).toBe('{"state":["failed","timed_out"],"kind":[]}');
  });
  it("offers names and values to the keyboard", async () => {
    show(<Bar />);
    await userEvent.type(screen.getByRole("combobox"), "st{Enter}{ArrowDown}{Enter}");
    expect(document.querySelector("output")?.textContent).toBe('{"state":["timed_out"]}');
  });
  it("says what is wrong", () => {
    expect(parseFilter("state:odd", facets)).toBe("No such state.");
    expect(parseFilter("owner:me", facets)).toContain("state:");
    expect(parseFilter("kind: ", facets)).toContain("kind");
  });
});

describe("table", () => {
  const columns = [{ id: "n", label: "N", width: "1fr", cell: (row: number) => `row ${row}`, value: (row: number) => row }];
  function Table({ count, onOpen = () => undefined, load = () => undefined }: { count: number; onOpen?: (row: number) => void; load?: () => void }) {
    const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
    const rows = Array.from({ length: count }, (_, index) => index);
    return (
      <>
        <DataTable label="Rows" columns={columns} rows={rows} rowKey={String} rowLabel={(row) => `row ${row}`} onOpen={onOpen} selection={{ keys, onChange: setKeys }} memory="test" more={{ has: true, loading: false, load }} />
        <output>{[...keys].join()}</output>
      </>
    );
  }
  beforeEach(() => document.addEventListener("keydown", handleKey));
  afterEach(() => document.removeEventListener("keydown", handleKey));

  it("draws a screenful of ten thousand rows", () => {
    show(<Table count={10_000} />);
    const drawn = screen.getAllByRole("row").length;
    expect(drawn).toBeGreaterThan(10);
    expect(drawn).toBeLessThan(60);
  });
  it("is walked, selected and opened by keys", () => {
    const onOpen = vi.fn();
    show(<Table count={5} onOpen={onOpen} />);
    ["j", "j", "x", "j", "x", "k", "Enter"].forEach(press);
    expect(document.querySelector("output")?.textContent).toBe("1,2");
    expect(onOpen).toHaveBeenCalledWith(1);
  });
  it("selects all rows and none", () => {
    show(<Table count={3} />);
    fireEvent.click(screen.getByLabelText("Select all rows"));
    expect(document.querySelector("output")?.textContent).toBe("0,1,2");
    fireEvent.click(screen.getByLabelText("Select all rows"));
    expect(document.querySelector("output")?.textContent).toBe("");
  });
  it("asks for more near its end, not before", () => {
    const [early, late] = [vi.fn(), vi.fn()];
    show(<Table count={1000} load={early} />);
    show(<Table count={10} load={late} />);
    expect(early).not.toHaveBeenCalled();
    expect(late).toHaveBeenCalled();
  });
});

describe("log", () => {
  const chunk = (text: string, stream = "stdout") => ({ stream, text, written_at: "2026-11-22T06:00:00Z" });
  it("is searched, also across colors", async () => {
    show(<LogView chunks={[chunk("one\n\u001b[31mt\u001b[0mwo\nthree two\n")]} live={false} name="a" />);
    await userEvent.type(screen.getByRole("searchbox"), "two");
    expect(screen.getByText("1 of 2")).toBeTruthy();
    await userEvent.type(screen.getByRole("searchbox"), "{Enter}");
    expect(screen.getByText("2 of 2")).toBeTruthy();
  });
  it("draws a screenful of many lines", () => {
    const { container } = show(<LogView chunks={[chunk("line\n".repeat(50_000))]} live={false} name="a" />);
    expect(container.querySelectorAll("[data-index]").length).toBeLessThan(200);
  });
});

it("a timeline says in words what its bars show", () => {
  show(<Timeline label="Attempts" now={9000} spans={[{ key: "1", label: "Attempt 1", state: "failed", from: 0, to: 2000 }, { key: "2", label: "Attempt 2", state: "running", from: 3000 }]} />);
  expect(screen.getByLabelText("Attempt 1: failed, took 2.0 s, began after 0 ms")).toBeTruthy();
  expect(screen.getByLabelText("Attempt 2: running, took 6.0 s, began after 3.0 s")).toBeTruthy();
});

describe("task matrix", () => {
  const cells = Array.from({ length: 5000 }, (_, index) => ({ index, state: index === 1 ? "failed" : "succeeded", attempt: index === 1 ? 3 : 1 }));
  it("draws what is in sight and opens what is pressed", () => {
    const onOpen = vi.fn();
    show(<TaskMatrix cells={cells} onOpen={onOpen} />);
    // By selector: queries by role or label look at each of the thousands of elements, for seconds.
    const drawn = document.querySelectorAll("[role=gridcell]").length;
    expect(drawn).toBeGreaterThan(100);
    expect(drawn).toBeLessThan(2500);
    const second = document.querySelector("[data-place='1']");
    expect(second?.getAttribute("aria-label")).toBe("Task 1, failed, attempt 3");
    fireEvent.click(second as Element);
    expect(onOpen).toHaveBeenCalledWith(1);
  });
  it("is walked by arrows with one stop for the tab key", () => {
    show(<TaskMatrix cells={cells.slice(0, 10)} onOpen={() => undefined} />);
    fireEvent.keyDown(screen.getByRole("grid"), { key: "ArrowRight" });
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Task 1, failed, attempt 3");
    expect(document.querySelectorAll("[data-place][tabindex='0']").length).toBe(1);
  });
});

describe("form from a schema", () => {
  const schema = {
    type: "object", required: ["name", "size"], additionalProperties: false,
    properties: {
      name: { type: "string", minLength: 2 }, size: { type: "integer", minimum: 1 }, loud: { type: "boolean" }, mode: { enum: ["a", "b"] },
      tags: { type: "array", items: { type: "string" } }, nested: { type: "object", properties: { deep: { type: "number" } } },
    },
  };
  function Form() {
    const [value, setValue] = useState<Json>({});
    return <><SchemaForm schema={schema} value={value} onChange={setValue} /><output>{JSON.stringify(value)}</output></>;
  }
  const value = () => JSON.parse(document.querySelector("output")?.textContent ?? "") as Json;
  it("makes the value that the schema describes", async () => {
    show(<Form />);
    await userEvent.type(screen.getByLabelText(/^name/), "Ada");
    await userEvent.type(screen.getByLabelText(/^size/), "12");
    await userEvent.click(screen.getByLabelText("loud"));
    await userEvent.click(screen.getByRole("button", { name: "Add to tags" }));
    await userEvent.type(screen.getByLabelText(/^tags 1/), "x");
    await userEvent.type(screen.getByLabelText("deep"), "1.5");
    expect(value()).toEqual({ name: "Ada", size: 12, loud: true, tags: ["x"], nested: { deep: 1.5 } });
  });
  it("says what is wrong at the field", async () => {
    show(<Form />);
    await userEvent.type(screen.getByLabelText(/^name/), "A");
    await userEvent.type(screen.getByLabelText(/^size/), "0");
    expect(screen.getByText("must have 2 characters or more")).toBeTruthy();
    expect(screen.getByText("must be 1 or more")).toBeTruthy();
  });
  it("keeps the value when switching to JSON and refuses what is none", async () => {
    show(<Form />);
    await userEvent.type(screen.getByLabelText(/^name/), "Ada");
    await userEvent.click(screen.getByRole("button", { name: "JSON" }));
    const box = screen.getByRole("textbox");
    expect((box as HTMLTextAreaElement).value).toContain('"Ada"');
    fireEvent.change(box, { target: { value: '{"name": ' } });
    expect(screen.getByText(/not JSON yet/)).toBeTruthy();
    fireEvent.change(box, { target: { value: '{"name":"Bo","odd":1}' } });
    expect(screen.getByText(/is not known here/)).toBeTruthy();
  });
});
