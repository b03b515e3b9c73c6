// Variables that count by name: what the user declares (`key_env_vars`), and cargo's configuration of a
// target where somebody exports it.
import type { Env } from "../base/environment.ts";
import type { KeyField } from "./key-hasher.ts";

/** The fields of those variables. */
export function namedVariables(place: {
  readonly env: Env;
  readonly keyEnvVars: readonly string[];
}): KeyField[] {
  const { env, keyEnvVars } = place;
  const fields: KeyField[] = [];
  const patterns = keyEnvVars.map((pattern) => wildcard(pattern));
  if (patterns.length > 0) {
    fields.push({ label: "key_env_vars", value: [...keyEnvVars].sort().join("\n") });
  }
  const isNamed = (name: string) =>
    name.startsWith("CARGO_CFG_") || patterns.some((pattern) => pattern.test(name));
  // Cargo sets CARGO_CFG_* for build scripts: here there are none unless somebody exports them.
  const worthwhile = patterns.length > 0 || env["CARGO_CFG_TARGET_ARCH"] !== undefined;
  const matched = worthwhile ? Object.keys(env).filter(isNamed) : [];
  for (const name of matched.sort()) fields.push({ label: `env ${name}`, value: env[name] ?? "" });
  return fields;
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}
