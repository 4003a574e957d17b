/** Which role has which right, as a table. */
import type { Role } from "../../api/types";

/** Every right that some role names, the stars of a resource first. */
export function rightsOf(roles: readonly Role[]): string[] {
  const named = new Set(roles.flatMap((role) => role.grants));
  const order = (right: string) => right.replace("*", "\u0000");
  return [...named].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}
