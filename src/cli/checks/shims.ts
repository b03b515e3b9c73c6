// Doctor: do the links that stand for compilers lead to one, and are they found before it.
import { isFile } from "../../base/file.ts";
import { nextOnPath, OwnExecutable } from "../../key/real-program.ts";
import type { Context } from "../context.ts";
import { defaultShimDir, pathDirs, type Shim, shimsIn } from "../shims.ts";
import { type Check, failed, passed } from "./check.ts";

const LABEL = "Compiler shims";

/** The checks of every directory with links of ours: along PATH, and the usual one. */
export function shimChecks(context: Context): Check[] {
  const { invocation } = context;
  const own = new OwnExecutable();
  const dirs = [...new Set([...pathDirs(invocation), defaultShimDir(invocation)])];
  const checks = dirs.flatMap((dir) => {
    const shims = shimsIn(dir, own).filter(({ state }) => state !== "other");
    return shims.length === 0 ? [] : [checkDir(context, dir, shims)];
  });
  return checks.length > 0 ? checks : [passed(LABEL, "none")];
}

function checkDir({ invocation }: Context, dir: string, shims: readonly Shim[]): Check {
  const names = (some: readonly Shim[]) => some.map(({ name }) => name).join(", ");
  const dangling = shims.filter(({ state }) => state === "dangling");
  if (dangling.length > 0) {
    return failed(LABEL, `${dir}: ${names(dangling)} lead nowhere`, `run kache shims --dir ${dir}`);
  }
  const idle = shims.filter(({ path, name }) => nextOnPath(path, name, invocation) === undefined);
  if (idle.length > 0) {
    const fix = `run kache shims --dir ${dir}, which removes them`;
    return failed(LABEL, `${dir}: no other ${names(idle)} is on PATH`, fix);
  }
  const dirs = pathDirs(invocation);
  const before = dirs.slice(0, Math.max(dirs.indexOf(dir), 0));
  const hidden = shims.filter(({ name }) => before.some((other) => isFile(`${other}/${name}`)));
  if (hidden.length > 0) {
    const fix = `put ${dir} first on PATH`;
    return failed(LABEL, `${dir}: another ${names(hidden)} comes first on PATH`, fix);
  }
  return passed(LABEL, `${dir}: ${names(shims)}`);
}
