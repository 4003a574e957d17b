/** What is said beside charts. */
export const charts = {
  charts: {
    throughput: "Runs ended, by the hour", latency: "Wait for a worker, by the hour", most: (value: string) => `at most ${value}`,
    day: "the last 24 hours", part: (count: string, since: string) => `the last ${count} runs, since ${since}`, p50: "half stayed within", p95: "19 of 20 stayed within",
    numbers: "As numbers", numbersOf: (title: string) => `${title}, as numbers`, time: "From",
  },
};
