// The value of a `-D` with this checkout's paths taken out of it: as a key it is right only for a compile to
// which the value makes no difference, or whose entry is bound to those paths (wrap/cc/definitions.ts).
import { mapText } from "./mapped-text.ts";
import type { Roots } from "./roots.ts";

/**
 * `NAME="/project/share"` → `NAME="<WORKSPACE>/share"`. A `<` of the value's own is doubled, so that different
 * values never become one but by their roots.
 */
export function mapDefinition(value: string, roots: Roots): string {
  const own = value.replaceAll("<", "<<");
  if (!own.includes("/")) return own;
  return mapText(own, roots)?.replaceAll("\0", "") ?? own;
}

/** The sentinels of the roots whose paths a definition holds. */
export function rootsInDefinition(value: string, roots: Roots): string[] {
  if (!value.includes("/")) return [];
  const mapped = mapText(value.replaceAll("<", "<<"), roots) ?? "";
  return [
    ...new Set([...mapped.matchAll(/\0(<[^>]*>)/g)].flatMap(([, sentinel]) => sentinel ?? [])),
  ];
}
