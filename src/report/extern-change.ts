// Pure: a crate below whose artifact differs: which it is, and how that is said.

/** One artifact of a crate. */
export interface Artifact {
  /** Cargo's `-C extra-filename`, which tells units of one crate apart. */
  readonly unit: string | undefined;
  readonly digest: string | undefined;
}

/** A crate whose artifact differs; undefined where it is not used. */
export interface ExternChange {
  readonly crate: string;
  readonly before: Artifact | undefined;
  readonly now: Artifact | undefined;
}

/** The file of a crate's artifact: crate and unit. */
export const ARTIFACT = /^lib(.+?)(-[0-9a-f]{16})?\.[a-z]+$/;

/** An extern's value: `libfoo-0123456789abcdef.rlib <digest>`. */
export function fileAndDigest(value = ""): { file: string; digest: string | undefined } {
  const [file = "", digest] = value.split(" ");
  return { file, digest };
}

/** What became of it. */
export function externWords({ crate, before, now }: ExternChange): string {
  if (before === undefined) return `crate ${crate} is used now`;
  if (now === undefined) return `crate ${crate} is no longer used`;
  return before.unit === now.unit
    ? `crate ${crate} changed`
    : `crate ${crate} is built with other features, version or profile`;
}
