// Everything that the texts of a compile may make it look for: each name in each directory, from the source on
// through every file that was read, or that may have been where nobody lists those.
import { bufferOf } from "../../base/bytes.ts";
import { readFileBytes, statPath } from "../../base/file.ts";
import { realPath } from "../../base/many-paths.ts";
import { dirName, joinPath } from "../../base/path.ts";
import { readIncludeText, type TextFacts } from "../../compiler/cc/include-text.ts";
import { needsPreprocessing } from "../../compiler/cc/languages.ts";
import type { CcFamily } from "../../key/cc-family.ts";
import { absolute } from "../unit/unit.ts";
import type { SearchModel } from "./capture.ts";
import type { CcUnit } from "./cc-unit.ts";

/** A file by its physical path. */
interface SearchedFile {
  /** The directories of all names by which it was reached: "beside the file" may mean each of them. */
  readonly dirs: Set<string>;
  facts: TextFacts | undefined;
  /** Whether some text or argument accounts for its being read. */
  explained: boolean;
}

/** More places than any sensible search has; a set of that many members would be a burden for every hit. */
const PLACES_MAX = 20_000;
/** Among the texts, what arguments define. */
const ARGUMENTS = "the command line";
const SOURCE_BYTES_MAX = 64 * 1024 ** 2;

/** One search, run once. */
export class HeaderSearch {
  /** Where something may have been looked for, absolute, there or not. */
  readonly places = new Set<string>();
  /** The directories that are searched, absolute. */
  readonly directories: readonly string[];
  /** What was read, by path. */
  readonly texts = new Map<string, TextFacts>();
  readonly #unit: CcUnit;
  readonly #family: CcFamily;
  readonly #model: SearchModel;
  /** What was read as the compiler lists it; undefined where it does not list everything. */
  readonly #listed: readonly string[] | undefined;
  readonly #read = new Set<string>();
  readonly #files = new Map<string, SearchedFile>();
  readonly #names = new Set<string>();
  readonly #pending: { path: string; explained: boolean }[] = [];
  readonly #beside = { names: new Set<string>(), dirs: new Set<string>() };
  #fault: string | undefined;

  constructor(
    unit: CcUnit,
    family: CcFamily,
    model: SearchModel,
    listed: readonly string[] | undefined,
  ) {
    this.#unit = unit;
    this.#family = family;
    this.#model = model;
    this.#listed = listed?.map((path) => absolute(unit, path));
    const { request, own } = model;
    const named = [...request.directories, ...own.directories];
    this.directories = [...new Set(named.map((path) => absolute(unit, path)))];
  }

