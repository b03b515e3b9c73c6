// Carries out an edit of cargo's configuration: a backup beside it first, then the file as a whole.
// A symbolic link stays one, and what it names is edited.
import { timestamp } from "../base/clock.ts";
import { writeFileAtomic } from "../base/atomic-write.ts";
import { readFileBytes, readText, statPath } from "../base/file.ts";
import { realPath } from "../base/many-paths.ts";
import { findProgram } from "../base/program.ts";
import { setWrapper } from "./cargo-config.ts";
import { CommandError, type Context } from "./context.ts";

/** What is to be done to a file. */
export type PlannedEdit =
  | { readonly kind: "unchanged"; readonly path: string }
  | {
      readonly kind: "edit";
      readonly path: string;
      readonly text: string;
      readonly how: string;
      readonly exists: boolean;
    };

/** How cargo should call this program: by name where PATH leads here, else by its path. */
export function wrapperName({ invocation }: Pick<Context, "invocation">): string {
  const found = findProgram("kache", invocation);
  const own = realPath(process.execPath) ?? process.execPath;
  return found !== undefined && realPath(found) === own ? "kache" : own;
}

/** Plans setting the wrapper in a file; throws when the file cannot be edited safely. */
export function planEdit(path: string, wrapper: string): PlannedEdit {
  const exists = statPath(path) !== "absent";
  const text = exists ? readText(path) : "";
  if (text === undefined) throw new CommandError(`${path} cannot be read as text`);
  const edit = setWrapper(text, wrapper);
  const byHand = `set rustc-wrapper = ${JSON.stringify(wrapper)} in its [build] table by hand`;
  switch (edit.kind) {
    case "unchanged":
      return { kind: "unchanged", path };
    case "malformed":
      throw new CommandError(
        `${path}${edit.line === undefined ? "" : `:${edit.line}`}: ${edit.message}; ` +
          `nothing was changed: mend that line, then run this again`,
      );
    case "by-hand":
      throw new CommandError(`${path} cannot be edited safely; ${byHand}`);
    case "changed":
      return { kind: "edit", path, text: edit.text, how: exists ? edit.how : "create it", exists };
  }
}

/** Carries out an edit and answers where the backup is. */
export function applyEdit(edit: Extract<PlannedEdit, { kind: "edit" }>): string | undefined {
  const path = realPath(edit.path) ?? edit.path;
  const stat = statPath(path);
  const backup = edit.exists ? `${path}.kache-backup.${backupStamp()}` : undefined;
  if (backup !== undefined) {
    const bytes = readFileBytes(path);
    if (typeof bytes === "string" || !writeFileAtomic(backup, bytes)) {
      throw new CommandError(`no backup of ${path} could be written; nothing was changed`);
    }
  }
  const PLAIN_MODE = 0o644;
  const mode = typeof stat === "object" ? stat.mode : PLAIN_MODE;
  if (!writeFileAtomic(path, edit.text, mode)) throw new CommandError(`${path} cannot be written`);
  return backup;
}

/** YYYYMMDD-HHMMSS, UTC. */
function backupStamp(): string {
  const SECONDS_LENGTH = "2026-01-01T00:00:00".length;
  return timestamp().slice(0, SECONDS_LENGTH).replaceAll(/[-:]/g, "").replace("T", "-");
}
