/** Our own few icons: strokes on a 20-unit square, drawn in the color of the text around them. */
const PATHS = {
  runs: "M4 5h12M4 10h8M4 15h5M15 11l3 2.5-3 2.5z",
  person: "M10 10.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM3.8 16.5c.8-2.7 3.2-4 6.2-4s5.4 1.3 6.2 4",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l4 4",
  pause: "M7 5v10M13 5v10",
  play: "M7 4.5l8 5.5-8 5.5z",
  refresh: "M16 10a6 6 0 1 1-1.8-4.3M16 3.5V7h-3.5",
  download: "M10 3.5v8.5M6.5 9l3.5 3.5L13.5 9M4 16h12",
  columns: "M4 4.5h12v11H4zM8 4.5v11M12 4.5v11",
  copy: "M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3",
  check: "M4.5 10.5l3.5 3.5 7.5-8",
  close: "M5.5 5.5l9 9M14.5 5.5l-9 9",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  left: "M12 5l-5 5 5 5",
  right: "M8 5l5 5-5 5",
  down: "M5 8l5 5 5-5",
  up: "M5 12l5-5 5 5",
  warning: "M10 3.5L17.5 16h-15zM10 8.5v3.2M10 13.8h.01",
  help: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM8 8.2c.2-1.2 1-1.8 2-1.8 1.2 0 2 .7 2 1.8 0 1.5-2 1.5-2 3M10 13.7h.01",
  menu: "M4 6h12M4 10h12M4 14h12",
  add: "M10 4.5v11M4.5 10h11",
  retry: "M4 10a6 6 0 1 0 1.8-4.3M4 3.5V7h3.5",
  stop: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM5.2 5.2l9.6 9.6",
  filter: "M3.5 5h13M6 10h8M8.5 15h3",
  sun: "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1",
  bookmark: "M6 3.5h8v13l-4-3-4 3z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "more" ? 2.4 : 1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
