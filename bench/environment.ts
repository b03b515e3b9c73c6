// The environment that every build of the benchmark starts from, and the check that nothing in the
// user's own set-up has put a wrapper in front of rustc: a baseline that was itself cached is no
// baseline.
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { cargoHome } from "../scripts/start/crate-source.ts";

// Where things are and which toolchain is used. Everything else (RUSTFLAGS, CARGO_*, KACHE_*,
// SCCACHE_*, jobserver variables…) would change what is compiled or cached.
const KEPT = [
  "CARGO_HOME",
  "HOME",
  "LANG",
  "LC_ALL",
  "LOGNAME",
  "PATH",
  "RUSTUP_AUTO_INSTALL",
  "RUSTUP_HOME",
  "RUSTUP_TOOLCHAIN",
  "SystemRoot",
  "TERM",
  "TMPDIR",
  "USER",
] as const;

const WRAPPER_VARIABLES = [
  "RUSTC_WRAPPER",
  "RUSTC_WORKSPACE_WRAPPER",
  "CARGO_BUILD_RUSTC_WRAPPER",
  "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
] as const;

/** The same few variables for every tool; incremental compilation is off for all. */
export function baseEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {
    CARGO_INCREMENTAL: "0",
    CARGO_TERM_COLOR: "never",
  };
  for (const name of KEPT) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/** The same without a word about incremental compilation: cargo has it on for the packages one works on. */
export function withCargosIncremental(
  environment: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => name !== "CARGO_INCREMENTAL"),
  );
}

/** Every reason why plain cargo would not be plain, for builds in or below `directory`. */
export function wrappedBaseline(directory: string): string[] {
  const reasons = WRAPPER_VARIABLES.flatMap((name) => {
    const value = process.env[name] ?? "";
    return value === "" ? [] : [`${name}=${value} is set`];
  });
  for (const file of cargoConfigs(directory)) {
    const setting = configuredWrapper(readFileSync(file, "utf8"));
    if (setting !== undefined) reasons.push(`${file} sets ${setting}`);
  }
  for (const [tool, real] of [
    ["cargo", ["cargo", "rustup"]],
    ["rustc", ["rustc", "rustup"]],
  ] as const) {
    const found = Bun.which(tool);
    const name = found === null ? tool : basename(realpathSync(found)).replace(/\.exe$/, "");
    if (!real.some((each) => name === each || name === `${each}-init`)) {
      reasons.push(`\`${tool}\` on PATH is ${name}`);
    }
  }
  return reasons;
}

/** The wrapper setting of a cargo configuration file, if it has one. */
export function configuredWrapper(text: string): string | undefined {
  const parsed: unknown = Bun.TOML.parse(text);
  const build = memberOf(parsed, "build");
  const environment = memberOf(parsed, "env");
  for (const name of ["rustc-wrapper", "rustc-workspace-wrapper", "rustc"]) {
    if (memberOf(build, name) !== undefined) return `build.${name}`;
  }
  return WRAPPER_VARIABLES.map((name) => [name, memberOf(environment, name)] as const)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => `env.${name}`)[0];
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Reflect.get(value, name);
  return found;
}

/** The files cargo reads for a build in `directory`, as far as they exist. */
function cargoConfigs(directory: string): string[] {
  const places = [cargoHome()];
  for (let at = directory; ; at = dirname(at)) {
    places.push(join(at, ".cargo"));
    if (dirname(at) === at) break;
  }
  return [...new Set(places)]
    .flatMap((place) => [join(place, "config"), join(place, "config.toml")])
    .filter((file) => existsSync(file));
}
