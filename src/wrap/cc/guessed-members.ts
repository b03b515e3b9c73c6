// The members of a compile that nobody watched: every file that its sources' texts may make it look for, in every
// directory that it may look in. In which order does not matter: what is there counts by content, what is not by
// its absence, so that no rule of the search has to be known. Needless misses, never a stale hit.
import { dayMember } from "./clock-use.ts";
import { statPath } from "../../base/file.ts";
import { joinPath, normalizePath } from "../../base/path.ts";
import { findProgram } from "../../base/program.ts";
import { pastedName, type TextFacts } from "../../compiler/cc/include-text.ts";
import { needsPreprocessing } from "../../compiler/cc/languages.ts";
import { outputsOf } from "../../compiler/cc/outputs.ts";
import { TEMPORARY } from "../../observe/cc-habits.ts";
import {
  ENVIRONMENT,
  environDigest,
  fileMode,
  listingDigest,
  type Member,
} from "../../key/input-set.ts";
import { programLibraries } from "../../key/program-libraries.ts";
import { absolute } from "../unit/unit.ts";
import { assembledFiles, listedFiles, type SearchModel, searchModel } from "./capture.ts";
import type { CcUnit } from "./cc-unit.ts";
import type { CcRun } from "./cc-run.ts";
import { PROGRAM_FLAG } from "./call-flags.ts";
import { EPOCH, EPOCH_FLAG, unusableEpoch } from "./source-date.ts";
import { confusable, PathNames } from "./path-names.ts";
import { HeaderSearch } from "./header-search.ts";
import { loaderMember } from "./loader-member.ts";
import { renamedMembers, type RuledRun } from "./shown-names.ts";

/** The members, files without their digest; or why they cannot be known. */
export function guessedMembers(unit: CcUnit, run: RuledRun): Member[] | string {
  const model = run.capture?.model ?? searchModel(unit, run.family);
  if (typeof model === "string") return model;
  const { compile, invocation } = unit;
  // What it loads may read and ask for anything, and show another clock.
  if ((invocation.env["LD_PRELOAD"] ?? "") !== "") return "LD_PRELOAD is set";
  const lost = compile.contentFiles.find(
    (path) => typeof unit.place.digests.of(absolute(unit, path)) === "string",
  );
  if (lost !== undefined) return `${lost} is no plain file`;
  const search = new HeaderSearch(unit, run.family, model, listedFiles(unit, run.capture));
  const fault = search.run() ?? addAssembled(search, unit, run);
  if (fault !== undefined) return fault;
  const outputs = new Set(
    outputsOf(compile).map(({ path }) => normalizePath(absolute(unit, path))),
  );
  const own = [...search.places].find((path) => outputs.has(normalizePath(path)));
  if (own !== undefined) return `the compiler may have read ${own}, which is its output`;
  const clock = needsPreprocessing(compile.language) ? clockOf(search.texts, unit, run) : [];
  if (typeof clock === "string") return clock;
  const speaks = (run.stderr?.length ?? 0) > 0;
  if (speaks && run.family !== "clang" && [...search.texts.values()].some(({ lines }) => lines)) {
    return "messages show lines of a file that a text names";
  }
  const members = new MemberList(unit);
  const problem =
    members.addPlaces(search.places) ??
    members.addPlaces([...model.own.files, ...search.directories]) ??
    members.addPrograms(model, run);
  if (problem !== undefined) return problem;
  members.addListings(model.own.listings);
  members.list.push(...clock);
  if (run.family !== "gcc") {
    const value = unusableEpoch(unit.invocation.env[EPOCH]);
    members.list.push({ kind: "flag", name: EPOCH_FLAG, value });
  }
  members.list.push(
    ...variablesOf(unit, run),
    ...renamedMembers(unit, run, members.naming, search.places),
  );
  if (compile.spelling === "cl") members.addEnvironment();
  members.list.push(...members.naming.members());
  return confusable(members.list, unit.place.roots) ?? members.list;
}

/** What is asked of the environment and is not in the key. */
function variablesOf({ compile, invocation }: CcUnit, { family }: CcRun): Member[] {
  const isCopied = compile.sides.some(({ kind }) => kind === "dwo");
  const isPassedOn = family !== "gcc" && compile.language === "assembler-with-cpp";
  const names = [...(isCopied ? ["GNUTARGET"] : []), ...(isPassedOn ? TEMPORARY : [])];
  return names.map((name) => ({ kind: "env", name, value: invocation.env[name] }));
}

