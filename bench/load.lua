-- Asks for the paths in the file named by the first argument, one after the other, and counts what is no 200 or 304.
local paths = {}
local threads = {}

function setup(thread) table.insert(threads, thread) end

function init(args)
  for line in io.lines(args[1]) do table.insert(paths, line) end
  asked, wrong, sample = 0, 0, ""
  wrk.headers["Accept-Encoding"] = "gzip"
  wrk.headers["Accept-Language"] = "zh-CN"
end

function request()
  asked = asked + 1
  return wrk.format("GET", paths[asked % #paths + 1])
end

function response(status, headers, body)
  if status ~= 200 and status ~= 304 then
    wrong = wrong + 1
    sample = tostring(status) .. " " .. string.gsub(string.sub(body, 1, 200), "[^%w .,:/-]", " ")
  end
end

function done(summary, latency, requests)
  local wrong, sample = 0, ""
  for _, thread in ipairs(threads) do
    wrong = wrong + thread:get("wrong")
    if thread:get("sample") ~= "" then sample = thread:get("sample") end
  end
  local e = summary.errors
  io.write(string.format(
    "{\"requests\": %d, \"seconds\": %.1f, \"p50\": %.1f, \"p95\": %.1f, \"p99\": %.1f, \"wrong\": %d, \"broken\": %d, \"late\": %d, \"sample\": %q}\n",
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(95) / 1000,
    latency:percentile(99) / 1000, wrong, e.connect + e.read + e.write, e.timeout, sample))
end
