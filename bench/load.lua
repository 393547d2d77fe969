-- The load of one row: `wrk -s load.lua URL -- OCTETS`, where more than 0 octets make it a POST.
function init(args)
  local octets = tonumber(args[1])
  if octets > 0 then
    wrk.method = 'POST'
    wrk.headers['Content-Type'] = 'application/octet-stream'
    wrk.body = string.rep('x', octets)
  end
end

-- Percentiles and durations are in microseconds.
function done(summary, latency)
  local errors = summary.errors
  local form = '{"requests":%d,"octets":%d,"micros":%d,"p50":%d,"p99":%d,"errors":{"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d}}\n'
  io.write(form:format(
    summary.requests, summary.bytes, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read, errors.write, errors.timeout, errors.status
  ))
end
