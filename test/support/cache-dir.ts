// A cache directory made from a literal, for tests of commands that read one.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { digestOf } from "../../src/base/digest.ts";
import { blankEvent, type Event } from "../../src/event/event.ts";
import { type ResultKey, resultKey, invocationKey } from "../../src/key/cache-key.ts";
import type { Member } from "../../src/key/input-set.ts";
import type { KeyField } from "../../src/key/key-hasher.ts";
import { encodeManifest } from "../../src/key/manifest.ts";
import type { Entry } from "../../src/store/entry.ts";
import { Layout } from "../../src/store/layout.ts";
import { putEntry } from "../../src/store/store.ts";

/** An entry to be: its crate, the texts of its files, and what its key was made of. */
export interface EntryLiteral {
  readonly crate: string;
  readonly files: Readonly<Record<string, string>>;
  readonly fields?: readonly KeyField[];
  readonly members?: readonly Member[];
  readonly created?: string;
}

/** One cache directory, removed by `remove`. */
export class CacheDir {
  readonly path = mkdtempSync(join(tmpdir(), "kache-cache-"));
  readonly layout = new Layout(this.path, `${this.path}/memory`);

  /** Stores an entry with its blobs and manifest. */
  add({ crate, files, fields = [], members = [], created }: EntryLiteral): ResultKey {
    const text = JSON.stringify([crate, files, fields, members]);
    const key = resultKey(digestOf(text));
    const invocation = invocationKey(digestOf(`${crate} ${JSON.stringify(fields)}`));
    for (const content of Object.values(files)) this.addBlob(content);
    const entry: Entry = {
      key,
      crateName: crate,
      crateTypes: ["lib"],
      files: Object.entries(files).map(([name, content]) => ({
        name,
        size: Buffer.byteLength(content),
        hash: digestOf(content),
        executable: false,
        kind: "link",
      })),
      stdout: "",
      stderr: "",
      exitCode: 0,
      features: [],
      target: "host",
      profile: "dev",
      compileMs: 100,
      invocationKey: invocation,
      created: created ?? "2026-01-01T00:00:00.000Z",
      version: "1",
    };
    putEntry(this.layout, entry, { fields, members });
    this.write(this.layout.manifest(invocation), encodeManifest({ sets: [{ key, members }] }));
    return key;
  }

  /** Stores a blob that no entry needs to have. */
  addBlob(content: string): string {
    const path = this.layout.blob(digestOf(content));
    this.write(path, content);
    return path;
  }

  /** Appends an event. */
  event(event: Partial<Event> & Pick<Event, "crate_name" | "result">): void {
    const whole = { ...blankEvent(event.crate_name, "1", event.result), ...event };
    this.append(`${JSON.stringify(whole)}\n`);
  }

  /** Appends raw text to the event log. */
  append(text: string): void {
    writeFileSync(this.layout.eventLog(), text, { flag: "a" });
  }

  /** Writes a file with its parents. */
  write(path: string, content: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  /** Makes a file look this old; its ctime stays that of now. */
  age(path: string, ms: number): void {
    const then = new Date(Date.now() - ms);
    utimesSync(path, then, then);
  }

  /** Names below a directory of the cache. */
  names(dir: string): string[] {
    return readdirSync(join(this.path, dir)).sort();
  }

  /** Removes the directory. */
  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
