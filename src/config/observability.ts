import { boolean, enumeration, type Infer, object, onlyAs } from '../schema/index.ts'

const accessLogs = onlyAs(boolean('Write a line for each request.'), true)
const tracing = onlyAs(boolean('Send traces of the requests.'), true)
const traceVerbosity = onlyAs(enumeration(['minimal', 'detailed'], 'How much traces tell.'), 'minimal')

/** What is to be observed of the requests of one router; its entry points say the rest. */
export const routerObservability = object(
  'What is observed of the requests of the router; the entry point decides what is not said here.',
  {
    accessLogs,
    metrics: boolean('Count the requests.'),
    tracing,
    traceVerbosity,
  },
)

/** What is to be observed of requests whose router says nothing about it, and of those that no router answers. */
export const entryPointObservability = object('What is observed of the requests of routers that do not say it themselves.', {
  accessLogs,
  metrics: boolean('Count the requests.'),
  tracing,
  traceVerbosity,
})

type Observability = Infer<typeof routerObservability>

/** What is observed of a router, with what its entry point and the defaults add. */
export function settledObservability(router: Observability | undefined, entryPoint: Observability | undefined): Required<Observability> {
  return {
    accessLogs: router?.accessLogs ?? entryPoint?.accessLogs ?? true,
    metrics: router?.metrics ?? entryPoint?.metrics ?? true,
    tracing: router?.tracing ?? entryPoint?.tracing ?? true,
    traceVerbosity: router?.traceVerbosity ?? entryPoint?.traceVerbosity ?? 'minimal',
  }
}
