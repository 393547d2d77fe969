/** Name of the provider of the certificates that resolvers have obtained. */
export const ACME = 'acme'
