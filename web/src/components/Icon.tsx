/** Our own few icons: strokes on a 20-unit square, drawn in the color of the text around them. */
const PATHS = {
  runs: "M4 5h12M4 10h8M4 15h5M15 11l3 2.5-3 2.5z",
  home: "M3.5 9.5L10 4l6.5 5.5M5.5 8.5V16h9V8.5",
  jobs: "M4 7h12v8.5H4zM8 7V4.5h4V7M4 11h12",
  kinds: "M4 4h5v5H4zM11 11h5v5h-5zM13.5 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM6.5 11L9 16H4z",
  queues: "M4 4.5h12v3H4zM4 12.5h12v3H4zM6 10h8",
  workers: "M6 6h8v8H6zM8 3.5V6M12 3.5V6M8 14v2.5M12 14v2.5M3.5 8H6M3.5 12H6M14 8h2.5M14 12h2.5",
  postings: "M5 3.5h10v13H5zM7.5 7h5M7.5 10h5M7.5 13h3",
  sources: "M10 11.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM6.5 13.5a5 5 0 0 1 0-7M13.5 6.5a5 5 0 0 1 0 7M4.4 15.6a8 8 0 0 1 0-11.2M15.6 4.4a8 8 0 0 1 0 11.2",
  schedules: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4.2l2.8 1.8",
  upload: "M10 13V4M6.5 7L10 3.5 13.5 7M4 12.5v3.5h12v-3.5",
  limits: "M3.5 14a6.5 6.5 0 0 1 13 0M10 14l3-4.5M3.5 14h2M14.5 14h2",
  products: "M10 3.5l6.5 3.2v6.6L10 16.5l-6.5-3.2V6.7zM3.5 6.7L10 10l6.5-3.3M10 10v6.5",
  admin: "M10 3l6 2.2v4.6c0 3.6-2.5 6-6 7.2-3.5-1.2-6-3.6-6-7.2V5.2z",
  events: "M2.5 10h3.2l2-5.5 4 11 2.2-5.5h3.6",
  webhooks: "M8.6 6.2a2.7 2.7 0 1 1 3.9 2.4M11 5.5L7.6 12M6 10.4a2.7 2.7 0 1 0 2.3 4M8.5 14.2H14M12.2 11.4a2.7 2.7 0 1 1-.2 4.7M10.3 6.6l3.2 5",
  link: "M8 6H5.5a4 4 0 0 0 0 8H8M12 6h2.5a4 4 0 0 1 0 8H12M7 10h6",
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
