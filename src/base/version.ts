// The version this build reports.

declare const BUILD_VERSION: string | undefined;

/** Set when the executable is built (KACHE_VERSION, else package.json). */
export const VERSION: string = typeof BUILD_VERSION === "string" ? BUILD_VERSION : "0.0.0-source";
