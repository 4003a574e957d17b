/** What the compiler does not check. Every rule here is an error: warnings are read by nobody. */
import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const refusedImports = {
  paths: [{ name: "@mui/material", message: "Import the one component: @mui/material/Button." }],
  patterns: [{ group: ["@mui/icons-material*"], message: "Icons are our own: components/Icon." }],
};

/** What scripts and end-to-end tests find around them. */
const names = ["MutationObserver", "clearInterval", "setInterval", "requestAnimationFrame", "PerformanceObserver", "Node", "location", "process", "console", "URL", "fetch", "setTimeout", "clearTimeout", "localStorage", "matchMedia", "document", "window", "performance"];
const GLOBALS = Object.fromEntries(names.map((name) => [name, "readonly"]));

export default tseslint.config(
  { ignores: ["dist", "node_modules", ".local", "src/api/schema.d.ts"] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { "react-hooks": hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      "react-hooks/exhaustive-deps": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "no-restricted-imports": ["error", refusedImports],
      "no-restricted-syntax": [
        "error",
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Text from the server is inert." },
      ],
      eqeqeq: "error",
    },
  },
  {
    files: ["**/*.{js,mjs}"],
    ...tseslint.configs.disableTypeChecked,
    rules: { ...tseslint.configs.disableTypeChecked.rules, "@typescript-eslint/switch-exhaustiveness-check": "off", "@typescript-eslint/no-misused-promises": "off" },
    languageOptions: { parserOptions: { projectService: false }, globals: GLOBALS },
  },
);