  /** Follows the texts; gives the reason when that cannot tell all inputs. */
  run(): string | undefined {
    const { compile, invocation } = this.#unit;
    for (const dir of this.directories) {
      const stat = statPath(dir);
      // A file in a directory's place is a map of headers.
      const isSearchable =
        stat === "absent" || (typeof stat === "object" && stat.kind === "directory");
      if (!isSearchable) return `${dir} is no directory`;
    }
    const source = absolute(this.#unit, compile.source);
    const { forced } = this.#model.request;
    for (const path of [source, ...(this.#listed ?? [])]) {
      const real = realPath(path);
      if (real === undefined) return `${path} is gone`;
      if (/\.(?:gch|pch)$/.test(path)) return `${path} is a precompiled header`;
      this.#read.add(real);
    }
    this.#place(source);
    for (const path of this.#listed ?? []) this.#pending.push({ path, explained: false });
    if (needsPreprocessing(compile.language)) {
      this.#readDefinitions();
      this.#addName("stdc-predef.h");
      for (const name of forced) {
        this.#addName(name);
        for (const dir of [invocation.cwd, dirName(source)]) this.#place(joinPath(dir, name));
      }
    }
    this.#drain();
    return (
      this.#fault ?? this.#addComputed() ?? this.#unexplained() ?? this.#addPrecompiled(source)
    );
  }

  /** Takes in what the assembler read; it searches the same directories. */
  addAssembled(listed: readonly string[]): string | undefined {
    const speaks = [...this.texts.values()].some(({ assembles }) => assembles);
    for (const name of listed) {
      const path = absolute(this.#unit, name);
      const stat = statPath(path);
      if (stat === "absent") {
        // The compiler's temporary file, or a name that only marks where lines come from.
        if (!speaks || /\.s$|^[<{]/.test(name)) continue;
        return `${name} was given to the assembler and is gone`;
      }
      // A source's own name, by which the compiler tells where its output comes from.
      const isSource = this.#read.has(realPath(path) ?? "");
      this.#place(path);
      if (isSource && !speaks) continue;
      for (const dir of this.directories)
        this.#place(joinPath(dir, name.replace(/^(?:\.\/+)+/, "")));
      this.#decompose(path);
      // It looks in the working directory before all others.
      for (const found of this.#names) this.#place(joinPath(this.#unit.invocation.cwd, found));
    }
    return this.#fault;
  }

  /** Looks at a path where something may be looked for. */
  #place(path: string): void {
    if (this.places.has(path) || this.#fault !== undefined) return;
    this.places.add(path);
    if (this.places.size > PLACES_MAX) this.#fault = "headers are looked for in too many places";
    const stat = statPath(path);
    if (typeof stat === "object" && stat.kind === "file") {
      this.#pending.push({ path, explained: true });
    }
  }

  #drain(): void {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      this.#reach(next.path, next.explained);
    }
  }

  #reach(path: string, explained: boolean): void {
    const real = realPath(path);
    if (real === undefined || this.#fault !== undefined) return;
    const isNew = !this.#files.has(real);
    const file = this.#files.get(real) ?? { dirs: new Set(), facts: undefined, explained: false };
    this.#files.set(real, file);
    file.explained ||= explained;
    if (this.#listed !== undefined && !this.#read.has(real)) return;
    this.#read.add(real);
    if (isNew) file.facts = this.#readText(path);
    const { facts } = file;
    if (facts === undefined || !needsPreprocessing(this.#unit.compile.language)) return;
    if (isNew) for (const { name } of facts.names) this.#addName(this.#spelled(name));
    const dir = dirName(path);
    if (file.dirs.has(dir)) return;
    file.dirs.add(dir);
    for (const { name, quoted } of facts.names)
      if (quoted) this.#addBeside(this.#spelled(name), dir);
  }

  #readText(path: string): TextFacts | undefined {
    const bytes = readFileBytes(path, SOURCE_BYTES_MAX);
    if (typeof bytes === "string") {
      this.#fault ??= `${path} could not be read`;
      return undefined;
    }
    const text = bufferOf(bytes).toString("latin1");
    const facts = readIncludeText(text);
    if (facts.refusal !== undefined) this.#fault ??= `${path} has ${facts.refusal}`;
    this.texts.set(path, facts);
    return facts;
  }

  /** Macros that arguments define, as a text that defines them. */
  #readDefinitions(): void {
    const { definitions } = this.#model.request;
    if (definitions.length === 0) return;
    const lines = definitions.map(
      (definition) => `#define ${definition.replace(/^(\w+)#|=/, "$1 ")}\n`,
    );
    const facts = readIncludeText(Buffer.from(lines.join("")).toString("latin1"));
    if (facts.refusal !== undefined)
      this.#fault ??= `a definition in the arguments has ${facts.refusal}`;
    for (const { name } of facts.names) this.#addName(this.#spelled(name));
    this.texts.set(ARGUMENTS, facts);
  }

  /** A name as the compiler spells it: texts are read one character a byte. */
  #spelled(name: string): string {
    const spelled = Buffer.from(name, "latin1").toString("utf8");
    if (/[\ufffd\0]/.test(spelled)) this.#fault ??= "the name of a header is not UTF-8";
    return this.#model.request.nested ? spelled.replaceAll("\\", "/") : spelled;
  }

  /** A name looked for in every directory. */
  #addName(name: string): void {
    if (name === "" || this.#names.has(name)) return;
    this.#names.add(name);
    for (const dir of name.startsWith("/") ? [""] : this.directories) {
      this.#place(dir === "" ? name : joinPath(dir, name));
    }
  }

  /** A name looked for beside the file that has it; by cl, beside every file that is open. */
  #addBeside(name: string, dir: string): void {
    if (name === "") return;
    this.#place(joinPath(dir, name));
    if (!this.#model.request.nested) return;
    const { names, dirs } = this.#beside;
    names.add(name);
    dirs.add(dir);
    for (const other of dirs) this.#place(joinPath(other, name));
    for (const other of names) this.#place(joinPath(dir, other));
  }

  /** Names that only macros tell: all that definitions hold, and all that lead to a file that was read. */
  #addComputed(): string | undefined {
    if (![...this.texts.values()].some(({ computed }) => computed)) return undefined;
    if (this.#listed === undefined) return "an #include names its file by a macro";
    const dirs = new Set([...this.#files.values()].flatMap((file) => [...file.dirs]));
    const defined = [...this.texts.values()].flatMap((text) => text.defined());
    for (const { name } of defined) {
      const spelled = this.#spelled(name);
      this.#addName(spelled);
      for (const dir of dirs) this.#place(joinPath(dir, spelled));
    }
    for (const path of this.#listed) this.#decompose(path);
    this.#drain();
    return this.#fault;
  }

  /** Looks for a file by each name that it has in some directory. */
  #decompose(path: string): void {
    for (const one of new Set([path, realPath(path) ?? path])) {
      for (const dir of [...this.directories, this.#unit.invocation.cwd]) {
        for (const prefix of new Set([dir, realPath(dir) ?? dir])) {
          if (one.startsWith(`${prefix}/`)) this.#addName(one.slice(prefix.length + 1));
        }
      }
    }
  }

  /** A file that was read although no text that we understand makes anybody look for it. */
  #unexplained(): string | undefined {
    const { contentFiles } = this.#unit.compile;
    const known = [...contentFiles, ...this.#model.own.files];
    const given = new Set(known.map((path) => realPath(absolute(this.#unit, path))));
    const stray = this.#listed?.find((path) => {
      const real = realPath(path) ?? "";
      return this.#files.get(real)?.explained !== true && !given.has(real);
    });
    return stray === undefined ? this.#fault : `how ${stray} was found is not known`;
  }

  /** gcc takes `x.h.gch` for the first header, clang for one that an argument names. */
  #addPrecompiled(source: string): string | undefined {
    const { compile, invocation } = this.#unit;
    if (!needsPreprocessing(compile.language)) return undefined;
    const { forced } = this.#model.request;
    const facts = this.texts.get(source);
    const defined = [...(facts?.defined() ?? []), ...(this.texts.get(ARGUMENTS)?.defined() ?? [])];
    const included =
      this.#family === "gcc"
        ? [...(facts?.names ?? []), ...(facts?.computed === true ? defined : [])]
        : [];
    const names = new Set([...forced, ...included.map(({ name }) => this.#spelled(name))]);
    const dirs = [invocation.cwd, dirName(source), ...this.directories];
    for (const name of names) {
      for (const dir of dirs) {
        for (const extension of this.#family === "gcc" ? [".gch"] : [".gch", ".pch"]) {
          const path = joinPath(dir, name + extension);
          if (statPath(path) !== "absent") return `${path} is a precompiled header`;
          this.places.add(path);
        }
      }
    }
    return this.#fault;
  }
}
