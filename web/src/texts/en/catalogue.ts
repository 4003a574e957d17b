/** What is said about products and their categories. */

export const catalogue = {
  products: {
    title: "Products", tabs: { products: "Products", categories: "Categories" },
    columns: { name: "Product", category: "Category", price: "Price", base: "Before surcharge", rating: "Rating", stock: "Stock", changed: "Changed" },
    facets: { name: "Name", category: "Category", in_stock: "In stock" }, inStock: { true: "in stock", false: "sold out" },
    sort: "Order", sorts: { name: "By name", price: "Cheapest first", "-price": "Dearest first", "-created_at": "Newest first" },
    add: "Add a product", change: "Change", save: "Save", saved: (name: string) => `${name} is saved`, added: (name: string) => `${name} is added`,
    remove: "Delete", removeTitle: (name: string) => `Delete ${name}?`, removeWhat: "It is gone for everybody. Nothing keeps a copy.", removing: (name: string) => `Deleting ${name}`, removed: (name: string) => `${name} is deleted`,
    empty: "No products yet", emptyWhat: "Products can be added here, one by one, or many at once by a run of the kind load-products.",
    noMatch: "No product matches", noMatchWhat: "Take a filter away.",
    name: "Name", category: "Category", price: "Price before the surcharge", stock: "How many there are", rating: "Rating, 0 to 5", description: "Description",
    surcharge: "Surcharge", total: "Price", facts: { added: "Added", changed: "Changed" }, again: "Load it anew",
  },
  categories: {
    columns: { name: "Category", surcharge: "Surcharge", changed: "Changed", action: "Action" },
    add: "Add a category", change: "Change", name: "Name", surcharge: "Surcharge in percent", surchargeHelp: "Added to the price of each of its products.",
    empty: "No categories yet", emptyWhat: "A category gives its products a surcharge.",
    changeTitle: (name: string) => `Surcharge of ${name}`, saved: (name: string) => `${name} is saved`, added: (name: string) => `${name} is added`,
    remove: "Delete", removeTitle: (name: string) => `Delete ${name}?`, removeWhat: "Only a category that no product names can be deleted.", removing: (name: string) => `Deleting ${name}`, removed: (name: string) => `${name} is deleted`,
  },
};
