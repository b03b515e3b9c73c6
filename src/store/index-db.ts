// index.db: a view of the store that saves commands from opening every entry, and keeps hit counts
// that the event log forgets when it rotates. Files stay the truth: lost, damaged or unusable, it
// is rebuilt.
//
// entries(key, stamp, meta)    meta.json as last read, without streams; stamp: that file's stat
// access(key, hits, last_ms)   hits folded from events.jsonl, and when the last one was
// progress(name, value)        how far into the log the fold has come
// Version list: 1 is the only one; any other user_version is dropped and rebuilt.
import { Database, SQLiteError } from "bun:sqlite";
import { timestamp } from "../base/clock.ts";
import { countOf, isRecord, textOf } from "../base/json.ts";
import { removeFile, renamePath } from "../base/file.ts";

const VERSION = 1;
/** Another command's refresh takes well under a second. */
const BUSY_TIMEOUT_MS = 3000;

/** An entry as indexed. */
export interface IndexedEntry {
  readonly stamp: string;
  readonly meta: string;
}

/** How often and when last an entry was restored. */
export interface Access {
  readonly hits: number;
  readonly lastMs: number;
}

/** The open index. */
export class IndexDb {
  readonly #db: Database;

  constructor(path: string) {
    this.#db = new Database(path, { create: true, readwrite: true });
    this.#db.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    // A view needs no durability; its file must only stay sound, which the rollback journal sees
    // to.
    this.#db.run("PRAGMA synchronous = OFF");
    this.#prepare();
  }

  #prepare(): void {
    const [row] = this.#rows("PRAGMA user_version");
    const found = countOf(row?.["user_version"]);
    if (found === VERSION) return;
    this.inTransaction(() => {
      for (const table of ["entries", "access", "progress"])
        this.#db.run(`DROP TABLE IF EXISTS ${table}`);
      this.#db.run(
        "CREATE TABLE entries (key TEXT PRIMARY KEY, stamp TEXT, meta TEXT) WITHOUT ROWID",
      );
      this.#db.run(
        "CREATE TABLE access (key TEXT PRIMARY KEY, hits INTEGER, last_ms INTEGER) WITHOUT ROWID",
      );
      this.#db.run("CREATE TABLE progress (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID");
      this.#db.run(`PRAGMA user_version = ${VERSION}`);
    });
  }

  #rows(sql: string): Readonly<Record<string, unknown>>[] {
    return this.#db.query(sql).all().filter(isRecord);
  }

  /** Runs several changes as one. */
  inTransaction(change: () => void): void {
    this.#db.transaction(change).immediate();
  }

  /** All entries by key. */
  entries(): Map<string, IndexedEntry> {
    return new Map(
      this.#rows("SELECT key, stamp, meta FROM entries").map((row) => [
        textOf(row["key"]) ?? "",
        { stamp: textOf(row["stamp"]) ?? "", meta: textOf(row["meta"]) ?? "" },
      ]),
    );
  }

  /** Adds or replaces an entry. */
  putEntry(key: string, { stamp, meta }: IndexedEntry): void {
    this.#db.query("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)").run(key, stamp, meta);
  }

  /** Drops an entry and its hits. */
  dropEntry(key: string): void {
    this.#db.query("DELETE FROM entries WHERE key = ?").run(key);
    this.#db.query("DELETE FROM access WHERE key = ?").run(key);
  }

  /** Hits of all entries by key. */
  accesses(): Map<string, Access> {
    return new Map(
      this.#rows("SELECT key, hits, last_ms FROM access").map((row) => [
        textOf(row["key"]) ?? "",
        { hits: countOf(row["hits"]), lastMs: countOf(row["last_ms"]) },
      ]),
    );
  }

  /** Replaces an entry's hits. */
  putAccess(key: string, { hits, lastMs }: Access): void {
    this.#db.query("INSERT OR REPLACE INTO access VALUES (?, ?, ?)").run(key, hits, lastMs);
  }

  /** A remembered position or time. */
  progress(name: string): string | undefined {
    const row: unknown = this.#db.query("SELECT value FROM progress WHERE name = ?").get(name);
    return isRecord(row) ? textOf(row["value"]) : undefined;
  }

  /** Remembers a position or time. */
  setProgress(name: string, value: string): void {
    this.#db.query("INSERT OR REPLACE INTO progress VALUES (?, ?)").run(name, value);
  }

  /** Closes the file. */
  close(): void {
    this.#db.close();
  }
}

const DAMAGED: ReadonlySet<string> = new Set([
  "SQLITE_CORRUPT",
  "SQLITE_NOTADB",
  "SQLITE_CORRUPT_INDEX",
]);

/**
 * Works on the index. A damaged one is moved aside and rebuilt; where none can be used (read-only
 * directory, full disk, held too long) the work is done on one in memory.
 */
export function withIndex<T>(path: string, work: (index: IndexDb) => T): T {
  try {
    return workOn(path, work);
  } catch (fault) {
    if (!(fault instanceof SQLiteError)) throw fault;
    if (!DAMAGED.has(fault.code ?? "")) return workOn(":memory:", work);
  }
  quarantine(path);
  try {
    return workOn(path, work);
  } catch (fault) {
    if (!(fault instanceof SQLiteError)) throw fault;
    return workOn(":memory:", work);
  }
}

function workOn<T>(path: string, work: (index: IndexDb) => T): T {
  const index = new IndexDb(path);
  try {
    return work(index);
  } finally {
    index.close();
  }
}

function quarantine(path: string): void {
  const stamp = timestamp().replaceAll(/[^0-9]/g, "");
  if (!renamePath(path, `${path}.damaged-${stamp}`)) removeFile(path);
  removeFile(`${path}-journal`);
}
