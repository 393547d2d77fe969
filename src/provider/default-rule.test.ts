import { array, assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRule } from '../rule/parser.ts'
import { compileDefaultRule, DEFAULT_RULE, type RuleContext } from './default-rule.ts'

const web: RuleContext = { name: 'my_web.1', containerName: '/shop-web-1', labels: { domain: 'example.com', 'com.a/b': 'x', empty: '' } }

function render(template: string, context: RuleContext = web) {
  const { ruleFor, findings } = compileDefaultRule(template, 'p')
  expect(findings).toEqual([])
  return ruleFor(context)
}

const rules: [string, string][] = [
  [DEFAULT_RULE, 'Host(`my-web-1`)'],
  ['Host(`{{ .Name }}`)', 'Host(`my_web.1`)'],
  ['Host(`{{normalize .Name}}.{{ index .Labels "domain" }}`)', 'Host(`my-web-1.example.com`)'],
  ['Host(`{{ .Name | normalize }}`)', 'Host(`my-web-1`)'],
  ['Host(`{{ .Labels.domain }}`)', 'Host(`example.com`)'],
  ['Host(`a{{ .Labels.missing }}{{ index .Labels "missing" }}`)', 'Host(`a`)'],
  ['Host(`{{ index .Labels `com.a/b` }}`)', 'Host(`x`)'],
  ['Host(`{{ trimPrefix "/" .ContainerName }}`)', 'Host(`shop-web-1`)'],
  ['Host(`{{ .ContainerName | trimPrefix "/shop-" | trimSuffix "-1" }}`)', 'Host(`web`)'],
  ['Host(`{{ replace "_" "-" .Name | upper }}`)', 'Host(`MY-WEB.1`)'],
  ['Host(`{{ lower "ABC" }}`)', 'Host(`abc`)'],
  ['Host(`{{ default "localhost" .Labels.empty }}`)', 'Host(`localhost`)'],
  ['Host(`{{ .Labels.domain | default "localhost" }}`)', 'Host(`example.com`)'],
  ['{{ printf "Host(`%s.%s`)" (normalize .Name) .Labels.domain }}', 'Host(`my-web-1.example.com`)'],
  ['Path(`/{{ printf "%d-%v-%q-100%%" 7 true "x" }}`)', 'Path(`/7-true-"x"-100%`)'],
  ['Host(`{{ (split "." .Labels.domain)._0 }}`)', 'Host(`example`)'],
  ['Host(`{{ index (split "." .Labels.domain) 1 }}`)', 'Host(`com`)'],
  ['Host(`{{ index (split "." "a.b") 7 | default "none" }}`)', 'Host(`none`)'],
  ['Host(`{{ split "." .Labels.domain | join "-" }}`)', 'Host(`example-com`)'],
  ['{{ if .Labels.domain }}Host(`a`){{ end }}', 'Host(`a`)'],
  ['{{ if .Labels.empty }}Host(`a`){{ else }}Host(`b`){{ end }}', 'Host(`b`)'],
  ['{{ if eq .Name "x" }}a{{ else if ne .Labels.domain "y" }}b{{ else }}c{{ end }}', 'b'],
  ['{{ if eq .Name "x" }}a{{ else if eq .Name "y" }}b{{ else }}c{{ end }}d', 'cd'],
  ['{{ if and .Name (not .Labels.empty) }}{{ if or .Labels.empty false }}a{{ else }}b{{ end }}{{ end }}', 'b'],
  ['  Host(`a`)  \n', 'Host(`a`)'],
  ['a {{- /* trimmed */ -}} b{{/* not */}} c', 'ab c'],
  ['a {{- .Labels.domain -}} b', 'aexample.comb'],
  ['Host(`{{ "\\u0061\\t" | trimSuffix "\\t" }}`)', 'Host(`a`)'],
  ['{{ "{{ }}" | trimSuffix " }}" }}', '{{'],
]
for (const [template, rule] of rules) {
  test(`${template} is ${rule}`, () => {
    expect(render(template)).toEqual({ rule })
  })
}

