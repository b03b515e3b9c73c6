// What may happen to a handful of files between two compiles, or during one: edits that show by size and
// time and edits that do not, renames, links, modes. A seed decides the sequence.
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** A file that changes: its texts are all of one size, and undefined stands for its absence. */
export interface Changing {
  readonly path: string;
  readonly texts: readonly string[];
  /** Whether it may be missing. */
  readonly optional?: boolean;
}

/** The files of a unit, a link that turns, and a directory that goes and comes back. */
export interface Subject {
  readonly files: readonly Changing[];
  readonly link: { readonly path: string; readonly targets: readonly string[] };
  readonly dir: string;
}

/** One change, with its name for the reader of a failure. */
export interface Change {
  readonly name: string;
  readonly apply: (dir: string) => void;
}

/** Every file gets this time again and again: a whole second, so that none of its digits is lost. */
const KEPT_TIME = new Date("2001-02-03T04:05:06Z");

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function keepTime(path: string): void {
  utimesSync(path, KEPT_TIME, KEPT_TIME);
}

/** Ways to give a file another text. */
const WAYS: Readonly<Record<string, (path: string, text: string) => void>> = {
  written: put,
  "written, its time kept": (path, text) => {
    put(path, text);
    keepTime(path);
  },
  "made anew with the old time": (path, text) => {
    rmSync(path, { force: true });
    put(path, text);
    keepTime(path);
  },
  "replaced by renaming another with the old time": (path, text) => {
    put(`${path}.new`, text);
    keepTime(`${path}.new`);
    renameSync(`${path}.new`, path);
  },
  "written through another name, its time kept": (path, text) => {
    if (!existsSync(path)) put(path, text);
    rmSync(`${path}.other`, { force: true });
    linkSync(path, `${path}.other`);
    put(`${path}.other`, text);
    keepTime(path);
    rmSync(`${path}.other`);
  },
  "made a link to its text": (path, text) => {
    put(`${path}.text`, text);
    keepTime(`${path}.text`);
    rmSync(path, { force: true });
    symlinkSync(`${path}.text`, path);
  },
};

/** Changes after which the compiler would say the same. */
const NOISE: Readonly<Record<string, (path: string) => void>> = {
  touched: (path) => {
    const now = new Date();
    utimesSync(path, now, now);
  },
  "written again": (path) => {
    put(path, readFileSync(path, "utf8"));
  },
  "given another mode": (path) => {
    chmodSync(path, 0o600);
  },
};

/** Writes the first text of every file that must be there. */
export function begin(dir: string, { files, link, dir: moving }: Subject): void {
  for (const { path, texts, optional } of files) {
    if (optional !== true) put(join(dir, path), texts[0] ?? "");
  }
  mkdirSync(join(dir, moving), { recursive: true });
  symlinkSync(link.targets[0] ?? "", join(dir, link.path));
}

/** Draws changes of a subject. */
export class Changes {
  readonly #random: () => number;
  readonly #subject: Subject;

  constructor(random: () => number, subject: Subject) {
    this.#random = random;
    this.#subject = subject;
  }

  /** One of these. */
  pick<Value>(values: readonly [Value, ...Value[]] | readonly Value[]): Value {
    const value = values[Math.floor(this.#random() * values.length)];
    if (value === undefined) throw new RangeError("nothing to pick from");
    return value;
  }

  /** Whether something of this share of chance happens. */
  chance(share: number): boolean {
    return this.#random() < share;
  }

  /** A change of one file's text. */
  edit(): Change {
    const { path, texts } = this.pick(this.#subject.files);
    const text = this.pick(texts);
    const [name, way] = this.pick(Object.entries(WAYS));
    return {
      name: `${path} ${name}: ${JSON.stringify(text)}`,
      apply: (dir) => {
        way(join(dir, path), text);
      },
    };
  }

  /** Any change. */
  next(): Change {
    const { files, link, dir: moving } = this.#subject;
    if (this.chance(0.5)) return this.edit();
    const { path, optional } = this.pick(files);
    switch (this.pick(["noise", "gone", "link", "away", "nothing"])) {
      case "noise": {
        const [name, make] = this.pick(Object.entries(NOISE));
        return {
          name: `${path} ${name}`,
          apply: (dir) => {
            if (existsSync(join(dir, path))) make(join(dir, path));
          },
        };
      }
      case "gone":
        return optional === true
          ? {
              name: `${path} gone`,
              apply: (dir) => {
                rmSync(join(dir, path), { force: true });
              },
            }
          : this.edit();
      case "link": {
        const target = this.pick(link.targets);
        return {
          name: `${link.path} turned to ${target}`,
          apply: (dir) => {
            rmSync(join(dir, link.path));
            symlinkSync(target, join(dir, link.path));
          },
        };
      }
      case "away":
        return {
          name: `${moving} moved away, or back`,
          apply: (dir) => {
            toggle(join(dir, moving));
          },
        };
      default:
        return { name: "nothing", apply: () => undefined };
    }
  }
}

function toggle(path: string): void {
  const away = `${path}.away`;
  const isAway = lstatSync(away, { throwIfNoEntry: false }) !== undefined;
  if (!isAway) {
    if (existsSync(path)) renameSync(path, away);
    return;
  }
  // Something may have been written in its place meanwhile.
  rmSync(path, { recursive: true, force: true });
  renameSync(away, path);
}
