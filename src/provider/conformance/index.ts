export { type CaseOptions, type ProviderCase, type ProviderSubject, providerCases } from './cases.ts'
export { ProviderRun, type RunnableProvider } from './provider-run.ts'
export { hasError, type Rules, rulesOf, says, treeOf } from './rules.ts'
