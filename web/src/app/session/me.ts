/** Who is signed in and what they may do. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { text } from "../../texts";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => take(api.GET("/api/v1/auth/me")),
  staleTime: 5 * 60_000,
});

export const useMe = () => useQuery(meQuery).data;

/** Whether grants such as `runs:*` cover a permission such as `runs:cancel`. */
export function covers(grants: readonly string[], permission: string): boolean {
  const [resource, verb] = permission.split(":");
  return grants.some((grant) => {
    const [ofResource, ofVerb] = grant.split(":");
    return (ofResource === "*" || ofResource === resource) && (ofVerb === "*" || ofVerb === verb);
  });
}

/** Why a permission is missing, or nothing when it is there or not known yet: the server decides in the end. */
export function useMissing(permission: string): string | undefined {
  const me = useMe();
  return me === undefined || covers(me.grants, permission) ? undefined : text.common.needs(permission);
}