describe('what is wrong with a template', () => {
  const cases: [string, object][] = [
    ['Host(`{{ .Nam }}`)', { message: 'p: unknown field ".Nam" (column 10 of the template)', suggestion: '.Name' }],
    ['{{ normalise .Name }}', { message: 'p: unknown function "normalise" (column 4 of the template)', suggestion: 'normalize' }],
    ['{{ env "HOME" }}', { message: 'p: unknown function "env" (column 4 of the template)' }],
    ['{{ constructor }}', { message: 'p: unknown function "constructor" (column 4 of the template)' }],
    ['{{ .constructor }}', { message: 'p: unknown field ".constructor" (column 4 of the template)' }],
    ['{{ .Name', { message: 'p: the action is never closed with "}}" (column 1 of the template)' }],
    ['{{ "a }}', { message: 'p: the string is never closed (column 4 of the template)' }],
    ['{{ "\\q" }}', { message: 'p: the string has an escape that is not supported (column 4 of the template)' }],
    ['{{ $x := .Name }}', { message: 'p: variables are not supported (column 4 of the template)' }],
    ['{{ range .Labels }}{{ end }}', { message: 'p: "range" is not supported (column 4 of the template)' }],
    ['{{ if .Name }}a', { message: 'p: "{{ end }}" is missing (column 16 of the template)' }],
    ['{{ if .Name }}a{{ else }}b', { message: 'p: "{{ end }}" is missing (column 27 of the template)' }],
    ['a{{ end }}', { message: 'p: "end" without "if" (column 2 of the template)' }],
    ['{{ }}', { message: 'p: a value was expected (column 4 of the template)' }],
    ['{{ .Name .Labels }}', { message: 'p: "}}" was expected (column 10 of the template)' }],
    ['{{ lower }}', { message: 'p: "lower" has 0 arguments instead of 1 (column 4 of the template)' }],
    ['{{ lower upper }}', { message: 'p: "upper" needs parentheses here (column 10 of the template)' }],
    ['{{ .Name | .Labels }}', { message: 'p: a function was expected behind "|" (column 12 of the template)' }],
    ['{{ (lower .Name }}', { message: 'p: ")" was expected (column 17 of the template)' }],
    ['{{ .Name % 2 }}', { message: 'p: unexpected "%" (column 10 of the template)' }],
    [`{{ ${'('.repeat(40)} }}`, { message: expect.stringContaining('nested too deeply') }],
    ['x'.repeat(5000), { message: expect.stringContaining('longer than 4096 characters') }],
  ]
  for (const [template, finding] of cases) {
    test(`${template.slice(0, 40)} is a finding with its column`, () => {
      const { ruleFor, findings } = compileDefaultRule(template, 'p')
      expect(findings).toMatchObject([{ code: 'GTW_BAD_VALUE', severity: 'error', path: 'p', ...finding }])
      expect(ruleFor(web)).toHaveProperty('problem')
    })
  }
})

describe('what is wrong with a rule', () => {
  const cases: { why: string; template: string; context?: RuleContext; problem: string }[] = [
    { why: 'nothing comes out', template: '{{ .Labels.empty }}', problem: 'the default rule is empty' },
    {
      why: 'the provider has no such field',
      template: 'Host(`{{ .ContainerName }}`)',
      context: { name: 'a', labels: {} },
      problem: 'the field ".ContainerName" is not known to this provider',
    },
    { why: 'a map is no text', template: '{{ .Labels }}', problem: 'a list or a map is not a text' },
    { why: 'a text is no list', template: '{{ join "-" .Name }}', problem: 'a list is needed' },
    { why: 'values are missing', template: '{{ printf "%s" }}', problem: 'there are more verbs than values' },
    { why: 'values are too many', template: '{{ printf "x" 1 }}', problem: 'there are more values than verbs' },
    { why: 'a verb is not known', template: '{{ printf "%x" 1 }}', problem: 'the verb "%x" is not supported' },
    {
      why: 'the text grows beyond measure',
      template: `{{ .Name${' | replace "a" "aaaaaaaaaa"'.repeat(9)} }}`,
      context: { name: 'aaaa', labels: {} },
      problem: 'the text is longer than 16384 characters',
    },
  ]
  for (const { why, template, context, problem } of cases) {
    test(`it fails where ${why}`, () => {
      expect(render(template, context)).toMatchObject({ problem: expect.stringContaining(problem) })
    })
  }
})

describe('a value never leaves the string that it is put into', () => {
  const evil = 'x`) || PathPrefix(`/'
  const cases = ['{{ .Name }}', '{{ lower .Name }}', '{{ index .Labels "evil" }}', '{{ .Labels.evil }}', '{{ printf "%s!" .Name }}']
  const more = ['{{ index (split "|" .Name) 0 }}', '{{ default .Name "" }}', '{{ or "" .Name }}', '{{ replace "x" "y" .Name }}']
  for (const insert of [...cases, ...more]) {
    test(`${insert} is refused`, () => {
      expect(render(`Host(\`${insert}\`)`, { name: evil, labels: { evil } })).toMatchObject({
        problem: expect.stringContaining('use normalize'),
      })
    })
  }

  test('with normalize, any name at all gives a rule of the same shape', () => {
    const unit = constantFrom('`', '"', '\\', ')', '(', '|', '&', 'a', '.', '\n', 'é')
    const { ruleFor } = compileDefaultRule('Host(`x{{ normalize .Name }}`) && Path("/{{ .Labels.path }}")', 'p')
    assert(
      property(string({ unit }), string({ unit }), (name, path) => {
        const made = ruleFor({ name, labels: { path } })
        if ('problem' in made) expect(path).toMatch(/[`"\\\n]/)
        else expect(parseRule(made.rule)).toMatchObject({ kind: 'and', operands: [{ name: 'Host' }, { name: 'Path' }] })
      }),
    )
  })
})

test('any template is one or a finding', () => {
  const piece = constantFrom(
    '{{',
    '}}',
    ' ',
    '.Name',
    '.Labels',
    '.x',
    '"a"',
    '`',
    '(',
    ')',
    '|',
    'if',
    'else',
    'end',
    'index',
    'split',
    '- ',
    '/*',
    '*/',
    '7',
  )
  assert(
    property(array(piece, { maxLength: 12 }), (pieces) => {
      const { ruleFor, findings } = compileDefaultRule(pieces.join(''), 'p')
      expect('problem' in ruleFor(web) || findings.length === 0).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
