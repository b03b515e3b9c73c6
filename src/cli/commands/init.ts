// `kache init`: makes cargo call kache for every build of this user.
import { isTerminal } from "../../base/file.ts";
import { effectiveWrapper, homeConfigPath } from "../cargo-config.ts";
import { applyEdit, planEdit, wrapperName } from "../edit-cargo-config.ts";
import { CommandError, type Context, Exit, say, warn } from "../context.ts";

/** Runs the command. */
export function run(context: Context): number {
  const { invocation, options } = context;
  const wrapper = wrapperName(context);
  const path = homeConfigPath(invocation.env, invocation.cwd);
  const edit = planEdit(path, wrapper);
  if (edit.kind === "unchanged") {
    say(`${path} has rustc-wrapper = "${wrapper}" already.`);
  } else if (options.has("--check")) {
    say(`Would set rustc-wrapper = "${wrapper}" in ${path}: ${edit.how}.`);
  } else if (
    confirmed(`Set rustc-wrapper = "${wrapper}" in ${path} (${edit.how})?`, options.has("--yes"))
  ) {
    const backup = applyEdit(edit);
    say(`Set rustc-wrapper = "${wrapper}" in ${path}.`);
    if (backup !== undefined) say(`The file as it was: ${backup}`);
  } else {
    say("Nothing was changed.");
    return Exit.Ok;
  }
  warnOverride(context, wrapper);
  say('For C and C++: CC="kache cc" CXX="kache c++", or links made by `kache shims`.');
  if (!options.has("--check")) say("Setup complete. Run kache doctor to verify.");
  return Exit.Ok;
}

function confirmed(question: string, yes: boolean): boolean {
  if (yes) return true;
  if (!isTerminal(0)) {
    throw new CommandError(
      "nobody is here to ask; pass -y to make the change or --check to see it",
    );
  }
  const answer = prompt(`${question} [Y/n]`);
  return answer !== null && /^(y|yes|)$/i.test(answer.trim());
}

/** A variable or a file nearer to the project may name another wrapper. */
function warnOverride({ invocation: { env, cwd }, options }: Context, wrapper: string): void {
  const found = effectiveWrapper(env, cwd);
  if (found === undefined && options.has("--check")) return;
  if (found?.wrapper === wrapper || found?.source === homeConfigPath(env, cwd)) return;
  const what =
    found === undefined
      ? "RUSTC_WRAPPER is set to nothing"
      : `${found.source} says "${found.wrapper}"`;
  warn(`warning: ${what}, which beats this setting here`);
}
