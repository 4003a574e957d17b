import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { expectInert, HOSTILES } from "../testing/hostile";
import { show } from "../testing/render";
import { layFlow } from "./flow";
import { FlowGraph } from "./FlowGraph";

const step = (name: string, needs: string[] = [], phase = "steps") => ({ name, needs, phase, does: name });

it("a step stands behind everything it needs, and a later phase behind every earlier one", () => {
  const { places, edges, columns, rows } = layFlow([step("a"), step("b", ["a"]), step("c", ["a"]), step("d", ["b", "c"]), step("tidy", ["a"], "finally")]);
  expect([...places.values()].map(({ column, row }) => [column, row])).toEqual([[0, 0], [1, 0], [1, 1], [2, 0], [3, 0]]);
  expect([edges.length, columns, rows]).toEqual([5, 4, 2]);
});

it("what goes in circles or names nothing is drawn all the same", () => {
  const { places } = layFlow([step("a", ["b"]), step("b", ["a"]), step("c", ["gone"])]);
  expect(places.size).toBe(3);
});

it("a step is opened by pressing it, and says how it stands", async () => {
  const onOpen = vi.fn();
  show(<FlowGraph label="g" steps={[{ ...step("load"), state: "failed" }]} onOpen={onOpen} />);
  await userEvent.click(screen.getByRole("button", { name: "load, failed, load" }));
  expect(onOpen).toHaveBeenCalledWith("load");
});

it.each(HOSTILES)("%s text in a graph is inert", (_name, hostile) => {
  expectInert(show(<FlowGraph label="g" steps={[{ name: hostile, needs: [hostile], phase: hostile, does: hostile, state: hostile }]} />).container);
});
