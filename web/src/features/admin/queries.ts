/** What the pages for administrators ask the API. */
import { queryOptions } from "@tanstack/react-query";
import { api, sessionFetch, take } from "../../api/client";
import { polled } from "../../api/live";
import { pagesQuery } from "../../api/pages";
import { takeTagged } from "../../api/tagged";
import type { ApiKey, NewRole, NewUser, Role, RoleChange, User, UserChange } from "../../api/types";

export interface PeopleQuery {
  q?: string;
  role?: string;
  disabled?: string;
}

export const usersQuery = (query: PeopleQuery) =>
  pagesQuery<User>(["users", "pages", query], (after) => take(api.GET("/api/v1/users", { params: { query: { ...query, limit: 100, ...after } } })));

export const userQuery = (id: string) =>
  queryOptions({ queryKey: ["users", "one", id], queryFn: () => takeTagged(api.GET("/api/v1/users/{id}", { params: { path: { id } } })) });

export const addUser = (body: NewUser) => take(api.POST("/api/v1/users", { body }));
export const changeUser = (id: string, tag: string, body: UserChange) => take(api.PATCH("/api/v1/users/{id}", { params: { path: { id }, header: { "If-Match": tag } }, body }));
export const deleteUser = (id: string, tag: string) => take(api.DELETE("/api/v1/users/{id}", { params: { path: { id }, header: { "If-Match": tag } } }));

export const rolesQuery = pagesQuery<Role>(["roles", "pages"], (after) => take(api.GET("/api/v1/roles", { params: { query: { limit: 100, ...after } } })));
export const getRole = (name: string) => takeTagged(api.GET("/api/v1/roles/{name}", { params: { path: { name } } }));
export const addRole = (body: NewRole) => take(api.POST("/api/v1/roles", { body }));
export const changeRole = (name: string, tag: string, body: RoleChange) => take(api.PATCH("/api/v1/roles/{name}", { params: { path: { name }, header: { "If-Match": tag } }, body }));

/** The list holds no versions: the row is read once more for the one it has now. */
export async function deleteRole(name: string): Promise<void> {
  const { tag } = await getRole(name);
  await take(api.DELETE("/api/v1/roles/{name}", { params: { path: { name }, header: { "If-Match": tag } } }));
}

export const allKeysQuery = pagesQuery<ApiKey>(["api-keys", "everyone"], (after) => take(api.GET("/api/v1/api-keys", { params: { query: { owner: "all", limit: 100, ...after } } })));
export const revokeKey = (id: string) => take(api.DELETE("/api/v1/api-keys/{id}", { params: { path: { id } } }));

export const indexQuery = queryOptions({ queryKey: ["postings", "index"], queryFn: () => take(api.GET("/api/v1/postings/index")), meta: { live: polled } });
export const recount = () => take(api.POST("/api/v1/system/recount"));
export const rotateKeys = () => take(api.POST("/api/v1/signing-keys/rotate"));

/** Health is said beside the API, in a shape its description leaves open. An answer that is not "ok" is an answer too. */
export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: async (): Promise<unknown> => (await sessionFetch(new Request(new URL("/health", window.location.origin)))).json(),
  meta: { live: polled },
});
