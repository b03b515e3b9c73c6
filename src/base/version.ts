// The version this build reports.

declare const BUILD_VERSION: string | undefined;

/** Set when the executable is built (KACHE_VERSION, else package.json). */
export const VERSION: string = typeof BUILD_VERSION === "string" ? BUILD_VERSION : "0.0.0-source";

declare const BUILD_ENGINE: string | undefined;

/** The name by which executables of this build know their engines; undefined for builds that have none. */
export const ENGINE_BUILD: string | undefined =
  typeof BUILD_ENGINE === "string" ? BUILD_ENGINE : undefined;
