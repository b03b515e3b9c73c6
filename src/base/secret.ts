// Which values, or parts of them, are never shown to anybody.

const MASKED = "(masked)";

const SECRET =
  /TOKEN|SECRET|PASS(?:WORD|WD|PHRASE)|_(?:PASS|PWD)$|CREDENTIAL|KEY|AUTH(?!ORS?(?:_|$))/i;

/** Whether a name says that its value is a secret. */
function isSecretName(name: string): boolean {
  return SECRET.test(name);
}

/**
 * A value as people may see it. What its name, or that of a definition in it (`-DAPI_KEY=…`), calls a secret is
 * masked, and so is whom a URL names before its host, for that may be a token.
 */
export function withoutSecrets(name: string, value: string): string {
  if (isSecretName(name)) return MASKED;
  const defined = /^[\w-]+(?==)/.exec(value)?.[0];
  if (defined !== undefined && isSecretName(defined)) return `${defined}=${MASKED}`;
  return value.replaceAll(/:\/\/(?!git@)[^/?#\s@]+@/g, `://${MASKED}@`);
}
