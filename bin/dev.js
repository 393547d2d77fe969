#!/usr/bin/env node
// The same program from its sources: Node.js strips their types.
import { main } from '../src/cli/main.ts'

await main(process.argv.slice(2))
