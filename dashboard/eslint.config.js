import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  { ignores: ["node_modules", "eslint.config.js"] },
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  reactHooks.configs.flat["recommended-latest"],
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "max-lines": ["error", 300],
      complexity: ["error", { max: 10, variant: "modified" }],
    },
  },
  // What `make docs` writes is as long as it is.
  { files: ["src/client/*-types.ts"], rules: { "max-lines": "off" } },
  // In a component every && of the markup counts as a branch.
  { files: ["**/*.tsx"], rules: { complexity: "off" } },
);
