/** How answers are kept. The hub refreshes what is live; nothing else is asked for behind the reader's back. */
import { QueryClient } from "@tanstack/react-query";

export const createQueryClient = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        retry: false,
        staleTime: 1000,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        // A browser's own idea of being offline is often wrong on a machine without internet.
        networkMode: "always",
      },
      mutations: { retry: false, networkMode: "always" },
    },
  });
