import { fromOptions } from './static.js'

export default async () => [fromOptions]
