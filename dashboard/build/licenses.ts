/** Lists the packages whose code ends up in the bundle, with their licences, at every build. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RULE = "-".repeat(80);

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly source: string;
  readonly text: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly homepage?: string;
  readonly repository?: string | { readonly url?: string };
}

/** One list shared by the page's build and the worker's: `collector` fills it, `writer` writes it. */
export function licenseList(options: { readonly always: readonly string[] }) {
  const folders = new Set(options.always.map((name) => join(ROOT, "node_modules", name)));

  const collector = (): Plugin => ({
    name: "licence-collector",
    apply: "build",
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        for (const id of chunk.moduleIds) {
          const folder = packageFolder(id);
          if (folder) folders.add(folder);
        }
      }
    },
  });

  const writer = (): Plugin => ({
    name: "licence-writer",
    apply: "build",
    enforce: "post",
    generateBundle() {
      const packages = [...folders].map(readPackage).sort((a, b) => (a.name < b.name ? -1 : 1));
      writeFileSync(join(ROOT, "LICENSES.md"), asMarkdown(packages));
      this.emitFile({ type: "asset", fileName: "licenses.txt", source: asText(packages) });
    },
  });

  return { collector, writer };
}

function packageFolder(moduleId: string): string | null {
  const match = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/?]+)/.exec(moduleId);
  return match?.[1] ?? null;
}

function readPackage(folder: string): Package {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const { name = "", version = "", license = "unknown", homepage, repository } = manifest;
  const address = typeof repository === "string" ? repository : repository?.url;
  const source = asAddress(address ?? homepage ?? "");
  return { name, version, license, source, text: licenseText(folder) };
}

/** npm also takes `owner/name` for a repository on GitHub. */
function asAddress(repository: string): string {
  const address = repository.replace(/^git\+/, "").replace(/\.git$/, "");
  return /^[\w-]+\/[\w.-]+$/.test(address) ? `https://github.com/${address}` : address;
}

function licenseText(folder: string): string {
  const file = readdirSync(folder)
    .filter((name) => /^licen[cs]e/i.test(name))
    .sort()[0];
  if (file === undefined) return "The package comes without the text of its licence.";
  return readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
}

function asMarkdown(packages: readonly Package[]): string {
  const rows = packages.map((p) => `| ${p.name} | ${p.version} | ${p.license} | ${p.source} |`);
  return [
    "# What ships in the bundle",
    "",
    "Written by `npm run build`. The full texts are in `api/static/licenses.txt`.",
    "",
    "| package | version | licence | source |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function asText(packages: readonly Package[]): string {
  const sections = packages.map((p) =>
    [RULE, `${p.name} ${p.version} (${p.license})`, `source: ${p.source}`, "", p.text, ""].join("\n"),
  );
  return ["The dashboard contains code of these packages.", "", ...sections].join("\n");
}
