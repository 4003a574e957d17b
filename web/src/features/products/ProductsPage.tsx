/** The catalogue: products, and the categories that give them a surcharge. */
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Page } from "../../components/Page";
import parts from "../../components/Parts.module.css";
import { text } from "../../texts";
import { Categories } from "./Categories";
import { Products } from "./Products";

const words = text.products;

export function ProductsPage() {
  const { tab } = useSearch({ from: "/frame/products" });
  const navigate = useNavigate();
  const shown = tab === "categories" ? "categories" : "products";
  return (
    <Page fill title={words.title}>
      <div className={parts.list} style={{ height: "100%" }}>
        <Tabs value={shown} onChange={(_, next: string) => void navigate({ to: "/products", search: next === "categories" ? { tab: next } : {} })} aria-label={words.title} sx={{ px: "var(--s4)" }}>
          <Tab value="products" label={words.tabs.products} id="tab-products" aria-controls="tabpanel" />
          <Tab value="categories" label={words.tabs.categories} id="tab-categories" aria-controls="tabpanel" />
        </Tabs>
        <div role="tabpanel" id="tabpanel" aria-labelledby={`tab-${shown}`} className={parts.list}>{shown === "products" ? <Products /> : <Categories />}</div>
      </div>
    </Page>
  );
}
