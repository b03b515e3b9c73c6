// Which variables' values are never shown to anybody.

/** Whether a name says that its value is a secret. */
export function isSecretName(name: string): boolean {
  return /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|KEY/i.test(name);
}
