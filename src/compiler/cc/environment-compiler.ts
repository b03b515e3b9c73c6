// The compiler that the environment puts behind us (`CC="kache clang"`), for callers that drop the
// second word: the cc crate's family probe runs `kache -E file`, openssl-src `kache -I… -c file`.
import type { Env } from "../../base/environment.ts";
import { isOwnName, programName } from "../program-name.ts";
import { compilerNamed, isLauncher } from "./compiler-name.ts";

/** The words of a compiler, launchers in front included. */
export type CompilerWords = readonly [string, ...string[]];

/** Variables of the cc crate: `CC`, `CXX`, for a target or the host, before or after the name. */
const COMPILER_VARIABLE = /^(?:TARGET_|HOST_)?(CC|CXX)(?:_.+)?$/;

/** Whether a word is one of our names: that of the project, or what this process was called as. */
function isOurs(word: string, calledAs: string): boolean {
  return isOwnName(word) || programName(word).toLowerCase() === programName(calledAs).toLowerCase();
}

/** The compiler in a variable's value when we stand in front of it there. */
function behindUs(value: string | undefined, calledAs: string): CompilerWords | undefined {
  const words = (value ?? "").split(/\s+/).filter((word) => word !== "");
  if (words[0] === undefined || !isOurs(words[0], calledAs)) return undefined;
  const rest = words.slice(1);
  while (rest[0] !== undefined && isOurs(rest[0], calledAs)) rest.shift();
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

/** What a call compiles; a link of objects may be either's. */
export type CallLanguage = "c" | "c++" | "either";

/**
 * The compiler that the environment puts behind us, by the cc crate's precedence; C++ variables come
 * first for C++ sources. Undefined when no variable does.
 */
export function environmentCompiler(
  env: Env,
  calledAs: string,
  language: CallLanguage,
): CompilerWords | undefined {
  const families = language === "c++" ? ["CXX", "CC"] : ["CC", "CXX"];
  const others = Object.keys(env)
    .filter((name) => COMPILER_VARIABLE.test(name))
    .sort();
  const ranked = [
    ...families.flatMap((family) => precedence(family, env["TARGET"])),
    ...families.flatMap((family) => others.filter((name) => familyOf(name) === family)),
  ];
  for (const name of ranked) {
    const found = behindUs(env[name], calledAs);
    if (found === undefined) continue;
    return language === "c" && familyOf(name) === "CXX" ? cDriver(found) : found;
  }
  return undefined;
}

function familyOf(variable: string): string | undefined {
  return COMPILER_VARIABLE.exec(variable)?.[1];
}

/**
 * The C driver beside a C++ one, which would compile C as C++: where make hands on its own `CC=/path/kache`,
 * only `CXX="kache g++"` tells what stands behind us.
 */
function cDriver(words: CompilerWords): CompilerWords {
  const word = words.at(-1) ?? "";
  if (compilerNamed([word])?.cxx !== true) return words;
  const driver = word.replace(/(c|g|clang|em)\+\+(?=[^/\\+]*$)/, (_, stem: string) => {
    return C_DRIVERS[stem] ?? stem;
  });
  const [first, ...rest] = words.with(-1, driver);
  return [first ?? driver, ...rest];
}

/** C drivers whose name is not the C++ one's without its `++`. */
const C_DRIVERS: Readonly<Record<string, string>> = { c: "cc", g: "gcc", em: "emcc" };
