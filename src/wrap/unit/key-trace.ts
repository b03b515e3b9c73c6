// KACHE_LOG with the level "trace" for kache::cache_key: every input of a unit's key, a line each, for tools
// that compare two builds. `[key:<crate>] <input>=<value>`, at last `final=<16 hex>`. Only when asked.
import { closeFd, openAppend, writeAll } from "../../base/file.ts";
import { withoutSecrets } from "../../base/secret.ts";
import type { ResultKey } from "../../key/cache-key.ts";
import { type InputMember, readInputs } from "../../store/entry-inputs.ts";
import { STDERR } from "../call/caller.ts";
import type { Unit } from "./unit.ts";

const TARGET = "kache::cache_key";

/** Writes the inputs of a stored entry where they were asked for. */
export function traceKey(unit: Unit, key: ResultKey): void {
  const { env } = unit.invocation;
  const toStderr = isTraced(env["KACHE_LOG"]);
  const toFile = isTraced(env["KACHE_LOG_FILE"]);
  const inputs = toStderr || toFile ? readInputs(unit.layout, key) : undefined;
  if (inputs === undefined) return;
  const FINAL_HEX = 16;
  const lines = [
    ...inputs.fields.map(({ label, value }) => `${label}=${shown(label, value)}`),
    ...inputs.members.map(memberLine),
    `final=${key.slice(0, FINAL_HEX)}`,
  ];
  const head = `[key:${unit.language.facts.crateName}] `;
  const text = lines.map((line) => `${head}${line.replace(/[\n\r]/g, " ")}\n`).join("");
  const bytes = new TextEncoder().encode(text);
  if (toStderr) unit.invocation.caller.write(STDERR, bytes);
  if (!toFile) return;
  const fd = openAppend(env["KACHE_LOG_FILE_PATH"] ?? `${unit.layout.cacheDir}/kache.log`);
  if (fd < 0) return;
  writeAll(fd, bytes);
  closeFd(fd);
}

/** Whether a filter (`level` or `target=level`, with commas between) asks for it. */
function isTraced(filter = ""): boolean {
  return filter.split(",").some((item) => {
    const [target, level] = item.includes("=") ? item.trim().split("=") : ["", item.trim()];
    const isOurs = target === "" || TARGET === target || TARGET.startsWith(`${target ?? ""}::`);
    return level === "trace" && isOurs;
  });
}

function memberLine({ kind, name, value }: InputMember): string {
  const label = kind === "file" ? `source:${name}` : `${kind}:${name}`;
  return `${label}=${value === undefined ? "unset" : shown(label, value)}`;
}

function shown(label: string, value: string): string {
  return /^(?:env[ :]|-D)/.test(label) ? withoutSecrets(label, value) : value;
}
