// Runs one cargo command, follows its progress bar to count finished units, and keeps its messages
// so that a failing build can be shown as cargo told it.
import { seconds, startProgress } from "./progress.ts";
import { StartFailure } from "./failure.ts";

/** One cargo command to run. */
export interface CargoRun {
  readonly label: string;
  readonly arguments: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What the finished line says after the time. */
  readonly summary: () => Promise<string>;
}

// Cargo draws its bar only when told to, because its stderr is a pipe here. The bar is the only
// place where it says how many units there are.
const PROGRESS_ENVIRONMENT = {
  CARGO_TERM_PROGRESS_WHEN: "always",
  CARGO_TERM_PROGRESS_WIDTH: "80",
  CARGO_TERM_COLOR: "never",
} as const;

const BAR = /Building(?: \[[=> ]*\])? (\d+)\/(\d+)/g;

/** Runs it and returns the wall time; a failure is thrown with cargo's messages and status. */
export async function runCargo(run: CargoRun): Promise<number> {
  const progress = startProgress(run.label, process.stderr);
  const started = performance.now();
  const child = Bun.spawn(["cargo", ...run.arguments], {
    cwd: run.cwd,
    env: { ...run.environment, ...PROGRESS_ENVIRONMENT },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const messages: string[] = [];
  const [printed, , status] = await Promise.all([
    child.stdout.text(),
    follow(child.stderr, messages, (units) => {
      progress.update(units);
    }),
    child.exited,
  ]);
  const wallMs = performance.now() - started;
  if (status !== 0) {
    progress.abandon();
    process.stderr.write(`${messages.join("\n")}\n${printed}`);
    const failed = `cargo ${run.arguments.join(" ")}`;
    throw new StartFailure(
      `\`${failed}\` failed with status ${status} after ${seconds(wallMs)}, in ${run.cwd} ` +
        "(a copy, removed again); cargo's own messages are above",
      status,
    );
  }
  progress.done(await run.summary(), wallMs);
  return wallMs;
}

/** Splits cargo's stderr into messages, kept, and redrawings of its bar, told to `report`. */
async function follow(
  stream: ReadableStream<Uint8Array>,
  messages: string[],
  report: (units: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split(/[\r\n]/);
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const bar = [...part.matchAll(BAR)].at(-1);
      if (bar !== undefined) report(`${bar[1] ?? "0"}/${bar[2] ?? "0"} units`);
      else if (part.replaceAll("\x1b[K", "").trim() !== "") messages.push(part);
    }
  }
  if (rest.trim() !== "") messages.push(rest);
}
