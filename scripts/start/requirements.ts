// Checks that the tools which no package of ours can bring are there, before anything is started,
// and says what to install when one is not.
import { StartFailure } from "./failure.ts";

const CC_HINTS: Readonly<Record<string, string>> = {
  darwin: "run `xcode-select --install`",
  linux:
    "install it with the system's packages (Debian, Ubuntu: `apt-get install build-essential`; " +
    "Fedora: `dnf install gcc`; Alpine: `apk add build-base`)",
};

/** What was found: versions as the tools print them, and the compiler's own target. */
export interface Toolchain {
  readonly cargo: string;
  readonly rustc: string;
  readonly host: string;
}

/**
 * Finds cargo, rustc and a C compiler, or fails with what to install. `cwd` picks the toolchain.
 */
export function requireToolchain(cwd: string): Toolchain {
  for (const tool of ["cargo", "rustc"]) {
    if (Bun.which(tool) === null) {
      throw new StartFailure(
        `${tool} was not found on PATH; install Rust from https://rustup.rs, ` +
          "open a new terminal and try again",
      );
    }
  }
  if (process.platform !== "win32" && Bun.which("cc") === null) {
    const hint = CC_HINTS[process.platform] ?? "install gcc or clang";
    throw new StartFailure(
      `no C compiler: \`cc\` was not found on PATH, and rustc links with it; ${hint}`,
    );
  }
  const cargo = firstLine(["cargo", "--version"], cwd);
  const verbose = output(["rustc", "-vV"], cwd);
  const host = /^host: (.+)$/m.exec(verbose)?.[1];
  if (host === undefined) throw new StartFailure("`rustc -vV` did not name its host target");
  return { cargo, rustc: verbose.split("\n")[0] ?? "rustc", host };
}

function firstLine(command: string[], cwd: string): string {
  return output(command, cwd).split("\n")[0] ?? "";
}

function output(command: string[], cwd: string): string {
  const run = Bun.spawnSync(command, { cwd, stdout: "pipe", stderr: "pipe" });
  if (run.exitCode !== 0) {
    throw new StartFailure(
      `\`${command.join(" ")}\` failed:\n${run.stderr.toString().trim()}\n` +
        "(with rustup, `rustup default stable` installs a toolchain)",
    );
  }
  return run.stdout.toString();
}
