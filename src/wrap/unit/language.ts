// What the stages ask of a unit's language: the flow is one for all of them, and each language answers
// here for its arguments, outputs, inputs and texts. Types only.
import type { Stat } from "../../base/file.ts";
import type { ChildEnd } from "../../base/spawn.ts";
import type { Output } from "../../compiler/output.ts";
import type { DerivedKey, KeyedFiles } from "../../key/derived-key.ts";
import type { AwaitedFile } from "../../key/held-digest.ts";
import type { Member } from "../../key/input-set.ts";
import type { Scratch } from "./scratch.ts";

/** The unit as reports name it. */
export interface UnitFacts {
  /** A crate's name; a source file's. */
  readonly crateName: string;
  readonly crateTypes: readonly string[];
  readonly features: readonly string[];
  readonly target: string;
  readonly profile: string;
}

/** One understood compile, for the stages that all languages share. */
export interface Language {
  readonly facts: UnitFacts;
  /** What tells units of one name apart, the same in every checkout. */
  readonly unitId: string;
  /** Whether what it makes goes to standard output. */
  readonly isPrinted: boolean;
  /** Whether a compiler makes the directory of an output that is not there. */
  readonly makesDirectories: boolean;
  /** Whether outputs may share an inode with the store, as large libraries do. */
  readonly sharesInodes: boolean;
  /** Whether the compiler writes an output of this kind into the file that is there, and does not replace it. */
  writesInto(kind: string, there: Stat): boolean;
  /** Whether the key can be derived at once, without examining a compiler that was never seen. */
  readonly isKeyReady: boolean;
  /**
   * Whether the set that held last in a place is remembered by the stamps of its paths: for languages
   * whose units are asked for again and again in one place.
   */
  readonly isRepeated: boolean;
  /** Derives the key of everything that is known before the compiler runs. */
  deriveKey(): DerivedKey;
  /** What the call says for a `flag` member of this name. */
  flag(name: string): string | undefined;
  /** The files that the arguments let expect. */
  outputs(): readonly Output[];
  /** The output that a file of an entry stands for; undefined when this call has no place for it. */
  outputNamed(name: string): Output | undefined;
  /** Why a result cannot be put in place here, as a reason for reports; undefined when it can. */
  obstacle(): string | undefined;
  /** The stored text of a dep-info file as it must stand here; undefined when a root is missing. */
  localDepInfo(stored: string): string | undefined;
  /** A dep-info file's text with the inputs that the user declared, for whoever decides about builds by it. */
  withDeclaredInputs(text: string): string;
  /** A stored stream as it is shown here; undefined when a root is missing. */
  localStream(stored: string, stream: "stdout" | "stderr"): string | undefined;
  /** The words that run the compiler as a miss would, with nothing kept. */
  uncachedWords(): readonly string[];
  /** Loads what only a miss needs, and gives what it does with it. */
  missing(): Promise<MissLanguage>;
}

/** What a miss asks of a unit's language beside. */
export interface MissLanguage {
  /** Runs the compiler once, its streams forwarded. The scratch files outlive the run. */
  compile(scratch: Scratch): Promise<CompileRun>;
  /**
   * Runs the compiler as a miss would, but silently and with its outputs below the scratch directory, to be
   * compared with a hit; or says why that would not be the same compile.
   */
  rehearse(scratch: Scratch): Rehearsal | string;
}

/** A compile made beside a hit. */
export interface Rehearsal {
  readonly run: CompileRun;
  /** The outputs under the names of the unit's own, where they are. */
  readonly outputs: readonly Output[];
}

/** What was learned, or why the result cannot be kept. */
export type Learned =
  | {
      readonly kind: "learned";
      readonly members: readonly Member[];
      /** Members, too, once they are hashed. */
      readonly awaited: readonly AwaitedFile[];
      readonly how: string;
    }
  | { readonly kind: "unknown"; readonly detail: string };

/** Streams as they are stored. */
export interface StoredStreams {
  readonly stdout: string;
  readonly stderr: string;
}

/** Directories that builds write to all the time, by path, as they were just before a compiler was started. */
export type Standing = ReadonlyMap<string, Stat>;

/** A compiler run that has ended, and what only its language knows about it. */
export interface CompileRun {
  readonly end: ChildEnd;
  /** What was printed, as the compiler wrote it; undefined when too much to keep. */
  readonly stdout: Uint8Array | undefined;
  readonly stderr: Uint8Array | undefined;
  /** Taken from the file-write clock just before the start: an input not older may have changed. */
  readonly startStamp: Stat | undefined;
  /** Directories that builds write to, as they were just before that. */
  readonly standing: Standing;
  /** Whether a failure is as repeatable as a success. */
  isRepeatableFailure(): boolean;
  /** Learns what was read. The keyed files are as they were when the key was made. */
  learn(keyed: KeyedFiles): Learned;
  /** Outputs beside those the arguments let expect. */
  sideOutputs(): readonly Output[];
  /** The streams without this place's paths, or why they cannot be stored. */
  storedStreams(): StoredStreams | string;
  /** A dep-info file's text without this place's paths. */
  storedDepInfo(text: string): string;
  /** Gives what is on the disk the paths of this place. */
  localizeOutputs(): void;
  /** Removes what only we asked for. */
  clear(): void;
}
