// Pure: values and names of inputs as people may see them.
import { withoutSecrets } from "../base/secret.ts";

const VALUE_SHOWN = 60;

/** A value that is a digest says nothing to people. */
export const DIGEST = /^[0-9a-f]{64}$/;

/** A value as it may be shown: shortened, and never a secret. */
export function shownValue(name: string, value: string | undefined): string {
  if (value === undefined) return "unset";
  const open = withoutSecrets(name, value);
  if (open === "(masked)") return open;
  const line = open.replaceAll("\n", " ");
  return `"${line.length > VALUE_SHOWN ? `${line.slice(0, VALUE_SHOWN)}…` : line}"`;
}

/** A variable's or argument's two values. */
export function changedValue(
  name: string,
  before: string | undefined,
  now: string | undefined,
): string {
  const [old, fresh] = [shownValue(name, before), shownValue(name, now)];
  return old === fresh ? `${name} changed ${old}` : `${name}: ${old} -> ${fresh}`;
}

/** A mapped path; what lies in the checkout is named from there. */
export function shownPath(name: string): string {
  const WORKSPACE = "<WORKSPACE>/";
  return name.startsWith(WORKSPACE) ? name.slice(WORKSPACE.length) : name;
}
