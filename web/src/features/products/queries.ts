/** What the page of products asks the API. */
import { queryOptions } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { pagesQuery } from "../../api/pages";
import { takeTagged } from "../../api/tagged";
import type { Category, NewProduct, Product } from "../../api/types";

export const SORTS = ["name", "price", "-price", "-created_at"] as const;
export type Sort = (typeof SORTS)[number];
export interface ProductQuery {
  category?: string;
  name?: string;
  in_stock?: string;
  sort?: Sort;
}

export const productsQuery = (query: ProductQuery) =>
  pagesQuery<Product>(["products", "pages", query], (after) => take(api.GET("/api/v1/products", { params: { query: { ...query, limit: 100, ...after } } })));

export const productQuery = (id: string) =>
  queryOptions({ queryKey: ["products", "one", id], queryFn: () => takeTagged(api.GET("/api/v1/products/{id}", { params: { path: { id } } })) });

export const addProduct = (key: string, body: NewProduct) => take(api.POST("/api/v1/products", { params: { header: { "Idempotency-Key": key } }, body }));
export const changeProduct = (id: string, tag: string, body: NewProduct) => take(api.PATCH("/api/v1/products/{id}", { params: { path: { id }, header: { "If-Match": tag } }, body }));
export const deleteProduct = (id: string, tag: string) => take(api.DELETE("/api/v1/products/{id}", { params: { path: { id }, header: { "If-Match": tag } } }));

export const categoriesQuery = pagesQuery<Category>(["categories", "pages"], (after) => take(api.GET("/api/v1/categories", { params: { query: { limit: 200, ...after } } })));

const getCategory = (id: string) => takeTagged(api.GET("/api/v1/categories/{id}", { params: { path: { id } } }));
export const categoryQuery = (id: string) => queryOptions({ queryKey: ["categories", "one", id], queryFn: () => getCategory(id) });

export const addCategory = (key: string, body: { name: string; surcharge_percent: string }) =>
  take(api.POST("/api/v1/categories", { params: { header: { "Idempotency-Key": key } }, body }));
export const changeCategory = (id: string, tag: string, surcharge_percent: string) =>
  take(api.PATCH("/api/v1/categories/{id}", { params: { path: { id }, header: { "If-Match": tag } }, body: { surcharge_percent } }));

/** The list holds no versions: the row is read once more for the one it has now. */
export async function deleteCategory(id: string): Promise<void> {
  const { tag } = await getCategory(id);
  await take(api.DELETE("/api/v1/categories/{id}", { params: { path: { id }, header: { "If-Match": tag } } }));
}
