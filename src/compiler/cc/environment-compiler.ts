// The compiler that the environment puts behind us (`CC="kache clang"`), for callers that drop the
// second word: the cc crate's family probe runs `kache -E file`, openssl-src `kache -I… -c file`.
import { programName } from "../program-name.ts";
import { compilerNamed, isLauncher } from "./compiler-name.ts";

/** The words of a compiler, launchers in front included. */
export type CompilerWords = readonly [string, ...string[]];

type Env = Readonly<Record<string, string | undefined>>;

/** Variables of the cc crate: `CC`, `CXX`, for a target or the host, before or after the name. */
const COMPILER_VARIABLE = /^(?:TARGET_|HOST_)?(CC|CXX)(?:_.+)?$/;

/** Our own names: that of the project, and what this process was called as. */
function isOwnName(word: string, calledAs: string): boolean {
  const name = programName(word).toLowerCase();
  return name === "kache" || name === programName(calledAs).toLowerCase();
}

/** The compiler in a variable's value when we stand in front of it there. */
function behindUs(value: string | undefined, calledAs: string): CompilerWords | undefined {
  const words = (value ?? "").split(/\s+/).filter((word) => word !== "");
  if (words[0] === undefined || !isOwnName(words[0], calledAs)) return undefined;
  const rest = words.slice(1);
  while (rest[0] !== undefined && isOwnName(rest[0], calledAs)) rest.shift();
  const [first, second] = rest;
  if (first === undefined || first.startsWith("-")) return undefined;
  if (isLauncher(first) && second !== undefined) return [first, second];
  return compilerNamed(rest)?.words ?? [first];
}

/** Names in the cc crate's order of precedence for one of its two variables. */
function precedence(name: string, target: string | undefined): string[] {
  const forTarget =
    target === undefined
      ? []
      : [`${name}_${target}`, `${name}_${target.replaceAll("-", "_")}`, `TARGET_${name}`];
  return [...forTarget, name, `HOST_${name}`];
}

/**
 * The compiler that the environment puts behind us, by the cc crate's precedence; C++ variables come
 * first for C++ sources. Undefined when no variable does.
 */
export function environmentCompiler(
  env: Env,
  calledAs: string,
  cxx: boolean,
): CompilerWords | undefined {
  const families = cxx ? ["CXX", "CC"] : ["CC", "CXX"];
  for (const name of families.flatMap((family) => precedence(family, env["TARGET"]))) {
    const found = behindUs(env[name], calledAs);
    if (found !== undefined) return found;
  }
  const others = Object.keys(env)
    .filter((name) => COMPILER_VARIABLE.test(name))
    .sort();
  const ranked = families.flatMap((family) =>
    others.filter((name) => COMPILER_VARIABLE.exec(name)?.[1] === family),
  );
  for (const name of ranked) {
    const found = behindUs(env[name], calledAs);
    if (found !== undefined) return found;
  }
  return undefined;
}
