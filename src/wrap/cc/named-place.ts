// Whether a call itself names the place it runs in.
import { PATH_LISTS } from "../../key/derive-cc-key.ts";
import { namesRoot } from "../../key/spelled-roots.ts";
import type { CcUnit } from "./cc-unit.ts";

/** Whether the call, in arguments or lists of directories, names a root by its full path. */
export function namesPlace({ keyed }: CcUnit["compile"], { roots, env }: CcUnit["place"]): boolean {
  const lists = PATH_LISTS.map((name) => env[name] ?? "");
  return namesRoot([...keyed.map(({ value }) => value), ...lists].join("\n"), roots);
}