/** What the assembler takes in: by its own account, else only if no text speaks of such. */
function addAssembled(search: HeaderSearch, unit: CcUnit, run: CcRun): string | undefined {
  const { mode } = unit.compile;
  if (mode !== "object" && mode !== "assembly") return undefined;
  const listed = assembledFiles(run.capture);
  if (listed !== undefined) return search.addAssembled(listed);
  if (run.family === "gcc" && mode === "assembly") return undefined;
  const isAssembly = unit.compile.language.startsWith("assembler");
  for (const [path, text] of search.texts) {
    if (text.assembles) return `${path} may make the assembler read files`;
    if (isAssembly && text.macros) return `${path} has assembler macros`;
  }
  return undefined;
}

/** What the texts take from the clock: a date holds for a day, a time for no second compile. */
function clockOf(
  texts: ReadonlyMap<string, TextFacts>,
  unit: CcUnit,
  { family, startStamp }: CcRun,
): Member[] | string {
  const clock = new Set([...texts.values()].flatMap((text) => [...text.clock]));
  const pastes = [...texts.values()].some((text) => text.pastes);
  const pieces = new Set(pastes ? [...texts.values()].flatMap((text) => [...text.pieces()]) : []);
  const pasted = pastedName(pieces);
  if (pasted !== undefined) return `${pasted} may be pasted together`;
  if (clock.size === 0) return [];
  const epoch: Member = { kind: "env", name: EPOCH, value: unit.invocation.env[EPOCH] };
  const isFixed = family === "gcc" && epoch.value !== undefined;
  if (clock.has("__TIMESTAMP__")) return "the output may hold the time (timestamp)";
  if (isFixed) return [epoch];
  if (clock.has("__TIME__")) return "the output may hold the time (time)";
  const day = dayMember(startStamp, unit.invocation.env);
  return typeof day === "string" ? day : [epoch, day];
}

/** Members, made of paths by what is there. */
class MemberList {
  readonly list: Member[] = [];
  readonly #unit: CcUnit;
  readonly naming: PathNames;
  readonly #added = new Set<string>();

  constructor(unit: CcUnit) {
    this.#unit = unit;
    this.naming = new PathNames(unit);
  }

  /** Adds what lies at each path; a text says which cannot be looked at. */
  addPlaces(paths: Iterable<string>): string | undefined {
    const absent: string[] = [];
    for (const path of paths) {
      if (this.naming.isCovered(path)) continue;
      const stat = statPath(path);
      if (stat === "absent") absent.push(path);
      else if (stat === "unreadable") return `${path} could not be looked at`;
      else if (stat.kind === "file") this.#add("file", path);
      else if (stat.kind === "directory") this.#add("present", path);
      else return `${path} is no plain file`;
    }
    for (const path of this.naming.absences(absent)) this.#add("absent", path);
    return undefined;
  }

  /** Adds the programs of the compile with the libraries that the loader gives them. */
  addPrograms({ own }: SearchModel, run: CcRun): string | undefined {
    const { invocation, layout, place } = this.#unit;
    const given: string[] = [];
    const found = own.names.map((name) => findProgram(name, invocation));
    const driver = findProgram(this.#unit.compile.compiler[0], invocation);
    for (const [index, name] of own.names.entries()) {
      const path = found[index];
      const value = path === undefined ? undefined : place.roots.map(path);
      this.list.push({ kind: "flag", name: PROGRAM_FLAG + name, value });
    }
    for (const program of [driver, ...own.programs, ...found]) {
      if (program === undefined) continue;
      const libraries = programLibraries(layout.cacheDir, program, {
        ...invocation,
        digests: place.digests,
      });
      if (libraries === undefined) return `${program} cannot be looked at`;
      for (const path of [program, ...libraries.paths]) this.#add("file", path);
      for (const path of this.naming.absences(libraries.passed)) this.#add("absent", path);
      given.push(...libraries.paths);
    }
    // What may not be run is passed over for the next of its name: that one came before, or this one would.
    for (const name of [...own.programs, ...own.files]) {
      const path = joinPath(invocation.cwd, name);
      const mode = fileMode(path);
      if (mode !== undefined && path !== driver) this.#add("mode", path, mode);
    }
    const loaded = loaderMember(run, given);
    if (typeof loaded === "string") return loaded;
    this.list.push(loaded);
    return undefined;
  }

  /** Adds directories by their names, those that are not there by their absence. */
  addListings(paths: readonly string[]): void {
    for (const path of paths) {
      const digest = listingDigest(path);
      if (digest === undefined)
        for (const at of this.naming.absences([path])) this.#add("absent", at);
      else this.#add("listing", path, digest);
    }
  }

  /** Adds the environment as a whole. */
  addEnvironment(): void {
    const value = environDigest(this.#unit.invocation.env, ENVIRONMENT);
    this.list.push({ kind: "environ", name: ENVIRONMENT, value });
  }

  #add(kind: Member["kind"], path: string, value?: string): void {
    const name = this.naming.of(path);
    if (this.#added.has(`${kind} ${name}`)) return;
    this.#added.add(`${kind} ${name}`);
    this.list.push({ kind, name, value });
  }
}
