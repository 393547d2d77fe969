/** The package brings no types of its own. */
declare module 'apache-md5' {
  /** Hashes a password of octets with the salt of another hash. */
  function md5Crypt(password: string, hash: string): string
  export = md5Crypt
}
