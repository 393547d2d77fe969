/** What stands for a secret wherever one would be shown. */
export const MASK = '***'

const SECRET_KEY = /password|passwd|secret|token|key|users|credential/i

/** Whether the name of a key says that its value is a secret. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key)
}

const SECRET_FIELD = /authorization|cookie/i

/** The same of a name that users have chosen, perhaps that of a header field. */
export function isSecretName(name: string): boolean {
  return isSecretKey(name) || SECRET_FIELD.test(name)
}

/** Hides the credentials of every URL in a text, and password hashes. */
export function maskText(text: string): string {
  return text.replace(/:\/\/[^\s/?#]*@/g, `://${MASK}@`).replace(/\$(?:apr1|2[aby]|5|6|argon2\w*)\$[^\s"',]*|\{SHA\}[^\s"',]*/g, MASK)
}
